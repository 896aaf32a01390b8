// Gathers what is ours into netstate's values.
#pragma once

#include "netlink/devices.h"
#include "netlink/forwarder.h"
#include "netlink/links.h"

namespace smeg::netlink {

// Job: Host::observe() and Host::observe_devices(). Caller: Host, on its thread. Fails by Result. Changes nothing.
class Observer {
 public:
  // What try_kernel_wireguard() said is told with every observation.
  Observer(const Options& options, RequestSocket& requests, Engines& engines, Devices& devices, DeviceMemory& memory,
           Forwarder& forwarder, const Result<void>& kernel_works);

  Result<netstate::Observed> observe();
  std::map<netstate::InterfaceName, netstate::ObservedDevice> observe_devices();
  // The links that were ours at the last observation.
  const std::map<LinkIndex, netstate::InterfaceName>& ours() const { return ours_; }

 private:
  Result<netstate::ObservedInterface> observe_interface(const netstate::InterfaceName& name, const NamedLink& named);
  Result<std::optional<netstate::ObservedDevice>> observe_device(const netstate::InterfaceName& name,
                                                                 const NamedLink& named);
  Result<void> observe_addresses(netstate::Observed& observed);
  Result<void> observe_routes(int family, netstate::Observed& observed);
  Result<void> observe_rules(netstate::Observed& observed);
  bool is_our_address(const AddressMessage& message) const;

  const Options& options_;
  RequestSocket& requests_;
  Engines& engines_;
  Devices& devices_;
  DeviceMemory& memory_;
  Forwarder& forwarder_;
  std::string kernel_refusal_;
  bool kernel_marks_addresses_;
  LinkTable table_;  // as last seen
  std::map<LinkIndex, netstate::InterfaceName> ours_;
};

}  // namespace smeg::netlink
