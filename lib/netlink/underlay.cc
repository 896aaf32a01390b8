#include "netlink/underlay.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include <algorithm>

namespace smeg::netlink {
namespace {

// Nothing is sent there: the kernel is only asked which way it would go (RFC 3849, RFC 5737: documentation).
constexpr std::string_view kFarAway[] = {"2001:db8::1", "192.0.2.1"};

constexpr std::uint32_t kUnusable = IFA_F_TEMPORARY | IFA_F_DEPRECATED | IFA_F_TENTATIVE | IFA_F_DADFAILED;

bool is_usable(const AddressMessage& message) {
  const addr::IpAddress& address = message.address.address;
  return message.scope == RT_SCOPE_UNIVERSE && (message.flags & kUnusable) == 0 && !address.is_loopback() &&
         !address.is_link_local() && !address.is_multicast() && !address.is_unspecified();
}

// The address that the kernel would send from; empty where it has no way there.
std::optional<addr::IpAddress> source_towards(RequestSocket& requests, std::string_view far_away) {
  const auto to = addr::IpAddress::parse(far_away);
  if (!to) return std::nullopt;
  const auto answer = requests.get(get_route(*to), "ask for a route");
  if (!answer) return std::nullopt;
  const auto* route = std::get_if<RouteMessage>(&answer->body);
  return route ? route->preferred_source : std::nullopt;
}

}  // namespace

Result<std::vector<addr::IpAddress>> list_underlay_addresses(RequestSocket& requests,
                                                             const std::map<LinkIndex, netstate::InterfaceName>& ours) {
  const auto links = all_links(requests);
  if (!links) return fail(links.error());
  std::set<LinkIndex> usable;
  for (const LinkMessage& link : *links) {
    const bool of_a_mesh = ours.contains(link.index) || netstate::owner_of(link.alias);
    if (link.up && !link.loopback && !of_a_mesh) usable.insert(link.index);
  }
  std::vector<addr::IpAddress> addresses;
  const auto done = requests.dump(
      dump_addresses(), "list the addresses", [&] { addresses.clear(); },
      [&](const Message& message) {
        const auto* seen = std::get_if<AddressMessage>(&message.body);
        if (!seen || !usable.contains(seen->index) || !is_usable(*seen)) return;
        if (std::ranges::find(addresses, seen->address.address) != addresses.end()) return;
        addresses.push_back(seen->address.address);
      });
  if (!done) return fail(done.error());
  auto front = addresses.begin();
  for (const std::string_view far_away : kFarAway) {
    const auto source = source_towards(requests, far_away);
    const auto at = source ? std::find(front, addresses.end(), *source) : addresses.end();
    if (at == addresses.end()) continue;
    std::rotate(front, at, at + 1);
    ++front;
  }
  return addresses;
}

}  // namespace smeg::netlink
