// How connections come about, and how they go with their host.
#include <algorithm>

#include "sim/network.h"
#include "trust/trust.h"

namespace smeg::sim {
namespace {

using std::chrono::milliseconds;

constexpr Duration kSynRetransmit = milliseconds(1'000);
constexpr Duration kNextCandidate = milliseconds(250);  // RFC 8305, section 5

}  // namespace

void Network::start(HostIndex host) {
  Host& here = at(host);
  here.powered = true;
  here.listening = true;
  here.inbound = 0;
}

void Network::kill(HostIndex host) { drop_ends(host, true); }

void Network::cut_power(HostIndex host) { drop_ends(host, false); }

void Network::drop_ends(HostIndex host, bool tell_others) {
  Host& here = at(host);
  here.powered = tell_others;
  here.listening = false;
  here.identities.clear();
  for (const AttemptPtr& attempt : here.dials) attempt->done = true;
  here.dials.clear();
  const std::vector<EndOf> ends = here.ends;
  for (const EndOf& one : ends) {
    forget(one.handle, one.side);
    if (tell_others && find(one.handle)) reset(one.handle, other(one.side));
  }
}

void Network::use_identity(HostIndex host, node::UseIdentity identity) {
  const auto shown = trust::certificate_identity(identity.certificate);
  const crypto::IdentityKey key = crypto::signing_public_key(identity.key);
  const MeshId mesh = identity.mesh;
  at(host).identities.insert_or_assign(mesh, Identity{std::move(identity), key, shown && *shown == key});
}

void Network::forget_identity(HostIndex host, const MeshId& mesh) { at(host).identities.erase(mesh); }

// ---- Dialling

void Network::dial(HostIndex host, node::Dial dial) {
  auto attempt = std::make_shared<Attempt>();
  attempt->host = host;
  attempt->dial = std::move(dial);
  attempt->pending = attempt->dial.targets.size();
  at(host).dials.push_back(attempt);
  if (attempt->pending == 0) {
    scheduler_.after(milliseconds(1), [this, attempt] { dial_failed(attempt, "nowhere to dial"); });
  }
  for (std::size_t i = 0; i < attempt->dial.targets.size(); ++i) {
    scheduler_.after(kNextCandidate * static_cast<int>(i), [this, attempt, i] { syn(attempt, i, 0); });
  }
  scheduler_.after(attempt->dial.patience, [this, attempt] { dial_failed(attempt, "timed out"); });
}

std::optional<HostIndex> Network::resolve(const node::DialTarget& target, addr::IpAddress& address) const {
  if (const auto named = names_.find(target.host); named != names_.end()) {
    address = place(named->second).v6;
    return named->second;
  }
  const auto literal = addr::IpAddress::parse(target.host);
  if (!literal) return std::nullopt;
  address = *literal;
  return owner(address);
}

void Network::syn(const AttemptPtr& attempt, std::size_t target, unsigned tries) {
  if (attempt->done) return;
  const node::DialTarget& wanted = attempt->dial.targets[target];
  addr::IpAddress address;
  const auto to = resolve(wanted, address);
  if (!to) return target_failed(attempt, "there is no host " + wanted.host);
  at(attempt->host).traffic.sent += cost::kSyn;
  if (packet(attempt->host, *to, 1) && at(*to).place.reachable) {
    const addr::Endpoint endpoint{address, wanted.port};
    const Duration there = latency(attempt->host, *to);
    scheduler_.after(there, [this, attempt, to, endpoint] { on_syn(attempt, *to, endpoint); });
    return;
  }
  scheduler_.after(kSynRetransmit * (1 << tries), [this, attempt, target, tries] { syn(attempt, target, tries + 1); });
}

void Network::on_syn(const AttemptPtr& attempt, HostIndex to, const addr::Endpoint& endpoint) {
  if (attempt->done || !passes(to, attempt->host)) return;  // it times out
  Host& there = at(to);
  if (!there.powered) return;
  there.traffic.received += cost::kSyn;
  const bool listens = there.listening && there.place.control_port == endpoint.port;
  there.traffic.sent += listens ? cost::kSyn + cost::kHandshake : cost::kReset;
  // The answer, and both ways of TLS.
  const Duration back = latency(to, attempt->host);
  const Duration round_trip = latency(attempt->host, to) + latency(to, attempt->host);
  scheduler_.after(back + round_trip, [this, attempt, to, endpoint, listens, round_trip] {
    if (attempt->done || !passes(attempt->host, to) || !passes(to, attempt->host)) return;
    if (!listens || !at(to).listening) return target_failed(attempt, "refused");
    at(attempt->host).traffic.received += cost::kSyn + cost::kHandshake;
    at(attempt->host).traffic.sent += cost::kHandshake;
    establish(attempt, to, endpoint, round_trip);
  });
}

void Network::target_failed(const AttemptPtr& attempt, std::string reason) {
  if (attempt->done) return;
  attempt->reason = std::move(reason);
  if (--attempt->pending == 0) dial_failed(attempt, attempt->reason);
}

void Network::dial_failed(const AttemptPtr& attempt, std::string reason) {
  if (attempt->done) return;
  end_dial(attempt);
  tell(attempt->host, node::SessionClosed{attempt->dial.session, std::move(reason)});
}

// Takes a copy: the list from which the attempt goes may hold the argument.
void Network::end_dial(AttemptPtr attempt) {
  attempt->done = true;
  std::erase(at(attempt->host).dials, attempt);
}

void Network::establish(const AttemptPtr& attempt, HostIndex to, const addr::Endpoint& endpoint, Duration round_trip) {
  Host& dialler = at(attempt->host);
  Host& acceptor = at(to);
  const auto own = dialler.identities.find(attempt->dial.mesh);
  if (own == dialler.identities.end() || !own->second.holds_key) {
    return target_failed(attempt, "no certificate to show");
  }
  const auto theirs = acceptor.identities.find(attempt->dial.mesh);
  if (theirs == acceptor.identities.end() || !theirs->second.use.serve || !theirs->second.holds_key) {
    return target_failed(attempt, "no such mesh there");
  }
  if (attempt->dial.peer && attempt->dial.peer != theirs->second.key) {
    return target_failed(attempt, "somebody else answers there");
  }
  end_dial(attempt);

  auto fresh = std::make_unique<Connection>();
  ByteArray<8> number;
  store_be(number.data(), ++connections_);
  fresh->mesh = attempt->dial.mesh;
  fresh->protocol = attempt->dial.protocol;
  fresh->exporter = crypto::hash<32>("smegmesh simulated exporter 1", {number});
  fresh->certificates = {own->second.use.certificate, theirs->second.use.certificate};
  const addr::IpAddress from = endpoint.address.is_v4() ? dialler.place.v4 : dialler.place.v6;
  fresh->ends[0] = {attempt->host, attempt->dial.session, true, true, {from, ++dialler.next_port}, {}, {}};
  fresh->ends[1] = {to, {++acceptor.inbound}, false, true, endpoint, {}, {}};
  for (End& one : fresh->ends) {
    one.out.round_trip = round_trip;
    one.out.variation = round_trip / 2;
  }
  Connection& connection = *fresh;
  const Handle handle = open_connection(std::move(fresh));
  push(handle, Side::dialler, Kind::opened, {});
  tell(attempt->host,
       node::SessionOpened{attempt->dial.session, connection.mesh, connection.protocol, false,
                           connection.certificates[1], connection.exporter, endpoint, connection.ends[0].address});
}

}  // namespace smeg::sim
