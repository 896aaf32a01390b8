#include "sim/checks.h"

#include <algorithm>

namespace smeg::sim {
namespace {

using control::GuestState;
using control::GuestView;
using control::MemberState;
using control::MemberView;
using control::MeshView;

std::string text_of(const std::optional<crypto::WgPublicKey>& key) { return key ? control::to_text(*key) : "none"; }

// What has to be the same on every host.
std::string describe(const MemberView& member) {
  return control::to_text(member.public_key).substr(0, 8) + " " + member.address.to_string() + " '" + member.alias +
         "' '" + member.description + "' " + text_of(member.wg_public_key).substr(0, 8) + " " +
         std::string(name(member.role)) + " " + std::string(control::name(member.state));
}

std::string describe(const GuestView& guest) {
  return "guest '" + guest.name + "' " + guest.address.to_string() + " " +
         control::to_text(guest.wg_public_key).substr(0, 8) + " of " + control::to_text(guest.sponsor).substr(0, 8) +
         " " + std::string(control::name(guest.state));
}

std::string describe(const MeshView& mesh) {
  std::string out;
  for (const GuestView& guest : mesh.guests) out += describe(guest) + "\n";
  for (const MemberView& member : mesh.members) {
    if (member.state != MemberState::revoked) out += describe(member) + "\n";
  }
  return out;
}

// As describe() says it, without the words.
bool same(const MemberView& a, const MemberView& b) {
  if (&a == &b) return true;
  return a.public_key == b.public_key && a.state == b.state && a.address == b.address && a.alias == b.alias &&
         a.description == b.description && a.services == b.services && a.wg_public_key == b.wg_public_key &&
         a.role == b.role;
}
bool same(const GuestView& a, const GuestView& b) {
  return a.name == b.name && a.address == b.address && a.wg_public_key == b.wg_public_key && a.sponsor == b.sponsor &&
         a.state == b.state;
}

// Whether two views show the same, the revoked left out.
bool same(const MeshView& a, const MeshView& b) {
  const auto skip = [](const MeshView& view, auto at) {
    while (at != view.members.end() && at->state == MemberState::revoked) ++at;
    return at;
  };
  auto one = skip(a, a.members.begin());
  auto other = skip(b, b.members.begin());
  for (; one != a.members.end() && other != b.members.end(); one = skip(a, ++one), other = skip(b, ++other))
    if (!same(*one, *other)) return false;
  return one == a.members.end() && other == b.members.end() &&
         std::ranges::equal(a.guests, b.guests, [](const auto& x, const auto& y) { return same(x, y); });
}

// The lines that only one of two views has.
std::string unlike(const MeshView& a, const MeshView& b) {
  const auto lines = [](const MeshView& view) {
    std::set<std::string> out;
    for (const GuestView& guest : view.guests) out.insert(describe(guest));
    for (const MemberView& member : view.members)
      if (member.state != MemberState::revoked) out.insert(describe(member));
    return out;
  };
  const auto of_a = lines(a);
  const auto of_b = lines(b);
  std::string out;
  for (const std::string& line : of_a)
    if (!of_b.contains(line)) out += "< " + line + "\n";
  for (const std::string& line : of_b)
    if (!of_a.contains(line)) out += "> " + line + "\n";
  return out;
}

// Looked for among what was said last: mostly that is it.
template <class T>
bool ever(const std::vector<T>& said, const T& what) {
  return std::find(said.rbegin(), said.rend(), what) != said.rend();
}
template <class T>
void note(std::vector<T>& said, const T& what) {
  if (!ever(said, what)) said.push_back(what);
}

struct Side {
  const MemberView* self = nullptr;
  const netstate::ObservedInterface* interface = nullptr;
  std::string name;
};

Result<Side> side_of(World& world, const MeshId& mesh, HostIndex host) {
  const MeshView* view = world.view(host, mesh);
  if (!view || !self_of(*view)) return fail(Code::not_found, world.name(host) + " is not in the mesh");
  for (const auto& [name, interface] : world.kernel(host).state().interfaces) {
    if (!interface.ours || interface.mesh != mesh || interface.lane != netstate::kMainLane) continue;
    if (!interface.up || !interface.device) return fail(Code::unavailable, world.name(host) + "'s interface is down");
    return Side{self_of(*view), &interface, name.text()};
  }
  return fail(Code::not_found, world.name(host) + " has no interface");
}

// What is missing for packets from one side to the other.
std::string missing_half(World& world, HostIndex host, const Side& from, const Side& to) {
  if (!from.interface->addresses.contains(netstate::Address::host(from.self->address))) return "its own address";
  const auto key = crypto::wg_public_key(to.interface->device->private_key);
  const auto peer = from.interface->device->peers.find(key);
  if (peer == from.interface->device->peers.end()) return "the peer";
  if (!peer->second.allowed_ips.contains(addr::Prefix::host(to.self->address))) return "the allowed address";
  const auto& routes = world.kernel(host).state().routes;
  const bool routed = std::any_of(routes.begin(), routes.end(), [&](const auto& route) {
    return route.first.prefix.contains(to.self->address) && route.second.interface.text() == from.name;
  });
  return routed ? "" : "the route";
}

bool knows_where(World& world, const Side& from, const Side& to, HostIndex where) {
  const auto key = crypto::wg_public_key(to.interface->device->private_key);
  const auto& peer = from.interface->device->peers.at(key);
  return peer.endpoint && peer.endpoint->port == to.interface->device->listen_port &&
         world.network().owner(peer.endpoint->address) == where;
}

using Allowed = std::map<addr::Prefix, crypto::WgPublicKey>;

// Whose tunnel each address has to lead to, on a host that sees the mesh so.
Allowed wanted_of(const MeshView& view) {
  Allowed out;
  std::map<crypto::IdentityKey, crypto::WgPublicKey> sponsors;
  for (const MemberView& member : view.members) {
    const bool has_tunnel = member.state != MemberState::revoked && member.state != MemberState::offline;
    if (member.self || !has_tunnel || !member.wg_public_key) continue;
    out[addr::Prefix::host(member.address)] = *member.wg_public_key;
    sponsors[member.public_key] = *member.wg_public_key;
  }
  for (const GuestView& guest : view.guests) {
    if (guest.state != GuestState::active) continue;
    if (guest.sponsor == view.self) {
      out[addr::Prefix::host(guest.address)] = guest.wg_public_key;
    } else if (const auto sponsor = sponsors.find(guest.sponsor); sponsor != sponsors.end()) {
      out[addr::Prefix::host(guest.address)] = sponsor->second;
    }
  }
  return out;
}

Allowed allowed_of(const netstate::ObservedDevice& device) {
  Allowed out;
  for (const auto& [key, peer] : device.peers)
    for (const addr::Prefix& prefix : peer.allowed_ips) out[prefix] = key;
  return out;
}

}  // namespace

const MemberView* find_member(const MeshView& mesh, const crypto::IdentityKey& member) {
  const auto at = std::ranges::lower_bound(mesh.members, member, {}, &MemberView::public_key);
  return at == mesh.members.end() || at->public_key != member ? nullptr : &*at;
}

std::string misled(World& world, const MeshId& mesh, const std::vector<HostIndex>& hosts) {
  for (const HostIndex host : hosts) {
    const auto side = side_of(world, mesh, host);
    if (!side) return side.error().message;
    const MeshView& view = *world.view(host, mesh);
    if (allowed_of(*side->interface->device) != wanted_of(view))
      return world.name(host) + " has other allowed addresses";
    const bool sponsors = std::any_of(view.guests.begin(), view.guests.end(), [&](const GuestView& guest) {
      return guest.sponsor == view.self && guest.state == GuestState::active;
    });
    std::optional<netstate::Hairpin> hairpin;
    if (sponsors) hairpin = netstate::Hairpin{view.prefix, {side->self->address}};
    if (side->interface->hairpin != hairpin) return world.name(host) + " has another hairpin";
  }
  return {};
}

std::string difference(const World& world, const MeshId& mesh, const std::vector<HostIndex>& hosts) {
  const MeshView* first = nullptr;
  for (const HostIndex host : hosts) {
    const MeshView* view = world.view(host, mesh);
    if (!view) return world.name(host) + " does not have the mesh";
    if (!first) first = view;
    if (!same(*first, *view))
      return world.name(hosts.front()) + " and " + world.name(host) + " differ:\n" + unlike(*first, *view);
    if (view->leader != first->leader)
      return world.name(hosts.front()) + " and " + world.name(host) + " have different leaders";
  }
  return {};
}

std::string disagreement(const World& world, const MeshId& mesh, const std::vector<HostIndex>& hosts) {
  const MeshView* first = nullptr;
  for (const HostIndex host : hosts) {
    const MeshView* view = world.view(host, mesh);
    if (!view) return world.name(host) + " does not have the mesh";
    if (!first) first = view;
    const auto alive = std::ranges::count(view->members, MemberState::alive, &MemberView::state);
    if (static_cast<std::size_t>(alive) != hosts.size()) {
      return world.name(host) + " sees " + std::to_string(alive) + " of " + std::to_string(hosts.size()) +
             " members alive:\n" + describe(*view);
    }
    if (!same(*first, *view))
      return world.name(hosts.front()) + " and " + world.name(host) + " differ:\n" + unlike(*first, *view);
  }
  return {};
}

std::string missing_tunnel(World& world, const MeshId& mesh, const std::vector<HostIndex>& hosts) {
  for (const HostIndex a : hosts) {
    const auto from = side_of(world, mesh, a);
    if (!from) return from.error().message;
    for (const HostIndex b : hosts) {
      if (a == b) continue;
      const auto to = side_of(world, mesh, b);
      if (!to) return to.error().message;
      const std::string missing = missing_half(world, a, *from, *to);
      if (!missing.empty()) return "from " + world.name(a) + " to " + world.name(b) + ": " + missing + " is missing";
      if (a < b) continue;  // the other half was looked at before
      if (!knows_where(world, *from, *to, b) && !knows_where(world, *to, *from, a)) {
        return "neither " + world.name(a) + " nor " + world.name(b) + " knows where the other is";
      }
    }
  }
  return {};
}

std::string residue(World& world, HostIndex host) {
  const netstate::Observed& state = world.kernel(host).state();
  for (const auto& [name, interface] : state.interfaces) {
    if (interface.ours) return world.name(host) + " still has the interface " + name.text();
  }
  if (!state.routes.empty()) return world.name(host) + " still has a route";
  return state.forwarding ? world.name(host) + " still forwards" : "";
}

Honesty::Honesty(World& world) : world_(world) {
  world.watch([this](HostIndex host, const control::Snapshot& snapshot) {
    for (const MeshView& mesh : snapshot.meshes) hear_own(host, mesh);
    for (const MeshView& mesh : snapshot.meshes) compare(host, mesh);
  });
}

void Honesty::know(const MeshId& mesh, HostIndex host, const crypto::IdentityKey& member,
                   const addr::IpAddress& address, const std::string& alias,
                   const std::optional<crypto::WgPublicKey>& key) {
  Said& said = said_[mesh][member];
  note(said.aliases, alias);
  note(said.descriptions, {});
  note(said.keys, key);
  note(said.hosts, host);
  said.address = address;
}

void Honesty::hear_own(HostIndex host, const MeshView& mesh) {
  const auto [at, fresh] = identities_.try_emplace({host, mesh.id}, mesh.self);
  if (!fresh && at->second != mesh.self) complaints_.push_back(world_.name(host) + " has another identity than before");
  const MemberView* self = self_of(mesh);
  if (!self) return;
  Said& said = said_[mesh.id][mesh.self];
  note(said.aliases, self->alias);
  note(said.descriptions, self->description);
  note(said.keys, self->wg_public_key);
  note(said.hosts, host);
  for (const GuestView& guest : mesh.guests)
    if (guest.sponsor == mesh.self) said.guests.insert({guest.name, guest.wg_public_key, guest.address});
  if (said.address == addr::IpAddress()) said.address = self->address;
  if (said.address != self->address) complaints_.push_back(world_.name(host) + " has another address than before");
}

void Honesty::complain(HostIndex host, const MemberView& member, const std::string& what) {
  complaints_.push_back(world_.name(host) + " shows of " + describe(member) + " " + what);
}

// What a member once said it has said for good.
void Honesty::compare(HostIndex host, const MeshView& mesh) {
  Members& all = said_[mesh.id];
  control::MemberList& seen = seen_[{host, mesh.id}];
  mesh.members.visit_changed(seen, [&](const control::MemberList::Row& row) {
    if (row->self || row->state == MemberState::revoked) return;
    const auto at = all.find(row->public_key);
    compare(host, row, at == all.end() ? nullptr : &at->second);
  });
  seen = mesh.members;
  for (const GuestView& guest : mesh.guests) {
    const auto at = all.find(guest.sponsor);
    if (at == all.end() || !at->second.guests.contains({guest.name, guest.wg_public_key, guest.address}))
      complaints_.push_back(world_.name(host) + " shows the " + describe(guest) + ", which its sponsor never had");
  }
}

// Of a name nobody here knows what it stands for.
bool Honesty::is_at(const control::EndpointView& endpoint, const Said& said) const {
  if (!endpoint.at.address) return true;
  const auto owner = world_.network().owner_ever(*endpoint.at.address);
  return owner && ever(said.hosts, *owner);
}

void Honesty::compare(HostIndex host, const control::MemberList::Row& row, Said* said) {
  const MemberView& member = *row;
  if (!said) return complain(host, member, "who never spoke");
  if (said->accepted == row) return;
  said->accepted = row;
  if (member.address != said->address) complain(host, member, "an address it does not have");
  if (said->distrusted) return;
  if (!member.alias.empty() && !ever(said->aliases, member.alias)) complain(host, member, "an alias it never had");
  if (!ever(said->descriptions, member.description)) complain(host, member, "a description it never had");
  if (!ever(said->keys, member.wg_public_key)) complain(host, member, "a key it never had");
  if (!std::ranges::all_of(member.endpoints, [&](const auto& endpoint) { return is_at(endpoint, *said); }))
    complain(host, member, "an endpoint it never had");
}

}  // namespace smeg::sim
