#include "mesh/route.h"

#include <algorithm>

#include "wire/record.pb.h"

namespace smeg::mesh {
namespace {

constexpr std::uint32_t kFormat = 1;
constexpr std::string_view kDomain = "smegmesh member route 1";

tl::unexpected<Error> malformed() { return fail(Code::malformed, "a route that does not parse"); }

Result<addr::Prefix> prefix_from(const wire::Prefix& in) {
  const auto address = addr::IpAddress::from(as_bytes(in.address()));
  if (!address || in.length() > address->bits()) return malformed();
  const addr::Prefix prefix(*address, in.length());
  if (prefix.address() != *address) return fail(Code::invalid, "a route to a prefix with bits behind its length");
  return prefix;
}

}  // namespace

Result<Route> Route::decode(ByteView payload) {
  if (payload.size() > limits::kRouteBytes)
    return fail(Code::too_large, "a route of " + std::to_string(payload.size()) + " bytes");
  wire::Route in;
  if (!in.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) return malformed();
  if (in.format() != kFormat)
    return fail(Code::unsupported, "a route of format " + std::to_string(in.format()),
                "this host runs an older version than the member that tells it; upgrade it");
  Route out;
  if (in.mesh_id().size() != out.mesh.bytes.size() || in.identity().size() != out.identity.bytes.size())
    return malformed();
  std::ranges::copy(as_bytes(in.mesh_id()), out.mesh.bytes.begin());
  std::ranges::copy(as_bytes(in.identity()), out.identity.bytes.begin());
  if (in.counter() >= limits::kCounterEnd || in.wanted() >= limits::kCounterEnd ||
      in.announced_sequence() >= limits::kCounterEnd)
    return fail(Code::invalid, "a route with an impossible number");
  // As in the configuration: more would draw almost all that others send there.
  if (in.weight() > limits::kExitWeight)
    return fail(Code::invalid, "a route with a weight of " + std::to_string(in.weight()));
  out.version = {in.incarnation(), in.counter()};
  const auto prefix = prefix_from(in.prefix());
  if (!prefix) return fail(prefix.error());
  out.prefix = *prefix;
  out.weight = in.weight();
  out.draining = in.draining();
  out.wanted = in.wanted();
  if (in.announced()) out.announced = Announced{in.announced_sequence(), in.announced_hops()};
  if (!in.has_attestation()) return out;
  auto attestation = attestation_from(in.attestation(), *prefix);
  if (!attestation) return fail(attestation.error());
  out.attestation = std::move(*attestation);
  return out;
}

Bytes Route::encode() const {
  wire::Route out;
  out.set_format(kFormat);
  out.set_mesh_id(to_string(mesh.bytes));
  out.set_identity(to_string(identity.bytes));
  out.set_incarnation(version.incarnation);
  out.set_counter(version.counter);
  out.mutable_prefix()->set_address(to_string(prefix.address().view()));
  out.mutable_prefix()->set_length(prefix.length());
  if (attestation) to_wire(*attestation, *out.mutable_attestation());
  out.set_weight(weight);
  out.set_draining(draining);
  out.set_wanted(wanted);
  if (announced) {
    out.set_announced(true);
    out.set_announced_sequence(announced->sequence);
    out.set_announced_hops(announced->hops);
  }
  return to_bytes(out.SerializeAsString());
}

SignedRoute sign_route(const Route& route, const crypto::IdentityPrivateKey& key) {
  SignedRoute out{route.encode(), {}};
  out.signature = crypto::sign(key, kDomain, out.payload);
  return out;
}

bool verify_route(const SignedRoute& route, const crypto::IdentityKey& key) {
  return crypto::verify(key, kDomain, route.payload, route.signature);
}

}  // namespace smeg::mesh
