#include "mesh/attestation.h"

#include <algorithm>
#include <limits>

#include "wire/record.pb.h"

namespace smeg::mesh {
namespace {

constexpr std::size_t kMostHops = 15;
constexpr std::uint32_t kLeastMtu = 1'280;
constexpr std::string_view kStart = "smegmesh route 1";
constexpr std::string_view kHop = "smegmesh route hop 1";
constexpr std::string_view kOriginSignature = "smegmesh route origin 1";
constexpr std::string_view kFromSignature = "smegmesh route from 1";
constexpr std::string_view kToSignature = "smegmesh route to 1";

using Hash = ByteArray<32>;

template <class Number>
ByteArray<sizeof(Number)> be(Number value) {
  ByteArray<sizeof(Number)> out;
  store_be(out.data(), value);
  return out;
}

Hash start_of(const Attestation& attestation, std::uint64_t sequence) {
  const ByteArray<2> shape{static_cast<std::uint8_t>(attestation.prefix.address().bits()),
                           static_cast<std::uint8_t>(attestation.prefix.length())};
  Hash out =
      crypto::hash<32>(kStart, {attestation.mesh.bytes, shape, attestation.prefix.address().view(), be(sequence)});
  if (attestation.origin)
    out = crypto::hash<32>(kOriginSignature, {out, attestation.origin->identity.bytes, be(attestation.origin->mtu)});
  return out;
}

Hash start_of(const Attestation& attestation) { return start_of(attestation, attestation.sequence); }

Hash after(const Hash& before, const Hop& hop) {
  return crypto::hash<32>(
      kHop, {before, hop.to.bytes, hop.from_identity.bytes, hop.to_identity.bytes, be(hop.mtu), be(hop.cost)});
}

Hash end_of(const Attestation& attestation) {
  Hash hash = start_of(attestation);
  for (const Hop& hop : attestation.hops) hash = after(hash, hop);
  return hash;
}

tl::unexpected<Error> not_signed() { return fail(Code::unauthenticated, "a route that one on its way did not sign"); }

// One check of one attestation.
class Check {
 public:
  Check(const Attestation& attestation, const Teller& teller, CredentialBook& book)
      : attestation_(attestation), teller_(teller), book_(book) {}

  Result<Way> run() {
    way_.path = attestation_.path();
    way_.mtu = std::numeric_limits<std::uint32_t>::max();
    if (auto good = path(); !good) return fail(good.error());
    if (auto good = origin(); !good) return fail(good.error());
    Hash hash = start_of(attestation_);
    way_.chain = start_of(attestation_, 0);
    for (std::size_t i = 0; i < attestation_.hops.size(); ++i) {
      hash = after(hash, attestation_.hops[i]);
      way_.beneath = std::exchange(way_.chain, after(way_.chain, attestation_.hops[i]));
      if (auto good = hop(i, hash); !good) return fail(good.error());
    }
    if (way_.mtu < kLeastMtu) return fail(Code::invalid, "a route with an MTU of " + std::to_string(way_.mtu));
    return std::move(way_);
  }

 private:
  Result<void> path() const {
    std::vector<MeshId> sorted = way_.path;
    std::ranges::sort(sorted);
    if (attestation_.hops.size() > kMostHops || std::ranges::adjacent_find(sorted) != sorted.end())
      return fail(Code::invalid, "a route over too many meshes, or twice over one");
    if (way_.path.back() != teller_.mesh) return fail(Code::conflict, "a route that was meant for another mesh");
    return {};
  }

  // A member that is on the way.
  Result<CertificatePtr> member(const Credential& credential, const MeshId& mesh, const crypto::IdentityKey& key) {
    auto certificate = book_.check(credential, mesh);
    if (!certificate) return certificate;
    if ((*certificate)->identity() != key) return fail(Code::forbidden, "a route with somebody else's credential");
    way_.members.emplace_back(mesh, *certificate);
    return certificate;
  }

  Result<void> origin() {
    const auto& origin = attestation_.origin;
    if (!origin) {
      way_.of_mesh = way_.granted = true;
      if (attestation_.prefix == addr::mesh_prefix(attestation_.mesh)) return {};
      return fail(Code::invalid, "a route to a prefix that is not its mesh's");
    }
    if (!crypto::verify(origin->identity, kOriginSignature, start_of(attestation_), origin->signature))
      return not_signed();
    way_.mtu = origin->mtu;
    if (attestation_.hops.empty()) {
      if (teller_.certificate.identity() != origin->identity) return told_by_another();
      return take_grant(teller_.certificate);
    }
    const auto certificate = member(origin->credential, attestation_.mesh, origin->identity);
    if (!certificate) return fail(certificate.error());
    return take_grant(**certificate);
  }

  Result<void> take_grant(const trust::Certificate& certificate) {
    way_.granted = std::ranges::any_of(certificate.rights().prefixes, [&](const addr::Prefix& granted) {
      return granted.contains(attestation_.prefix);
    });
    return {};
  }

  static tl::unexpected<Error> told_by_another() {
    return fail(Code::forbidden, "a route that somebody else tells than who leads there");
  }

  Result<void> hop(std::size_t i, const Hash& hash) {
    const Hop& hop = attestation_.hops[i];
    const auto from = member(hop.from_credential, way_.path[i], hop.from_identity);
    if (!from) return fail(from.error());
    if ((*from)->rights().role != Role::peer) return fail(Code::forbidden, "a route through a client");
    if (i + 1 == attestation_.hops.size()) {
      if (hop.to_identity != teller_.certificate.identity()) return told_by_another();
      if (teller_.certificate.rights().role != Role::peer) return fail(Code::forbidden, "a route through a client");
    } else if (const auto to = member(hop.to_credential, hop.to, hop.to_identity); !to) {
      return fail(to.error());
    }
    if (!crypto::verify(hop.from_identity, kFromSignature, hash, hop.from_signature) ||
        !crypto::verify(hop.to_identity, kToSignature, hash, hop.to_signature))
      return not_signed();
    way_.mtu = std::min(way_.mtu, hop.mtu);
    const std::uint64_t cost = std::uint64_t{way_.cost} + hop.cost;
    way_.cost = static_cast<std::uint32_t>(std::min<std::uint64_t>(cost, std::numeric_limits<std::uint32_t>::max()));
    return {};
  }

  const Attestation& attestation_;
  const Teller& teller_;
  CredentialBook& book_;
  Way way_;
};

template <std::size_t N>
bool get(const std::string& from, ByteArray<N>& to) {
  if (from.size() != N) return false;
  std::ranges::copy(as_bytes(from), to.begin());
  return true;
}

bool get_credential(const std::string& from, Credential& to) {
  if (from.size() > limits::kCredentialBytes) return false;
  to = to_bytes(as_bytes(from));
  return true;
}

}  // namespace

std::vector<MeshId> Attestation::path() const {
  std::vector<MeshId> out{mesh};
  for (const Hop& hop : hops) out.push_back(hop.to);
  return out;
}

Attestation attest_mesh(const MeshId& mesh, std::uint64_t sequence) {
  return {.prefix = addr::mesh_prefix(mesh), .mesh = mesh, .sequence = sequence, .origin = {}, .hops = {}};
}

Attestation attest_own(const addr::Prefix& prefix, const MeshId& mesh, std::uint64_t sequence, std::uint32_t mtu,
                       const crypto::IdentityPrivateKey& key) {
  Attestation out{.prefix = prefix, .mesh = mesh, .sequence = sequence, .origin = Origin{}, .hops = {}};
  out.origin->identity = crypto::signing_public_key(key);
  out.origin->mtu = mtu;
  out.origin->signature = crypto::sign(key, kOriginSignature, start_of(out));
  return out;
}

Attestation extend(Attestation out, Credential last, const MeshId& to, std::uint32_t mtu, std::uint32_t cost,
                   const Bridge& bridge) {
  if (!out.hops.empty()) {
    out.hops.back().to_credential = std::move(last);
  } else if (out.origin) {
    out.origin->credential = std::move(last);
  }
  Hop hop{.to = to,
          .from_identity = crypto::signing_public_key(bridge.from_key),
          .to_identity = crypto::signing_public_key(bridge.to_key),
          .mtu = mtu,
          .cost = cost,
          .from_signature = {},
          .to_signature = {},
          .from_credential = bridge.from_credential,
          .to_credential = {}};
  const Hash hash = after(end_of(out), hop);
  hop.from_signature = crypto::sign(bridge.from_key, kFromSignature, hash);
  hop.to_signature = crypto::sign(bridge.to_key, kToSignature, hash);
  out.hops.push_back(std::move(hop));
  return out;
}

Result<CertificatePtr> CredentialBook::check(const Credential& credential, const MeshId& mesh) {
  const auto name = crypto::hash<32>("smegmesh known credential 1", {mesh.bytes, credential});
  if (const auto known = good_.find(name); known != good_.end()) return known->second;
  auto certificate = trust::check_credential(credential, mesh);
  if (!certificate) return fail(certificate.error());
  if (good_.size() >= limits::kKnownCredentials) good_.clear();
  return good_.emplace(name, std::make_shared<const trust::Certificate>(*std::move(certificate))).first->second;
}

Result<Way> check(const Attestation& attestation, const Teller& teller, CredentialBook& book) {
  return Check(attestation, teller, book).run();
}

Result<Attestation> attestation_from(const wire::Attestation& in, const addr::Prefix& prefix) {
  const auto malformed = [] { return fail(Code::malformed, "a route that does not parse"); };
  Attestation out{.prefix = prefix, .mesh = {}, .sequence = in.sequence(), .origin = {}, .hops = {}};
  if (!get(in.mesh_id(), out.mesh.bytes)) return malformed();
  if (in.sequence() >= limits::kCounterEnd) return fail(Code::invalid, "a route with an impossible sequence");
  if (in.has_origin()) {
    Origin& origin = out.origin.emplace();
    origin.mtu = in.origin().mtu();
    if (!get(in.origin().identity(), origin.identity.bytes) || !get(in.origin().signature(), origin.signature) ||
        !get_credential(in.origin().credential(), origin.credential))
      return malformed();
  }
  if (static_cast<std::size_t>(in.hops_size()) > kMostHops) return fail(Code::invalid, "a route over too many meshes");
  for (const wire::Hop& from : in.hops()) {
    Hop& hop = out.hops.emplace_back();
    hop.mtu = from.mtu();
    hop.cost = from.cost();
    if (!get(from.mesh_id(), hop.to.bytes) || !get(from.from_identity(), hop.from_identity.bytes) ||
        !get(from.to_identity(), hop.to_identity.bytes) || !get(from.from_signature(), hop.from_signature) ||
        !get(from.to_signature(), hop.to_signature) || !get_credential(from.from_credential(), hop.from_credential) ||
        !get_credential(from.to_credential(), hop.to_credential))
      return malformed();
  }
  return out;
}

void to_wire(const Attestation& attestation, wire::Attestation& out) {
  out.set_mesh_id(to_string(attestation.mesh.bytes));
  out.set_sequence(attestation.sequence);
  if (attestation.origin) {
    out.mutable_origin()->set_identity(to_string(attestation.origin->identity.bytes));
    out.mutable_origin()->set_mtu(attestation.origin->mtu);
    out.mutable_origin()->set_signature(to_string(attestation.origin->signature));
    out.mutable_origin()->set_credential(to_string(attestation.origin->credential));
  }
  for (const Hop& hop : attestation.hops) {
    wire::Hop& to = *out.add_hops();
    to.set_mesh_id(to_string(hop.to.bytes));
    to.set_from_identity(to_string(hop.from_identity.bytes));
    to.set_to_identity(to_string(hop.to_identity.bytes));
    to.set_mtu(hop.mtu);
    to.set_cost(hop.cost);
    to.set_from_signature(to_string(hop.from_signature));
    to.set_to_signature(to_string(hop.to_signature));
    to.set_from_credential(to_string(hop.from_credential));
    to.set_to_credential(to_string(hop.to_credential));
  }
}

}  // namespace smeg::mesh
