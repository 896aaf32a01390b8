// A record that was checked, and is never changed again.
#pragma once

#include <memory>
#include <vector>

#include "crdt/crdt.h"
#include "mesh/record.h"
#include "trust/trust.h"

namespace smeg::mesh {

// A record whose every part was parsed, whose owner signed it, and whose certificate its issuer signed. Follows from
// its bytes alone: whether its owner is a member is another question.
struct VerifiedRecord {
  SignedRecord bytes;
  crdt::ContentHash content{};  // content_hash() of them
  Record record;
  trust::Certificate certificate;
  std::vector<addr::IpAddress> guest_addresses;  // in the order of record.guests: two hashes each, and never others

  crdt::Stamp stamp() const { return {record.version, content}; }
};
using RecordPtr = std::shared_ptr<const VerifiedRecord>;

}  // namespace smeg::mesh
