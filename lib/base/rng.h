// Chance is injected, in two kinds: Rng for behaviour (jitter, choice of neighbours), KeySource for secrets.
#pragma once

#include <cstdint>
#include <random>

#include "base/bytes.h"
#include "base/time.h"

namespace smeg {

// Behaviour only: nothing secret may come from here.
class Rng {
 public:
  virtual ~Rng() = default;
  virtual std::uint64_t next() = 0;

  // Uniform in [0, bound); bound is at least 1. (Lemire 2019; the bias of below 2^-32 does not matter here.)
  std::uint64_t below(std::uint64_t bound) {
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(next()) * bound) >> 64);
  }
  // Uniform in [0, limit); zero for a limit of zero.
  Duration jitter(Duration limit) {
    return limit <= Duration::zero()
               ? Duration::zero()
               : Duration(static_cast<std::int64_t>(below(static_cast<std::uint64_t>(limit.count()))));
  }
};

// Secrets: keys, seeds, nonces, boot ids. The operating system's in a daemon, a seeded one in the simulator.
class KeySource {
 public:
  virtual ~KeySource() = default;
  virtual void fill(MutableByteView out) = 0;

  template <std::size_t N>
  ByteArray<N> bytes() {
    ByteArray<N> out;
    fill(out);
    return out;
  }
};

class SeededRng final : public Rng {
 public:
  explicit SeededRng(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t next() override { return engine_(); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace smeg
