#include "node/inbox.h"

#include <algorithm>

namespace smeg::node {

void Inbox::put_own(std::vector<Bytes> items) {
  for (Bytes& item : items) own_.push_back({SessionId{}, std::move(item)});
}

bool Inbox::has_room(std::size_t items, std::size_t bytes) const {
  return items_ + items <= limits::kInboxItems && bytes_ + bytes <= kInboxBytes;
}

Inbox::Dropped Inbox::put(const crypto::IdentityKey& sender, std::vector<Incoming> items) {
  Dropped dropped;
  make_room(sender, items, dropped);
  for (Incoming& incoming : items) {
    const std::size_t bytes = incoming.item.size();
    const auto known = queues_.find(sender);
    const bool full = known != queues_.end() && (known->second.items.size() >= kInboxItemsPerMember ||
                                                 known->second.bytes + bytes > kInboxBytesPerMember);
    if (full || !has_room(1, bytes)) {
      ++dropped[sender];
      continue;
    }
    if (known == queues_.end()) turns_.push_back(sender);
    Queue& queue = queues_[sender];
    queue.items.push_back(std::move(incoming));
    queue.bytes += bytes;
    bytes_ += bytes;
    ++items_;
  }
  return dropped;
}

// Once for each message: to find who has most takes a look at everybody.
void Inbox::make_room(const crypto::IdentityKey& sender, const std::vector<Incoming>& items, Dropped& dropped) {
  std::size_t bytes = 0;
  for (const Incoming& incoming : items) bytes += incoming.item.size();
  if (has_room(items.size(), bytes)) return;
  const bool by_items = items_ + items.size() > limits::kInboxItems;
  const auto share = [&](const auto& entry) { return by_items ? entry.second.items.size() : entry.second.bytes; };
  const auto most = std::ranges::max_element(queues_, {}, share);
  if (most == queues_.end()) return;
  const crypto::IdentityKey largest = most->first;
  const auto own = queues_.find(sender);
  const std::size_t ours = (own == queues_.end() ? 0 : share(*own)) + (by_items ? items.size() : bytes);
  while (!has_room(items.size(), bytes) && queues_.contains(largest) && share(*queues_.find(largest)) > ours)
    drop_last(largest, dropped);
}

void Inbox::drop_last(const crypto::IdentityKey& sender, Dropped& dropped) {
  Queue& queue = queues_.at(sender);
  const std::size_t bytes = queue.items.back().item.size();
  queue.items.pop_back();
  queue.bytes -= bytes;
  bytes_ -= bytes;
  --items_;
  ++dropped[sender];
  if (!queue.items.empty()) return;
  queues_.erase(sender);
  std::erase(turns_, sender);
}

Incoming Inbox::take() {
  if (!own_.empty()) {
    Incoming out = std::move(own_.front());
    own_.pop_front();
    return out;
  }
  const crypto::IdentityKey sender = turns_.front();
  turns_.pop_front();
  Queue& queue = queues_.at(sender);
  Incoming out = std::move(queue.items.front());
  queue.items.pop_front();
  queue.bytes -= out.item.size();
  bytes_ -= out.item.size();
  --items_;
  if (queue.items.empty()) {
    queues_.erase(sender);
  } else {
    turns_.push_back(sender);
  }
  return out;
}

}  // namespace smeg::node
