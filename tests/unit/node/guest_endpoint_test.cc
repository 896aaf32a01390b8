#include "node/guest_endpoint.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace smeg::node {
namespace {

mesh::MemberEndpoint at(std::string_view host, std::uint32_t priority, std::uint16_t port = 51'820) {
  const auto parsed = addr::HostPort::parse(host).value();
  mesh::MemberEndpoint out;
  if (parsed.address) {
    out.host = *parsed.address;
  } else {
    out.host = parsed.name;
  }
  out.port = port;
  out.control_port = 21'910;
  out.priority = priority;
  return out;
}

// Whatever their order.
std::string best(std::vector<mesh::MemberEndpoint> endpoints) {
  const auto forwards = best_for_guests(endpoints);
  std::ranges::reverse(endpoints);
  CHECK(best_for_guests(endpoints) == forwards);
  return forwards ? forwards->to_string() : "";
}

TEST_CASE("what the operator said is what guests are told") {
  CHECK(best({at("10.0.0.1", 20), at("vpn.example.net", 0), at("192.0.2.1", 10)}) == "vpn.example.net:51820");
  CHECK(best({at("10.0.0.1", 0), at("192.0.2.1", 10)}) == "10.0.0.1:51820");
}

TEST_CASE("else a public address, and one of IPv4") {
  CHECK(best({at("192.0.2.1", 20), at("192.0.2.2", 10)}) == "192.0.2.2:51820");
  CHECK(best({at("2001:db8::1", 20), at("192.0.2.1", 20)}) == "192.0.2.1:51820");
  for (const std::string_view inside : {"10.1.2.3", "172.31.0.1", "192.168.1.1", "100.127.0.1", "fd00::1", "fc00::1"})
    CHECK(best({at(inside, 20), at("2001:db8::1", 20)}) == "[2001:db8::1]:51820");
  for (const std::string_view outside : {"11.0.0.1", "172.32.0.1", "192.169.0.1", "100.128.0.1"})
    CHECK(best({at("10.0.0.1", 20), at(outside, 20)}) == std::string(outside) + ":51820");
}

TEST_CASE("an endpoint without a tunnel is none") {
  CHECK(best({}) == "");
  CHECK(best({at("192.0.2.1", 0, 0)}) == "");
  CHECK(best({at("192.0.2.1", 0, 0), at("10.0.0.1", 20)}) == "10.0.0.1:51820");
}

}  // namespace
}  // namespace smeg::node
