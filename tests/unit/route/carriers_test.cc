#include "route/carriers.h"

#include <doctest/doctest.h>

#include <map>

namespace smeg::route {
namespace {

MemberKey key(Rng& rng) {
  MemberKey out{};
  for (auto& byte : out) byte = static_cast<std::uint8_t>(rng.next());
  return out;
}

}  // namespace

TEST_CASE("clients are spread over those who may carry, each with two") {
  SeededRng rng(3);
  std::vector<Carrier> carriers(20);
  for (Carrier& carrier : carriers) carrier.member = key(rng);
  const Carriers all(carriers);
  std::map<MemberKey, int> load;
  for (int i = 0; i < 2'000; ++i) {
    const Carried carried = all.of(key(rng));
    REQUIRE(carried.first);
    REQUIRE(carried.second);
    CHECK(*carried.first != *carried.second);
    ++load[*carried.first];
  }
  CHECK(load.size() == 20);
  for (const auto& [member, clients] : load) CHECK(clients < 300);
}

TEST_CASE("one that goes down moves its own clients, to their second") {
  SeededRng rng(4);
  std::vector<Carrier> carriers(12);
  for (Carrier& carrier : carriers) carrier.member = key(rng);
  const Carriers before(carriers);
  carriers[5].live = false;
  const Carriers after(carriers);
  for (int i = 0; i < 1'000; ++i) {
    const MemberKey client = key(rng);
    const Carried was = before.of(client), is = after.of(client);
    CHECK(*is.first == (*was.first == carriers[5].member ? *was.second : *was.first));
  }
}

TEST_CASE("a client's wish goes first, if that one may carry and lives") {
  SeededRng rng(6);
  std::vector<Carrier> carriers(30);
  for (Carrier& carrier : carriers) carrier.member = key(rng);
  carriers[7].live = false;
  const Carriers all(carriers);
  for (int i = 0; i < 200; ++i) {
    const MemberKey client = key(rng);
    const Carried without = all.of(client), with = all.of(client, carriers[3].member);
    CHECK(with.first == carriers[3].member);
    // Whoever carried it stands by.
    CHECK(with.second == (without.first == with.first ? without.second : without.first));
    for (const MemberKey& useless : {carriers[7].member, key(rng), client})
      CHECK(all.of(client, useless).first == without.first);
  }
}

TEST_CASE("few, none, and the client itself") {
  SeededRng rng(5);
  const MemberKey client = key(rng), other = key(rng);
  CHECK_FALSE(Carriers({}).of(client).first);
  CHECK_FALSE(Carriers({{other, false}}).of(client).first);
  const Carried one = Carriers({{other, true}, {client, true}}).of(client);
  CHECK(one.first == other);
  CHECK_FALSE(one.second);
  // All within reach are down.
  std::vector<Carrier> many(40);
  for (Carrier& carrier : many) carrier = {key(rng), false};
  many[17].live = true;
  CHECK(Carriers(many).of(client).first == many[17].member);
}

}  // namespace smeg::route
