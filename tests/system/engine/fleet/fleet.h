// The two things that a fleet can do to an engine.
#pragma once

#include "io/io.h"
#include "wireguard/wireguard.h"

namespace smeg::fleet {

struct Task {
  crypto::WgPublicKey engine;
  addr::Endpoint at;
  addr::IpAddress first;  // IPv4
  std::uint32_t count = 0;
  std::uint32_t rate = 0;  // a second
  std::uint32_t seconds = 0;
};

// The same for each run, so that the engine can be told before.
crypto::WgPrivateKey key_of(std::uint32_t index);
addr::IpAddress address_of(const Task& task, std::uint32_t index);

// Both return an exit status and print one line.
int send_junk(const Task& task);
int call_as_peers(const Task& task);

}  // namespace smeg::fleet
