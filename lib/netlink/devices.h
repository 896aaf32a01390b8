// WireGuard devices of both kinds, between netstate's values and WireGuard's own, and what has to be remembered about
// them from one observation to the next.
#pragma once

#include <map>

#include "netlink/engines.h"
#include "netlink/kernel_devices.h"
#include "netlink/links.h"

namespace smeg::netlink {

netstate::ObservedDevice to_observed(const wireguard::DeviceStatus& status);
// The change that an operation makes to a device. Only for those that do: SetDevice, SetPeer, RemovePeer.
void add_to_config(const netstate::SetDevice& op, wireguard::DeviceConfig& config);
void add_to_config(const netstate::SetPeer& op, wireguard::DeviceConfig& config);
void add_to_config(const netstate::RemovePeer& op, wireguard::DeviceConfig& config);

// Job: asks and configures a device, whichever way its backend wants it. Caller: Host, on its thread. Fails by Result.
class Devices {
 public:
  Devices(const Engines& engines, KernelDevices& kernel) : engines_(engines), kernel_(kernel) {}

  Result<wireguard::DeviceStatus> get(const netstate::InterfaceName& name, const NamedLink& named);
  Result<void> set(const netstate::InterfaceName& name, const NamedLink& named, const wireguard::DeviceConfig& config);

 private:
  const Engines& engines_;
  KernelDevices& kernel_;
};

// Job: the choices of endpoints that we made (netstate::EndpointChoice), and how often in a row a device was silent.
// In memory only: a restart forgets it, and netstate's diff knows what to do then. Not for several threads.
class DeviceMemory {
 public:
  void on_chosen(const netstate::InterfaceName& name, const crypto::WgPublicKey& peer,
                 const netstate::EndpointChoice& choice);
  void on_removed(const netstate::InterfaceName& name);
  // A device answered: fills in the choices and forgets those of peers that are gone.
  void on_answer(const netstate::InterfaceName& name, netstate::ObservedDevice& device);
  // It did not answer. Gives the device as last seen; empty after limits::kEngineSilences times in a row, and
  // unavailable where it was never seen.
  Result<std::optional<netstate::ObservedDevice>> on_silence(const netstate::InterfaceName& name);

 private:
  struct Entry {
    std::map<crypto::WgPublicKey, netstate::EndpointChoice> choices;
    std::optional<netstate::ObservedDevice> last;
    unsigned silences = 0;
  };
  std::map<netstate::InterfaceName, Entry> entries_;
};

}  // namespace smeg::netlink
