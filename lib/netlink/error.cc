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
    case EPERM:
    case EACCES: return Code::forbidden;
    case EOPNOTSUPP:
    case EAFNOSUPPORT: return Code::unsupported;
    default: return Code::io;
  }
}

std::string hint_for(Code code) {
  if (code == Code::forbidden) return "run as root, or give the program the capability CAP_NET_ADMIN";
  if (code == Code::unsupported) return "check that the kernel has IPv6, and not turned off (ipv6.disable)";
  return {};
}

}  // namespace

Error to_error(const Ack& ack, const std::string& what) {
  std::string message = "cannot " + what + ": " + std::generic_category().message(ack.error_number);
  if (!ack.text.empty()) message += " (kernel: " + ack.text + ")";
  const Code code = code_of(ack.error_number);
  return Error{code, std::move(message), hint_for(code)};
}

}  // namespace smeg::netlink
