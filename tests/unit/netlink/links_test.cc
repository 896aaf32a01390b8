#include "netlink/links.h"

#include <doctest/doctest.h>

namespace smeg::netlink {

TEST_CASE("a link is ours by its alias, or without one by its engine") {
  const Listener our_engine{ProcessId{7}, true, true};
  const Listener other{ProcessId{8}, false, true};
  const LinkMessage bare;
  LinkMessage described;
  described.alias = "uplink";
  const auto ours = [](std::optional<LinkMessage> link, std::optional<Listener> listener, bool mesh) {
    NamedLink named;
    named.link = std::move(link);
    named.listener = listener;
    if (mesh) named.owner.emplace();
    return is_ours(named);
  };
  CHECK(ours(bare, our_engine, true));
  CHECK(ours(bare, std::nullopt, true));
  CHECK(ours(bare, our_engine, false));
  CHECK(ours(std::nullopt, our_engine, false));
  CHECK(!ours(bare, std::nullopt, false));
  CHECK(!ours(bare, other, false));
  CHECK(!ours(described, our_engine, false));
  CHECK(!ours(std::nullopt, other, false));
}

TEST_CASE("a link of the kernel's WireGuard without an alias is ours by its group") {
  NamedLink named;
  named.link.emplace();
  named.link->kind = "wireguard";
  CHECK(backend_of(named) == netstate::Backend::kernel);
  CHECK(!is_ours(named));
  named.link->group = netstate::kLinkGroup;
  CHECK(is_ours(named));
  named.link->alias = "uplink";
  CHECK(!is_ours(named));
  named.link->alias.clear();
  named.link->kind = "dummy";
  CHECK(!is_ours(named));
  CHECK(backend_of(named) == netstate::Backend::userspace);
}

TEST_CASE("indexes are of links that are ours") {
  LinkTable table;
  NamedLink ours;
  ours.ours = true;
  ours.link.emplace();
  ours.link->index = LinkIndex{4};
  NamedLink foreign = ours;
  foreign.ours = false;
  foreign.link->index = LinkIndex{5};
  NamedLink engine_only;
  engine_only.ours = true;
  const auto name = [](unsigned number) { return netstate::InterfaceName::make("smeg", number).value(); };
  table = {{name(0), ours}, {name(1), foreign}, {name(2), engine_only}};
  CHECK(our_indexes(table) == std::map<LinkIndex, netstate::InterfaceName>{{LinkIndex{4}, name(0)}});
}

}  // namespace smeg::netlink
