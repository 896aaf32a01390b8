// A disk that holds two files, and tears.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>

#include "node/node.h"
#include "sim/scheduler.h"

namespace smeg::sim {

// Job: keeps equal contents once: thousands of hosts hold the same cache of members. Caller: the disks of a world.
// Single-threaded.
class SharedContents {
 public:
  std::shared_ptr<const Bytes> keep(Bytes contents);

 private:
  std::map<std::size_t, std::weak_ptr<const Bytes>> kept_;  // by a hash of it
  std::size_t sweep_at_ = 1'024;
};

// Job: replaces files one after another, each by write, fsync, rename: a file is whole at every moment, the old or the
// new one. A crash loses the writes that were not yet confirmed, but for the first, of which chance decides: the word
// of it may have been lost and the write not. Caller: World. Single-threaded.
class Disk {
 public:
  using Done = std::function<void(node::Ticket, Result<void>)>;

  Disk(Scheduler& scheduler, Rng& chance, SharedContents& contents, Done done)
      : scheduler_(scheduler), chance_(chance), contents_(contents), done_(std::move(done)) {}

  void persist(node::Persist persist);
  // The process or the power is gone.
  void crash();
  // From now on writes fail, or work again.
  void set_broken(bool broken) { broken_ = broken; }
  // What the next start finds.
  node::LoadedFiles files() const;
  // Puts a file there, or takes it away: an operator with a backup, a disk from elsewhere.
  void put(node::File file, std::optional<Bytes> contents);
  std::uint64_t writes() const { return writes_; }

 private:
  void write_next();
  void keep(node::File file, Bytes contents) { files_[file] = contents_.keep(std::move(contents)); }

  Scheduler& scheduler_;
  Rng& chance_;
  SharedContents& contents_;
  Done done_;
  bool broken_ = false;
  bool busy_ = false;
  std::uint64_t life_ = 0;
  std::uint64_t writes_ = 0;
  std::deque<node::Persist> waiting_;
  std::map<node::File, std::shared_ptr<const Bytes>> files_;
};

}  // namespace smeg::sim
