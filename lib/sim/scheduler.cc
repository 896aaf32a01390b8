#include "sim/scheduler.h"

#include <algorithm>

namespace smeg::sim {
namespace {

constexpr std::size_t kChildren = 4;

}  // namespace

void Scheduler::at(Instant when, Job job) {
  std::uint32_t slot = 0;
  if (free_.empty()) {
    slot = static_cast<std::uint32_t>(jobs_.size());
    jobs_.push_back(std::move(job));
  } else {
    slot = free_.back();
    free_.pop_back();
    jobs_[slot] = std::move(job);
  }
  heap_.emplace_back();
  sift_up(heap_.size() - 1, {std::max(when, now_), ++drawn_, slot});
}

bool Scheduler::run_next(Instant until) {
  if (heap_.empty() || heap_.front().when > until) {
    now_ = std::max(now_, until);
    return false;
  }
  now_ = heap_.front().when;
  Job job = take_first();
  ++ran_;
  job();
  return true;
}

Job Scheduler::take_first() {
  const std::uint32_t slot = heap_.front().slot;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (!heap_.empty()) sift_down(0, last);
  free_.push_back(slot);
  return std::move(jobs_[slot]);
}

void Scheduler::sift_up(std::size_t hole, Entry entry) {
  while (hole > 0) {
    const std::size_t parent = (hole - 1) / kChildren;
    if (!(entry < heap_[parent])) break;
    heap_[hole] = heap_[parent];
    hole = parent;
  }
  heap_[hole] = entry;
}

void Scheduler::sift_down(std::size_t hole, Entry entry) {
  for (;;) {
    const std::size_t first = hole * kChildren + 1;
    if (first >= heap_.size()) break;
    const auto begin = heap_.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = heap_.begin() + static_cast<std::ptrdiff_t>(std::min(first + kChildren, heap_.size()));
    const auto least = std::min_element(begin, end);
    if (!(*least < entry)) break;
    heap_[hole] = *least;
    hole = static_cast<std::size_t>(least - heap_.begin());
  }
  heap_[hole] = entry;
}

}  // namespace smeg::sim
