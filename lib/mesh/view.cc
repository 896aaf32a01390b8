#include "mesh/view.h"

#include <algorithm>
#include <set>
#include <span>

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

std::uint64_t second_half(const addr::IpAddress& address) { return load_be<std::uint64_t>(address.view().data() + 8); }

const Member* find(std::span<const Member> members, const crypto::IdentityKey& identity) {
  const auto at = std::ranges::lower_bound(members, identity, {}, &Member::identity);
  return at != members.end() && at->identity == identity ? &*at : nullptr;
}

}  // namespace

const std::shared_ptr<const Record>& Member::no_record() {
  static const auto none = std::make_shared<const Record>();
  return none;
}

std::vector<Member> View::derive(const Records& records, const trust::Ledger& ledger,
                                 const std::vector<Member>& before) {
  std::vector<Member> members;
  std::vector<trust::Claim> claims;
  members.reserve(records.size());
  claims.reserve(records.size());
  records.for_each([&](const RecordPtr& record) {
    members.push_back(member_from(record, ledger));
    claims.push_back(claim_of(*record));
    members.back().alias = claims.back().alias;
  });
  const std::vector<trust::Verdict> settlement = trust::settle(claims);
  members = award(std::move(members), settlement);
  settle_guests(members);
  contested_ = std::ranges::any_of(settlement, [](const auto& verdict) { return verdict != trust::Verdict{}; }) ||
               std::ranges::any_of(members, [](const Member& member) { return !member.guests.empty(); });
  note_claims(members);
  add_revoked(members, ledger, before);
  std::ranges::sort(members, {}, &Member::identity);
  return members;
}

void View::note_claims(const std::vector<Member>& members) {
  addresses_.clear();
  aliases_.clear();
  for (const Member& member : members) {
    if (member.address) addresses_.insert(second_half(*member.address));
    if (!member.alias.empty()) aliases_.insert(member.alias);
  }
}

void View::add_revoked(std::vector<Member>& members, const trust::Ledger& ledger,
                       const std::vector<Member>& before) const {
  const std::size_t count = members.size();
  for (const crypto::IdentityKey& identity : revoked_identities(ledger)) {
    const std::span current(members.data(), count);
    if (find(current, identity)) continue;  // admitted again, or by somebody else
    Member member;
    member.identity = identity;
    member.revoked = true;
    if (const Member* was = find(before, identity)) {
      member.address = was->address;
      member.alias = was->alias;
    }
    members.push_back(std::move(member));
  }
}

bool View::update(std::vector<Member>& members, const crypto::IdentityKey& owner, const Records& records,
                  const trust::Ledger& ledger) {
  const RecordPtr record = records.share(owner);
  if (contested_ || !record || !record->record.guests.empty()) return false;
  const auto at = std::ranges::lower_bound(members, owner, {}, &Member::identity);
  const bool known = at != members.end() && at->identity == owner;
  if (known && at->revoked) return false;
  const trust::Claim claim = claim_of(*record);
  const bool new_address = !known || at->address != claim.address;
  const bool new_alias = !claim.alias.empty() && (!known || at->alias != claim.alias);
  if (new_address && addresses_.contains(second_half(claim.address))) return false;
  if (new_alias && aliases_.contains(claim.alias)) return false;
  if (known && at->seniority != claim.seniority) return false;
  Member member = member_from(record, ledger);
  member.alias = claim.alias;
  if (known && new_address && at->address) addresses_.erase(second_half(*at->address));
  if (known && at->alias != claim.alias) aliases_.erase(at->alias);
  addresses_.insert(second_half(claim.address));
  if (!claim.alias.empty()) aliases_.insert(claim.alias);
  if (known) {
    *at = std::move(member);
  } else {
    members.insert(at, std::move(member));
  }
  return true;
}

std::shared_ptr<const Record> View::sifted(const RecordPtr& record) const {
  const auto inside = [this](const MemberEndpoint& endpoint) {
    const auto* address = std::get_if<addr::IpAddress>(&endpoint.host);
    return address && inside_a_mesh_ && inside_a_mesh_(*address);
  };
  if (std::ranges::none_of(record->record.endpoints, inside)) return {record, &record->record};
  auto out = std::make_shared<Record>(record->record);
  std::erase_if(out->endpoints, inside);
  return out;
}

Member View::member_from(const RecordPtr& record, const trust::Ledger& ledger) const {
  const trust::Certificate& certificate = record->certificate;
  const trust::Rights& rights = certificate.rights();
  Member member;
  member.identity = certificate.identity();
  member.incarnation = rights.incarnation.value;
  member.seniority = certificate.seniority();
  member.role = rights.role;
  member.prefixes = rights.prefixes;
  member.may_admit = ledger.mandate_of(member.identity) != nullptr;
  member.alias_granted = !rights.alias.empty();
  member.address = certificate.address();
  member.record = sifted(record);
  for (std::size_t i = 0; i < record->record.guests.size(); ++i) {
    const AnnouncedGuest& guest = record->record.guests[i];
    member.guests.push_back({guest.name, guest.key, record->guest_addresses[i], GuestState::active});
  }
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
    if (member.record->wg_public_key) keys.insert(*member.record->wg_public_key);
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
