#include "node/broadcast.h"

#include <algorithm>

namespace smeg::node {
namespace {

using namespace std::chrono_literals;

constexpr Duration kOnItsWay = 250ms;  // along the tree, after its name came some other way
constexpr Duration kAnswer = 1s;       // of whoever was asked
constexpr Duration kRegrowApart = 1s;  // from one time that the tree is mended to the next

}  // namespace

bool Broadcast::everywhere(std::size_t bytes, bool urgent, Instant now) {
  const auto time_of = [](std::size_t sent) {
    return Duration(1s) * static_cast<std::int64_t>(sent) / static_cast<std::int64_t>(kEverywherePerSecond);
  };
  if (bytes >= kNamedFrom) return false;
  if (urgent) return true;
  const Instant after = std::max(spent_until_, now) + time_of(bytes);
  if (after > now + time_of(kEverywhereAtOnce)) return false;
  spent_until_ = after;
  return true;
}

bool Broadcast::came_twice(SessionId from) { return named_.insert(from).second; }

void Broadcast::on_name(SessionId from, const crdt::Held& named, Instant now) {
  if (names_[from] >= kNamesPerSession) return;
  Awaited& awaited = awaited_.try_emplace(named, Awaited{now + kOnItsWay}).first->second;
  if (std::ranges::find(awaited.by, from) != awaited.by.end()) return;
  awaited.by.push_back(from);
  ++names_[from];
  next_ = std::min(next_, awaited.due);
}

void Broadcast::forget(SessionId session) {
  named_.erase(session);
  if (names_.erase(session) == 0) return;
  for (auto& [held, awaited] : awaited_) std::erase(awaited.by, session);
}

std::vector<SessionId> Broadcast::lost(SessionId session, Instant now) {
  const bool of_the_tree = whole_to(session);
  forget(session);
  if (!of_the_tree || named_.empty()) return {};
  if (now < regrown_ + kRegrowApart) return {};
  regrown_ = now;
  const std::set<SessionId> others = std::exchange(named_, {});
  return {others.begin(), others.end()};
}

void Broadcast::settle(const Awaited& awaited) {
  for (const SessionId session : awaited.by) --names_.at(session);
}

std::map<SessionId, std::vector<crdt::ItemKey>> Broadcast::ask(Instant now) {
  std::map<SessionId, std::vector<crdt::ItemKey>> out;
  next_ = kNever;
  for (auto at = awaited_.begin(); at != awaited_.end();) {
    Awaited& awaited = at->second;
    if (awaited.due <= now) {
      if (awaited.by.empty()) {  // a comparison will bring it
        at = awaited_.erase(at);
        continue;
      }
      const SessionId session = awaited.by.front();
      awaited.by.erase(awaited.by.begin());
      --names_.at(session);
      named_.erase(session);
      out[session].push_back(at->first.key);
      awaited.due = now + kAnswer;
    }
    next_ = std::min(next_, awaited.due);
    ++at;
  }
  return out;
}

}  // namespace smeg::node
