#include "engine/controller.h"

#include <net/if.h>

#include <algorithm>

namespace smeg::engine {
namespace {

// Between two looks at everything else; each may cost several curve multiplications.
constexpr std::size_t kHandshakesAtOnce = 32;
// A device that answers itself for ever would be a fault; the next wake takes the rest.
constexpr int kEffectRounds = 16;

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <class... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

// Finds the interfaces that link-local endpoints name.
Result<void> resolve_zones(wireguard::DeviceConfig& config) {
  for (wireguard::PeerConfig& peer : config.peers) {
    if (peer.zone.name.empty()) continue;
    peer.zone.index = if_nametoindex(peer.zone.name.c_str());
    if (peer.zone.index == 0) return fail(Code::invalid, "there is no interface " + peer.zone.name);
  }
  return {};
}

}  // namespace

Controller::Controller(Exchange& exchange, const Log& log, io::Routes routes, const wireguard::Timing& timing)
    : exchange_(exchange),
      log_(log),
      device_(secrets_, jitter_, timing),
      sources_(std::move(routes)),
      underlay_(*exchange.underlay.get()) {
  device_.set_mtu(underlay_.mtu);
  device_.set_wall_clock(io::OsClock::wall_now(), io::OsClock::now());
}

Result<void> Controller::open_sockets() {
  auto sockets = io::UdpSockets::open(0, 0);
  if (!sockets) return fail(std::move(sockets.error()));
  underlay_.sockets = std::make_shared<const io::UdpSockets>(std::move(*sockets));
  device_.set_listen_port(underlay_.sockets->port());
  exchange_.set_underlay(underlay_);
  return {};
}

std::string Controller::on_request(const wireguard::UapiRequest& request) {
  if (std::holds_alternative<wireguard::GetRequest>(request)) return wireguard::uapi_get_reply(device_.status());
  const auto& config = std::get<wireguard::DeviceConfig>(request);
  const bool names_zones =
      std::ranges::any_of(config.peers, [](const wireguard::PeerConfig& peer) { return !peer.zone.name.empty(); });
  const auto outcome = names_zones ? configure_zoned(config) : configure(config);
  if (!outcome) log_.error(outcome.error());
  return wireguard::uapi_set_reply(outcome);
}

// The sockets as they are to be after the change: the present ones where the port stays.
Result<std::shared_ptr<const io::UdpSockets>> Controller::sockets_for(const wireguard::DeviceConfig& config) {
  const std::uint32_t mark = config.fwmark.value_or(underlay_.mark);
  const bool same_port = !config.listen_port || *config.listen_port == underlay_.sockets->port();
  if (!same_port) {
    auto opened = io::UdpSockets::open(*config.listen_port, mark);
    if (!opened) return fail(std::move(opened.error()));
    return std::make_shared<const io::UdpSockets>(std::move(*opened));
  }
  if (mark != underlay_.mark) {
    if (auto marked = underlay_.sockets->set_mark(mark); !marked) return fail(std::move(marked.error()));
  }
  return underlay_.sockets;
}

Result<void> Controller::configure_zoned(wireguard::DeviceConfig config) {
  if (auto resolved = resolve_zones(config); !resolved) return resolved;
  return configure(config);
}

Result<void> Controller::configure(const wireguard::DeviceConfig& config) {
  const Instant now = io::OsClock::now();
  auto sockets = sockets_for(config);
  if (!sockets) return fail(std::move(sockets.error()));
  if (auto configured = device_.configure(config, now); !configured) {
    (void)underlay_.sockets->set_mark(underlay_.mark);  // as it was; it was allowed then
    return configured;
  }
  adopt(std::move(*sockets), config.fwmark.value_or(underlay_.mark));
  device_.set_listen_port(underlay_.sockets->port());
  carry_out(now);
  return {};
}

void Controller::adopt(std::shared_ptr<const io::UdpSockets> sockets, std::uint32_t mark) {
  const bool other_sockets = sockets != underlay_.sockets;
  if (!other_sockets && mark == underlay_.mark) return;
  underlay_.sockets = std::move(sockets);
  underlay_.mark = mark;
  exchange_.set_underlay(underlay_);
  exchange_.routes.fetch_add(1);  // rules may go by mark and port
  if (other_sockets) log_.verbose("listening on UDP port " + std::to_string(underlay_.sockets->port()));
}

bool Controller::on_events() {
  exchange_.events->quiet();
  const Instant now = io::OsClock::now();
  on_handshakes(now);
  bool there = true;
  for (const Event& event : exchange_.events->take_events()) {
    std::visit(Overloaded{[&](const wireguard::WorkerEvent& of_worker) { device_.on_worker_event(of_worker, now); },
                          [&](const SourceRefused& refused) { device_.on_source_refused(refused.path, now); },
                          [&](const InterfaceGone&) { there = false; }},
               event);
    carry_out(now);
  }
  return there;
}

void Controller::on_handshakes(Instant now) {
  std::size_t waiting = 0;
  const auto messages = exchange_.events->take_handshakes(kHandshakesAtOnce, waiting);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    device_.on_handshake_message(messages[i], waiting + messages.size() - 1 - i, now);
    carry_out(now);
  }
  if (waiting > 0) exchange_.events->ring();
}

void Controller::on_deadline() {
  const Instant now = io::OsClock::now();
  if (device_.next_deadline() > now) return;
  device_.on_deadline(now);
  carry_out(now);
}

void Controller::on_wall_clock() { device_.set_wall_clock(io::OsClock::wall_now(), io::OsClock::now()); }

void Controller::on_link(bool up, unsigned mtu) {
  if (up == underlay_.up && mtu == underlay_.mtu) return;
  const Instant now = io::OsClock::now();
  if (mtu != underlay_.mtu) device_.set_mtu(mtu);
  const bool went_down = underlay_.up && !up;
  const bool came_up = !underlay_.up && up;
  underlay_.up = up;
  underlay_.mtu = mtu;
  exchange_.set_underlay(underlay_);
  if (went_down) device_.on_interface_down(now);
  if (came_up) device_.on_interface_up(now);
  log_.verbose(std::string("the interface is ") + (up ? "up" : "down") + ", MTU " + std::to_string(mtu));
  carry_out(now);
}

void Controller::carry_out(Instant now) {
  for (int round = 0; round < kEffectRounds; ++round) {
    const auto effects = device_.take_effects();
    if (effects.empty()) return;
    for (const auto& effect : effects) {
      std::visit(Overloaded{[&](const wireguard::PublishTable& publish) { exchange_.table.set(publish.table); },
                            [&](const wireguard::SendDatagram& datagram) { send(datagram, now); }},
                 effect);
    }
  }
}

void Controller::send(const wireguard::SendDatagram& datagram, Instant now) {
  if (!underlay_.up || !underlay_.sockets) return;
  const io::UdpPath path = datagram.to_stranger ? to_udp_path(datagram.to)
                                                : sources_.choose(datagram.to, underlay_, exchange_.routes.load());
  const io::Sent sent = underlay_.sockets->send(datagram.bytes, path, datagram.traffic_class);
  switch (sent) {
    case io::Sent::done: return;
    case io::Sent::without_local: return device_.on_source_refused(datagram.to, now);
    case io::Sent::blocked:
    case io::Sent::failed:
      // Handshakes repeat themselves, and packets may be lost.
      return log_.verbose("can't send to " + datagram.to.remote.to_string());
  }
}

}  // namespace smeg::engine
