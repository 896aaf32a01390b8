// The packet filter's messages, as far as they say that there is, or was, something to look at; the rules themselves
// are libnftables' business (see nftables.h).
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "netlink/attributes.h"
#include "netlink/codec.h"
#include "netlink/request.h"

namespace smeg::netlink {
namespace {

// Of tables, chains, rules, sets and their elements alike the first attribute is the table's name.
static_assert(NFTA_TABLE_NAME == 1 && NFTA_CHAIN_TABLE == 1 && NFTA_RULE_TABLE == 1 && NFTA_SET_TABLE == 1 &&
              NFTA_SET_ELEM_LIST_TABLE == 1);

constexpr Attribute<RulesMessage> kRules[] = {
    {NFTA_TABLE_NAME, 1, [](ByteView payload, RulesMessage& out) { out.table = attribute_text(payload); }},
};

bool is_about_chains(int message) {
  return message == NFT_MSG_NEWTABLE || message == NFT_MSG_DELTABLE || message == NFT_MSG_NEWCHAIN ||
         message == NFT_MSG_DELCHAIN;
}

Result<Message> decode_rules(const nlmsghdr& header, Message message) {
  if (NFNL_SUBSYS_ID(header.nlmsg_type) != NFNL_SUBSYS_NFTABLES) return message;
  const int what = NFNL_MSG_TYPE(header.nlmsg_type);
  if (what == NFT_MSG_NEWGEN) return message;  // the number of a state of all rules
  const auto* fixed = fixed_part<nfgenmsg>(header);
  if (!fixed) return message_too_short();
  RulesMessage rules{fixed->nfgen_family, {}, is_about_chains(what)};
  if (auto ok = read_body<nfgenmsg>(header, kRules, rules); !ok) return fail(ok.error());
  message.body = std::move(rules);
  return message;
}

}  // namespace

Result<std::vector<Message>> decode_netfilter(ByteView datagram) { return decode_messages(datagram, decode_rules); }

Bytes get_filter_table(std::uint8_t family, const std::string& name) {
  Request request((NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETTABLE, NLM_F_REQUEST);
  auto& fixed = request.fixed<nfgenmsg>();
  fixed.nfgen_family = family;
  fixed.version = NFNETLINK_V0;
  request.put(NFTA_TABLE_NAME, name);
  return request.take();
}

}  // namespace smeg::netlink
