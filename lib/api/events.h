// What changes, told as it happens: server-sent events (HTML Living Standard, section 9.2).
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "control/control.h"

namespace smeg::api {

struct Event {
  std::string type;  // "member.changed"
  std::string data;  // JSON, one line

  friend bool operator==(const Event&, const Event&) = default;
};

// What is new in after: a mesh, a member, a guest or an invite that came, went or is otherwise than before. Traffic
// alone (handshakes, bytes) is no news. Meshes in their order, in each the mesh first.
std::vector<Event> events_between(const control::Snapshot& before, const control::Snapshot& after);
// Whether the daemon answers.
Event connection_event(bool connected);

// The newest events, numbered, for any number of clients that each read at a pace of their own: one that is slow holds
// up nobody and takes no memory. Single-threaded. Forgets the oldest beyond limits::kEventsKept and kEventBytesKept.
class EventLog {
 public:
  // run tells this log's ids from those of an earlier run of the program: letters and digits, no '-'.
  explicit EventLog(std::string run) : run_(std::move(run)) {}

  void append(const Event& event);
  // The number of the event that comes next.
  std::uint64_t end() const { return first_ + entries_.size(); }

  // Where a client goes on that has seen the event of this id, and what it is told first: "ready", or "reset" where
  // events are missing in between, so that it must read anew what it keeps.
  struct Start {
    std::uint64_t next = 0;
    std::string text;
  };
  // last_event_id is empty for one that comes for the first time.
  Start start(std::string_view last_event_id) const;

  // The events from next on, at most about limits::kEventChunkBytes of them; next moves behind them. Where it fell out
  // of the log, a "reset" and the newest number. Empty where nothing is new.
  std::string read(std::uint64_t& next) const;

 private:
  std::string id(std::uint64_t number) const { return run_ + '-' + std::to_string(number); }
  std::string reset() const;

  std::string run_;
  std::uint64_t first_ = 1;          // the number of entries_.front()
  std::deque<std::string> entries_;  // as they are sent
  std::size_t bytes_ = 0;
};

}  // namespace smeg::api
