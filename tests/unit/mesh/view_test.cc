#include "mesh/view.h"

#include <doctest/doctest.h>

#include "unit/mesh/testing.h"

namespace smeg::mesh {
namespace {

// No two keys are known whose addresses clash, so the clash is forced where it is settled.
struct Clash {
  std::vector<Member> members;
  std::vector<trust::Claim> claims;

  void add(std::uint8_t name, trust::Seniority seniority, std::uint64_t address, std::string alias, bool granted) {
    Member member;
    member.identity.bytes[0] = name;
    ByteArray<16> bytes{0xfd};
    store_be(bytes.data() + 8, address);
    member.address = addr::IpAddress::v6(bytes);
    member.alias = alias;
    trust::CertificateHash hash{};
    hash[0] = name;
    claims.push_back({member.identity, seniority, hash, *member.address, alias, granted});
    members.push_back(member);
  }
  std::vector<Member> settled() const { return award(members, trust::settle(claims)); }
};

TEST_CASE("of two members with one address the senior has it, whatever their keys") {
  Clash clash;
  clash.add(1, {{1}, {9}}, 42, "junior", false);
  clash.add(2, {{1}, {3}}, 42, "senior", false);
  clash.add(3, {{2}, {1}}, 42, "of a later delegation", false);
  clash.add(4, {{1}, {4}}, 43, "apart", false);
  const auto members = clash.settled();
  REQUIRE(members.size() == 4);
  CHECK_FALSE(members[0].address);
  CHECK(members[1].address);
  CHECK_FALSE(members[2].address);
  CHECK(members[3].address);
  CHECK(members[0].alias == "junior");
}

TEST_CASE("of two members with one alias the granted one has it, then the senior") {
  Clash clash;
  clash.add(1, {{1}, {1}}, 1, "same", false);
  clash.add(2, {{1}, {9}}, 2, "same", true);
  clash.add(3, {{1}, {5}}, 3, "other", false);
  clash.add(4, {{1}, {4}}, 4, "other", false);
  const auto members = clash.settled();
  REQUIRE(members.size() == 4);
  CHECK(members[0].alias.empty());
  CHECK(members[1].alias == "same");
  CHECK(members[2].alias.empty());
  CHECK(members[3].alias == "other");
}

TEST_CASE("of two certificates with one number one counts") {
  Clash clash;
  clash.add(2, {{1}, {1}}, 1, "loses", false);
  clash.add(1, {{1}, {1}}, 1, "wins", false);
  const auto members = clash.settled();
  REQUIRE(members.size() == 1);
  CHECK(members[0].alias == "wins");
  CHECK(members[0].address);
}

addr::IpAddress address_of(std::uint64_t interface_id) {
  ByteArray<16> bytes{0xfd};
  store_be(bytes.data() + 8, interface_id);
  return addr::IpAddress::v6(bytes);
}

// A member with WireGuard key and address of that number, and no guest yet.
Member sponsor(std::uint8_t number, trust::Seniority seniority) {
  Member member;
  member.identity.bytes[0] = number;
  member.seniority = seniority;
  member.address = address_of(number);
  Record record;
  record.wg_public_key = crypto::WgPublicKey{{number}};
  member.record = std::make_shared<const Record>(record);
  return member;
}
Guest guest(std::uint8_t key, std::uint64_t address) { return {"guest", {{key}}, address_of(address), {}}; }

std::vector<GuestState> states(const Member& member) {
  std::vector<GuestState> out;
  for (const Guest& each : member.guests) out.push_back(each.state);
  return out;
}

TEST_CASE("no guest beats a member, or the guest of a more senior sponsor") {
  using enum GuestState;
  std::vector<Member> members = {sponsor(1, {{1}, {9}}), sponsor(2, {{1}, {3}}), sponsor(3, {{2}, {1}})};
  members[0].guests = {guest(101, 50), guest(102, 51), guest(103, 3)};
  members[1].guests = {guest(104, 50), guest(1, 60), guest(105, 2)};
  members[2].guests = {guest(106, 51), guest(107, 61), guest(104, 62)};
  settle_guests(members);
  CHECK(states(members[0]) == std::vector{address_taken, active, address_taken});
  CHECK(states(members[1]) == std::vector{active, key_taken, address_taken});
  CHECK(states(members[2]) == std::vector{address_taken, active, active});
}

TEST_CASE("guests are settled alike whatever the order of members, and a member without address or key takes none") {
  using enum GuestState;
  std::vector<Member> members = {sponsor(3, {{2}, {1}}), sponsor(1, {{1}, {9}}), sponsor(2, {{1}, {3}})};
  members[0].guests = {guest(2, 1)};
  members[1].guests = {guest(101, 50)};
  members[2].guests = {guest(102, 50)};
  members[1].address.reset();
  members[2].record = Member::no_record();
  settle_guests(members);
  CHECK(states(members[0]) == std::vector{active});
  CHECK(states(members[1]) == std::vector{address_taken});
  CHECK(states(members[2]) == std::vector{active});
}

TEST_CASE("one who was revoked stands in no guest's way") {
  std::vector<Member> members = {sponsor(1, {{1}, {1}}), sponsor(2, {{1}, {2}})};
  members[0].revoked = true;
  members[1].guests = {guest(1, 1)};
  settle_guests(members);
  CHECK(states(members[1]) == std::vector{GuestState::active});
}

}  // namespace
}  // namespace smeg::mesh
