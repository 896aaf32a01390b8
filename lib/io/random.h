// Secrets and chance from the operating system.
#pragma once

#include "base/base.h"

namespace smeg::io {

// Secret bytes from getrandom(2). Any thread. Waits while the kernel's pool is not yet seeded (early at boot only);
// ends the process where the kernel has no randomness at all, for there is no safe way on.
class OsKeySource final : public KeySource {
 public:
  void fill(MutableByteView out) override;
};

// Chance for behaviour, seeded from the operating system: no two hosts draw alike. Not for several threads.
class OsRng final : public Rng {
 public:
  OsRng();
  std::uint64_t next() override { return rng_.next(); }

 private:
  SeededRng rng_;
};

}  // namespace smeg::io
