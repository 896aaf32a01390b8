// A stream of frames, fed in pieces whose sizes the input chooses: the same messages come out however it is cut.
#include <cstdlib>

#include "wire/wire.h"

namespace {

std::vector<smeg::Bytes> messages(smeg::ByteView stream, std::size_t piece) {
  std::vector<smeg::Bytes> out;
  smeg::wire::Deframer deframer;
  while (!stream.empty()) {
    const auto part = stream.first(std::min(piece, stream.size()));
    stream = stream.subspan(part.size());
    deframer.feed(part);
    for (;;) {
      auto message = deframer.next();
      if (!message) return out;
      if (!*message) break;
      if ((*message)->empty() || (*message)->size() > smeg::limits::kFrameBytes) std::abort();
      out.push_back(std::move(**message));
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const smeg::ByteView stream(data + 1, size - 1);
  if (messages(stream, 1u + data[0]) != messages(stream, size)) std::abort();
  return 0;
}
