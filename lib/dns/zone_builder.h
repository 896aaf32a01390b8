// How a Zone comes about. For this module alone.
#pragma once

#include <map>

#include "dns/records.h"
#include "dns/zone.h"

namespace smeg::dns {

// Fills one Zone, which is nobody else's yet.
class Zone::Builder {
 public:
  Builder(const ZoneOptions& options, Zone& zone) : options_(options), zone_(zone) {}

  void add(const control::Snapshot& snapshot);
  // What tells of the zone itself.
  void finish(std::uint32_t serial);

 private:
  void add(Mesh& mesh, const control::MeshView& view);
  void add_remotes(const control::Snapshot& snapshot);
  void add_member(Mesh& mesh, const control::MemberView& member);
  // Below a name of the member's. target: by which name its address is found.
  void add_services(Mesh& mesh, const control::MemberView& member, std::string_view label, const Name& target);
  void add_guest(Mesh& mesh, const control::GuestView& guest);
  // labels: from the mesh's down to the one that the address belongs to.
  void add_reverse(Mesh& mesh, const addr::IpAddress& address, const std::vector<std::string>& labels);

  const ZoneOptions& options_;
  Zone& zone_;
  std::map<crypto::IdentityKey, std::string> alias_;  // of members of the mesh that is being added, where they have one
};

}  // namespace smeg::dns
