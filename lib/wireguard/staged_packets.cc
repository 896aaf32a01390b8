#include "wireguard/staged_packets.h"

namespace smeg::wireguard {

void StagedPackets::push(Bytes packet) {
  if (packets_.size() >= limits::kStagedPacketsPerPeer) drop_oldest();
  while (!packets_.empty() && budget_.bytes + packet.size() > limits::kStagedBytes) drop_oldest();
  if (budget_.bytes + packet.size() > limits::kStagedBytes) {
    ++budget_.dropped;
    return;
  }
  budget_.bytes += packet.size();
  packets_.push_back(std::move(packet));
}

std::deque<Bytes> StagedPackets::take_all() {
  for (const Bytes& packet : packets_) budget_.bytes -= packet.size();
  return std::exchange(packets_, {});
}

void StagedPackets::drop_all() {
  while (!packets_.empty()) drop_oldest();
}

void StagedPackets::drop_oldest() {
  budget_.bytes -= packets_.front().size();
  ++budget_.dropped;
  packets_.pop_front();
}

}  // namespace smeg::wireguard
