// A member as everyone in the mesh sees it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "addr/addr.h"
#include "base/base.h"
#include "mesh/record.h"
#include "trust/trust.h"

namespace smeg::mesh {

// What a guest has of what its sponsor announces for it.
enum class GuestState {
  active,
  key_taken,      // a member uses the same WireGuard key: the guest is as if it were not there
  address_taken,  // a member, or a guest of a more senior sponsor, has its address: likewise
};
std::string_view name(GuestState state);  // "active", "key-taken", "address-taken"

// A peer that speaks WireGuard alone and is reached through its sponsor.
struct Guest {
  std::string name;
  crypto::WgPublicKey key;
  addr::IpAddress address;
  GuestState state = GuestState::active;

  friend bool operator==(const Guest&, const Guest&) = default;
};

struct Member {
  crypto::IdentityKey identity;
  bool revoked = false;  // then there are only identity, and address and alias if it was seen before

  // From the certificate
  std::uint64_t incarnation = 0;
  trust::Seniority seniority;
  Role role = Role::peer;
  std::vector<addr::Prefix> prefixes;
  bool may_admit = false;  // holds a delegation that counts
  bool alias_granted = false;
  // Nothing where a senior member has the same address: then this one has none, and needs a new certificate.
  std::optional<addr::IpAddress> address;
  // Settled: empty where none is claimed or granted, or where another has it.
  std::string alias;

  std::vector<Guest> guests;  // settled, in the record's order

  // From the record, and shared with it; endpoints inside a mesh are left out. Never null.
  std::shared_ptr<const Record> record = no_record();

  static const std::shared_ptr<const Record>& no_record();
};

}  // namespace smeg::mesh
