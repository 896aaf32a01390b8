#include "netlink/forwarder.h"

#include <linux/netfilter.h>

#include <algorithm>

namespace smeg::netlink {
namespace {

constexpr const char* kTable = "smegmesh";
constexpr const char* kList = "list table ip6 smegmesh";
constexpr const char* kDelete = "delete table ip6 smegmesh";
constexpr const char* kAll = "all";

// Values of accept_ra (Linux, Documentation/networking/ip-sysctl): 1 takes router advertisements only where the host
// doesn't forward, 2 always.
constexpr int kUnlessForwarding = 1;
constexpr int kAlways = 2;

Result<void> unless_gone(Result<void> result) {
  if (!result && result.error().code == Code::not_found) return {};
  return result;
}

// Each of them that has the one value gets the other.
Result<void> change(const Sysctl& sysctl, const std::set<std::string>& interfaces, int from, int to) {
  for (const std::string& interface : interfaces) {
    if (sysctl.get(interface) != from) continue;
    if (auto done = unless_gone(sysctl.set(interface, to)); !done) return done;
  }
  return {};
}

Result<void> without_output(const Result<std::string>& result) {
  return result ? Result<void>{} : fail(result.error());
}

}  // namespace

Forwarder::Seen Forwarder::observe() {
  if (!before_ && !table_exists()) return {};
  const auto listing = nftables_.run(kList, "look at the rules of forwarding");
  if (!listing && listing.error().code != Code::not_found) return {};
  const auto before = listing ? read_table(*listing) : std::nullopt;
  if (before) before_ = before;
  if (!before_) return {};
  Seen seen;
  seen.forwarding = listing && is_as_made(*listing) ? made_->forwarding : netstate::Forwarding{};
  seen.obstacles = obstacles();
  return seen;
}

bool Forwarder::is_ours(const RulesMessage& rules) { return rules.family == NFPROTO_IPV6 && rules.table == kTable; }

bool Forwarder::table_exists() {
  if (!requests_) {
    auto opened = RequestSocket::open(Protocol::netfilter, timeout_);
    if (!opened) return false;
    requests_ = std::move(*opened);
  }
  return requests_->get(get_filter_table(NFPROTO_IPV6, kTable), "look for the rules of forwarding").has_value();
}

bool Forwarder::is_as_made(const std::string& listing) const {
  if (!made_ || made_->listing != listing || forwarding_.get(kAll) != 1) return false;
  return before_->forwarding || accept_ra_.where(kUnlessForwarding).empty();
}

// A chain that drops what it doesn't know, of a table in which no interface of a mesh is ever named.
std::vector<std::string> Forwarder::obstacles() {
  std::vector<std::string> out;
  const auto chains = nftables_.run("list chains", "look at the rules of others");
  if (!chains || !made_) return out;
  for (const DroppingChain& chain : dropping_chains(*chains)) {
    const auto table = nftables_.run("list table " + chain.family + " " + chain.table, "look at the rules of others");
    const auto is_named = [&](const netstate::InterfaceName& mesh) { return table->find(mesh.text()) != table->npos; };
    if (!table || std::ranges::any_of(made_->forwarding.meshes, is_named)) continue;
    out.push_back("the firewall drops packets that are to be forwarded: nftables table " + chain.family + " " +
                  chain.table + ", chain " + chain.name);
  }
  return out;
}

Result<Before> Forwarder::find_before() {
  const auto listing = nftables_.run(kList, "look at the rules of forwarding");
  if (!listing && listing.error().code != Code::not_found) return fail(listing.error());
  std::optional<Before> before = before_;
  if (listing && !(before = read_table(*listing))) {
    return fail(Code::conflict, "another program has a table ip6 smegmesh in nftables",
                "rename it, or remove it: nft delete table ip6 smegmesh");
  }
  const auto now = forwarding_.get(kAll);
  if (!now) return fail(now.error());
  if (!before) before.emplace();
  if (*now == 0) {
    before->forwarding = false;  // also where somebody turned off what was on
    before->forwarding_of.merge(forwarding_.where(1));
  } else if (!before_ && !listing) {
    before->forwarding = true;
  }
  if (!before->forwarding) before->accept_ra.merge(accept_ra_.where(kUnlessForwarding));
  return *before;
}

Result<void> Forwarder::set(const netstate::Forwarding& forwarding) {
  const auto before = find_before();
  if (!before) return fail(before.error());
  const auto now = forwarding_.get(kAll);
  // Asked first, so that nothing is left half done. Not by writing the 0 that is there: that takes forwarding from
  // every interface that has it of its own.
  if (now == 0) {
    if (auto can = forwarding_.can_set(kAll); !can) return can;
  }
  const auto made = nftables_.run(make_table(forwarding, *before), "make the rules of forwarding");
  if (!made) return fail(made.error());
  before_ = *before;
  if (auto done = change(accept_ra_, before->accept_ra, kUnlessForwarding, kAlways); !done) return done;
  if (now == 0) {
    if (auto done = forwarding_.set(kAll, 1); !done) return done;
  }
  auto listing = nftables_.run(kList, "look at the rules of forwarding");
  if (!listing) return fail(listing.error());
  made_ = Made{forwarding, std::move(*listing)};
  return {};
}

// That of all interfaces is off already where this was begun and not finished; theirs is still to be put back then.
Result<void> Forwarder::stop_forwarding() {
  if (before_->forwarding) return {};
  if (forwarding_.get(kAll) == 1) {
    if (auto done = forwarding_.set(kAll, 0); !done) return done;
  }
  return change(forwarding_, before_->forwarding_of, 0, 1);
}

Result<void> Forwarder::remove() {
  const auto listing = nftables_.run(kList, "look at the rules of forwarding");
  if (!listing && listing.error().code != Code::not_found) return fail(listing.error());
  const auto in_table = listing ? read_table(*listing) : std::nullopt;
  if (in_table) before_ = in_table;
  if (!before_) return {};
  if (auto done = stop_forwarding(); !done) return done;
  if (auto done = change(accept_ra_, before_->accept_ra, kAlways, kUnlessForwarding); !done) return done;
  if (in_table) {
    const auto gone = without_output(nftables_.run(kDelete, "remove the rules of forwarding"));
    if (auto done = unless_gone(gone); !done) return done;
  }
  before_.reset();
  made_.reset();
  return {};
}

}  // namespace smeg::netlink
