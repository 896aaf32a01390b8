#include "ipc/control_client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "ipc/listener.h"

namespace smeg::ipc {
namespace {

using Clock = std::chrono::steady_clock;
using Deadline = std::optional<Clock::time_point>;

constexpr std::size_t kLargeAnswer = 4 * 1'024 * 1'024;  // bytes; larger ones are read too

Deadline deadline_after(std::optional<Duration> timeout) {
  if (!timeout) return std::nullopt;
  return Clock::now() + *timeout;
}

Error no_daemon(const std::string& path) {
  return {Code::unavailable, "no daemon listens at " + path,
          "start it with `smegd --config FILE`, or name another socket with --socket"};
}

// True when the descriptor is ready; false when the time is over. on_wait may be empty.
Result<bool> wait_for(int fd, short events, const Deadline& deadline,
                      const std::function<void(Duration)>& on_wait = {}) {
  constexpr int kTick_ms = 1'000;
  const auto begun = Clock::now();
  while (true) {
    int wait_ms = on_wait ? kTick_ms : -1;
    if (deadline) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now()).count();
      wait_ms = static_cast<int>(std::clamp<std::int64_t>(left, 0, on_wait ? kTick_ms : 60'000));
    }
    pollfd entry{fd, events, 0};
    const int ready = ::poll(&entry, 1, wait_ms);
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return fail(system_error("can't wait for the daemon", errno));
    if (deadline && Clock::now() >= *deadline) return false;
    if (ready == 0 && on_wait) on_wait(Clock::now() - begun);
  }
}

tl::unexpected<Error> timed_out() {
  return fail(Code::unavailable, "the daemon does not answer", "its log may say why");
}

}  // namespace

Result<ControlClient> ControlClient::connect(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() > limits::kSocketPathBytes) return fail(no_daemon(path));
  std::copy(path.begin(), path.end(), address.sun_path);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return fail(system_error("can't make a socket", errno));
  ControlClient client(fd);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return client;
  switch (errno) {
    case ENOENT:
    case ENOTDIR:
    case ENOTSOCK:
    case ECONNREFUSED: return fail(no_daemon(path));
    case EACCES:
      return fail(Code::forbidden, "this user may not use " + path, "ask as root, or as a member of the group 'smeg'");
    case EAGAIN: return fail(Code::unavailable, "the daemon at " + path + " is too busy", "try again in a moment");
    default: return fail(system_error("can't reach the daemon at " + path, errno));
  }
}

ControlClient::ControlClient(ControlClient&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      lost_(other.lost_),
      last_id_(other.last_id_),
      buffer_(std::move(other.buffer_)),
      on_wait_(std::move(other.on_wait_)) {}

ControlClient::~ControlClient() {
  if (fd_ >= 0) ::close(fd_);
}

Result<control::RpcId> ControlClient::send(const control::Request& request, Duration timeout) {
  const control::RpcId id = ++last_id_;
  const std::string line = control::encode_request({id, request});
  const Deadline deadline = deadline_after(timeout);
  lost_ = true;  // until it is known otherwise
  for (std::size_t sent = 0; sent < line.size();) {
    const ssize_t size = ::send(fd_, line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
    if (size > 0) sent += static_cast<std::size_t>(size);
    if (size >= 0 || errno == EINTR) continue;
    // One that is turned away is told so before it is cut off: what it was told is still there to read.
    if (errno == EPIPE || errno == ECONNRESET) break;
    if (errno != EAGAIN) return fail(system_error("can't ask the daemon", errno));
    const auto ready = wait_for(fd_, POLLOUT, deadline);
    if (!ready) return fail(ready.error());
    if (!*ready) return timed_out();
  }
  lost_ = false;
  return id;
}

Result<std::string> ControlClient::read_line(std::optional<Duration> timeout) {
  const Deadline deadline = deadline_after(timeout);
  std::array<char, 64 * 1'024> chunk;
  std::size_t searched = 0;
  lost_ = true;  // until it is known otherwise
  while (true) {
    if (const auto end = buffer_.find('\n', searched); end != std::string::npos) {
      std::string rest = buffer_.substr(end + 1);  // nearly always nothing: the line, of megabytes, is not copied
      buffer_.resize(end);
      lost_ = false;
      return std::exchange(buffer_, std::move(rest));
    }
    searched = buffer_.size();
    if (searched > limits::kControlReplyBytes) return fail(Code::too_large, "the daemon's answer has no end");
    const auto ready = wait_for(fd_, POLLIN, deadline, on_wait_);
    if (!ready) return fail(ready.error());
    if (!*ready) return timed_out();
    const ssize_t size = ::recv(fd_, chunk.data(), chunk.size(), 0);
    // Of thousands of members there is more to come: to make room bit by bit touches each page several times.
    if (size > 0 && buffer_.size() > chunk.size()) buffer_.reserve(kLargeAnswer);
    if (size > 0) buffer_.append(chunk.data(), static_cast<std::size_t>(size));
    if (size > 0 || (size < 0 && (errno == EINTR || errno == EAGAIN))) continue;
    return fail(Code::unavailable, "the daemon went away before it answered", "its log may say why");
  }
}

Result<control::Reply> ControlClient::call(const control::Command& command, Duration timeout) {
  const auto id = send(command, timeout);
  if (!id) return fail(id.error());
  const auto line = read_line(timeout);
  if (!line) return fail(line.error());
  return control::decode_reply(*line, *id, command);
}

Result<control::Snapshot> ControlClient::get(Duration timeout) {
  if (const auto id = send(control::Get{}, timeout); !id) return fail(id.error());
  return next(timeout);
}

Result<control::Snapshot> ControlClient::watch(Duration timeout) {
  if (const auto id = send(control::Watch{}, timeout); !id) return fail(id.error());
  return next(timeout);
}

Result<bool> ControlClient::wait(Duration timeout) {
  if (buffer_.find('\n') != std::string::npos) return true;
  return wait_for(fd_, POLLIN, deadline_after(timeout));
}

Result<control::Snapshot> ControlClient::next(std::optional<Duration> timeout) {
  const auto line = read_line(timeout);
  if (!line) return fail(line.error());
  return control::decode_snapshot(*line);
}

}  // namespace smeg::ipc
