// Sockets of the underlay as sessions want them. Internal to io.
#pragma once

#include "io/session.h"
#include "ipc/asio.h"

namespace smeg::io {

using Tcp = boost::asio::ip::tcp;

Tcp::endpoint to_asio(const addr::Endpoint& endpoint);
// An IPv4 address in IPv6 dress (RFC 4291 section 2.5.5.2) comes out as IPv4.
addr::Endpoint from_asio(const Tcp::endpoint& endpoint);

// Before bind or connect: the mark, so that no route into a mesh swallows what carries the mesh.
Result<void> mark_socket(int fd, std::uint32_t mark);
// Once connected: no Nagle, keep-alives, and a bound on how long a silent peer is believed in. Best effort.
void tune_socket(int fd, Duration dead_after);

// A listening socket at that address. v6_only is for "::" beside IPv4 addresses.
Result<Tcp::acceptor> listen_at(boost::asio::io_context& loop, const addr::Endpoint& at, bool v6_only,
                                std::uint32_t mark);

}  // namespace smeg::io
