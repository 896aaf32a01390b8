// A program's end of the control socket.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "control/control.h"

namespace smeg::ipc {

// Asks one thing after the other and waits for the answer. One thread. After an error other than a refusal by the
// daemon the connection is of no more use. Either call() and get(), or watch() and next().
class ControlClient {
 public:
  // Fails with unavailable where no daemon listens, forbidden where this user may not ask it, io for the rest.
  static Result<ControlClient> connect(const std::string& path);

  ControlClient(ControlClient&& other) noexcept;
  ControlClient& operator=(ControlClient&&) = delete;
  ~ControlClient();

  // Called about every second while an answer is waited for, with the time since it was asked for.
  void on_wait(std::function<void(Duration waited)> callback) { on_wait_ = std::move(callback); }

  // The daemon's own Error where it refuses. unavailable where it goes away or does not answer in time.
  Result<control::Reply> call(const control::Command& command, Duration timeout);
  Result<control::Snapshot> get(Duration timeout);

  // The present Snapshot; from then on next() gives newer ones, waiting without end if there is no timeout.
  Result<control::Snapshot> watch(Duration timeout);
  Result<control::Snapshot> next(std::optional<Duration> timeout);
  // Whether next() has something to read, be it that the daemon is gone; false when the time is over.
  Result<bool> wait(Duration timeout);

  // Whether the last error was that the daemon is gone, not that it refused.
  bool lost() const { return lost_; }

 private:
  explicit ControlClient(int fd) : fd_(fd) {}
  Result<control::RpcId> send(const control::Request& request, Duration timeout);
  Result<std::string> read_line(std::optional<Duration> timeout);

  int fd_ = -1;
  bool lost_ = false;
  std::int64_t last_id_ = 0;
  std::string buffer_;  // what came behind the last line
  std::function<void(Duration)> on_wait_;
};

}  // namespace smeg::ipc
