// The virtual clock: jobs at instants, carried out in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/base.h"

namespace smeg::sim {

// Something to do later, once: a callable that can be moved. A small one is kept in place, for there are millions.
class Job {
 public:
  static constexpr std::size_t kInPlace = 48;

  Job() = default;
  template <class F, class = std::enable_if_t<!std::is_same_v<std::remove_cvref_t<F>, Job>>>
  Job(F&& what) {  // NOLINT: a lambda is a job
    using Held = std::remove_cvref_t<F>;
    if constexpr (fits<Held>) {
      ::new (static_cast<void*>(room_)) Held(std::forward<F>(what));
      kind_ = &kKind<Held>;
    } else {
      using Boxed = std::unique_ptr<Held>;
      auto boxed = [box = Boxed(new Held(std::forward<F>(what)))] { (*box)(); };
      ::new (static_cast<void*>(room_)) decltype(boxed)(std::move(boxed));
      kind_ = &kKind<decltype(boxed)>;
    }
  }
  Job(Job&& other) noexcept { take(other); }
  Job& operator=(Job&& other) noexcept {
    if (this == &other) return *this;
    reset();
    take(other);
    return *this;
  }
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  ~Job() { reset(); }

  void operator()() { kind_->run(room_); }

 private:
  struct Kind {
    void (*run)(void*);
    void (*move)(void* from, void* to);  // and destroys what was moved from
    void (*destroy)(void*);
  };
  template <class F>
  static constexpr bool small = sizeof(F) <= kInPlace;
  template <class F>
  static constexpr bool fits = small<F>&& std::is_nothrow_move_constructible_v<F> &&
                               (alignof(std::max_align_t) % alignof(F) == 0);
  template <class F>
  static constexpr Kind kKind = {[](void* at) { (*static_cast<F*>(at))(); },
                                 [](void* from, void* to) {
                                   ::new (to) F(std::move(*static_cast<F*>(from)));
                                   static_cast<F*>(from)->~F();
                                 },
                                 [](void* at) { static_cast<F*>(at)->~F(); }};

  void take(Job& other) {
    kind_ = std::exchange(other.kind_, nullptr);
    if (kind_) kind_->move(other.room_, room_);
  }
  void reset() {
    if (kind_) std::exchange(kind_, nullptr)->destroy(room_);
  }

  const Kind* kind_ = nullptr;
  alignas(std::max_align_t) std::byte room_[kInPlace];
};

// Jobs of one instant run in the order in which they were given. Single-threaded; a job may give new ones.
// A heap with four children to a node, of entries of 24 bytes; the jobs themselves stay where they are.
class Scheduler {
 public:
  Instant now() const { return now_; }
  // At once where when has passed.
  void at(Instant when, Job job);
  void after(Duration delay, Job job) { at(now_ + delay, std::move(job)); }

  // Carries out the next job that is due at or before until, and moves the clock to it. Where there is none, moves the
  // clock to until and gives false.
  bool run_next(Instant until);
  void run_until(Instant until) {
    while (run_next(until)) {
    }
  }
  std::size_t waiting() const { return heap_.size(); }
  std::uint64_t ran() const { return ran_; }

 private:
  struct Entry {
    Instant when;
    std::uint64_t drawn;
    std::uint32_t slot;

    friend bool operator<(const Entry& a, const Entry& b) {
      return a.when != b.when ? a.when < b.when : a.drawn < b.drawn;
    }
  };

  void sift_up(std::size_t hole, Entry entry);
  void sift_down(std::size_t hole, Entry entry);
  Job take_first();

  Instant now_{std::chrono::seconds(1)};
  std::uint64_t drawn_ = 0;
  std::uint64_t ran_ = 0;
  std::vector<Entry> heap_;
  std::vector<Job> jobs_;            // by slot
  std::vector<std::uint32_t> free_;  // slots without a job
};

}  // namespace smeg::sim
