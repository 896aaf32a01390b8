// What a Snapshot shows of the members of one mesh.
#pragma once

#include <functional>

#include "node/pool.h"

namespace smeg::node {

// Job: keeps a row for each member from one Snapshot to the next, so that a change of one costs one. Notes when each
// came into its state. Caller: a Membership. Single-threaded. Never fails.
class MemberViews {
 public:
  // All but `since`.
  using Describe = std::function<control::MemberView(const mesh::Member&)>;

  // pool may be null; now: since when members are known.
  MemberViews(Pool* pool, WallTime now) : pool_(pool), since_(now) {}

  // Of all members, in their order.
  void set_all(const mesh::Members& members, const Describe& describe, WallTime now);
  // The same, where all but a few come into another state at once: that is one time for all of them.
  void turn_all(const mesh::Members& members, const Describe& describe, WallTime now);
  // Of one that is new or may look different; or of one that is no member any more (null).
  void set(const crypto::IdentityKey& identity, const mesh::Member* member, const Describe& describe, WallTime now);
  // Who is new from now on came now; those before were there before it could be known.
  void know_all() { knows_all_ = true; }
  // The calendar was set: what happened before it did so at another time than was thought.
  void shift(Duration by);
  // How packets flow through tunnels; read(member) gives none where there is no tunnel.
  struct Tunnel {
    std::optional<WallTime> last_handshake;
    std::uint64_t rx_bytes = 0;
    std::uint64_t tx_bytes = 0;
    std::optional<addr::Endpoint> endpoint = {};

    friend bool operator==(const Tunnel&, const Tunnel&) = default;
  };
  using ReadTunnel = std::function<Tunnel(const control::MemberView&)>;
  void set_tunnels(const ReadTunnel& read);

  const control::MemberList& list() const { return list_; }
  // When those came into their state that have no time of their own.
  WallTime since() const { return since_; }

 private:
  control::MemberList::Row row(control::MemberView fresh, const control::MemberList::Row& before, WallTime now) const;
  control::MemberList::Row share(control::MemberView view) const;
  std::size_t place_of(const crypto::IdentityKey& identity) const;

  Pool* pool_;
  bool knows_all_ = false;
  WallTime since_;
  control::MemberList list_;
};

}  // namespace smeg::node
