// Checks of signatures, remembered.
#pragma once

#include <unordered_map>

#include "base/base.h"

namespace smeg::crypto {

// For a process that runs many nodes, such as a simulation: they all check the same signatures. A check is a function
// of its arguments alone, so nobody can tell but by the time it takes. Not thread-safe; at most kKept answers.
class Verdicts {
 public:
  static constexpr std::size_t kKept = 1 << 20;

  // While it lives, checks in this thread are answered by that memory where it knows the answer. They nest.
  class Use {
   public:
    explicit Use(Verdicts& verdicts);
    ~Use();
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    Verdicts* before_;
  };
  // Null outside of any Use.
  static Verdicts* of_this_thread();

  template <class Check>
  bool recall(ByteView key, ByteView text, ByteView signature, Check check) {
    const Name name = name_of(key, text, signature);
    if (const auto known = known_.find(name); known != known_.end()) return known->second;
    if (known_.size() == kKept) known_.clear();
    return known_[name] = check();
  }

 private:
  using Name = ByteArray<32>;
  struct First8 {
    std::size_t operator()(const Name& name) const { return load_be<std::uint64_t>(name.data()); }
  };
  static Name name_of(ByteView key, ByteView text, ByteView signature);

  std::unordered_map<Name, bool, First8> known_;
};

}  // namespace smeg::crypto
