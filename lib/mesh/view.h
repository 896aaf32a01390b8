// From records and trust to members: addresses and aliases settled, endpoints sifted, the revoked among them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "mesh/member.h"
#include "mesh/pool.h"
#include "mesh/records.h"
#include "trust/trust.h"

namespace smeg::mesh {

// Job: derives members from records and trust. Caller: Mesh. Single-threaded. Never fails. Decides nothing that others
// have to agree on: it is the same function of the same contents everywhere.
class View {
 public:
  using InsideAMesh = std::function<bool(const addr::IpAddress&)>;
  using Shared = Interned<crypto::IdentityKey, Member>;
  // shared may be null; it outlives this.
  explicit View(InsideAMesh inside_a_mesh, Shared* shared = nullptr)
      : inside_a_mesh_(std::move(inside_a_mesh)), shared_(shared) {}

  // Anew, in order of identity. before: what came of it last, which tells how those were called that are members no
  // more.
  Members derive(const Records& records, const trust::Ledger& ledger, const Members& before);
  // Brings members, which came of derive(), up to date with the record of one of them, or of a new one. What it costs
  // doesn't grow with their number, but for making room. False, and nothing done, where somebody lays claim to what
  // another has or had: then they are to be derived anew.
  bool update(Members& members, const crypto::IdentityKey& owner, const Records& records, const trust::Ledger& ledger);

 private:
  // A hash of what somebody claims. That two are alike by accident does no harm: then members are derived anew, and
  // settled by what they really claim.
  using Claim = std::uint32_t;

  // Sorted.
  class Claims {
   public:
    void set(std::vector<Claim> claims);
    bool contains(Claim claim) const;
    void insert(Claim claim);
    void erase(Claim claim);

   private:
    std::vector<Claim> claims_;
  };

  std::shared_ptr<const Record> sifted(const RecordPtr& record) const;
  Member member_from(const RecordPtr& record, const trust::Ledger& ledger) const;
  MemberPtr share(Member member) const;
  void note_claims(const std::vector<Member>& members);
  void add_revoked(std::vector<Member>& members, const trust::Ledger& ledger, const Members& before) const;

  InsideAMesh inside_a_mesh_;
  Shared* shared_;
  // Of the members that were derived last
  bool contested_ = true;  // somebody lost what it claims, or there are guests
  Claims addresses_;
  Claims aliases_;
};

// Gives each member what it has by settlement, which is in the order of the members. Those whose certificate does not
// count are left out.
std::vector<Member> award(std::vector<Member> members, const std::vector<trust::Verdict>& settlement);

// Settles what guests lay claim to: the keys and addresses of members are theirs, and of two guests with one address
// the one of the more senior sponsor has it. Guests come with their addresses, and in whatever state.
void settle_guests(std::vector<Member>& members);

}  // namespace smeg::mesh
