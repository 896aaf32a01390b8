#include "dns/remote_cache.h"

#include <chrono>

namespace smeg::dns {

std::optional<RemoteAnswer> RemoteCache::find(const RemoteName& name, Instant now) const {
  const auto found = kept_.find(name.key());
  if (found == kept_.end() || now >= found->second.until) return std::nullopt;
  RemoteAnswer out = found->second.answer;
  out.ttl =
      static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(found->second.until - now).count());
  return out;
}

void RemoteCache::keep(const RemoteName& name, const RemoteAnswer& answer, Instant now) {
  if (answer.ttl == 0) return;
  if (kept_.size() >= limits::kDnsRemoteCached)
    std::erase_if(kept_, [&](const auto& each) { return now >= each.second.until; });
  if (kept_.size() >= limits::kDnsRemoteCached) kept_.erase(kept_.begin());
  kept_[name.key()] = {answer, now + std::chrono::seconds(answer.ttl)};
}

}  // namespace smeg::dns
