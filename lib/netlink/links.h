// Links as far as they matter to us: which names are taken, and which of them are ours.
#pragma once

#include <map>
#include <set>

#include "netlink/engines.h"
#include "netlink/socket.h"

namespace smeg::netlink {

// A name that we might take, and what is behind it: a link, a listener on its UAPI socket, or both.
struct NamedLink {
  bool ours = false;
  std::optional<LinkMessage> link;
  std::optional<Listener> listener;
  std::optional<netstate::Owner> owner;  // from the alias
};
using LinkTable = std::map<netstate::InterfaceName, NamedLink>;

// Ours is a link with our alias, and one without any alias that the kernel made for us, by its group, or whose listener
// is our engine program, as is an engine without a link: we were stopped between start and alias.
bool is_ours(const NamedLink& named);
// The kernel's where the link says so.
netstate::Backend backend_of(const NamedLink& named);
// All links of the host, in the kernel's order.
Result<std::vector<LinkMessage>> all_links(RequestSocket& requests);
// Those with names of our prefix, and UAPI sockets of such names that somebody listens on.
Result<LinkTable> our_names(RequestSocket& requests, const Engines& engines, std::string_view prefix);
// The numbers of the links that are ours.
std::map<LinkIndex, netstate::InterfaceName> our_indexes(const LinkTable& table);

}  // namespace smeg::netlink
