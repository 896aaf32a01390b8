#include "trust/seniority.h"

#include <tuple>
#include <unordered_map>

namespace smeg::trust {
namespace {

// The more senior first; of two certificates with one number the one with the lower hash. Two claims are never alike.
bool before(const Claim& a, const Claim& b) {
  return std::tie(a.seniority, a.certificate, a.identity) < std::tie(b.seniority, b.certificate, b.identity);
}

bool alias_before(const Claim& a, const Claim& b) {
  return a.alias_granted != b.alias_granted ? a.alias_granted : before(a, b);
}

// The best claim for each value.
template <class Map, class Key>
void offer(Map& best, const Key& key, const Claim& claim, bool (*better)(const Claim&, const Claim&)) {
  const auto [at, fresh] = best.try_emplace(key, &claim);
  if (!fresh && better(claim, *at->second)) at->second = &claim;
}

std::optional<crypto::IdentityKey> unless_own(const Claim* winner, const Claim& claim) {
  return winner == &claim ? std::nullopt : std::optional(winner->identity);
}

}  // namespace

std::vector<Verdict> settle(std::span<const Claim> claims) {
  std::map<Seniority, const Claim*> numbers;
  std::unordered_map<addr::IpAddress, const Claim*> addresses;
  std::unordered_map<std::string_view, const Claim*> aliases;
  for (const Claim& claim : claims) offer(numbers, claim.seniority, claim, before);
  for (const Claim& claim : claims) {
    if (numbers.at(claim.seniority) != &claim) continue;
    offer(addresses, claim.address, claim, before);
    if (!claim.alias.empty()) offer(aliases, std::string_view(claim.alias), claim, alias_before);
  }
  std::vector<Verdict> verdicts(claims.size());
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const Claim& claim = claims[i];
    verdicts[i].number_lost_to = unless_own(numbers.at(claim.seniority), claim);
    if (verdicts[i].number_lost_to) continue;
    verdicts[i].address_lost_to = unless_own(addresses.at(claim.address), claim);
    if (!claim.alias.empty()) verdicts[i].alias_lost_to = unless_own(aliases.at(claim.alias), claim);
  }
  return verdicts;
}

std::optional<CertificateHash> NumberBook::note(const Seniority& seniority, const CertificateHash& hash) {
  const auto [at, fresh] = lowest_.try_emplace(seniority, hash);
  if (fresh) {
    if (lowest_.size() > limits::kNumbersSeen) lowest_.erase(std::prev(lowest_.end()));
    return std::nullopt;
  }
  if (at->second == hash) return std::nullopt;
  const CertificateHash loser = std::max(at->second, hash);
  at->second = std::min(at->second, hash);
  return loser;
}

bool NumberBook::counts(const Seniority& seniority, const CertificateHash& hash) const {
  const auto at = lowest_.find(seniority);
  return at == lowest_.end() || !(at->second < hash);
}

CertificateNumber NumberBook::highest(DelegationNumber delegation) const {
  const auto after = lowest_.upper_bound(Seniority{delegation, {~std::uint64_t{0}}});
  if (after == lowest_.begin()) return {};
  const Seniority& last = std::prev(after)->first;
  return last.delegation == delegation ? last.number : CertificateNumber{};
}

}  // namespace smeg::trust
