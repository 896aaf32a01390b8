#include "addr/host.h"

#include <doctest/doctest.h>

using namespace smeg;
using namespace smeg::addr;

TEST_CASE("places to dial as people write them") {
  const auto same = [](std::string_view text) { CHECK(HostPort::parse(text)->to_string() == text); };
  same("gate");
  same("gate.example.org:443");
  same("192.0.2.1");
  same("192.0.2.1:443");
  same("2001:db8::1");
  same("[2001:db8::1]:443");
  CHECK(HostPort::parse("[2001:db8::1]")->to_string() == "2001:db8::1");
  CHECK(HostPort::parse("Gate.Example.Org.")->name == "gate.example.org");
  CHECK(HostPort::parse("gate:1")->port == 1);
  CHECK(HostPort::parse("gate")->port == std::nullopt);
  CHECK(HostPort::parse("[::1]:65535")->host() == "::1");
  CHECK(HostPort::of(*Endpoint::parse("192.0.2.1:5")).to_string() == "192.0.2.1:5");
}

TEST_CASE("what is neither a name nor an address") {
  for (const std::string_view text :
       {"",     ".",       ":",      ":80",    "a b",   "a:",        "a:0",   "a:65536",
        "a:b",  "a..b",    ".a",     "-a",     "1.2.3", "256.0.0.1", "10",    "[192.0.2.1]:80",
        "[::1", "::1]",    "[::1]x", "[::1]:", "[]",    "[gate]:80", "1:2:3", "::1%eth0",
        "a/b",  "\xc3\xa4"}) {
    CAPTURE(text);
    CHECK(!HostPort::parse(text));
  }
  CHECK(!HostPort::parse(std::string(254, 'a')));
  CHECK(HostPort::parse(std::string(253, 'a')).has_value());
}
