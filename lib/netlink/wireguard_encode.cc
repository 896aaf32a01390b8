#include <linux/genetlink.h>
#include <linux/wireguard.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "netlink/codec.h"
#include "netlink/request.h"

namespace smeg::netlink {
namespace {

using wireguard::DeviceConfig;
using wireguard::PeerConfig;
using wireguard::PrefixChange;

// More than a peer without allowed-ips takes (four numbers, two keys, a socket address, each with its header), and than
// one allowed-ip takes.
constexpr std::size_t kPeerBytes = 192;
constexpr std::size_t kAllowedIpBytes = 64;

// Of linux/wireguard.h since Linux 6.16; a kernel before refuses them.
constexpr std::uint16_t kAllowedIpFlags = 4;        // WGALLOWEDIP_A_FLAGS
constexpr std::uint32_t kAllowedIpRemove = 1 << 0;  // WGALLOWEDIP_F_REMOVE_ME

void put_generic(Request& request, std::uint8_t command, std::uint8_t version) {
  auto& fixed = request.fixed<genlmsghdr>();
  fixed.cmd = command;
  fixed.version = version;
}

template <class SocketAddress>
void put_socket_address(Request& request, const SocketAddress& address) {
  request.put(WGPEER_A_ENDPOINT, ByteView(reinterpret_cast<const std::uint8_t*>(&address), sizeof address));
}

// A zone that has a name alone is not known here: the caller finds its index.
void put_endpoint(Request& request, const addr::Endpoint& endpoint, const wireguard::Zone& zone) {
  const ByteView bytes = endpoint.address.view();
  if (endpoint.address.is_v4()) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(endpoint.port);
    std::memcpy(&to.sin_addr, bytes.data(), bytes.size());
    return put_socket_address(request, to);
  }
  sockaddr_in6 to{};
  to.sin6_family = AF_INET6;
  to.sin6_port = htons(endpoint.port);
  to.sin6_scope_id = zone.index;
  std::memcpy(&to.sin6_addr, bytes.data(), bytes.size());
  put_socket_address(request, to);
}

void put_device(Request& request, const DeviceConfig& config) {
  if (config.replace_peers) request.put(WGDEVICE_A_FLAGS, std::uint32_t{WGDEVICE_F_REPLACE_PEERS});
  if (config.private_key) request.put(WGDEVICE_A_PRIVATE_KEY, ByteView(config.private_key->expose()));
  if (config.listen_port) request.put_short(WGDEVICE_A_LISTEN_PORT, *config.listen_port);
  if (config.fwmark) request.put(WGDEVICE_A_FWMARK, *config.fwmark);
}

std::uint32_t flags_of(const PeerConfig& peer) {
  if (peer.remove) return WGPEER_F_REMOVE_ME;
  std::uint32_t flags = 0;
  if (peer.update_only) flags |= WGPEER_F_UPDATE_ONLY;
  if (peer.replace_allowed_ips) flags |= WGPEER_F_REPLACE_ALLOWEDIPS;
  return flags;
}

// All of a peer but its allowed-ips.
void put_peer_head(Request& request, const PeerConfig& peer) {
  request.put(WGPEER_A_PUBLIC_KEY, peer.public_key.view());
  if (const std::uint32_t flags = flags_of(peer)) request.put(WGPEER_A_FLAGS, flags);
  if (peer.remove) return;
  if (peer.preshared_key) request.put(WGPEER_A_PRESHARED_KEY, ByteView(peer.preshared_key->expose()));
  if (peer.endpoint) put_endpoint(request, *peer.endpoint, peer.zone);
  if (peer.persistent_keepalive) {
    request.put_short(WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL,
                      static_cast<std::uint16_t>(peer.persistent_keepalive->count()));
  }
}

// A peer whose beginning is in an earlier request. Should it have been removed since, it is not made again.
void put_peer_again(Request& request, const PeerConfig& peer) {
  request.put(WGPEER_A_PUBLIC_KEY, peer.public_key.view());
  request.put(WGPEER_A_FLAGS, std::uint32_t{WGPEER_F_UPDATE_ONLY});
}

void put_allowed_ip(Request& request, const PrefixChange& change) {
  nlattr* nest = request.open(0);
  const addr::IpAddress& address = change.prefix.address();
  request.put_short(WGALLOWEDIP_A_FAMILY, address.is_v4() ? AF_INET : AF_INET6);
  request.put(WGALLOWEDIP_A_IPADDR, address);
  request.put_byte(WGALLOWEDIP_A_CIDR_MASK, static_cast<std::uint8_t>(change.prefix.length()));
  if (change.remove) request.put(kAllowedIpFlags, kAllowedIpRemove);
  request.close(nest);
}

// A peer from the given allowed-ip on. Returns the number of the first that has no room.
std::size_t put_peer(Request& request, const PeerConfig& peer, std::size_t from) {
  nlattr* nest = request.open(0);
  from == 0 ? put_peer_head(request, peer) : put_peer_again(request, peer);
  if (peer.remove || from == peer.allowed_ips.size()) {
    request.close(nest);
    return peer.allowed_ips.size();
  }
  nlattr* list = request.open(WGPEER_A_ALLOWEDIPS);
  for (; from < peer.allowed_ips.size() && request.has_room(kAllowedIpBytes); ++from) {
    put_allowed_ip(request, peer.allowed_ips[from]);
  }
  request.close(list);
  request.close(nest);
  return from;
}

}  // namespace

Bytes get_wireguard_family() {
  Request request(GENL_ID_CTRL, NLM_F_REQUEST);
  put_generic(request, CTRL_CMD_GETFAMILY, 1);
  request.put(CTRL_ATTR_FAMILY_NAME, std::string(WG_GENL_NAME));
  return request.take();
}

Bytes get_device(FamilyId family, LinkIndex link) {
  Request request(family.value, NLM_F_REQUEST | NLM_F_DUMP);
  put_generic(request, WG_CMD_GET_DEVICE, WG_GENL_VERSION);
  request.put(WGDEVICE_A_IFINDEX, link.value);
  return request.take();
}

std::optional<Bytes> DeviceRequests::next() {
  if (begun_ && peer_ == config_.peers.size()) return std::nullopt;
  Request request(family_.value, NLM_F_REQUEST | NLM_F_ACK, kDeviceRequestBytes);
  put_generic(request, WG_CMD_SET_DEVICE, WG_GENL_VERSION);
  request.put(WGDEVICE_A_IFINDEX, link_.value);
  if (!begun_) put_device(request, config_);
  begun_ = true;
  if (config_.peers.empty()) return request.take();
  nlattr* nest = request.open(WGDEVICE_A_PEERS);
  while (peer_ < config_.peers.size() && request.has_room(kPeerBytes + kAllowedIpBytes)) {
    const PeerConfig& peer = config_.peers[peer_];
    allowed_ip_ = put_peer(request, peer, allowed_ip_);
    if (allowed_ip_ < peer.allowed_ips.size()) break;
    ++peer_;
    allowed_ip_ = 0;
  }
  request.close(nest);
  return request.take();
}

}  // namespace smeg::netlink
