#include "trust/authority.h"

#include "unit/trust/world.h"
#include "wire/trust.pb.h"

namespace smeg::trust {
namespace {

using test::check_refused;
using test::check_void;

crypto::RootPrivateKey current_key(const RootAuthority& authority) {
  wire::RootState state;
  const Bytes bytes = authority.encode();
  REQUIRE(state.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  return crypto::RootPrivateKey(*crypto::Secret<32>::from(as_bytes(state.seed())));
}

Item signed_step_item(const RootStep& step, const crypto::RootPrivateKey& before, const crypto::RootPrivateKey& after) {
  const Bytes payload = step.encode();
  const Bytes message = signed_step(step.mesh, payload);
  const auto one = crypto::sign(before, "smegmesh root step 1", message);
  const auto two = crypto::sign(after, "smegmesh root successor 1", message);
  return Item(Item::SignedStep{step, payload, Bytes(one.begin(), one.end()), Bytes(two.begin(), two.end())});
}

constexpr std::string_view kNotTheRoot = "it is not signed by the root of the mesh";
constexpr std::string_view kOutOfDate = "this copy of the root's key is out of date: the root was changed since";

}  // namespace

TEST_CASE("a rotation keeps the mesh id and everything in force") {
  test::World world;
  const DelegationNumber second = world.delegate(5);
  const DelegationNumber third = world.delegate(6);
  world.take_all(*world.authority.revoke_delegation(world.ledger, third, {2}));
  world.take(*world.authority.raise_floor(world.ledger));
  world.take(*world.authority.raise_floor(world.ledger));
  world.take(*world.authority.revoke(world.ledger, world.identity(7), {}, true));
  world.take(make_revocation(world.mesh(), {world.identity(3), {1}, false, {1}, {2}}, world.key(1)));
  const Certificate member = world.member(2, 2);
  const MeshId mesh = world.mesh();
  for (std::uint32_t turn = 1; turn <= 3; ++turn) {
    const crypto::RootKey before = world.authority.key();
    const auto items = world.authority.rotate(world.ledger, world.secrets);
    REQUIRE(items);
    world.take_all(*items);
    CHECK(world.ledger.root_index() == RootIndex{turn});
    CHECK(world.ledger.root_key() == world.authority.key());
    CHECK(world.ledger.root_key() != before);
    CHECK(world.authority.mesh() == mesh);
    CHECK(world.ledger.mandates().size() == 3);
    CHECK(world.ledger.mandate(second)->delegation.identity == world.identity(5));
    CHECK(world.ledger.mandate(third)->last_honoured == CertificateNumber{2});
    CHECK(world.ledger.epoch() == Epoch{2});
    CHECK(world.ledger.banned(world.identity(7)));
    CHECK(world.ledger.removals().size() == 1);
    CHECK(world.ledger.check(member));
    world.take(*world.authority.revoke(world.ledger, world.identity(8), {turn}, false));
  }
  const auto read = Ledger::decode(world.ledger.encode(), mesh);
  REQUIRE(read);
  CHECK(read->encode() == world.ledger.encode());
}

TEST_CASE("while statements are on their way the root before goes on to count") {
  test::World world;
  world.delegate(5);
  const Certificate member = world.member(2, 2);
  const auto items = *world.authority.rotate(world.ledger, world.secrets);
  REQUIRE(items.size() == 3);
  world.take(items[0]);
  world.take(items[1]);
  CHECK(world.ledger.root_index() == RootIndex{0});
  CHECK(world.ledger.newest_root_index() == RootIndex{1});
  CHECK(world.ledger.mandates().size() == 2);
  CHECK(world.ledger.check(member));
  // The half-known state is handed on and kept as well.
  const auto read = Ledger::decode(world.ledger.encode(), world.mesh());
  REQUIRE(read);
  CHECK(read->encode() == world.ledger.encode());
  world.take(items[2]);
  CHECK(world.ledger.root_index() == RootIndex{1});
  CHECK(world.ledger.check(member));
}

TEST_CASE("an old root, stolen, is worth nothing") {
  test::World world;
  const RootAuthority stolen = world.authority;
  const Ledger stale = world.ledger;
  const crypto::RootPrivateKey old_key = current_key(stolen);
  world.take_all(*world.authority.rotate(world.ledger, world.secrets));

  // It signs nothing for a ledger that knows of its successor, and what it signs with a stale one is refused.
  const Error error = test::error_of(stolen.raise_floor(world.ledger));
  CHECK(error.code == Code::expired);
  CHECK(error.message == kOutOfDate);
  check_refused(world.ledger, *stolen.raise_floor(stale), Code::expired,
                "it is signed by a root that has been succeeded");
  check_refused(world.ledger, *stolen.delegate(stale, {{}, world.identity(9), Powers::all()}), Code::expired,
                "it is signed by a root that has been succeeded");

  // Nor can it choose another successor, or have the true one commit to something else.
  const crypto::RootPrivateKey evil(test::host_seed(66));
  const crypto::RootKey evil_key = crypto::signing_public_key(evil);
  check_refused(world.ledger, signed_step_item({world.mesh(), {1}, evil_key, root_hash(evil_key), {}}, old_key, evil),
                Code::unauthenticated, kNotTheRoot);
  check_refused(world.ledger,
                signed_step_item({world.mesh(), {1}, world.ledger.root_key(), root_hash(evil_key), {}}, old_key, evil),
                Code::unauthenticated, kNotTheRoot);
  check_refused(world.ledger, signed_step_item({world.mesh(), {2}, evil_key, root_hash(evil_key), {}}, old_key, evil),
                Code::unauthenticated, kNotTheRoot);
}

TEST_CASE("a second successor of one root is refused, and the first stays") {
  test::World world;
  RootAuthority twin = world.authority;
  const Ledger before = world.ledger;
  world.take_all(*world.authority.rotate(world.ledger, world.secrets));
  const auto other = *twin.rotate(before, world.secrets);
  check_refused(world.ledger, other[0], Code::conflict, "the root of the mesh was changed twice in different ways");
  CHECK(test::error_of(twin.raise_floor(world.ledger)).code == Code::conflict);
}

TEST_CASE("steps are taken in order, and a later one waits") {
  test::World world;
  Ledger behind = world.ledger;
  const auto first = *world.authority.rotate(world.ledger, world.secrets);
  world.take_all(first);
  const auto second = *world.authority.rotate(world.ledger, world.secrets);
  world.take_all(second);
  check_refused(behind, second[0], Code::unavailable, "an earlier change of the root is not known here yet");
  check_refused(behind, second[1], Code::unavailable, "the root that signed it is not known here yet");
  CHECK(test::error_of(world.authority.raise_floor(behind)).code == Code::unavailable);
  for (const auto& items : {first, second})
    for (const Item& item : items) CHECK(behind.apply(item));
  CHECK(behind.encode() == world.ledger.encode());
}

TEST_CASE("the root can be changed so often and no more") {
  test::World world;
  for (std::size_t i = 0; i < limits::kRootSteps; ++i)
    world.take_all(*world.authority.rotate(world.ledger, world.secrets));
  const Bytes before = world.authority.encode();
  const Error error = test::error_of(world.authority.rotate(world.ledger, world.secrets));
  CHECK(error.code == Code::too_large);
  CHECK(world.authority.encode() == before);
  CHECK(Ledger::decode(world.ledger.encode(), world.mesh())->encode() == world.ledger.encode());
}

TEST_CASE("the key of another mesh signs nothing") {
  const test::World world;
  const test::World other(2);
  CHECK(test::error_of(other.authority.raise_floor(world.ledger)).code == Code::conflict);
  CHECK(test::error_of(other.authority.delegate(world.ledger, {{}, world.identity(2), {}})).message ==
        "the root's key is that of another mesh");
}

TEST_CASE("what nobody would accept is not signed") {
  const test::World world;
  CHECK(test::error_of(world.authority.delegate(world.ledger, {{}, world.identity(2), {{}, {}, {"Bad Alias"}}})).code ==
        Code::invalid);
  CHECK(test::error_of(world.authority.revoke(world.ledger, world.identity(2), {0}, false)).code == Code::invalid);
  CHECK(test::error_of(world.authority.revoke_delegation(world.ledger, {9}, {0})).code == Code::not_found);
}

TEST_CASE("revoking a delegate keeps its removals, and takes no more of them") {
  test::World world;
  const DelegationNumber second = world.delegate(5);
  Rights rights = world.rights();
  rights.delegation = second;
  const Certificate removed = world.certify(5, 2, 1, rights);
  const Certificate member = world.certify(5, 3, 2, rights);
  world.take(make_revocation(world.mesh(), {world.identity(2), {1}, false, second, {}}, world.key(5)));
  world.take_all(*world.authority.revoke_delegation(world.ledger, second, {2}));
  check_void(world.ledger, removed, Code::revoked, "this member has left the mesh or was removed from it");
  CHECK(world.ledger.check(member));
  CHECK(world.ledger.removals().empty());
  check_refused(world.ledger, make_revocation(world.mesh(), {world.identity(3), {1}, false, second, {}}, world.key(5)),
                Code::revoked, "the delegate that signed the removal was revoked");
}

TEST_CASE("the root's key goes out and comes back, with its passphrase only") {
  test::World world;
  world.take_all(*world.authority.rotate(world.ledger, world.secrets));
  const auto recipe = crypto::SealRecipe::draw(world.secrets, {1, 64});
  const auto key = crypto::SealingKey::derive("correct horse", recipe);
  REQUIRE(key);
  const std::string sealed = world.authority.export_sealed(*key, world.secrets);
  const auto back = RootAuthority::import_sealed(sealed, *key);
  REQUIRE(back);
  CHECK(back->encode() == world.authority.encode());
  CHECK(back->check(world.ledger));
  CHECK(test::error_of(RootAuthority::import_sealed(sealed, *crypto::SealingKey::derive("wrong horse", recipe))).code ==
        Code::unauthenticated);
  CHECK(test::error_of(RootAuthority::import_sealed("-----BEGIN", *key)).code == Code::malformed);
}

TEST_CASE("a state that does not fit together is refused") {
  const test::World world;
  wire::RootState good;
  const Bytes bytes = world.authority.encode();
  REQUIRE(good.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  const auto code = [&](auto change) {
    wire::RootState state = good;
    change(state);
    return test::error_of(RootAuthority::decode(as_bytes(state.SerializeAsString()))).code;
  };
  CHECK(RootAuthority::decode(bytes)->encode() == bytes);
  CHECK(code([](wire::RootState& s) { s.set_seed(std::string(32, 'x')); }) == Code::invalid);
  CHECK(code([](wire::RootState& s) { s.set_next_seed(std::string(32, 'x')); }) == Code::invalid);
  CHECK(code([](wire::RootState& s) { s.set_seed("x"); }) == Code::malformed);
  CHECK(code([](wire::RootState& s) { s.set_index(65); }) == Code::malformed);
  CHECK(code([](wire::RootState& s) { s.mutable_genesis()->set_format(2); }) == Code::unsupported);
  CHECK_FALSE(RootAuthority::decode(as_bytes("noise")));
}

}  // namespace smeg::trust
