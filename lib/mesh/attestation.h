// The way to a prefix, signed by every bridge on it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "addr/addr.h"
#include "base/base.h"
#include "crypto/crypto.h"
#include "trust/trust.h"

namespace smeg::wire {
class Attestation;
}

namespace smeg::mesh {

// Shows who a member is to those of other meshes (trust::Ledger::credential); empty where they know it.
using Credential = Bytes;
using CertificatePtr = std::shared_ptr<const trust::Certificate>;

// The member that a prefix was given to.
struct Origin {
  crypto::IdentityKey identity;
  std::uint32_t mtu = 0;
  crypto::Signature signature{};
  Credential credential;

  friend bool operator==(const Origin&, const Origin&) = default;
};

// One host that is in two meshes: it passes packets from `to` on into the mesh before.
struct Hop {
  MeshId to;
  crypto::IdentityKey from_identity;  // its key in the mesh before
  crypto::IdentityKey to_identity;    // its key in `to`
  std::uint32_t mtu = 0;              // of its tunnels in the mesh before
  std::uint32_t cost = 0;
  crypto::Signature from_signature{};
  crypto::Signature to_signature{};
  Credential from_credential;
  Credential to_credential;  // empty in the last hop

  friend bool operator==(const Hop&, const Hop&) = default;
};

// Each signature covers prefix, sequence, all hops before and the mesh that comes next: nobody can leave out a hop, put
// another prefix in, or send it on from a mesh for which it was not meant.
struct Attestation {
  addr::Prefix prefix;
  MeshId mesh;  // of the prefix
  std::uint64_t sequence = 0;
  std::optional<Origin> origin;  // none: the prefix is the mesh's own
  std::vector<Hop> hops;

  std::vector<MeshId> path() const;  // from the prefix's mesh to the one where it is told
  friend bool operator==(const Attestation&, const Attestation&) = default;
};

// A bridge as it signs.
struct Bridge {
  const crypto::IdentityPrivateKey& from_key;
  const crypto::IdentityPrivateKey& to_key;
  Credential from_credential;
};

// The beginning of a way: a mesh's own prefix, or one that was given to a member.
Attestation attest_mesh(const MeshId& mesh, std::uint64_t sequence);
Attestation attest_own(const addr::Prefix& prefix, const MeshId& mesh, std::uint64_t sequence, std::uint32_t mtu,
                       const crypto::IdentityPrivateKey& key);
// The same way, one mesh further. `last` shows who told it in the mesh where it ended so far; empty where it was nobody
// but this host.
Attestation extend(Attestation attestation, Credential last, const MeshId& to, std::uint32_t mtu, std::uint32_t cost,
                   const Bridge& bridge);

// Where it was told, and by whom.
struct Teller {
  MeshId mesh;
  const trust::Certificate& certificate;
};

// What follows from an attestation that is good.
struct Way {
  std::vector<MeshId> path;
  std::uint32_t mtu = 0;   // the least on the way, as those on it say
  std::uint32_t cost = 0;  // of all
  bool of_mesh = false;    // the prefix is the mesh's own
  bool granted = false;    // the prefix is the mesh's own, or in the certificate of its origin, by that one's mesh
  // What the way is, whatever its sequence: of two that have the same, mesh by mesh, all bridges, MTUs and costs are
  // the same. Without its last hop: of the way that was passed on.
  ByteArray<32> chain{};
  ByteArray<32> beneath{};
  // Everyone on the way, with the mesh it is a member of: for whoever knows that one is no more.
  std::vector<std::pair<MeshId, CertificatePtr>> members;

  // Each host that is in two meshes of the path, by who it is in either: visit(mesh, key, next mesh, key there). The
  // last one is who tells it.
  template <class Visit>
  void for_each_bridge(const crypto::IdentityKey& teller, Visit visit) const {
    if (path.size() < 2) return;
    auto at = members.end() - static_cast<std::ptrdiff_t>(2 * (path.size() - 1) - 1);  // behind the origin
    for (std::size_t hop = 1; hop < path.size(); ++hop, at += 2) {
      const bool last = hop + 1 == path.size();
      visit(path[hop - 1], at->second->identity(), path[hop], last ? teller : std::next(at)->second->identity());
    }
  }
};

// Job: remembers credentials that were found good, so that each is checked once. Single-threaded.
class CredentialBook {
 public:
  // As trust::check_credential.
  Result<CertificatePtr> check(const Credential& credential, const MeshId& mesh);

 private:
  std::map<ByteArray<32>, CertificatePtr> good_;
};

// Fails: invalid (a path that is too long or comes back, a prefix that can't be), forbidden (a client on the way, or
// told by somebody else), unauthenticated, and as trust::check_credential.
Result<Way> check(const Attestation& attestation, const Teller& teller, CredentialBook& book);

Result<Attestation> attestation_from(const wire::Attestation& in, const addr::Prefix& prefix);
void to_wire(const Attestation& attestation, wire::Attestation& out);

}  // namespace smeg::mesh
