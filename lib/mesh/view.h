// From records and trust to members: addresses and aliases settled, endpoints sifted, the revoked among them.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include "mesh/member.h"
#include "mesh/records.h"
#include "trust/trust.h"

namespace smeg::mesh {

// Job: derives members from records and trust. Caller: Mesh. Single-threaded. Never fails. Decides nothing that others
// have to agree on: it is the same function of the same contents everywhere.
class View {
 public:
  using InsideAMesh = std::function<bool(const addr::IpAddress&)>;
  explicit View(InsideAMesh inside_a_mesh) : inside_a_mesh_(std::move(inside_a_mesh)) {}

  // Anew, in order of identity. before: what came of it last, which tells how those were called that are members no
  // more.
  std::vector<Member> derive(const Records& records, const trust::Ledger& ledger, const std::vector<Member>& before);
  // Brings members, which came of derive(), up to date with the record of one of them, or of a new one. What it costs
  // doesn't grow with their number, but for making room. False, and nothing done, where somebody lays claim to what
  // another has or had: then they are to be derived anew.
  bool update(std::vector<Member>& members, const crypto::IdentityKey& owner, const Records& records,
              const trust::Ledger& ledger);

 private:
  std::shared_ptr<const Record> sifted(const RecordPtr& record) const;
  Member member_from(const RecordPtr& record, const trust::Ledger& ledger) const;
  void note_claims(const std::vector<Member>& members);
  void add_revoked(std::vector<Member>& members, const trust::Ledger& ledger, const std::vector<Member>& before) const;

  InsideAMesh inside_a_mesh_;
  // Of the members that were derived last
  bool contested_ = true;                        // somebody lost what it claims, or there are guests
  std::unordered_set<std::uint64_t> addresses_;  // their second halves; the first is the same for all
  std::unordered_set<std::string> aliases_;
};

// Gives each member what it has by settlement, which is in the order of the members. Those whose certificate does not
// count are left out.
std::vector<Member> award(std::vector<Member> members, const std::vector<trust::Verdict>& settlement);

// Settles what guests lay claim to: the keys and addresses of members are theirs, and of two guests with one address
// the one of the more senior sponsor has it. Guests come with their addresses, and in whatever state.
void settle_guests(std::vector<Member>& members);

}  // namespace smeg::mesh
