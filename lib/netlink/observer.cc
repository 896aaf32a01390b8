#include "netlink/observer.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include <cstdio>

#include "netlink/hairpin.h"

namespace smeg::netlink {
namespace {

using netstate::InterfaceName;
using netstate::Observed;
using netstate::ObservedDevice;
using netstate::ObservedInterface;

// Linux has IFA_PROTO since 5.18.
bool has_address_protocol() {
  utsname name{};
  unsigned major = 0;
  unsigned minor = 0;
  if (uname(&name) < 0 || std::sscanf(name.release, "%u.%u", &major, &minor) != 2) return true;
  return major > 5 || (major == 5 && minor >= 18);
}

}  // namespace

Observer::Observer(const Options& options, RequestSocket& requests, Engines& engines, Devices& devices,
                   DeviceMemory& memory, Forwarder& forwarder, const Result<void>& kernel_works)
    : options_(options),
      requests_(requests),
      engines_(engines),
      devices_(devices),
      memory_(memory),
      forwarder_(forwarder),
      kernel_refusal_(kernel_works ? "" : kernel_works.error().message),
      kernel_marks_addresses_(has_address_protocol()) {}

Result<Observed> Observer::observe() {
  engines_.reap();
  auto table = our_names(requests_, engines_, options_.interface_prefix);
  if (!table) return fail(table.error());
  table_ = std::move(*table);
  ours_ = our_indexes(table_);
  Observed observed;
  observed.kernel_refusal = kernel_refusal_;
  for (const auto& [name, named] : table_) {
    auto interface = observe_interface(name, named);
    if (!interface) return fail(interface.error());
    observed.interfaces.emplace(name, std::move(*interface));
  }
  if (auto done = observe_addresses(observed); !done) return fail(done.error());
  for (const int family : {AF_INET6, AF_INET}) {
    if (auto done = observe_routes(family, observed); !done) return fail(done.error());
  }
  if (auto done = observe_rules(observed); !done) return fail(done.error());
  Forwarder::Seen forwarding = forwarder_.observe();
  observed.forwarding = std::move(forwarding.forwarding);
  observed.obstacles = std::move(forwarding.obstacles);
  return observed;
}

Result<ObservedInterface> Observer::observe_interface(const InterfaceName& name, const NamedLink& named) {
  ObservedInterface out;
  out.ours = named.ours;
  if (named.owner) {
    out.mesh = named.owner->mesh;
    out.lane = named.owner->lane;
  }
  out.backend = backend_of(named);
  if (named.link) {
    out.index = named.link->index.value;
    out.mtu = named.link->mtu;
    out.up = named.link->up;
  }
  if (named.link && named.ours) {
    const auto filters = list_hairpin(requests_, named.link->index);
    if (!filters) return fail(filters.error());
    out.hairpin = filters->hairpin();
  }
  if (out.backend == netstate::Backend::userspace) {
    if (!named.listener || !named.listener->in_our_namespace) return out;
    out.engine = named.listener->process.value;
  }
  if (!named.ours) return out;
  auto device = observe_device(name, named);
  if (!device) return fail(device.error());
  out.device = std::move(*device);
  return out;
}

Result<std::optional<ObservedDevice>> Observer::observe_device(const InterfaceName& name, const NamedLink& named) {
  const auto status = devices_.get(name, named);
  if (!status) return memory_.on_silence(name);
  ObservedDevice device = to_observed(*status);
  memory_.on_answer(name, device);
  return std::optional<ObservedDevice>(std::move(device));
}

std::map<InterfaceName, ObservedDevice> Observer::observe_devices() {
  std::map<InterfaceName, ObservedDevice> devices;
  for (const auto& [index, name] : ours_) {
    const auto status = devices_.get(name, table_.at(name));
    if (!status) continue;
    ObservedDevice device = to_observed(*status);
    memory_.on_answer(name, device);
    devices.emplace(name, std::move(device));
  }
  return devices;
}

// Before IFA_PROTO an address on an interface of ours is taken for ours by the flags that we set, which hardly anybody
// sets by hand.
bool Observer::is_our_address(const AddressMessage& message) const {
  if (message.protocol) return *message.protocol == netstate::kProtocol;
  constexpr std::uint32_t flags = IFA_F_NODAD | IFA_F_NOPREFIXROUTE;
  return !kernel_marks_addresses_ && (message.flags & flags) == flags;
}

Result<void> Observer::observe_addresses(Observed& observed) {
  const auto start = [&] {
    for (auto& [name, interface] : observed.interfaces) interface.addresses.clear();
  };
  return requests_.dump(dump_addresses(), "list the addresses", start, [&](const Message& message) {
    const auto* address = std::get_if<AddressMessage>(&message.body);
    if (!address) return;
    const auto at = ours_.find(address->index);
    if (at == ours_.end()) return;
    observed.interfaces.at(at->second).addresses.insert_or_assign(address->address, is_our_address(*address));
  });
}

Result<void> Observer::observe_routes(int family, Observed& observed) {
  const bool v4 = family == AF_INET;
  const auto start = [&] {
    std::erase_if(observed.routes, [&](const auto& route) { return route.first.prefix.address().is_v4() == v4; });
  };
  const auto visit = [&](const Message& message) {
    const auto* route = std::get_if<RouteMessage>(&message.body);
    if (!route || route->protocol != netstate::kProtocol || route->type != RTN_UNICAST) return;
    const auto at = ours_.find(route->out);
    if (at == ours_.end()) return;
    const netstate::RouteKey key{route->destination, route->metric, route->table};
    observed.routes.insert_or_assign(key, netstate::RouteTarget{at->second, route->mtu, route->mtu_fixed});
  };
  return requests_.dump(dump_routes(family, netstate::kProtocol), "list the routes", start, visit);
}

// A kernel without policy routing has no rules of ours either.
Result<void> Observer::observe_rules(Observed& observed) {
  auto done = requests_.dump(
      dump_rules(), "list the routing rules", [&] { observed.rules.clear(); },
      [&](const Message& message) {
        const auto* rule = std::get_if<RuleMessage>(&message.body);
        if (rule && rule->protocol == netstate::kProtocol) observed.rules.insert(rule->rule);
      });
  if (!done && done.error().code == Code::unsupported) return {};
  return done;
}

}  // namespace smeg::netlink
