#include "node/routing.h"

#include <algorithm>

namespace smeg::node {
namespace {

crypto::IdentityKey identity(const route::MemberKey& key) { return {key}; }

std::optional<mesh::RouteContent::Announced> announced(const route::Table& table, const addr::Prefix& prefix) {
  const auto best = table.best(prefix);
  if (!best) return std::nullopt;
  return mesh::RouteContent::Announced{best->sequence, static_cast<std::uint32_t>(best->hops)};
}

}  // namespace

void Routing::update(std::map<MeshId, Membership>& memberships, Instant now) {
  if (std::exchange(host_.standing_changed, false)) admitted_.clear();
  complete_ = true;
  remember(memberships, now);
  look(memberships);
  decisions_ = table_.decide(world_, now);
  wish_carriers(memberships);
  announce(memberships);
  find_bridges(memberships);
}

// What we announced before a restart binds us still, also where a word of ours comes up only later: from somebody who
// was cut off, and didn't hear that we took it back.
void Routing::remember(const Memberships& memberships, Instant now) {
  std::erase_if(remembered_, [&](const MeshId& id) { return !memberships.contains(id); });
  for (const auto& entry : memberships) {
    const MeshId& id = entry.first;
    const bool first = remembered_.insert(id).second;
    entry.second.for_each_own_route([&](const mesh::VerifiedRoute& route) {
      const auto known = table_.best(route.route.prefix);
      if (const auto& best = route.route.announced)
        if (const route::Distance announced{best->sequence, best->hops}; !known || announced.better_than(*known))
          table_.remember(route.route.prefix, announced, now);
      if (first && route.way)
        table_.remember(id, route.route.prefix,
                        {.beneath = route.way->path.size() > 2 ? route.way->beneath : route::Chain{},
                         .sequence = route.sequence,
                         .mtu = route.way->mtu,
                         .cost = route.way->cost});
    });
  }
}

bool Routing::admits(const Membership& membership, const mesh::CertificatePtr& certificate) {
  const auto known = admitted_.find(certificate);
  if (known != admitted_.end()) return known->second;
  return admitted_.emplace(certificate, membership.admits(*certificate)).first->second;
}

void Routing::look(const Memberships& memberships) {
  world_ = {.meshes = {}, .offers = {}, .pleas = {}, .draining = draining_};
  if (admitted_.size() > limits::kKnownCredentials) admitted_.clear();
  const auto is_void = [&](const mesh::Way& way) {
    return std::ranges::any_of(way.members, [&](const auto& member) {
      const auto known = memberships.find(member.first);
      return known != memberships.end() && !admits(known->second, member.second);
    });
  };
  unsigned bridging = 0;
  for (const auto& [id, membership] : memberships) {
    if (membership.standing_down()) continue;
    world_.meshes.emplace(id, membership.own_mesh());
    bridging += membership.bridges();
    membership.add_offers(world_, is_void);
  }
  if (bridging < 2)
    for (auto& [id, own] : world_.meshes) own.announces = false;
  const auto passes_on = [](const auto& entry) { return entry.second.announces || !entry.second.originates.empty(); };
  forwards_ = std::ranges::any_of(world_.meshes, passes_on);
}

// A client wants to be carried by whoever leads it out of all meshes, to the internet first: its prefix is the first.
void Routing::wish_carriers(Memberships& memberships) {
  wishes_.clear();
  for (const route::Choice& choice : decisions_.choices) {
    if (!choice.exit || !is_carried_straight(choice.prefix)) continue;
    if (memberships.at(choice.exit->mesh()).role() == Role::client)
      wishes_.emplace(choice.exit->mesh(), identity(choice.exit->member));
  }
  for (auto& [id, membership] : memberships) {
    const auto wish = wishes_.find(id);
    membership.wish_carrier(wish == wishes_.end() ? std::nullopt : std::optional(wish->second));
  }
}

// Nobody carries this host there: it is a client, and wants to be carried by somebody else.
bool Routing::is_cut_off(const route::Choice& choice) const {
  if (!choice.exit || !is_carried_straight(choice.prefix)) return false;
  const auto wish = wishes_.find(choice.exit->mesh());
  return wish != wishes_.end() && wish->second != identity(choice.exit->member);
}

// ---- Saying it

void Routing::announce(Memberships& memberships) {
  std::set<Place> said;
  for (const route::Announcement& wanted : decisions_.announcements) {
    said.insert({wanted.offer.mesh(), wanted.offer.prefix});
    announce(memberships, wanted);
  }
  for (const route::Plea& plea : decisions_.pleas) {
    said.insert({plea.mesh, plea.prefix});
    const mesh::RouteContent content{.prefix = plea.prefix,
                                     .attestation = std::nullopt,
                                     .wanted = plea.wanted,
                                     .announced = announced(table_, plea.prefix)};
    complete_ &= memberships.at(plea.mesh).announce(content);
  }
  withdraw(memberships, said);
}

// What we said once is taken back by a word that says nothing but how far we went.
void Routing::withdraw(Memberships& memberships, const std::set<Place>& said) {
  for (auto& entry : memberships) {
    Membership& membership = entry.second;
    std::vector<mesh::RouteContent> gone;
    membership.for_each_own_route([&](const mesh::VerifiedRoute& route) {
      const addr::Prefix& prefix = route.route.prefix;
      if (said.contains({entry.first, prefix}) || (!route.way && route.route.wanted == 0)) return;
      auto best = announced(table_, prefix);
      gone.push_back({.prefix = prefix, .attestation = std::nullopt, .announced = best ? best : route.route.announced});
    });
    for (const mesh::RouteContent& content : gone) complete_ &= membership.announce(content);
  }
}

void Routing::announce(Memberships& memberships, const route::Announcement& wanted) {
  const route::Offer& offer = wanted.offer;
  Membership& membership = memberships.at(offer.mesh());
  const mesh::VerifiedRoute* held = membership.own_route(offer.prefix);
  if (held && !is_same_way(*held, wanted)) held = nullptr;
  if (held && held->route.weight == offer.weight && held->route.draining == offer.draining &&
      held->route.wanted == wanted.wanted)
    return;
  auto attestation = held ? held->attestation() : attest(memberships, wanted);
  if (!attestation) {
    host_.note(Note::Level::warning,
               "can't announce the route to " + offer.prefix.to_string() + ": " + attestation.error().message);
    complete_ = false;
    return;
  }
  complete_ &= membership.announce({.prefix = offer.prefix,
                                    .attestation = std::move(*attestation),
                                    .weight = offer.weight,
                                    .draining = offer.draining,
                                    .wanted = wanted.wanted,
                                    .announced = announced(table_, offer.prefix)});
}

// Whether what we have said is of the way that we want to tell of.
bool Routing::is_same_way(const mesh::VerifiedRoute& held, const route::Announcement& wanted) {
  const route::Offer& offer = wanted.offer;
  if (!held.way || held.way->path != offer.path || held.sequence != offer.sequence) return false;
  const std::uint32_t mtu = offer.hops() == 0 ? std::min(held.way->mtu, offer.mtu) : held.way->mtu;
  return mtu == offer.mtu && held.way->cost == offer.cost &&
         (!wanted.rests_on || held.way->beneath == wanted.rests_on->chain);
}

Result<mesh::Attestation> Routing::attest_start(const Memberships& memberships, const route::Offer& offer) const {
  const MeshId& start = offer.path.front();
  if (offer.prefix == addr::mesh_prefix(start)) return mesh::attest_mesh(start, offer.sequence);
  const Membership& home = memberships.at(start);
  return mesh::attest_own(offer.prefix, start, offer.sequence, host_.config.mtu, home.key());
}

Result<mesh::Attestation> Routing::attest(const Memberships& memberships, const route::Announcement& wanted) const {
  const route::Offer& offer = wanted.offer;
  if (offer.hops() == 0) return attest_start(memberships, offer);
  const Membership& from = memberships.at(offer.path[offer.path.size() - 2]);
  const Membership& to = memberships.at(offer.mesh());
  auto own = from.credential_of(from.self());
  if (!own) return fail(own.error());
  mesh::Credential last = *own;  // of whoever told it: ourselves, of what begins here
  Result<mesh::Attestation> base = mesh::Attestation{};
  if (wanted.rests_on) {
    const crypto::IdentityKey teller = identity(wanted.rests_on->member);
    const mesh::VerifiedRoute* route = from.told_route(teller, offer.prefix);
    auto credential = from.credential_of(teller);
    if (!route || !credential) return fail(Code::not_found, "whoever told it is gone");
    base = route->attestation();
    last = std::move(*credential);
  } else {
    base = attest_start(memberships, offer);
  }
  if (!base) return base;
  return mesh::extend(std::move(*base), std::move(last), to.id(), host_.config.mtu, to.own_mesh().cost,
                      {from.key(), to.key(), std::move(*own)});
}

// ---- Using it

void Routing::add_to(std::vector<WantedMesh>& meshes) const {
  add_ways_round(meshes);
  for (const route::Choice& choice : decisions_.choices) {
    for (WantedMesh& mesh : meshes) {
      for (const route::Offer* offer : choice.offers) {
        if (offer->mesh() != mesh.mesh) continue;
        if (mesh.carrier) {
          add_carried(mesh, *offer, choice);
          continue;
        }
        const auto peer = std::ranges::find(mesh.peers, identity(offer->member), &WantedPeer::identity);
        if (peer == mesh.peers.end()) continue;
        peer->sources.insert(choice.prefix);
        if (offer != choice.exit) continue;
        peer->prefixes.insert(choice.prefix);
        mesh.routes[choice.prefix] = std::min(offer->mtu, mesh.mtu);
      }
    }
  }
}

// Who is in one mesh with us may send to the address that we have in another: such packets come from a bridge in that
// one.
void Routing::add_ways_round(std::vector<WantedMesh>& meshes) const {
  if (world_.meshes.size() < 2) return;
  std::set<addr::Prefix> own;
  for (const auto& [id, mesh] : world_.meshes) own.insert(mesh.prefix);
  for (const route::Offer& offer : world_.offers) {
    if (offer.hops() == 0 || !own.contains(offer.prefix)) continue;
    for (WantedMesh& mesh : meshes) {
      if (mesh.mesh != offer.mesh()) continue;
      for (WantedPeer& peer : mesh.peers)
        if (mesh.carrier || peer.identity == identity(offer.member)) peer.sources.insert(offer.prefix);
    }
  }
}

// A client sends everything through its carrier, and takes it from the one that stands by too.
void Routing::add_carried(WantedMesh& mesh, const route::Offer& offer, const route::Choice& choice) {
  const bool carrier_leads = offer.reachable && identity(offer.member) == *mesh.carrier;
  const bool taken = is_carried_straight(choice.prefix) ? carrier_leads : &offer == choice.exit;
  for (WantedPeer& peer : mesh.peers) {
    peer.sources.insert(choice.prefix);
    if (taken && peer.identity == *mesh.carrier) peer.prefixes.insert(choice.prefix);
  }
  if (taken) mesh.routes[choice.prefix] = std::min(offer.mtu, mesh.mtu);
}

std::vector<control::RouteView> Routing::view() const {
  std::vector<control::RouteView> out;
  for (const route::Choice& choice : decisions_.choices) {
    control::RouteView& view = out.emplace_back();
    view.prefix = choice.prefix;
    view.starving = choice.starving;
    const bool cut_off = is_cut_off(choice);
    for (const route::Offer* offer : choice.offers) {
      const bool equal = std::ranges::find(choice.equals, offer) != choice.equals.end();
      view.exits.push_back({.mesh = offer->mesh(),
                            .member = identity(offer->member),
                            .path = offer->path,
                            .hops = static_cast<std::uint32_t>(offer->hops()),
                            .cost = offer->cost,
                            .weight = offer->weight,
                            .mtu = offer->mtu,
                            .sequence = offer->sequence,
                            .state = cut_off                ? control::ExitState::unreachable
                                     : offer == choice.exit ? control::ExitState::chosen
                                     : equal                ? control::ExitState::equal
                                     : !offer->reachable    ? control::ExitState::unreachable
                                     : offer->draining      ? control::ExitState::draining
                                     : choice.starving      ? control::ExitState::waiting
                                                            : control::ExitState::worse});
    }
  }
  return out;
}

void Routing::find_bridges(const Memberships& memberships) {
  std::set<control::BridgeView> found;
  for (const auto& [id, membership] : memberships) membership.add_bridges(found);
  for (const auto& [from, own] : world_.meshes)
    for (const auto& [to, other] : world_.meshes)
      if (forwards_ && from < to && own.announces && other.announces)
        found.insert({from, identity(own.self), to, identity(other.self)});
  bridges_.assign(found.begin(), found.end());
}

void Routing::drain(bool on) {
  draining_ = on;
  host_.routes_changed = host_.desired_changed = host_.view_changed = true;
}

}  // namespace smeg::node
