// What happened, as a hash: two runs of one seed must have the same.
#pragma once

#include <deque>
#include <string>

#include "crypto/crypto.h"

namespace smeg::sim {

// Keeps a hash over all lines and the last few of them, for whoever looks into a failure.
class Trace {
 public:
  static constexpr std::size_t kKept = 400;

  void add(Instant at, std::string_view host, std::string_view what) {
    std::string line =
        std::to_string(at.time_since_epoch().count()) + " " + std::string(host) + " " + std::string(what);
    hash_ = crypto::hash<32>("smegmesh simulation trace 1", {hash_, as_bytes(line)});
    last_.push_back(std::move(line));
    if (last_.size() > kKept) last_.pop_front();
    ++lines_;
  }
  const ByteArray<32>& hash() const { return hash_; }
  std::uint64_t lines() const { return lines_; }
  const std::deque<std::string>& last() const { return last_; }

 private:
  ByteArray<32> hash_{};
  std::uint64_t lines_ = 0;
  std::deque<std::string> last_;
};

}  // namespace smeg::sim
