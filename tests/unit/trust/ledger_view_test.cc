// Random histories, in any order and with repeats, come to the same ledger, and that is the one that a naive reading of
// the whole history gives.
#include <algorithm>

#include "unit/trust/world.h"

namespace smeg::trust {
namespace {

constexpr int kHistories = 60;
constexpr int kEvents = 40;
constexpr int kOrders = 6;

struct History : test::World {
  explicit History(std::uint64_t seed) : World(seed), random(seed) {
    honest = ledger.items();
    for (int i = 0; i < kEvents; ++i) happen();
  }

  std::uint64_t below(std::uint64_t bound) { return random() % bound; }
  std::uint8_t some_host() { return static_cast<std::uint8_t>(10 + below(5)); }
  std::uint8_t some_delegate() { return static_cast<std::uint8_t>(1 + below(4)); }
  DelegationNumber some_delegation() { return {1 + below(ledger.next_delegation().value)}; }
  Incarnation some_incarnation() { return {1 + below(4)}; }

  void record(const Item& item) {
    honest.push_back(item);
    (void)ledger.apply(item);  // may come to nothing, as when a revoked delegate signs
  }
  template <class Items>
  void record_all(const Items& items) {
    for (const Item& item : items) record(item);
  }

  // Two delegations of one number now and then: the root was restored from a copy.
  void happen_delegation() {
    // One draw a statement: compilers differ in the order in which they evaluate arguments.
    const auto one = authority.delegate(ledger, {{}, identity(some_delegate()), Powers::all()});
    const auto two = authority.delegate(ledger, {{}, identity(some_delegate()), Powers::all()});
    record(*one);
    if (below(3) == 0) record(*two);
  }
  void happen_delegate_removal() {
    const DelegationNumber delegation = some_delegation();
    const Mandate* mandate = ledger.mandate(delegation);
    std::uint8_t signer = some_delegate();
    for (std::uint8_t host = 1; host <= 4; ++host) {
      if (mandate != nullptr && mandate->delegation.identity == identity(host)) signer = host;
    }
    const bool ban = below(8) == 0;
    const std::uint8_t host = some_host();
    const Incarnation up_to = ban ? kEveryIncarnation : some_incarnation();
    record(make_revocation(mesh(), {identity(host), up_to, ban, delegation, ledger.epoch()}, key(signer)));
  }
  void happen_leave() {
    Rights what = rights(some_incarnation());
    what.delegation = some_delegation();
    const std::uint8_t host = some_host();
    const std::uint8_t signer = some_delegate();
    record(make_leave(certify(signer, host, 1 + below(9), what), key(host)));
  }
  void happen_forgery() {
    const Mandate& mandate = ledger.mandates().begin()->second;
    const std::uint8_t host = some_host();
    forged.push_back(make_leave(member(host, 3), key(some_delegate())));
    forged.push_back(make_revocation(mesh(), {identity(host), {1}, false, mandate.delegation.number, ledger.epoch()},
                                     key(some_host())));
    auto content = std::get<Item::SignedStatement>(authority.raise_floor(ledger)->content());
    content.statement = Floor{{99}};
    content.payload = encode_statement(content.statement);
    forged.push_back(Item(content));
  }
  void happen() {
    switch (below(9)) {
      case 0: return happen_delegation();
      case 1:
      case 2: return happen_delegate_removal();
      case 3:
      case 4: return happen_leave();
      case 5: {
        const DelegationNumber delegation = some_delegation();
        const auto items = authority.revoke_delegation(ledger, delegation, {below(9)});
        if (items) record_all(*items);
        return;
      }
      case 6: {
        const std::uint8_t host = some_host();
        const Incarnation up_to = some_incarnation();
        const bool ban = below(4) == 0;
        return record(*authority.revoke(ledger, identity(host), up_to, ban, {below(3)}));
      }
      case 7:
        if (below(3) == 0) record(*authority.raise_floor(ledger));
        return happen_forgery();
      case 8:
        if (below(2) == 0) record_all(*authority.rotate(ledger, secrets));
        return;
    }
  }

  std::mt19937_64 random;
  std::vector<Item> honest;
  std::vector<Item> forged;
};

// As gossip does it: what was refused is offered again for as long as anything changes.
Ledger take_in(const Genesis& genesis, const std::vector<Item>& items) {
  Ledger ledger(genesis);
  for (bool changed = true; changed;) {
    changed = false;
    for (const Item& item : items) {
      const Bytes before = ledger.encode();
      const auto applied = ledger.apply(item);
      const bool same = ledger.encode() == before;
      if (!applied) REQUIRE(same);
      if (applied) REQUIRE(applied->changed != same);
      changed = changed || (applied && applied->changed);
    }
  }
  return ledger;
}

// The naive twin: reads the whole history anew for each question, in no particular order.
class Naive {
 public:
  explicit Naive(const std::vector<Item>& items) : items_(items) {
    for (const Item& item : items) {
      if (const auto* step = std::get_if<Item::SignedStep>(&item.content())) root = std::max(root, step->step.index);
    }
    for_each<Floor>([&](const Floor& floor, const StatementId&) { epoch = std::max(epoch, floor.epoch); });
  }

  template <class Kind, class Visit>
  void for_each(Visit visit) const {
    for (const Item& item : items_) {
      const auto* content = std::get_if<Item::SignedStatement>(&item.content());
      if (!content || content->root != root) continue;
      if (const auto* kind = std::get_if<Kind>(&content->statement)) visit(*kind, statement_id(content->payload));
    }
  }
  std::optional<Mandate> mandate(DelegationNumber number) const {
    std::optional<std::pair<StatementId, Mandate>> best;
    for_each<Delegation>([&](const Delegation& delegation, const StatementId& id) {
      if (delegation.number == number && (!best || id < best->first)) best = {id, {delegation, {}}};
    });
    if (!best) return std::nullopt;
    for_each<DelegationRevocation>([&](const DelegationRevocation& revocation, const StatementId&) {
      auto& last = best->second.last_honoured;
      if (revocation.delegation == number && (!last || revocation.last_honoured < *last))
        last = revocation.last_honoured;
    });
    return best->second;
  }
  Incarnation removed(const crypto::IdentityKey& identity, DelegationNumber delegation) const {
    Incarnation up_to{};
    for_each<Revocation>([&](const Revocation& revocation, const StatementId&) {
      const bool in_scope = revocation.delegation == DelegationNumber{} || revocation.delegation == delegation;
      if (revocation.identity == identity && in_scope && (revocation.ban || revocation.epoch >= epoch))
        up_to = std::max(up_to, revocation.up_to);
    });
    for (const Item& item : items_) {
      const auto* content = std::get_if<Item::SignedRemoval>(&item.content());
      if (!content) continue;
      if (const auto* leave = std::get_if<Leave>(&content->removal)) {
        const Certificate& certificate = leave->certificate;
        const auto by = mandate(certificate.rights().delegation);
        if (certificate.identity() == identity && by && by->delegation.identity == certificate.issuer() &&
            by->honours(certificate.number()) && certificate.rights().epoch == epoch)
          up_to = std::max(up_to, certificate.incarnation());
      } else {
        const auto& revocation = std::get<Revocation>(content->removal);
        const auto by = mandate(revocation.delegation);
        if (revocation.identity == identity && revocation.delegation == delegation && by && !by->revoked() &&
            (revocation.ban || revocation.epoch == epoch) &&
            crypto::verify(by->delegation.identity, "smegmesh revocation 1", signed_removal(mesh, content->payload),
                           content->signature))
          up_to = std::max(up_to, revocation.up_to);
      }
    }
    return up_to;
  }

  RootIndex root{};
  Epoch epoch{};
  MeshId mesh;

 private:
  const std::vector<Item>& items_;
};

void compare(const Ledger& ledger, const Naive& naive, const History& history) {
  REQUIRE(ledger.root_index() == naive.root);
  REQUIRE(ledger.epoch() == naive.epoch);
  for (std::uint64_t n = 0; n <= history.ledger.next_delegation().value; ++n) {
    const Mandate* mandate = ledger.mandate({n});
    const auto expected = naive.mandate({n});
    REQUIRE((mandate != nullptr) == expected.has_value());
    if (mandate != nullptr) {
      REQUIRE(mandate->delegation == expected->delegation);
      REQUIRE(mandate->last_honoured == expected->last_honoured);
    }
    for (std::uint8_t host = 10; host < 15; ++host) {
      const auto identity = history.identity(host);
      REQUIRE(ledger.removed_up_to(identity, {n}) == naive.removed(identity, {n}));
    }
  }
}

}  // namespace

TEST_CASE("any order and any repeats of a history give one ledger, the one that a naive reading gives") {
  for (std::uint64_t seed = 1; seed <= kHistories; ++seed) {
    CAPTURE(seed);
    History history(seed);
    Naive naive(history.honest);
    naive.mesh = history.mesh();
    std::vector<Item> items = history.honest;
    items.insert(items.end(), history.forged.begin(), history.forged.end());
    std::optional<Bytes> expected;
    for (int order = 0; order < kOrders; ++order) {
      CAPTURE(order);
      const Ledger ledger = take_in(history.authority.genesis(), items);
      if (!expected) {
        compare(ledger, naive, history);
        expected = ledger.encode();
        const auto reread = Ledger::decode(*expected, history.mesh());
        REQUIRE(reread);
        REQUIRE(reread->encode() == *expected);
        REQUIRE(reread->digest() == ledger.digest());
        // The id says what was said; somebody may have said the same and signed it.
        for (const Item& item : history.forged) {
          if (std::ranges::find(history.honest, item.id(), &Item::id) == history.honest.end())
            REQUIRE_FALSE(ledger.has(item.id()));
        }
      }
      REQUIRE(ledger.encode() == *expected);
      for (int i = 0; i < 5; ++i) items.push_back(items[history.below(items.size())]);
      std::ranges::shuffle(items, history.random);
    }
  }
}

}  // namespace smeg::trust
