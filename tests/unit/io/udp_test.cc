#include "io/io.h"

#include <doctest/doctest.h>
#include <poll.h>

#include <algorithm>

using namespace smeg;
using namespace smeg::io;

namespace {

addr::Endpoint loopback(Family family, std::uint16_t port) {
  const char* address = family == Family::v4 ? "127.0.0.1" : "::1";
  return {*addr::IpAddress::parse(address), port};
}

UdpSockets open_any() {
  auto sockets = UdpSockets::open(0, 0);
  REQUIRE(sockets);
  return std::move(*sockets);
}

void wait_readable(const UdpSockets& sockets, Family family) {
  pollfd wait{sockets.descriptor(family), POLLIN, 0};
  REQUIRE(poll(&wait, 1, 10'000) == 1);
}

// Datagrams until there are as many as expected: the kernel may hand them over in several pieces.
std::vector<Bytes> receive(const UdpSockets& sockets, Family family, std::size_t count) {
  UdpReceiveBatch batch(8);
  std::vector<Bytes> all;
  while (all.size() < count) {
    wait_readable(sockets, family);
    for (const auto& datagram : batch.receive(sockets, family)) all.push_back(to_bytes(datagram.bytes));
  }
  return all;
}

std::vector<MutableByteView> views(std::vector<Bytes>& datagrams) { return {datagrams.begin(), datagrams.end()}; }

}  // namespace

TEST_CASE("both families share a port, and a taken port is refused with a hint") {
  const UdpSockets first = open_any();
  CHECK(first.port() != 0);
  CHECK(first.descriptor(Family::v4) >= 0);
  const auto second = UdpSockets::open(first.port(), 0);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Code::exists);
  CHECK(second.error().message.find(std::to_string(first.port())) != std::string::npos);
  CHECK_FALSE(second.error().hint.empty());
}

TEST_CASE("a datagram arrives with its path and traffic class, and the answer leaves from the address it came to") {
  const UdpSockets here = open_any();
  const UdpSockets there = open_any();
  for (const Family family : {Family::v4, Family::v6}) {
    if (here.descriptor(family) < 0) continue;
    CAPTURE(static_cast<int>(family));
    const Bytes text = to_bytes(std::string_view("over"));
    REQUIRE(here.send(text, {loopback(family, there.port()), {}, 0}, 0x89) == Sent::done);
    wait_readable(there, family);
    UdpReceiveBatch batch(4);
    const auto received = batch.receive(there, family);
    REQUIRE(received.size() == 1);
    CHECK(to_bytes(received[0].bytes) == text);
    const UdpArrival arrival = batch.arrival(received[0].arrival);
    CHECK(arrival.path.remote == loopback(family, here.port()));
    CHECK(arrival.path.local == loopback(family, 0).address);
    CHECK(arrival.path.interface != 0);
    CHECK(arrival.traffic_class == 0x89);
    CHECK(there.send(text, arrival.path, 0) == Sent::done);
    CHECK(receive(here, family, 1).front() == text);
    CHECK(batch.receive(there, family).empty());
  }
}

TEST_CASE("a local address that this host doesn't have is given up, and the datagram goes all the same") {
  const UdpSockets here = open_any();
  const UdpSockets there = open_any();
  const addr::IpAddress foreign = *addr::IpAddress::parse("192.0.2.77");
  const UdpPath path{loopback(Family::v4, there.port()), foreign, 0};
  const Bytes text = to_bytes(std::string_view("over"));
  CHECK(here.send(text, path, 0) == Sent::without_local);
  std::vector<Bytes> datagrams(3, text);
  const auto pieces = views(datagrams);
  UdpSendBatch batch;
  batch.add({path, 0, pieces});
  const auto outcome = batch.flush(here, 1'000);
  CHECK(outcome.sent == 3);
  CHECK(outcome.failed == 0);
  CHECK(outcome.without_local == path);
  CHECK(receive(there, Family::v4, 4) == std::vector<Bytes>(4, text));
}

TEST_CASE("a local address of the other family is left out") {
  const UdpSockets here = open_any();
  const UdpSockets there = open_any();
  const Bytes text = to_bytes(std::string_view("over"));
  CHECK(here.send(text, {loopback(Family::v4, there.port()), *addr::IpAddress::parse("::1"), 0}, 0) == Sent::done);
  CHECK(receive(there, Family::v4, 1).front() == text);
}

TEST_CASE("groups of any size arrive whole and in order, in both families at once") {
  const UdpSockets here = open_any();
  const UdpSockets there = open_any();
  SeededRng rng(7);
  UdpSendBatch batch;
  for (const std::size_t count : {1u, 2u, 17u, 44u}) {
    for (const std::size_t size : {1u, 100u, 1'452u}) {
      CAPTURE(count);
      CAPTURE(size);
      std::vector<Bytes> datagrams(count, Bytes(size));
      for (auto& datagram : datagrams)
        std::ranges::generate(datagram, [&] { return static_cast<std::uint8_t>(rng.next()); });
      datagrams.back().resize(1 + rng.below(size));
      const auto pieces = views(datagrams);
      std::vector<Family> families;
      for (const Family family : {Family::v4, Family::v6}) {
        if (here.descriptor(family) >= 0) families.push_back(family);
      }
      for (const Family family : families) batch.add({{loopback(family, there.port()), {}, 0}, 2, pieces});
      const auto outcome = batch.flush(here, 1'000);
      CHECK(outcome.sent == count * families.size());
      CHECK_FALSE(outcome.without_local);
      for (const Family family : families) CHECK(receive(there, family, count) == datagrams);
    }
  }
}

TEST_CASE("what can't be sent is counted and holds up nothing else") {
  const UdpSockets here = open_any();
  const UdpSockets there = open_any();
  std::vector<Bytes> datagrams(2, Bytes(10, 1));
  const auto pieces = views(datagrams);
  UdpSendBatch batch;
  batch.add({{loopback(Family::v4, 0), {}, 0}, 0, pieces});  // port 0: refused by the kernel
  batch.add({{loopback(Family::v4, there.port()), {}, 0}, 0, pieces});
  const auto outcome = batch.flush(here, 1'000);
  CHECK(outcome.sent == 2);
  CHECK(outcome.failed == 2);
  CHECK(receive(there, Family::v4, 2) == datagrams);
}
