#include "engine/worker.h"

#include <doctest/doctest.h>
#include <unistd.h>

using namespace smeg;
using namespace smeg::engine;

TEST_CASE("a path keeps its meaning between the protocol and the sockets") {
  wireguard::Path path{*addr::Endpoint::parse("192.0.2.1:51820"), {}, 0};
  CHECK_FALSE(to_udp_path(path).local);
  CHECK(to_path(to_udp_path(path)) == path);
  path.source = *addr::IpAddress::parse("192.0.2.9");
  path.interface = 4;
  CHECK(to_udp_path(path).local == path.source);
  CHECK(to_path(to_udp_path(path)) == path);
  path.remote = *addr::Endpoint::parse("[fe80::1]:1");
  path.source = *addr::IpAddress::parse("fe80::2");
  CHECK(to_path(to_udp_path(path)) == path);
}

TEST_CASE("a thread runs to its end before it goes") {
  bool ran = false;
  {
    const auto thread = Thread::start("smeg-test", [&] { ran = true; });
    REQUIRE(thread);
  }
  CHECK(ran);
}

TEST_CASE("a new underlay and the order to stop ring their bells") {
  Exchange exchange(std::move(*EventQueue::make()), std::move(*Wake::make()), std::move(*Wake::make()), Underlay{});
  exchange.set_underlay({.sockets = nullptr, .mtu = 1'300, .up = false});
  CHECK(exchange.underlay.get()->mtu == 1'300);
  std::uint64_t count = 0;
  CHECK(read(exchange.underlay_changed.descriptor(), &count, sizeof(count)) == sizeof(count));
  CHECK_FALSE(exchange.stopping.load());
  exchange.stop_workers();
  CHECK(exchange.stopping.load());
  CHECK(read(exchange.stop.descriptor(), &count, sizeof(count)) == sizeof(count));
}
