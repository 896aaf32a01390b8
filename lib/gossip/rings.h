// Who stands next to whom in a mesh. Everybody computes it alike from the list of members.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <vector>

#include "base/base.h"
#include "crypto/crypto.h"

namespace smeg::gossip {

// Each ring orders the members anew, so that the few neighbours of one member have nothing else in common; a graph of
// four such rings falls apart only when most of it is gone (Rapid, USENIX ATC 2018, section 4.1, uses ten).
inline constexpr std::size_t kRings = 4;

// A member, and where it stands or would stand on each ring.
struct Spot {
  using Place = std::uint64_t;

  crypto::IdentityKey identity;
  std::array<Place, kRings> places{};

  static Spot of(const MeshId& mesh, const crypto::IdentityKey& identity);

  friend bool operator==(const Spot&, const Spot&) = default;
};

// Job: keeps the rings, tells who is near whom. Single-threaded, never fails. Does not know who is alive: the caller
// says whom to pass over, and keeps the spots where they are for as long as they are on the rings.
class Rings {
 public:
  // Those who stand on the rings: members of role peer that are not offline.
  void add(const Spot& spot);
  // The one of that identity, which may lie elsewhere.
  void remove(const Spot& spot);
  std::size_t size() const { return spots_[0].size(); }

  enum class Direction { before, behind };
  // Walks from where a member stands or would stand, the nearest first and never itself, for as long as `visit` returns
  // true and there are others.
  template <class Visit>
  void walk(const Spot& from, std::size_t ring, Direction direction, Visit visit) const {
    const auto& spots = spots_[ring];
    std::size_t at = position(from, ring);
    for (std::size_t steps = 0; steps < spots.size(); ++steps) {
      if (direction == Direction::before) {
        at = (at == 0 ? spots.size() : at) - 1;
      } else {
        // Past itself, where it stands on the ring.
        at = at % spots.size();
      }
      const crypto::IdentityKey& member = spots[at]->identity;
      if (direction == Direction::behind) ++at;
      if (member != from.identity && !visit(member)) return;
    }
  }

  // The nearest members before that one on each ring, so many a ring, without those who are to be passed over: they
  // observe it.
  template <class PassOver>
  std::set<crypto::IdentityKey> observers(const Spot& subject, std::size_t each, PassOver pass_over) const {
    std::set<crypto::IdentityKey> out;
    for (std::size_t ring = 0; ring < kRings; ++ring) {
      std::size_t left = each;
      walk(subject, ring, Direction::before, [&](const crypto::IdentityKey& other) {
        if (pass_over(other)) return true;
        out.insert(other);
        return --left > 0;
      });
    }
    return out;
  }
  // The nearest `reach` before that one on each ring, and those passed over between them, for as long as `visit`
  // returns true. Some come more than once.
  template <class PassOver, class Visit>
  void visit_near(const Spot& subject, std::size_t reach, PassOver pass_over, Visit visit) const {
    bool go_on = true;
    for (std::size_t ring = 0; ring < kRings && go_on; ++ring) {
      std::size_t left = reach;
      walk(subject, ring, Direction::before, [&](const crypto::IdentityKey& other) {
        go_on = visit(other);
        return go_on && (pass_over(other) || --left > 0);
      });
    }
  }
  // Whether one of them is among the nearest `reach` before the other on some ring, not counting those passed over.
  template <class PassOver>
  bool is_near(const crypto::IdentityKey& observer, const Spot& subject, std::size_t reach, PassOver pass_over) const {
    bool found = false;
    visit_near(subject, reach, pass_over, [&](const crypto::IdentityKey& other) {
      found = other == observer;
      return !found;
    });
    return found;
  }

 private:
  // Where a member stands on a ring, or the spot behind where it would stand.
  std::size_t position(const Spot& spot, std::size_t ring) const;

  std::array<std::vector<const Spot*>, kRings> spots_;  // in order of their places there
};

}  // namespace smeg::gossip
