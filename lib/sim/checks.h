// What must hold of the hosts of a world. Each check gives what is wrong, in words, or nothing.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "sim/world.h"

namespace smeg::sim {

// The member in a view; null where it is not shown.
const control::MemberView* find_member(const control::MeshView& mesh, const crypto::IdentityKey& member);

// Whether all these hosts show the same members and guests of a mesh, all members alive, and each of the hosts among
// them.
std::string disagreement(const World& world, const MeshId& mesh, const std::vector<HostIndex>& hosts);

// Whether all these hosts show the same members in the same state, whatever that is, and the same guests and leader.
std::string difference(const World& world, const MeshId& mesh, const std::vector<HostIndex>& hosts);

// Whether the operating systems of these hosts, taken together, would carry packets between each two: interface up with
// the right address, the other as a peer with its address allowed, a route to it, and one side knows where the other
// is.
std::string missing_tunnel(World& world, const MeshId& mesh, const std::vector<HostIndex>& hosts);

// Whether these hosts' tunnels take just the addresses that they should, by what each sees of the mesh: members' their
// own, sponsors' those of their guests too; and whether just the sponsors hand packets through.
std::string misled(World& world, const MeshId& mesh, const std::vector<HostIndex>& hosts);

// Whether anything at all of ours is left in a host's operating system.
std::string residue(World& world, HostIndex host);

// Job: watches every view that any host publishes, and compares what it says of others with what these said of
// themselves. Nobody may show what its owner never said: no forged change, no stale mix. Also: identity and address of
// a host in a mesh never change, and endpoints are
// where the member is or was. Lives as long as the world.
class Honesty {
 public:
  explicit Honesty(World& world);
  // What the member at a host said before this world began.
  void know(const MeshId& mesh, HostIndex host, const crypto::IdentityKey& member, const addr::IpAddress& address,
            const std::string& alias, const std::optional<crypto::WgPublicKey>& key = {});
  // From now on that one may say of itself what it likes, as long as its address stays.
  void distrust(const MeshId& mesh, const crypto::IdentityKey& member) { said_[mesh][member].distrusted = true; }
  const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  using WgKey = std::optional<crypto::WgPublicKey>;
  struct Said {  // the newest last
    std::vector<std::string> aliases;
    std::vector<std::string> descriptions;
    std::vector<WgKey> keys;
    std::set<std::tuple<std::string, crypto::WgPublicKey, addr::IpAddress>> guests;
    std::vector<HostIndex> hosts;  // that it was seen at: its endpoints are addresses of theirs
    addr::IpAddress address;
    bool distrusted = false;
    control::MemberList::Row accepted;  // shown of it last, and found to be what it said
  };
  using Members = std::map<crypto::IdentityKey, Said>;

  void hear_own(HostIndex host, const control::MeshView& mesh);
  void compare(HostIndex host, const control::MeshView& mesh);
  void compare(HostIndex host, const control::MemberList::Row& row, Said* said);
  bool is_at(const control::EndpointView& endpoint, const Said& said) const;
  void complain(HostIndex host, const control::MemberView& member, const std::string& what);

  World& world_;
  std::map<std::pair<HostIndex, MeshId>, control::MemberList> seen_;  // what is the same as last was looked at
  std::map<MeshId, Members> said_;
  std::map<std::pair<HostIndex, MeshId>, crypto::IdentityKey> identities_;
  std::vector<std::string> complaints_;
};

}  // namespace smeg::sim
