// Carries out netstate's operations.
#pragma once

#include "netlink/devices.h"
#include "netlink/forwarder.h"
#include "netlink/links.h"

namespace smeg::netlink {

// Job: Host::apply(). Caller: Host, on its thread. Looks anew at who owns which link before each plan and touches no
// other. What is gone already counts as removed, an address that is there as added. Fails by Result, one operation at a
// time.
class Performer {
 public:
  Performer(const Options& options, RequestSocket& requests, Engines& engines, Devices& devices, DeviceMemory& memory,
            Forwarder& forwarder);

  std::vector<Result<void>> apply(const netstate::Plan& plan);

 private:
  struct Perform;
  using Ops = std::span<const netstate::Op>;
  // Operations on one device that stand one behind the other go to it as one request, where it is refused one by one.
  // Gives the number of operations at the front that belong together.
  static std::size_t batch_size(Ops ops);
  std::vector<Result<void>> perform_batch(Ops ops);
  Result<void> perform(const netstate::Op& op);
  Result<void> configure(Ops ops);

  Result<LinkIndex> index_of(const netstate::InterfaceName& name) const;
  Result<void> add_interface(const netstate::AddInterface& op);
  Result<void> remove_interface(const netstate::RemoveInterface& op);
  Result<void> make_link(const netstate::AddInterface& op);
  Result<void> claim(const netstate::AddInterface& op);
  void unmake(const netstate::AddInterface& op);
  Result<LinkMessage> find_link(const netstate::InterfaceName& name);
  Result<void> remove_link(const NamedLink& named, const netstate::RemoveInterface& op);
  Result<bool> is_gone_in_time(const netstate::InterfaceName& name);
  Result<void> set_link(const netstate::SetLink& op);

  const Options& options_;
  RequestSocket& requests_;
  Engines& engines_;
  Devices& devices_;
  DeviceMemory& memory_;
  Forwarder& forwarder_;
  LinkTable table_;
};

}  // namespace smeg::netlink
