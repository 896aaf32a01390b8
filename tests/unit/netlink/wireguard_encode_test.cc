// Changes of devices to the byte, and as a kernel understands them, whatever their size.
#include <doctest/doctest.h>

#include "netlink/codec.h"
#include "unit/netlink/naive_kernel.h"

namespace smeg::netlink {
namespace {

using namespace wireguard;

constexpr FamilyId kFamily{0x1c};
constexpr LinkIndex kLink{5};

std::vector<Bytes> requests_of(const DeviceConfig& config) {
  DeviceRequests requests(kFamily, kLink, config);
  std::vector<Bytes> all;
  while (auto request = requests.next()) all.push_back(std::move(*request));
  return all;
}

std::string hex(const Bytes& bytes) { return crypto::to_hex(bytes); }

PeerConfig sample_peer() {
  PeerConfig peer;
  peer.public_key.bytes.fill(0x11);
  peer.endpoint = addr::Endpoint::parse("192.0.2.1:51820").value();
  peer.persistent_keepalive = std::chrono::seconds(25);
  peer.replace_allowed_ips = true;
  peer.allowed_ips = {{addr::Prefix::parse("fd00::2/128").value(), false}};
  return peer;
}

}  // namespace

// length type flags sequence port | command version | attributes
TEST_CASE("requests, byte by byte") {
  CHECK(hex(get_wireguard_family()) ==
        "24000000100001000000000000000000"
        "03010000"
        "0e000200776972656775617264000000");
  CHECK(hex(get_device(kFamily, kLink)) ==
        "1c0000001c0001030000000000000000"
        "00010000"
        "0800010005000000");
  DeviceConfig config;
  config.listen_port = 51'820;
  config.fwmark = 7;
  config.peers = {sample_peer()};
  const auto requests = requests_of(config);
  REQUIRE(requests.size() == 1);
  CHECK(hex(requests[0]) ==
        "a80000001c0005000000000000000000"
        "01010000"
        "0800010005000000"
        "060006006cca0000"
        "0800070007000000"
        "7c000880"
        "78000080"
        "240001001111111111111111111111111111111111111111111111111111111111111111"
        "0800030002000000"
        "140004000200ca6cc00002010000000000000000"
        "0600050019000000"
        "2c000980"
        "28000080"
        "060001000a000000"
        "14000200fd000000000000000000000000000002"
        "0500030080000000");
}

TEST_CASE("a change without anything is one request, and does nothing") {
  const auto requests = requests_of({});
  REQUIRE(requests.size() == 1);
  test::NaiveKernel kernel;
  kernel.set(requests[0]);
  CHECK(kernel.device == DeviceStatus{});
}

TEST_CASE("whatever the size of a change, the kernel ends up with the same device") {
  struct Size {
    std::size_t peers, allowed_ips_each;
  };
  for (const Size size : {Size{0, 0}, Size{3, 4}, Size{400, 2}, Size{2, 3'000}, Size{40, 300}}) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      CAPTURE(size.peers);
      CAPTURE(size.allowed_ips_each);
      CAPTURE(seed);  // run again: with this one alone
      SeededRng rng(seed);
      test::NaiveKernel kernel;
      kernel.device = test::random_device(rng, 5, 5);
      const DeviceConfig config = test::random_change(rng, kernel.device, size.peers, size.allowed_ips_each);
      DeviceStatus expected = kernel.device;
      test::change(expected, config);
      for (const Bytes& request : requests_of(config)) {
        CHECK(request.size() <= kDeviceRequestBytes);
        kernel.set(request);
      }
      CHECK(kernel.device == expected);
    }
  }
}

TEST_CASE("a change is cut where it has to be, and only there") {
  DeviceConfig config;
  config.replace_peers = true;
  config.private_key.emplace();
  config.peers = {sample_peer()};
  SeededRng rng(1);
  while (requests_of(config).size() == 1) {
    ByteArray<16> bytes;
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(rng.next());
    config.peers[0].allowed_ips.push_back({addr::Prefix::host(addr::IpAddress::v6(bytes)), false});
  }
  const auto requests = requests_of(config);
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].size() > kDeviceRequestBytes - 128);
  // The second goes on with the peer: no key of the device, nothing that replaces, no endpoint; and it makes no new
  // peer.
  CHECK(hex(requests[1]).substr(40) ==
        "0800010005000000"
        "60000880"
        "5c000080"
        "240001001111111111111111111111111111111111111111111111111111111111111111"
        "0800030004000000"
        "2c000980"
        "28000080"
        "060001000a000000"
        "14000200" +
            crypto::to_hex(config.peers[0].allowed_ips.back().prefix.address().view()) + "0500030080000000");
}

TEST_CASE("a peer that is removed carries nothing else") {
  DeviceConfig config;
  config.peers = {sample_peer()};
  config.peers[0].remove = true;
  CHECK(hex(requests_of(config).at(0)).substr(40) ==
        "0800010005000000"
        "34000880"
        "30000080"
        "240001001111111111111111111111111111111111111111111111111111111111111111"
        "0800030001000000");
}

}  // namespace smeg::netlink
