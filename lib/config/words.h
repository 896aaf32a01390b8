// The words of a configuration that stand for enumerators. For this module alone.
#pragma once

#include "config/reader.h"

namespace smeg::config {

inline constexpr Word<IpDiscovery> kIpDiscoveries[] = {{"outgoing", IpDiscovery::outgoing},
                                                       {"public", IpDiscovery::public_address}};
inline constexpr Word<LogLevel> kLogLevels[] = {
    {"debug", LogLevel::debug}, {"info", LogLevel::info}, {"warning", LogLevel::warning}, {"error", LogLevel::error}};
inline constexpr Word<Role> kRoles[] = {{"peer", Role::peer}, {"client", Role::client}};
inline constexpr Word<ServiceProtocol> kServiceProtocols[] = {{"tcp", ServiceProtocol::tcp},
                                                              {"udp", ServiceProtocol::udp}};
inline constexpr Word<Backend> kBackends[] = {{"auto", Backend::automatic},
                                              {"kernel", Backend::kernel},
                                              {"userspace", Backend::userspace},
                                              {"stub", Backend::stub}};

}  // namespace smeg::config
