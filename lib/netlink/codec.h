// Messages of rtnetlink (rtnetlink(7)), of the kernel's WireGuard (linux/wireguard.h, by generic netlink) and of its
// packet filter (linux/netfilter/nf_tables.h, as news) to values, and values to messages. Pure: bytes in, values out,
// and back. What a message may hold stands in tables of attributes in the decoders; attributes that we don't know are
// skipped.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "addr/addr.h"
#include "netstate/netstate.h"
#include "wireguard/wireguard.h"

namespace smeg::netlink {

// The kernel's number of a link; 0 is none.
using LinkIndex = StrongId<struct LinkIndexTag>;

struct LinkMessage {
  bool removed = false;  // RTM_DELLINK
  LinkIndex index;
  std::string name;
  std::string alias;
  std::string kind;  // "tun", "wireguard"; empty for a physical one
  std::uint32_t group = 0;
  std::uint32_t mtu = 0;
  bool up = false;
  bool loopback = false;

  friend bool operator==(const LinkMessage&, const LinkMessage&) = default;
};

struct AddressMessage {
  bool removed = false;  // RTM_DELADDR
  LinkIndex index;
  netstate::Address address;
  std::uint8_t scope = 0;                // RT_SCOPE_*; 0 is universe
  std::uint32_t flags = 0;               // IFA_F_*
  std::optional<std::uint8_t> protocol;  // IFA_PROTO; empty: none given, or a kernel before 5.18

  friend bool operator==(const AddressMessage&, const AddressMessage&) = default;
};

struct RouteMessage {
  bool removed = false;  // RTM_DELROUTE
  addr::Prefix destination;
  std::uint32_t table = 0;
  std::uint32_t metric = 0;
  std::uint8_t protocol = 0;
  std::uint8_t type = 0;  // RTN_*; 1 is unicast
  LinkIndex out;          // none for multipath and unreachable ones
  std::uint32_t mtu = 0;  // RTAX_MTU; 0: none of its own
  bool mtu_fixed = false;
  std::optional<addr::IpAddress> preferred_source;

  friend bool operator==(const RouteMessage&, const RouteMessage&) = default;
};

// A rule of policy routing of IPv6. What of it isn't told here is as our own rules have it, or it is not one of ours.
struct RuleMessage {
  bool removed = false;  // RTM_DELRULE
  netstate::Rule rule;
  std::uint8_t protocol = 0;  // its origin (FRA_PROTOCOL)

  friend bool operator==(const RuleMessage&, const RuleMessage&) = default;
};

// A filter of traffic control on the packets that come in over a link, or another object of the kind.
struct FilterMessage {
  bool removed = false;  // RTM_DELTFILTER
  LinkIndex index;
  std::uint16_t preference = 0;  // lower ones are asked first
  bool has_match = false;        // false: the frame of a preference's filters, not a filter itself
  // Of a filter by the kind "u32" that looks at the whole of a destination prefix (IPv6) and at nothing else.
  std::optional<addr::Prefix> destination;
  bool acts = false;      // it does something with the packets that it matches
  LinkIndex redirect_to;  // where it is to send them out by its first action; none: it does something else

  friend bool operator==(const FilterMessage&, const FilterMessage&) = default;
};

// A queueing discipline, which filters hang on, came or went.
struct QueueMessage {
  bool removed = false;  // RTM_DELQDISC
  LinkIndex index;

  friend bool operator==(const QueueMessage&, const QueueMessage&) = default;
};

// What the IPv6 of an interface, or of the whole host, is set to.
struct SettingMessage {
  std::int32_t index = 0;        // a link's number, or NETCONFA_IFINDEX_*
  std::optional<bool> forwards;  // empty: it is about something else

  friend bool operator==(const SettingMessage&, const SettingMessage&) = default;
};

// A table of nftables, or something in one, came, went or is there.
struct RulesMessage {
  std::uint8_t family = 0;  // NFPROTO_*
  std::string table;
  bool chains = false;  // it is the table as a whole, or a chain of it

  friend bool operator==(const RulesMessage&, const RulesMessage&) = default;
};

// A protocol of generic netlink, whose number the kernel gives out anew at each start.
using FamilyId = StrongId<struct FamilyTag, std::uint16_t>;
struct FamilyMessage {
  FamilyId family;
  std::string name;

  friend bool operator==(const FamilyMessage&, const FamilyMessage&) = default;
};

// A part of what a WireGuard device tells of itself. A device with many peers or allowed-ips comes in several, of which
// only the first holds more than peers; a peer that is cut goes on in the next with nothing but its allowed-ips.
struct DeviceMessage {
  wireguard::DeviceStatus part;

  friend bool operator==(const DeviceMessage&, const DeviceMessage&) = default;
};

// The end of a request: number 0 is success, otherwise an errno, with the kernel's own words where it has any
// (NETLINK_EXT_ACK).
struct Ack {
  int error_number = 0;
  std::string text;

  friend bool operator==(const Ack&, const Ack&) = default;
};
// The end of a dump.
struct Done {
  Ack ack;

  friend bool operator==(const Done&, const Done&) = default;
};
// Any other kind: of no interest.
struct Other {
  friend bool operator==(Other, Other) = default;
};

struct Message {
  std::uint32_t sequence = 0;
  std::uint32_t port = 0;    // of the socket whose request it answers or tells of; 0: the kernel itself
  bool interrupted = false;  // part of a dump that a change ran into (NLM_F_DUMP_INTR): ask again
  std::variant<LinkMessage, AddressMessage, RouteMessage, RuleMessage, FilterMessage, QueueMessage, SettingMessage,
               RulesMessage, FamilyMessage, DeviceMessage, Ack, Done, Other>
      body;

  friend bool operator==(const Message&, const Message&) = default;
};

// The messages of one datagram, which stands at an address divisible by 4. Fails with malformed for a message or
// attribute that is cut off or too short for its kind.
Result<std::vector<Message>> decode(ByteView datagram);
// The same for a generic netlink socket that asks for families and for WireGuard devices.
Result<std::vector<Message>> decode_generic(ByteView datagram);
// The same for a socket of the packet filter (linux/netfilter/nfnetlink.h, nf_tables.h).
Result<std::vector<Message>> decode_netfilter(ByteView datagram);

// Job: puts the parts of one device together. Fails with too_large where it has more than limits::kWireguardPeers peers
// or limits::kAllowedIps allowed-ips.
class DeviceParts {
 public:
  Result<void> add(wireguard::DeviceStatus part);
  // The whole; allowed-ips in the order of their addresses.
  wireguard::DeviceStatus take();

 private:
  wireguard::DeviceStatus whole_;
  std::size_t allowed_ips_ = 0;
};

// An error in an operator's words: "cannot add route fd00::/64: No such device (kernel: ...)".
Error to_error(const Ack& ack, const std::string& what);

// Requests. Sequence number and port are the socket's to fill in. Those that change something ask for an Ack.
Bytes dump_links();
Bytes get_link(const std::string& name);
Bytes dump_addresses();
// Routes of one family (AF_INET, AF_INET6) and origin. Kernels before 4.20 send all origins.
Bytes dump_routes(int family, std::uint8_t protocol);
// Rules of IPv6, of all origins.
Bytes dump_rules();
// The route that a packet of the underlay's (kUnderlayMark) to this address would take.
Bytes get_route(const addr::IpAddress& to);

// Whether there is such a table of nftables; family is NFPROTO_*.
Bytes get_filter_table(std::uint8_t family, const std::string& name);

// A link of the kernel's WireGuard, down, in our group (netstate::kLinkGroup).
Bytes add_wireguard_link(const std::string& name);
Bytes set_link_alias_and_mtu(LinkIndex link, const std::string& alias, std::optional<std::uint32_t> mtu);
// No link-local address of the kernel's making (IFLA_INET6_ADDR_GEN_MODE none), and so no duplicate address detection,
// no router solicitation. To be sent while the link is down.
Bytes set_link_without_generated_addresses(LinkIndex link);
Bytes set_link_up(LinkIndex link);
Bytes delete_link(LinkIndex link);
// With our protocol number, without duplicate address detection (there is no link to ask on) and without a route of the
// kernel's own.
Bytes add_address(LinkIndex link, const netstate::Address& address);
Bytes remove_address(LinkIndex link, const netstate::Address& address);
enum class RouteChange { add, replace, remove };
Bytes change_route(RouteChange change, const netstate::RouteKey& key, const netstate::RouteTarget& target,
                   LinkIndex out);
// Adds a rule of IPv6 with our protocol number, or removes it.
Bytes add_rule(const netstate::Rule& rule);
Bytes remove_rule(const netstate::Rule& rule);

// Traffic control (tc(8)) of IPv6 packets that come in over a link. What filters hang on ("clsact"); exists where it is
// there:
Bytes add_filter_hook(LinkIndex link);
// Adds to the filters of a preference one that lets packets to this prefix pass, past later preferences;
Bytes add_pass_filter(LinkIndex link, std::uint16_t preference, const addr::Prefix& to);
// or that sends them out over a link.
Bytes add_redirect_filter(LinkIndex link, std::uint16_t preference, const addr::Prefix& to, LinkIndex out);
// All filters of a preference. Without a hook, and without any such filter, the kernel says invalid or not_found.
Bytes remove_filters(LinkIndex link, std::uint16_t preference);
Bytes dump_filters(LinkIndex link);

// To a generic netlink socket.
Bytes get_wireguard_family();
Bytes get_device(FamilyId family, LinkIndex link);

// An attribute, and so what nests, must stay below 64 KiB.
inline constexpr std::size_t kDeviceRequestBytes = 32 * 1'024;

// Job: one change to a WireGuard device as a row of requests, each at most kDeviceRequestBytes long: it is cut between
// peers, and where one has very many allowed-ips, between those. The first holds what replaces; the others add. The
// requests hold keys: RequestSocket wipes them. `config` must outlive this.
class DeviceRequests {
 public:
  DeviceRequests(FamilyId family, LinkIndex link, const wireguard::DeviceConfig& config)
      : family_(family), link_(link), config_(config) {}

  // Empty after the last; there is at least one.
  std::optional<Bytes> next();

 private:
  FamilyId family_;
  LinkIndex link_;
  const wireguard::DeviceConfig& config_;
  bool begun_ = false;
  std::size_t peer_ = 0;        // the next to send
  std::size_t allowed_ip_ = 0;  // of that peer, likewise
};

}  // namespace smeg::netlink
