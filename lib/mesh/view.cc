#include "mesh/view.h"

#include <algorithm>
#include <set>

namespace smeg::mesh {
namespace {

// Those who were put out, and not those who left by themselves.
std::set<crypto::IdentityKey> revoked_identities(const trust::Ledger& ledger) {
  std::set<crypto::IdentityKey> out;
  for (const trust::Item& item : ledger.statements()) {
    const auto* statement = std::get_if<trust::Item::SignedStatement>(&item.content());
    const auto* revocation = statement ? std::get_if<trust::Revocation>(&statement->statement) : nullptr;
    if (revocation) out.insert(revocation->identity);
  }
  for (const trust::Item& item : ledger.removals()) {
    const auto* removal = std::get_if<trust::Item::SignedRemoval>(&item.content());
    const auto* revocation = removal ? std::get_if<trust::Revocation>(&removal->removal) : nullptr;
    if (revocation) out.insert(revocation->identity);
  }
  return out;
}

trust::Claim claim_of(const VerifiedRecord& record) {
  const trust::Certificate& certificate = record.certificate;
  const std::string& granted = certificate.rights().alias;
  return {certificate.identity(),
          certificate.seniority(),
          certificate.hash(),
          certificate.address(),
          granted.empty() ? record.record.alias : granted,
          !granted.empty()};
}

}  // namespace

std::vector<Member> View::derive(const Records& records, const trust::Ledger& ledger) {
  std::vector<Member> members;
  std::vector<trust::Claim> claims;
  records.for_each([&](const VerifiedRecord& record) {
    members.push_back(member_from(record, ledger));
    claims.push_back(claim_of(record));
    members.back().alias = claims.back().alias;
  });
  members = award(std::move(members), trust::settle(claims));
  settle_guests(members);

  std::map<crypto::IdentityKey, Seen> seen;
  for (const Member& member : members) seen[member.identity] = {member.address, member.alias};
  for (const auto& identity : revoked_identities(ledger)) {
    if (seen.count(identity) != 0) continue;  // admitted again, or by somebody else
    members.push_back(revoked_member(identity));
    seen[identity] = {members.back().address, members.back().alias};
  }
  seen_ = std::move(seen);
  std::sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return a.identity < b.identity; });
  return members;
}

Member View::member_from(const VerifiedRecord& record, const trust::Ledger& ledger) const {
  const trust::Rights& rights = record.certificate.rights();
  Member member;
  member.identity = record.certificate.identity();
  member.incarnation = rights.incarnation.value;
  member.seniority = record.certificate.seniority();
  member.role = rights.role;
  member.prefixes = rights.prefixes;
  member.may_admit = ledger.mandate_of(member.identity) != nullptr;
  member.alias_granted = !rights.alias.empty();
  member.address = record.certificate.address();
  member.record = record.record;
  for (std::size_t i = 0; i < record.record.guests.size(); ++i) {
    const AnnouncedGuest& guest = record.record.guests[i];
    member.guests.push_back({guest.name, guest.key, record.guest_addresses[i], GuestState::active});
  }
  std::erase_if(member.record.endpoints, [this](const MemberEndpoint& endpoint) {
    const auto* address = std::get_if<addr::IpAddress>(&endpoint.host);
    return address && inside_a_mesh_ && inside_a_mesh_(*address);
  });
  return member;
}

Member View::revoked_member(const crypto::IdentityKey& identity) const {
  Member member;
  member.identity = identity;
  member.revoked = true;
  const auto at = seen_.find(identity);
  if (at == seen_.end()) return member;
  member.address = at->second.address;
  member.alias = at->second.alias;
  return member;
}

std::vector<Member> award(std::vector<Member> members, const std::vector<trust::Verdict>& settlement) {
  std::vector<Member> out;
  out.reserve(members.size());
  for (std::size_t i = 0; i < members.size(); ++i) {
    const trust::Verdict& verdict = settlement[i];
    if (verdict.number_lost_to) continue;
    if (verdict.address_lost_to) members[i].address.reset();
    if (verdict.alias_lost_to) members[i].alias.clear();
    out.push_back(std::move(members[i]));
  }
  return out;
}

void settle_guests(std::vector<Member>& members) {
  std::vector<Member*> sponsors;
  for (Member& member : members)
    if (!member.guests.empty()) sponsors.push_back(&member);
  if (sponsors.empty()) return;
  std::set<crypto::WgPublicKey> keys;
  std::set<addr::IpAddress> addresses;
  for (const Member& member : members) {
    if (member.revoked) continue;
    if (member.record.wg_public_key) keys.insert(*member.record.wg_public_key);
    if (member.address) addresses.insert(*member.address);
  }
  std::ranges::sort(sponsors, {}, &Member::seniority);
  for (Member* sponsor : sponsors) {
    for (Guest& guest : sponsor->guests) {
      if (keys.contains(guest.key)) {
        guest.state = GuestState::key_taken;
      } else {
        guest.state = addresses.insert(guest.address).second ? GuestState::active : GuestState::address_taken;
      }
    }
  }
}

std::string_view name(GuestState state) {
  switch (state) {
    case GuestState::active: return "active";
    case GuestState::key_taken: return "key-taken";
    case GuestState::address_taken: return "address-taken";
  }
  return "";
}

}  // namespace smeg::mesh
