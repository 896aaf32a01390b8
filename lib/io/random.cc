#include "io/random.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>

namespace smeg::io {
namespace {

std::uint64_t fresh_seed() {
  OsKeySource source;
  return load_le<std::uint64_t>(source.bytes<8>().data());
}

}  // namespace

void OsKeySource::fill(MutableByteView out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) std::abort();
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

OsRng::OsRng() : rng_(fresh_seed()) {}

}  // namespace smeg::io
