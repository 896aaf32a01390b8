#include "sim/disk.h"

namespace smeg::sim {
namespace {

constexpr Duration kFastest = std::chrono::microseconds(200);
constexpr Duration kSpread = std::chrono::milliseconds(5);

}  // namespace

std::shared_ptr<const Bytes> SharedContents::keep(Bytes contents) {
  if (kept_.size() >= sweep_at_) {
    std::erase_if(kept_, [](const auto& entry) { return entry.second.expired(); });
    sweep_at_ = 2 * kept_.size() + 1'024;
  }
  const std::string_view text(reinterpret_cast<const char*>(contents.data()), contents.size());
  std::weak_ptr<const Bytes>& place = kept_[std::hash<std::string_view>()(text)];
  if (auto same = place.lock(); same && *same == contents) return same;
  auto kept = std::make_shared<const Bytes>(std::move(contents));
  place = kept;
  return kept;
}

void Disk::persist(node::Persist persist) {
  waiting_.push_back(std::move(persist));
  if (!busy_) write_next();
}

void Disk::write_next() {
  if (waiting_.empty()) return;
  busy_ = true;
  scheduler_.after(kFastest + chance_.jitter(kSpread), [this, life = life_] {
    if (life != life_) return;
    node::Persist done = std::move(waiting_.front());
    waiting_.pop_front();
    busy_ = false;
    Result<void> result;
    if (broken_) {
      result = fail(Code::io, "no space is left on the device");
    } else {
      keep(done.file, std::move(done.contents));
      ++writes_;
    }
    write_next();
    done_(done.ticket, result);
  });
}

void Disk::crash() {
  ++life_;
  if (!waiting_.empty() && !broken_ && chance_.below(2) == 0) {
    keep(waiting_.front().file, std::move(waiting_.front().contents));
  }
  waiting_.clear();
  busy_ = false;
}

node::LoadedFiles Disk::files() const {
  const auto find = [this](node::File file) -> std::optional<Bytes> {
    const auto at = files_.find(file);
    if (at == files_.end()) return std::nullopt;
    return *at->second;
  };
  return {find(node::File::state), find(node::File::members)};
}

void Disk::put(node::File file, std::optional<Bytes> contents) {
  if (contents) {
    keep(file, std::move(*contents));
  } else {
    files_.erase(file);
  }
}

}  // namespace smeg::sim
