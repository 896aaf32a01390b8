// What the tests of this module share.
#pragma once

#include <chrono>

#include "wireguard/wireguard.h"

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

inline constexpr Instant kStart{1'000'000s};

inline addr::IpAddress ip(std::string_view text) { return *addr::IpAddress::parse(text); }
inline addr::Endpoint endpoint(std::string_view text) { return *addr::Endpoint::parse(text); }
inline addr::Prefix prefix(std::string_view text) { return *addr::Prefix::parse(text); }

}  // namespace smeg::testing
