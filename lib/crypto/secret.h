// Bytes that must not leak: wiped when they go, compared in constant time, impossible to print.
#pragma once

#include "base/base.h"

namespace smeg::crypto {

// Overwrites memory in a way that the compiler may not drop.
void wipe(MutableByteView bytes);
// Constant time for equal lengths; false for different ones.
bool equal_constant_time(ByteView a, ByteView b);

template <std::size_t N>
class Secret {
 public:
  Secret() = default;
  explicit Secret(const ByteArray<N>& bytes) : bytes_(bytes) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  ~Secret() { wipe(bytes_); }

  static Secret random(KeySource& source) {
    Secret secret;
    source.fill(secret.bytes_);
    return secret;
  }
  // Empty where the length is not N.
  static Result<Secret> from(ByteView bytes) {
    if (bytes.size() != N) return fail(Code::malformed, "a key of the wrong length");
    Secret secret;
    std::copy(bytes.begin(), bytes.end(), secret.bytes_.begin());
    return secret;
  }

  // The one way to the bytes; the name makes every use easy to find.
  const ByteArray<N>& expose() const { return bytes_; }
  MutableByteView mutable_bytes() { return bytes_; }
  bool is_zero() const { return equal_constant_time(bytes_, ByteArray<N>{}); }

  friend bool operator==(const Secret& a, const Secret& b) { return equal_constant_time(a.bytes_, b.bytes_); }

 private:
  ByteArray<N> bytes_{};
};

}  // namespace smeg::crypto
