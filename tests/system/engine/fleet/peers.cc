// Real handshakes of many peers. What an initiator computes is computed before the clock starts; what it would make of
// the answer is left out, so that the processor is the engine's.
#include <fmt/format.h>

#include <optional>

#include "fleet.h"
#include "pace.h"

namespace smeg::fleet {
namespace {

using namespace std::chrono_literals;

std::uint32_t number_of(const addr::IpAddress& address) { return load_be<std::uint32_t>(address.view().data()); }

// A peer that has its first initiation ready.
struct Caller {
  Caller(KeySource& secrets, Rng& chance) : device(secrets, chance) {}

  wireguard::Device device;
  std::optional<wireguard::SendDatagram> first;
  bool answered = false;
};

class Callers {
 public:
  explicit Callers(const Task& task, io::UdpSockets sockets) : task_(task), sockets_(std::move(sockets)) {
    for (std::uint32_t i = 0; i < task.count; ++i) prepare(i);
  }

  void call(std::uint32_t index) {
    ++sent_;
    send(index, *callers_[index]->first);
  }

  void receive() {
    for (const io::UdpDatagram& datagram : batch_.receive(sockets_, io::Family::v4)) {
      const io::UdpPath path = batch_.arrival(datagram.arrival).path;
      const std::uint32_t index = number_of(*path.local) - number_of(task_.first);
      const auto type = wireguard::classify(datagram.bytes);
      if (index >= callers_.size() || !type) continue;
      if (*type == wireguard::MessageType::cookie_reply) on_cookie(index, datagram.bytes, path);
      if (*type == wireguard::MessageType::response && !std::exchange(callers_[index]->answered, true)) ++answered_;
    }
  }

  // Those that are still without an answer try again when their time has come.
  void retry() {
    const Instant now = io::OsClock::now();
    for (std::uint32_t i = 0; i < callers_.size(); ++i) {
      if (callers_[i]->answered || callers_[i]->device.next_deadline() > now) continue;
      callers_[i]->device.on_deadline(now);
      send_effects(i);
    }
  }

  std::uint32_t answered() const { return answered_; }
  void print(double seconds) const {
    fmt::print("{} of {} answered in {:.2f} s, {:.0f} a second; {} initiations sent, {} cookies got\n", answered_,
               callers_.size(), seconds, answered_ / seconds, sent_, cookies_);
  }

 private:
  void prepare(std::uint32_t index) {
    auto& caller = *callers_.emplace_back(std::make_unique<Caller>(secrets_, chance_));
    const Instant now = io::OsClock::now();
    caller.device.set_wall_clock(io::OsClock::wall_now(), now);
    wireguard::DeviceConfig config;
    config.private_key = key_of(index);
    auto& peer = config.peers.emplace_back();
    peer.public_key = task_.engine;
    peer.endpoint = task_.at;
    const auto anywhere = *addr::IpAddress::parse("10.9.0.1");
    peer.allowed_ips = {{addr::Prefix::host(anywhere)}};
    (void)caller.device.configure(config, now);
    caller.device.on_worker_event(wireguard::PacketWaits{caller.device.table()->peer_for(anywhere)->id, Bytes(20)},
                                  now);
    for (auto& effect : caller.device.take_effects())
      if (auto* datagram = std::get_if<wireguard::SendDatagram>(&effect)) caller.first = std::move(*datagram);
  }

  void on_cookie(std::uint32_t index, ByteView bytes, const io::UdpPath& path) {
    ++cookies_;
    callers_[index]->device.on_handshake_message({{path.remote, *path.local, 0}, to_bytes(bytes)}, 0,
                                                 io::OsClock::now());
    send_effects(index);
  }

  void send_effects(std::uint32_t index) {
    for (const auto& effect : callers_[index]->device.take_effects()) {
      const auto* datagram = std::get_if<wireguard::SendDatagram>(&effect);
      if (!datagram) continue;
      ++sent_;
      send(index, *datagram);
    }
  }

  void send(std::uint32_t index, const wireguard::SendDatagram& datagram) {
    (void)sockets_.send(datagram.bytes, {task_.at, address_of(task_, index), 0}, 0);
  }

  const Task& task_;
  io::UdpSockets sockets_;
  io::UdpReceiveBatch batch_{256};
  io::OsKeySource secrets_;
  SeededRng chance_{2};
  std::vector<std::unique_ptr<Caller>> callers_;
  std::uint32_t answered_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t cookies_ = 0;
};

}  // namespace

crypto::WgPrivateKey key_of(std::uint32_t index) {
  ByteArray<4> bytes;
  store_be(bytes.data(), index);
  const auto seed = crypto::blake2s({as_bytes("a fleet's key"), bytes});
  class Fixed final : public KeySource {
   public:
    explicit Fixed(ByteView from) : from_(from) {}
    void fill(MutableByteView out) override { std::ranges::copy(from_.first(out.size()), out.begin()); }

   private:
    ByteView from_;
  } source(seed);
  return crypto::generate_wg_key(source);
}

addr::IpAddress address_of(const Task& task, std::uint32_t index) {
  ByteArray<4> bytes;
  store_be(bytes.data(), number_of(task.first) + index);
  return addr::IpAddress::v4(bytes);
}

int call_as_peers(const Task& task) {
  auto sockets = io::UdpSockets::open(0, 0);
  if (!sockets) return 2;
  Callers callers(task, std::move(*sockets));
  const Pace pace(task.rate);
  std::uint32_t called = 0;
  Instant next_retry = io::OsClock::now() + 1s;
  while (pace.elapsed() < std::chrono::seconds(task.seconds) && callers.answered() < task.count) {
    for (const std::uint64_t due = pace.due(); called < due && called < task.count; ++called) callers.call(called);
    callers.receive();
    if (io::OsClock::now() >= next_retry) {
      callers.retry();
      next_retry = io::OsClock::now() + 100ms;
    }
    Pace::rest();
  }
  callers.print(std::chrono::duration<double>(pace.elapsed()).count());
  return callers.answered() == task.count ? 0 : 1;
}

}  // namespace smeg::fleet
