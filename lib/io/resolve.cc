#include "io/resolve.h"

#include <algorithm>

namespace smeg::io {
namespace {

bool can_dial(const addr::Endpoint& endpoint) {
  return endpoint.port != 0 && !endpoint.address.is_unspecified() && !endpoint.address.is_multicast();
}

}  // namespace

std::vector<addr::Endpoint> mix_families(const std::vector<addr::Endpoint>& endpoints) {
  std::vector<addr::Endpoint> out;
  std::vector<addr::Endpoint> other;
  for (const auto& endpoint : endpoints) {
    auto& list = out.empty() || out.front().address.is_v4() == endpoint.address.is_v4() ? out : other;
    if (can_dial(endpoint) && std::find(list.begin(), list.end(), endpoint) == list.end()) list.push_back(endpoint);
  }
  // The k-th of the other family goes behind the k-th of the first.
  for (std::size_t k = 0; k < other.size(); ++k) {
    const std::size_t place = std::min(2 * k + 1, out.size());
    out.insert(out.begin() + static_cast<std::ptrdiff_t>(place), other[k]);
  }
  return out;
}

}  // namespace smeg::io
