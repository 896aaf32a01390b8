#include "trust/seniority.h"

#include <algorithm>

#include "unit/trust/world.h"

namespace smeg::trust {
namespace {

crypto::IdentityKey named(std::uint8_t n) {
  crypto::IdentityKey key;
  key.bytes.fill(n);
  return key;
}

addr::IpAddress address(std::uint8_t n) {
  ByteArray<16> bytes{0xfd};
  bytes[15] = n;
  return addr::IpAddress::v6(bytes);
}

Claim claim(std::uint8_t who, std::uint64_t delegation, std::uint64_t number, std::uint8_t where,
            std::string alias = {}, bool granted = false) {
  CertificateHash hash;
  hash.fill(who);
  return {named(who), {{delegation}, {number}}, hash, address(where), std::move(alias), granted};
}

// The stupid twin: looks at every pair of claims.
bool beats(const Claim& a, const Claim& b) {
  if (a.seniority != b.seniority) return a.seniority < b.seniority;
  return a.certificate != b.certificate ? a.certificate < b.certificate : a.identity < b.identity;
}
bool has_number(const std::vector<Claim>& claims, const Claim& mine) {
  return std::ranges::none_of(claims, [&](const Claim& c) { return c.seniority == mine.seniority && beats(c, mine); });
}
bool has_address(const std::vector<Claim>& claims, const Claim& mine) {
  return std::ranges::none_of(
      claims, [&](const Claim& c) { return has_number(claims, c) && c.address == mine.address && beats(c, mine); });
}
bool has_alias(const std::vector<Claim>& claims, const Claim& mine) {
  return std::ranges::none_of(claims, [&](const Claim& c) {
    const bool better = c.alias_granted != mine.alias_granted ? c.alias_granted : beats(c, mine);
    return has_number(claims, c) && c.alias == mine.alias && better;
  });
}

}  // namespace

TEST_CASE("delegation goes before number") {
  CHECK(Seniority{{1}, {9}} < Seniority{{2}, {1}});
  CHECK(Seniority{{2}, {1}} < Seniority{{2}, {2}});
}

TEST_CASE("without a clash everybody has what it claims") {
  const std::vector<Claim> claims{claim(1, 1, 1, 1, "a"), claim(2, 1, 2, 2, "b"), claim(3, 2, 1, 3)};
  CHECK(settle(claims) == std::vector<Verdict>(3));
  CHECK(settle({}).empty());
}

TEST_CASE("an address goes to the more senior, whoever has the lower key") {
  const std::vector<Claim> claims{claim(1, 1, 7, 5), claim(9, 1, 6, 5), claim(2, 2, 1, 5)};
  const auto verdicts = settle(claims);
  CHECK(verdicts[0].address_lost_to == named(9));
  CHECK_FALSE(verdicts[1].address_lost_to);
  CHECK(verdicts[2].address_lost_to == named(9));
}

TEST_CASE("a granted alias beats a claimed one, then the more senior has it") {
  const std::vector<Claim> claims{claim(1, 1, 1, 1, "web"), claim(2, 1, 2, 2, "web", true),
                                  claim(3, 1, 3, 3, "web", true), claim(4, 1, 4, 4, "db"), claim(5, 1, 5, 5, "db")};
  const auto verdicts = settle(claims);
  CHECK(verdicts[0].alias_lost_to == named(2));
  CHECK_FALSE(verdicts[1].alias_lost_to);
  CHECK(verdicts[2].alias_lost_to == named(2));
  CHECK_FALSE(verdicts[3].alias_lost_to);
  CHECK(verdicts[4].alias_lost_to == named(4));
}

TEST_CASE("a number used twice: the lower hash counts, and the other claims nothing") {
  const std::vector<Claim> claims{claim(2, 1, 1, 1, "a"), claim(1, 1, 1, 2), claim(3, 1, 2, 1, "a")};
  const auto verdicts = settle(claims);
  CHECK(verdicts[0].number_lost_to == named(1));
  CHECK_FALSE(verdicts[0].address_lost_to);
  CHECK_FALSE(verdicts[1].number_lost_to);
  // What the loser claimed is free for others.
  CHECK(verdicts[2] == Verdict{});
}

TEST_CASE("any clashes are settled as by comparing every pair, in any order") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    std::vector<Claim> claims;
    for (std::uint8_t who = 1; who <= 12; ++who) {
      const auto below = [&](std::uint64_t n) { return random() % n; };
      // In braces, where the order of evaluation is fixed, so that a seed means the same to every compiler.
      const std::array<std::uint64_t, 6> drawn{below(3), below(5), below(5), below(2), below(2), below(2)};
      claims.push_back(claim(who, 1 + drawn[0], 1 + drawn[1], static_cast<std::uint8_t>(drawn[2]),
                             std::string(drawn[3], 'a') + std::string(drawn[4], 'b'), drawn[5] == 0));
      claims.back().certificate[0] = static_cast<std::uint8_t>(below(256));
    }
    std::ranges::shuffle(claims, random);
    const auto verdicts = settle(claims);
    for (std::size_t i = 0; i < claims.size(); ++i) {
      const bool counts = has_number(claims, claims[i]);
      REQUIRE(!verdicts[i].number_lost_to == counts);
      if (!counts) continue;
      REQUIRE(!verdicts[i].address_lost_to == has_address(claims, claims[i]));
      if (!claims[i].alias.empty()) REQUIRE(!verdicts[i].alias_lost_to == has_alias(claims, claims[i]));
    }
  }
}

TEST_CASE("the book of numbers keeps the lower hash") {
  NumberBook book;
  CertificateHash low, high;
  low.fill(1);
  high.fill(2);
  const Seniority number{{1}, {5}};
  CHECK(book.counts(number, high));
  CHECK_FALSE(book.note(number, high));
  CHECK_FALSE(book.note(number, high));
  CHECK(book.note(number, low) == high);
  CHECK(book.counts(number, low));
  CHECK_FALSE(book.counts(number, high));
  CHECK(book.note(number, high) == high);
  CHECK(book.highest({1}) == CertificateNumber{5});
  CHECK(book.highest({2}) == CertificateNumber{0});
  CHECK(book.highest({0}) == CertificateNumber{0});
}

TEST_CASE("the book of numbers has a limit, and forgets the most junior") {
  NumberBook book;
  for (std::uint64_t n = 1; n <= limits::kNumbersSeen + 10; ++n) book.note({{1}, {n}}, {});
  CHECK(book.highest({1}) == CertificateNumber{limits::kNumbersSeen});
}

}  // namespace smeg::trust
