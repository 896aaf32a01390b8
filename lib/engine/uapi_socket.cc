#include "engine/uapi_socket.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace smeg::engine {
namespace {

constexpr int kBacklog = 16;

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return fail(Code::too_large, "the path " + path + " is too long");
  path.copy(address.sun_path, path.size());
  return address;
}

// Whether somebody answers there.
bool is_live(const sockaddr_un& address) {
  const io::Descriptor probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int result = connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  return result == 0 || errno == EAGAIN || errno == EINPROGRESS;
}

Result<io::Descriptor> open_folder(const std::string& folder) {
  if (mkdir(folder.c_str(), 0700) < 0 && errno != EEXIST) return fail(io::os_error("can't make " + folder, errno));
  io::Descriptor opened(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened) return fail(io::os_error("can't open " + folder, errno));
  struct stat status {};
  if (fstat(opened.get(), &status) < 0) return fail(io::os_error("can't read " + folder, errno));
  if (status.st_uid != geteuid() && status.st_uid != 0) {
    return fail(Code::forbidden, folder + " belongs to somebody else", "remove it; it is made anew");
  }
  if (status.st_mode & (S_IWGRP | S_IWOTH)) {
    return fail(Code::forbidden, "others may write to " + folder, "chmod 700 " + folder);
  }
  return opened;
}

// Frees the place of the socket, or says who is in it.
Result<void> clear_place(const sockaddr_un& address, const std::string& interface) {
  struct stat status {};
  if (lstat(address.sun_path, &status) < 0) {
    if (errno == ENOENT) return {};
    return fail(io::os_error(std::string("can't look at ") + address.sun_path, errno));
  }
  if (!S_ISSOCK(status.st_mode)) {
    return fail(Code::exists, std::string(address.sun_path) + " is there and is no socket", "remove it");
  }
  if (is_live(address)) {
    return fail(Code::exists, "another process serves " + interface + " at " + address.sun_path,
                "stop it, or choose another name");
  }
  if (unlink(address.sun_path) < 0) return fail(io::os_error(std::string("can't remove ") + address.sun_path, errno));
  return {};
}

Result<io::Descriptor> bind_and_listen(const sockaddr_un& address) {
  io::Descriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener) return fail(io::os_error("can't make a socket", errno));
  const mode_t before = umask(0177);
  const int bound = bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  const int error_number = errno;
  umask(before);
  if (bound < 0) return fail(io::os_error(std::string("can't bind ") + address.sun_path, error_number));
  if (::listen(listener.get(), kBacklog) < 0) return fail(io::os_error("can't listen", errno));
  return listener;
}

std::string path_for(const std::string& folder, const std::string& interface) {
  return folder + "/" + interface + ".sock";
}

}  // namespace

Result<UapiSocket> UapiSocket::listen(const std::string& folder, const std::string& interface) {
  const std::string path = path_for(folder, interface);
  auto address = address_of(path);
  if (!address) return fail(std::move(address.error()));
  auto opened = open_folder(folder);
  if (!opened) return fail(std::move(opened.error()));
  flock(opened->get(), LOCK_EX);  // two that start at once: one of them finds the other's socket; let go at the end
  if (auto cleared = clear_place(*address, interface); !cleared) return fail(std::move(cleared.error()));
  auto listener = bind_and_listen(*address);
  if (!listener) return fail(std::move(listener.error()));
  UapiSocket socket(std::move(*listener), path);
  if (auto watched = socket.start_watch(folder); !watched) return fail(std::move(watched.error()));
  return socket;
}

Result<UapiSocket> UapiSocket::adopt(io::Descriptor listener, const std::string& folder, const std::string& interface) {
  int listens = 0;
  socklen_t size = sizeof(listens);
  if (getsockopt(listener.get(), SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) < 0 || !listens) {
    return fail(Code::invalid, "the given UAPI socket doesn't listen");
  }
  const int flags = fcntl(listener.get(), F_GETFL);
  if (flags < 0 || fcntl(listener.get(), F_SETFL, flags | O_NONBLOCK) < 0 ||
      fcntl(listener.get(), F_SETFD, FD_CLOEXEC) < 0) {
    return fail(io::os_error("the given UAPI socket is unusable", errno));
  }
  UapiSocket socket(std::move(listener), path_for(folder, interface));
  if (auto watched = socket.start_watch(folder); !watched) return fail(std::move(watched.error()));
  return socket;
}

Result<void> UapiSocket::start_watch(const std::string& folder) {
  struct stat status {};
  if (lstat(path_.c_str(), &status) < 0) return fail(io::os_error("can't find " + path_, errno));
  device_ = status.st_dev;
  inode_ = status.st_ino;
  watch_.reset(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  const std::uint32_t events = IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
  if (!watch_ || inotify_add_watch(watch_.get(), folder.c_str(), events) < 0) {
    return fail(io::os_error("can't watch " + folder, errno));
  }
  return {};
}

bool UapiSocket::is_ours() const {
  struct stat status {};
  return lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_;
}

bool UapiSocket::is_gone() {
  alignas(inotify_event) std::array<char, 4'096> buffer;
  while (read(watch_.get(), buffer.data(), buffer.size()) > 0) {
  }
  return !is_ours();
}

io::Descriptor UapiSocket::accept() const {
  return io::Descriptor(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
}

UapiSocket::~UapiSocket() {
  if (listener_ && is_ours()) unlink(path_.c_str());
}

}  // namespace smeg::engine
