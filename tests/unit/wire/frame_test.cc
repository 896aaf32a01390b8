#include "wire/frame.h"

#include <doctest/doctest.h>

#include <random>

namespace smeg::wire {
namespace {

std::optional<Bytes> next_of(Deframer& deframer) {
  auto next = deframer.next();
  REQUIRE(next);
  return *std::move(next);
}

}  // namespace

TEST_CASE("a frame is a big-endian length and the message") {
  CHECK(frame(as_bytes("abc")) == Bytes{0, 0, 0, 3, 'a', 'b', 'c'});
}

TEST_CASE("nothing comes out before a message is whole") {
  Deframer deframer;
  const Bytes whole = frame(as_bytes("abc"));
  for (const std::uint8_t byte : whole) {
    CHECK_FALSE(next_of(deframer));
    deframer.feed({&byte, 1});
  }
  CHECK(next_of(deframer) == to_bytes("abc"));
  CHECK_FALSE(next_of(deframer));
}

TEST_CASE("messages come out as they went in, however the stream is cut") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    std::vector<Bytes> sent;
    Bytes stream;
    for (int i = 0; i < 20; ++i) {
      sent.emplace_back(1 + random() % 300, static_cast<std::uint8_t>(i));
      const Bytes framed = frame(sent.back());
      stream.insert(stream.end(), framed.begin(), framed.end());
    }
    Deframer deframer;
    std::vector<Bytes> received;
    for (std::size_t at = 0; at < stream.size();) {
      const std::size_t size = std::min<std::size_t>(random() % 500, stream.size() - at);
      deframer.feed(ByteView(stream).subspan(at, size));
      at += size;
      while (auto message = next_of(deframer)) received.push_back(*std::move(message));
    }
    CHECK(received == sent);
  }
}

TEST_CASE("the largest message passes, a larger one and an empty one end the stream for good") {
  Deframer deframer;
  deframer.feed(frame(Bytes(limits::kFrameBytes, 7)));
  CHECK(next_of(deframer) == Bytes(limits::kFrameBytes, 7));

  Bytes larger(kFrameHeaderBytes);
  store_be(larger.data(), static_cast<std::uint32_t>(limits::kFrameBytes + 1));
  deframer.feed(larger);
  for (int i = 0; i < 2; ++i) {
    const auto refused = deframer.next();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::too_large);
    deframer.feed(frame(as_bytes("later")));
  }

  Deframer other;
  other.feed(Bytes(kFrameHeaderBytes));
  CHECK(other.next().error().code == Code::malformed);
}

}  // namespace smeg::wire
