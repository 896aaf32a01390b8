// Routes between meshes, as one mesh sees them.
#include <algorithm>

#include "node/membership.h"

namespace smeg::node {
namespace {

const addr::Prefix kEverything{addr::IpAddress(), 0};

}  // namespace

bool Membership::bridges() const {
  return base().advertise_route && role() == Role::peer && !is_stub() && !standing_down() && !offline_;
}

route::OwnMesh Membership::own_mesh() const {
  route::OwnMesh out{.prefix = addr::mesh_prefix(id()),
                     .self = self_.bytes,
                     .announces = bridges(),
                     .mtu = host_.config.mtu,
                     .cost = base().cost,
                     .weight = base().weight,
                     .originates = {}};
  if (role() != Role::peer || is_stub() || offline_) return out;
  out.originates.insert(base().advertise_prefixes.begin(), base().advertise_prefixes.end());
  if (base().advertise_defaults) out.originates.insert(kEverything);
  return out;
}

// A prefix that isn't a mesh's own needs a grant in the mesh where it is told, or this host's operator: whoever founds
// a mesh can grant there what he likes. Everything is taken only where it is asked for, and a part of a mesh of ours
// from nobody.
bool Membership::accepts(const addr::Prefix& prefix, const mesh::Way& way) const {
  if (way.of_mesh) return true;
  if (!prefix.address().is_v6() || host_.inside_a_mesh(prefix.address())) return false;
  if (prefix == kEverything) return base().use_default;
  return (way.granted && way.path.size() == 1) ||
         std::ranges::any_of(base().accept_routes,
                             [&](const addr::Prefix& accepted) { return accepted.contains(prefix); });
}

void Membership::add_offers(route::World& world, const std::function<bool(const mesh::Way&)>& is_void) const {
  const mesh::Member* member = nullptr;  // who tells: what one tells stands together
  bool alive = false;
  mesh_.routes().for_each([&](const mesh::VerifiedRoute& held) {
    const mesh::Route& route = held.route;
    if (!member || member->identity != route.identity) {
      member = mesh_.find(route.identity);
      alive = member && !member->record->offline && gossip_.liveness(member->identity) != gossip::Liveness::down;
    }
    if (route.identity == self_ || !member || member->revoked || !member->address) return;
    const bool reachable =
        alive && (role() != Role::client || !is_carried_straight(route.prefix) || may_carry(*member));
    if (route.wanted != 0 && reachable) world.pleas.push_back({id(), route.prefix, route.wanted});
    if (!held.way || !member->record->wg_public_key || !accepts(route.prefix, *held.way)) return;
    world.offers.push_back({.prefix = route.prefix,
                            .path = held.way->path,
                            .member = route.identity.bytes,
                            .sequence = held.sequence,
                            .chain = held.way->chain,
                            .mtu = std::min(held.way->mtu, host_.config.mtu),
                            .cost = held.way->cost,
                            .weight = route.weight,
                            .draining = route.draining,
                            .reachable = reachable && !is_void(*held.way)});
  });
}

void Membership::add_bridges(std::set<control::BridgeView>& out) const {
  std::set<std::pair<const void*, const void*>> seen;  // most ways lead over the same ones
  mesh_.routes().for_each([&](const mesh::VerifiedRoute& held) {
    const crypto::IdentityKey& teller = held.route.identity;
    if (!held.way || gossip_.liveness(teller) == gossip::Liveness::down || !mesh_.find(teller)) return;
    held.way->for_each_bridge(teller, [&](const MeshId& from, const crypto::IdentityKey& member, const MeshId& to,
                                          const crypto::IdentityKey& as) {
      if (!seen.emplace(&member, &as).second) return;
      out.insert(from < to ? control::BridgeView{from, member, to, as} : control::BridgeView{to, as, from, member});
    });
  });
}

const mesh::VerifiedRoute* Membership::told_route(const crypto::IdentityKey& member, const addr::Prefix& prefix) const {
  return mesh_.routes().find({member, prefix});
}

bool Membership::announce(const mesh::RouteContent& content) {
  if (standing_down() || !mesh_.own_record()) return false;
  if (const mesh::VerifiedRoute* held = own_route(content.prefix); held && !held->way && !content.attestation)
    if (static_cast<const mesh::RouteContent&>(held->route) == content) return true;
  reserve_counters();
  const bool is_new = !own_route(content.prefix);
  const auto item = mesh_.publish(content, key_);
  if (!item) {
    // It is tried again and again, and where there is no room for one there is none for others.
    if (!std::exchange(routes_refused_, true))
      host_.note(Note::Level::warning, "can't say anything of the route to " + content.prefix.to_string() +
                                           ", nor perhaps of others: " + item.error().message);
    return false;
  }
  if (is_new) routes_refused_ = false;
  tell({.key = mesh::Mesh::route_key(self_, content.prefix)});
  host_.members_changed = true;
  return true;
}

}  // namespace smeg::node
