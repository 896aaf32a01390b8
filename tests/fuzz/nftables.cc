// Listings of nftables: of our own table, and of all chains of the host. Names in them are anybody's.
#include <cstdlib>

#include "netlink/ruleset.h"

namespace {

using namespace smeg;
using namespace smeg::netlink;

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view listing = as_text({data, size});
  if (const auto before = read_table(listing)) {
    // Only what can stand between quotes in a command again.
    for (const auto* names : {&before->accept_ra, &before->forwarding_of}) {
      for (const std::string& name : *names) require(netstate::InterfaceName::parse(name).has_value());
    }
    require(!make_table(netstate::Forwarding{}, *before).empty());
  }
  for (const DroppingChain& chain : dropping_chains(listing)) {
    require(chain.family == "ip6" || chain.family == "inet");
    require(chain.table.find_first_of(" \t\n;{}\"") == std::string::npos);
  }
  return 0;
}
