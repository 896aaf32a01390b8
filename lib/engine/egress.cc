#include "engine/egress.h"

#include <poll.h>

#include <array>
#include <cerrno>

namespace smeg::engine {
namespace {

// The worst of a batch: beyond what it fills with packets of any sort, one of the largest must still fit.
constexpr std::size_t kLargestSlot = datapath::kHeadroomBytes + limits::kPacketBytes + datapath::kTailroomBytes;
constexpr std::size_t kArenaBytes = 256 * 1'024 + kLargestSlot;
constexpr std::size_t kLineBytes = 64;
// How long to wait for room in a socket before packets are dropped, as a full queue of a network card would.
constexpr int kSendWaitMs = 100;

}  // namespace

PacketArena::PacketArena() : memory_(std::make_unique_for_overwrite<std::uint8_t[]>(kArenaBytes)) {
  packets_.reserve(limits::kBatchPackets);
}

void PacketArena::clear() {
  used_ = 0;
  packets_.clear();
}

bool PacketArena::has_room() const {
  return packets_.size() < limits::kBatchPackets && kArenaBytes - used_ >= kLargestSlot;
}

MutableByteView PacketArena::next() { return {memory_.get() + used_ + datapath::kHeadroomBytes, limits::kPacketBytes}; }

void PacketArena::keep(std::size_t size) {
  packets_.push_back(next().first(size));
  const std::size_t end = used_ + datapath::kHeadroomBytes + size + datapath::kTailroomBytes;
  used_ = (end + kLineBytes - 1) / kLineBytes * kLineBytes;
}

EgressWorker::EgressWorker(const io::Tun& tun, Exchange& exchange, io::Routes routes)
    : tun_(tun),
      exchange_(exchange),
      outbound_(std::make_unique<datapath::Outbound>(wireguard::kDefaultMtu)),
      sources_(std::move(routes)) {}

void EgressWorker::run() {
  while (!exchange_.stopping.load(std::memory_order_relaxed)) {
    if (read_batch()) {
      process();
    } else if (gone_) {
      return exchange_.events->post(InterfaceGone{});
    } else if (!wait()) {
      return;
    }
  }
}

bool EgressWorker::wait() {
  std::array<pollfd, 2> waits{pollfd{tun_.descriptor(), POLLIN, 0}, pollfd{exchange_.stop.descriptor(), POLLIN, 0}};
  while (poll(waits.data(), waits.size(), -1) < 0) {
    if (errno != EINTR) return false;
  }
  if (waits[0].revents & (POLLERR | POLLHUP | POLLNVAL)) gone_ = true;
  return true;
}

bool EgressWorker::read_batch() {
  arena_.clear();
  while (arena_.has_room()) {
    std::size_t size = 0;
    const io::Transfer result = tun_.read(arena_.next(), size);
    if (result == io::Transfer::gone) gone_ = true;
    if (result != io::Transfer::done) break;
    if (size > 0) arena_.keep(size);
  }
  return !arena_.packets().empty();
}

void EgressWorker::process() {
  const auto underlay = exchange_.underlay.get();
  const auto table = exchange_.table.get();  // goes with this call, and the keys in it
  outbound_->set_mtu(underlay->mtu);
  outbound_->process(*table, arena_.packets(), io::OsClock::now());
  send(*underlay);
  for (const MutableByteView& reply : outbound_->replies()) (void)tun_.write(reply);
  exchange_.events->post(outbound_->take_events());
}

void EgressWorker::send(const Underlay& underlay) {
  if (!underlay.sockets) return;
  const std::uint64_t routes = exchange_.routes.load();
  for (const datapath::DatagramGroup& group : outbound_->groups()) {
    batch_.add({sources_.choose(*group.to, underlay, routes), group.traffic_class, group.datagrams});
  }
  const auto outcome = batch_.flush(*underlay.sockets, kSendWaitMs);
  if (outcome.without_local) exchange_.events->post(SourceRefused{to_path(*outcome.without_local)});
}

}  // namespace smeg::engine
