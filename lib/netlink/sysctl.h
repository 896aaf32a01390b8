// What the kernel's IPv6 does on each interface: /proc/sys/net/ipv6/conf.
#pragma once

#include <set>
#include <string>

#include "base/base.h"

namespace smeg::netlink {

// Settings of one name: of an interface, of "default" (what new interfaces begin with) or of "all". Values are small
// numbers. Plain files of the network namespace that the calling thread is in.
class Sysctl {
 public:
  // As in Sysctl("forwarding").
  explicit Sysctl(std::string name) : name_(std::move(name)) {}

  // Fails with not_found where there is no such interface, or the kernel has no IPv6.
  Result<int> get(const std::string& interface) const;
  // Fails with not_found; with unsupported where /proc/sys can't be written, as in a container.
  Result<void> set(const std::string& interface, int value) const;
  // Whether set() may write, and changes nothing: some settings do more than take a value, even the one they have.
  Result<void> can_set(const std::string& interface) const;
  // Interfaces, and "default", that have that value; those whose names netstate::InterfaceName doesn't take are left
  // out.
  std::set<std::string> where(int value) const;

 private:
  std::string path(const std::string& interface) const;
  std::string name_;
};

}  // namespace smeg::netlink
