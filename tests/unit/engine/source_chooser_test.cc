#include "engine/source_chooser.h"

#include <doctest/doctest.h>
#include <net/if.h>

using namespace smeg;
using namespace smeg::engine;

namespace {

// On the loopback interface, whose routes are the same everywhere.
struct Chooser {
  Chooser() : sources(std::move(*io::Routes::open())) {
    auto opened = io::UdpSockets::open(0, 0);
    REQUIRE(opened);
    underlay.sockets = std::make_shared<const io::UdpSockets>(std::move(*opened));
  }
  std::optional<addr::IpAddress> source_of(std::string_view remote, std::string_view source, std::uint32_t interface) {
    const wireguard::Path path{*addr::Endpoint::parse(remote), *addr::IpAddress::parse(source), interface};
    const io::UdpPath chosen = sources.choose(path, underlay, generation);
    CHECK(chosen.remote == path.remote);
    return chosen.local;
  }

  SourceChooser sources;
  Underlay underlay;
  std::uint64_t generation = 0;
  const std::uint32_t lo = if_nametoindex("lo");
};

}  // namespace

TEST_CASE("a source stays where the way from it leads over the interface that it was asked on") {
  Chooser chooser;
  const auto local = *addr::IpAddress::parse("127.0.0.1");
  for (int round = 0; round < 2; ++round) {
    CHECK(chooser.source_of("127.0.0.2:5000", "127.0.0.1", chooser.lo) == local);
    CHECK_FALSE(chooser.source_of("127.0.0.2:5000", "127.0.0.1", chooser.lo + 1'000));  // it came in elsewhere
    CHECK_FALSE(chooser.source_of("127.0.0.2:5000", "203.0.113.77", chooser.lo));       // not this host's
    CHECK_FALSE(chooser.source_of("127.0.0.2:5000", "::", 0));                          // none was asked
    ++chooser.generation;
  }
}

TEST_CASE("a link-local source is bound to its interface, and stays") {
  Chooser chooser;
  CHECK(chooser.source_of("[fe80::1]:5000", "fe80::2", chooser.lo + 1'000) == *addr::IpAddress::parse("fe80::2"));
}

TEST_CASE("any number of paths may come by") {
  Chooser chooser;
  for (unsigned port = 1; port <= 20'000; ++port) {
    CHECK(chooser.source_of("127.0.0.2:" + std::to_string(port), "127.0.0.1", chooser.lo).has_value());
  }
}
