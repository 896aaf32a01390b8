// Between Asio's endpoints and ours, and what UDP and TCP have in common.
#pragma once

#include <chrono>

#include "addr/addr.h"
#include "ipc/asio.h"

namespace smeg::nameserver {

namespace asio = boost::asio;

// The monotonic clock.
inline Instant now() {
  return Instant(std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

inline asio::ip::address to_asio(const addr::IpAddress& address) {
  const ByteView bytes = address.view();
  if (address.is_v4()) {
    asio::ip::address_v4::bytes_type out;
    std::copy(bytes.begin(), bytes.end(), out.begin());
    return asio::ip::address_v4(out);
  }
  asio::ip::address_v6::bytes_type out;
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return asio::ip::address_v6(out);
}

inline addr::IpAddress from_asio(const asio::ip::address& address) {
  return address.is_v4() ? addr::IpAddress::v4(address.to_v4().to_bytes())
                         : addr::IpAddress::v6(address.to_v6().to_bytes());
}

inline Error cannot_listen(const addr::Endpoint& at, const boost::system::error_code& why) {
  const bool taken = why == asio::error::address_in_use;
  const bool privileged = why == asio::error::access_denied;
  return {taken ? Code::conflict : Code::io, "can't listen at " + at.to_string() + ": " + why.message(),
          taken        ? "another server is there: name another port with --listen"
          : privileged ? "ports below 1024 want CAP_NET_BIND_SERVICE"
                       : "name an address of this host with --listen"};
}

}  // namespace smeg::nameserver
