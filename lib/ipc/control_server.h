// The daemon's end of the control socket.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "control/control.h"

namespace boost::asio {
class io_context;
}

namespace smeg::ipc {

struct ControlServerOptions {
  std::string path;            // at most limits::kSocketPathBytes; its folder is made, 0755, where it is missing
  std::string group = "smeg";  // may use the socket beside root and the daemon's own user; ignored where there is none
};

// Takes requests from local programs, answers `get` and `watch` from the newest Snapshot, and hands commands on. Used
// on the one thread that runs the loop. A client that breaks a rule, takes no data for limits::kControlWriteTimeout or
// is one too many is dropped; nobody else is held up. Requests of one client are carried out one after the other. Does
// not know what commands mean.
class ControlServer {
 public:
  // Must lead, sooner or later, to answer() with the same id.
  using OnCommand = std::function<void(control::CommandId, control::Command)>;

  // Replaces a socket that nobody listens at; refuses (exists) one that somebody does, and anything that is no socket.
  static Result<std::unique_ptr<ControlServer>> open(boost::asio::io_context& loop, const ControlServerOptions& options,
                                                     OnCommand on_command);
  // Drops all clients and removes the socket, if it is still this one.
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  // What is served from now on. Clients that watch are told, at most every limits::kNoticeInterval. Before the first
  // one requests for it are refused as unavailable.
  void publish(std::shared_ptr<const control::Snapshot> snapshot);
  // Ids of clients that have gone meanwhile, and unknown ones, are ignored.
  void answer(control::CommandId id, const Result<control::Reply>& result);

 private:
  class Impl;
  explicit ControlServer(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace smeg::ipc
