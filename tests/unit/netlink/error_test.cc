#include <doctest/doctest.h>

#include <cerrno>

#include "netlink/codec.h"

namespace smeg::netlink {

TEST_CASE("errors say what was tried, what the system says, and what helps") {
  const Error refused = to_error({EPERM, ""}, "add route fd00::/64 over smeg0");
  CHECK(refused.message == "cannot add route fd00::/64 over smeg0: Operation not permitted");
  CHECK(refused.code == Code::forbidden);
  CHECK(refused.hint.find("CAP_NET_ADMIN") != std::string::npos);

  const Error explained = to_error({EINVAL, "mtu greater than device maximum"}, "set link smeg0");
  CHECK(explained.message == "cannot set link smeg0: Invalid argument (kernel: mtu greater than device maximum)");
  CHECK(explained.code == Code::io);
}

TEST_CASE("errors have the code that a program may decide by") {
  for (const int number : {ENOENT, ESRCH, ENODEV, EADDRNOTAVAIL}) {
    CHECK(to_error({number, ""}, "x").code == Code::not_found);
  }
  CHECK(to_error({EEXIST, ""}, "x").code == Code::exists);
  CHECK(to_error({EACCES, ""}, "x").code == Code::forbidden);
  CHECK(to_error({EACCES, ""}, "x").hint.find("disable_ipv6") != std::string::npos);
  CHECK(to_error({EAFNOSUPPORT, ""}, "x").code == Code::unsupported);
  CHECK(to_error({ENOBUFS, ""}, "x").code == Code::io);
}

}  // namespace smeg::netlink
