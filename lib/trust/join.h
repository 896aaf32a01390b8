// How a host with a token becomes a member: what it says, and what it makes of the answer.
#pragma once

#include <optional>
#include <string>

#include "trust/certificate.h"
#include "trust/invite.h"
#include "trust/ledger.h"

namespace smeg::wire {
class Admission;
class JoinRequest;
}  // namespace smeg::wire

namespace smeg::trust {

// Exported keying material of the TLS session (RFC 8446 section 7.5): the same on both sides, different in each
// session.
using TlsExporter = ByteArray<32>;

struct JoinRequest {
  MeshId mesh;
  crypto::IdentityKey issuer;
  crypto::InviteKey invite;
  crypto::Signature proof{};  // with the invite's seed, over exporter, the joiner's identity key and the mesh id
  std::string alias;          // wanted; may be empty
  std::optional<Role> role;   // wanted; none takes the invite's

  static Result<JoinRequest> from_proto(const wire::JoinRequest& proto);
  void to_proto(wire::JoinRequest& proto) const;
};

JoinRequest make_join_request(const Invite& invite, const crypto::IdentityKey& joiner, const TlsExporter& exporter,
                              std::string alias = {}, std::optional<Role> role = {});
// Whether whoever holds that session and that identity key knows the invite's seed.
bool proves_invite(const JoinRequest& request, const crypto::IdentityKey& joiner, const TlsExporter& exporter);

// What a joiner has afterwards.
struct Membership {
  Ledger ledger;
  Certificate certificate;
};
void admission_to_proto(const Ledger& ledger, const Certificate& certificate, wire::Admission& admission);
// The joiner's check of the answer, against nothing but the token: the ledger is that of the mesh, the certificate
// counts, is for this identity, and was signed by the issuer that the token names. Fails with the code of whatever is
// wrong.
Result<Membership> accept_admission(const wire::Admission& admission, const Invite& invite,
                                    const crypto::IdentityKey& joiner);
// The same of one that had no invite, but the mesh's id: any issuer will do that the ledger lets admit.
Result<Membership> accept_admission(const wire::Admission& admission, const MeshId& mesh,
                                    const crypto::IdentityKey& joiner);

}  // namespace smeg::trust
