#include "crypto/secret.h"

#include <sodium.h>

namespace smeg::crypto {
namespace {

// Chooses the implementations that suit the processor, before anything of this library runs.
[[maybe_unused]] const int kInitialised = sodium_init();

}  // namespace

void wipe(MutableByteView bytes) { sodium_memzero(bytes.data(), bytes.size()); }

bool equal_constant_time(ByteView a, ByteView b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace smeg::crypto
