#include "netlink/sysctl.h"

#include <dirent.h>
#include <fcntl.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include "netlink/fd.h"
#include "netstate/netstate.h"

namespace smeg::netlink {
namespace {

constexpr const char* kFolder = "/proc/sys/net/ipv6/conf";
constexpr std::size_t kLongestValue = 16;  // bytes

Error to_error(int error_number, const std::string& what) {
  Error error{Code::io, "cannot " + what + ": " + std::strerror(error_number), ""};
  if (error_number == ENOENT) error.code = Code::not_found;
  if (error_number == EROFS || error_number == EACCES || error_number == EPERM) {
    error.code = Code::unsupported;
    error.hint =
        "where /proc/sys can't be written, as in many containers, set net.ipv6.conf.all.forwarding=1 from outside";
  }
  return error;
}

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

}  // namespace

std::string Sysctl::path(const std::string& interface) const {
  return std::string(kFolder) + "/" + interface + "/" + name_;
}

Result<int> Sysctl::get(const std::string& interface) const {
  const std::string what = "read " + path(interface);
  const Fd file(open(path(interface).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return fail(to_error(errno, what));
  char text[kLongestValue];
  const ssize_t size = read(file.get(), text, sizeof text);
  if (size < 0) return fail(to_error(errno, what));
  int value = 0;
  const auto [end, error] = std::from_chars(text, text + size, value);
  if (error != std::errc{}) return fail(Code::io, "cannot " + what + ": it holds no number");
  return value;
}

Result<void> Sysctl::set(const std::string& interface, int value) const {
  const std::string text = std::to_string(value);
  const std::string what = "set " + path(interface) + " to " + text;
  const Fd file(open(path(interface).c_str(), O_WRONLY | O_CLOEXEC));
  if (!file) return fail(to_error(errno, what));
  if (write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return fail(to_error(errno, what));
  }
  return {};
}

Result<void> Sysctl::can_set(const std::string& interface) const {
  const Fd file(open(path(interface).c_str(), O_WRONLY | O_CLOEXEC));
  return file ? Result<void>{} : fail(to_error(errno, "set " + path(interface)));
}

std::set<std::string> Sysctl::where(int value) const {
  std::set<std::string> out;
  const std::unique_ptr<DIR, CloseFolder> folder(opendir(kFolder));
  while (const dirent* entry = folder ? readdir(folder.get()) : nullptr) {
    const std::string name = entry->d_name;
    if (name == "all" || !netstate::InterfaceName::parse(name)) continue;
    if (get(name) == value) out.insert(name);
  }
  return out;
}

}  // namespace smeg::netlink
