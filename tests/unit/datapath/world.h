// Hosts of a real Device and a real data path each, on a virtual clock and a network that loses, repeats and reorders.
//
//   inner packet -> Outbound -> network (latency, loss, repeats, disorder) -> Inbound -> inner packet
//                     ^ events          handshakes                             v events, handshakes
//                   Device <----------------------------------------------> Device
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "datapath/datapath.h"

namespace smeg::testing {

using namespace std::chrono_literals;

class SeededKeys final : public KeySource {
 public:
  explicit SeededKeys(std::uint64_t seed) : rng_(seed) {}
  void fill(MutableByteView out) override {
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(rng_.next());
  }

 private:
  SeededRng rng_;
};

inline addr::IpAddress ip(std::string_view text) { return *addr::IpAddress::parse(text); }
inline addr::Endpoint endpoint(std::string_view text) { return *addr::Endpoint::parse(text); }
inline addr::Prefix prefix(std::string_view text) { return *addr::Prefix::parse(text); }

// An IPv4 or IPv6 packet with that payload; protocol 253 (RFC 3692, for experiments).
inline Bytes make_packet(const addr::IpAddress& from, const addr::IpAddress& to, ByteView payload,
                         std::uint8_t traffic_class = 0) {
  Bytes out;
  if (from.is_v4()) {
    out = {0x45, traffic_class, 0, 0, 0, 0, 0, 0, 64, 253, 0, 0};
    store_be(&out[2], static_cast<std::uint16_t>(20 + payload.size()));
  } else {
    out = {static_cast<std::uint8_t>(0x60 | traffic_class >> 4),
           static_cast<std::uint8_t>(traffic_class << 4),
           0,
           0,
           0,
           0,
           253,
           64};
    store_be(&out[4], static_cast<std::uint16_t>(payload.size()));
  }
  out.insert(out.end(), from.view().begin(), from.view().end());
  out.insert(out.end(), to.view().begin(), to.view().end());
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

// A batch of packets in memory as a worker holds it.
class Batch {
 public:
  MutableByteView add(ByteView packet) {
    auto& buffer = buffers_.emplace_back(datapath::kHeadroomBytes + packet.size() + datapath::kTailroomBytes);
    std::ranges::copy(packet, buffer.begin() + datapath::kHeadroomBytes);
    return views_.emplace_back(buffer.data() + datapath::kHeadroomBytes, packet.size());
  }
  std::span<const MutableByteView> views() const { return views_; }

 private:
  std::deque<Bytes> buffers_;
  std::vector<MutableByteView> views_;
};

struct Datagram {
  addr::Endpoint from;
  addr::Endpoint to;
  Bytes bytes;
  std::uint8_t traffic_class = 0;
};

// One engine: what its threads do, in one.
class Host {
 public:
  Host(std::uint64_t seed, std::string_view at) : secrets(seed), jitter(seed), where(endpoint(at)) {
    private_key = crypto::generate_wg_key(secrets);
    public_key = crypto::wg_public_key(private_key);
    device.set_wall_clock(WallTime(1'700'000'000s), Instant());
    wireguard::DeviceConfig config;
    config.private_key = private_key;
    (void)device.configure(config, Instant());
  }

  wireguard::PeerConfig as_peer(std::string_view allowed_ip, bool with_endpoint = true) const {
    wireguard::PeerConfig out;
    out.public_key = public_key;
    if (with_endpoint) out.endpoint = where;
    out.allowed_ips = {{prefix(allowed_ip)}};
    return out;
  }

  void add_peer(const wireguard::PeerConfig& peer, Instant now) {
    wireguard::DeviceConfig config;
    config.peers = {peer};
    (void)device.configure(config, now);
    carry_out();
  }

  // What comes out of the TUN.
  void send_packets(const std::vector<Bytes>& packets, Instant now) {
    Batch batch;
    for (const Bytes& packet : packets) batch.add(packet);
    outbound.process(*table, batch.views(), now);
    for (const auto& group : outbound.groups())
      for (const MutableByteView datagram : group.datagrams)
        sent.push_back({where, group.to->remote, to_bytes(datagram), group.traffic_class});
    for (const MutableByteView reply : outbound.replies()) replies.push_back(to_bytes(reply));
    post(outbound.take_events(), now);
  }

  // What comes in by UDP.
  void receive(Datagram datagram, Instant now) {
    const wireguard::Path from{datagram.from, local_address, 0};
    const datapath::InboundDatagram in{datagram.bytes, from, datagram.traffic_class};
    inbound.process(*table, {&in, 1}, now);
    for (const MutableByteView packet : inbound.packets()) received.push_back(to_bytes(packet));
    for (const auto& message : inbound.take_handshakes()) device.on_handshake_message(message, waiting, now);
    post(inbound.take_events(), now);
  }

  void on_deadline(Instant now) {
    device.on_deadline(now);
    carry_out();
  }

  void post(const datapath::Events& events, Instant now) {
    if (!control_is_behind)
      for (const auto& event : events) device.on_worker_event(event, now);
    carry_out();
  }

  void carry_out() {
    for (wireguard::Effect& effect : device.take_effects()) {
      if (auto* publish = std::get_if<wireguard::PublishTable>(&effect)) table = publish->table;
      if (auto* send = std::get_if<wireguard::SendDatagram>(&effect))
        sent.push_back({where, send->to.remote, std::move(send->bytes), send->traffic_class});
    }
  }

  wireguard::PeerStatus peer_status(std::size_t index = 0) const { return device.status().peers.at(index); }

  SeededKeys secrets;
  SeededRng jitter;
  addr::Endpoint where;
  addr::IpAddress local_address;
  crypto::WgPrivateKey private_key;
  crypto::WgPublicKey public_key;
  wireguard::Device device{secrets, jitter};
  bool control_is_behind = false;  // what the workers tell is lost
  wireguard::ForwardingTablePtr table = device.table();
  datapath::Outbound outbound{wireguard::kDefaultMtu};
  datapath::Inbound inbound;
  std::size_t waiting = 0;  // handshake messages said to be queued behind
  std::vector<Datagram> sent;
  std::vector<Bytes> received;
  std::vector<Bytes> replies;
};

struct Weather {
  Duration latency = 5ms;
  Duration disorder = 0ms;  // up to so much more latency
  unsigned loss_percent = 0;
  unsigned repeat_percent = 0;
};

class World {
 public:
  explicit World(std::uint64_t seed) : chance_(seed) {}

  void add(Host& host) { hosts_.push_back(&host); }
  Instant now() const { return now_; }

  // Everything that happens within the time, and then it is that much later.
  void run(Duration time) {
    const Instant end = now_ + time;
    collect();
    while (next() <= end) {
      now_ = std::max(now_, next());
      step();
      collect();
    }
    now_ = end;
  }

  void send(Host& host, const Bytes& packet) {
    host.send_packets({packet}, now_);
    collect();
  }
  void inject(Datagram datagram, Duration latency = 0ms) { in_flight_.emplace(now_ + latency, std::move(datagram)); }

  Weather weather;
  // Sees each datagram as it is sent; false drops it.
  std::function<bool(const Datagram&)> filter = [](const Datagram&) { return true; };
  std::vector<std::pair<Instant, Datagram>> log;  // all that was sent

 private:
  Instant next() const {
    Instant at = in_flight_.empty() ? kNever : in_flight_.begin()->first;
    for (const Host* host : hosts_) at = std::min(at, host->device.next_deadline());
    return at;
  }

  void step() {
    for (Host* host : hosts_)
      if (host->device.next_deadline() <= now_) host->on_deadline(now_);
    while (!in_flight_.empty() && in_flight_.begin()->first <= now_) {
      Datagram datagram = std::move(in_flight_.extract(in_flight_.begin()).mapped());
      for (Host* host : hosts_)
        if (host->where == datagram.to) host->receive(datagram, now_);
    }
  }

  void collect() {
    for (Host* host : hosts_) {
      for (Datagram& datagram : std::exchange(host->sent, {})) {
        log.emplace_back(now_, datagram);
        if (filter(datagram)) transmit(datagram);
      }
    }
  }

  void transmit(const Datagram& datagram) {
    if (chance_.below(100) < weather.loss_percent) return;
    const unsigned copies = chance_.below(100) < weather.repeat_percent ? 2 : 1;
    for (unsigned i = 0; i < copies; ++i)
      in_flight_.emplace(now_ + weather.latency + chance_.jitter(weather.disorder), datagram);
  }

  SeededRng chance_;
  Instant now_{};
  std::vector<Host*> hosts_;
  std::multimap<Instant, Datagram> in_flight_;
};

// Two hosts that know one another.
struct Pair {
  explicit Pair(std::uint64_t seed = 1) : world(seed) {
    world.add(a);
    world.add(b);
    a.add_peer(b.as_peer("fd00::b/128"), world.now());
    b.add_peer(a.as_peer("fd00::a/128"), world.now());
  }
  Bytes packet_to_b(std::string_view text = "hello") const { return make_packet(ip_a, ip_b, as_bytes(text)); }
  Bytes packet_to_a(std::string_view text = "hello") const { return make_packet(ip_b, ip_a, as_bytes(text)); }
  // After it both sides have a session, and nothing is owed or awaited.
  void settle() {
    world.send(a, packet_to_b());
    world.run(1s);
    world.send(b, packet_to_a());
    world.run(1s);
    a.received.clear();
    b.received.clear();
  }

  addr::IpAddress ip_a = ip("fd00::a");
  addr::IpAddress ip_b = ip("fd00::b");
  World world;
  Host a{11, "192.0.2.1:1111"};
  Host b{22, "[2001:db8::2]:2222"};
};

// Datagrams of one type in the log, from one host.
inline std::vector<Instant> times_of(const World& world, const Host& host, wireguard::MessageType type) {
  std::vector<Instant> out;
  for (const auto& [time, datagram] : world.log)
    if (datagram.from == host.where && wireguard::classify(datagram.bytes) == type) out.push_back(time);
  return out;
}

}  // namespace smeg::testing
