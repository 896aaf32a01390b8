#include "daemon/notify.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>

#include "io/io.h"

namespace smeg::daemon {

Result<void> notify_service_manager(std::string_view state) {
  const char* place = std::getenv("NOTIFY_SOCKET");
  if (place == nullptr) return {};
  const std::string_view path(place);
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if (path.size() < 2 || path.size() >= sizeof to.sun_path || (path[0] != '/' && path[0] != '@')) {
    return fail(Code::invalid, "NOTIFY_SOCKET is not the path of a socket");
  }
  std::copy(path.begin(), path.end(), to.sun_path);
  if (path[0] == '@') to.sun_path[0] = '\0';  // the abstract namespace, unix(7)
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  const io::Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket || ::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL,
                          reinterpret_cast<const sockaddr*>(&to), size) < 0) {
    return fail(io::os_error("can't notify the service manager", errno));
  }
  return {};
}

}  // namespace smeg::daemon
