#include <arpa/inet.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "netlink/codec.h"
#include "netlink/request.h"

namespace smeg::netlink {
namespace {

constexpr std::uint16_t kChange = NLM_F_REQUEST | NLM_F_ACK;
constexpr std::uint16_t kDump = NLM_F_REQUEST | NLM_F_DUMP;

unsigned char family_of(const addr::IpAddress& address) { return address.is_v4() ? AF_INET : AF_INET6; }

void put_link(Request& request, LinkIndex link) {
  auto& fixed = request.fixed<ifinfomsg>();
  fixed.ifi_family = AF_UNSPEC;
  fixed.ifi_index = static_cast<int>(link.value);
}

void put_address(Request& request, LinkIndex link, const netstate::Address& address, std::uint32_t flags) {
  auto& fixed = request.fixed<ifaddrmsg>();
  fixed.ifa_family = family_of(address.address);
  fixed.ifa_prefixlen = static_cast<unsigned char>(address.prefix_length);
  fixed.ifa_scope = RT_SCOPE_UNIVERSE;
  fixed.ifa_index = link.value;
  fixed.ifa_flags = static_cast<unsigned char>(flags & 0xff);
  request.put(IFA_LOCAL, address.address);
  request.put(IFA_ADDRESS, address.address);
}

int flags_of(RouteChange change) {
  switch (change) {
    case RouteChange::add: return kChange | NLM_F_CREATE | NLM_F_EXCL;
    case RouteChange::replace: return kChange | NLM_F_CREATE | NLM_F_REPLACE;
    case RouteChange::remove: return kChange;
  }
  return kChange;
}

// Removal is by the same words: the kernel removes the first rule that has all that is said.
Bytes change_rule(std::uint16_t type, int flags, const netstate::Rule& rule) {
  constexpr std::uint32_t kWholeMark = 0xffff'ffff;
  Request request(type, flags);
  auto& fixed = request.fixed<fib_rule_hdr>();
  fixed.family = AF_INET6;
  fixed.table = static_cast<unsigned char>(rule.table < 256 ? rule.table : RT_TABLE_UNSPEC);
  fixed.action = FR_ACT_TO_TBL;
  if (rule.unless_mark) fixed.flags = FIB_RULE_INVERT;
  request.put(FRA_PRIORITY, rule.priority);
  request.put(FRA_TABLE, rule.table);
  request.put_byte(FRA_PROTOCOL, netstate::kProtocol);
  if (rule.unless_mark) {
    request.put(FRA_FWMARK, *rule.unless_mark);
    request.put(FRA_FWMASK, kWholeMark);
  }
  if (rule.without_default) request.put(FRA_SUPPRESS_PREFIXLEN, std::uint32_t{0});
  return request.take();
}

constexpr std::uint32_t kIngress = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS);
constexpr std::uint16_t kFirstAction = 1;

// What the filters of a preference have in common.
void put_filter(Request& request, LinkIndex link, std::uint16_t preference) {
  auto& fixed = request.fixed<tcmsg>();
  fixed.tcm_family = AF_UNSPEC;
  fixed.tcm_ifindex = static_cast<int>(link.value);
  fixed.tcm_parent = kIngress;
  fixed.tcm_info = TC_H_MAKE(std::uint32_t{preference} << 16, htons(ETH_P_IPV6));
}

template <class Value>
void append(Bytes& out, const Value& value) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&value);
  out.insert(out.end(), bytes, bytes + sizeof value);
}

// A packet whose destination (at byte 24 of an IPv6 header, RFC 8200 section 3) lies in the prefix, compared word by
// word.
void put_match(Request& request, const addr::Prefix& to) {
  constexpr int kDestination = 24;
  tc_u32_sel head{};
  head.flags = TC_U32_TERMINAL;
  head.nkeys = static_cast<unsigned char>((to.length() + 31) / 32);
  Bytes match;
  append(match, head);
  for (unsigned word = 0; word < head.nkeys; ++word) {
    const unsigned bits = std::min(to.length() - word * 32, 32u);
    tc_u32_key key{};
    key.mask = htonl(~std::uint32_t{0} << (32 - bits));
    std::memcpy(&key.val, to.address().view().data() + word * 4, sizeof key.val);
    key.off = kDestination + static_cast<int>(word) * 4;
    append(match, key);
  }
  request.put(TCA_U32_SEL, ByteView(match));
}

void put_redirect(Request& request, LinkIndex out) {
  nlattr* actions = request.open(TCA_U32_ACT);
  nlattr* action = request.open(kFirstAction);
  request.put(TCA_ACT_KIND, std::string("mirred"));
  nlattr* options = request.open(TCA_ACT_OPTIONS);
  tc_mirred redirect{};
  redirect.action = TC_ACT_STOLEN;
  redirect.eaction = TCA_EGRESS_REDIR;
  redirect.ifindex = out.value;
  request.put(TCA_MIRRED_PARMS, ByteView(reinterpret_cast<const std::uint8_t*>(&redirect), sizeof redirect));
  request.close(options);
  request.close(action);
  request.close(actions);
}

Bytes add_filter(LinkIndex link, std::uint16_t preference, const addr::Prefix& to, std::optional<LinkIndex> out) {
  Request request(RTM_NEWTFILTER, kChange | NLM_F_CREATE | NLM_F_EXCL);
  put_filter(request, link, preference);
  request.put(TCA_KIND, std::string("u32"));
  nlattr* options = request.open(TCA_OPTIONS);
  put_match(request, to);
  if (out) put_redirect(request, *out);
  request.close(options);
  return request.take();
}

}  // namespace

Bytes dump_links() {
  Request request(RTM_GETLINK, kDump);
  request.fixed<ifinfomsg>().ifi_family = AF_UNSPEC;
  request.put(IFLA_EXT_MASK, std::uint32_t{RTEXT_FILTER_SKIP_STATS});
  return request.take();
}

Bytes get_link(const std::string& name) {
  Request request(RTM_GETLINK, NLM_F_REQUEST);
  request.fixed<ifinfomsg>().ifi_family = AF_UNSPEC;
  request.put(IFLA_IFNAME, name);
  request.put(IFLA_EXT_MASK, std::uint32_t{RTEXT_FILTER_SKIP_STATS});
  return request.take();
}

Bytes dump_addresses() {
  Request request(RTM_GETADDR, kDump);
  request.fixed<ifaddrmsg>().ifa_family = AF_UNSPEC;
  return request.take();
}

Bytes dump_routes(int family, std::uint8_t protocol) {
  Request request(RTM_GETROUTE, kDump);
  auto& fixed = request.fixed<rtmsg>();
  fixed.rtm_family = static_cast<unsigned char>(family);
  fixed.rtm_protocol = protocol;
  return request.take();
}

Bytes dump_rules() {
  Request request(RTM_GETRULE, kDump);
  request.fixed<fib_rule_hdr>().family = AF_INET6;
  return request.take();
}

Bytes get_route(const addr::IpAddress& to) {
  Request request(RTM_GETROUTE, NLM_F_REQUEST);
  auto& fixed = request.fixed<rtmsg>();
  fixed.rtm_family = family_of(to);
  fixed.rtm_dst_len = static_cast<unsigned char>(to.bits());
  request.put(RTA_DST, to);
  request.put(RTA_MARK, kUnderlayMark);
  return request.take();
}

Bytes add_wireguard_link(const std::string& name) {
  Request request(RTM_NEWLINK, kChange | NLM_F_CREATE | NLM_F_EXCL);
  request.fixed<ifinfomsg>().ifi_family = AF_UNSPEC;
  request.put(IFLA_IFNAME, name);
  request.put(IFLA_GROUP, netstate::kLinkGroup);
  nlattr* info = request.open(IFLA_LINKINFO);
  request.put(IFLA_INFO_KIND, std::string(netstate::kWireguardKind));
  request.close(info);
  return request.take();
}

Bytes set_link_alias_and_mtu(LinkIndex link, const std::string& alias, std::optional<std::uint32_t> mtu) {
  Request request(RTM_NEWLINK, kChange);
  put_link(request, link);
  request.put(IFLA_IFALIAS, alias);
  if (mtu) request.put(IFLA_MTU, *mtu);
  return request.take();
}

Bytes set_link_without_generated_addresses(LinkIndex link) {
  Request request(RTM_NEWLINK, kChange);
  put_link(request, link);
  nlattr* families = request.open(IFLA_AF_SPEC);
  nlattr* ipv6 = request.open(AF_INET6);
  request.put_byte(IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
  request.close(ipv6);
  request.close(families);
  return request.take();
}

Bytes set_link_up(LinkIndex link) {
  Request request(RTM_NEWLINK, kChange);
  auto& fixed = request.fixed<ifinfomsg>();
  fixed.ifi_family = AF_UNSPEC;
  fixed.ifi_index = static_cast<int>(link.value);
  fixed.ifi_flags = IFF_UP;
  fixed.ifi_change = IFF_UP;
  return request.take();
}

Bytes delete_link(LinkIndex link) {
  Request request(RTM_DELLINK, kChange);
  put_link(request, link);
  return request.take();
}

Bytes add_address(LinkIndex link, const netstate::Address& address) {
  constexpr std::uint32_t flags = IFA_F_NODAD | IFA_F_NOPREFIXROUTE | IFA_F_PERMANENT;
  Request request(RTM_NEWADDR, kChange | NLM_F_CREATE | NLM_F_EXCL);
  put_address(request, link, address, flags);
  request.put(IFA_FLAGS, flags);
  request.put_byte(IFA_PROTO, netstate::kProtocol);
  return request.take();
}

Bytes remove_address(LinkIndex link, const netstate::Address& address) {
  Request request(RTM_DELADDR, kChange);
  put_address(request, link, address, 0);
  return request.take();
}

Bytes change_route(RouteChange change, const netstate::RouteKey& key, const netstate::RouteTarget& target,
                   LinkIndex out) {
  const bool remove = change == RouteChange::remove;
  Request request(remove ? RTM_DELROUTE : RTM_NEWROUTE, flags_of(change));
  auto& fixed = request.fixed<rtmsg>();
  fixed.rtm_family = family_of(key.prefix.address());
  fixed.rtm_dst_len = static_cast<unsigned char>(key.prefix.length());
  fixed.rtm_table = static_cast<unsigned char>(key.table < 256 ? key.table : RT_TABLE_UNSPEC);
  fixed.rtm_protocol = netstate::kProtocol;
  fixed.rtm_type = RTN_UNICAST;
  fixed.rtm_scope = key.prefix.address().is_v4() ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
  request.put(RTA_DST, key.prefix.address());
  request.put(RTA_PRIORITY, key.metric);
  request.put(RTA_TABLE, key.table);
  request.put(RTA_OIF, out.value);
  if (target.mtu != 0 && !remove) {
    nlattr* metrics = request.open(RTA_METRICS);
    if (target.mtu_fixed) request.put(RTAX_LOCK, 1U << RTAX_MTU);
    request.put(RTAX_MTU, target.mtu);
    request.close(metrics);
  }
  return request.take();
}

Bytes add_rule(const netstate::Rule& rule) {
  return change_rule(RTM_NEWRULE, kChange | NLM_F_CREATE | NLM_F_EXCL, rule);
}

Bytes remove_rule(const netstate::Rule& rule) { return change_rule(RTM_DELRULE, kChange, rule); }

Bytes add_filter_hook(LinkIndex link) {
  Request request(RTM_NEWQDISC, kChange | NLM_F_CREATE | NLM_F_EXCL);
  auto& fixed = request.fixed<tcmsg>();
  fixed.tcm_family = AF_UNSPEC;
  fixed.tcm_ifindex = static_cast<int>(link.value);
  fixed.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
  fixed.tcm_parent = TC_H_CLSACT;
  request.put(TCA_KIND, std::string("clsact"));
  return request.take();
}

Bytes add_pass_filter(LinkIndex link, std::uint16_t preference, const addr::Prefix& to) {
  return add_filter(link, preference, to, std::nullopt);
}

Bytes add_redirect_filter(LinkIndex link, std::uint16_t preference, const addr::Prefix& to, LinkIndex out) {
  return add_filter(link, preference, to, out);
}

Bytes remove_filters(LinkIndex link, std::uint16_t preference) {
  Request request(RTM_DELTFILTER, kChange);
  put_filter(request, link, preference);
  return request.take();
}

Bytes dump_filters(LinkIndex link) {
  Request request(RTM_GETTFILTER, kDump);
  auto& fixed = request.fixed<tcmsg>();
  fixed.tcm_family = AF_UNSPEC;
  fixed.tcm_ifindex = static_cast<int>(link.value);
  fixed.tcm_parent = kIngress;
  return request.take();
}

}  // namespace smeg::netlink
