// From records and trust to members: addresses and aliases settled, endpoints sifted, the revoked among them.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "mesh/member.h"
#include "mesh/records.h"
#include "trust/trust.h"

namespace smeg::mesh {

// Job: derives members, and remembers how those were called that are members no more. Caller: Mesh. Single-threaded.
// Never fails. Decides nothing that others have to agree on: it is the same function of the same contents everywhere.
class View {
 public:
  using InsideAMesh = std::function<bool(const addr::IpAddress&)>;
  explicit View(InsideAMesh inside_a_mesh) : inside_a_mesh_(std::move(inside_a_mesh)) {}

  // Anew, in order of identity.
  std::vector<Member> derive(const Records& records, const trust::Ledger& ledger);

 private:
  struct Seen {
    std::optional<addr::IpAddress> address;
    std::string alias;
  };

  Member member_from(const VerifiedRecord& record, const trust::Ledger& ledger) const;
  Member revoked_member(const crypto::IdentityKey& identity) const;

  InsideAMesh inside_a_mesh_;
  std::map<crypto::IdentityKey, Seen> seen_;  // of members and of the revoked
};

// Gives each member what it has by settlement, which is in the order of the members. Those whose certificate does not
// count are left out.
std::vector<Member> award(std::vector<Member> members, const std::vector<trust::Verdict>& settlement);

// Settles what guests lay claim to: the keys and addresses of members are theirs, and of two guests with one address
// the one of the more senior sponsor has it. Guests come with their addresses, and in whatever state.
void settle_guests(std::vector<Member>& members);

}  // namespace smeg::mesh
