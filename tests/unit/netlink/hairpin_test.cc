#include "netlink/hairpin.h"

#include <doctest/doctest.h>

namespace smeg::netlink {
namespace {

constexpr LinkIndex kLink{9};

addr::Prefix prefix(std::string_view text) { return addr::Prefix::parse(text).value(); }

// What the kernel would list after these requests.
std::optional<netstate::Hairpin> seen(const std::vector<Bytes>& requests) {
  HairpinFilters filters(kLink);
  for (const Bytes& request : requests) filters.add(std::get<FilterMessage>(decode(request).value().front().body));
  return filters.hairpin();
}

const netstate::Hairpin kBroken{};

}  // namespace

TEST_CASE("a hairpin is seen as it was made") {
  CHECK_FALSE(seen({}));
  const netstate::Hairpin wanted{prefix("fd00::/64"), {prefix("fd00::1").address(), prefix("fd00::2").address()}};
  CHECK(seen({add_pass_filter(kLink, kPassPreference, prefix("fd00::1")),
              add_pass_filter(kLink, kPassPreference, prefix("fd00::2")),
              add_redirect_filter(kLink, kRedirectPreference, prefix("fd00::/64"), kLink)}) == wanted);
}

TEST_CASE("filters of others are not looked at") {
  CHECK_FALSE(seen({add_pass_filter(kLink, 82, prefix("fd00::1")),
                    add_redirect_filter(kLink, 85, prefix("fd00::/64"), LinkIndex{3})}));
}

TEST_CASE("a hairpin in pieces, or bent, is none that anyone wants") {
  const Bytes pass = add_pass_filter(kLink, kPassPreference, prefix("fd00::1"));
  const Bytes redirect = add_redirect_filter(kLink, kRedirectPreference, prefix("fd00::/64"), kLink);
  CHECK(seen({pass})->within == addr::Prefix{});
  CHECK(seen({pass, redirect, redirect}) == kBroken);
  CHECK(seen({pass, add_redirect_filter(kLink, kRedirectPreference, prefix("fd00::/64"), LinkIndex{3})}) == kBroken);
  CHECK(seen({pass, redirect, add_pass_filter(kLink, kRedirectPreference, prefix("fd00::/64"))}) == kBroken);
  CHECK(seen({redirect, add_pass_filter(kLink, kPassPreference, prefix("fd00::/64"))}) == kBroken);
  CHECK(seen({redirect, add_redirect_filter(kLink, kPassPreference, prefix("fd00::1"), kLink)}) == kBroken);
}

}  // namespace smeg::netlink
