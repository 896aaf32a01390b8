// The way to smegd.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "api/api.h"
#include "ipc/asio.h"

namespace smeg::http {

// Follows the daemon's Snapshots and hands it commands, both on threads of its own, for the control socket's client
// waits. What it has to say it says on the loop's thread. Lives as long as the process: its threads may wait for the
// daemon at any time, and are ended with it.
class DaemonLink {
 public:
  using Snapshot = std::shared_ptr<const control::Snapshot>;
  // first: of a connection, so that it may be of another run of the daemon.
  using OnSnapshot = std::function<void(Snapshot, bool first)>;
  // The daemon doesn't answer. Comes again and again while that is so.
  using OnLost = std::function<void(const Error& why)>;
  // The Snapshot shows the command's effect; nullptr where it could not be had.
  using OnReply = std::function<void(Result<control::Reply>, Snapshot)>;

  DaemonLink(boost::asio::io_context& loop, std::string socket, OnSnapshot on_snapshot, OnLost on_lost);
  DaemonLink(const DaemonLink&) = delete;
  DaemonLink& operator=(const DaemonLink&) = delete;

  // Begins to follow. Once.
  void start();
  // At most limits::kCommandsInFlight are carried out at once; more wait for their turn.
  void ask(control::Command command, OnReply on_reply);

 private:
  void follow();
  // Ends when the daemon is gone, with why.
  Error follow_once();

  boost::asio::io_context& loop_;
  std::string socket_;
  OnSnapshot on_snapshot_;
  OnLost on_lost_;
  boost::asio::thread_pool workers_;
};

}  // namespace smeg::http
