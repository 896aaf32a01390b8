#include "netlink/uapi.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace smeg::netlink {
namespace {

using Deadline = std::chrono::steady_clock::time_point;

tl::unexpected<Error> no_answer() { return fail(Code::unavailable, "the engine gives no answer on its UAPI socket"); }

tl::unexpected<Error> system_error(const std::string& what) {
  const Code code = errno == ENOENT || errno == ECONNREFUSED ? Code::not_found : Code::io;
  return fail(code, "cannot " + what + ": " + std::generic_category().message(errno));
}

std::uint32_t listener_of(int fd) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0 || credentials.pid < 0) return 0;
  return static_cast<std::uint32_t>(credentials.pid);
}

}  // namespace

Result<UapiConnection> UapiConnection::open(const std::string& path, Deadline deadline) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return fail(Code::invalid, "the UAPI socket's path is too long: " + path);
  std::memcpy(address.sun_path, path.data(), path.size());
  Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return system_error("make a socket");
  // A full queue of waiting clients shows as EAGAIN, and can't be waited for by poll.
  while (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) {
    if (errno != EAGAIN && errno != EINTR) return system_error("connect to " + path);
    if (std::chrono::steady_clock::now() >= deadline) return no_answer();
    poll(nullptr, 0, 5);
  }
  const std::uint32_t process = listener_of(fd.get());
  return UapiConnection(std::move(fd), process);
}

Result<void> UapiConnection::send(std::string_view request, Deadline deadline) {
  while (!request.empty()) {
    const ssize_t sent = ::send(fd_.get(), request.data(), request.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      request.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno != EAGAIN && errno != EINTR) {
      return system_error("talk to the engine");
    } else if (!wait_for(fd_.get(), POLLOUT, deadline)) {
      return no_answer();
    }
  }
  return {};
}

Result<wireguard::DeviceStatus> UapiConnection::receive(Deadline deadline) {
  wireguard::UapiReplyParser parser;
  std::array<std::uint8_t, 16 * 1'024> piece;
  while (true) {
    const ssize_t size = recv(fd_.get(), piece.data(), piece.size(), 0);
    if (size > 0) {
      const MutableByteView bytes(piece.data(), static_cast<std::size_t>(size));
      parser.feed(as_text(bytes));
      crypto::wipe(bytes);
      if (auto reply = parser.next()) return std::move(*reply);
      if (parser.broken()) return fail(Code::malformed, "the engine does not speak the UAPI protocol");
    } else if (size == 0) {
      return fail(Code::io, "the engine closed the connection to its UAPI socket");
    } else if (errno != EAGAIN && errno != EINTR) {
      return system_error("hear from the engine");
    } else if (!wait_for(fd_.get(), POLLIN, deadline)) {
      return no_answer();
    }
  }
}

Result<wireguard::DeviceStatus> UapiConnection::get(Deadline deadline) {
  if (auto sent = send(wireguard::uapi_get_request(), deadline); !sent) return fail(sent.error());
  return receive(deadline);
}

Result<void> UapiConnection::set(const wireguard::DeviceConfig& config, Deadline deadline) {
  std::string request = wireguard::uapi_set_request(config);
  const auto sent = send(request, deadline);
  crypto::wipe({reinterpret_cast<std::uint8_t*>(request.data()), request.size()});
  if (!sent) return fail(sent.error());
  const auto reply = receive(deadline);
  if (!reply) return fail(reply.error());
  return {};
}

}  // namespace smeg::netlink
