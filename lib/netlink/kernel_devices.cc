#include "netlink/kernel_devices.h"

namespace smeg::netlink {
namespace {

// For as long as the trial takes. No name of ours, which end in a number; tells an operator who sees it what it is.
constexpr const char* kTrialName = "smeg-trial";
constexpr unsigned kTrials = 3;

// The name of the error alone, from to_error(): without what we said before it, and what the kernel said behind it.
std::string reason_of(const Error& error) {
  const auto at = error.message.find(": ");
  const std::string reason = at == std::string::npos ? error.message : error.message.substr(at + 2);
  return reason.substr(0, reason.find(" (kernel: "));
}

Result<LinkMessage> find_trial(RequestSocket& requests) {
  const auto seen = requests.get(get_link(kTrialName), "look for a WireGuard interface made for trial");
  if (!seen) return fail(seen.error());
  const auto* link = std::get_if<LinkMessage>(&seen->body);
  if (!link) return fail(Code::not_found, "the interface is gone");
  return *link;
}

tl::unexpected<Error> refused(const Error& error) {
  const std::string what =
      error.code == Code::unsupported ? "the kernel has no WireGuard" : "the kernel's WireGuard is refused";
  return fail(error.code, what + " (" + reason_of(error) + ")");
}

}  // namespace

Result<RequestSocket*> KernelDevices::connect() {
  if (socket_) return &*socket_;
  auto socket = RequestSocket::open(Protocol::generic, timeout_);
  if (!socket) return fail(socket.error());
  const auto answer = socket->get(get_wireguard_family(), "ask for the kernel's WireGuard");
  if (!answer && answer.error().code == Code::not_found) {
    return fail(Code::unsupported, "cannot ask for the kernel's WireGuard: there is none",
                "load it: modprobe wireguard");
  }
  if (!answer) return fail(answer.error());
  const auto* family = std::get_if<FamilyMessage>(&answer->body);
  if (!family) return fail(Code::malformed, "the kernel's answer names no family of messages");
  family_ = family->family;
  socket_ = std::move(*socket);
  return &*socket_;
}

Result<wireguard::DeviceStatus> KernelDevices::get(LinkIndex link) {
  const auto socket = connect();
  if (!socket) return fail(socket.error());
  DeviceParts parts;
  Result<void> added;
  const auto start = [&] {
    (void)parts.take();
    added = {};
  };
  const auto done =
      (*socket)->dump(get_device(family_, link), "look at a WireGuard device", start, [&](Message& message) {
        auto* device = std::get_if<DeviceMessage>(&message.body);
        if (device && added) added = parts.add(std::move(device->part));
      });
  if (!done) {
    socket_.reset();  // a module that was loaded anew has another family
    return fail(done.error());
  }
  if (!added) return fail(added.error());
  return parts.take();
}

Result<void> KernelDevices::set(LinkIndex link, const wireguard::DeviceConfig& config) {
  const auto socket = connect();
  if (!socket) return fail(socket.error());
  DeviceRequests requests(family_, link, config);
  while (auto request = requests.next()) {
    if (auto done = (*socket)->change(std::move(*request), "configure a WireGuard device"); !done) {
      socket_.reset();
      return done;
    }
  }
  return {};
}

// The name is always the same: what another smegd left behind, which was stopped at this very place, goes now.
Result<void> try_kernel_wireguard(RequestSocket& requests, KernelDevices& devices) {
  const std::string what = "make a WireGuard interface for trial";
  for (unsigned trial = 0; trial < kTrials; ++trial) {
    const auto made = requests.change(add_wireguard_link(kTrialName), what);
    if (!made && made.error().code != Code::exists) return refused(made.error());
    const auto link = find_trial(requests);
    if (!link && link.error().code == Code::not_found) continue;  // another smegd tries at this moment
    if (!link) return refused(link.error());
    if (link->kind != netstate::kWireguardKind) break;
    const auto answer = devices.get(link->index);
    (void)requests.change(delete_link(link->index), "remove a WireGuard interface made for trial");
    if (!answer && answer.error().code == Code::not_found) continue;
    return answer ? Result<void>{} : refused(answer.error());
  }
  return fail(Code::exists,
              std::string("the kernel's WireGuard can't be tried (there is an interface ") + kTrialName + ")");
}

}  // namespace smeg::netlink
