#include "sim/network.h"

#include <algorithm>

#include "trust/trust.h"

namespace smeg::sim {
namespace {

using std::chrono::milliseconds;

constexpr Duration kRetransmit = milliseconds(200);
constexpr Duration kSynRetransmit = milliseconds(1'000);
constexpr Duration kNextCandidate = milliseconds(250);  // RFC 8305, section 5
constexpr std::size_t kPacketBytes = 1'400;

// What TLS makes sure of: whoever shows a certificate holds its key.
bool holds_key(const node::UseIdentity& identity) {
  const auto shown = trust::certificate_identity(identity.certificate);
  return shown && *shown == crypto::signing_public_key(identity.key);
}

}  // namespace

HostIndex Network::add(Place place) {
  hosts_.emplace_back().place = std::move(place);
  return {static_cast<std::uint32_t>(hosts_.size() - 1)};
}

void Network::move(HostIndex host, const addr::IpAddress& v6, const addr::IpAddress& v4) {
  at(host).place.v6 = v6;
  at(host).place.v4 = v4;
}

void Network::start(HostIndex host, Duration dial_timeout) {
  Host& here = at(host);
  here.powered = true;
  here.listening = true;
  here.inbound = 0;
  here.dial_timeout = dial_timeout;
}

void Network::kill(HostIndex host) { drop_ends(host, true); }

void Network::cut_power(HostIndex host) { drop_ends(host, false); }

void Network::drop_ends(HostIndex host, bool tell_others) {
  Host& here = at(host);
  here.powered = tell_others;
  here.listening = false;
  here.identities.clear();
  std::erase_if(dials_, [&](auto& entry) {
    if (entry.first.first != host) return false;
    entry.second->done = true;
    return true;
  });
  std::vector<std::pair<ConnectionPtr, Side>> gone;
  for (const auto& [key, value] : ends_) {
    if (key.first == host) gone.push_back(value);
  }
  for (const auto& [connection, side] : gone) {
    forget(*connection, side);
    if (tell_others) reset(connection, other(side));
  }
}

void Network::use_identity(HostIndex host, node::UseIdentity identity) {
  const MeshId mesh = identity.mesh;
  at(host).identities.insert_or_assign(mesh, std::move(identity));
}

void Network::forget_identity(HostIndex host, const MeshId& mesh) { at(host).identities.erase(mesh); }

// ---- Faults

void Network::partition(const std::vector<std::vector<HostIndex>>& groups) {
  groups_.clear();
  for (std::size_t i = 0; i < groups.size(); ++i) {
    for (const HostIndex host : groups[i]) groups_[host] = i + 1;
  }
}

void Network::heal() {
  groups_.clear();
  cuts_.clear();
}

bool Network::passes(HostIndex from, HostIndex to) const {
  const auto group = [this](HostIndex host) {
    const auto at = groups_.find(host);
    return at == groups_.end() ? 0 : at->second;
  };
  return group(from) == group(to) && !cuts_.contains({from, to});
}

Duration Network::latency() {
  return quality_.latency_min + chance_.jitter(quality_.latency_max - quality_.latency_min);
}

bool Network::lost(std::size_t bytes) {
  if (quality_.loss <= 0) return false;
  const auto threshold = static_cast<std::uint64_t>(quality_.loss * 1'000'000);
  for (std::size_t packets = bytes / kPacketBytes + 1; packets > 0; --packets) {
    if (chance_.below(1'000'000) < threshold) return true;
  }
  return false;
}

std::optional<HostIndex> Network::owner(const addr::IpAddress& address) const {
  for (std::uint32_t i = 0; i < hosts_.size(); ++i) {
    if (hosts_[i].place.v4 == address || hosts_[i].place.v6 == address) return HostIndex{i};
  }
  return std::nullopt;
}

// ---- Dialling

void Network::dial(HostIndex host, node::Dial dial) {
  auto attempt = std::make_shared<Attempt>();
  attempt->host = host;
  attempt->dial = std::move(dial);
  attempt->pending = attempt->dial.targets.size();
  dials_[{host, attempt->dial.session}] = attempt;
  if (attempt->pending == 0) {
    scheduler_.after(milliseconds(1), [this, attempt] { dial_failed(attempt, "nowhere to dial"); });
  }
  for (std::size_t i = 0; i < attempt->dial.targets.size(); ++i) {
    scheduler_.after(kNextCandidate * static_cast<int>(i), [this, attempt, i] { syn(attempt, i, 0); });
  }
  scheduler_.after(attempt->dial.patience, [this, attempt] { dial_failed(attempt, "timed out"); });
}

std::optional<HostIndex> Network::resolve(const node::DialTarget& target, addr::IpAddress& address) const {
  if (const auto literal = addr::IpAddress::parse(target.host)) {
    address = *literal;
    return owner(address);
  }
  for (std::uint32_t i = 0; i < hosts_.size(); ++i) {
    if (hosts_[i].place.name != target.host) continue;
    address = hosts_[i].place.v6;
    return HostIndex{i};
  }
  return std::nullopt;
}

void Network::syn(AttemptPtr attempt, std::size_t target, unsigned tries) {
  if (attempt->done) return;
  const node::DialTarget& wanted = attempt->dial.targets[target];
  addr::IpAddress address;
  const auto to = resolve(wanted, address);
  if (!to) return target_failed(attempt, "there is no host " + wanted.host);
  if (packet(attempt->host, *to, 0) && at(*to).place.reachable) {
    const addr::Endpoint endpoint{address, wanted.port};
    scheduler_.after(latency(), [this, attempt, to, endpoint] { on_syn(attempt, *to, endpoint); });
    return;
  }
  scheduler_.after(kSynRetransmit * (1 << tries), [this, attempt, target, tries] { syn(attempt, target, tries + 1); });
}

void Network::on_syn(AttemptPtr attempt, HostIndex to, addr::Endpoint endpoint) {
  if (attempt->done || !passes(to, attempt->host)) return;  // it times out
  if (!at(to).powered) return;
  const bool listens = at(to).listening && at(to).place.control_port == endpoint.port;
  const Duration round_trip = latency() + latency() + latency();  // the answer, and both ways of TLS
  scheduler_.after(round_trip, [this, attempt, to, endpoint, listens] {
    if (attempt->done || !passes(attempt->host, to) || !passes(to, attempt->host)) return;
    if (!listens || !at(to).listening) return target_failed(attempt, "refused");
    establish(attempt, to, endpoint);
  });
}

void Network::target_failed(const AttemptPtr& attempt, std::string reason) {
  if (attempt->done) return;
  attempt->reason = std::move(reason);
  if (--attempt->pending == 0) dial_failed(attempt, attempt->reason);
}

void Network::dial_failed(const AttemptPtr& attempt, std::string reason) {
  if (attempt->done) return;
  attempt->done = true;
  dials_.erase({attempt->host, attempt->dial.session});
  tell(attempt->host, node::SessionClosed{attempt->dial.session, std::move(reason)});
}

void Network::establish(const AttemptPtr& attempt, HostIndex to, const addr::Endpoint& endpoint) {
  Host& dialler = at(attempt->host);
  Host& acceptor = at(to);
  const auto own = dialler.identities.find(attempt->dial.mesh);
  if (own == dialler.identities.end() || !holds_key(own->second)) {
    return target_failed(attempt, "no certificate to show");
  }
  const auto theirs = acceptor.identities.find(attempt->dial.mesh);
  if (theirs == acceptor.identities.end() || !theirs->second.serve || !holds_key(theirs->second)) {
    return target_failed(attempt, "no such mesh there");
  }
  if (attempt->dial.peer && attempt->dial.peer != crypto::signing_public_key(theirs->second.key)) {
    return target_failed(attempt, "somebody else answers there");
  }
  attempt->done = true;
  dials_.erase({attempt->host, attempt->dial.session});

  auto connection = std::make_shared<Connection>();
  ByteArray<8> number;
  store_be(number.data(), ++connections_);
  connection->mesh = attempt->dial.mesh;
  connection->protocol = attempt->dial.protocol;
  connection->exporter = crypto::hash<32>("smegmesh simulated exporter 1", {number});
  connection->certificates = {own->second.certificate, theirs->second.certificate};
  const addr::IpAddress from = endpoint.address.is_v4() ? dialler.place.v4 : dialler.place.v6;
  connection->ends[0] = {attempt->host, attempt->dial.session, true, true, {from, ++dialler.next_port}, {}};
  connection->ends[1] = {to, {++acceptor.inbound}, false, true, endpoint, {}};
  ends_[{attempt->host, attempt->dial.session}] = {connection, Side::dialler};
  ends_[{to, connection->ends[1].id}] = {connection, Side::acceptor};
  push(connection, Side::dialler, {Kind::opened, {}, false});
  tell(attempt->host,
       node::SessionOpened{attempt->dial.session, connection->mesh, connection->protocol, false,
                           connection->certificates[1], connection->exporter, endpoint, connection->ends[0].address});
}

// ---- Sessions

void Network::send(HostIndex host, node::Send send) {
  const auto at = ends_.find({host, send.session});
  if (at == ends_.end() || !end(*at->second.first, at->second.second).open) return;
  push(at->second.first, at->second.second, {Kind::message, std::move(send.message), false});
}

void Network::close(HostIndex host, const node::Close& close) {
  const auto dial = dials_.find({host, close.session});
  if (dial != dials_.end()) {
    dial->second->done = true;
    dials_.erase(dial);
    return;
  }
  const auto at = ends_.find({host, close.session});
  if (at == ends_.end()) return;
  const auto [connection, side] = at->second;
  if (!end(*connection, side).open) return;
  end(*connection, side).open = false;  // the operating system still sends what is there
  push(connection, side, {Kind::fin, {}, false});
}

bool Network::has_connections(HostIndex host) const {
  return std::ranges::any_of(ends_, [&](const auto& entry) { return entry.first.first == host; });
}

void Network::push(const ConnectionPtr& connection, Side from, Segment segment) {
  Stream& stream = end(*connection, from).out;
  const std::uint64_t number = stream.next++;
  stream.segments.emplace(number, std::move(segment));
  transmit(connection, from, number, 0);
}

void Network::transmit(ConnectionPtr connection, Side from, std::uint64_t number, unsigned tries) {
  End& sender = end(*connection, from);
  const auto segment = sender.out.segments.find(number);
  if (!sender.alive || segment == sender.out.segments.end() || segment->second.acked) return;
  if (tries == kAttempts) {
    const bool was_open = sender.open;
    forget(*connection, from);
    if (was_open) tell(sender.host, node::SessionClosed{sender.id, "timed out"});
    return;
  }
  if (packet(sender.host, end(*connection, other(from)).host, segment->second.data.size())) {
    scheduler_.after(latency(), [this, connection, from, number] { arrive(connection, from, number); });
  }
  scheduler_.after(kRetransmit * (1 << tries),
                   [this, connection, from, number, tries] { transmit(connection, from, number, tries + 1); });
}

void Network::arrive(const ConnectionPtr& connection, Side from, std::uint64_t number) {
  End& sender = end(*connection, from);
  End& receiver = end(*connection, other(from));
  if (!receiver.alive) {
    if (at(receiver.host).powered) reset(connection, from);
    return;
  }
  Stream& stream = sender.out;
  if (number >= stream.delivered) stream.arrived.insert(number);
  if (passes(receiver.host, sender.host)) {
    scheduler_.after(latency(), [this, connection, from, number] { acknowledge(connection, from, number); });
  }
  while (receiver.alive && stream.arrived.erase(stream.delivered) != 0) {
    const auto segment = stream.segments.find(stream.delivered++);
    const Segment content = segment->second;
    if (content.acked) stream.segments.erase(segment);
    deliver(connection, other(from), content);
  }
}

void Network::acknowledge(const ConnectionPtr& connection, Side from, std::uint64_t number) {
  Stream& stream = end(*connection, from).out;
  const auto segment = stream.segments.find(number);
  if (segment == stream.segments.end()) return;
  segment->second.acked = true;
  if (number < stream.delivered) stream.segments.erase(segment);
  // What was sent before the end arrives before it.
  const bool ended = !end(*connection, from).open && end(*connection, from).alive;
  if (ended && std::ranges::all_of(stream.segments, [](const auto& sent) { return sent.second.acked; }))
    forget(*connection, from);
}

void Network::deliver(const ConnectionPtr& connection, Side to, const Segment& segment) {
  End& receiver = end(*connection, to);
  switch (segment.kind) {
    case Kind::opened:
      receiver.open = true;
      tell(receiver.host,
           node::SessionOpened{receiver.id, connection->mesh, connection->protocol, true, connection->certificates[0],
                               connection->exporter, end(*connection, other(to)).address, receiver.address});
      break;
    case Kind::message:
      if (receiver.open) tell(receiver.host, node::SessionMessage{receiver.id, segment.data});
      break;
    case Kind::fin: {
      const bool was_open = receiver.open;
      forget(*connection, to);
      if (was_open) tell(receiver.host, node::SessionClosed{receiver.id, "closed by the other side"});
      break;
    }
  }
}

// Tells one side that the other does not know the connection.
void Network::reset(const ConnectionPtr& connection, Side to) {
  const End& receiver = end(*connection, to);
  if (!passes(end(*connection, other(to)).host, receiver.host)) return;
  scheduler_.after(latency(), [this, connection, to] {
    End& told = end(*connection, to);
    if (!told.alive) return;
    const bool was_open = told.open;
    forget(*connection, to);
    if (was_open) tell(told.host, node::SessionClosed{told.id, "reset by the other side"});
  });
}

void Network::forget(Connection& connection, Side side) {
  End& gone = end(connection, side);
  gone.alive = false;
  gone.open = false;
  ends_.erase({gone.host, gone.id});
}

}  // namespace smeg::sim
