// Packets that wait for a session.
#pragma once

#include <deque>

#include "base/base.h"

namespace smeg::wireguard {

// How many bytes the staged packets of all peers of a device hold together, limits::kStagedBytes at the most, and how
// many packets were dropped.
struct StagingBudget {
  std::size_t bytes = 0;
  std::uint64_t dropped = 0;
};

// A queue for one peer of limits::kStagedPacketsPerPeer; where it or the budget is full, the oldest goes first.
class StagedPackets {
 public:
  explicit StagedPackets(StagingBudget& budget) : budget_(budget) {}
  StagedPackets(const StagedPackets&) = delete;
  StagedPackets& operator=(const StagedPackets&) = delete;
  ~StagedPackets() { drop_all(); }

  void push(Bytes packet);
  std::deque<Bytes> take_all();
  void drop_all();
  bool empty() const { return packets_.empty(); }
  std::size_t size() const { return packets_.size(); }

 private:
  void drop_oldest();

  StagingBudget& budget_;
  std::deque<Bytes> packets_;
};

}  // namespace smeg::wireguard
