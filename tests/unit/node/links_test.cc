#include "node/links.h"

#include <doctest/doctest.h>

#include <functional>

using namespace smeg;
using namespace smeg::node;
using namespace std::chrono_literals;

namespace {

crypto::IdentityKey key(std::uint8_t first) {
  crypto::IdentityKey out;
  out.bytes[0] = first;
  return out;
}

struct Fixture {
  SeededRng rng{11};
  Instant now = Instant{} + 1h;
  Links links{key(5), MeshId{}, std::chrono::seconds(4), rng, now};
  std::uint64_t drawn = 0;

  std::vector<Dial> dials() {
    links.on_deadline(now);
    return links.take_dials([&] { return SessionId{++drawn}; });
  }
  void target(std::uint8_t member) { links.set_targets({{key(member), {{"192.0.2.1", 1}}}}, now); }
};

const ByteArray<16> kBoot{1};
const ByteArray<16> kOtherBoot{2};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "at our start members are dialled at once, later ones get the time to dial us") {
  target(1);
  CHECK(dials().size() == 1);
  CHECK(dials().empty());
  now += 1min;
  links.set_targets({{key(1), {{"192.0.2.1", 1}}}, {key(9), {{"192.0.2.9", 1}}}}, now);
  CHECK(dials().empty());
  now += 3s;
  REQUIRE(dials().size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "who does not answer is dialled again, less and less often, and never given up") {
  target(1);
  auto sent = dials();
  REQUIRE(sent.size() == 1);
  Duration longest{};
  for (int i = 0; i < 40; ++i) {
    CHECK_FALSE(links.closed(sent.front().session, "refused", now).has_value());
    const Instant next = links.next_deadline();
    REQUIRE(next != kNever);
    longest = std::max(longest, next - now);
    now = next;
    sent = dials();
    REQUIRE(sent.size() == 1);
  }
  CHECK(longest <= 2s);
  CHECK(longest >= 1s);
}

TEST_CASE_FIXTURE(Fixture, "nobody is dialled with whom there is a session") {
  links.opened(SessionId{100}, key(1), true, now);
  CHECK_FALSE(links.greeted(SessionId{100}, kBoot).has_value());
  target(1);
  CHECK(dials().empty());
  CHECK(links.closed(SessionId{100}, "gone", now) == key(1));
  now += 2s;
  CHECK(dials().size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "of two sessions the one that the lower key dialled stays, whichever came first") {
  SUBCASE("the other is lower") {
    links.opened(SessionId{1}, key(1), true, now);
    links.opened(SessionId{2}, key(1), false, now);
    SUBCASE("its session first") {
      CHECK_FALSE(links.greeted(SessionId{1}, kBoot).has_value());
      CHECK(links.greeted(SessionId{2}, kBoot) == SessionId{2});
    }
    SUBCASE("ours first") {
      CHECK_FALSE(links.greeted(SessionId{2}, kBoot).has_value());
      CHECK(links.greeted(SessionId{1}, kBoot) == SessionId{2});
    }
  }
  SUBCASE("we are lower") {
    links.opened(SessionId{1}, key(9), true, now);
    links.opened(SessionId{2}, key(9), false, now);
    CHECK_FALSE(links.greeted(SessionId{1}, kBoot).has_value());
    CHECK(links.greeted(SessionId{2}, kBoot) == SessionId{1});
  }
}

TEST_CASE_FIXTURE(Fixture, "a peer that started anew has left its older session behind") {
  links.opened(SessionId{1}, key(1), true, now);
  CHECK_FALSE(links.greeted(SessionId{1}, kBoot).has_value());
  links.opened(SessionId{2}, key(1), true, now);
  CHECK(links.greeted(SessionId{2}, kOtherBoot) == SessionId{1});
}

TEST_CASE_FIXTURE(Fixture, "a session without a hello expires") {
  links.opened(SessionId{1}, key(1), true, now);
  now += limits::kHandshakeTimeout;
  CHECK(links.next_deadline() <= now);
  links.on_deadline(now);
  CHECK(links.take_expired() == std::vector{SessionId{1}});
  CHECK(links.take_expired().empty());
}

TEST_CASE_FIXTURE(Fixture,
                  "one that is dialled for its name alone is left in peace for minutes until it has answered") {
  const std::vector<DialTarget> third_party{{"third.example", 1}};
  const auto aside = [&](const std::vector<DialTarget>& to) {
    links.set_targets(to.empty() ? std::map<crypto::IdentityKey, std::vector<DialTarget>>{}
                                 : std::map<crypto::IdentityKey, std::vector<DialTarget>>{{key(1), to}},
                      now, {key(1)});
  };
  // One second after the other, for so long; how often it is dialled. say(second): what is heard of it meanwhile.
  const auto dialled = [&](int seconds, const std::function<void(int)>& say) {
    std::size_t out = 0;
    for (int second = 0; second < seconds; ++second, now += 1s) {
      say(second);
      for (const Dial& dial : dials()) {
        ++out;
        links.closed(dial.session, "no answer", now);
      }
    }
    return out;
  };
  aside(third_party);
  CHECK(dialled(3'600, [](int) {}) < 30);
  SUBCASE("although it names other places all the time") {
    CHECK(dialled(3'600, [&](int second) { aside({{"n" + std::to_string(second), 1}}); }) < 30);
  }
  SUBCASE("although it takes the names back all the time") {
    CHECK(dialled(3'600, [&](int second) { aside(second % 4 < 2 ? third_party : std::vector<DialTarget>{}); }) < 30);
  }
  SUBCASE("although it comes by itself") {
    CHECK(dialled(3'600, [&](int second) {
            const SessionId session{1'000'000 + static_cast<std::uint64_t>(second)};
            links.opened(session, key(1), true, now);
            links.greeted(session, kBoot);
            links.closed(session, "gone", now);
          }) < 30);
  }
  SUBCASE("but not once it is a neighbour") {
    links.set_targets({{key(1), third_party}}, now);
    CHECK(dialled(60, [](int) {}) > 20);
  }
  SUBCASE("but not once it has answered there") {
    while (true) {
      const auto sent = dials();
      now += 1s;
      if (sent.empty()) continue;
      links.opened(sent.front().session, key(1), false, now);
      links.greeted(sent.front().session, kBoot);
      links.closed(sent.front().session, "gone", now);
      break;
    }
    CHECK(dialled(60, [](int) {}) > 20);
    aside({{"elsewhere.example", 1}});
    CHECK(dialled(3'600, [](int) {}) < 30);
  }
}
