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
  Decisions own = table.decide(world, Instant{});
  CHECK(find(own, 1, 1)->offer.sequence == kSequenceStep);
  CHECK(find(own, 2, 1)->offer.sequence == 0);
  world.pleas.clear();
  world.offers = {offer(1, {1}, 7, kSequenceEnd - 1)};
  own = table.decide(world, Instant{});
  CHECK(find(own, 1, 1)->offer.sequence == kSequenceStep);
  CHECK(find(own, 2, 1)->offer.sequence == 0);
  // Nor make a bridge that knows better follow a leap.
  world.offers = {offer(3, {3, 2}, 7, 4)};
  (void)table.decide(world, Instant{});
  world.offers = {offer(3, {3, 2}, 8, kSequenceEnd - 1)};
  const Decisions out = table.decide(world, Instant{});
  REQUIRE(out.choices.size() == 1);
  CHECK_FALSE(out.choices[0].exit);
}

TEST_CASE("a bridge that is new to a prefix follows no leap, and returns once the liar is gone") {
  const Sequence lie = kSequenceEnd - 1;
  World world = bridge();
  world.offers = {offer(3, {3, 2}, 7, lie), offer(3, {3, 4, 2}, 8, 2)};
  Table table;
  Decisions out = table.decide(world, Instant{});
  CHECK(out.choices[0].exit == &world.offers[1]);
  CHECK(find(out, 1, 3)->offer.sequence == 2);
  // Where the liar alone leads there, this host's own packets may go that way, and nobody is told.
  world.offers.pop_back();
  Table other;
  out = other.decide(world, Instant{});
  CHECK(out.choices[0].exit == &world.offers[0]);
  CHECK(out.choices[0].leaps);
  CHECK(!find(out, 1, 3));
  CHECK(!other.best(prefix(3)));
  world.offers = {offer(3, {3, 2}, 9, 0)};
  out = other.decide(world, Instant{});
  CHECK(out.choices[0].exit == &world.offers[0]);
  CHECK(find(out, 1, 3)->offer.sequence == 0);
}

TEST_CASE("who begins to bridge a mesh beside a liar begins where the others follow, and pleas raise it") {
  World world = bridge();
  Offer honest = offer(1, {1}, 8, 6);
  world.offers = {offer(1, {1}, 7, kSequenceEnd - 1), honest};
  Table table;
  CHECK(find(table.decide(world, Instant{}), 2, 1)->offer.sequence == 6);
  CHECK(table.best(prefix(1)) == Distance{6, 0});
  world.offers.pop_back();
  Table alone;
  CHECK(find(alone.decide(world, Instant{}), 2, 1)->offer.sequence == 0);
  world.pleas = {{mesh(2), prefix(1), 9}};
  CHECK(find(alone.decide(world, Instant{}), 2, 1)->offer.sequence == 9);
}

TEST_CASE("one that tells of many prefixes has a share of what a bridge passes on, and what was told stands") {
  const auto numbered = [](Offer offer, std::uint8_t kind, std::uint16_t number) {
    const ByteArray<16> bytes{0xfd, kind, static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
    offer.prefix = {addr::IpAddress::v6(bytes), 64};
    return offer;
  };
  const auto told_of = [](const Decisions& decisions, std::uint8_t by) {
    std::set<addr::Prefix> out;
    for (const Announcement& a : decisions.announcements)
      if (a.rests_on && a.rests_on->member == member(by)) out.insert(a.offer.prefix);
    return out;
  };
  World world = bridge();
  for (std::uint16_t i = 0; i < 400; ++i) world.offers.push_back(numbered(offer(0, {3, 2}, 7), 50, i));
  for (std::uint16_t i = 0; i < 20; ++i) world.offers.push_back(numbered(offer(0, {4, 3, 2}, 8), 60, i));
  Table table;
  Decisions out = table.decide(world, Instant{});
  const auto first = told_of(out, 7);
  CHECK(first.size() == limits::kRoutesPerTeller);
  CHECK(told_of(out, 8).size() == 20);
  CHECK(out.choices.size() == 420);
  for (std::uint16_t i = 0; i < 100; ++i) world.offers.push_back(numbered(offer(0, {3, 2}, 7), 40, i));
  out = table.decide(world, Instant{});
  CHECK(told_of(out, 7) == first);
}

TEST_CASE("a later sequence of the same way is told on where somebody asks for it, and nowhere else") {
  World world = bridge();
  Table table;
  world.offers = {offer(3, {3, 2}, 7, 4)};
  world.offers[0].chain = {1};
  (void)table.decide(world, Instant{});
  world.offers[0].sequence = 6;
  CHECK(find(table.decide(world, Instant{1s}), 1, 3)->offer.sequence == 4);
  CHECK(table.best(prefix(3)) == Distance{4, 1});
  world.pleas = {{mesh(2), prefix(3), 6}, {mesh(1), prefix(3), 7}};
  Decisions out = table.decide(world, Instant{2s});
  CHECK(find(out, 1, 3)->offer.sequence == 4);
  CHECK(out.pleas == std::vector{Plea{mesh(2), prefix(3), 7}});
  world.pleas = {{mesh(1), prefix(3), 5}};
  CHECK(find(table.decide(world, Instant{3s}), 1, 3)->offer.sequence == 6);
  world.pleas.clear();
  CHECK(find(table.decide(world, Instant{4s}), 1, 3)->offer.sequence == 6);
  // Another way has nothing older to show; nor has one whose word said something else.
  world.offers[0] = offer(3, {3, 2}, 7, 8);
  world.offers[0].chain = {2};
  CHECK(find(table.decide(world, Instant{5s}), 1, 3)->offer.sequence == 8);
  world.offers[0].sequence = 9;
  world.meshes[mesh(1)].cost = 5;
  CHECK(find(table.decide(world, Instant{6s}), 1, 3)->offer.sequence == 9);
}

TEST_CASE("what was announced before a restart stands, until somebody asks for more") {
  World world = bridge();
  world.offers = {offer(3, {3, 2}, 7, 6)};
  world.offers[0].chain = {1};
  Table table;
  table.remember(prefix(3), {4, 1}, Instant{});
  table.remember(mesh(1), prefix(3), {.beneath = {1}, .sequence = 4, .mtu = 1'400, .cost = 0});
  CHECK(find(table.decide(world, Instant{}), 1, 3)->offer.sequence == 4);
}

TEST_CASE("a way as good as the one in use, barred by its earlier sequence alone, is asked to catch up") {
  World world = bridge();
  Table table;
  world.offers = {offer(3, {3, 2}, 7, 4)};
  (void)table.decide(world, Instant{});
  world.offers.push_back(offer(3, {3, 2}, 8, 3));
  world.offers.push_back(offer(3, {3, 5, 2}, 9, 3));  // it is longer
  CHECK(table.decide(world, Instant{1s}).pleas == std::vector{Plea{mesh(2), prefix(3), 4}});
  world.offers[1].sequence = 4;
  CHECK(table.decide(world, Instant{2s}).pleas.empty());
}

TEST_CASE("a word that says that its owner leads to a prefix may plead as well") {
  World world = bridge();
  Table table;
  world.offers = {offer(3, {3, 1}, 6, 4), offer(3, {3, 2}, 7, 4)};
  const MeshId through = table.decide(world, Instant{}).choices[0].exit->mesh();
  const std::uint8_t other = through == mesh(1) ? 2 : 1;
  world.pleas = {{mesh(other), prefix(3), 9}};
  Decisions out = table.decide(world, Instant{1s});
  CHECK(out.pleas.empty());
  REQUIRE(find(out, through.bytes[0], 3));
  CHECK(find(out, through.bytes[0], 3)->wanted == 9);
  CHECK(find(out, other, 3)->wanted == 0);
}

TEST_CASE("of two ways as good, the one in use is asked to catch up with the other, so that both may be told of") {
  World world = bridge();
  Table table;
  world.offers = {offer(3, {3, 1}, 6, 4), offer(3, {3, 2}, 7, 4)};
  const Offer* exit = table.decide(world, Instant{}).choices[0].exit;
  const MeshId through = exit->mesh();
  world.offers[exit == &world.offers[0] ? 1 : 0].sequence = 5;
  CHECK(table.decide(world, Instant{1s}).pleas == std::vector{Plea{through, prefix(3), 5}});
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
