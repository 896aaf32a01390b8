#include "io/resolve.h"

#include <doctest/doctest.h>

namespace smeg::io {
namespace {

std::vector<addr::Endpoint> endpoints(std::initializer_list<const char*> texts) {
  std::vector<addr::Endpoint> out;
  for (const char* text : texts) out.push_back(addr::Endpoint::parse(text).value());
  return out;
}

TEST_CASE("families alternate, each in its own order, the first one first") {
  CHECK(mix_families(endpoints({"[2001:db8::1]:1", "[2001:db8::2]:1", "192.0.2.1:1", "192.0.2.2:1"})) ==
        endpoints({"[2001:db8::1]:1", "192.0.2.1:1", "[2001:db8::2]:1", "192.0.2.2:1"}));
  CHECK(mix_families(endpoints({"192.0.2.1:1", "192.0.2.2:1", "192.0.2.3:1", "[2001:db8::1]:1"})) ==
        endpoints({"192.0.2.1:1", "[2001:db8::1]:1", "192.0.2.2:1", "192.0.2.3:1"}));
  CHECK(mix_families(endpoints({"192.0.2.1:1", "[2001:db8::1]:1", "[2001:db8::2]:1", "[2001:db8::3]:1"})) ==
        endpoints({"192.0.2.1:1", "[2001:db8::1]:1", "[2001:db8::2]:1", "[2001:db8::3]:1"}));
  CHECK(mix_families({}).empty());
}

TEST_CASE("doubles and addresses that nobody answers at are left out") {
  auto list =
      endpoints({"192.0.2.1:1", "192.0.2.1:1", "192.0.2.1:2", "0.0.0.0:1", "[::]:1", "224.0.0.1:1", "[ff02::1]:1"});
  list.push_back({addr::IpAddress::parse("192.0.2.9").value(), 0});
  CHECK(mix_families(list) == endpoints({"192.0.2.1:1", "192.0.2.1:2"}));
}

TEST_CASE("mixing what is mixed changes nothing") {
  const auto once = mix_families(endpoints({"[2001:db8::1]:1", "192.0.2.1:1", "192.0.2.2:1", "192.0.2.3:1"}));
  CHECK(mix_families(once) == once);
}

}  // namespace
}  // namespace smeg::io
