#include "netstate/plan.h"

namespace smeg::netstate {
namespace {

std::string short_key(const crypto::WgPublicKey& key) { return crypto::to_base64(key.bytes).substr(0, 10) + "..."; }

std::string endpoint_text(const EndpointChoice& choice) { return ", endpoint " + choice.endpoint.to_string(); }

std::string route_text(const RouteKey& key, const RouteTarget& target) {
  std::string text = key.prefix.to_string() + " over " + target.interface.text();
  if (key.metric != kDefaultMetric) text += " metric " + std::to_string(key.metric);
  if (key.table != kMainTable) text += " table " + std::to_string(key.table);
  if (target.mtu != 0) text += (target.mtu_fixed ? " MTU fixed to " : " MTU ") + std::to_string(target.mtu);
  return text;
}

std::string rule_text(const Rule& rule) {
  std::string text = std::to_string(rule.priority) + ": table " + std::to_string(rule.table);
  if (rule.unless_mark) text += " unless marked " + std::to_string(*rule.unless_mark);
  if (rule.without_default) text += " without its default route";
  return text;
}

// The first of them, and how many more.
std::string list_text(const std::set<addr::Prefix>& prefixes) {
  std::string text = prefixes.begin()->to_string();
  if (prefixes.size() > 1) text += " and " + std::to_string(prefixes.size() - 1) + " more";
  return text;
}

struct Describe {
  std::string operator()(const AddInterface& op) const {
    const std::string name = op.interface.text();
    switch (op.backend) {
      case Backend::userspace: return "add interface " + name + " and start its engine";
      case Backend::kernel: return "add interface " + name + " of the kernel's WireGuard";
    }
    return {};
  }
  std::string operator()(const RemoveInterface& op) const { return "remove interface " + op.interface.text(); }
  std::string operator()(const SetLink& op) const {
    return "set link " + op.interface.text() + " up, MTU " + std::to_string(op.mtu);
  }
  std::string operator()(const AddAddress& op) const {
    return "add address " + op.address.to_string() + " to " + op.interface.text();
  }
  std::string operator()(const RemoveAddress& op) const {
    return "remove address " + op.address.to_string() + " from " + op.interface.text();
  }
  std::string operator()(const SetDevice& op) const {
    std::string text = "set key and listen port " + std::to_string(op.listen_port) + " of " + op.interface.text();
    if (op.fwmark != 0) text += ", firewall mark " + std::to_string(op.fwmark);
    return text;
  }
  std::string operator()(const SetPeer& op) const {
    std::string text = "set peer " + short_key(op.peer) + " of " + op.interface.text() + ": ";
    text +=
        std::to_string(op.allowed_ips.size()) + (op.replace ? " allowed prefixes in all" : " allowed prefixes more");
    if (!op.sources.empty() || op.replace_sources)
      text += ", " + std::to_string(op.sources.size()) + (op.replace_sources ? " sources in all" : " sources more");
    if (op.endpoint) text += endpoint_text(*op.endpoint);
    return text;
  }
  std::string operator()(const AdoptEndpoint& op) const {
    return "keep peer " + short_key(op.peer) + " of " + op.interface.text() + " where it is";
  }
  std::string operator()(const RemovePeer& op) const {
    return "remove peer " + short_key(op.peer) + " of " + op.interface.text();
  }
  std::string operator()(const SetHairpin& op) const {
    return "hand packets for " + op.hairpin.within.to_string() + " from peer to peer of " + op.interface.text();
  }
  std::string operator()(const RemoveHairpin& op) const {
    return "hand no packets from peer to peer of " + op.interface.text();
  }
  std::string operator()(const AddRoute& op) const { return "add route " + route_text(op.key, op.target); }
  std::string operator()(const ReplaceRoute& op) const { return "replace route " + route_text(op.key, op.target); }
  std::string operator()(const RemoveRoute& op) const { return "remove route " + route_text(op.key, op.target); }
  std::string operator()(const AddRule& op) const { return "add routing rule " + rule_text(op.rule); }
  std::string operator()(const RemoveRule& op) const { return "remove routing rule " + rule_text(op.rule); }
  std::string operator()(const SetForwarding& op) const {
    std::string text = "forward packets of";
    for (const auto& name : op.forwarding.meshes) text += " " + name.text();
    for (const auto& [name, beyond] : op.forwarding.beyond) {
      if (!beyond.behind.empty()) text += ", " + list_text(beyond.behind) + " behind this host for " + name.text();
      if (!beyond.masqueraded.empty())
        text += ", masquerade those of " + list_text(beyond.masqueraded) + " from " + name.text();
    }
    return text;
  }
  std::string operator()(const RemoveForwarding&) const { return "forward no packets any more"; }
};

}  // namespace

std::string describe(const Op& op) { return std::visit(Describe{}, op); }

const InterfaceName* interface_of(const Op& op) {
  return std::visit(
      [](const auto& one) -> const InterfaceName* {
        if constexpr (requires { one.target; }) {
          return &one.target.interface;
        } else if constexpr (requires { one.interface; }) {
          return &one.interface;
        } else {
          return nullptr;
        }
      },
      op);
}

}  // namespace smeg::netstate
