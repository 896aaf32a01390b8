#include "unit/netlink/naive_kernel.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace smeg::netlink::test {
namespace {

using namespace wireguard;

// Numbers of linux/wireguard.h, written down once more.
enum DeviceAttribute : unsigned {
  device_private_key = 3,
  device_flags = 5,
  device_port = 6,
  device_mark = 7,
  device_peers = 8
};
enum PeerAttribute : unsigned {
  peer_key = 1,
  peer_psk = 2,
  peer_flags = 3,
  peer_endpoint = 4,
  peer_keepalive = 5,
  peer_handshake = 6,
  peer_rx = 7,
  peer_tx = 8,
  peer_allowed_ips = 9,
};
constexpr std::uint32_t kRemoveMe = 1;
constexpr std::uint32_t kReplaceAllowedIps = 2;
constexpr std::uint32_t kUpdateOnly = 4;

struct Node {
  unsigned type;
  Bytes payload;
};

std::vector<Node> nodes_of(ByteView bytes) {
  std::vector<Node> nodes;
  while (!bytes.empty()) {
    REQUIRE(bytes.size() >= 4);
    const std::size_t size = load_le<std::uint16_t>(bytes.data());
    REQUIRE(size >= 4);
    REQUIRE(size <= bytes.size());
    nodes.push_back({load_le<std::uint16_t>(bytes.data() + 2) & 0x3fffU, to_bytes(bytes.subspan(4, size - 4))});
    bytes = bytes.subspan(std::min(bytes.size(), (size + 3) / 4 * 4));
  }
  return nodes;
}

std::uint32_t u32_of(const Node& node) {
  REQUIRE(node.payload.size() == 4);
  return load_le<std::uint32_t>(node.payload.data());
}
std::uint16_t u16_of(const Node& node) {
  REQUIRE(node.payload.size() == 2);
  return load_le<std::uint16_t>(node.payload.data());
}

Zone zone_of(const Bytes& p) { return {{}, p[0] == 2 ? 0 : load_le<std::uint32_t>(p.data() + 24)}; }

addr::Endpoint endpoint_of(const Bytes& p) {
  const bool v4 = p[0] == 2;
  REQUIRE(p.size() == (v4 ? 16 : 28));
  const ByteView bytes = p;
  return {addr::IpAddress::from(v4 ? bytes.subspan(4, 4) : bytes.subspan(8, 16)).value(),
          load_be<std::uint16_t>(p.data() + 2)};
}

PrefixChange allowed_ip_of(const Bytes& bytes) {
  const auto nodes = nodes_of(bytes);
  REQUIRE(nodes.size() >= 3);
  CHECK(u16_of(nodes[0]) == (nodes[1].payload.size() == 4 ? 2 : 10));
  return {addr::Prefix(addr::IpAddress::from(nodes[1].payload).value(), nodes[2].payload.at(0)),
          nodes.size() == 4 && u32_of(nodes[3]) == 1};
}

PeerConfig peer_of(const Bytes& bytes) {
  PeerConfig peer;
  for (const Node& node : nodes_of(bytes)) {
    const Bytes& p = node.payload;
    if (node.type == peer_key) peer.public_key = crypto::WgPublicKey::from(p).value();
    if (node.type == peer_psk) peer.preshared_key = crypto::PresharedKey(crypto::Secret<32>::from(p).value());
    if (node.type == peer_flags) {
      peer.remove = (u32_of(node) & kRemoveMe) != 0;
      peer.replace_allowed_ips = (u32_of(node) & kReplaceAllowedIps) != 0;
      peer.update_only = (u32_of(node) & kUpdateOnly) != 0;
    }
    if (node.type == peer_endpoint) {
      peer.endpoint = endpoint_of(p);
      peer.zone = zone_of(p);
    }
    if (node.type == peer_keepalive) peer.persistent_keepalive = std::chrono::seconds(u16_of(node));
    if (node.type != peer_allowed_ips) continue;
    for (const Node& element : nodes_of(p)) peer.allowed_ips.push_back(allowed_ip_of(element.payload));
  }
  return peer;
}

// Bytes that grow, and a length in front that is filled in at the end.
struct Writer {
  Bytes bytes;

  void raw(ByteView more) { bytes.insert(bytes.end(), more.begin(), more.end()); }
  template <class Number>
  void number(Number value) {
    ByteArray<sizeof(Number)> raw_value;
    store_le(raw_value.data(), value);
    raw(raw_value);
  }
  void attribute(unsigned type, ByteView payload) {
    number(static_cast<std::uint16_t>(payload.size() + 4));
    number(static_cast<std::uint16_t>(type));
    raw(payload);
    while (bytes.size() % 4 != 0) bytes.push_back(0);
  }
  template <class Number>
  void attribute_of(unsigned type, Number value) {
    Writer inner;
    inner.number(value);
    attribute(type, inner.bytes);
  }
};

Bytes socket_address(const addr::Endpoint& endpoint, const Zone& zone) {
  Bytes bytes(endpoint.address.is_v4() ? 16 : 28);
  bytes[0] = endpoint.address.is_v4() ? 2 : 10;
  store_be(bytes.data() + 2, endpoint.port);
  std::ranges::copy(endpoint.address.view(), bytes.begin() + (endpoint.address.is_v4() ? 4 : 8));
  if (endpoint.address.is_v6()) store_le(bytes.data() + 24, zone.index);
  return bytes;
}

void write_peer_head(Writer& out, const PeerStatus& peer) {
  out.attribute(peer_key, peer.public_key.view());
  out.attribute(peer_psk, peer.preshared_key.expose());
  Writer time;
  time.number<std::int64_t>(peer.last_handshake.count() / 1'000'000'000);
  time.number<std::int64_t>(peer.last_handshake.count() % 1'000'000'000);
  out.attribute(peer_handshake, time.bytes);
  out.attribute_of(peer_keepalive, static_cast<std::uint16_t>(peer.persistent_keepalive.count()));
  out.attribute_of(peer_tx, peer.tx_bytes);
  out.attribute_of(peer_rx, peer.rx_bytes);
  out.attribute_of(10, std::uint32_t{1});  // protocol version
  if (peer.endpoint) out.attribute(peer_endpoint, socket_address(*peer.endpoint, peer.zone));
}

Bytes allowed_ip_bytes(const addr::Prefix& prefix) {
  Writer out;
  out.attribute_of(3, static_cast<std::uint8_t>(prefix.length()));
  out.attribute_of(1, static_cast<std::uint16_t>(prefix.address().is_v4() ? 2 : 10));
  out.attribute(2, prefix.address().view());
  return out.bytes;
}

Bytes message(ByteView attributes) {
  Writer out;
  out.number(static_cast<std::uint32_t>(20 + attributes.size()));
  out.number<std::uint16_t>(0x1c);  // the family
  out.number<std::uint16_t>(2);     // NLM_F_MULTI
  out.number<std::uint32_t>(7);
  out.number<std::uint32_t>(0);
  out.number<std::uint32_t>(0x100);  // WG_CMD_GET_DEVICE, version 1
  out.raw(attributes);
  return out.bytes;
}

PeerStatus* find(DeviceStatus& device, const crypto::WgPublicKey& key) {
  const auto at = std::ranges::find(device.peers, key, &PeerStatus::public_key);
  return at == device.peers.end() ? nullptr : &*at;
}

void change_peer(DeviceStatus& device, const PeerConfig& config) {
  PeerStatus* peer = find(device, config.public_key);
  if (config.remove) {
    std::erase_if(device.peers, [&](const auto& one) { return one.public_key == config.public_key; });
    return;
  }
  if (!peer && config.update_only) return;
  if (!peer) {
    peer = &device.peers.emplace_back();
    peer->public_key = config.public_key;
  }
  if (config.preshared_key) peer->preshared_key = *config.preshared_key;
  if (config.endpoint) {
    peer->endpoint = config.endpoint;
    peer->zone = config.zone;
  }
  if (config.persistent_keepalive) peer->persistent_keepalive = *config.persistent_keepalive;
  if (config.replace_allowed_ips) peer->allowed_ips.clear();
  for (const auto& one : config.allowed_ips) {
    if (one.remove) {
      std::erase(peer->allowed_ips, one.prefix);
      continue;
    }
    for (auto& other : device.peers) std::erase(other.allowed_ips, one.prefix);
    peer->allowed_ips.push_back(one.prefix);
  }
}

}  // namespace

void change(DeviceStatus& device, const DeviceConfig& config) {
  if (config.replace_peers) device.peers.clear();
  if (config.private_key) device.private_key = config.private_key;
  if (config.listen_port) device.listen_port = *config.listen_port;
  if (config.fwmark) device.fwmark = *config.fwmark;
  for (const auto& peer : config.peers) change_peer(device, peer);
  for (auto& peer : device.peers) std::ranges::sort(peer.allowed_ips);
}

void NaiveKernel::set(ByteView request) {
  REQUIRE(request.size() >= 20);
  REQUIRE(load_le<std::uint32_t>(request.data()) == request.size());
  REQUIRE(request[16] == 1);  // WG_CMD_SET_DEVICE
  DeviceConfig config;
  for (const Node& node : nodes_of(request.subspan(20))) {
    if (node.type == device_private_key)
      config.private_key = crypto::WgPrivateKey(crypto::Secret<32>::from(node.payload).value());
    if (node.type == device_flags) config.replace_peers = u32_of(node) == 1;
    if (node.type == device_port) config.listen_port = u16_of(node);
    if (node.type == device_mark) config.fwmark = u32_of(node);
    if (node.type != device_peers) continue;
    for (const Node& peer : nodes_of(node.payload)) config.peers.push_back(peer_of(peer.payload));
  }
  change(device, config);
}

std::vector<Bytes> NaiveKernel::dump(std::size_t allowed_ips_per_message) const {
  std::vector<Bytes> messages;
  Writer head;
  head.attribute_of(device_port, device.listen_port);
  head.attribute_of(device_mark, device.fwmark);
  if (device.private_key) head.attribute(device_private_key, device.private_key->expose());
  for (const PeerStatus& peer : device.peers) {
    std::size_t next = 0;
    do {
      Writer one;
      next == 0 ? write_peer_head(one, peer) : one.attribute(peer_key, peer.public_key.view());
      Writer list;
      for (std::size_t i = 0; i < allowed_ips_per_message && next < peer.allowed_ips.size(); ++i, ++next) {
        list.attribute(0x8000, allowed_ip_bytes(peer.allowed_ips[next]));
      }
      one.attribute(peer_allowed_ips | 0x8000U, list.bytes);
      Writer array;
      array.attribute(0x8000, one.bytes);
      head.attribute(device_peers | 0x8000U, array.bytes);
      messages.push_back(message(head.bytes));
      head.bytes.clear();
    } while (next < peer.allowed_ips.size());
  }
  if (messages.empty()) messages.push_back(message(head.bytes));
  return messages;
}

namespace {

template <class Key>
Key random_key(SeededRng& rng) {
  ByteArray<32> bytes;
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(rng.next());
  return Key::from(bytes).value();
}

crypto::PresharedKey random_psk(SeededRng& rng) {
  return rng.below(2) == 0 ? crypto::PresharedKey{} : crypto::PresharedKey(random_key<crypto::Secret<32>>(rng));
}

addr::IpAddress random_address(SeededRng& rng) {
  ByteArray<16> bytes;
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(rng.next());
  return rng.below(2) == 0 ? addr::IpAddress::v4({bytes[0], bytes[1], bytes[2], bytes[3]}) : addr::IpAddress::v6(bytes);
}

addr::Prefix random_prefix(SeededRng& rng) {
  const auto address = random_address(rng);
  return {address, static_cast<unsigned>(rng.below(address.bits() + 1))};
}

std::optional<addr::Endpoint> random_endpoint(SeededRng& rng) {
  if (rng.below(3) == 0) return std::nullopt;
  return addr::Endpoint{random_address(rng), static_cast<std::uint16_t>(1 + rng.below(65'535))};
}

// Some of them link-local, with a zone.
template <class Peer>
void draw_endpoint(SeededRng& rng, Peer& peer) {
  peer.endpoint = random_endpoint(rng);
  if (!peer.endpoint || rng.below(3) != 0) return;
  peer.endpoint->address = addr::IpAddress::parse("fe80::1").value();
  peer.zone.index = static_cast<std::uint32_t>(rng.next());
}

PeerConfig random_peer_change(SeededRng& rng, const DeviceStatus& device, std::size_t allowed_ips_each) {
  PeerConfig peer;
  const bool known = !device.peers.empty() && rng.below(2) == 0;
  peer.public_key =
      known ? device.peers[rng.below(device.peers.size())].public_key : random_key<crypto::WgPublicKey>(rng);
  peer.remove = rng.below(8) == 0;
  if (peer.remove) return peer;
  peer.update_only = rng.below(4) == 0;
  peer.replace_allowed_ips = rng.below(4) == 0;
  if (rng.below(2) == 0) peer.preshared_key = random_psk(rng);
  draw_endpoint(rng, peer);
  if (rng.below(2) == 0) peer.persistent_keepalive = std::chrono::seconds(rng.below(65'536));
  for (std::size_t i = rng.below(allowed_ips_each + 1); i > 0; --i) {
    peer.allowed_ips.push_back({random_prefix(rng), rng.below(8) == 0});
  }
  return peer;
}

}  // namespace

DeviceStatus random_device(SeededRng& rng, std::size_t peers, std::size_t allowed_ips_each) {
  DeviceStatus device;
  if (rng.below(4) != 0) device.private_key = crypto::WgPrivateKey(random_key<crypto::Secret<32>>(rng));
  device.listen_port = static_cast<std::uint16_t>(rng.below(65'536));
  device.fwmark = static_cast<std::uint32_t>(rng.next());
  for (std::size_t i = 0; i < peers; ++i) {
    PeerStatus& peer = device.peers.emplace_back();
    peer.public_key = random_key<crypto::WgPublicKey>(rng);
    peer.preshared_key = random_psk(rng);
    draw_endpoint(rng, peer);
    peer.persistent_keepalive = std::chrono::seconds(rng.below(65'536));
    peer.last_handshake = HandshakeTime(static_cast<std::int64_t>(rng.below(2'000'000'000'000'000'000)));
    peer.rx_bytes = rng.next();
    peer.tx_bytes = rng.next();
    for (std::size_t j = rng.below(allowed_ips_each + 1); j > 0; --j) peer.allowed_ips.push_back(random_prefix(rng));
    std::ranges::sort(peer.allowed_ips);
  }
  return device;
}

DeviceConfig random_change(SeededRng& rng, const DeviceStatus& device, std::size_t peers,
                           std::size_t allowed_ips_each) {
  DeviceConfig config;
  if (rng.below(2) == 0) config.private_key = crypto::WgPrivateKey(random_key<crypto::Secret<32>>(rng));
  if (rng.below(2) == 0) config.listen_port = static_cast<std::uint16_t>(rng.below(65'536));
  if (rng.below(2) == 0) config.fwmark = static_cast<std::uint32_t>(rng.next());
  config.replace_peers = rng.below(4) == 0;
  for (std::size_t i = 0; i < peers; ++i) config.peers.push_back(random_peer_change(rng, device, allowed_ips_each));
  return config;
}

}  // namespace smeg::netlink::test
