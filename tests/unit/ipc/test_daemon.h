// A control socket served from a thread of its own, with answers that a test chooses.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <future>
#include <string>
#include <thread>

#include "ipc/asio.h"
#include "ipc/ipc.h"

namespace smeg::ipc {

// A folder of its own under the system's for temporary files; removed with all that is in it.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "smeg-ipc-XXXXXX").string();
    path_ = ::mkdtemp(name.data()) ? name : std::string();
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& name) const { return path_ + '/' + name; }

 private:
  std::string path_;
};

class TestDaemon {
 public:
  // Called on the daemon's thread; nothing: no answer for now.
  using Answer = std::function<std::optional<Result<control::Reply>>(control::CommandId, const control::Command&)>;

  TestDaemon(const std::string& path, Answer answer) : answer_(std::move(answer)) {
    auto opened =
        ControlServer::open(loop_, {path, "no-such-group"}, [this](control::CommandId id, control::Command command) {
          if (const auto reply = answer_(id, command)) server_->answer(id, *reply);
        });
    if (!opened) {
      error_ = opened.error();
      return;
    }
    server_ = *std::move(opened);
    thread_ = std::thread([this] { loop_.run(); });
  }
  TestDaemon(const TestDaemon&) = delete;
  TestDaemon& operator=(const TestDaemon&) = delete;
  ~TestDaemon() { stop(); }

  // Goes away, as a daemon does.
  void stop() {
    if (!thread_.joinable()) return;
    on_loop([this] { server_.reset(); });
    work_.reset();
    thread_.join();
  }

  // Runs something on the daemon's thread and waits for its end.
  void on_loop(const std::function<void()>& task) {
    std::promise<void> done;
    boost::asio::post(loop_, [&] {
      task();
      done.set_value();
    });
    done.get_future().wait();
  }
  void publish(control::Snapshot snapshot) {
    on_loop([&] { server_->publish(std::make_shared<const control::Snapshot>(std::move(snapshot))); });
  }
  void answer(control::CommandId id, const Result<control::Reply>& reply) {
    on_loop([&] { server_->answer(id, reply); });
  }
  const std::optional<Error>& error() const { return error_; }

 private:
  boost::asio::io_context loop_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{loop_.get_executor()};
  Answer answer_;
  std::unique_ptr<ControlServer> server_;
  std::optional<Error> error_;
  std::thread thread_;
};

}  // namespace smeg::ipc
