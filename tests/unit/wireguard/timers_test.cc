#include "wireguard/timers.h"

#include <doctest/doctest.h>

#include "unit/wireguard/support.h"

namespace smeg::wireguard {
namespace {

using namespace testing;

constexpr Duration kJitter = 7ms;

struct Fixture {
  std::shared_ptr<PeerActivity> activity = std::make_shared<PeerActivity>();
  Timers timers{activity};

  // Lets the time go by to its end; what was due and when.
  std::vector<std::pair<Duration, TimerEvent>> run(Duration until) {
    std::vector<std::pair<Duration, TimerEvent>> out;
    for (int steps = 0; timers.next_deadline() <= kStart + until; ++steps) {
      REQUIRE(steps < 1'000);
      const Instant now = timers.next_deadline();
      while (const auto event = timers.take_due(now, kJitter)) out.emplace_back(now - kStart, *event);
      REQUIRE(timers.next_deadline() > now);
    }
    return out;
  }
  void data_sent(Duration at) {
    if (activity->data_sent(100, kStart + at)) timers.watch(kStart + at, kJitter);
  }
  void data_received(Duration at) {
    if (activity->data_received(100, kStart + at)) timers.watch(kStart + at, kJitter);
  }
};

using Due = std::vector<std::pair<Duration, TimerEvent>>;

TEST_CASE("nothing is due at first") {
  Fixture f;
  CHECK(f.timers.next_deadline() == kNever);
  CHECK(!f.timers.take_due(kStart + 1'000'000s, kJitter));
}

TEST_CASE("a handshake: retry, give up, and then the keys") {
  Fixture f;
  f.timers.session_wanted(kStart);
  f.timers.initiation_sent(kStart, kJitter);
  CHECK(f.run(10s) == Due{{5s + kJitter, TimerEvent::retry_handshake}});
  CHECK(f.run(1'000s) == Due{{90s, TimerEvent::give_up}, {630s, TimerEvent::zero_keys}});
}

TEST_CASE("an initiation that is held back is sent as soon as it may be, unless one is planned") {
  Fixture f;
  f.timers.initiation_held_back(kStart + 3s);
  CHECK(f.run(100s) == Due{{3s, TimerEvent::retry_handshake}});
  f.timers.initiation_sent(kStart + 100s, kJitter);
  f.timers.initiation_held_back(kStart + 101s);
  CHECK(f.run(200s) == Due{{105s + kJitter, TimerEvent::retry_handshake}});
}

TEST_CASE("a session ends the handshake, and its keys go after 540 s") {
  Fixture f;
  f.timers.session_wanted(kStart);
  f.timers.initiation_sent(kStart, kJitter);
  f.timers.session_derived(kStart + 1s);
  f.timers.handshake_ended();
  CHECK(f.run(1'000s) == Due{{541s, TimerEvent::zero_keys}});
}

TEST_CASE("an unanswered packet: the peer is silent after 15 s and jitter") {
  Fixture f;
  f.data_sent(1s);
  f.data_sent(9s);
  CHECK(f.run(1'000s) == Due{{16s + kJitter, TimerEvent::peer_silent}});
  CHECK(!f.activity->watched());
}

TEST_CASE("an answer, even an empty one, ends the wait") {
  Fixture f;
  f.data_sent(1s);
  f.activity->keepalive_received(32, kStart + 15s);
  CHECK(f.run(1'000s).empty());
  f.data_sent(1'000s);
  CHECK(f.run(2'000s) == Due{{1'015s + kJitter, TimerEvent::peer_silent}});
}

TEST_CASE("a packet without an answer of ours: a keepalive after 10 s") {
  Fixture f;
  f.data_received(1s);
  f.data_received(9s);
  CHECK(f.run(1'000s) == Due{{11s, TimerEvent::keepalive}});
}

TEST_CASE("whatever is sent spares the keepalive") {
  Fixture f;
  f.data_received(1s);
  f.activity->keepalive_sent(32, kStart + 10s);
  CHECK(f.run(1'000s).empty());
}

TEST_CASE("deadlines of packets that came while the activity was watched already") {
  Fixture f;
  f.data_sent(0s);
  CHECK(f.run(2s).empty());
  f.data_received(2s);
  CHECK(f.run(5s).empty());
  f.data_sent(5s);
  f.data_received(5s + 1ns);
  f.data_sent(6s);
  CHECK(f.run(1'000s) == Due{{21s + kJitter, TimerEvent::peer_silent}});
}

TEST_CASE("a persistent keepalive, its interval after the last datagram in either direction") {
  Fixture f;
  f.timers.set_persistent_keepalive(25s);
  CHECK(f.timers.next_deadline() == kNever);  // counts from the first datagram on
  f.activity->handshake_sent(148, kStart);
  CHECK(f.run(26s) == Due{{25s, TimerEvent::persistent_keepalive}});
  f.activity->keepalive_sent(32, kStart + 25s);
  f.activity->keepalive_received(32, kStart + 40s);
  CHECK(f.run(66s) == Due{{65s, TimerEvent::persistent_keepalive}});
  // Where nothing could be sent, it waits for the next interval all the same.
  CHECK(f.run(91s) == Due{{90s, TimerEvent::persistent_keepalive}});
  f.timers.set_persistent_keepalive(0s);
  CHECK(f.run(1'000s).empty());
}

TEST_CASE("constant traffic costs one look in ten seconds, and no event") {
  Fixture f;
  int looks = 0;
  for (Duration at = 0s; at < 100s; at += 10ms) {
    if (at % 20ms == 0ms) {
      f.data_sent(at);
    } else {
      f.data_received(at);
    }
    if (f.timers.next_deadline() <= kStart + at) {
      ++looks;
      CHECK(!f.timers.take_due(kStart + at, kJitter));
    }
  }
  CHECK(looks <= 10);
}

TEST_CASE("times may be divided, all of them, and a device goes by the protocol's own") {
  constexpr Timing own;
  CHECK(own.rekey_after == 120s);
  CHECK(own.reject_after == 180s);
  CHECK(own.last_minute_rekey() == 165s);
  CHECK(own.zero_keys_after() == 540s);
  constexpr Timing fast = Timing::faster(10);
  CHECK(fast.rekey_after == 12s);
  CHECK(fast.reject_after == 18s);
  CHECK(fast.rekey_attempt == 9s);
  CHECK(fast.rekey_timeout == 500ms);
  CHECK(fast.rekey_timeout_jitter == Duration(kRekeyTimeoutJitter) / 10);
  CHECK(fast.keepalive_timeout == 1s);
  CHECK(fast.last_minute_rekey() == 16'500ms);

  Keypair session(PeerId{1}, 1, 2, Role::initiator, SessionKeys{}, kStart, fast);
  CHECK(!session.is_old(kStart + 12s - 1ns));
  CHECK(session.is_old(kStart + 12s));
  CHECK(session.can_send(kStart + 18s - 1ns));
  CHECK(!session.can_send(kStart + 18s));
  CHECK(!session.can_receive(kStart + 18s));
}

}  // namespace
}  // namespace smeg::wireguard
