#include "engine/event_queue.h"

#include <algorithm>

namespace smeg::engine {
namespace {

std::size_t packet_bytes_of(const Event& event) {
  const auto* of_worker = std::get_if<wireguard::WorkerEvent>(&event);
  const auto* waits = of_worker ? std::get_if<wireguard::PacketWaits>(of_worker) : nullptr;
  return waits ? waits->packet.size() : 0;
}

}  // namespace

Result<std::unique_ptr<EventQueue>> EventQueue::make() {
  return Wake::make().map([](Wake wake) { return std::unique_ptr<EventQueue>(new EventQueue(std::move(wake))); });
}

void EventQueue::add(Event event) {
  const std::size_t bytes = packet_bytes_of(event);
  if (events_.size() >= limits::kEngineEvents || (bytes > 0 && packet_bytes_ + bytes > limits::kStagedBytes)) {
    ++dropped_;
    return;
  }
  packet_bytes_ += bytes;
  events_.push_back(std::move(event));
}

void EventQueue::post(std::vector<wireguard::WorkerEvent> events) {
  if (events.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    for (auto& event : events) add(std::move(event));
  }
  wake_.ring();
}

void EventQueue::post(SourceRefused refused) {
  {
    const std::lock_guard lock(mutex_);
    add(refused);
  }
  wake_.ring();
}

void EventQueue::post(InterfaceGone gone) {
  {
    const std::lock_guard lock(mutex_);
    events_.push_back(gone);  // the last word: never dropped
  }
  wake_.ring();
}

void EventQueue::post(std::vector<wireguard::HandshakeMessage> handshakes) {
  if (handshakes.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    for (auto& handshake : handshakes) {
      if (handshakes_.size() >= limits::kEngineHandshakes) {
        ++dropped_;
      } else {
        handshakes_.push_back(std::move(handshake));
      }
    }
  }
  wake_.ring();
}

std::vector<Event> EventQueue::take_events() {
  const std::lock_guard lock(mutex_);
  packet_bytes_ = 0;
  return std::exchange(events_, {});
}

std::vector<wireguard::HandshakeMessage> EventQueue::take_handshakes(std::size_t limit, std::size_t& waiting) {
  const std::lock_guard lock(mutex_);
  const std::size_t count = std::min(limit, handshakes_.size());
  const auto end = handshakes_.begin() + static_cast<std::ptrdiff_t>(count);
  std::vector<wireguard::HandshakeMessage> taken(std::make_move_iterator(handshakes_.begin()),
                                                 std::make_move_iterator(end));
  handshakes_.erase(handshakes_.begin(), end);
  waiting = handshakes_.size();
  return taken;
}

std::uint64_t EventQueue::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

}  // namespace smeg::engine
