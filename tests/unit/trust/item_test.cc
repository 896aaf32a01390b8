#include "trust/item.h"

#include "unit/trust/world.h"
#include "wire/trust.pb.h"

namespace smeg::trust {
namespace {

std::vector<Item> one_of_each(test::World& world) {
  std::vector<Item> items{make_leave(world.member(2, 2), world.key(2)),
                          make_revocation(world.mesh(), {world.identity(3), {1}, false, {1}, {}}, world.key(1))};
  const auto rotated = world.authority.rotate(world.ledger, world.secrets);
  REQUIRE(rotated);
  items.insert(items.end(), rotated->begin(), rotated->end());
  return items;
}

}  // namespace

TEST_CASE("items survive encoding, to the byte") {
  test::World world;
  for (const Item& item : one_of_each(world)) {
    const auto read = Item::decode(item.encode());
    REQUIRE(read);
    CHECK(read->id() == item.id());
    CHECK(read->encode() == item.encode());
  }
}

TEST_CASE("every item has an id of its own, over what was signed") {
  test::World world;
  const auto items = one_of_each(world);
  for (const Item& a : items)
    for (const Item& b : items) CHECK((a.id() == b.id()) == (&a == &b));
  auto content = std::get<Item::SignedRemoval>(items[0].content());
  content.signature[0] ^= 1;
  CHECK(Item(content).id() == items[0].id());
}

TEST_CASE("a step of the root survives encoding") {
  const test::World world;
  const RootStep step{world.mesh(), {3}, {}, {}, {StatementId{1}, StatementId{2}}};
  const auto read = RootStep::decode(step.encode());
  REQUIRE(read);
  CHECK(read->encode() == step.encode());
  CHECK(read->index == RootIndex{3});
  CHECK(read->carried == step.carried);
  CHECK(test::error_of(RootStep::decode(RootStep{world.mesh(), {0}, {}, {}, {}}.encode())).code == Code::invalid);
  CHECK(test::error_of(RootStep::decode(Bytes(limits::kRootStepBytes + 1))).code == Code::too_large);
}

TEST_CASE("what is no item is refused, what is none yet as unsupported") {
  test::World world;
  CHECK(test::error_of(Item::decode(as_bytes("noise"))).code == Code::malformed);
  CHECK(test::error_of(Item::decode({})).code == Code::unsupported);
  CHECK(test::error_of(Item::decode(Bytes(limits::kRootStepBytes + 1'000))).code == Code::too_large);

  wire::LedgerItem item;
  REQUIRE(item.ParseFromString(to_string(one_of_each(world)[0].encode())));
  item.mutable_removal()->mutable_signature()->pop_back();
  CHECK(test::error_of(Item::decode(as_bytes(item.SerializeAsString()))).code == Code::malformed);
  item.mutable_removal()->mutable_signature()->push_back('x');
  item.mutable_removal()->clear_payload();
  CHECK(test::error_of(Item::decode(as_bytes(item.SerializeAsString()))).code == Code::unsupported);
}

TEST_CASE("removals survive encoding, and name whose they are") {
  const test::World world;
  const Revocation revocation{world.identity(3), {2}, false, {1}, {4}};
  const auto read = decode_removal(encode_removal(revocation));
  REQUIRE(read);
  CHECK(std::get<Revocation>(*read) == revocation);
  CHECK(test::error_of(decode_removal(encode_removal(Revocation{world.identity(3), {2}, false, {}, {}}))).code ==
        Code::invalid);
  CHECK(test::error_of(decode_removal(Bytes(limits::kStatementBytes + 1))).code == Code::too_large);
}

}  // namespace smeg::trust
