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
  if (put == crdt::Put::same || put == crdt::Put::older) return Taken{put, key, std::nullopt};
  const VerifiedRecord* owner = records_.find(route.identity);
  if (!owner || owner->record.version.incarnation < route.version.incarnation)
    return fail(Code::unavailable, "a route of somebody who is not known here");
  if (owner->record.version.incarnation > route.version.incarnation)
    return fail(Code::expired, "a route from before its owner was admitted anew");
  const bool withdrawn = route.wanted == 0 && !(verified ? verified->way.has_value() : route.attestation.has_value());
  if (withdrawn && is_too_old(key, route.version)) return Taken{crdt::Put::older, key, std::nullopt};
  if (auto room = make_room(key, withdrawn); !room) return fail(room.error());
  if (!verified) {
    auto fresh = verify(std::move(bytes), stamp.hash, std::move(*decoded), *owner);
    if (!fresh) return fail(fresh.error());
    verified = std::move(*fresh);
    if (pool_) pool_->routes.add(stamp.hash, verified);
  }
  const crdt::Put taken = store(std::move(verified));
  return Taken{taken, key, drop_oldest(key.first)};
}

// Whoever passes on one too many isn't to blame: it may have heard of them in another order.
Result<void> Routes::make_room(const Key& key, bool withdrawn) const {
  const VerifiedRoute* held = find(key);
  const auto count = counts_.find(key.first);
  const bool more = !withdrawn && (!held || is_withdrawn(*held));
  if (more && count != counts_.end() && count->second.standing >= limits::kRoutesPerMember)
    return fail(Code::unavailable,
                "the member tells " + std::to_string(limits::kRoutesPerMember) + " routes already, which is the limit");
  if (!held && map_.size() >= limits::kRoutesPerMesh)
    return fail(Code::unavailable,
                "the mesh has " + std::to_string(limits::kRoutesPerMesh) + " routes already, which is the limit");
  return {};
}

// Whether it would be the first to go.
bool Routes::is_too_old(const Key& key, const crdt::Version& version) const {
  const auto count = counts_.find(key.first);
  if (find(key) || count == counts_.end() || count->second.withdrawn < limits::kWithdrawnPerMember) return false;
  return version < oldest_withdrawn(key.first)->route.version;
}

crdt::Put Routes::store(RoutePtr route) {
  const Key key = OfRoute::key(route);
  Count& count = counts_[key.first];
  if (const VerifiedRoute* held = find(key)) --(is_withdrawn(*held) ? count.withdrawn : count.standing);
  ++(is_withdrawn(*route) ? count.withdrawn : count.standing);
  return map_.put(std::move(route));
}

const VerifiedRoute* Routes::oldest_withdrawn(const crypto::IdentityKey& owner) const {
  const VerifiedRoute* oldest = nullptr;
  for_each_of(owner, [&](const VerifiedRoute& route) {
    if (is_withdrawn(route) && (!oldest || route.route.version < oldest->route.version)) oldest = &route;
  });
  return oldest;
}

std::optional<Routes::Key> Routes::drop_oldest(const crypto::IdentityKey& owner) {
  Count& count = counts_[owner];
  if (count.withdrawn <= limits::kWithdrawnPerMember) return std::nullopt;
  const Key key{owner, oldest_withdrawn(owner)->route.prefix};
  map_.forget(key);
  --count.withdrawn;
  return key;
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
  Count& count = counts_[owner];
  for_each_of(owner, [&](const VerifiedRoute& route) {
    if (route.route.version.incarnation >= incarnation) return;
    gone.emplace_back(owner, route.route.prefix);
    --(is_withdrawn(route) ? count.withdrawn : count.standing);
  });
  for (const Key& key : gone) map_.forget(key);
  if (count.standing + count.withdrawn == 0) counts_.erase(owner);
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
