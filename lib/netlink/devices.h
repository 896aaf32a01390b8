// WireGuard devices between netstate's values and UAPI's, and what has to be remembered about them from one observation
// to the next.
#pragma once

#include <map>

#include "netlink/engines.h"

namespace smeg::netlink {

netstate::ObservedDevice to_observed(const wireguard::DeviceStatus& status);
// The change that an operation makes to a device. Only for those that do: SetDevice, SetPeer, RemovePeer.
void add_to_config(const netstate::SetDevice& op, wireguard::DeviceConfig& config);
void add_to_config(const netstate::SetPeer& op, wireguard::DeviceConfig& config);
void add_to_config(const netstate::RemovePeer& op, wireguard::DeviceConfig& config);

// Job: the choices of endpoints that we made (netstate::EndpointChoice), and how often in a row an engine was silent.
// In memory only: a restart forgets it, and netstate's diff knows what to do then. Not for several threads.
class DeviceMemory {
 public:
  void on_chosen(const netstate::InterfaceName& name, const crypto::WgPublicKey& peer,
                 const netstate::EndpointChoice& choice);
  void on_stopped(const netstate::InterfaceName& name);
  // An engine answered: fills in the choices and forgets those of peers that are gone.
  void on_answer(const netstate::InterfaceName& name, netstate::ObservedDevice& device);
  // An engine did not answer. Gives the device as last seen; empty after limits::kEngineSilences times in a row, and
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
