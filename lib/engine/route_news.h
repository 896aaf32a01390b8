// Tells the threads that send when routes may have changed.
#pragma once

#include "engine/loop.h"
#include "engine/worker.h"

namespace smeg::engine {

// Counts changes of the host's routing in Exchange::routes: the first at once, those that follow on its heels together,
// so that a router whose routes change all the time costs little. The control thread's alone.
class RouteNews {
 public:
  // Loop and exchange must outlive it.
  RouteNews(io::RouteWatch watch, Loop& loop, Exchange& exchange)
      : watch_(std::move(watch)), loop_(loop), exchange_(exchange) {}
  ~RouteNews() { loop_.forget(watch_.descriptor()); }
  RouteNews(const RouteNews&) = delete;
  RouteNews& operator=(const RouteNews&) = delete;

  Result<void> start();
  // When on_deadline() is to be called next; kNever while it listens.
  Instant next_deadline() const { return resume_at_; }
  void on_deadline(Instant now);

 private:
  void on_news();

  io::RouteWatch watch_;
  Loop& loop_;
  Exchange& exchange_;
  Instant resume_at_ = kNever;
};

}  // namespace smeg::engine
