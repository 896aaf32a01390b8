#include "netlink/links.h"

namespace smeg::netlink {

using netstate::InterfaceName;

bool is_ours(const NamedLink& named) {
  if (named.owner) return true;
  if (named.link && !named.link->alias.empty()) return false;
  const bool made_for_us = backend_of(named) == netstate::Backend::kernel && named.link->group == netstate::kLinkGroup;
  return made_for_us || (named.listener && named.listener->ours);
}

netstate::Backend backend_of(const NamedLink& named) {
  const bool kernel = named.link && named.link->kind == netstate::kWireguardKind;
  return kernel ? netstate::Backend::kernel : netstate::Backend::userspace;
}

Result<std::vector<LinkMessage>> all_links(RequestSocket& requests) {
  std::vector<LinkMessage> links;
  const auto done = requests.dump(
      dump_links(), "list the network interfaces", [&] { links.clear(); },
      [&](const Message& message) {
        if (const auto* link = std::get_if<LinkMessage>(&message.body)) links.push_back(*link);
      });
  if (!done) return fail(done.error());
  return links;
}

Result<LinkTable> our_names(RequestSocket& requests, const Engines& engines, std::string_view prefix) {
  const auto links = all_links(requests);
  if (!links) return fail(links.error());
  LinkTable table;
  for (const LinkMessage& link : *links) {
    const auto name = InterfaceName::parse(link.name);
    if (!name || !netstate::is_numbered(link.name, prefix)) continue;
    NamedLink& named = table[*name];
    named.link = link;
    named.owner = netstate::owner_of(link.alias);
    named.listener = engines.find(*name);
  }
  for (const InterfaceName& name : engines.sockets()) {
    if (table.contains(name)) continue;
    if (const auto listener = engines.find(name)) table[name].listener = listener;
  }
  for (auto& [name, named] : table) named.ours = is_ours(named);
  return table;
}

std::map<LinkIndex, InterfaceName> our_indexes(const LinkTable& table) {
  std::map<LinkIndex, InterfaceName> indexes;
  for (const auto& [name, named] : table) {
    if (named.ours && named.link) indexes.emplace(named.link->index, name);
  }
  return indexes;
}

}  // namespace smeg::netlink
