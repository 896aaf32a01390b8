#include "netlink/ruleset.h"

#include <doctest/doctest.h>

namespace smeg::netlink {
namespace {

using netstate::Forwarding;

netstate::InterfaceName interface_name(unsigned number) {
  return netstate::InterfaceName::make("smeg", number).value();
}
addr::Prefix prefix(std::string_view text) { return addr::Prefix::parse(text).value(); }

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// How `nft list table` (1.0.6) shows what make_table() makes of {smeg0, smeg1} and Before{false, {default, eth0}, {}}.
constexpr std::string_view kListing =
    "table ip6 smegmesh {\n"
    "\tset accept_ra_was_1 {\n\t\ttype ifname\n\t\telements = { \"default\",\n\t\t\t     \"eth0\" }\n\t}\n\n"
    "\tset forwarding_was_1 {\n\t\ttype ifname\n\t}\n\n"
    "\tset meshes {\n\t\ttype ifname\n\t\telements = { \"smeg0\",\n\t\t\t     \"smeg1\" }\n\t}\n\n"
    "\tchain forwarding_was_off {\n\t}\n\n"
    "\tchain forward {\n\t\ttype filter hook forward priority filter; policy drop;\n"
    "\t\tiifname @meshes oifname @meshes accept\n\t}\n}\n";

}  // namespace

TEST_CASE("the table of two meshes, where the host didn't forward before") {
  CHECK(make_table(Forwarding{{interface_name(0), interface_name(1)}}, {false, {"default", "eth0"}, {}}) ==
        R"(add table ip6 smegmesh
delete table ip6 smegmesh
table ip6 smegmesh {
  chain forwarding_was_off { }
  set accept_ra_was_1 { type ifname; elements = { "default", "eth0" } }
  set forwarding_was_1 { type ifname; }
  set meshes { type ifname; elements = { "smeg0", "smeg1" } }
  set turned { type ifname . ifname; elements = { "smeg0" . "smeg0", "smeg1" . "smeg1" } }
  chain forward {
    type filter hook forward priority filter; policy drop;
    iifname . oifname @turned drop
    tcp flags syn tcp option maxseg size set rt mtu
    iifname @meshes oifname @meshes accept
  }
}
)");
}

TEST_CASE("nothing passes between a mesh that stands apart and others") {
  const Forwarding forwarding{.meshes = {interface_name(0), interface_name(1), interface_name(2)},
                              .apart = {interface_name(2)}};
  CHECK(has(make_table(forwarding, {}),
            R"(elements = { "smeg0" . "smeg0", "smeg0" . "smeg2", "smeg1" . "smeg1", "smeg1" . "smeg2", )"
            R"("smeg2" . "smeg0", "smeg2" . "smeg1", "smeg2" . "smeg2" })"));
}

TEST_CASE("what may go back over the interface that it came from isn't dropped as turned") {
  Forwarding forwarding{{interface_name(0), interface_name(1)}};
  forwarding.back = {interface_name(1)};
  CHECK(has(make_table(forwarding, {}), "elements = { \"smeg0\" . \"smeg0\" } }"));
  forwarding.back.insert(interface_name(0));
  CHECK(has(make_table(forwarding, {}), "set turned { type ifname . ifname; }"));
}

TEST_CASE("nothing passes between the interfaces of one mesh, unless it may go back over them") {
  Forwarding forwarding{.meshes = {interface_name(0), interface_name(1), interface_name(2)},
                        .lanes = {{interface_name(2), interface_name(0)}}};
  CHECK(make_table(forwarding, {})
            .find("\"smeg0\" . \"smeg0\", \"smeg0\" . \"smeg2\", \"smeg1\" . \"smeg1\", "
                  "\"smeg2\" . \"smeg0\", \"smeg2\" . \"smeg2\" }") != std::string::npos);
  forwarding.back = {interface_name(0)};
  CHECK(make_table(forwarding, {}).find("elements = { \"smeg1\" . \"smeg1\" }") != std::string::npos);
  forwarding.apart = {interface_name(0)};
  CHECK(make_table(forwarding, {})
            .find("\"smeg0\" . \"smeg1\", \"smeg1\" . \"smeg0\", \"smeg1\" . \"smeg1\", "
                  "\"smeg1\" . \"smeg2\", \"smeg2\" . \"smeg1\" }") != std::string::npos);
}

TEST_CASE("what others send through a host that forwarded before stands in front of all") {
  const std::string text = make_table(Forwarding{{interface_name(0)}}, {true, {}, {}});
  CHECK(has(text, "chain forwarding_was_on { }"));
  CHECK(has(text, "policy drop;\n    iifname != @meshes oifname != @meshes accept\n"));
}

TEST_CASE("what is behind, and what is masqueraded, has rules only where there is such") {
  Forwarding forwarding{{interface_name(0)}};
  netstate::Beyond& beyond = forwarding.beyond[interface_name(0)];
  beyond.behind = {prefix("::/0"), prefix("2001:db8::/48")};
  std::string text = make_table(forwarding, {});
  CHECK(has(text, "set behind_1 { type ipv6_addr; flags interval; auto-merge; elements = { ::/0, 2001:db8::/48 } }"));
  CHECK(has(text, "iifname { \"smeg0\" } ip6 daddr @behind_1 accept"));
  CHECK(has(text, "oifname { \"smeg0\" } ip6 saddr @behind_1 accept"));
  CHECK(!has(text, "masquerade"));
  CHECK(!has(text, "ct state"));  // which would have the kernel track all connections
  beyond.masqueraded = {prefix("fd00::/8")};
  text = make_table(forwarding, {});
  CHECK(has(text, "@masqueraded_1 ip6 daddr != @behind_1 masquerade"));
  CHECK(has(text, "ct state established,related ct status snat accept"));
  beyond.behind.clear();
  CHECK(has(make_table(forwarding, {}), "@masqueraded_1 masquerade"));
}

TEST_CASE("meshes have what lies beyond for them, over their lanes too, and nothing of another's") {
  Forwarding forwarding{.meshes = {interface_name(0), interface_name(1), interface_name(2), interface_name(3)},
                        .beyond = {{interface_name(0), {.behind = {prefix("2001:db8:1::/48")}}},
                                   {interface_name(1), {.masqueraded = {prefix("fd00::/8")}}}},
                        .lanes = {{interface_name(3), interface_name(0)}}};
  std::string text = make_table(forwarding, {});
  CHECK(has(text, R"(
    iifname @meshes oifname @meshes accept
    iifname { "smeg1" } ip6 saddr @masqueraded_1 accept
    oifname { "smeg1" } ct state established,related ct status snat accept
    iifname { "smeg0", "smeg3" } ip6 daddr @behind_2 accept
    oifname { "smeg0", "smeg3" } ip6 saddr @behind_2 accept
  }
  chain postrouting {
    type nat hook postrouting priority srcnat;
    iifname { "smeg1" } oifname != @meshes ip6 saddr @masqueraded_1 masquerade
  }
)"));
  forwarding.beyond.at(interface_name(1)) = forwarding.beyond.at(interface_name(0));
  text = make_table(forwarding, {});
  CHECK(has(text, "iifname { \"smeg0\", \"smeg1\", \"smeg3\" } ip6 daddr @behind_1 accept"));
  CHECK(!has(text, "_2"));
}

TEST_CASE("the table remembers what was before") {
  CHECK(read_table(kListing) == Before{false, {"default", "eth0"}, {}});
  std::string was_on(kListing);
  was_on.replace(was_on.find("was_off"), 7, "was_on");
  CHECK(read_table(was_on) == Before{true, {"default", "eth0"}, {}});
  CHECK(!read_table("table ip6 smegmesh {\n\tchain theirs {\n\t}\n}\n"));
  CHECK(!read_table("table ip6 smegmesh {\n}\n"));
  CHECK(!read_table(""));
}

TEST_CASE("a listing that is cut off anywhere is read without harm, and gives no name that isn't one") {
  for (std::size_t size = 0; size < kListing.size(); ++size) {
    const auto before = read_table(kListing.substr(0, size));
    if (before) CHECK(before->accept_ra == std::set<std::string>{"default", "eth0"});
  }
  const auto odd =
      read_table("\tset accept_ra_was_1 {\n\"a b\", \"eth0\", \"\n\t}\n\tchain forwarding_was_on {\n\t}\n");
  REQUIRE(odd);
  CHECK(odd->accept_ra == std::set<std::string>{"eth0"});
}

TEST_CASE("chains of others that drop what is forwarded") {
  const auto chains = dropping_chains(
      "table ip filter {\n\tchain FORWARD {\n\t\ttype filter hook forward priority filter; policy drop;\n\t}\n}\n"
      "table ip6 filter {\n\tchain INPUT {\n\t\ttype filter hook input priority filter; policy drop;\n\t}\n"
      "\tchain FORWARD {\n\t\ttype filter hook forward priority filter; policy drop;\n\t}\n}\n"
      "table ip6 smegmesh {\n\tchain forward {\n\t\ttype filter hook forward priority filter; policy drop;\n\t}\n}\n"
      "table inet wall {\n\tchain a {\n\t\ttype filter hook forward priority filter + 10; policy accept;\n\t}\n"
      "\tchain b {\n\t\ttype filter hook forward priority 5; policy drop;\n\t}\n}\n");
  CHECK(chains == std::vector<DroppingChain>{{"ip6", "filter", "FORWARD"}, {"inet", "wall", "b"}});
  CHECK(dropping_chains("table inet a;b {\n\tchain c {\n\t\ttype filter hook forward priority 5; policy drop;\n")
            .empty());
  CHECK(dropping_chains("").empty());
  CHECK(dropping_chains("\t\ttype filter hook forward priority filter; policy drop;").empty());
}

}  // namespace smeg::netlink
