#include "gossip/relay.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "wire/session.pb.h"

using namespace smeg;
using namespace smeg::gossip;
using namespace std::chrono_literals;

namespace {

constexpr Duration kApart = 25ms;
constexpr int kAtOnce = 8;

crypto::IdentityKey neighbour(std::uint8_t number) {
  ByteArray<32> bytes{};
  bytes[0] = number;
  return *crypto::IdentityKey::from(bytes);
}

Statement statement(std::uint16_t number, Statement::Kind kind = Statement::Kind::accusation) {
  Bytes signature(64, 7);
  store_be(signature.data(), number);
  return {kind, Bytes{static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)}, signature};
}

// What a message says, by the numbers above.
std::vector<std::uint16_t> numbers_in(const Outgoing& out) {
  wire::Envelope envelope;
  REQUIRE(envelope.ParseFromArray(out.message.data(), static_cast<int>(out.message.size())));
  std::vector<std::uint16_t> numbers;
  for (const wire::SignedBeat& one : envelope.beats().beats())
    numbers.push_back(load_be<std::uint16_t>(as_bytes(one.payload()).data()));
  for (const wire::SignedAccusation& one : envelope.accusations().accusations())
    numbers.push_back(load_be<std::uint16_t>(as_bytes(one.payload()).data()));
  CHECK(numbers.size() <= std::max(limits::kBeatsPerMessage, limits::kAccusationsPerMessage));
  return numbers;
}

}  // namespace

TEST_CASE("what comes now and then is passed on at once") {
  Relay relay(kApart);
  CHECK(relay.due() == kNever);
  Instant now = Instant{} + 1h;
  for (std::uint16_t i = 0; i < 100; ++i, now += kApart) {
    relay.add(statement(i), neighbour(1));
    REQUIRE(relay.due() <= now);
    const auto out = relay.take({neighbour(1), neighbour(2)}, now);
    REQUIRE(out.size() == 1);
    CHECK(out[0].to == neighbour(2));
    CHECK(numbers_in(out[0]) == std::vector<std::uint16_t>{i});
  }
}

TEST_CASE("of much that comes at once the first messages go at once, and the rest in few") {
  Relay relay(kApart);
  const Instant start = Instant{} + 1h;
  std::size_t messages = 0, told = 0, at_once = 0;
  std::uint16_t number = 0;
  for (Instant now = start; now < start + 1s; now += 1ms) {
    for (int i = 0; i < 3; ++i) relay.add(statement(number++), {});
    if (relay.due() > now) continue;
    at_once += messages == 0 || now < start + kApart;
    const auto out = relay.take({neighbour(1)}, now);
    messages += out.size();
    for (const Outgoing& each : out) told += numbers_in(each).size();
  }
  CHECK(at_once == kAtOnce);
  CHECK(messages <= kAtOnce + 2 * (1s / kApart));  // 75 of them: two messages
  CHECK(told + 3 * 25 >= number);
}

TEST_CASE("what waits is bounded") {
  Relay relay(kApart);
  const Instant now = Instant{} + 1h;
  for (int i = 0; i < kAtOnce; ++i) {
    relay.add(statement(0), {});
    relay.take({neighbour(1)}, now);
  }
  std::uint16_t most = 0;
  for (; most < 10'000 && relay.due() > now; ++most) relay.add(statement(most), {});
  CHECK(most <= 512);
}

TEST_CASE("answers go before accusations") {
  Relay relay(kApart);
  relay.add(statement(1), {});
  relay.add(statement(2, Statement::Kind::beat), {});
  const auto out = relay.take({neighbour(1)}, Instant{} + 1h);
  REQUIRE(out.size() == 2);
  CHECK(numbers_in(out[0]) == std::vector<std::uint16_t>{2});
  CHECK(numbers_in(out[1]) == std::vector<std::uint16_t>{1});
}

// The twin: a list for each neighbour of what it is to hear.
TEST_CASE("each neighbour is told everything once that it hasn't said itself") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    SeededRng chance(seed);
    Relay relay(kApart);
    std::vector<crypto::IdentityKey> neighbours;
    for (std::uint8_t i = 0; i < 6; ++i) neighbours.push_back(neighbour(i));
    std::map<crypto::IdentityKey, std::multiset<std::uint16_t>> expected, told;
    std::map<std::uint16_t, std::set<crypto::IdentityKey>> waiting;
    Instant now = Instant{} + 1h;
    for (std::uint16_t number = 0; number < 400; ++number, now += chance.jitter(5ms)) {
      const auto& from = neighbours[chance.below(neighbours.size())];
      relay.add(statement(number, chance.below(2) == 0 ? Statement::Kind::beat : Statement::Kind::accusation), from);
      waiting[number] = {from};
      const auto again = static_cast<std::uint16_t>(chance.below(number + 1u));
      const auto& who = neighbours[chance.below(neighbours.size())];
      relay.heard(statement(again).signature, who);
      if (const auto at = waiting.find(again); at != waiting.end()) at->second.insert(who);
      if (relay.due() > now) continue;
      for (const Outgoing& out : relay.take(neighbours, now))
        for (const std::uint16_t one : numbers_in(out)) told[out.to].insert(one);
      for (const auto& [one, known_to] : std::exchange(waiting, {}))
        for (const auto& each : neighbours)
          if (!known_to.contains(each)) expected[each].insert(one);
    }
    CHECK(told == expected);
  }
}
