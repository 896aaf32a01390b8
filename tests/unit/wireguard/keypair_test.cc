#include "wireguard/keypair.h"

#include <doctest/doctest.h>

#include <numeric>
#include <thread>

#include "unit/wireguard/support.h"
#include "wireguard/session_slots.h"

namespace smeg::wireguard {
namespace {

using namespace testing;

KeypairPtr make(Role role, std::uint32_t index = 1, std::uint64_t first_counter = 0) {
  return std::make_shared<Keypair>(PeerId{1}, index, 100 + index, role, SessionKeys{}, kStart, Timing{}, first_counter);
}

TEST_CASE("counters go up from zero until the session is old") {
  const auto keypair = make(Role::initiator);
  CHECK(keypair->take_counter(kStart) == 0);
  CHECK(keypair->take_counter(kStart) == 1);
  CHECK(keypair->take_counter(kStart + 180s - 1ns) == 2);
  CHECK(!keypair->take_counter(kStart + 180s));
  CHECK(keypair->can_receive(kStart + 180s - 1ns));
  CHECK(!keypair->can_receive(kStart + 180s));
}

TEST_CASE("counters end at 2^64 - 2^13 - 1") {
  const auto keypair = make(Role::responder, 1, kRejectAfterMessages - 2);
  CHECK(keypair->take_counter(kStart) == kRejectAfterMessages - 2);
  CHECK(keypair->take_counter(kStart) == kRejectAfterMessages - 1);
  for (int i = 0; i < 10; ++i) CHECK(!keypair->take_counter(kStart));
  CHECK(kRejectAfterMessages == 0xffff'ffff'ffff'dfff);
}

TEST_CASE("a rekey is asked for after 2^60 messages in either role, once in 5 s") {
  for (const Role role : {Role::initiator, Role::responder}) {
    const auto keypair = make(role, 1, (std::uint64_t{1} << 60) - 1);
    CHECK(!keypair->rekey_after_send(kStart));
    CHECK(keypair->take_counter(kStart));
    CHECK(keypair->rekey_after_send(kStart));
    CHECK(!keypair->rekey_after_send(kStart + 5s - 1ns));
    CHECK(keypair->rekey_after_send(kStart + 5s));
  }
}

TEST_CASE("a rekey is asked for by age of the initiator alone") {
  const auto initiator = make(Role::initiator);
  CHECK(!initiator->rekey_after_send(kStart + 120s - 1ns));
  CHECK(initiator->rekey_after_send(kStart + 120s));
  CHECK(!initiator->rekey_after_receive(kStart + 165s - 1ns));
  CHECK(initiator->rekey_after_receive(kStart + 165s));
  const auto responder = make(Role::responder);
  CHECK(!responder->rekey_after_send(kStart + 179s));
  CHECK(!responder->rekey_after_receive(kStart + 179s));
}

TEST_CASE("a stopped session sends no more") {
  const auto keypair = make(Role::initiator);
  keypair->stop_sending();
  CHECK(!keypair->can_send(kStart));
  CHECK(!keypair->take_counter(kStart));
  CHECK(keypair->can_receive(kStart));
}

// Runs work(thread number) in four threads at once.
template <class Work>
void in_threads(Work work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
}

TEST_CASE("several egress workers never take the same counter") {
  constexpr std::size_t kEach = 20'000;
  const auto keypair = make(Role::initiator);
  std::array<std::vector<std::uint64_t>, 4> taken;
  in_threads([&](int thread) {
    for (std::size_t i = 0; i < kEach; ++i)
      taken[static_cast<std::size_t>(thread)].push_back(*keypair->take_counter(kStart));
  });
  std::vector<std::uint64_t> all;
  for (const auto& some : taken) all.insert(all.end(), some.begin(), some.end());
  std::ranges::sort(all);
  std::vector<std::uint64_t> expected(4 * kEach);
  std::iota(expected.begin(), expected.end(), std::uint64_t{0});
  CHECK(all == expected);
}

TEST_CASE("several ingress workers accept each counter once") {
  constexpr std::uint64_t kCounters = 5'000;  // within the window, so that none is too old
  const auto keypair = make(Role::initiator);
  std::array<std::size_t, 4> accepted{};
  in_threads([&](int thread) {
    for (std::uint64_t i = 0; i < kCounters; ++i)
      if (keypair->accept(i)) ++accepted[static_cast<std::size_t>(thread)];
  });
  CHECK(std::accumulate(accepted.begin(), accepted.end(), std::size_t{0}) == kCounters);
}

TEST_CASE("slots: an initiator's session is current at once") {
  SessionSlots slots;
  const auto first = make(Role::initiator, 1);
  const auto second = make(Role::initiator, 2);
  slots.add(first);
  CHECK(slots.sending(kStart) == first.get());
  slots.add(second);
  CHECK(slots.current() == second);
  CHECK(slots.previous() == first);
  CHECK(!slots.next());
}

TEST_CASE("slots: a responder's session waits until it is confirmed") {
  SessionSlots slots;
  const auto first = make(Role::initiator, 1);
  const auto second = make(Role::responder, 2);
  slots.add(first);
  slots.add(second);
  CHECK(!second->confirmed());
  CHECK(slots.sending(kStart) == first.get());
  CHECK(slots.next() == second);
  CHECK(!slots.adopt_confirmed());
  second->confirm();
  CHECK(slots.sending(kStart) == second.get());
  CHECK(!second->adopted());
  CHECK(slots.adopt_confirmed());
  CHECK(second->adopted());
  CHECK(slots.current() == second);
  CHECK(slots.previous() == first);
  CHECK(!slots.adopt_confirmed());
}

TEST_CASE("slots: a session that is in use is not given up for one that the peer may never hear of") {
  SessionSlots slots;
  const auto used = make(Role::responder, 1);
  const auto newer = make(Role::responder, 2);
  slots.add(used);
  used->confirm();
  slots.add(newer);
  CHECK(slots.current() == used);
  CHECK(slots.next() == newer);
  CHECK(slots.sending(kStart) == used.get());
}

TEST_CASE("slots: a session that the peer began meanwhile stays for receiving") {
  SessionSlots slots;
  const auto theirs = make(Role::responder, 1);
  const auto ours = make(Role::initiator, 2);
  slots.add(theirs);
  slots.add(ours);
  CHECK(slots.current() == ours);
  CHECK(slots.previous() == theirs);
  CHECK(!slots.next());
}

}  // namespace
}  // namespace smeg::wireguard
