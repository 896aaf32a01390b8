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

trust::Claim trust_claim_of(const VerifiedRecord& record) {
  const trust::Certificate& certificate = record.certificate;
  const std::string& granted = certificate.rights().alias;
  return {certificate.identity(),
          certificate.seniority(),
          certificate.hash(),
          certificate.address(),
          granted.empty() ? record.record.alias : granted,
          !granted.empty()};
}

// The end of the address, which is a hash.
std::uint32_t claim_of(const addr::IpAddress& address) { return load_be<std::uint32_t>(address.view().data() + 12); }

std::uint32_t claim_of(const std::string& alias) {
  return load_be<std::uint32_t>(crypto::hash<16>("smegmesh alias claim 1", {as_bytes(alias)}).data());
}

}  // namespace

void View::Claims::set(std::vector<Claim> claims) {
  claims_ = std::move(claims);
  std::ranges::sort(claims_);
}

bool View::Claims::contains(Claim claim) const { return std::ranges::binary_search(claims_, claim); }

void View::Claims::insert(Claim claim) {
  make_room(claims_);
  claims_.insert(std::ranges::lower_bound(claims_, claim), claim);
}

void View::Claims::erase(Claim claim) {
  const auto at = std::ranges::lower_bound(claims_, claim);
  if (at != claims_.end() && *at == claim) claims_.erase(at);
}

Members View::derive(const Records& records, const trust::Ledger& ledger, const Members& before) {
  std::vector<Member> members;
  std::vector<trust::Claim> claims;
  members.reserve(records.size());
  claims.reserve(records.size());
  records.for_each([&](const RecordPtr& record) {
    members.push_back(member_from(record, ledger));
    claims.push_back(trust_claim_of(*record));
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
  std::vector<MemberPtr> out;
  out.reserve(members.size());
  for (Member& member : members) out.push_back(share(std::move(member)));
  return Members(std::move(out));
}

MemberPtr View::share(Member member) const {
  if (!shared_) return std::make_shared<const Member>(std::move(member));
  const crypto::IdentityKey identity = member.identity;
  return shared_->share(identity, std::move(member));
}

void View::note_claims(const std::vector<Member>& members) {
  std::vector<Claim> addresses;
  std::vector<Claim> aliases;
  for (const Member& member : members) {
    if (member.address) addresses.push_back(claim_of(*member.address));
    if (!member.alias.empty()) aliases.push_back(claim_of(member.alias));
  }
  addresses_.set(std::move(addresses));
  aliases_.set(std::move(aliases));
}

void View::add_revoked(std::vector<Member>& members, const trust::Ledger& ledger, const Members& before) const {
  std::set<crypto::IdentityKey> there;
  for (const Member& member : members) there.insert(member.identity);
  for (const crypto::IdentityKey& identity : revoked_identities(ledger)) {
    if (there.contains(identity)) continue;  // admitted again, or by somebody else
    Member member;
    member.identity = identity;
    member.revoked = true;
    if (const Member* was = before.find(identity)) {
      member.address = was->address;
      member.alias = was->alias;
    }
    members.push_back(std::move(member));
  }
}

bool View::update(Members& members, const crypto::IdentityKey& owner, const Records& records,
                  const trust::Ledger& ledger) {
  const RecordPtr record = records.share(owner);
  if (contested_ || !record || !record->record.guests.empty()) return false;
  const Member* known = members.find(owner);
  if (known && known->revoked) return false;
  const trust::Claim claim = trust_claim_of(*record);
  const bool new_address = !known || known->address != claim.address;
  const bool new_alias = !known || known->alias != claim.alias;
  if (new_address && addresses_.contains(claim_of(claim.address))) return false;
  if (new_alias && !claim.alias.empty() && aliases_.contains(claim_of(claim.alias))) return false;
  if (known && known->seniority != claim.seniority) return false;
  if (known && new_address && known->address) addresses_.erase(claim_of(*known->address));
  if (known && new_alias && !known->alias.empty()) aliases_.erase(claim_of(known->alias));
  if (new_address) addresses_.insert(claim_of(claim.address));
  if (new_alias && !claim.alias.empty()) aliases_.insert(claim_of(claim.alias));
  Member member = member_from(record, ledger);
  member.alias = claim.alias;
  members.put(share(std::move(member)));
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

}  // namespace smeg::mesh
