#include "sim/network.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sim/world.h"
#include "trust/trust.h"

namespace smeg::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Two hosts of one mesh, and what each of them heard.
struct Scene {
  explicit Scene(PathQuality quality = {}, std::uint64_t seed = 1)
      : chance(seed), network(scheduler, chance, quality, [this](HostIndex host, node::SessionEvent event) {
          heard[host.value].emplace_back(scheduler.now(), std::move(event));
        }) {
    for (std::uint32_t i = 0; i < 2; ++i) {
      ByteArray<16> v6{0x20, 0x01, 0x0d, 0xb8};
      v6[15] = static_cast<std::uint8_t>(i + 1);
      const ByteArray<4> v4{198, 18, 0, static_cast<std::uint8_t>(i + 1)};
      hosts.push_back(network.add({"h" + std::to_string(i), addr::IpAddress::v6(v6), addr::IpAddress::v4(v4), 21910}));
      restart(hosts.back());
    }
  }

  void restart(HostIndex host) {
    network.start(host);
    SeededKeySource keys(host.value);
    const crypto::IdentityPrivateKey key{crypto::Secret<32>::random(keys)};
    network.use_identity(host, {{}, trust::make_join_certificate(key), key, true});
  }
  node::SessionId dial(std::vector<node::DialTarget> targets = {{"2001:db8::2", 21910}}) {
    const node::SessionId session{node::kDialledSession | ++dialled};
    network.dial(hosts[0], {session, {}, node::Protocol::member, std::move(targets)});
    return session;
  }
  void run(Duration duration) { scheduler.run_until(scheduler.now() + duration); }

  template <class Event>
  std::vector<Event> events(std::uint32_t host) const {
    std::vector<Event> out;
    for (const auto& [at, event] : heard[host]) {
      if (const auto* one = std::get_if<Event>(&event)) out.push_back(*one);
    }
    return out;
  }
  std::vector<std::string> texts(std::uint32_t host) const {
    std::vector<std::string> out;
    for (const auto& message : events<node::SessionMessage>(host)) out.push_back(to_string(message.message));
    return out;
  }
  void say(node::SessionId session, const std::string& text, std::uint32_t host = 0) {
    network.send(hosts[host], {session, to_bytes(text)});
  }

  Scheduler scheduler;
  SeededRng chance;
  std::array<std::vector<std::pair<Instant, node::SessionEvent>>, 2> heard;
  Network network;
  std::vector<HostIndex> hosts;
  std::uint64_t dialled = 0;
};

TEST_CASE("a session opens at both ends, with one exporter and the other's certificate") {
  Scene scene;
  const auto session = scene.dial();
  scene.run(seconds(1));
  const auto out = scene.events<node::SessionOpened>(0);
  const auto in = scene.events<node::SessionOpened>(1);
  REQUIRE(out.size() == 1);
  REQUIRE(in.size() == 1);
  CHECK(out[0].session == session);
  CHECK(in[0].inbound);
  CHECK(out[0].exporter == in[0].exporter);
  CHECK(out[0].peer_certificate != in[0].peer_certificate);
  CHECK(out[0].remote == in[0].local);
  CHECK(in[0].remote == out[0].local);
}

TEST_CASE("messages come whole, in order, and in both directions") {
  Scene scene;
  const auto session = scene.dial();
  scene.run(seconds(1));
  for (int i = 0; i < 50; ++i) scene.say(session, std::to_string(i));
  scene.say({1}, "back", 1);
  scene.run(seconds(1));
  REQUIRE(scene.texts(1).size() == 50);
  for (int i = 0; i < 50; ++i) CHECK(scene.texts(1)[static_cast<std::size_t>(i)] == std::to_string(i));
  CHECK(scene.texts(0) == std::vector<std::string>{"back"});
}

TEST_CASE("loss shows as delay, never as a missing or swapped message") {
  Scene scene({milliseconds(1), milliseconds(20), 0.2}, 7);
  const auto session = scene.dial();
  scene.run(seconds(20));
  REQUIRE(scene.events<node::SessionOpened>(1).size() == 1);
  const Instant start = scene.scheduler.now();
  for (int i = 0; i < 200; ++i) scene.say(session, std::to_string(i));
  scene.run(seconds(60));
  REQUIRE(scene.texts(1).size() == 200);
  for (int i = 0; i < 200; ++i) CHECK(scene.texts(1)[static_cast<std::size_t>(i)] == std::to_string(i));
  CHECK(scene.heard[1].back().first - start > milliseconds(200));  // one waited for a lost one in front of it
  CHECK(scene.network.sessions() == 2);
}

TEST_CASE("a retransmission waits 200 ms, then twice as long each time, and those behind it wait too") {
  Scene scene({milliseconds(5), milliseconds(5), 0});
  const auto session = scene.dial();
  scene.run(seconds(1));
  scene.network.cut(scene.hosts[0], scene.hosts[1]);
  const Instant start = scene.scheduler.now();
  scene.say(session, "first");  // tries at 0, 200, 600 and 1,400 ms
  scene.run(milliseconds(700));
  scene.say(session, "second");
  scene.network.mend(scene.hosts[0], scene.hosts[1]);
  scene.run(milliseconds(100));
  CHECK(scene.texts(1).empty());
  scene.run(seconds(5));
  CHECK(scene.texts(1) == std::vector<std::string>{"first", "second"});
  // The second goes again when the first is acknowledged at 1,410 ms
  CHECK(scene.heard[1][1].first == start + milliseconds(1'405));
  CHECK(scene.heard[1].back().first == start + milliseconds(1'415));
}

TEST_CASE("after too many losses the session is broken, and the other side finds out when it speaks") {
  Scene scene;
  const auto session = scene.dial();
  scene.run(seconds(1));
  scene.network.cut(scene.hosts[0], scene.hosts[1]);
  scene.say(session, "lost");
  scene.run(seconds(60));
  CHECK(scene.events<node::SessionClosed>(0).size() == 1);
  CHECK(scene.events<node::SessionClosed>(1).empty());
  scene.network.heal();
  scene.say({1}, "anybody there?", 1);
  scene.run(seconds(1));
  CHECK(scene.events<node::SessionClosed>(1).size() == 1);
  CHECK(scene.texts(1).empty());
  CHECK(scene.network.sessions() == 0);
}

TEST_CASE("where acknowledgements are cut the data arrives once, and the sender gives up") {
  Scene scene;
  const auto session = scene.dial();
  scene.run(seconds(1));
  scene.network.cut(scene.hosts[1], scene.hosts[0]);
  scene.say(session, "once");
  scene.run(seconds(60));
  CHECK(scene.texts(1) == std::vector<std::string>{"once"});
  CHECK(scene.events<node::SessionClosed>(0).size() == 1);
}

TEST_CASE("what was sent before a close arrives; the one who closed hears nothing more") {
  Scene scene;
  const auto session = scene.dial();
  scene.run(seconds(1));
  scene.say(session, "goodbye");
  scene.network.close(scene.hosts[0], {session, "done"});
  scene.say(session, "too late");
  scene.say({1}, "what?", 1);
  scene.run(seconds(5));
  CHECK(scene.texts(1) == std::vector<std::string>{"goodbye"});
  CHECK(scene.texts(0).empty());
  CHECK(scene.events<node::SessionClosed>(0).empty());
  CHECK(scene.events<node::SessionClosed>(1).size() == 1);
  CHECK(scene.network.sessions() == 0);
}

TEST_CASE("a killed process resets its sessions, a host without power is silent until somebody speaks") {
  Scene scene;
  scene.dial();
  scene.run(seconds(1));
  scene.network.kill(scene.hosts[1]);
  scene.run(seconds(1));
  CHECK(scene.events<node::SessionClosed>(0).size() == 1);
  scene.dial();
  scene.run(seconds(2));
  CHECK(scene.events<node::SessionClosed>(0).size() == 2);  // refused

  scene.restart(scene.hosts[1]);
  const auto session = scene.dial();
  scene.run(seconds(1));
  REQUIRE(scene.events<node::SessionOpened>(0).size() == 2);
  scene.network.cut_power(scene.hosts[1]);
  scene.run(seconds(10));
  CHECK(scene.events<node::SessionClosed>(0).size() == 2);
  scene.restart(scene.hosts[1]);
  scene.say(session, "still there?");
  scene.run(seconds(1));
  CHECK(scene.events<node::SessionClosed>(0).size() == 3);
  CHECK(scene.texts(1).empty());
}

TEST_CASE("dials that fail say why: nobody there, nobody listens, no such mesh, no answer") {
  const auto reason = [](const std::function<void(Scene&)>& prepare, std::vector<node::DialTarget> targets) {
    Scene scene;
    prepare(scene);
    scene.dial(std::move(targets));
    scene.run(seconds(30));
    const auto closed = scene.events<node::SessionClosed>(0);
    REQUIRE(closed.size() == 1);
    CHECK(scene.events<node::SessionOpened>(0).empty());
    CHECK(scene.network.sessions() == 0);
    return closed[0].reason;
  };
  const auto nothing = [](Scene&) {};
  CHECK(reason(nothing, {}) == "nowhere to dial");
  CHECK(reason(nothing, {{"2001:db8::99", 21910}}) == "there is no host 2001:db8::99");
  CHECK(reason(nothing, {{"2001:db8::2", 1}}) == "refused");
  CHECK(reason([](Scene& s) { s.network.forget_identity(s.hosts[1], {}); }, {{"h1", 21910}}) == "no such mesh there");
  CHECK(reason([](Scene& s) { s.network.cut(s.hosts[0], s.hosts[1]); }, {{"h1", 21910}}) == "timed out");
  CHECK(reason([](Scene& s) { s.network.cut_power(s.hosts[1]); }, {{"198.18.0.2", 21910}}) == "timed out");
  CHECK(reason([](Scene& s) { s.network.partition({{s.hosts[0]}}); }, {{"h1", 21910}}) == "timed out");
}

TEST_CASE("of several candidates the first that answers is taken, and one bad one stops nothing") {
  Scene scene;
  scene.dial({{"2001:db8::99", 21910}, {"198.18.0.2", 1}, {"198.18.0.2", 21910}});
  scene.run(seconds(20));
  REQUIRE(scene.events<node::SessionOpened>(0).size() == 1);
  CHECK(scene.events<node::SessionOpened>(0)[0].remote.to_string() == "198.18.0.2:21910");
  CHECK(scene.events<node::SessionOpened>(1).size() == 1);
  CHECK(scene.events<node::SessionClosed>(0).empty());
}

TEST_CASE("an address where somebody else answers is passed over") {
  Scene scene;
  SeededKeySource keys(1);
  const crypto::IdentityPrivateKey second{crypto::Secret<32>::random(keys)};
  const auto dial = [&](std::uint64_t session, std::vector<node::DialTarget> targets) {
    node::Dial wanted{{node::kDialledSession | session}, {}, node::Protocol::member, std::move(targets)};
    wanted.peer = crypto::signing_public_key(second);
    scene.network.dial(scene.hosts[0], std::move(wanted));
    scene.run(seconds(20));
  };
  dial(1, {{"h0", 21910}});
  CHECK(scene.events<node::SessionOpened>(0).empty());
  CHECK(scene.events<node::SessionClosed>(0).size() == 1);
  dial(2, {{"h0", 21910}, {"h1", 21910}});
  REQUIRE(scene.events<node::SessionOpened>(0).size() == 1);
  CHECK(scene.events<node::SessionOpened>(0)[0].remote.to_string() == "[2001:db8::2]:21910");
}

TEST_CASE("whoever shows a certificate whose key it does not hold gets no session") {
  Scene scene;
  SeededKeySource keys(99);
  const crypto::IdentityPrivateKey thief{crypto::Secret<32>::random(keys)};
  const crypto::IdentityPrivateKey owner{crypto::Secret<32>::random(keys)};
  scene.network.use_identity(scene.hosts[0], {{}, trust::make_join_certificate(owner), thief, false});
  scene.dial();
  scene.run(seconds(20));
  CHECK(scene.events<node::SessionOpened>(0).empty());
  CHECK(scene.events<node::SessionOpened>(1).empty());
}

TEST_CASE("what was lost goes again as soon as something sent later is acknowledged") {
  Scene scene({milliseconds(20), milliseconds(20), 0});
  const auto session = scene.dial();
  scene.run(seconds(1));
  const Instant start = scene.scheduler.now();
  scene.network.cut(scene.hosts[0], scene.hosts[1]);
  scene.say(session, "lost");
  scene.network.mend(scene.hosts[0], scene.hosts[1]);
  scene.run(milliseconds(10));
  scene.say(session, "waits");
  scene.run(seconds(1));
  CHECK(scene.texts(1) == std::vector<std::string>{"lost", "waits"});
  CHECK(scene.heard[1].back().first == start + milliseconds(10 + 20 + 20 + 20));
}

TEST_CASE("those who are mute hear, and are not heard") {
  Scene scene;
  const auto session = scene.dial();
  scene.run(seconds(1));
  scene.network.partition_one_way({scene.hosts[1]});
  scene.say(session, "hear this");
  scene.say({1}, "and this", 1);
  scene.run(seconds(10));
  CHECK(scene.texts(1) == std::vector<std::string>{"hear this"});
  CHECK(scene.texts(0).empty());
  scene.network.heal();
  scene.run(seconds(20));
  CHECK(scene.texts(0) == std::vector<std::string>{"and this"});
}

TEST_CASE("a host that has moved is found at its new address only") {
  Scene scene;
  const auto old = scene.network.place(scene.hosts[1]).v6;
  const auto fresh = *addr::IpAddress::parse("2001:db8::99");
  scene.network.move(scene.hosts[1], fresh, scene.network.place(scene.hosts[1]).v4);
  CHECK_FALSE(scene.network.owner(old));
  CHECK(scene.network.owner(fresh) == scene.hosts[1]);
}

// Counted by hand from the model in traffic.h.
TEST_CASE("traffic is counted at both ends") {
  Scene scene({milliseconds(5), milliseconds(5), 0});
  const auto session = scene.dial();
  scene.run(seconds(1));
  const Traffic before = scene.network.traffic(scene.hosts[0]);
  const Traffic before_there = scene.network.traffic(scene.hosts[1]);
  CHECK(before.sent == 80 + 1'500 + 2 * 72 + 72);
  CHECK(before_there.sent == 80 + 1'500 + 2 * 72 + 72);
  scene.say(session, std::string(100, 'x'));
  scene.say(session, std::string(3'000, 'x'));
  scene.run(seconds(1));
  const Traffic after = scene.network.traffic(scene.hosts[0]);
  const Traffic after_there = scene.network.traffic(scene.hosts[1]);
  const std::size_t bytes = (100 + 26 + 72) + (3'000 + 26 + 3 * 72);
  CHECK(after.sent - before.sent == bytes);
  CHECK(after_there.received - before_there.received == bytes);
  CHECK(after_there.sent - before_there.sent == 2 * 72);
  CHECK(after.messages == 2);
}

}  // namespace
}  // namespace smeg::sim
