#include "wireguard/device.h"

#include "wireguard/device_impl.h"

namespace smeg::wireguard {

Device::Device(KeySource& secrets, Rng& jitter, const Timing& timing)
    : impl_(std::make_unique<Impl>(secrets, jitter, timing)) {}
Device::~Device() = default;

void Device::set_wall_clock(WallTime wall, Instant now) { impl_->calendar_.set_wall_clock(wall, now); }
void Device::set_mtu(unsigned mtu) { impl_->mtu_ = mtu; }
void Device::set_listen_port(std::uint16_t port) { impl_->listen_port_ = port; }

Result<> Device::configure(const DeviceConfig& config, Instant now) { return impl_->configure(config, now); }
DeviceStatus Device::status() const { return impl_->status(); }

DeviceCounters Device::counters() const {
  DeviceCounters out = impl_->counters_;
  out.staged_dropped = impl_->peers_.budget().dropped;
  return out;
}

void Device::on_handshake_message(const HandshakeMessage& message, std::size_t waiting, Instant now) {
  impl_->on_handshake_message(message, waiting, now);
}
void Device::on_worker_event(const WorkerEvent& event, Instant now) { impl_->on_worker_event(event, now); }
void Device::on_source_refused(const Path& path, Instant) { impl_->on_source_refused(path); }
void Device::on_interface_down(Instant) { impl_->on_interface_down(); }
void Device::on_interface_up(Instant now) { impl_->on_interface_up(now); }

Instant Device::next_deadline() const { return impl_->peers_.next_deadline(); }
void Device::on_deadline(Instant now) { impl_->on_deadline(now); }
std::vector<Effect> Device::take_effects() { return impl_->take_effects(); }
ForwardingTablePtr Device::table() const { return impl_->forwarding_.table(); }

std::vector<Effect> Device::Impl::take_effects() {
  std::vector<Effect> out;
  out.reserve(datagrams_.size() + 1);
  if (auto table = forwarding_.table(); table != published_) {
    published_ = table;
    out.emplace_back(PublishTable{std::move(table)});
  }
  for (SendDatagram& datagram : datagrams_) out.emplace_back(std::move(datagram));
  datagrams_.clear();
  return out;
}

}  // namespace smeg::wireguard
