// rtnetlink messages (rtnetlink(7)) to values and values to messages. Pure: bytes in, values out, and back. What a
// message may hold stands in tables of attributes in codec.cc; attributes that we don't know are skipped.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "addr/addr.h"
#include "netstate/netstate.h"

namespace smeg::netlink {

// The kernel's number of a link; 0 is none.
using LinkIndex = StrongId<struct LinkIndexTag>;

struct LinkMessage {
  bool removed = false;  // RTM_DELLINK
  LinkIndex index;
  std::string name;
  std::string alias;
  std::string kind;  // "tun", "wireguard"; empty for a physical one
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
  std::optional<addr::IpAddress> preferred_source;

  friend bool operator==(const RouteMessage&, const RouteMessage&) = default;
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
  std::variant<LinkMessage, AddressMessage, RouteMessage, FilterMessage, QueueMessage, Ack, Done, Other> body;

  friend bool operator==(const Message&, const Message&) = default;
};

// The messages of one datagram, which stands at an address divisible by 4. Fails with malformed for a message or
// attribute that is cut off or too short for its kind.
Result<std::vector<Message>> decode(ByteView datagram);

// An error in an operator's words: "cannot add route fd00::/64: No such device (kernel: ...)".
Error to_error(const Ack& ack, const std::string& what);

// Requests. Sequence number and port are the socket's to fill in. Those that change something ask for an Ack.
Bytes dump_links();
Bytes get_link(const std::string& name);
Bytes dump_addresses();
// Routes of one family (AF_INET, AF_INET6) and origin. Kernels before 4.20 send all origins.
Bytes dump_routes(int family, std::uint8_t protocol);
// The route that a packet to this address would take.
Bytes get_route(const addr::IpAddress& to);

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
Bytes change_route(RouteChange change, const netstate::RouteKey& key, LinkIndex out);

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

}  // namespace smeg::netlink
