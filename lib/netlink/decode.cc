#include <arpa/inet.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netconf.h>
#include <linux/pkt_cls.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "netlink/attributes.h"
#include "netlink/codec.h"

namespace smeg::netlink {
namespace {

constexpr Attribute<LinkMessage> kLinkKind[] = {
    {IFLA_INFO_KIND, 0, [](ByteView payload, LinkMessage& out) { out.kind = attribute_text(payload); }},
};

void read_link_info(ByteView payload, LinkMessage& out) {
  // A kind that can't be read is none: what we do not know is foreign.
  if (!read_attributes(payload, kLinkKind, out)) out.kind.clear();
}

constexpr Attribute<LinkMessage> kLink[] = {
    {IFLA_IFNAME, 0, [](ByteView payload, LinkMessage& out) { out.name = attribute_text(payload); }},
    {IFLA_IFALIAS, 0, [](ByteView payload, LinkMessage& out) { out.alias = attribute_text(payload); }},
    {IFLA_GROUP, 4, [](ByteView payload, LinkMessage& out) { out.group = attribute_u32(payload); }},
    {IFLA_MTU, 4, [](ByteView payload, LinkMessage& out) { out.mtu = attribute_u32(payload); }},
    {IFLA_LINKINFO, 0, read_link_info},
};

Result<Message> decode_link(const nlmsghdr& header, Message message) {
  const auto* fixed = fixed_part<ifinfomsg>(header);
  if (!fixed) return message_too_short();
  LinkMessage link;
  link.removed = header.nlmsg_type == RTM_DELLINK;
  link.index.value = static_cast<std::uint32_t>(fixed->ifi_index);
  link.up = (fixed->ifi_flags & IFF_UP) != 0;
  link.loopback = (fixed->ifi_flags & IFF_LOOPBACK) != 0;
  if (auto ok = read_body<ifinfomsg>(header, kLink, link); !ok) return fail(ok.error());
  message.body = std::move(link);
  return message;
}

// IFA_ADDRESS is the far end of an IPv4 point-to-point link, IFA_LOCAL then the address itself.
struct RawAddress {
  AddressMessage* out = nullptr;
  ByteView address;
  ByteView local;
};

constexpr Attribute<RawAddress> kAddress[] = {
    {IFA_ADDRESS, 4, [](ByteView payload, RawAddress& out) { out.address = payload; }},
    {IFA_LOCAL, 4, [](ByteView payload, RawAddress& out) { out.local = payload; }},
    {IFA_FLAGS, 4, [](ByteView payload, RawAddress& out) { out.out->flags = attribute_u32(payload); }},
    {IFA_PROTO, 1, [](ByteView payload, RawAddress& out) { out.out->protocol = payload[0]; }},
};

// The address of a family at the front of an attribute.
Result<addr::IpAddress> address_of(int family, ByteView payload) {
  const std::size_t bytes = family == AF_INET ? 4 : 16;
  if (payload.size() < bytes) return fail(Code::malformed, "the kernel sent an address that is too short");
  return addr::IpAddress::from(payload.first(bytes));
}

Result<Message> decode_address(const nlmsghdr& header, Message message) {
  const auto* fixed = fixed_part<ifaddrmsg>(header);
  if (!fixed) return message_too_short();
  if (fixed->ifa_family != AF_INET && fixed->ifa_family != AF_INET6) return message;
  AddressMessage out;
  out.removed = header.nlmsg_type == RTM_DELADDR;
  out.index.value = fixed->ifa_index;
  out.scope = fixed->ifa_scope;
  out.flags = fixed->ifa_flags;
  RawAddress raw{&out, {}, {}};
  if (auto ok = read_body<ifaddrmsg>(header, kAddress, raw); !ok) return fail(ok.error());
  const auto address = address_of(fixed->ifa_family, raw.local.empty() ? raw.address : raw.local);
  if (!address) return fail(address.error());
  if (fixed->ifa_prefixlen > address->bits()) return fail(Code::malformed, "the kernel sent a prefix that is too long");
  out.address = {*address, fixed->ifa_prefixlen};
  message.body = out;
  return message;
}

struct RawRoute {
  RouteMessage* out = nullptr;
  ByteView destination;
  ByteView source;
  ByteView metrics;
};

constexpr Attribute<RouteMessage> kMetrics[] = {
    {RTAX_LOCK, 4,
     [](ByteView payload, RouteMessage& out) { out.mtu_fixed = (attribute_u32(payload) & (1U << RTAX_MTU)) != 0; }},
    {RTAX_MTU, 4, [](ByteView payload, RouteMessage& out) { out.mtu = attribute_u32(payload); }},
};
constexpr Attribute<RawRoute> kRoute[] = {
    {RTA_DST, 4, [](ByteView payload, RawRoute& out) { out.destination = payload; }},
    {RTA_PREFSRC, 4, [](ByteView payload, RawRoute& out) { out.source = payload; }},
    {RTA_OIF, 4, [](ByteView payload, RawRoute& out) { out.out->out.value = attribute_u32(payload); }},
    {RTA_PRIORITY, 4, [](ByteView payload, RawRoute& out) { out.out->metric = attribute_u32(payload); }},
    {RTA_TABLE, 4, [](ByteView payload, RawRoute& out) { out.out->table = attribute_u32(payload); }},
    {RTA_METRICS, 0, [](ByteView payload, RawRoute& out) { out.metrics = payload; }},
};

Result<Message> decode_route(const nlmsghdr& header, Message message) {
  const auto* fixed = fixed_part<rtmsg>(header);
  if (!fixed) return message_too_short();
  if (fixed->rtm_family != AF_INET && fixed->rtm_family != AF_INET6) return message;
  RouteMessage out;
  out.removed = header.nlmsg_type == RTM_DELROUTE;
  out.table = fixed->rtm_table;
  out.protocol = fixed->rtm_protocol;
  out.type = fixed->rtm_type;
  RawRoute raw{&out, {}, {}, {}};
  if (auto ok = read_body<rtmsg>(header, kRoute, raw); !ok) return fail(ok.error());
  if (auto ok = read_attributes(raw.metrics, kMetrics, out); !ok) return fail(ok.error());
  const ByteArray<16> any{};
  const auto to = address_of(fixed->rtm_family, raw.destination.empty() ? ByteView(any) : raw.destination);
  if (!to) return fail(to.error());
  if (fixed->rtm_dst_len > to->bits()) return fail(Code::malformed, "the kernel sent a prefix that is too long");
  out.destination = addr::Prefix(*to, fixed->rtm_dst_len);
  if (!raw.source.empty()) {
    const auto source = address_of(fixed->rtm_family, raw.source);
    if (!source) return fail(source.error());
    out.preferred_source = *source;
  }
  message.body = out;
  return message;
}

struct RawRule {
  RuleMessage* out = nullptr;
  std::optional<std::uint32_t> mark;
};

constexpr Attribute<RawRule> kRule[] = {
    {FRA_PRIORITY, 4, [](ByteView payload, RawRule& out) { out.out->rule.priority = attribute_u32(payload); }},
    {FRA_TABLE, 4, [](ByteView payload, RawRule& out) { out.out->rule.table = attribute_u32(payload); }},
    {FRA_PROTOCOL, 1, [](ByteView payload, RawRule& out) { out.out->protocol = payload[0]; }},
    {FRA_FWMARK, 4, [](ByteView payload, RawRule& out) { out.mark = attribute_u32(payload); }},
    {FRA_SUPPRESS_PREFIXLEN, 4,
     [](ByteView payload, RawRule& out) { out.out->rule.without_default = attribute_u32(payload) == 0; }},
};

Result<Message> decode_rule(const nlmsghdr& header, Message message) {
  const auto* fixed = fixed_part<fib_rule_hdr>(header);
  if (!fixed) return message_too_short();
  if (fixed->family != AF_INET6) return message;
  RuleMessage out;
  out.removed = header.nlmsg_type == RTM_DELRULE;
  out.rule.table = fixed->table;
  RawRule raw{&out, {}};
  if (auto ok = read_body<fib_rule_hdr>(header, kRule, raw); !ok) return fail(ok.error());
  if ((fixed->flags & FIB_RULE_INVERT) != 0) out.rule.unless_mark = raw.mark;
  message.body = out;
  return message;
}

// A whole structure at the front of a payload that is long enough.
template <class Value>
Value front(ByteView payload) {
  Value value;
  std::memcpy(&value, payload.data(), sizeof value);
  return value;
}

// The prefix that a u32 match compares with the destination; nothing for a match on anything else or in other ways.
std::optional<addr::Prefix> destination_of(ByteView payload) {
  constexpr int kDestination = 24;  // in an IPv6 header
  constexpr std::size_t kWords = 4;
  const auto head = front<tc_u32_sel>(payload);
  if (head.nkeys > kWords || payload.size() < sizeof head + head.nkeys * sizeof(tc_u32_key)) return std::nullopt;
  if ((head.flags & ~TC_U32_TERMINAL) != 0) return std::nullopt;
  ByteArray<16> address{};
  unsigned length = 0;
  for (std::size_t word = 0; word < head.nkeys; ++word) {
    const auto key = front<tc_u32_key>(payload.subspan(sizeof head + word * sizeof(tc_u32_key)));
    const std::uint32_t mask = ntohl(key.mask);
    const auto bits = static_cast<unsigned>(std::countl_one(mask));
    const bool contiguous = bits == 32 || (mask << bits) == 0;
    if (!contiguous || length != word * 32 || key.off != kDestination + static_cast<int>(word) * 4 || key.offmask != 0)
      return std::nullopt;
    std::memcpy(address.data() + word * 4, &key.val, sizeof key.val);
    length += bits;
  }
  return addr::Prefix(addr::IpAddress::v6(address), length);
}

// Of the first action.
struct RawAction {
  std::string kind;
  ByteView options;
};

constexpr Attribute<RawAction> kAction[] = {
    {TCA_ACT_KIND, 0, [](ByteView payload, RawAction& out) { out.kind = attribute_text(payload); }},
    {TCA_ACT_OPTIONS, 0, [](ByteView payload, RawAction& out) { out.options = payload; }},
};
constexpr Attribute<FilterMessage> kMirred[] = {
    {TCA_MIRRED_PARMS, sizeof(tc_mirred),
     [](ByteView payload, FilterMessage& out) {
       const auto mirred = front<tc_mirred>(payload);
       if (mirred.eaction == TCA_EGRESS_REDIR) out.redirect_to.value = mirred.ifindex;
     }},
};
constexpr Attribute<FilterMessage> kActions[] = {
    {1, 0,
     [](ByteView payload, FilterMessage& out) {
       out.acts = true;
       RawAction action;
       if (!read_attributes(payload, kAction, action) || action.kind != "mirred") return;
       if (!read_attributes(action.options, kMirred, out)) out.redirect_to = {};
     }},
};
constexpr Attribute<FilterMessage> kU32[] = {
    {TCA_U32_SEL, sizeof(tc_u32_sel),
     [](ByteView payload, FilterMessage& out) {
       out.has_match = true;
       out.destination = destination_of(payload);
     }},
    {TCA_U32_ACT, 0,
     [](ByteView payload, FilterMessage& out) {
       out.acts = true;
       (void)read_attributes(payload, kActions, out);
     }},
};

struct RawFilter {
  std::string kind;
  ByteView options;
};

constexpr Attribute<RawFilter> kFilter[] = {
    {TCA_KIND, 0, [](ByteView payload, RawFilter& out) { out.kind = attribute_text(payload); }},
    {TCA_OPTIONS, 0, [](ByteView payload, RawFilter& out) { out.options = payload; }},
};

// Filters of other kinds than ours, and of ours in shapes that we never make, are told by their preference alone.
Result<Message> decode_filter(const nlmsghdr& header, Message message) {
  const auto* fixed = fixed_part<tcmsg>(header);
  if (!fixed) return message_too_short();
  FilterMessage out;
  out.removed = header.nlmsg_type == RTM_DELTFILTER;
  out.index.value = static_cast<std::uint32_t>(fixed->tcm_ifindex);
  out.preference = static_cast<std::uint16_t>(fixed->tcm_info >> 16);
  RawFilter raw;
  if (auto ok = read_body<tcmsg>(header, kFilter, raw); !ok) return fail(ok.error());
  const bool ipv6 = (fixed->tcm_info & 0xffff) == htons(ETH_P_IPV6);
  if (raw.kind != "u32" || !ipv6 || !read_attributes(raw.options, kU32, out)) {
    out.has_match = true;
    out.destination.reset();
  }
  message.body = out;
  return message;
}

Result<Message> decode_queue(const nlmsghdr& header, Message message) {
  const auto* fixed = fixed_part<tcmsg>(header);
  if (!fixed) return message_too_short();
  message.body = QueueMessage{header.nlmsg_type == RTM_DELQDISC, {static_cast<std::uint32_t>(fixed->tcm_ifindex)}};
  return message;
}

constexpr Attribute<SettingMessage> kSetting[] = {
    {NETCONFA_IFINDEX, 4,
     [](ByteView payload, SettingMessage& out) { out.index = static_cast<std::int32_t>(attribute_u32(payload)); }},
    {NETCONFA_FORWARDING, 4, [](ByteView payload, SettingMessage& out) { out.forwards = attribute_u32(payload) != 0; }},
};

Result<Message> decode_setting(const nlmsghdr& header, Message message) {
  const auto* fixed = fixed_part<netconfmsg>(header);
  if (!fixed) return message_too_short();
  if (fixed->ncm_family != AF_INET6) return message;
  SettingMessage out;
  if (auto ok = read_body<netconfmsg>(header, kSetting, out); !ok) return fail(ok.error());
  message.body = out;
  return message;
}

constexpr Attribute<Ack> kAck[] = {
    {NLMSGERR_ATTR_MSG, 1,
     [](ByteView payload, Ack& out) {
       out.text = attribute_text(payload.first(std::min(payload.size(), limits::kKernelTextBytes)));
       std::ranges::replace_if(
           out.text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
     }},
};

// Behind the number stands the request it is about: whole, or its header alone where the message says so.
Result<Message> decode_error(const nlmsghdr& header, Message message) {
  const auto* fixed = fixed_part<nlmsgerr>(header);
  if (!fixed) return message_too_short();
  Ack ack;
  ack.error_number = fixed->error > -4'096 && fixed->error <= 0 ? -fixed->error : EPROTO;
  if ((header.nlmsg_flags & NLM_F_ACK_TLVS) != 0) {
    std::size_t offset = sizeof(nlmsgerr);
    const std::size_t request = fixed->msg.nlmsg_len;
    if ((header.nlmsg_flags & NLM_F_CAPPED) == 0 && request > sizeof(nlmsghdr)) {
      offset += MNL_ALIGN(request - sizeof(nlmsghdr));
    }
    if (auto ok = read_attributes(attributes_behind(header, offset), kAck, ack); !ok) return fail(ok.error());
  }
  message.body = std::move(ack);
  return message;
}

Result<Message> decode_done(const nlmsghdr& header, Message message) {
  Done done;
  const auto* status = fixed_part<std::int32_t>(header);
  if (status && *status < 0 && *status > -4'096) done.ack.error_number = -*status;
  if (status && (header.nlmsg_flags & NLM_F_ACK_TLVS) != 0) {
    if (auto ok = read_body<std::int32_t>(header, kAck, done.ack); !ok) return fail(ok.error());
  }
  message.body = std::move(done);
  return message;
}

Result<Message> decode_rtnetlink(const nlmsghdr& header, Message message) {
  switch (header.nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK: return decode_link(header, std::move(message));
    case RTM_NEWADDR:
    case RTM_DELADDR: return decode_address(header, std::move(message));
    case RTM_NEWROUTE:
    case RTM_DELROUTE: return decode_route(header, std::move(message));
    case RTM_NEWRULE:
    case RTM_DELRULE: return decode_rule(header, std::move(message));
    case RTM_NEWTFILTER:
    case RTM_DELTFILTER: return decode_filter(header, std::move(message));
    case RTM_NEWQDISC:
    case RTM_DELQDISC: return decode_queue(header, std::move(message));
    case RTM_NEWNETCONF:
    case RTM_DELNETCONF: return decode_setting(header, std::move(message));
    default:  // the kernel's numbers, not ours: more come with every version
      return message;
  }
}

Result<Message> decode_one(const nlmsghdr& header, BodyDecoder decode_body) {
  Message message{header.nlmsg_seq, header.nlmsg_pid, (header.nlmsg_flags & NLM_F_DUMP_INTR) != 0, Other{}};
  if (header.nlmsg_type == NLMSG_ERROR) return decode_error(header, std::move(message));
  if (header.nlmsg_type == NLMSG_DONE) return decode_done(header, std::move(message));
  return decode_body(header, std::move(message));
}

}  // namespace

Result<std::vector<Message>> decode_messages(ByteView datagram, BodyDecoder decode_body) {
  std::vector<Message> messages;
  while (!datagram.empty()) {
    const auto* header = reinterpret_cast<const nlmsghdr*>(datagram.data());
    // Not mnl_nlmsg_ok: it takes the length for a signed number, and lets one of 2 GiB and more pass.
    if (datagram.size() < sizeof(nlmsghdr) || header->nlmsg_len < sizeof(nlmsghdr) ||
        header->nlmsg_len > datagram.size()) {
      return fail(Code::malformed, "the kernel sent a netlink message that is cut off");
    }
    auto message = decode_one(*header, decode_body);
    if (!message) return fail(message.error());
    messages.push_back(std::move(*message));
    datagram = datagram.subspan(std::min<std::size_t>(datagram.size(), MNL_ALIGN(header->nlmsg_len)));
  }
  return messages;
}

Result<std::vector<Message>> decode(ByteView datagram) { return decode_messages(datagram, decode_rtnetlink); }

}  // namespace smeg::netlink
