// What this host does with routes between its meshes.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "control/control.h"
#include "node/membership.h"
#include "route/route.h"

namespace smeg::node {

// Job: hands what members tell of prefixes to route::Table, has memberships announce what comes of it, and says where
// packets go. Caller: Node. Single-threaded. Never fails: what can't be announced is noted. Decides nothing about ways:
// route::Table does.
class Routing {
 public:
  explicit Routing(Host& host) : host_(host) {}

  // Whatever changed: routes, members, who is alive.
  void update(std::map<MeshId, Membership>& memberships, Instant now);
  // Whether the last update said all that it had to say.
  bool complete() const { return complete_; }
  // What tunnels have to carry beside members: the chosen exit is sent to, and everyone who leads to a prefix may be
  // its source.
  void add_to(std::vector<WantedMesh>& meshes) const;
  // Whether this host passes packets on between its meshes.
  bool forwards() const { return forwards_; }

  std::vector<control::RouteView> view() const;
  const std::vector<control::BridgeView>& bridges() const { return bridges_; }
  void drain(bool on);
  bool draining() const { return draining_; }

 private:
  using Place = std::pair<MeshId, addr::Prefix>;
  using Memberships = std::map<MeshId, Membership>;

  void look(const Memberships& memberships);
  bool admits(const Membership& membership, const mesh::CertificatePtr& certificate);
  void remember(const Memberships& memberships, Instant now);
  void wish_carriers(Memberships& memberships);
  bool is_cut_off(const route::Choice& choice) const;
  void announce(Memberships& memberships);
  void announce(Memberships& memberships, const route::Announcement& wanted);
  void find_bridges(const Memberships& memberships);
  void withdraw(Memberships& memberships, const std::set<Place>& said);
  static bool is_same_way(const mesh::VerifiedRoute& held, const route::Announcement& wanted);
  Result<mesh::Attestation> attest(const Memberships& memberships, const route::Announcement& wanted) const;
  void add_ways_round(std::vector<WantedMesh>& meshes) const;
  static void add_carried(WantedMesh& mesh, const route::Offer& offer, const route::Choice& choice);
  Result<mesh::Attestation> attest_start(const Memberships& memberships, const route::Offer& offer) const;

  Host& host_;
  route::Table table_;
  route::World world_;
  route::Decisions decisions_;                     // its pointers lead into world_
  std::map<MeshId, crypto::IdentityKey> wishes_;   // of meshes where this host is a client: who is to carry it
  std::set<MeshId> remembered_;                    // meshes of which it is known what we announced before this start
  std::map<mesh::CertificatePtr, bool> admitted_;  // of those on ways through our own meshes, whether they count there
  std::vector<control::BridgeView> bridges_;       // all that ways lead over
  bool complete_ = true;
  bool forwards_ = false;
  bool draining_ = false;
};

}  // namespace smeg::node
