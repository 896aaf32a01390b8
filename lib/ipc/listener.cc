#include "ipc/listener.h"

#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>

namespace smeg::ipc {
namespace {

constexpr mode_t kFolderMode = 0755;
constexpr mode_t kSocketMode = 0660;
constexpr int kBacklog = 64;

// Closes a descriptor unless it is given away.
struct Guard {
  int fd;
  ~Guard() {
    if (fd >= 0) ::close(fd);
  }
};

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), address.sun_path);
  return address;
}

int new_socket() { return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

// The folder must be there, or one that can be made; and nobody else may be able to put another socket in our place.
Result<void> prepare_folder(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  if (::mkdir(folder.c_str(), kFolderMode) == 0) {
    ::chmod(folder.c_str(), kFolderMode);  // whatever the umask took away
  } else if (errno != EEXIST) {
    return fail(
        system_error("can't make the folder " + folder, errno, "make it, or set controlSocket to another path"));
  }
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) return fail(system_error("can't look at " + folder, errno));
  if ((status.st_mode & S_IWOTH) && !(status.st_mode & S_ISVTX))
    return fail(Code::forbidden, "anybody may write to the folder " + folder,
                "take that right away with `chmod o-w " + folder + "`, or set controlSocket to another path");
  return {};
}

// Removes the file of a socket at which nobody listens any more.
Result<void> remove_stale(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0)
    return errno == ENOENT ? Result<void>() : fail(system_error("can't look at " + path, errno));
  if (!S_ISSOCK(status.st_mode))
    return fail(Code::exists, path + " is there and is no socket", "remove it, or set controlSocket to another path");
  const Guard probe{new_socket()};
  const sockaddr_un address = address_of(path);
  if (probe.fd < 0) return fail(system_error("can't make a socket", errno));
  // EAGAIN is a listener with a full backlog.
  if (::connect(probe.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 || errno == EAGAIN)
    return fail(Code::exists, "another daemon listens at " + path,
                "stop it first, or set controlSocket to another path");
  if (errno != ECONNREFUSED) return fail(system_error("can't tell who listens at " + path, errno));
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return fail(system_error("can't remove " + path, errno));
  return {};
}

std::optional<gid_t> group_id(const std::string& name) {
  if (name.empty()) return std::nullopt;
  std::vector<char> room(16 * 1'024);
  group entry{};
  group* found = nullptr;
  if (::getgrnam_r(name.c_str(), &entry, room.data(), room.size(), &found) != 0 || !found) return std::nullopt;
  return found->gr_gid;
}

// The supplementary groups of the other end, as they were when it connected.
std::vector<gid_t> peer_groups(int fd) {
  socklen_t size = 0;
  std::vector<gid_t> groups;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, nullptr, &size) != 0 && errno != ERANGE) return {};
  groups.resize(size / sizeof(gid_t));
  if (groups.empty() || ::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) != 0) return {};
  return groups;
}

}  // namespace

Error system_error(std::string what, int number, std::string hint) {
  const Code code = number == EACCES || number == EPERM ? Code::forbidden : Code::io;
  return {code, std::move(what) + ": " + std::generic_category().message(number), std::move(hint)};
}

Result<Listener> open_listener(const std::string& path, const std::string& group) {
  if (path.empty() || path.size() > limits::kSocketPathBytes)
    return fail(Code::too_large,
                "the path of a socket has 1 to " + std::to_string(limits::kSocketPathBytes) + " bytes");
  if (auto ok = prepare_folder(path); !ok) return fail(ok.error());
  if (auto ok = remove_stale(path); !ok) return fail(ok.error());
  Guard guard{new_socket()};
  if (guard.fd < 0) return fail(system_error("can't make a socket", errno));
  // unix(7): the file gets the mode of the socket's inode, so that it is never open to more than it should be.
  ::fchmod(guard.fd, kSocketMode);
  const sockaddr_un address = address_of(path);
  if (::bind(guard.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail(system_error("can't listen at " + path, errno, "run the daemon as root, or set controlSocket"));
  Listener out{-1, path};
  if (const auto id = group_id(group); id && ::chown(path.c_str(), static_cast<uid_t>(-1), *id) == 0) {
    out.has_group = true;
    out.group = *id;
  }
  struct stat status {};
  if (::chmod(path.c_str(), kSocketMode) != 0 || ::lstat(path.c_str(), &status) != 0 ||
      ::listen(guard.fd, kBacklog) != 0)
    return fail(system_error("can't listen at " + path, errno));
  out.device = status.st_dev;
  out.inode = status.st_ino;
  out.fd = guard.fd;
  guard.fd = -1;
  return out;
}

void close_listener(Listener& listener) {
  struct stat status {};
  if (::lstat(listener.path.c_str(), &status) == 0 && status.st_dev == listener.device &&
      status.st_ino == listener.inode)
    ::unlink(listener.path.c_str());
  if (listener.fd >= 0) ::close(listener.fd);
  listener.fd = -1;
}

Result<void> check_peer(int fd, const Listener& listener) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    return fail(system_error("can't tell who asks", errno));
  if (peer.uid == 0 || peer.uid == ::geteuid()) return {};
  const auto groups = peer_groups(fd);
  if (listener.has_group && (peer.gid == listener.group || std::ranges::find(groups, listener.group) != groups.end()))
    return {};
  return fail(Code::forbidden, "user " + std::to_string(peer.uid) + " may not ask this daemon anything",
              "ask as root, or as a member of the group 'smeg'");
}

}  // namespace smeg::ipc
