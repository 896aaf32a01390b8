#include "daemon/disk.h"

namespace smeg::daemon {

std::string_view name_of(node::File file) {
  switch (file) {
    case node::File::state: return "state";
    case node::File::members: return "members";
  }
  return "state";
}

Disk::Disk(Write write, Post post, Answer answer)
    : write_(std::move(write)), post_(std::move(post)), answer_(std::move(answer)), thread_([this] { run(); }) {}

Disk::~Disk() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Disk::write(node::Persist persist) {
  {
    const std::lock_guard lock(mutex_);
    Job& job = waiting_[persist.file];
    crypto::wipe(job.contents);
    job.contents = std::move(persist.contents);
    job.tickets.push_back(persist.ticket);
  }
  wake_.notify_one();
}

void Disk::run() {
  node::File file{};
  Job job;
  while (take(file, job)) carry_out(file, job);
}

// False once nothing is left and the end was asked for.
bool Disk::take(node::File& file, Job& job) {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
  if (waiting_.empty()) return false;
  const auto first = waiting_.begin();
  file = first->first;
  job = std::move(first->second);
  waiting_.erase(first);
  return true;
}

void Disk::carry_out(node::File file, Job& job) {
  auto result = write_(file, job.contents);
  crypto::wipe(job.contents);
  job.contents = {};
  post_([this, tickets = std::move(job.tickets), result = std::move(result)] {
    for (const auto ticket : tickets) answer_(ticket, result);
  });
}

}  // namespace smeg::daemon
