#include "wire/frame.h"

#include <algorithm>

namespace smeg::wire {

Bytes frame(ByteView message) {
  Bytes out(kFrameHeaderBytes + message.size());
  store_be(out.data(), static_cast<std::uint32_t>(message.size()));
  std::copy(message.begin(), message.end(), out.begin() + kFrameHeaderBytes);
  return out;
}

void Deframer::feed(ByteView bytes) {
  // What was handed out goes first, or a stream that never pauses between two frames would grow without end.
  if (read_ == buffer_.size()) {
    buffer_ = Bytes();
  } else {
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(read_));
  }
  read_ = 0;
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

Result<std::optional<Bytes>> Deframer::next() {
  const ByteView rest = ByteView(buffer_).subspan(read_);
  if (rest.size() < kFrameHeaderBytes) return std::nullopt;
  const auto length = load_be<std::uint32_t>(rest.data());
  if (length == 0) return fail(Code::malformed, "an empty frame");
  if (length > limits::kFrameBytes) return fail(Code::too_large, "a frame of " + std::to_string(length) + " bytes");
  if (rest.size() < kFrameHeaderBytes + length) return std::nullopt;
  read_ += kFrameHeaderBytes + length;
  return to_bytes(rest.subspan(kFrameHeaderBytes, length));
}

}  // namespace smeg::wire
