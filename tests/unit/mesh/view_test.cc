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

}  // namespace
}  // namespace smeg::mesh
