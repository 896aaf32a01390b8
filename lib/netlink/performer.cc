#include "netlink/performer.h"

#include <poll.h>

#include "netlink/hairpin.h"

namespace smeg::netlink {
namespace {

using Clock = std::chrono::steady_clock;
using namespace netstate;  // the operations

constexpr int kGonePollMs = 5;  // between two looks at a link that goes

// In one place: what changes a device.
bool is_device_op(const Op& op) {
  return std::holds_alternative<SetDevice>(op) || std::holds_alternative<SetPeer>(op) ||
         std::holds_alternative<RemovePeer>(op);
}

Error in_context(Error error, const Op& op) {
  if (!error.message.starts_with("cannot ")) error.message = "cannot " + describe(op) + ": " + error.message;
  return error;
}

Result<void> unless(Code code, Result<void> result) {
  if (!result && result.error().code == code) return {};
  return result;
}

// Many containers turn IPv6 off for new interfaces (net.ipv6.conf.default.disable_ipv6); ours is of no use without.
// Where /proc/sys may not be written, adding the address fails and says why. And no peer is to give us addresses and
// default routes by advertising itself as a router: one from which everything is taken could.
void turn_on_ipv6(const InterfaceName& name) {
  (void)Sysctl("disable_ipv6").set(name.text(), 0);
  (void)Sysctl("accept_ra").set(name.text(), 0);
}

}  // namespace

Performer::Performer(const Options& options, RequestSocket& requests, Engines& engines, Devices& devices,
                     DeviceMemory& memory, Forwarder& forwarder)
    : options_(options),
      requests_(requests),
      engines_(engines),
      devices_(devices),
      memory_(memory),
      forwarder_(forwarder) {}

std::vector<Result<void>> Performer::apply(const Plan& plan) {
  std::vector<Result<void>> results;
  if (plan.ops.empty()) return results;
  auto table = our_names(requests_, engines_, options_.interface_prefix);
  if (!table) return std::vector<Result<void>>(plan.ops.size(), fail(table.error()));
  table_ = std::move(*table);
  for (Ops rest = plan.ops; !rest.empty();) {
    const Ops batch = rest.first(batch_size(rest));
    for (auto& result : perform_batch(batch)) results.push_back(std::move(result));
    rest = rest.subspan(batch.size());
  }
  return results;
}

std::size_t Performer::batch_size(Ops ops) {
  std::size_t size = 0;
  while (size < ops.size() && size < limits::kPeersPerTransaction && is_device_op(ops[size]) &&
         *interface_of(ops[size]) == *interface_of(ops.front())) {
    ++size;
  }
  return std::max<std::size_t>(size, 1);
}

std::vector<Result<void>> Performer::perform_batch(Ops ops) {
  if (ops.size() > 1 && configure(ops)) return std::vector<Result<void>>(ops.size());
  std::vector<Result<void>> results;
  for (const Op& op : ops) {
    auto result = perform(op);
    if (!result) result = fail(in_context(result.error(), op));
    results.push_back(std::move(result));
  }
  return results;
}

Result<void> Performer::configure(Ops ops) {
  const InterfaceName& name = *interface_of(ops.front());
  const auto at = table_.find(name);
  if (at == table_.end()) return fail(Code::not_found, "there is no interface " + name.text());
  if (!at->second.ours) return fail(Code::forbidden, "the interface " + name.text() + " is not ours");
  wireguard::DeviceConfig config;
  for (const Op& op : ops) {
    if (const auto* device = std::get_if<SetDevice>(&op)) add_to_config(*device, config);
    if (const auto* peer = std::get_if<SetPeer>(&op)) add_to_config(*peer, config);
    if (const auto* peer = std::get_if<RemovePeer>(&op)) add_to_config(*peer, config);
  }
  if (auto done = devices_.set(name, at->second, config); !done) return done;
  for (const Op& op : ops) {
    const auto* peer = std::get_if<SetPeer>(&op);
    if (peer && peer->endpoint) memory_.on_chosen(name, peer->peer, *peer->endpoint);
  }
  return {};
}

struct Performer::Perform {
  Performer& self;
  const Op& op;

  Result<void> operator()(const AddInterface& start) const { return self.add_interface(start); }
  Result<void> operator()(const RemoveInterface& stop) const { return self.remove_interface(stop); }
  Result<void> operator()(const SetLink& link) const { return self.set_link(link); }
  Result<void> operator()(const SetDevice&) const { return self.configure({&op, 1}); }
  Result<void> operator()(const SetPeer&) const { return self.configure({&op, 1}); }
  Result<void> operator()(const RemovePeer&) const { return self.configure({&op, 1}); }
  Result<void> operator()(const AdoptEndpoint& adopt) const {
    self.memory_.on_chosen(adopt.interface, adopt.peer, adopt.endpoint);
    return {};
  }
  Result<void> operator()(const AddAddress& add) const {
    const auto index = self.index_of(add.interface);
    if (!index) return fail(index.error());
    return unless(Code::exists, self.requests_.change(add_address(*index, add.address), describe(op)));
  }
  Result<void> operator()(const RemoveAddress& remove) const {
    const auto index = self.index_of(remove.interface);
    if (!index) return fail(index.error());
    return unless(Code::not_found, self.requests_.change(remove_address(*index, remove.address), describe(op)));
  }
  Result<void> operator()(const SetHairpin& set) const {
    const auto index = self.index_of(set.interface);
    if (!index) return fail(index.error());
    auto done = set_hairpin(self.requests_, *index, set.hairpin, describe(op));
    if (!done && done.error().code == Code::not_found) {
      Error error = done.error();
      error.hint = "the kernel needs its modules sch_ingress, cls_u32 and act_mirred for that";
      return fail(std::move(error));
    }
    return done;
  }
  Result<void> operator()(const RemoveHairpin& remove) const {
    const auto index = self.index_of(remove.interface);
    if (!index) return fail(index.error());
    return remove_hairpin(self.requests_, *index, describe(op));
  }
  Result<void> operator()(const AddRoute& add) const {
    auto done = route(RouteChange::add, add.key, add.target);
    if (!done && done.error().code == Code::exists) {
      Error error = done.error();
      error.hint = "another program routes this prefix with the same metric; remove its route, or change the metric";
      return fail(std::move(error));
    }
    return done;
  }
  Result<void> operator()(const ReplaceRoute& replace) const {
    return route(RouteChange::replace, replace.key, replace.target);
  }
  Result<void> operator()(const RemoveRoute& remove) const {
    return unless(Code::not_found, route(RouteChange::remove, remove.key, remove.target));
  }
  Result<void> operator()(const AddRule& add) const {
    return unless(Code::exists, self.requests_.change(add_rule(add.rule), describe(op)));
  }
  Result<void> operator()(const RemoveRule& remove) const {
    return unless(Code::not_found, self.requests_.change(remove_rule(remove.rule), describe(op)));
  }
  Result<void> operator()(const SetForwarding& set) const { return self.forwarder_.set(set.forwarding); }
  Result<void> operator()(const RemoveForwarding&) const { return self.forwarder_.remove(); }
  Result<void> route(RouteChange change, const RouteKey& key, const RouteTarget& target) const {
    const auto index = self.index_of(target.interface);
    if (!index) return fail(index.error());
    return self.requests_.change(change_route(change, key, target, *index), describe(op));
  }
};

Result<void> Performer::perform(const Op& op) { return std::visit(Perform{*this, op}, op); }

Result<LinkIndex> Performer::index_of(const InterfaceName& name) const {
  const auto at = table_.find(name);
  if (at == table_.end() || !at->second.link) return fail(Code::not_found, "there is no interface " + name.text());
  if (!at->second.ours) return fail(Code::forbidden, "the interface " + name.text() + " is not ours");
  return at->second.link->index;
}

Result<void> Performer::add_interface(const AddInterface& op) {
  if (table_.contains(op.interface)) {
    return fail(Code::exists, "there is an interface or an engine " + op.interface.text());
  }
  if (auto made = make_link(op); !made) return made;
  auto claimed = claim(op);
  if (!claimed) unmake(op);
  return claimed;
}

Result<void> Performer::make_link(const AddInterface& op) {
  switch (op.backend) {
    case Backend::userspace: {
      const auto process = engines_.start(op.interface);
      return process ? Result<void>{} : fail(process.error());
    }
    case Backend::kernel: return requests_.change(add_wireguard_link(op.interface.text()), describe(op));
  }
  return {};
}

void Performer::unmake(const AddInterface& op) {
  switch (op.backend) {
    case Backend::userspace: (void)engines_.stop(op.interface); return;
    case Backend::kernel:
      if (const auto link = find_link(op.interface)) (void)requests_.change(delete_link(link->index), describe(op));
      return;
  }
}

Result<LinkMessage> Performer::find_link(const InterfaceName& name) {
  const auto seen = requests_.get(get_link(name.text()), "find the new interface");
  if (!seen) return fail(seen.error());
  const auto* link = std::get_if<LinkMessage>(&seen->body);
  if (!link) return fail(Code::not_found, "there is no interface " + name.text());
  return *link;
}

// Marks a new link as ours, and quiet.
Result<void> Performer::claim(const AddInterface& op) {
  const auto link = find_link(op.interface);
  if (!link) return fail(link.error());
  turn_on_ipv6(op.interface);
  const std::string what = describe(op);
  if (auto done =
          requests_.change(set_link_alias_and_mtu(link->index, owner_alias({op.mesh, op.lane}), std::nullopt), what);
      !done) {
    return done;
  }
  if (auto done = requests_.change(set_link_without_generated_addresses(link->index), what); !done) return done;
  NamedLink named;
  named.ours = true;
  named.link = *link;
  named.owner = Owner{op.mesh, op.lane};
  table_.insert_or_assign(op.interface, std::move(named));
  return {};
}

Result<void> Performer::remove_interface(const RemoveInterface& op) {
  const auto at = table_.find(op.interface);
  if (at == table_.end()) return {};
  if (!at->second.ours) return fail(Code::forbidden, "the interface " + op.interface.text() + " is not ours");
  if (backend_of(at->second) == Backend::userspace) {
    if (auto done = engines_.stop(op.interface); !done) return done;
  }
  if (auto done = remove_link(at->second, op); !done) return done;
  memory_.on_removed(op.interface);
  table_.erase(at);
  return {};
}

// A link goes with its engine. One that stays, whose engine we can't see, or that has none, is deleted.
Result<void> Performer::remove_link(const NamedLink& named, const RemoveInterface& op) {
  if (!named.link) return {};
  const bool had_engine = named.listener && named.listener->in_our_namespace;
  if (had_engine) {
    const auto gone = is_gone_in_time(op.interface);
    if (!gone || *gone) return gone ? Result<void>{} : fail(gone.error());
  }
  if (auto done = unless(Code::not_found, requests_.change(delete_link(named.link->index), describe(op))); !done) {
    return done;
  }
  const auto gone = is_gone_in_time(op.interface);
  if (!gone) return fail(gone.error());
  if (!*gone) return fail(Code::io, "the interface does not go away");
  return {};
}

Result<bool> Performer::is_gone_in_time(const InterfaceName& name) {
  const auto deadline = Clock::now() + options_.engine_stop_timeout;
  while (true) {
    const auto seen = requests_.get(get_link(name.text()), "look for the interface " + name.text());
    if (!seen && seen.error().code == Code::not_found) return true;
    if (!seen) return fail(seen.error());
    if (Clock::now() >= deadline) return false;
    poll(nullptr, 0, kGonePollMs);
  }
}

// Three requests, for the kernel refuses the address mode of a link whose MTU is too small for IPv6, and takes it only
// after having brought the link up where both are in one.
Result<void> Performer::set_link(const SetLink& op) {
  const auto index = index_of(op.interface);
  if (!index) return fail(index.error());
  const std::string what = describe(op);
  for (const Bytes& request : {set_link_alias_and_mtu(*index, owner_alias({op.mesh, op.lane}), op.mtu),
                               set_link_without_generated_addresses(*index), set_link_up(*index)}) {
    if (auto done = requests_.change(request, what); !done) return done;
  }
  return {};
}

}  // namespace smeg::netlink
