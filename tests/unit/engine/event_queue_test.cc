#include "engine/event_queue.h"

#include <doctest/doctest.h>
#include <poll.h>

using namespace smeg;
using namespace smeg::engine;
using wireguard::PeerId;

namespace {

bool is_ringing(const EventQueue& queue) {
  pollfd wait{queue.descriptor(), POLLIN, 0};
  return poll(&wait, 1, 0) == 1;
}

std::unique_ptr<EventQueue> make() {
  auto queue = EventQueue::make();
  REQUIRE(queue);
  return std::move(*queue);
}

std::vector<wireguard::WorkerEvent> packets(std::size_t count, std::size_t bytes) {
  return std::vector<wireguard::WorkerEvent>(count, wireguard::PacketWaits{PeerId{1}, Bytes(bytes)});
}

std::vector<wireguard::HandshakeMessage> handshakes(std::size_t first, std::size_t count) {
  std::vector<wireguard::HandshakeMessage> out;
  for (std::size_t i = 0; i < count; ++i) {
    out.push_back({{}, Bytes{static_cast<std::uint8_t>(first + i), static_cast<std::uint8_t>((first + i) >> 8)}});
  }
  return out;
}

}  // namespace

TEST_CASE("what is posted rings, and is taken once, in order") {
  const auto queue = make();
  CHECK_FALSE(is_ringing(*queue));
  queue->post(std::vector<wireguard::WorkerEvent>{});
  queue->post(std::vector<wireguard::HandshakeMessage>{});
  CHECK_FALSE(is_ringing(*queue));
  queue->post({wireguard::RekeyWanted{PeerId{3}}, wireguard::TimersWanted{PeerId{4}}});
  queue->post(SourceRefused{});
  queue->post(InterfaceGone{});
  CHECK(is_ringing(*queue));
  queue->quiet();
  CHECK_FALSE(is_ringing(*queue));
  const auto events = queue->take_events();
  REQUIRE(events.size() == 4);
  CHECK(std::get<wireguard::RekeyWanted>(std::get<wireguard::WorkerEvent>(events[0])).peer == PeerId{3});
  CHECK(std::get<wireguard::TimersWanted>(std::get<wireguard::WorkerEvent>(events[1])).peer == PeerId{4});
  CHECK(std::holds_alternative<SourceRefused>(events[2]));
  CHECK(std::holds_alternative<InterfaceGone>(events[3]));
  CHECK(queue->take_events().empty());
}

TEST_CASE("packets are bounded in bytes, and leave room for other events") {
  const auto queue = make();
  const std::size_t fits = limits::kStagedBytes / 1'024;
  queue->post(packets(fits + 10, 1'024));
  CHECK(queue->dropped() == 10);
  queue->post({wireguard::RekeyWanted{PeerId{1}}});
  CHECK(queue->dropped() == 10);
  CHECK(queue->take_events().size() == fits + 1);
  queue->post(packets(1, 1'024));  // there is room again
  CHECK(queue->dropped() == 10);
}

TEST_CASE("events are bounded in number, but the last word always gets through") {
  const auto queue = make();
  queue->post(std::vector<wireguard::WorkerEvent>(limits::kEngineEvents + 5, wireguard::RekeyWanted{PeerId{1}}));
  CHECK(queue->dropped() == 5);
  queue->post(InterfaceGone{});
  const auto events = queue->take_events();
  REQUIRE(events.size() == limits::kEngineEvents + 1);
  CHECK(std::holds_alternative<InterfaceGone>(events.back()));
}

TEST_CASE("handshake messages come out oldest first, and a flood is cut off") {
  const auto queue = make();
  queue->post(handshakes(0, limits::kEngineHandshakes + 100));
  CHECK(queue->dropped() == 100);
  std::size_t taken = 0;
  for (std::size_t waiting = 1; waiting > 0;) {
    for (const auto& message : queue->take_handshakes(48, waiting)) {
      REQUIRE(message.bytes == handshakes(taken, 1).front().bytes);
      ++taken;
    }
    CHECK(waiting == limits::kEngineHandshakes - taken);
  }
  CHECK(taken == limits::kEngineHandshakes);
  std::size_t waiting = 7;
  CHECK(queue->take_handshakes(48, waiting).empty());
  CHECK(waiting == 0);
}
