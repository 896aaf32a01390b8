// Sessions: one stream each way.
#include "sim/network.h"

#include <algorithm>

namespace smeg::sim {
namespace {

using std::chrono::milliseconds;

constexpr Duration kLeastTimeout = milliseconds(200);

}  // namespace

// ---- Hosts

HostIndex Network::add(Place place) {
  const HostIndex index{static_cast<std::uint32_t>(hosts_.size())};
  Host& host = hosts_.emplace_back();
  host.place = std::move(place);
  host.region = regions_.below(Latencies::kRegions);
  names_.emplace(host.place.name, index);
  note_places(index);
  return index;
}

void Network::note_places(HostIndex host) {
  for (const addr::IpAddress& address : {at(host).place.v6, at(host).place.v4}) {
    addresses_.emplace(address, host);
    addresses_ever_.insert_or_assign(address, host);
  }
}

void Network::forget_places(HostIndex host) {
  for (const addr::IpAddress& address : {at(host).place.v6, at(host).place.v4}) {
    const auto noted = addresses_.find(address);
    if (noted != addresses_.end() && noted->second == host) addresses_.erase(noted);
  }
}

void Network::move(HostIndex host, const addr::IpAddress& v6, const addr::IpAddress& v4) {
  forget_places(host);
  at(host).place.v6 = v6;
  at(host).place.v4 = v4;
  note_places(host);
}

std::optional<HostIndex> Network::owner(const addr::IpAddress& address) const {
  const auto host = addresses_.find(address);
  if (host == addresses_.end()) return std::nullopt;
  return host->second;
}

std::vector<HostIndex> Network::connected_with(HostIndex host) const {
  std::vector<HostIndex> out;
  for (const EndOf& one : hosts_[host.value].ends)
    out.push_back(slots_[one.handle.slot].connection->ends[one.side == Side::dialler ? 1 : 0].host);
  return out;
}

std::optional<HostIndex> Network::owner_ever(const addr::IpAddress& address) const {
  const auto host = addresses_ever_.find(address);
  if (host == addresses_ever_.end()) return std::nullopt;
  return host->second;
}

Traffic Network::traffic(HostIndex index) const {
  const Host& host = hosts_[index.value];
  Traffic out = host.traffic;
  for (const EndOf& one : host.ends) {
    const Slot& slot = slots_[one.handle.slot];
    DelayedAck ack = slot.connection->ends[one.side == Side::dialler ? 0 : 1].ack;
    out.sent += cost::kHeaders * ack.on_silence(scheduler_.now());
  }
  return out;
}

// ---- Faults

void Network::partition(const std::vector<std::vector<HostIndex>>& groups) {
  heal();
  for (std::size_t i = 0; i < groups.size(); ++i) {
    for (const HostIndex host : groups[i]) at(host).group = i + 1;
  }
  partitioned_ = true;
}

void Network::partition_one_way(const std::vector<HostIndex>& mute) {
  heal();
  for (const HostIndex host : mute) at(host).mute = true;
  partitioned_ = true;
}

void Network::heal() {
  for (Host& host : hosts_) {
    host.group = 0;
    host.mute = false;
  }
  partitioned_ = false;
  cuts_.clear();
}

bool Network::passes(HostIndex from, HostIndex to) const {
  if (partitioned_) {
    const Host& sender = hosts_[from.value];
    const Host& receiver = hosts_[to.value];
    if (sender.group != receiver.group || (sender.mute && !receiver.mute)) return false;
  }
  return cuts_.empty() || !cuts_.contains(pair_of(from, to));
}

Duration Network::latency(HostIndex from, HostIndex to) {
  return latencies_.draw(quality_, at(from).region, at(to).region, chance_);
}

bool Network::lost(std::size_t packets) {
  if (quality_.loss <= 0) return false;
  const auto threshold = static_cast<std::uint64_t>(quality_.loss * 1'000'000);
  for (; packets > 0; --packets) {
    if (chance_.below(1'000'000) < threshold) return true;
  }
  return false;
}

// ---- Connections

Network::EndOf* Network::find_end(HostIndex host, node::SessionId session) {
  std::vector<EndOf>& ends = at(host).ends;
  const auto found = std::ranges::lower_bound(ends, session, {}, &EndOf::session);
  return found == ends.end() || found->session != session ? nullptr : &*found;
}

Network::Handle Network::open_connection(std::unique_ptr<Connection> connection) {
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t number = free_slots_.back();
  free_slots_.pop_back();
  Slot& slot = slots_[number];
  slot.connection = std::move(connection);
  const Handle handle{number, slot.life};
  for (const Side side : {Side::dialler, Side::acceptor}) {
    const End& one = end(*slot.connection, side);
    std::vector<EndOf>& ends = at(one.host).ends;
    ends.insert(std::ranges::lower_bound(ends, one.id, {}, &EndOf::session), {one.id, handle, side});
    ++ends_;
  }
  return handle;
}

void Network::forget(Handle handle, Side side) {
  Connection* connection = find(handle);
  if (!connection || !end(*connection, side).alive) return;
  End& gone = end(*connection, side);
  gone.alive = false;
  gone.open = false;
  at(gone.host).traffic.sent += cost::kHeaders * gone.ack.on_silence(scheduler_.now());
  std::vector<EndOf>& ends = at(gone.host).ends;
  ends.erase(std::ranges::lower_bound(ends, gone.id, {}, &EndOf::session));
  --ends_;
  if (end(*connection, other(side)).alive) return;
  Slot& slot = slots_[handle.slot];
  slot.connection.reset();
  ++slot.life;
  free_slots_.push_back(handle.slot);
}

void Network::send(HostIndex host, node::Send send) {
  const EndOf* from = find_end(host, send.session);
  if (!from || !end(*find(from->handle), from->side).open) return;
  ++at(host).traffic.messages;
  push(from->handle, from->side, Kind::message, std::move(send.message));
}

void Network::close(HostIndex host, const node::Close& close) {
  const auto& dials = at(host).dials;
  const auto dial = std::ranges::find(dials, close.session, [](const AttemptPtr& one) { return one->dial.session; });
  if (dial != dials.end()) return end_dial(*dial);
  const EndOf* from = find_end(host, close.session);
  if (!from) return;
  End& closed = end(*find(from->handle), from->side);
  if (!closed.open) return;
  closed.open = false;  // the operating system still sends what is there
  push(from->handle, from->side, Kind::fin, {});
}

// ---- Streams

void Network::push(Handle handle, Side from, Kind kind, Bytes data) {
  Stream& stream = end(*find(handle), from).out;
  const auto size = static_cast<std::uint32_t>(data.size());
  stream.segments.push_back({.kind = kind, .data = std::move(data), .size = size});
  transmit(handle, from, stream.first + stream.segments.size() - 1);
}

void Network::transmit(Handle handle, Side from, std::uint64_t number) {
  Connection& connection = *find(handle);
  End& sender = end(connection, from);
  const HostIndex to = end(connection, other(from)).host;
  Stream& stream = sender.out;
  Segment& segment = stream.segments[number - stream.first];
  const Instant now = scheduler_.now();
  segment.sent = now;
  if (std::exchange(segment.lost, false)) --stream.missing;
  at(sender.host).traffic.sent += wire_bytes(segment) + cost::kHeaders * sender.ack.on_sent(now);
  if (!packet(sender.host, to, cost::packets(segment.size))) return lose(handle, from, number);
  stream.newest_arrival = std::max(now + latency(sender.host, to), stream.newest_arrival);
  scheduler_.at(stream.newest_arrival, [this, handle, from, number] { arrive(handle, from, number); });
}

void Network::lose(Handle handle, Side from, std::uint64_t number) {
  Stream& stream = end(*find(handle), from).out;
  Segment& segment = stream.segments[number - stream.first];
  if (!segment.arrived && !std::exchange(segment.lost, true)) ++stream.missing;
  start_timer(handle, from);
}

std::size_t Network::wire_bytes(const Segment& segment) {
  switch (segment.kind) {
    case Kind::opened: return cost::kHeaders;
    case Kind::message: return cost::wire_bytes(segment.size);
    case Kind::fin: return cost::kFin;
  }
  return 0;
}

Duration Network::timeout_of(const Stream& stream) {
  return std::max(kLeastTimeout, stream.round_trip + 4 * stream.variation) * (1 << stream.timeouts);
}

void Network::start_timer(Handle handle, Side from) {
  Stream& stream = end(*find(handle), from).out;
  if (std::exchange(stream.timer, true)) return;
  scheduler_.at(stream.segments.front().sent + timeout_of(stream), [this, handle, from] { on_timer(handle, from); });
}

void Network::on_timer(Handle handle, Side from) {
  Connection* connection = find(handle);
  if (!connection || !end(*connection, from).alive) return;
  const End& sender = end(*connection, from);
  Stream& stream = end(*connection, from).out;
  stream.timer = false;
  if (stream.segments.empty()) return;
  if (stream.segments.front().sent + timeout_of(stream) > scheduler_.now()) return start_timer(handle, from);
  if (++stream.timeouts == kAttempts) {
    const bool was_open = sender.open;
    const auto [host, id] = std::pair{sender.host, sender.id};
    forget(handle, from);
    if (was_open) tell(host, node::SessionClosed{id, "timed out"});
    return;
  }
  stream.segments.front().repeated = true;
  transmit(handle, from, stream.first);
  start_timer(handle, from);
}

void Network::arrive(Handle handle, Side from, std::uint64_t number) {
  Connection* connection = find(handle);
  if (!connection) return;
  End& sender = end(*connection, from);
  End& receiver = end(*connection, other(from));
  Stream& stream = sender.out;
  if (!receiver.alive) {
    if (at(receiver.host).powered) return reset(handle, from);
    return lose(handle, from, number);
  }
  const bool answered = packet(receiver.host, sender.host, 1);
  if (number >= stream.first) {
    Segment& segment = stream.segments[number - stream.first];
    segment.arrived = true;
    if (std::exchange(segment.lost, false)) --stream.missing;
    if (answered && !segment.repeated) sample_round_trip(stream, 2 * (scheduler_.now() - segment.sent));
    count_arrival(sender.host, receiver, segment);
    const Sent sent{segment.sent, number};
    deliver_arrived(handle, from);
    on_answer(handle, from, answered, sent);
  }
}

void Network::count_arrival(HostIndex from, End& receiver, const Segment& segment) {
  const std::size_t acks = receiver.ack.on_received(cost::packets(segment.size), scheduler_.now());
  at(receiver.host).traffic.received += wire_bytes(segment);
  at(receiver.host).traffic.sent += cost::kHeaders * acks;
  at(from).traffic.received += cost::kHeaders * acks;
}

// RFC 6298, section 2.3.
void Network::sample_round_trip(Stream& stream, Duration sample) {
  const Duration off = sample > stream.round_trip ? sample - stream.round_trip : stream.round_trip - sample;
  stream.variation += (off - stream.variation) / 4;
  stream.round_trip += (sample - stream.round_trip) / 8;
}

void Network::deliver_arrived(Handle handle, Side from) {
  for (;;) {
    Connection* connection = find(handle);
    if (!connection || !end(*connection, other(from)).alive) return;
    Stream& stream = end(*connection, from).out;
    const std::size_t next = stream.delivered - stream.first;
    if (next >= stream.segments.size() || !stream.segments[next].arrived) return;
    ++stream.delivered;
    deliver(handle, other(from), stream.segments[next].kind, std::move(stream.segments[next].data));
  }
}

// Where nothing is missing, the answer changes nothing before it comes: it counts at once.
void Network::on_answer(Handle handle, Side from, bool answered, Sent sent) {
  Connection* connection = find(handle);
  if (!connection || !end(*connection, from).alive) return;
  const End& sender = end(*connection, from);
  if (sender.out.segments.empty()) return;
  if (!answered) return start_timer(handle, from);
  if (sender.out.missing == 0 && sender.open) return acknowledge(handle, from, sent);
  scheduler_.after(latency(end(*connection, other(from)).host, sender.host),
                   [this, handle, from, sent] { acknowledge(handle, from, sent); });
}

void Network::acknowledge(Handle handle, Side from, Sent sent) {
  Connection* connection = find(handle);
  if (!connection || !end(*connection, from).alive) return;
  Stream& stream = end(*connection, from).out;
  for (; stream.first < stream.delivered; ++stream.first) {
    stream.timeouts = 0;
    if (stream.segments.front().kind == Kind::fin) return forget(handle, from);
    stream.segments.pop_front();
  }
  for (std::size_t i = 0; stream.missing > 0 && i < stream.segments.size(); ++i) {
    Segment& segment = stream.segments[i];
    if (!segment.lost || std::pair(segment.sent, stream.first + i) >= std::pair(sent.at, sent.number)) continue;
    segment.repeated = true;
    transmit(handle, from, stream.first + i);
  }
}

void Network::deliver(Handle handle, Side to, Kind kind, Bytes data) {
  Connection& connection = *find(handle);
  End& receiver = end(connection, to);
  switch (kind) {
    case Kind::opened:
      receiver.open = true;
      tell(receiver.host,
           node::SessionOpened{receiver.id, connection.mesh, connection.protocol, true, connection.certificates[0],
                               connection.exporter, end(connection, other(to)).address, receiver.address});
      break;
    case Kind::message:
      if (data.empty() || data.size() > limits::kFrameBytes) return refuse_frame(handle, to);
      if (receiver.open) tell(receiver.host, node::SessionMessage{receiver.id, std::move(data)});
      break;
    case Kind::fin: {
      const bool was_open = receiver.open;
      const auto [host, id] = std::pair{receiver.host, receiver.id};
      at(host).traffic.sent += cost::kFin;
      forget(handle, to);
      if (was_open) tell(host, node::SessionClosed{id, "closed by the other side"});
      break;
    }
  }
}

// As framing does it (wire/frame.h): the stream ends there.
void Network::refuse_frame(Handle handle, Side by) {
  const End& refuser = end(*find(handle), by);
  const auto [host, id, was_open] = std::tuple{refuser.host, refuser.id, refuser.open};
  forget(handle, by);
  if (find(handle)) reset(handle, other(by));
  if (was_open) tell(host, node::SessionClosed{id, "a frame of no possible size"});
}

// Tells one side that the other does not know the connection.
void Network::reset(Handle handle, Side to) {
  Connection& connection = *find(handle);
  const HostIndex told = end(connection, to).host;
  const HostIndex by = end(connection, other(to)).host;
  at(by).traffic.sent += cost::kReset;
  if (!passes(by, told)) return;
  scheduler_.after(latency(by, told), [this, handle, to] {
    Connection* still = find(handle);
    if (!still || !end(*still, to).alive) return;
    const auto [host, id] = std::pair{end(*still, to).host, end(*still, to).id};
    const bool was_open = end(*still, to).open;
    forget(handle, to);
    if (was_open) tell(host, node::SessionClosed{id, "reset by the other side"});
  });
}

}  // namespace smeg::sim
