#include "wireguard/accepted_ips.h"

namespace smeg::wireguard {

void AcceptedIps::add(const addr::Prefix& prefix) {
  if (trie_.set(prefix, AcceptedIp{prefix.length()})) snapshot_ = nullptr;
}

void AcceptedIps::remove(const addr::Prefix& prefix) {
  if (trie_.erase(prefix)) snapshot_ = nullptr;
}

void AcceptedIps::clear() {
  trie_.clear();
  snapshot_ = nullptr;
}

std::vector<addr::Prefix> AcceptedIps::list() const {
  std::vector<addr::Prefix> out;
  trie_.for_each([&](const addr::Prefix& prefix, const AcceptedIp&) { out.push_back(prefix); });
  std::ranges::sort(out);
  return out;
}

std::shared_ptr<const AcceptedIpTrie> AcceptedIps::trie() {
  if (!snapshot_ && !trie_.empty()) snapshot_ = std::make_shared<const AcceptedIpTrie>(trie_.snapshot());
  return snapshot_;
}

}  // namespace smeg::wireguard
