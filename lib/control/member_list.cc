#include "control/member_list.h"

#include <algorithm>

#include "control/snapshot.h"

namespace smeg::control {

MemberList::MemberList(const std::vector<Row>& rows) {
  for (std::size_t at = 0; at < rows.size(); at += kChunk) {
    const auto first = rows.begin() + static_cast<std::ptrdiff_t>(at);
    const std::size_t count = std::min(kChunk, rows.size() - at);
    chunks_.push_back({std::make_shared<const Rows>(first, first + static_cast<std::ptrdiff_t>(count)), at + count});
  }
}

MemberList::MemberList(std::initializer_list<MemberView> members) {
  for (const MemberView& member : members) push_back(member);
}

bool MemberList::holds(const Row& row) const {
  const auto at = std::ranges::lower_bound(*this, row->public_key, {}, &MemberView::public_key);
  return at != end() && &*at == row.get();
}

MemberList::Place MemberList::place_of(std::size_t index) const {
  const auto chunk =
      std::partition_point(chunks_.begin(), chunks_.end(), [&](const Chunk& one) { return one.end <= index; });
  const std::size_t begin = chunk == chunks_.begin() ? 0 : std::prev(chunk)->end;
  return {static_cast<std::size_t>(chunk - chunks_.begin()), index - begin};
}

void MemberList::find_chunk(std::size_t index, const Row*& rows, std::size_t& first, std::size_t& end) const {
  const Place place = place_of(index);
  rows = chunks_[place.chunk].rows->data();
  first = index - place.offset;
  end = chunks_[place.chunk].end;
}

const MemberList::Row& MemberList::row(std::size_t index) const {
  const Place place = place_of(index);
  return (*chunks_[place.chunk].rows)[place.offset];
}

void MemberList::set(std::size_t index, Row row) {
  const Place place = place_of(index);
  Rows rows = *chunks_[place.chunk].rows;
  rows[place.offset] = std::move(row);
  chunks_[place.chunk].rows = std::make_shared<const Rows>(std::move(rows));
}

void MemberList::insert(std::size_t index, Row row) {
  if (chunks_.empty()) chunks_.push_back({std::make_shared<const Rows>(), 0});
  Place place = place_of(index);
  // At the end: behind the last one, or in a chunk of its own where that is full enough.
  if (place.chunk == chunks_.size()) {
    if (chunks_.back().rows->size() >= kChunk) chunks_.push_back({std::make_shared<const Rows>(), size()});
    place = {chunks_.size() - 1, chunks_.back().rows->size()};
  }
  Rows rows;
  rows.reserve(chunks_[place.chunk].rows->size() + 1);
  rows = *chunks_[place.chunk].rows;
  rows.insert(rows.begin() + static_cast<std::ptrdiff_t>(place.offset), std::move(row));
  replace(place.chunk, std::move(rows));
}

void MemberList::erase(std::size_t index) {
  const Place place = place_of(index);
  Rows rows = *chunks_[place.chunk].rows;
  rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(place.offset));
  replace(place.chunk, std::move(rows));
}

void MemberList::push_back(MemberView member) { insert(size(), std::make_shared<const MemberView>(std::move(member))); }

// One that became too long is cut in two, and one without rows goes.
void MemberList::replace(std::size_t chunk, Rows rows) {
  const auto at = chunks_.begin() + static_cast<std::ptrdiff_t>(chunk);
  if (rows.empty()) {
    chunks_.erase(at);
  } else if (rows.size() > 2 * kChunk) {
    const auto half = rows.begin() + kChunk;
    auto first = std::make_shared<const Rows>(rows.begin(), half);
    at->rows = std::make_shared<const Rows>(half, rows.end());
    chunks_.insert(at, {std::move(first), 0});
  } else {
    at->rows = std::make_shared<const Rows>(std::move(rows));
  }
  std::size_t end = chunk == 0 ? 0 : chunks_[chunk - 1].end;
  for (std::size_t i = chunk; i < chunks_.size(); ++i) chunks_[i].end = end += chunks_[i].rows->size();
}

bool operator==(const MemberList& a, const MemberList& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a.row(i) != b.row(i) && a[i] != b[i]) return false;
  return true;
}

}  // namespace smeg::control
