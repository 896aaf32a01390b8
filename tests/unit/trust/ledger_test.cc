#include "trust/ledger.h"

#include "unit/trust/world.h"
#include "wire/trust.pb.h"

namespace smeg::trust {
namespace {

using test::check_refused;
using test::check_void;

Item statement_by(const test::World& world, const crypto::RootPrivateKey& root, RootIndex index,
                  const Statement& statement) {
  const Bytes payload = encode_statement(statement);
  const auto signature =
      crypto::sign(root, "smegmesh root statement 1", signed_statement(world.mesh(), index, payload));
  return Item(Item::SignedStatement{index, statement, payload, Bytes(signature.begin(), signature.end())});
}

crypto::RootPrivateKey some_root() { return crypto::RootPrivateKey(test::host_seed(99)); }

}  // namespace

TEST_CASE("an item is taken once; a repeat changes nothing") {
  test::World world;
  const auto item = world.authority.delegate(world.ledger, {{}, world.identity(2), Powers::all()});
  REQUIRE(item);
  const auto first = world.ledger.apply(*item);
  REQUIRE(first);
  CHECK(first->changed);
  CHECK(first->recheck_all);
  const Bytes after = world.ledger.encode();
  const auto again = world.ledger.apply(*item);
  REQUIRE(again);
  CHECK_FALSE(again->changed);
  CHECK(world.ledger.encode() == after);
  CHECK(world.ledger.has(item->id()));
  CHECK(world.ledger.item(item->id())->encode() == item->encode());
}

TEST_CASE("what the root did not sign is refused") {
  test::World world;
  test::World other(2);
  check_refused(world.ledger, statement_by(world, some_root(), {0}, Floor{{1}}), Code::unauthenticated,
                "it is not signed by the root of the mesh");
  // Signed by a root, but for another mesh.
  check_refused(world.ledger, *other.authority.raise_floor(other.ledger), Code::unauthenticated,
                "it is not signed by the root of the mesh");
  check_refused(world.ledger, statement_by(world, some_root(), {1}, Floor{{1}}), Code::unavailable,
                "the root that signed it is not known here yet");
}

TEST_CASE("a removal that the delegate did not sign is refused") {
  test::World world;
  const Revocation revocation{world.identity(3), {1}, false, {1}, {}};
  check_refused(world.ledger, make_revocation(world.mesh(), revocation, world.key(2)), Code::unauthenticated,
                "the delegate that the removal names did not sign it");
  Revocation elsewhere = revocation;
  elsewhere.delegation = {7};
  check_refused(world.ledger, make_revocation(world.mesh(), elsewhere, world.key(2)), Code::unavailable,
                "the delegate that signed the removal is not known here yet");
  const test::World other(2);
  check_refused(world.ledger, make_revocation(other.mesh(), revocation, world.key(1)), Code::unauthenticated,
                "the delegate that the removal names did not sign it");
}

TEST_CASE("a member leaves by itself, and nobody else makes it leave") {
  test::World world;
  const Certificate member = world.member(2, 2);
  check_refused(world.ledger, make_leave(member, world.key(3)), Code::unauthenticated,
                "the member that is said to leave did not sign it");
  const auto applied = world.ledger.apply(make_leave(member, world.key(2)));
  REQUIRE(applied);
  CHECK(applied->changed);
  CHECK_FALSE(applied->recheck_all);
  CHECK(applied->removed == world.identity(2));
  check_void(world.ledger, member, Code::revoked, "this member has left the mesh or was removed from it");
}

TEST_CASE("who never was a member cannot leave") {
  test::World world;
  const Certificate forged = world.certify(9, 2, 2, world.rights());
  check_refused(world.ledger, make_leave(forged, world.key(2)), Code::unauthenticated,
                "the certificate is signed by somebody who is not the delegate that it names");
}

TEST_CASE("a leave covers earlier incarnations, by whomever they were admitted, and no later ones") {
  test::World world;
  const DelegationNumber second = world.delegate(5);
  Rights by_second = world.rights({1});
  by_second.delegation = second;
  const Certificate earlier = world.certify(5, 2, 1, by_second);
  const Certificate later = world.member(2, 3, {3});
  world.take(make_leave(world.member(2, 2, {2}), world.key(2)));
  check_void(world.ledger, earlier, Code::revoked, "this member has left the mesh or was removed from it");
  CHECK(world.ledger.check(later));
}

TEST_CASE("a delegate's removal covers what it admitted, and nobody else's members") {
  test::World world;
  const DelegationNumber second = world.delegate(5);
  const Certificate mine = world.member(2, 2);
  world.take(make_revocation(world.mesh(), {world.identity(2), kEveryIncarnation, true, second, {}}, world.key(5)));
  CHECK(world.ledger.check(mine));
  Rights by_second = world.rights({8});
  by_second.delegation = second;
  check_void(world.ledger, world.certify(5, 2, 1, by_second), Code::forbidden,
             "this member is banned by the delegate that admitted it");
}

TEST_CASE("of two removals the further-reaching one is kept") {
  test::World world;
  const auto revoke = [&](Incarnation up_to, bool ban = false) {
    return make_revocation(world.mesh(), {world.identity(2), up_to, ban, {1}, {}}, world.key(1));
  };
  world.take(revoke({3}));
  const auto weaker = world.ledger.apply(revoke({2}));
  REQUIRE(weaker);
  CHECK_FALSE(weaker->changed);
  CHECK(world.ledger.removed_up_to(world.identity(2), {1}) == Incarnation{3});
  world.take(revoke({5}));
  CHECK(world.ledger.removed_up_to(world.identity(2), {1}) == Incarnation{5});
  world.take(revoke(kEveryIncarnation, true));
  world.take(revoke({9}));
  CHECK(world.ledger.removed_up_to(world.identity(2), {1}) == kEveryIncarnation);
  CHECK(world.ledger.removals().size() == 1);
}

TEST_CASE("of two removals that reach as far every ledger keeps the same one") {
  test::World world;
  const auto ban = [&](Epoch epoch) {
    return make_revocation(world.mesh(), {world.identity(2), kEveryIncarnation, true, {1}, epoch}, world.key(1));
  };
  Ledger other = world.ledger;
  world.take(ban({0}));
  REQUIRE(world.ledger.apply(ban({1})));
  REQUIRE(other.apply(ban({1})));
  REQUIRE(other.apply(ban({0})));
  CHECK(other.encode() == world.ledger.encode());
}

TEST_CASE("a floor voids certificates and removals before it, but no ban") {
  test::World world;
  const Certificate member = world.member(2, 2);
  world.take(make_revocation(world.mesh(), {world.identity(3), {1}, false, {1}, {}}, world.key(1)));
  world.take(make_revocation(world.mesh(), {world.identity(4), kEveryIncarnation, true, {1}, {}}, world.key(1)));
  world.take(make_leave(world.member(6, 9), world.key(6)));
  world.take(*world.authority.revoke(world.ledger, world.identity(7), {2}, false));
  world.take(*world.authority.revoke(world.ledger, world.identity(8), {}, true));
  CHECK(world.ledger.removals().size() == 3);

  world.take(*world.authority.raise_floor(world.ledger));
  CHECK(world.ledger.epoch() == Epoch{1});
  check_void(world.ledger, member, Code::expired,
             "the certificate is older than the floor that the root of the mesh has set");
  CHECK(world.ledger.removals().size() == 1);
  CHECK(world.ledger.removed_up_to(world.identity(3), {1}) == Incarnation{});
  CHECK(world.ledger.removed_up_to(world.identity(4), {1}) == kEveryIncarnation);
  CHECK(world.ledger.removed_up_to(world.identity(7), {1}) == Incarnation{});
  CHECK(world.ledger.banned(world.identity(8)));
  CHECK(world.ledger.check(world.member(2, 3, {2})));

  check_refused(world.ledger, make_revocation(world.mesh(), {world.identity(3), {1}, false, {1}, {}}, world.key(1)),
                Code::expired, "the removal is older than the floor that the root of the mesh has set");
  check_refused(world.ledger, make_revocation(world.mesh(), {world.identity(3), {1}, false, {1}, {2}}, world.key(1)),
                Code::unavailable, "the removal is of an epoch that is not known here yet");
}

TEST_CASE("what an epoch signs for a later one has to wait for it") {
  test::World world;
  Rights rights = world.rights();
  rights.epoch = {1};
  const Certificate early = world.certify(1, 2, 2, rights);
  check_void(world.ledger, early, Code::unavailable, "the certificate is of an epoch that is not known here yet");
  world.take(*world.authority.raise_floor(world.ledger));
  CHECK(world.ledger.check(early));
  // Nor does it outlive the floor after that one.
  world.take(*world.authority.raise_floor(world.ledger));
  check_void(world.ledger, early, Code::expired,
             "the certificate is older than the floor that the root of the mesh has set");
}

TEST_CASE("the limit on delegations holds") {
  test::World world;
  const auto rest = limits::kDelegations - 1;
  for (std::size_t i = 0; i < rest; ++i) world.delegate(2, {});
  const auto more = world.authority.delegate(world.ledger, {{}, world.identity(3), {}});
  REQUIRE(more);
  check_refused(world.ledger, *more, Code::too_large, "the mesh has 1024 delegations, which is the limit");
}

TEST_CASE("a newcomer verifies a bundle by the mesh id alone") {
  test::World world;
  world.delegate(5);
  world.take(make_leave(world.member(2, 2), world.key(2)));
  world.take_all(*world.authority.rotate(world.ledger, world.secrets));
  world.take(*world.authority.raise_floor(world.ledger));
  world.take(*world.authority.raise_floor(world.ledger));
  world.take(make_revocation(world.mesh(), {world.identity(3), {1}, false, {1}, {2}}, world.key(1)));
  const auto read = Ledger::decode(world.ledger.encode(), world.mesh());
  REQUIRE(read);
  CHECK(read->encode() == world.ledger.encode());
  CHECK(read->digest() == world.ledger.digest());
  CHECK(read->item_ids() == world.ledger.item_ids());
  CHECK(read->root_index() == RootIndex{1});
  CHECK(read->epoch() == Epoch{2});
  CHECK(read->mandates().size() == 2);

  const Error error = test::error_of(Ledger::decode(world.ledger.encode(), test::World(2).mesh()));
  CHECK(error.code == Code::unauthenticated);
}

TEST_CASE("a bundle with one bad item is refused; an item of a later version is left out") {
  test::World world;
  wire::LedgerBundle bundle;
  world.ledger.to_proto(bundle);
  wire::LedgerBundle bad = bundle;
  (*bad.mutable_statements(0)->mutable_signature())[0] ^= 1;
  CHECK(test::error_of(Ledger::from_proto(bad, world.mesh())).code == Code::unauthenticated);
  bad = bundle;
  bad.mutable_genesis()->set_format(2);
  CHECK(test::error_of(Ledger::from_proto(bad, world.mesh())).code == Code::unsupported);

  auto* later = bundle.add_removals();
  later->set_signature(std::string(64, 's'));
  later->set_payload("\x7a\x01x");
  const auto read = Ledger::from_proto(bundle, world.mesh());
  REQUIRE(read);
  CHECK(read->encode() == world.ledger.encode());
  CHECK_FALSE(Ledger::decode(as_bytes("noise"), world.mesh()));
}

TEST_CASE("a statement of a kind that only a later version knows is kept, handed on and carried over") {
  test::World world;
  const Bytes secret = world.authority.encode();
  wire::RootState root;
  REQUIRE(root.ParseFromArray(secret.data(), static_cast<int>(secret.size())));
  const crypto::RootPrivateKey key(*crypto::Secret<32>::from(as_bytes(root.seed())));
  const Bytes payload{0x7a, 0x02, 1, 2};
  const auto signature = crypto::sign(key, "smegmesh root statement 1", signed_statement(world.mesh(), {0}, payload));
  world.take(Item(Item::SignedStatement{{0}, UnknownStatement{}, payload, Bytes(signature.begin(), signature.end())}));
  CHECK(world.ledger.statements().size() == 2);
  world.take_all(*world.authority.rotate(world.ledger, world.secrets));
  CHECK(world.ledger.root_index() == RootIndex{1});
  CHECK(world.ledger.statements().size() == 2);
}

TEST_CASE("the charter is all but the removals") {
  test::World world;
  world.take(make_leave(world.member(2, 2), world.key(2)));
  wire::LedgerBundle charter;
  world.ledger.charter_to_proto(charter);
  CHECK(charter.removals_size() == 0);
  const auto read = Ledger::from_proto(charter, world.mesh());
  REQUIRE(read);
  CHECK(read->check(world.founding.certificate));
  CHECK(read->items().size() == 1);
  for (const Item& item : world.ledger.items()) {
    Ledger copy = *read;
    CHECK(copy.apply(item));
  }
}

}  // namespace smeg::trust
