// The kernel's side of linux/wireguard.h in the plainest way: reads requests by hand, holds a device, answers with a
// dump cut into messages. The twin of the codec, which it shares nothing with.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "wireguard/wireguard.h"

namespace smeg::netlink::test {

class NaiveKernel {
 public:
  // Carries out one set request.
  void set(ByteView request);
  // The datagrams of a dump, one message each; a message holds at most so many allowed-ips.
  std::vector<Bytes> dump(std::size_t allowed_ips_per_message) const;

  // In the order in which the peers were made; allowed-ips in the order of their addresses.
  wireguard::DeviceStatus device;
};

// What a change comes to, said without any message.
void change(wireguard::DeviceStatus& device, const wireguard::DeviceConfig& config);

// A device and a change with so many peers, drawn from a seed.
wireguard::DeviceStatus random_device(SeededRng& rng, std::size_t peers, std::size_t allowed_ips_each);
wireguard::DeviceConfig random_change(SeededRng& rng, const wireguard::DeviceStatus& device, std::size_t peers,
                                      std::size_t allowed_ips_each);

}  // namespace smeg::netlink::test
