#include "io/tun.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace smeg::io {
namespace {

constexpr const char* kTunDevice = "/dev/net/tun";

ifreq request_for(std::string_view name) {
  ifreq request{};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  return request;
}

// An ioctl about an interface, by its present name: it may have been renamed.
Result<ifreq> ask_interface(unsigned index, unsigned long command, ifreq request, const char* what) {
  const Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const Descriptor socket6(socket ? -1 : ::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const int fd = socket ? socket.get() : socket6.get();
  if (fd < 0) return fail(os_error("can't open a socket", errno));
  if (!if_indextoname(index, request.ifr_name)) return fail(os_error(what, errno));
  if (ioctl(fd, command, &request) < 0) return fail(os_error(what, errno));
  return request;
}

Result<unsigned> index_of(const std::string& name) {
  const unsigned index = if_nametoindex(name.c_str());
  if (index == 0) return fail(os_error("can't find interface " + name, errno));
  return index;
}

Result<void> make_non_blocking(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
    return fail(os_error("can't set up the TUN queue", errno));
  return {};
}

Error creation_error(const std::string& name, int error_number) {
  if (error_number == EBUSY || error_number == EEXIST) {
    return {Code::exists, "there is an interface " + name + " already",
            "choose another name, or remove it: ip link delete " + name};
  }
  return os_error("can't create interface " + name, error_number,
                  error_number == EPERM ? "run as root, or with CAP_NET_ADMIN" : "");
}

}  // namespace

bool is_interface_name(std::string_view name) {
  if (name.empty() || name.size() >= IFNAMSIZ || name == "." || name == "..") return false;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte == '/' || byte == ':' || byte == '%' || byte == 0x7f) return false;
  }
  return true;
}

Tun::Tun(Descriptor queue, std::string name, unsigned index)
    : queue_(std::move(queue)), name_(std::move(name)), index_(index) {}

Result<Tun> Tun::create(const std::string& name) {
  if (!is_interface_name(name)) {
    return fail(Code::invalid, "'" + name + "' can't be the name of an interface",
                "1 to 15 characters, without space, '/', ':' and '%'");
  }
  Descriptor queue(open(kTunDevice, O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (!queue) {
    return fail(
        os_error(std::string("can't open ") + kTunDevice, errno,
                 errno == ENOENT ? "load the kernel's module: modprobe tun" : "run as root, or with CAP_NET_ADMIN"));
  }
  // IFF_TUN_EXCL: without it a second process could join the interface as one more queue and take half of the packets.
  ifreq request = request_for(name);
  request.ifr_flags = static_cast<short>(IFF_TUN | IFF_NO_PI | IFF_MULTI_QUEUE | IFF_TUN_EXCL);
  if (ioctl(queue.get(), TUNSETIFF, &request) < 0) return fail(creation_error(name, errno));
  auto index = index_of(name);
  if (!index) return fail(std::move(index.error()));
  return Tun(std::move(queue), name, *index);
}

Result<Tun> Tun::adopt(Descriptor queue) {
  ifreq request{};
  if (ioctl(queue.get(), TUNGETIFF, &request) < 0) return fail(os_error("the given descriptor is no TUN queue", errno));
  const int flags = request.ifr_flags & 0xffff;
  if (!(flags & IFF_TUN) || !(flags & IFF_NO_PI) || (flags & IFF_VNET_HDR)) {
    return fail(Code::unsupported, "the given TUN queue has packet headers",
                "open it with IFF_TUN and IFF_NO_PI, without IFF_VNET_HDR");
  }
  if (auto made = make_non_blocking(queue.get()); !made) return fail(std::move(made.error()));
  if (fcntl(queue.get(), F_SETFD, FD_CLOEXEC) < 0) return fail(os_error("can't set up the TUN queue", errno));
  std::string name = request.ifr_name;
  auto index = index_of(name);
  if (!index) return fail(std::move(index.error()));
  return Tun(std::move(queue), std::move(name), *index);
}

Result<unsigned> Tun::mtu() const {
  return ask_interface(index_, SIOCGIFMTU, {}, "can't read the interface's MTU").map([](const ifreq& answer) {
    return static_cast<unsigned>(answer.ifr_mtu);
  });
}

Result<void> Tun::set_mtu(unsigned mtu) const {
  ifreq request{};
  request.ifr_mtu = static_cast<int>(mtu);
  auto answer = ask_interface(index_, SIOCSIFMTU, request, "can't set the interface's MTU");
  if (!answer) return fail(std::move(answer.error()));
  return {};
}

Result<void> Tun::set_queue_length(unsigned packets) const {
  ifreq request{};
  request.ifr_qlen = static_cast<int>(packets);
  auto answer = ask_interface(index_, SIOCSIFTXQLEN, request, "can't set the length of the interface's queue");
  if (!answer) return fail(std::move(answer.error()));
  return {};
}

Result<bool> Tun::is_up() const {
  return ask_interface(index_, SIOCGIFFLAGS, {}, "can't read the interface's state").map([](const ifreq& answer) {
    return (answer.ifr_flags & IFF_UP) != 0;
  });
}

Transfer Tun::read(MutableByteView into, std::size_t& size) const {
  while (true) {
    const ssize_t got = ::read(queue_.get(), into.data(), into.size());
    if (got >= 0) {
      size = static_cast<std::size_t>(got);
      return Transfer::done;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return Transfer::blocked;
    return errno == EBADFD ? Transfer::gone : Transfer::failed;
  }
}

Transfer Tun::write(ByteView packet) const {
  while (true) {
    if (::write(queue_.get(), packet.data(), packet.size()) >= 0) return Transfer::done;
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return Transfer::blocked;
    if (errno == EIO) return Transfer::down;
    return errno == EBADFD ? Transfer::gone : Transfer::failed;
  }
}

}  // namespace smeg::io
