// Framing of messages on a session: four bytes of length, big-endian, then that many bytes of protobuf.
#pragma once

#include <optional>

#include "base/base.h"

namespace smeg::wire {

inline constexpr std::size_t kFrameHeaderBytes = 4;

// The frame around a message; the message is at most limits::kFrameBytes long.
Bytes frame(ByteView message);

// Cuts a stream into messages. Holds at most one unfinished frame.
class Deframer {
 public:
  // Takes the next bytes of the stream.
  void feed(ByteView bytes);
  // The next whole message; nothing while one is unfinished; too_large or malformed (empty) ends the stream for good.
  Result<std::optional<Bytes>> next();

 private:
  Bytes buffer_;
  std::size_t read_ = 0;
};

}  // namespace smeg::wire
