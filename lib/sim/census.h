// Who really is a member, who really is well, and what hosts show of it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "sim/world.h"

namespace smeg::sim {

// Job: is told by the scenario what it does to hosts, watches every view that any host publishes, and counts what must
// not be: a member shown as down that is well, one that is lost, one that is back from the dead. A host is well when it
// has been up, connected and prompt for kGrace; of others nothing is counted, and what they show neither. Lives as long
// as the world. Caller: a scenario. Single-threaded.
class Census {
 public:
  static constexpr Duration kGrace = std::chrono::seconds(15);

  Census(World& world, const MeshId& mesh);

  // It is a member from now on, and well a little later.
  void joined(HostIndex host, const crypto::IdentityKey& identity);
  // It is no member any more, for good.
  void left(HostIndex host);
  // Something is done to it; until it recovers, it is not well.
  void disturb(HostIndex host);
  void recover(HostIndex host);
  // Whether members show each other as down is not to be counted.
  void disturb_all();
  void recover_all();

  // Members that have not left, up or not.
  std::vector<HostIndex> members() const;
  // Those of them whose daemon runs.
  std::vector<HostIndex> live() const;
  // And of these, those to which nothing is being done.
  std::vector<HostIndex> responsive() const;
  const crypto::IdentityKey& identity(HostIndex host) const { return hosts_.at(host).identity; }
  bool is_member(HostIndex host) const { return hosts_.contains(host) && !hosts_.at(host).gone; }

  // Times that a well host began to show a well member as down.
  std::size_t wrongful_downs() const { return wrongful_downs_; }
  // Times that a host showed one that has left, after it had not shown it any more.
  std::size_t resurrected() const { return resurrected_; }
  // Members that some live host does not show at present, or as revoked.
  std::size_t lost() const;
  // The first few of what was counted, in words.
  const std::vector<std::string>& remarks() const { return remarks_; }

 private:
  struct Host {
    crypto::IdentityKey identity;
    bool gone = false;
    bool disturbed = false;
    Instant since{};                            // when it became a member, or recovered
    control::MemberList seen;                   // what it showed last
    std::set<crypto::IdentityKey> down;         // of those
    std::set<crypto::IdentityKey> shows_down;   // of well members
    std::set<crypto::IdentityKey> saw_leaving;  // shown no more
  };

  void look(HostIndex host, const control::MeshView& view);
  void look_for_down(HostIndex host, Host& observer);
  bool well(HostIndex index, const Host& host) const;
  void remark(HostIndex host, const std::string& what);

  World& world_;
  MeshId mesh_;
  std::map<HostIndex, Host> hosts_;
  std::map<crypto::IdentityKey, HostIndex> owners_;
  std::vector<crypto::IdentityKey> left_;
  std::size_t wrongful_downs_ = 0;
  std::size_t resurrected_ = 0;
  std::vector<std::string> remarks_;
};

}  // namespace smeg::sim
