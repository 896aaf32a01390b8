// The routes that members of one mesh tell.
#pragma once

#include <algorithm>
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
  crdt::ContentHash content{};  // content_hash() of them
  Route route;                  // without its attestation, which is in the bytes
  std::optional<Way> way;       // of the attestation, where there is one
  std::uint64_t sequence = 0;   // likewise

  // The attestation, to be passed on. Never fails where there is a way.
  Attestation attestation() const;
};
using RoutePtr = std::shared_ptr<const VerifiedRoute>;

// Job: takes in a route only if its owner is a member and signed it, everyone on its way did too, and nothing newer is
// held. Caller: Mesh. Single-threaded. A refused route changes nothing. Checks are in order of cost; credentials that
// are known are not checked again. Does not know who is alive, nor what is done with routes.
//
// Of the words that an owner has taken back only the newest stay, or whoever bridges meshes that come and go would end
// with nothing left to say. All replicas come to the same ones: an owner's later word has the higher counter, so what
// one has dropped others drop too. An earlier word that comes up again, from somebody who was cut off, is taken like
// any other; its owner takes it back once more.
class Routes {
 public:
  using Key = std::pair<crypto::IdentityKey, addr::Prefix>;
  struct Taken {
    crdt::Put put = crdt::Put::same;
    Key key;
    std::optional<Key> dropped;  // of a word that was taken back so long ago that it had to go
  };

  // The records outlive this. pool may be null, and outlives this too.
  explicit Routes(const MeshId& mesh, const Records& records, Pool* pool)
      : mesh_(mesh), records_(records), pool_(pool), map_(none_) {}
  Routes(const Routes&) = delete;
  Routes& operator=(const Routes&) = delete;

  // Fails: as Route::decode and mesh::check; conflict for one of another mesh, unavailable where the owner isn't known
  // here (yet) or the owner or the mesh has too many, unauthenticated.
  Result<Taken> take(SignedRoute bytes);
  // Of an owner, those from before an incarnation: it was admitted anew, or is no member any more. Gives their keys.
  std::vector<Key> drop_before(const crypto::IdentityKey& owner, std::uint64_t incarnation);

  const VerifiedRoute* find(const Key& key) const;
  std::optional<crdt::Stamp> stamp(const Key& key) const;
  // In order of owner, then of prefix.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const RoutePtr& route : map_.entries()) visit(*route);
  }
  template <class Visit>
  void for_each_of(const crypto::IdentityKey& owner, Visit visit) const {
    const auto& all = map_.entries();
    auto at = std::ranges::lower_bound(all, owner, {}, [](const RoutePtr& route) { return route->route.identity; });
    for (; at != all.end() && (*at)->route.identity == owner; ++at) visit(**at);
  }
  std::size_t size() const { return map_.size(); }

 private:
  // Owners that go take their routes with them: see drop_before().
  struct NoRemovals {
    bool covers(const RoutePtr&) const { return false; }
  };
  struct OfRoute {
    static Key key(const RoutePtr& route) { return {route->route.identity, route->route.prefix}; }
    static crdt::Stamp stamp(const RoutePtr& route) { return {route->route.version, route->content}; }
  };
  Result<RoutePtr> verify(SignedRoute bytes, const crdt::ContentHash& content, Route route,
                          const VerifiedRecord& owner);
  // Words that lead somewhere or plead, and words that were taken back.
  struct Count {
    std::size_t standing = 0;
    std::size_t withdrawn = 0;
  };
  static bool is_withdrawn(const VerifiedRoute& route) { return !route.way && route.route.wanted == 0; }
  Result<void> make_room(const Key& key, bool withdrawn) const;
  bool is_too_old(const Key& key, const crdt::Version& version) const;
  crdt::Put store(RoutePtr route);
  const VerifiedRoute* oldest_withdrawn(const crypto::IdentityKey& owner) const;
  std::optional<Key> drop_oldest(const crypto::IdentityKey& owner);

  MeshId mesh_;
  const Records& records_;
  Pool* pool_;
  CredentialBook credentials_;
  NoRemovals none_;
  crdt::TwoPhaseMap<RoutePtr, OfRoute, NoRemovals> map_;
  std::map<crypto::IdentityKey, Count> counts_;
};

}  // namespace smeg::mesh
