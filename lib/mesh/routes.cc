#include "mesh/routes.h"

#include "mesh/item.h"

namespace smeg::mesh {

Attestation VerifiedRoute::attestation() const {
  auto decoded = Route::decode(bytes.payload);
  return decoded && decoded->attestation ? std::move(*decoded->attestation) : Attestation{};
}

Result<Routes::Taken> Routes::take(SignedRoute bytes) {
  const crdt::ContentHash content = content_hash(bytes);
  RoutePtr verified = pool_ ? pool_->routes.find(content) : nullptr;
  Result<Route> decoded = verified ? Route{} : Route::decode(bytes.payload);
  if (!decoded) return fail(decoded.error());
  const Route& route = verified ? verified->route : *decoded;
  if (route.mesh != mesh_) return fail(Code::conflict, "a route of another mesh");
  const Key key{route.identity, route.prefix};
  const crdt::Stamp stamp{route.version, content};
  const crdt::Put put = map_.judge(key, stamp);
  if (put == crdt::Put::same || put == crdt::Put::older) return Taken{put, key};
  const VerifiedRecord* owner = records_.find(route.identity);
  if (!owner || owner->record.version.incarnation < route.version.incarnation)
    return fail(Code::unavailable, "a route of somebody who is not known here");
  if (owner->record.version.incarnation > route.version.incarnation)
    return fail(Code::expired, "a route from before its owner was admitted anew");
  if (auto room = make_room(key); !room) return fail(room.error());
  if (!verified) {
    auto fresh = verify(std::move(bytes), stamp.hash, std::move(*decoded), *owner);
    if (!fresh) return fail(fresh.error());
    verified = std::move(*fresh);
    if (pool_) pool_->routes.add(stamp.hash, verified);
  }
  if (!map_.find(key)) ++counts_[key.first];
  return Taken{map_.put(std::move(verified)), key};
}

Result<void> Routes::make_room(const Key& key) const {
  if (map_.find(key)) return {};
  const auto count = counts_.find(key.first);
  if (count != counts_.end() && count->second >= limits::kRoutesPerMember)
    return fail(Code::too_large,
                "the member tells " + std::to_string(limits::kRoutesPerMember) + " routes already, which is the limit");
  if (map_.size() >= limits::kRoutesPerMesh)
    return fail(Code::too_large,
                "the mesh has " + std::to_string(limits::kRoutesPerMesh) + " routes already, which is the limit");
  return {};
}

Result<RoutePtr> Routes::verify(SignedRoute bytes, const crdt::ContentHash& content, Route route,
                                const VerifiedRecord& owner) {
  if (!verify_route(bytes, route.identity)) return fail(Code::unauthenticated, "a route that its owner did not sign");
  VerifiedRoute out{std::move(bytes), content, std::move(route), std::nullopt, 0};
  if (out.route.attestation) {
    auto way = check(*out.route.attestation, {mesh_, owner.certificate}, pool_ ? pool_->credentials : credentials_);
    if (!way) return fail(way.error());
    out.way = std::move(*way);
    out.sequence = out.route.attestation->sequence;
    out.route.attestation.reset();
  }
  return std::make_shared<const VerifiedRoute>(std::move(out));
}

std::vector<Routes::Key> Routes::drop_before(const crypto::IdentityKey& owner, std::uint64_t incarnation) {
  std::vector<Key> gone;
  if (!counts_.contains(owner)) return gone;
  for_each_of(owner, [&](const VerifiedRoute& route) {
    if (route.route.version.incarnation < incarnation) gone.emplace_back(owner, route.route.prefix);
  });
  for (const Key& key : gone) map_.forget(key);
  if ((counts_[owner] -= gone.size()) == 0) counts_.erase(owner);
  return gone;
}

const VerifiedRoute* Routes::find(const Key& key) const {
  const RoutePtr* route = map_.find(key);
  return route ? route->get() : nullptr;
}

std::optional<crdt::Stamp> Routes::stamp(const Key& key) const {
  const RoutePtr* route = map_.find(key);
  if (!route) return std::nullopt;
  return OfRoute::stamp(*route);
}

}  // namespace smeg::mesh
