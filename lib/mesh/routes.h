// The routes that members of one mesh tell.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "mesh/records.h"
#include "mesh/route.h"

namespace smeg::mesh {

// A route whose every signature was found good.
struct VerifiedRoute {
  SignedRoute bytes;
  Route route;                 // without its attestation, which is in the bytes
  std::optional<Way> way;      // of the attestation, where there is one
  std::uint64_t sequence = 0;  // likewise

  // The attestation, to be passed on. Never fails where there is a way.
  Attestation attestation() const;
};
using RoutePtr = std::shared_ptr<const VerifiedRoute>;

// Job: takes in a route only if its owner is a member and signed it, everyone on its way did too, and nothing newer is
// held. Caller: Mesh. Single-threaded. A refused route changes nothing. Checks are in order of cost; credentials that
// are known are not checked again. Does not know who is alive, nor what is done with routes.
class Routes {
 public:
  using Key = std::pair<crypto::IdentityKey, addr::Prefix>;
  struct Taken {
    crdt::Put put = crdt::Put::same;
    Key key;
  };

  // The records outlive this. pool may be null, and outlives this too.
  explicit Routes(const MeshId& mesh, const Records& records, RecordPool* pool)
      : mesh_(mesh), records_(records), pool_(pool), map_(none_) {}
  Routes(const Routes&) = delete;
  Routes& operator=(const Routes&) = delete;

  // Fails: as Route::decode and mesh::check; conflict for one of another mesh, unavailable where the owner isn't known
  // here (yet), unauthenticated, too_large where the owner or the mesh has too many.
  Result<Taken> take(SignedRoute bytes);
  // Of an owner, those from before an incarnation: it was admitted anew, or is no member any more. Gives their keys.
  std::vector<Key> drop_before(const crypto::IdentityKey& owner, std::uint64_t incarnation);

  const VerifiedRoute* find(const Key& key) const;
  std::optional<crdt::Stamp> stamp(const Key& key) const;
  // In order of owner, then of prefix.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& [key, entry] : map_.entries()) visit(*entry.value);
  }
  template <class Visit>
  void for_each_of(const crypto::IdentityKey& owner, Visit visit) const {
    for (auto at = map_.entries().lower_bound({owner, {}}); at != map_.entries().end() && at->first.first == owner;
         ++at)
      visit(*at->second.value);
  }
  std::size_t size() const { return map_.size(); }

 private:
  // Owners that go take their routes with them: see drop_before().
  struct NoRemovals {
    bool covers(const Key&, std::uint64_t, const RoutePtr&) const { return false; }
  };
  Result<RoutePtr> verify(SignedRoute bytes, Route route, const VerifiedRecord& owner);
  Result<void> make_room(const Key& key) const;

  MeshId mesh_;
  const Records& records_;
  RecordPool* pool_;
  CredentialBook credentials_;
  NoRemovals none_;
  crdt::TwoPhaseMap<Key, RoutePtr, NoRemovals> map_;
  std::map<crypto::IdentityKey, std::size_t> counts_;
};

}  // namespace smeg::mesh
