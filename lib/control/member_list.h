// The members in a view: thousands of them, of which from one view to the next a few change.
#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace smeg::control {

struct MemberView;

// A list of members, of which copies share what they have in common: a copy costs a pointer for each kChunk members,
// and a change of one member what its chunk costs. To be read as any other list; what was read once never changes, so
// that lists may be handed to other threads. Single-threaded as long as it is changed. Never fails. Members stand in
// order of their public keys.
class MemberList {
 public:
  using Row = std::shared_ptr<const MemberView>;
  static constexpr std::size_t kChunk = 64;

  class Iterator {
   public:
    using iterator_category = std::random_access_iterator_tag;
    using value_type = MemberView;
    using difference_type = std::ptrdiff_t;
    using pointer = const MemberView*;
    using reference = const MemberView&;

    Iterator() = default;
    Iterator(const MemberList* list, std::size_t index) : list_(list), index_(index) {}
    reference operator*() const {
      if (index_ < first_ || index_ >= end_) list_->find_chunk(index_, rows_, first_, end_);
      return *rows_[index_ - first_];
    }
    pointer operator->() const { return &**this; }
    reference operator[](difference_type n) const { return *(*this + n); }
    Iterator& operator++() { return *this += 1; }
    Iterator operator++(int) { return std::exchange(*this, *this + 1); }
    Iterator& operator--() { return *this -= 1; }
    Iterator operator--(int) { return std::exchange(*this, *this - 1); }
    Iterator& operator+=(difference_type n) {
      index_ += static_cast<std::size_t>(n);
      return *this;
    }
    Iterator& operator-=(difference_type n) { return *this += -n; }
    friend Iterator operator+(Iterator a, difference_type n) { return a += n; }
    friend Iterator operator+(difference_type n, Iterator a) { return a += n; }
    friend Iterator operator-(Iterator a, difference_type n) { return a -= n; }
    friend difference_type operator-(const Iterator& a, const Iterator& b) {
      return static_cast<difference_type>(a.index_) - static_cast<difference_type>(b.index_);
    }
    friend auto operator<=>(const Iterator& a, const Iterator& b) { return a.index_ <=> b.index_; }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.index_ == b.index_; }

   private:
    const MemberList* list_ = nullptr;
    std::size_t index_ = 0;
    // The chunk that was read last: its rows, and their indexes.
    mutable const Row* rows_ = nullptr;
    mutable std::size_t first_ = 0;
    mutable std::size_t end_ = 0;
  };
  using const_iterator = Iterator;

  MemberList() = default;
  explicit MemberList(const std::vector<Row>& rows);
  MemberList(std::initializer_list<MemberView> members);

  std::size_t size() const { return chunks_.empty() ? 0 : chunks_.back().end; }
  bool empty() const { return chunks_.empty(); }
  // index is below size().
  const MemberView& operator[](std::size_t index) const { return *row(index); }
  const Row& row(std::size_t index) const;
  const MemberView& front() const { return (*this)[0]; }
  const MemberView& back() const { return (*this)[size() - 1]; }
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size()}; }

  void set(std::size_t index, Row row);
  // Before the one of that index, or at the end.
  void insert(std::size_t index, Row row);
  void erase(std::size_t index);
  void push_back(MemberView member);
  // Another copy of that one, as `change` leaves it.
  template <class Change>
  void change(std::size_t index, Change change) {
    auto changed = std::make_shared<MemberView>((*this)[index]);
    change(*changed);
    set(index, std::move(changed));
  }

  // Those rows that do not stand in `before`, in order. Costs little where most chunks are shared with it.
  template <class Visit>
  void visit_changed(const MemberList& before, Visit visit) const {
    std::size_t old = 0;
    for (const Chunk& chunk : chunks_) {
      const auto same = std::find_if(before.chunks_.begin() + static_cast<std::ptrdiff_t>(old), before.chunks_.end(),
                                     [&](const Chunk& one) { return one.rows == chunk.rows; });
      if (same != before.chunks_.end()) {
        old = static_cast<std::size_t>(same - before.chunks_.begin()) + 1;
        continue;
      }
      for (const Row& row : *chunk.rows)
        if (!before.holds(row)) visit(row);
    }
  }

  friend bool operator==(const MemberList& a, const MemberList& b);

 private:
  using Rows = std::vector<Row>;
  struct Chunk {
    std::shared_ptr<const Rows> rows;  // at least one, at most 2 * kChunk
    std::size_t end = 0;               // the index behind its last one
  };
  struct Place {
    std::size_t chunk = 0;
    std::size_t offset = 0;
  };

  bool holds(const Row& row) const;
  Place place_of(std::size_t index) const;
  void find_chunk(std::size_t index, const Row*& rows, std::size_t& first, std::size_t& end) const;
  void replace(std::size_t chunk, Rows rows);

  std::vector<Chunk> chunks_;
};

}  // namespace smeg::control
