// What the kernel tells of WireGuard devices, whole and in parts, and what must be refused.
#include <doctest/doctest.h>

#include <algorithm>

#include "netlink/codec.h"
#include "unit/netlink/naive_kernel.h"

namespace smeg::netlink {
namespace {

using namespace wireguard;

Result<DeviceStatus> put_together(const std::vector<Bytes>& datagrams) {
  DeviceParts parts;
  for (const Bytes& datagram : datagrams) {
    auto messages = decode_generic(datagram);
    if (!messages) return fail(messages.error());
    for (Message& message : *messages) {
      auto* device = std::get_if<DeviceMessage>(&message.body);
      if (!device) continue;
      if (auto added = parts.add(std::move(device->part)); !added) return fail(added.error());
    }
  }
  return parts.take();
}

// As a Linux 6.1 sent them.
constexpr std::string_view kFamily =
    "7000000010000000010000000b00b793010200000e0002007769726567756172640000000600010020000000080003000100000008000400"
    "0000000008000500080000002c000600140001000800010000000000080002001c000000140002000800010001000000080002001a000000";
constexpr std::string_view kDevice =
    "1c02000020000200060000005e00000000010000060006006cca0000080007000000000008000100030000000a000200736d656730000000"
    "240003004848484848484848484848484848484848484848484848484848484848484848240004009177b23278cbf0f3d17c36f2acc9b55e"
    "9c85f87b220a5386ec370d663e20e3379c010880e400008024000100a4e09292b651c278b9772c569f5fa9bb13d906b46ab68c9df9dc2b44"
    "09f8a20924000200484848484848484848484848484848484848484848484848484848484848484814000600000000000000000000000000"
    "0000000006000500190000000c00080000000000000000000c000700000000000000000008000a00010000001400040002000007c6336401"
    "000000000000000048000980280000800500030080000000060001000a00000014000200fd0000000000000000000000000000021c000080"
    "05000300100000000600010002000000080002000a010000b400008024000100ce8d3ad1ccb633ec7b70c17814a5c76ecd029685050d3447"
    "45ba05870e587d59240002000000000000000000000000000000000000000000000000000000000000000000140006000000000000000000"
    "000000000000000006000500000000000c00080000000000000000000c000700000000000000000008000a00010000002c00098028000080"
    "0500030080000000060001000a00000014000200fd0000000000000000000000000000031400000003000200060000005e00000000000000";

}  // namespace

TEST_CASE("the family of messages of the kernel's WireGuard") {
  const auto messages = decode_generic(crypto::from_hex(kFamily).value());
  REQUIRE(messages);
  CHECK(messages->at(0).body == decltype(Message::body){FamilyMessage{FamilyId{0x20}, "wireguard"}});
}

TEST_CASE("a device with two peers") {
  const auto device = put_together({crypto::from_hex(kDevice).value()});
  REQUIRE(device);
  ByteArray<32> key;
  key.fill(0x48);
  CHECK(device->private_key == crypto::WgPrivateKey(key));
  CHECK(device->listen_port == 51'820);
  CHECK(device->fwmark == 0);
  REQUIRE(device->peers.size() == 2);
  const PeerStatus& first = device->peers[0];
  CHECK(crypto::to_base64(first.public_key.bytes) == "pOCSkrZRwni5dyxWn1+puxPZBrRqtoyd+dwrRAn4ogk=");
  CHECK(first.preshared_key == crypto::PresharedKey(key));
  CHECK(first.endpoint->to_string() == "198.51.100.1:7");
  CHECK(first.persistent_keepalive == std::chrono::seconds(25));
  CHECK(first.last_handshake == HandshakeTime(0));
  CHECK(first.allowed_ips ==
        std::vector{addr::Prefix::parse("fd00::2/128").value(), addr::Prefix::parse("10.1.0.0/16").value()});
  CHECK(device->peers[1].preshared_key.is_zero());
  CHECK(!device->peers[1].endpoint);
}

TEST_CASE("however a device is cut, its parts make the same whole") {
  for (const std::size_t per_message : {1UL, 2UL, 7UL, 1'000UL}) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
      CAPTURE(per_message);
      CAPTURE(seed);  // run again: with this one alone
      SeededRng rng(seed);
      test::NaiveKernel kernel;
      kernel.device = test::random_device(rng, rng.below(8), 12);
      const auto whole = put_together(kernel.dump(per_message));
      REQUIRE(whole);
      CHECK(*whole == kernel.device);
    }
  }
}

TEST_CASE("a device that was put together leaves nothing for the next") {
  SeededRng rng(3);
  DeviceParts parts;
  const DeviceStatus first = test::random_device(rng, 2, 2);
  const DeviceStatus second = test::random_device(rng, 2, 2);
  REQUIRE(parts.add(first));
  CHECK(parts.take() == first);
  REQUIRE(parts.add(second));
  CHECK(parts.take() == second);
}

TEST_CASE("more peers or allowed-ips than a device of ours can have are refused") {
  DeviceParts parts;
  DeviceStatus part;
  SUBCASE("peers") {
    part.peers.resize(limits::kWireguardPeers + 1);
    for (std::size_t i = 0; i < part.peers.size(); ++i) store_le(part.peers[i].public_key.bytes.data(), i);
  }
  SUBCASE("allowed-ips") { part.peers.emplace_back().allowed_ips.resize(limits::kAllowedIps + 1); }
  const auto added = parts.add(part);
  REQUIRE(!added);
  CHECK(added.error().code == Code::too_large);
}

TEST_CASE("what is cut off is refused, wherever") {
  SeededRng rng(4);
  test::NaiveKernel kernel;
  kernel.device = test::random_device(rng, 1, 3);
  for (const Bytes& whole : kernel.dump(2)) {
    for (std::size_t size = 1; size < whole.size(); ++size) {
      CHECK(!decode_generic(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))));
    }
  }
}

TEST_CASE("values that can't be") {
  test::NaiveKernel kernel;
  PeerStatus& peer = kernel.device.peers.emplace_back();
  peer.allowed_ips = {addr::Prefix::parse("10.0.0.0/8").value()};
  peer.endpoint = addr::Endpoint::parse("192.0.2.1:7").value();
  peer.last_handshake = HandshakeTime(5);
  Bytes bytes = kernel.dump(1).at(0);
  const auto replace = [&](std::string_view from, std::string_view to) {
    const Bytes old = crypto::from_hex(from).value();
    const auto at = std::search(bytes.begin(), bytes.end(), old.begin(), old.end());
    REQUIRE(at != bytes.end());
    std::ranges::copy(crypto::from_hex(to).value(), at);
  };
  SUBCASE("a prefix longer than its address") {
    replace("0500030008000000", "0500030021000000");
    CHECK(decode_generic(bytes).error().code == Code::malformed);
  }
  SUBCASE("a family of addresses that nobody knows") {
    replace("0600010002000000", "0600010005000000");
    CHECK(decode_generic(bytes).error().code == Code::malformed);
  }
  SUBCASE("IPv6 with four bytes") {
    replace("0600010002000000", "060001000a000000");
    CHECK(decode_generic(bytes).error().code == Code::malformed);
  }
  SUBCASE("an endpoint of another family is none") {
    replace("14000400020000", "14000400010000");
    CHECK(!put_together({bytes})->peers.at(0).endpoint);
  }
  SUBCASE("a time that no clock shows is never") {
    replace("140006000000000000000000", "1400060000000000000000ff");
    CHECK(put_together({bytes})->peers.at(0).last_handshake == HandshakeTime(0));
  }
}

TEST_CASE("messages of other commands are of no interest") {
  test::NaiveKernel kernel;
  Bytes bytes = kernel.dump(1).at(0);
  bytes[16] = 9;
  CHECK(std::holds_alternative<Other>(decode_generic(bytes)->at(0).body));
}

TEST_CASE("random damage never does worse than an error") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    SeededRng rng(seed);
    test::NaiveKernel kernel;
    kernel.device = test::random_device(rng, 1, 3);
    for (Bytes bytes : kernel.dump(2)) {
      for (int i = 0; i < 3; ++i) bytes[rng.below(bytes.size())] = static_cast<std::uint8_t>(rng.next());
      const auto messages = decode_generic(bytes);
      if (!messages) CHECK(messages.error().code == Code::malformed);
    }
  }
}

}  // namespace smeg::netlink
