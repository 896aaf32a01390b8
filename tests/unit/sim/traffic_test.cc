#include "sim/traffic.h"

#include <doctest/doctest.h>

namespace smeg::sim {
namespace {

using std::chrono::milliseconds;

TEST_CASE("a message costs its headers, its records and its packets") {
  CHECK(cost::stream_bytes(10) == 10 + 4 + 22);
  CHECK(cost::wire_bytes(10) == 10 + 4 + 22 + 72);
  CHECK(cost::packets(1'402) == 1);
  CHECK(cost::packets(1'403) == 2);
  CHECK(cost::stream_bytes(16'380) == 16'380 + 4 + 22);
  CHECK(cost::stream_bytes(16'381) == 16'381 + 4 + 44);
}

TEST_CASE("every second packet is acknowledged at once, a lone one after 40 ms of silence") {
  DelayedAck ack;
  Instant now{std::chrono::seconds(1)};
  CHECK(ack.on_received(1, now) == 0);
  CHECK(ack.on_received(1, now + milliseconds(10)) == 1);
  CHECK(ack.on_received(5, now + milliseconds(20)) == 2);
  CHECK(ack.on_silence(now + milliseconds(59)) == 0);
  CHECK(ack.on_silence(now + milliseconds(60)) == 1);
  CHECK(ack.on_silence(now + milliseconds(200)) == 0);
}

TEST_CASE("what is sent within 40 ms carries the acknowledgement") {
  DelayedAck ack;
  Instant now{std::chrono::seconds(1)};
  CHECK(ack.on_received(1, now) == 0);
  CHECK(ack.on_sent(now + milliseconds(39)) == 0);
  CHECK(ack.on_silence(now + milliseconds(100)) == 0);
  CHECK(ack.on_received(1, now + milliseconds(200)) == 0);
  CHECK(ack.on_sent(now + milliseconds(300)) == 1);
}

}  // namespace
}  // namespace smeg::sim
