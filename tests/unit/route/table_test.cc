#include "route/table.h"

#include <doctest/doctest.h>

namespace smeg::route {
namespace {

using namespace std::chrono_literals;

MeshId mesh(std::uint8_t number) {
  MeshId out;
  out.bytes[0] = number;
  return out;
}
addr::Prefix prefix(std::uint8_t number) {
  ByteArray<16> bytes{0xfd, number};
  return {addr::IpAddress::v6(bytes), 64};
}
MemberKey member(int number) { return MemberKey{static_cast<std::uint8_t>(number)}; }

Offer offer(std::uint8_t to, std::vector<std::uint8_t> path, std::uint8_t by, Sequence sequence = 0) {
  Offer out{.prefix = prefix(to), .path = {}, .member = member(by), .sequence = sequence, .mtu = 1'400};
  for (const std::uint8_t id : path) out.path.push_back(mesh(id));
  return out;
}

// A host in meshes 1 and 2.
World bridge() {
  World world;
  for (std::uint8_t id = 1; id <= 2; ++id)
    world.meshes[mesh(id)] = {
        .prefix = prefix(id), .self = member(100 + id), .announces = true, .mtu = 1'420, .originates = {}};
  return world;
}

const Announcement* find(const Decisions& decisions, std::uint8_t into, std::uint8_t to) {
  for (const Announcement& a : decisions.announcements)
    if (a.offer.mesh() == mesh(into) && a.offer.prefix == prefix(to)) return &a;
  return nullptr;
}

}  // namespace

TEST_CASE("a bridge announces each mesh in the other, and what it learned in the ones it doesn't come through") {
  World world = bridge();
  world.offers = {offer(3, {3, 2}, 7)};
  Table table;
  const Decisions out = table.decide(world, Instant{});
  REQUIRE(find(out, 2, 1));
  CHECK(find(out, 2, 1)->offer.path == std::vector{mesh(1), mesh(2)});
  REQUIRE(find(out, 1, 3));
  CHECK(find(out, 1, 3)->offer.path == std::vector{mesh(3), mesh(2), mesh(1)});
  CHECK(find(out, 1, 3)->offer.mtu == 1'400);
  CHECK(find(out, 1, 3)->rests_on == &world.offers[0]);
  CHECK(!find(out, 2, 3));
}

TEST_CASE(
    "of two ways that are as good each is announced in the mesh of the other, the chosen one's sequence at most") {
  World world = bridge();
  world.offers = {offer(3, {3, 1}, 6, 4), offer(3, {3, 2}, 7, 4)};
  Table table;
  const Decisions out = table.decide(world, Instant{});
  REQUIRE(find(out, 1, 3));
  REQUIRE(find(out, 2, 3));
  CHECK(find(out, 1, 3)->rests_on == &world.offers[1]);
  CHECK(find(out, 2, 3)->rests_on == &world.offers[0]);
  CHECK(table.best(prefix(3)) == Distance{4, 1});
  // One that is longer, or whose sequence is later than that of the choice, would be an announcement of something else.
  world.offers = {offer(3, {3, 1}, 6, 4), offer(3, {3, 4, 2}, 7, 4)};
  Table other;
  const Decisions longer = other.decide(world, Instant{});
  CHECK(!find(longer, 1, 3));
  REQUIRE(find(longer, 2, 3));
  for (const Sequence sequence : {Sequence{3}, Sequence{5}}) {
    world.offers = {offer(3, {3, 1}, 6, 4), offer(3, {3, 2}, 7, sequence)};
    Table late;
    const Decisions mixed = late.decide(world, Instant{});
    REQUIRE(mixed.choices[0].exit);
    const Offer& chosen = *mixed.choices[0].exit;
    const Announcement* beside = find(mixed, chosen.mesh() == mesh(1) ? 1 : 2, 3);
    CHECK((beside != nullptr) == (chosen.sequence == std::max<Sequence>(4, sequence)));
    CHECK(late.best(prefix(3)) == Distance{chosen.sequence, 1});
  }
}

TEST_CASE("a host that doesn't bridge announces nothing") {
  World world = bridge();
  for (auto& [id, own] : world.meshes) own.announces = false;
  world.offers = {offer(3, {3, 2}, 7)};
  Table table;
  const Decisions out = table.decide(world, Instant{});
  CHECK(out.announcements.empty());
  REQUIRE(out.choices.size() == 1);
  CHECK(out.choices[0].exit == &world.offers[0]);
}

TEST_CASE("fewest hops win, then cost; draining ones come last; the unreachable not at all") {
  World world = bridge();
  Offer near = offer(3, {3, 2}, 7), dear = offer(3, {3, 2}, 8), far = offer(3, {3, 4, 2}, 9);
  dear.cost = 1;
  world.offers = {far, dear, near};
  const auto chosen = [&] { return Table().decide(world, Instant{}).choices.at(0).exit->member; };
  CHECK(chosen() == near.member);
  world.offers[2].reachable = false;
  CHECK(chosen() == dear.member);
  world.offers[1].draining = true;
  CHECK(chosen() == far.member);
  world.offers[0].reachable = false;
  CHECK(chosen() == dear.member);
}

TEST_CASE("offers of no sense are passed over") {
  World world = bridge();
  std::vector<std::uint8_t> long_path;
  for (std::uint8_t i = 30; i < 46; ++i) long_path.push_back(i);
  long_path.push_back(2);
  Offer empty = offer(3, {}, 7);
  world.offers = {
      offer(3, long_path, 7), offer(3, {3, 3, 2}, 7), offer(3, {3, 9}, 7), offer(3, {3, 2}, 7, kSequenceEnd), empty,
      offer(1, {9, 2}, 7)};
  const Decisions out = Table().decide(world, Instant{});
  CHECK(out.choices.empty());
}

TEST_CASE("sixteen bridges are too many") {
  World world = bridge();
  std::vector<std::uint8_t> path;
  for (std::uint8_t i = 30; i < 45; ++i) path.push_back(i);
  path.push_back(2);
  world.offers = {offer(30, path, 7)};
  const Decisions out = Table().decide(world, Instant{});
  REQUIRE(out.choices.size() == 1);
  CHECK(out.choices[0].exit);
  CHECK(!find(out, 1, 30));
}

TEST_CASE("a longer way than was announced is not taken before the prefix raises its sequence") {
  World world = bridge();
  Table table;
  world.offers = {offer(3, {3, 2}, 7)};
  (void)table.decide(world, Instant{});
  world.offers = {offer(3, {3, 4, 1}, 8)};
  Decisions out = table.decide(world, Instant{1s});
  REQUIRE(out.choices.size() == 1);
  CHECK(out.choices[0].starving);
  CHECK(!find(out, 2, 3));
  CHECK(out.pleas == std::vector{Plea{mesh(1), prefix(3), 1}});
  world.offers[0].sequence = 1;
  out = table.decide(world, Instant{2s});
  CHECK(out.choices[0].exit == &world.offers[0]);
  CHECK(out.pleas.empty());
  CHECK(table.best(prefix(3)) == Distance{1, 2});
}

TEST_CASE("a plea is passed on along the way, and heard at the prefix") {
  World world = bridge();
  Table table;
  world.offers = {offer(3, {3, 2}, 7)};
  world.pleas = {{mesh(1), prefix(3), 5}, {mesh(2), prefix(1), 9}};
  const Decisions out = table.decide(world, Instant{});
  CHECK(out.pleas == std::vector{Plea{mesh(2), prefix(3), 5}});
  CHECK(find(out, 2, 1)->offer.sequence == 9);
  CHECK(find(out, 1, 1)->offer.sequence == 9);
}

TEST_CASE("nobody can use up the sequence of a prefix") {
  World world = bridge();
  Table table;
  (void)table.decide(world, Instant{});
  world.pleas = {{mesh(2), prefix(1), kSequenceEnd - 1}};
  CHECK(find(table.decide(world, Instant{}), 2, 1)->offer.sequence == kSequenceStep);
  world.pleas.clear();
  world.offers = {offer(1, {1}, 7, kSequenceEnd - 1)};
  CHECK(find(table.decide(world, Instant{}), 2, 1)->offer.sequence == kSequenceStep);
  // Nor make a bridge that knows better follow a leap.
  world.offers = {offer(3, {3, 2}, 7, 4)};
  (void)table.decide(world, Instant{});
  world.offers = {offer(3, {3, 2}, 8, kSequenceEnd - 1)};
  const Decisions out = table.decide(world, Instant{});
  REQUIRE(out.choices.size() == 1);
  CHECK_FALSE(out.choices[0].exit);
}

TEST_CASE("bridges of one mesh agree on its sequence") {
  World world = bridge();
  world.offers = {offer(1, {1}, 7, 4)};
  const Decisions out = Table().decide(world, Instant{});
  CHECK(find(out, 2, 1)->offer.sequence == 4);
}

TEST_CASE("a network behind a host is announced in its mesh and beyond, and used by others") {
  World world = bridge();
  world.meshes[mesh(1)].originates = {prefix(50)};
  const Decisions out = Table().decide(world, Instant{});
  REQUIRE(find(out, 1, 50));
  CHECK(find(out, 1, 50)->offer.path == std::vector{mesh(1)});
  REQUIRE(find(out, 2, 50));
  World user;
  user.meshes[mesh(1)] = {.prefix = prefix(1), .self = member(9), .originates = {}};
  user.offers = {find(out, 1, 50)->offer};
  const Decisions theirs = Table().decide(user, Instant{});
  REQUIRE(theirs.choices.size() == 1);
  CHECK(theirs.choices[0].exit->hops() == 0);
}

}  // namespace smeg::route
