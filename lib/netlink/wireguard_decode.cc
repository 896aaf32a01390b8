#include <linux/genetlink.h>
#include <linux/wireguard.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>

#include "netlink/attributes.h"
#include "netlink/codec.h"

namespace smeg::netlink {
namespace {

using wireguard::DeviceStatus;
using wireguard::PeerStatus;

// What is read into, and how it went with the parts of it that stand in attributes of their own.
template <class Value>
struct Nested {
  Value& out;
  Result<void> parts{};

  void note(Result<void> outcome) {
    if (!outcome && parts) parts = std::move(outcome);
  }
};

// The elements of an array: attributes whose numbers mean nothing.
template <class Value, class Read>
Result<void> read_array(ByteView payload, std::vector<Value>& out, Read read) {
  return for_each_attribute(payload, [&](int, ByteView element) -> Result<void> {
    auto value = read(element);
    if (!value) return fail(value.error());
    out.push_back(std::move(*value));
    return {};
  });
}

template <class Key>
Key key_at_front(ByteView payload) {
  return Key::from(payload.first(32)).value_or(Key{});
}

struct RawAllowedIp {
  int family = 0;
  ByteView address;
  unsigned length = 0;
};

constexpr Attribute<RawAllowedIp> kAllowedIp[] = {
    {WGALLOWEDIP_A_FAMILY, 2, [](ByteView p, RawAllowedIp& out) { out.family = load_le<std::uint16_t>(p.data()); }},
    {WGALLOWEDIP_A_IPADDR, 4, [](ByteView p, RawAllowedIp& out) { out.address = p; }},
    {WGALLOWEDIP_A_CIDR_MASK, 1, [](ByteView p, RawAllowedIp& out) { out.length = p[0]; }},
};

Result<addr::Prefix> read_allowed_ip(ByteView payload) {
  RawAllowedIp raw;
  if (auto ok = read_attributes(payload, kAllowedIp, raw); !ok) return fail(ok.error());
  const std::size_t bytes = raw.family == AF_INET ? 4 : 16;
  if ((raw.family != AF_INET && raw.family != AF_INET6) || raw.address.size() < bytes || raw.length > 8 * bytes) {
    return fail(Code::malformed, "the kernel sent an allowed prefix that is none");
  }
  return addr::IpAddress::from(raw.address.first(bytes)).map([&](const auto& address) {
    return addr::Prefix(address, raw.length);
  });
}

// A socket address (struct sockaddr_in, sockaddr_in6); of other families: none.
std::optional<addr::Endpoint> read_endpoint(ByteView payload) {
  const auto family = load_le<sa_family_t>(payload.data());
  const bool v4 = family == AF_INET && payload.size() >= sizeof(sockaddr_in);
  if (!v4 && (family != AF_INET6 || payload.size() < sizeof(sockaddr_in6))) return std::nullopt;
  static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
  const auto address = v4 ? addr::IpAddress::from(payload.subspan(offsetof(sockaddr_in, sin_addr), 4))
                          : addr::IpAddress::from(payload.subspan(offsetof(sockaddr_in6, sin6_addr), 16));
  if (!address) return std::nullopt;
  return addr::Endpoint{*address, load_be<std::uint16_t>(payload.data() + offsetof(sockaddr_in, sin_port))};
}

// Seconds and nanoseconds, 64 bits each (struct __kernel_timespec); zero and what no clock can show are never.
wireguard::HandshakeTime read_time(ByteView payload) {
  const auto seconds = load_le<std::int64_t>(payload.data());
  const auto nanoseconds = load_le<std::int64_t>(payload.data() + 8);
  constexpr std::int64_t kSecond = 1'000'000'000;
  const bool sane = seconds >= 0 && seconds < std::numeric_limits<std::int64_t>::max() / kSecond && nanoseconds >= 0 &&
                    nanoseconds < kSecond;
  return wireguard::HandshakeTime(sane ? seconds * kSecond + nanoseconds : 0);
}

using RawPeer = Nested<PeerStatus>;

constexpr Attribute<RawPeer> kPeer[] = {
    {WGPEER_A_PUBLIC_KEY, 32,
     [](ByteView p, RawPeer& raw) { raw.out.public_key = key_at_front<crypto::WgPublicKey>(p); }},
    {WGPEER_A_PRESHARED_KEY, 32,
     [](ByteView p, RawPeer& raw) { std::ranges::copy(p.first(32), raw.out.preshared_key.mutable_bytes().begin()); }},
    {WGPEER_A_ENDPOINT, 4,
     [](ByteView p, RawPeer& raw) {
       raw.out.endpoint = read_endpoint(p);
       if (raw.out.endpoint && raw.out.endpoint->address.is_link_local() && raw.out.endpoint->address.is_v6())
         raw.out.zone.index = load_le<std::uint32_t>(p.data() + offsetof(sockaddr_in6, sin6_scope_id));
     }},
    {WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, 2,
     [](ByteView p, RawPeer& raw) {
       raw.out.persistent_keepalive = std::chrono::seconds(load_le<std::uint16_t>(p.data()));
     }},
    {WGPEER_A_LAST_HANDSHAKE_TIME, 16, [](ByteView p, RawPeer& raw) { raw.out.last_handshake = read_time(p); }},
    {WGPEER_A_RX_BYTES, 8, [](ByteView p, RawPeer& raw) { raw.out.rx_bytes = load_le<std::uint64_t>(p.data()); }},
    {WGPEER_A_TX_BYTES, 8, [](ByteView p, RawPeer& raw) { raw.out.tx_bytes = load_le<std::uint64_t>(p.data()); }},
    {WGPEER_A_ALLOWEDIPS, 0,
     [](ByteView p, RawPeer& raw) { raw.note(read_array(p, raw.out.allowed_ips, read_allowed_ip)); }},
};

Result<PeerStatus> read_peer(ByteView payload) {
  PeerStatus peer;
  RawPeer raw{peer};
  if (auto ok = read_attributes(payload, kPeer, raw); !ok) return fail(ok.error());
  if (!raw.parts) return fail(raw.parts.error());
  return peer;
}

using RawDevice = Nested<DeviceStatus>;

constexpr Attribute<RawDevice> kDevice[] = {
    {WGDEVICE_A_PRIVATE_KEY, 32,
     [](ByteView p, RawDevice& raw) {
       std::ranges::copy(p.first(32), raw.out.private_key.emplace().mutable_bytes().begin());
     }},
    {WGDEVICE_A_LISTEN_PORT, 2,
     [](ByteView p, RawDevice& raw) { raw.out.listen_port = load_le<std::uint16_t>(p.data()); }},
    {WGDEVICE_A_FWMARK, 4, [](ByteView p, RawDevice& raw) { raw.out.fwmark = attribute_u32(p); }},
    {WGDEVICE_A_PEERS, 0, [](ByteView p, RawDevice& raw) { raw.note(read_array(p, raw.out.peers, read_peer)); }},
};

constexpr Attribute<FamilyMessage> kFamily[] = {
    {CTRL_ATTR_FAMILY_ID, 2,
     [](ByteView p, FamilyMessage& out) { out.family.value = load_le<std::uint16_t>(p.data()); }},
    {CTRL_ATTR_FAMILY_NAME, 1, [](ByteView p, FamilyMessage& out) { out.name = attribute_text(p); }},
};

Result<Message> decode_generic_body(const nlmsghdr& header, Message message) {
  const auto* fixed = fixed_part<genlmsghdr>(header);
  if (!fixed) return message_too_short();
  if (header.nlmsg_type == GENL_ID_CTRL) {
    FamilyMessage family;
    if (auto ok = read_body<genlmsghdr>(header, kFamily, family); !ok) return fail(ok.error());
    message.body = std::move(family);
    return message;
  }
  // Nobody but the one family that we ask answers on that socket.
  if (header.nlmsg_type < NLMSG_MIN_TYPE || fixed->cmd != WG_CMD_GET_DEVICE) return message;
  DeviceMessage device;
  RawDevice raw{device.part};
  if (auto ok = read_body<genlmsghdr>(header, kDevice, raw); !ok) return fail(ok.error());
  if (!raw.parts) return fail(raw.parts.error());
  message.body = std::move(device);
  return message;
}

}  // namespace

Result<std::vector<Message>> decode_generic(ByteView datagram) {
  return decode_messages(datagram, decode_generic_body);
}

Result<void> DeviceParts::add(DeviceStatus part) {
  if (part.private_key) whole_.private_key = part.private_key;
  if (part.listen_port != 0) whole_.listen_port = part.listen_port;
  if (part.fwmark != 0) whole_.fwmark = part.fwmark;
  for (PeerStatus& peer : part.peers) {
    allowed_ips_ += peer.allowed_ips.size();
    if (whole_.peers.empty() || whole_.peers.back().public_key != peer.public_key) {
      whole_.peers.push_back(std::move(peer));
      continue;
    }
    auto& known = whole_.peers.back().allowed_ips;
    known.insert(known.end(), peer.allowed_ips.begin(), peer.allowed_ips.end());
  }
  if (whole_.peers.size() > limits::kWireguardPeers || allowed_ips_ > limits::kAllowedIps) {
    return fail(Code::too_large, "the WireGuard device has more peers or allowed-ips than any of ours");
  }
  return {};
}

DeviceStatus DeviceParts::take() {
  for (PeerStatus& peer : whole_.peers) std::ranges::sort(peer.allowed_ips);
  allowed_ips_ = 0;
  return std::exchange(whole_, {});
}

}  // namespace smeg::netlink
