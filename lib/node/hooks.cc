#include "node/hooks.h"

#include <algorithm>
#include <set>

namespace smeg::node {
namespace {

std::optional<addr::IpAddress> address_of(const netstate::ObservedInterface& interface) {
  for (const auto& [address, ours] : interface.addresses)
    if (ours) return address.address;
  return std::nullopt;
}

}  // namespace

void Hooks::know(const MeshId& mesh, const std::string& name, const config::Hooks& hooks) {
  known_.insert_or_assign(mesh, Known{name, hooks});
}

void Hooks::say(std::vector<RunHook>& out, std::string_view hook, std::vector<std::string> config::Hooks::*command,
                const netstate::InterfaceName& interface, const Way& way) const {
  const auto known = known_.find(way.mesh);
  if (known == known_.end() || (known->second.hooks.*command).empty()) return;
  out.push_back({.hook = std::string(hook),
                 .command = known->second.hooks.*command,
                 .mesh = way.mesh,
                 .name = known->second.name,
                 .interface = interface,
                 .address = way.address});
}

std::vector<RunHook> Hooks::before(const netstate::Plan& plan, const netstate::Observed& observed,
                                   const netstate::State& desired) {
  std::vector<RunHook> out;
  for (const netstate::Op& op : plan.ops) {
    const auto* gone = std::get_if<netstate::RemoveInterface>(&op);
    if (!gone) continue;
    const auto seen = observed.interfaces.find(gone->interface);
    if (seen == observed.interfaces.end() || !seen->second.mesh || seen->second.lane != netstate::kMainLane) continue;
    const Way way{*seen->second.mesh, address_of(seen->second)};
    if (falling_.insert({gone->interface, way}).second)
      say(out, "preDown", &config::Hooks::pre_down, gone->interface, way);
  }
  for (const netstate::Op& op : plan.ops) {
    const auto* fresh = std::get_if<netstate::AddInterface>(&op);
    if (!fresh || fresh->lane != netstate::kMainLane) continue;
    const auto wanted = desired.interfaces.find(fresh->interface);
    Way way{fresh->mesh, std::nullopt};
    if (wanted != desired.interfaces.end() && !wanted->second.addresses.empty())
      way.address = wanted->second.addresses.begin()->address;
    if (rising_.insert({fresh->interface, way}).second)
      say(out, "preUp", &config::Hooks::pre_up, fresh->interface, way);
  }
  return out;
}

std::vector<RunHook> Hooks::after(const netstate::Plan& plan, const std::vector<Result<void>>& results) {
  std::vector<RunHook> out;
  std::set<netstate::InterfaceName> failed;
  std::set<netstate::InterfaceName> removed;
  std::set<netstate::InterfaceName> up;
  for (std::size_t i = 0; i < std::min(plan.ops.size(), results.size()); ++i) {
    const netstate::InterfaceName* interface = netstate::interface_of(plan.ops[i]);
    if (!interface) continue;
    if (!results[i]) failed.insert(*interface);
    if (!results[i]) continue;
    if (std::holds_alternative<netstate::RemoveInterface>(plan.ops[i])) removed.insert(*interface);
    if (std::holds_alternative<netstate::SetLink>(plan.ops[i])) up.insert(*interface);
  }
  for (const netstate::InterfaceName& interface : removed) {
    if (!up.contains(interface)) rising_.erase(interface);
    const auto way = falling_.extract(interface);
    if (!way.empty()) say(out, "postDown", &config::Hooks::post_down, interface, way.mapped());
  }
  for (const netstate::InterfaceName& interface : up) {
    if (failed.contains(interface)) continue;
    const auto way = rising_.extract(interface);
    if (!way.empty()) say(out, "postUp", &config::Hooks::post_up, interface, way.mapped());
  }
  return out;
}

}  // namespace smeg::node
