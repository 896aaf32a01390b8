// The sub-command `smegd engine`.
#pragma once

#include <string_view>

#include "wireguard/wireguard.h"

namespace smeg {

// The name of a link to smegd under which it is the engine, for those who can name a program but no sub-command, as
// wg-quick's WG_QUICK_USERSPACE_IMPLEMENTATION.
inline constexpr std::string_view kEngineLink = "smegd-engine";

// `engine [-f] IFNAME`, a drop-in for `wireguard-go [-f] IFNAME`: serves one WireGuard interface in userspace until it
// is told to end. Without -f it goes to the background once its UAPI socket answers. arguments[0] is the word "engine",
// or the name of the link. Returns the exit status: 0 after an orderly end, 1 where it can't do its work, 2 for wrong
// usage.
// timing: the protocol's own, but for tests.
int engine_command(int count, char** arguments, const wireguard::Timing& timing = {});

}  // namespace smeg
