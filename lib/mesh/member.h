// A member as everyone in the mesh sees it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "addr/addr.h"
#include "base/base.h"
#include "mesh/record.h"

namespace smeg::mesh {

// The older member is the senior one: the lower delegation, then the lower certificate number. It can't be ground, as a
// key can.
struct Seniority {
  std::uint64_t delegation = 0;
  std::uint64_t number = 0;

  friend auto operator<=>(const Seniority&, const Seniority&) = default;
};

struct Member {
  crypto::IdentityKey identity;
  bool revoked = false;  // then only identity, and address and alias as last seen, if ever

  // From the certificate
  std::uint64_t incarnation = 0;
  Seniority seniority;
  Role role = Role::peer;
  std::vector<addr::Prefix> prefixes;
  bool may_admit = false;  // holds a delegation that counts
  bool alias_granted = false;
  // Nothing where a senior member has the same address: then this one has none, and needs a new certificate.
  std::optional<addr::IpAddress> address;
  // Settled: empty where none is claimed or granted, or where another has it.
  std::string alias;

  // From the record; endpoints inside a mesh are left out.
  Record record;
};

}  // namespace smeg::mesh
