#include "node/outbox.h"

#include <iterator>
#include <utility>

namespace smeg::node {
namespace {

void append(std::vector<Effect>& to, std::vector<Effect>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  from.clear();
}

}  // namespace

void Outbox::commit() { append(held_.empty() ? ready_ : held_.back().effects, staged_); }

void Outbox::commit_behind(Ticket ticket) {
  held_.push_back({ticket, {}});
  append(held_.back().effects, staged_);
}

void Outbox::persisted(Ticket ticket) {
  while (!held_.empty() && held_.front().until <= ticket) {
    append(ready_, held_.front().effects);
    held_.pop_front();
  }
}

std::vector<Effect> Outbox::take() { return std::exchange(ready_, {}); }

}  // namespace smeg::node
