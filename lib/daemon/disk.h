// The disk under the core's Persist: a thread that waits for fsync, so that the core doesn't.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "daemon/post.h"
#include "node/node.h"

namespace smeg::daemon {

// The name of a file in the state directory.
std::string_view name_of(node::File file);

// Job: replaces whole files, the newest contents only: what waits behind a write in progress is superseded by what
// comes later, and all their tickets are answered together. Thread: write() is called on the core's, `answer` runs
// there. Fails by answer. The destructor waits for what is queued.
class Disk {
 public:
  // Writes a file; replaced in tests. On the disk's thread.
  using Write = std::function<Result<void>(node::File, ByteView)>;
  using Answer = std::function<void(node::Ticket, Result<void>)>;

  Disk(Write write, Post post, Answer answer);
  ~Disk();
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  void write(node::Persist persist);

 private:
  struct Job {
    std::vector<node::Ticket> tickets;
    Bytes contents;
  };

  void run();
  bool take(node::File& file, Job& job);
  void carry_out(node::File file, Job& job);

  Write write_;
  Post post_;
  Answer answer_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::map<node::File, Job> waiting_;  // File::state first
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace smeg::daemon
