#include "node/membership.h"

#include <algorithm>

#include "node/state.h"
#include "wire/session.pb.h"
#include "wire/state.pb.h"

namespace smeg::node {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kCounterBlock = 1'024;
constexpr std::uint64_t kCountersLow = 64;
constexpr std::uint16_t kFirstDynamicPort = 49'152;  // RFC 6335 section 6
constexpr Duration kTryNextEndpoint = 15s;
constexpr Duration kUnderlayPatience = 1s;
constexpr std::size_t kUnwantedKept = 384;  // of sessions that others dialled; limits::kSessions is for all meshes
constexpr Duration kKeepUnwanted = 30s;     // a session that nobody here wants: the rings may come round to it again
constexpr std::chrono::seconds kClientKeepalive{25};  // below the shortest usual NAT binding for UDP of 30 s

mesh::Mesh make_mesh(Host& host, const MembershipParts& parts, const crypto::IdentityKey& self) {
  return {parts.ledger, mesh::Mesh::Settings{self, host.inside_a_mesh, host.pool ? &host.pool->mesh : nullptr}};
}

bool usable_underlay(const addr::IpAddress& address) {
  return !address.is_unspecified() && !address.is_loopback() && !address.is_link_local() && !address.is_multicast();
}

bool is_known_by_name_alone(const mesh::Record& record) {
  const auto leads_to = [&](bool name) {
    return std::ranges::any_of(record.endpoints, [&](const mesh::MemberEndpoint& endpoint) {
      return endpoint.port != 0 && std::holds_alternative<std::string>(endpoint.host) == name;
    });
  };
  return leads_to(true) && !leads_to(false);
}

// Where a member says that it can be dialled, the best first, behind what is there already.
void add_targets(const mesh::Member& member, std::vector<DialTarget>& targets) {
  std::vector<mesh::MemberEndpoint> endpoints = member.record->endpoints;
  std::ranges::stable_sort(endpoints, {}, &mesh::MemberEndpoint::priority);
  for (const mesh::MemberEndpoint& endpoint : endpoints) {
    if (endpoint.control_port == 0) continue;
    const auto* address = std::get_if<addr::IpAddress>(&endpoint.host);
    const DialTarget target{address ? address->to_string() : std::get<std::string>(endpoint.host),
                            endpoint.control_port};
    if (std::ranges::find(targets, target) == targets.end()) targets.push_back(target);
  }
}

control::MemberState state_of(const mesh::Member& member, const gossip::Gossip& gossip, bool self) {
  if (member.revoked) return control::MemberState::revoked;
  if (member.record->offline) return control::MemberState::offline;
  if (self) return control::MemberState::alive;
  switch (gossip.liveness(member.identity)) {
    case gossip::Liveness::alive: return control::MemberState::alive;
    case gossip::Liveness::suspect: return control::MemberState::suspect;
    case gossip::Liveness::down: return control::MemberState::down;
  }
  return control::MemberState::down;
}

}  // namespace

Membership::Membership(Host& host, const crypto::Secret<32>& seed, MembershipParts parts, Instant now)
    : host_(host),
      parts_(std::move(parts)),
      key_(crypto::derive_identity(seed, parts_.ledger.mesh().bytes)),
      self_(crypto::signing_public_key(key_)),
      mesh_(make_mesh(host, parts_, self_)),
      gossip_({.heartbeat_interval = host.config.heartbeat_interval}, parts_.ledger.mesh(), key_, host.boot,
              host.jitter, now),
      links_(self_, parts_.ledger.mesh(), std::min(host.config.timeout, 2 * host.config.heartbeat_interval),
             host.jitter, now),
      views_(host.pool, host.wall(now)),
      started_(now),
      next_pull_(now + host.jitter.jitter(host.config.pull_interval)),
      next_thinning_(now + kKeepUnwanted) {
  const auto der = parts_.certificate.der();
  host_.outbox.push(UseIdentity{id(), to_bytes(der), key_, true});
  check_own_certificate();
  reserve_counters();
}

const config::BaseConfiguration& Membership::base() const { return host_.base_for(parts_.name); }

std::chrono::seconds Membership::keepalive() const {
  const Duration wanted = parts_.options.keepalive.value_or(base().keepalive);
  if (wanted == Duration::zero() && role() == Role::client) return kClientKeepalive;
  return std::chrono::duration_cast<std::chrono::seconds>(wanted);
}

// ---- Our own record

mesh::RecordContent Membership::own_content() const {
  mesh::RecordContent content;
  content.boot_id = host_.boot;
  if (!is_stub()) content.wg_public_key = crypto::wg_public_key(parts_.wg_key);
  content.endpoints = own_endpoints();
  content.alias = parts_.alias;
  content.description = parts_.description.empty() ? base().description : parts_.description;
  content.offline = offline_;
  content.software = "smegmesh " + std::string(kVersion);
  content.services = own_services();
  const mesh::Record* held = mesh_.own_record();
  content.carrier = wish_known_ || !held ? wish_ : held->carrier;
  if (is_stub()) return content;
  for (const KeptGuest& guest : parts_.guests) content.guests.push_back({guest.name, guest.key});
  content.lanes = own_lanes();
  return content;
}

// Those of the configuration too that none of these replaces.
std::vector<Service> Membership::with_configured(std::vector<Service> services) const {
  for (const Service& service : base().services) {
    const bool replaced = std::ranges::any_of(services, [&](const Service& other) {
      return other.name == service.name && other.protocol == service.protocol;
    });
    if (!replaced) services.push_back(service);
  }
  std::ranges::sort(services);
  return services;
}

// A configuration that came after the commands may leave too little room for both: then it stands back.
std::vector<Service> Membership::own_services() const {
  std::vector<Service> out = with_configured(parts_.services);
  return check_services(out) ? out : parts_.services;
}

// What the operator said comes first, then where members see us, then where we send from. A client offers none: it
// dials, and its tunnels are kept open from its side.
std::vector<mesh::MemberEndpoint> Membership::own_endpoints() const {
  std::vector<mesh::MemberEndpoint> out;
  const auto add = [&](mesh::EndpointKind kind, std::variant<addr::IpAddress, std::string> host, std::uint16_t control,
                       std::uint32_t priority) {
    const bool known = std::ranges::any_of(out, [&](const auto& other) { return other.host == host; });
    if (known || out.size() == limits::kEndpointsPerRecord) return;
    out.push_back({kind, std::move(host), is_stub() ? std::uint16_t{0} : parts_.listen_port, control, priority});
  };
  const std::uint16_t control = host_.config.control_port;
  const auto add_configured = [&](const addr::HostPort& at) {
    using Where = std::variant<addr::IpAddress, std::string>;
    add(mesh::EndpointKind::configured, at.address ? Where(*at.address) : Where(at.name), at.port.value_or(control), 0);
  };
  for (const addr::HostPort& at : parts_.options.endpoints) add_configured(at);
  if (base().public_endpoint) add_configured(*base().public_endpoint);
  if (role() == Role::client) return out;
  if (base().ip_discovery == config::IpDiscovery::public_address) {
    std::map<addr::IpAddress, unsigned> votes;
    for (const auto& [member, address] : observed_by_)
      if (usable_underlay(address)) ++votes[address];
    const auto best = std::ranges::max_element(votes, {}, [](const auto& vote) { return vote.second; });
    const bool ours = best != votes.end() && std::ranges::find(host_.underlay, best->first) != host_.underlay.end();
    if (best != votes.end() && !ours) add(mesh::EndpointKind::observed, best->first, control, 10);
  }
  for (const addr::IpAddress& address : host_.underlay)
    if (usable_underlay(address) && !host_.inside_a_mesh(address))
      add(mesh::EndpointKind::outgoing, address, control, 20);
  return out;
}

void Membership::reserve_counters() {
  if (mesh_.counters_left() > kCountersLow) return;
  // An earlier life may have been heard of that went further than our disk knows.
  const std::uint64_t first = std::max({parts_.counter_reserved, mesh_.next_counter(), std::uint64_t{1}});
  parts_.counter_reserved = first + kCounterBlock;
  mesh_.allow_counters(first, parts_.counter_reserved);
  host_.state_changed = true;
}

// What is said too early would be said twice: before it is known where this host is, and what is known of it.
bool Membership::may_publish(Instant now) const {
  return !loading() && (!host_.underlay.empty() || now >= started_ + kUnderlayPatience);
}

void Membership::publish(Instant now) {
  republish_ = false;
  if (standing_down()) return;
  const mesh::RecordContent content = own_content();
  const mesh::Record* held = mesh_.own_record();
  if (held && *held == content && !outdone_) return;
  reserve_counters();
  const auto item = mesh_.publish(content, to_bytes(parts_.certificate.der()), key_);
  if (!item) {
    host_.note(Note::Level::warning, "can't publish our record: " + item.error().message);
    return;
  }
  outdone_ = false;
  tell({.key = mesh::Mesh::record_key(self_)});
  members_changed(now);
  host_.view_urgent = true;
}

// ---- What follows from a change of members

void Membership::members_changed(Instant now) {
  const mesh::Mesh::Changes changes = mesh_.take_changes();
  if (changes.any) take_all_members(now);
  for (const crypto::IdentityKey& identity : changes.members) take_member(identity, now);
  // Of the members in our own files all are known at once: else those few that come first would be dialled.
  if (loading()) return;
  views_.know_all();
  gossip_.roster_changed(now);
  dial_wanted(now);
  host_.desired_changed = host_.view_changed = host_.members_changed = true;
  host_.routes_changed = host_.standing_changed = true;
}

void Membership::take_all_members(Instant now) {
  std::vector<gossip::RosterPtr> roster;
  known_by_name_.clear();
  for (const mesh::Member& member : mesh_.members()) {
    if (member.revoked) continue;
    roster.push_back(roster_entry(member));
    if (is_known_by_name_alone(*member.record)) known_by_name_.insert(member.identity);
  }
  gossip_.set_roster(roster, now);
  views_.set_all(
      mesh_.members(), [this](const mesh::Member& member) { return member_view(member); }, host_.wall(now));
}

void Membership::take_member(const crypto::IdentityKey& identity, Instant now) {
  const mesh::Member* member = mesh_.find(identity);
  known_by_name_.erase(identity);
  if (!member || member->revoked) {
    gossip_.remove_member(identity);
  } else {
    if (is_known_by_name_alone(*member->record)) known_by_name_.insert(identity);
    gossip_.set_member(roster_entry(*member), now);
  }
  views_.set(
      identity, member, [this](const mesh::Member& one) { return member_view(one); }, host_.wall(now));
}

// Its spot on the rings, which is costly to find, stays the same.
gossip::RosterPtr Membership::roster_entry(const mesh::Member& member) const {
  const gossip::RosterEntry* known = gossip_.find(member.identity);
  gossip::RosterEntry entry{known ? gossip::Spot(*known) : gossip::Spot::of(id(), member.identity), member.incarnation,
                            member.record->boot_id, member.role == Role::peer, member.record->offline};
  if (host_.pool) return host_.pool->roster.share(member.identity, entry);
  return std::make_shared<const gossip::RosterEntry>(entry);
}

void Membership::follow_liveness(Instant now) {
  const gossip::Gossip::Changes changes = gossip_.take_changes();
  if (!changes.any()) return;
  host_.view_changed = host_.desired_changed = host_.routes_changed = true;
  const auto describe = [this](const mesh::Member& member) { return member_view(member); };
  if (changes.all) return views_.turn_all(mesh_.members(), describe, host_.wall(now));
  for (const crypto::IdentityKey& identity : changes.liveness) {
    views_.set(identity, mesh_.find(identity), describe, host_.wall(now));
    const auto session = links_.session(identity);
    if (session && gossip_.liveness(identity) == gossip::Liveness::down) regrow_tree(*session, now);
  }
}

void Membership::wall_clock_set(Duration by) {
  constexpr Duration kStep = 1s;  // what is less is the clocks' drift
  if (by > -kStep && by < kStep) return;
  views_.shift(by);
  host_.view_changed = true;
}

void Membership::dial_wanted(Instant now) {
  std::set<crypto::IdentityKey> aside = known_by_name_;
  for (const crypto::IdentityKey& member : gossip_.wanted()) aside.erase(member);
  links_.set_targets(dial_targets(), now, aside);
  for (const crypto::IdentityKey& member : gossip_.asked()) links_.hurry(member, now);
}

// Those with whom gossip wants sessions; while there are none at all, also those whom we were told of when we joined. A
// member that is known by a name alone is dialled too: what the name stands for is what its tunnel needs.
std::map<crypto::IdentityKey, std::vector<DialTarget>> Membership::dial_targets() const {
  if (standing_down() || offline_) return {};
  std::set<crypto::IdentityKey> members = gossip_.wanted();
  members.insert(known_by_name_.begin(), known_by_name_.end());
  std::map<crypto::IdentityKey, std::vector<DialTarget>> out;
  const bool alone = links_.alone();
  for (const auto& [contact, targets] : parts_.contacts)
    if (alone || members.contains(contact)) out[contact] = targets;
  for (const crypto::IdentityKey& identity : members)
    if (const mesh::Member* member = mesh_.find(identity)) add_targets(*member, out[identity]);
  std::erase_if(out, [&](const auto& entry) {
    const mesh::Member* member = mesh_.find(entry.first);
    return member && member->revoked;
  });
  return out;
}

void Membership::add_contact(const crypto::IdentityKey& member, std::vector<DialTarget> targets, Instant now) {
  parts_.contacts[member] = std::move(targets);
  host_.state_changed = true;
  dial_wanted(now);
}

// The certificate stopped counting, or another host lives under our identity: hold still, and say so.
void Membership::check_own_certificate() {
  if (!parts_.issuer && mesh_.ledger().mandate_of(self_)) parts_.issuer.emplace(id(), key_);
  const auto standing = mesh_.admits(parts_.certificate);
  if (standing || standing_down() || offline_) return;
  standing_down_ = standing.error().message;
  host_.note(Note::Level::warning, "mesh " + trust::to_text(id()) + ": this host is not a member: " + standing_down_);
  host_.routes_changed = host_.desired_changed = host_.view_changed = true;
}

void Membership::check_twin(Instant now) {
  if (!gossip_.has_older_twin() || standing_down()) return;
  standing_down_ = "another host with the same identity is alive in this mesh, and was there first";
  host_.note(Note::Level::error, "mesh " + trust::to_text(id()) + ": " + standing_down_);
  close_all(standing_down_);
  links_.set_targets({}, now);
  host_.routes_changed = host_.desired_changed = host_.view_changed = true;
}

// ---- Time

void Membership::on_deadline(Instant now) {
  if (!standing_down() && !offline_ && !loading()) {
    gossip_.set_digest(mesh_.digest());
    gossip_.on_deadline(now);
    links_.on_deadline(now);
  }
  if (now >= next_thinning_) thin_out(now);
  if (!parts_.lanes.empty()) drop_lanes(now - kLaneLinger);
  for (const SessionId session : links_.take_expired()) reject(session, "it never said hello", now);
  std::erase_if(joiners_, [&](const auto& entry) {
    if (now < entry.second.until) return false;
    if (!entry.second.asked) count_dropped({}, &control::DroppedView::sessions);
    host_.outbox.push(Close{entry.first, "too slow"});
    return true;
  });
  if (requests_.expire(now)) host_.view_changed = true;
  if (now >= next_pull_ && host_.config.pull_interval > Duration::zero()) {
    const Duration interval = host_.config.pull_interval;
    next_pull_ = now + interval - host_.jitter.jitter(interval / 10);
    const auto sessions = links_.ready_sessions();
    const bool behind = !std::ranges::equal(gossip_.leader_digest(), mesh_.digest());
    if (!sessions.empty() && behind) want_sync(sessions[host_.jitter.below(sessions.size())], now);
  }
  if (sync_ && now >= sync_->until) next_sync(now);
  if (now >= broadcast_.next_deadline()) ask_for_overdue(now);
}

// Sessions that we dialled, and that the rings have moved away from, are ended in good terms. Those that others dialled
// are theirs to end.
void Membership::thin_out(Instant now) {
  next_thinning_ = now + kKeepUnwanted / 3;
  std::vector<SessionId> surplus;
  for (auto& [session, peer] : peers_) {
    const auto member = links_.member(session);
    const bool wanted = peer.inbound || !peer.greeted || !member || links_.is_target(*member);
    if (wanted) peer.unwanted_since = kNever;
    if (wanted || now < (peer.unwanted_since = std::min(peer.unwanted_since, now)) + kKeepUnwanted) continue;
    surplus.push_back(session);
  }
  part_from(surplus, now);
}

// Hosts that start together all come to the one that their tokens name. Those that came first have what they came for.
// Nobody dials a client: it is one that comes to those who observe it, and stays.
void Membership::make_room(Instant now) {
  if (peers_.size() <= kUnwantedKept) return;
  std::vector<SessionId> unwanted;  // in the order in which they came
  for (const auto& [session, peer] : peers_) {
    const auto member = links_.member(session);
    const bool needed = !member || links_.is_target(*member) || gossip_.observes(*member);
    if (peer.inbound && peer.greeted && !needed) unwanted.push_back(session);
  }
  unwanted.resize(unwanted.size() - std::min(unwanted.size(), kUnwantedKept));
  part_from(unwanted, now);
}

// The other side knows that nothing is wrong.
void Membership::part_from(const std::vector<SessionId>& sessions, Instant now) {
  wire::Envelope farewell;
  farewell.mutable_ping()->set_farewell(true);
  for (const SessionId session : sessions) {
    gossip_.on_farewell(*links_.member(session));
    send(session, farewell);
    drop_session(session, "not a neighbour any more", now);
  }
}

Instant Membership::next_deadline() const {
  if (!inbox_.empty()) return Instant::min();
  Instant next = republish_ ? std::min(next_thinning_, started_ + kUnderlayPatience) : next_thinning_;
  if (sync_) next = std::min(next, sync_->until);
  for (const KeptLane& lane : parts_.lanes)
    if (lane.unwanted_since != kNever) next = std::min(next, lane.unwanted_since + kLaneLinger);
  if (host_.config.pull_interval > Duration::zero()) next = std::min(next, next_pull_);
  if (!standing_down() && !offline_) next = std::min({next, gossip_.next_deadline(), links_.next_deadline()});
  next = std::min(next, broadcast_.next_deadline());
  for (const auto& [session, join] : joiners_) next = std::min(next, join.until);
  return std::min(next, requests_.next_deadline());
}

void Membership::settle(Instant now) {
  work_inbox(now);
  check_twin(now);
  if (republish_ && may_publish(now)) publish(now);
  flush_news(now);
  const bool alone = links_.alone();
  if (gossip_.take_wanted_changed() || std::exchange(alone_, alone) != alone) dial_wanted(now);
  for (Dial& dial : links_.take_dials([&] { return host_.next_session(); })) host_.outbox.push(std::move(dial));
  for (gossip::Outgoing& out : gossip_.take_outgoing(now)) {
    const auto session = links_.session(out.to);
    if (session) host_.outbox.push(Send{*session, std::move(out.message)});
  }
  follow_liveness(now);
}

// ---- The operating system

bool Membership::wants_interface() const { return !is_stub() && !standing_down() && !offline_; }

Result<void> Membership::choose_interface(const netstate::Observed& observed,
                                          const std::set<netstate::InterfaceName>& taken) {
  const auto usable = [&](const netstate::InterfaceName& name) {
    const auto seen = observed.interfaces.find(name);
    return !taken.contains(name) && (seen == observed.interfaces.end() || seen->second.ours);
  };
  if (!interface_ && parts_.interface_number) {
    const auto kept = netstate::InterfaceName::make(host_.config.interface_prefix, *parts_.interface_number);
    if (kept) interface_ = *kept;
  }
  if (interface_ && !usable(*interface_)) interface_.reset();
  if (!interface_) {
    const auto name = netstate::choose_interface(observed, taken, host_.config.interface_prefix, id());
    if (!name) return fail(name.error());
    interface_ = *name;
  }
  const unsigned number = interface_number(*interface_);
  host_.state_changed |= parts_.interface_number != number;
  parts_.interface_number = number;
  if (parts_.options.wg_port && !port_refused_) {
    republish_ |= parts_.listen_port != *parts_.options.wg_port;
    parts_.listen_port = *parts_.options.wg_port;
  } else if (parts_.listen_port == 0) {
    parts_.listen_port = first_port_of(number);
    host_.state_changed = republish_ = true;
  }
  return {};
}

std::uint16_t Membership::any_port() {
  const std::uint64_t count = 65'536 - kFirstDynamicPort;
  return static_cast<std::uint16_t>(kFirstDynamicPort + host_.jitter.below(count));
}

void Membership::refuse_port(const netstate::InterfaceName& interface) {
  std::uint16_t* port = nullptr;
  // The operator's word stands; the failure is among the problems.
  if (interface == interface_ && !parts_.options.wg_port) port = &parts_.listen_port;
  for (KeptLane& lane : parts_.lanes)
    if (lane_interface(lane) == interface) port = &lane.listen_port;
  if (!port) return;
  *port = any_port();
  host_.state_changed = host_.desired_changed = republish_ = true;
}

const netstate::ObservedDevice* Membership::device(const netstate::Observed* observed) const {
  return interface_ ? netstate::find_device(observed, *interface_) : nullptr;
}

// Where the member is reached by sessions comes first: that address is known to work. A name is looked up by whoever
// dials sessions; a tunnel takes what came of it. What is of a kind of which this host has no address goes last.
std::vector<addr::Endpoint> Membership::tunnel_candidates(const mesh::Member& member,
                                                          std::optional<std::uint16_t> port) const {
  std::vector<mesh::MemberEndpoint> endpoints = member.record->endpoints;
  std::ranges::stable_sort(endpoints, {}, &mesh::MemberEndpoint::priority);
  std::vector<addr::Endpoint> out;
  const auto session = links_.session(member.identity);
  const Peer* peer = session ? &peers_.at(*session) : nullptr;
  for (const mesh::MemberEndpoint& endpoint : endpoints) {
    if (endpoint.port == 0) continue;
    const auto* address = std::get_if<addr::IpAddress>(&endpoint.host);
    if (address) {
      const bool works = peer && peer->remote.address == *address;
      out.insert(works ? out.begin() : out.end(), {*address, port.value_or(endpoint.port)});
    } else if (peer && !peer->inbound) {
      out.push_back({peer->remote.address, port.value_or(endpoint.port)});
    }
  }
  const auto has_its_kind = [this](const addr::Endpoint& endpoint) {
    return host_.underlay.empty() || std::ranges::any_of(host_.underlay, [&](const addr::IpAddress& own) {
             return usable_underlay(own) && own.is_v6() == endpoint.address.is_v6();
           });
  };
  std::stable_partition(out.begin(), out.end(), has_its_kind);
  return out;
}

// One candidate after another, for as long as packets go out and no handshake comes of it.
std::optional<netstate::EndpointChoice> Membership::choose_endpoint(const mesh::Member& member, const TunnelId& tunnel,
                                                                    const netstate::ObservedDevice* device,
                                                                    Instant now) {
  const mesh::RecordLane* lane = tunnel.theirs ? member.record->lane_for(self_) : nullptr;
  TunnelChoice& choice = tunnels_[tunnel];
  std::vector<addr::Endpoint> candidates = tunnel_candidates(member, lane ? std::optional(lane->port) : std::nullopt);
  if (candidates.empty()) return std::nullopt;
  if (candidates != choice.candidates) choice = {std::move(candidates), 0, now};
  const netstate::ObservedPeer* peer = netstate::find_peer(device, lane ? lane->key : member.record->wg_public_key);
  const bool in_vain = peer && peer->tx_bytes > 0 && !peer->last_handshake;
  if (in_vain && choice.candidates.size() > 1 && now - choice.since >= kTryNextEndpoint) {
    ++choice.index;
    choice.since = now;
  }
  return netstate::EndpointChoice{choice.candidates[choice.index % choice.candidates.size()], choice.index};
}

// A member that is down keeps its tunnel: its control plane may be gone while its packets flow. One that said it goes
// offline has none.
std::optional<WantedMesh> Membership::wanted(const netstate::Observed* observed, Instant now) {
  if (!wants_interface() || !interface_ || parts_.listen_port == 0) return std::nullopt;
  WantedMesh out{.mesh = id(),
                 .interface = *interface_,
                 .address = address(),
                 .mtu = host_.config.mtu,
                 .private_key = parts_.wg_key,
                 .listen_port = parts_.listen_port,
                 .peers = {},
                 .guests = wanted_guests()};
  lane_ends_.clear();
  awaited_before_ = std::exchange(awaited_, {});
  for (const mesh::Member& member : mesh_.members()) {
    if (member.identity == self_ || !member.record->wg_public_key) continue;
    if (member.revoked || member.record->offline || !member.address) {
      out.refused.insert(*member.record->wg_public_key);
      continue;
    }
    out.peers.push_back({*member.record->wg_public_key, *member.address,
                         choose_endpoint(member, {member.identity}, device(observed), now), keepalive()});
    out.peers.back().identity = member.identity;
    out.peers.back().lane_end = lane_end(member, netstate::kMainLane, device(observed), now);
    for (const mesh::Guest& guest : member.guests)
      if (guest.state == mesh::GuestState::active) out.peers.back().guests.push_back(guest.address);
  }
  carry_clients(out);
  // Whom we knew in this run and want no more is gone, revoked or under a new key: that is no unknown member.
  std::set<crypto::WgPublicKey> keys;
  for (const WantedPeer& peer : out.peers) keys.insert(peer.key);
  for (const WantedGuest& guest : out.guests) keys.insert(guest.key);
  for (const crypto::WgPublicKey& key : tunnel_keys_)
    if (!keys.contains(key)) out.refused.insert(key);
  if (tunnel_keys_.size() > limits::kMembersPerMesh) tunnel_keys_.clear();
  tunnel_keys_.merge(keys);
  return out;
}

// ---- Looking

control::MemberView Membership::member_view(const mesh::Member& member) const {
  control::MemberView out;
  out.public_key = member.identity;
  out.self = member.identity == self_;
  out.state = state_of(member, gossip_, out.self);
  out.alias = member.alias;
  if (member.address) out.address = *member.address;
  if (member.revoked) return out;
  out.wg_public_key = member.record->wg_public_key;
  out.description = member.record->description;
  out.services = member.record->services;
  out.role = member.role;
  for (const mesh::MemberEndpoint& endpoint : member.record->endpoints) {
    control::EndpointView view{std::string(mesh::name(endpoint.kind)), {}};
    if (const auto* address = std::get_if<addr::IpAddress>(&endpoint.host)) view.at.address = *address;
    if (const auto* host = std::get_if<std::string>(&endpoint.host)) view.at.name = *host;
    view.at.port = endpoint.control_port != 0 ? endpoint.control_port : endpoint.port;
    out.endpoints.push_back(std::move(view));
  }
  return out;
}

// Those that are open, and those that this host would have; by member.
std::vector<control::SessionView> Membership::session_views() const {
  std::map<crypto::IdentityKey, control::SessionView> out;
  for (auto& [member, error] : links_.targets())
    out.emplace(member, control::SessionView{.member = member, .remote = std::nullopt, .error = std::move(error)});
  for (const SessionId session : links_.ready_sessions()) {
    const Peer& peer = peers_.at(session);
    out.insert_or_assign(peer.identity, control::SessionView{peer.identity, true, peer.inbound, peer.remote, ""});
  }
  std::vector<control::SessionView> list;
  list.reserve(out.size());
  for (auto& [member, view] : out) list.push_back(std::move(view));
  return list;
}

control::MeshView Membership::view(const netstate::Observed* observed) {
  control::MeshView out;
  out.id = id();
  out.name = parts_.name;
  out.prefix = addr::mesh_prefix(id());
  out.state = standing_down() ? control::MeshState::standing_down
              : host_.down    ? control::MeshState::down
                              : control::MeshState::active;
  out.state_detail = standing_down_;
  const BackendChoice choice = choose_backend(host_.config.backend, observed);
  out.backend = choice.shown;
  out.backend_reason = choice.reason;
  const netstate::ObservedDevice* seen = device(observed);
  if (interface_ && wants_interface() && choice.backend) {
    out.interfaces.push_back({interface_->text(), out.backend, parts_.listen_port, host_.config.mtu});
    for (const KeptLane& lane : parts_.lanes)
      if (const auto name = lane_interface(lane))
        out.interfaces.push_back({name->text(), out.backend, lane.listen_port, host_.config.mtu});
  }
  out.leader = gossip_.leader();
  out.self = self_;
  out.can_admit = parts_.issuer && mesh_.ledger().mandate_of(self_);
  out.has_root = parts_.root && parts_.root->check(mesh_.ledger()).has_value();
  out.since = views_.since();
  views_.set_tunnels([&](const control::MemberView& member) { return tunnel_view(member, observed); });
  out.members = views_.list();
  out.guests = guest_views(seen);
  out.sessions = session_views();
  out.requests = request_views();
  out.dropped = dropped_views();
  if (!parts_.issuer) return out;
  for (const trust::InviteRecord& invite : parts_.issuer->invites())
    out.invites.push_back({invite.id, invite.terms.role, invite.terms.admin, invite.terms.uses, invite.used,
                           invite.expires.value_or(WallTime::max()), invite.revoked});
  return out;
}

void Membership::save(wire::MeshState& out) const {
  out.set_mesh_id(to_string(id().bytes));
  out.set_name(parts_.name);
  mesh_.ledger().to_proto(*out.mutable_trust());
  out.set_certificate(to_string(parts_.certificate.der()));
  out.set_wg_private_key(to_string(parts_.wg_key.expose()));
  out.set_counter_reserved(parts_.counter_reserved);
  if (parts_.issuer) out.set_issuer(to_string(parts_.issuer->encode()));
  if (parts_.root) out.set_root(to_string(parts_.root->encode()));
  out.set_alias(parts_.alias);
  out.set_description(parts_.description);
  if (parts_.interface_number) out.set_interface_number(*parts_.interface_number);
  out.set_listen_port(parts_.listen_port);
  for (const auto& [member, targets] : parts_.contacts) {
    wire::Contact& contact = *out.add_contacts();
    contact.set_identity(to_string(member.bytes));
    for (const DialTarget& target : targets) {
      contact.add_targets()->set_host(target.host);
      contact.mutable_targets()->rbegin()->set_port(target.port);
    }
  }
  for (const KeptGuest& guest : parts_.guests) {
    wire::KeptGuest& kept = *out.add_guests();
    kept.set_name(guest.name);
    kept.set_wg_public_key(to_string(guest.key.bytes));
    kept.set_preshared_key(to_string(guest.preshared_key.expose()));
  }
  for (const Service& service : parts_.services) mesh::to_wire(service, *out.add_services());
  for (const KeptLane& lane : parts_.lanes) {
    if (!lane.interface_number) continue;
    wire::KeptLane& kept = *out.add_lanes();
    kept.set_number(lane.number);
    kept.set_identity(to_string(lane.member.bytes));
    kept.set_interface_number(*lane.interface_number);
    kept.set_listen_port(lane.listen_port);
  }
  node::save(parts_.options, *out.mutable_options());
}

}  // namespace smeg::node
