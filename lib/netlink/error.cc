#include <cerrno>
#include <system_error>

#include "netlink/codec.h"

namespace smeg::netlink {
namespace {

Code code_of(int error_number) {
  switch (error_number) {
    case EEXIST: return Code::exists;
    case ENOENT:
    case ESRCH:
    case ENODEV:
    case EADDRNOTAVAIL: return Code::not_found;
    case EADDRINUSE: return Code::conflict;
    case EPERM:
    case EACCES: return Code::forbidden;
    case EOPNOTSUPP:
    case EAFNOSUPPORT: return Code::unsupported;
    default: return Code::io;
  }
}

std::string hint_for(int error_number) {
  switch (error_number) {
    case EPERM: return "run as root, or give the program the capability CAP_NET_ADMIN";
    case EACCES:  // what the kernel says for an IPv6 address on an interface without IPv6
      return "check that IPv6 is not turned off: sysctl net.ipv6.conf.all.disable_ipv6 must be 0";
    case EOPNOTSUPP:
    case EAFNOSUPPORT: return "check that the kernel has IPv6, and not turned off (ipv6.disable)";
    default: return {};
  }
}

}  // namespace

Error to_error(const Ack& ack, const std::string& what) {
  std::string message = "cannot " + what + ": " + std::generic_category().message(ack.error_number);
  if (!ack.text.empty()) message += " (kernel: " + ack.text + ")";
  return Error{code_of(ack.error_number), std::move(message), hint_for(ack.error_number)};
}

}  // namespace smeg::netlink
