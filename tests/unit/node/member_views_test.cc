#include "node/member_views.h"

#include <doctest/doctest.h>

using namespace smeg;
using namespace smeg::node;
using namespace std::chrono_literals;
using control::MemberState;
using control::MemberView;

namespace {

WallTime at(int seconds) { return WallTime(std::chrono::seconds(seconds)); }

crypto::IdentityKey identity(unsigned number) { return {{static_cast<std::uint8_t>(number)}}; }

// Three members; the test says how each is.
struct Scene {
  std::map<crypto::IdentityKey, MemberState> states;
  mesh::Members members;
  Pool pool;
  MemberViews views{&pool, at(1)};

  Scene() {
    for (const unsigned number : {1U, 2U, 3U}) {
      mesh::Member member;
      member.identity = identity(number);
      members.put(std::make_shared<const mesh::Member>(member));
      states[identity(number)] = MemberState::alive;
    }
    views.set_all(members, describe(), at(2));
    views.know_all();
  }
  MemberViews::Describe describe() {
    return [this](const mesh::Member& member) {
      MemberView out;
      out.public_key = member.identity;
      out.state = states[member.identity];
      return out;
    };
  }
  void turn(unsigned number, MemberState state, WallTime when) {
    states[identity(number)] = state;
    views.set(identity(number), members.find(identity(number)), describe(), when);
  }
  // As it is told: the time of all where it has none of its own.
  WallTime since(std::size_t index) const { return views.list()[index].since.value_or(views.since()); }
};

}  // namespace

TEST_CASE("a member is as it is since its state changed, and else since all are known") {
  Scene scene;
  CHECK(scene.since(0) == at(1));
  scene.turn(2, MemberState::suspect, at(10));
  CHECK(scene.since(1) == at(10));
  scene.turn(2, MemberState::suspect, at(20));
  CHECK(scene.since(1) == at(10));
  scene.turn(2, MemberState::alive, at(30));
  CHECK(scene.since(1) == at(30));
  CHECK(scene.since(2) == at(1));
}

TEST_CASE("one that is new came now, and one that goes is gone") {
  Scene scene;
  mesh::Member fresh;
  fresh.identity = identity(0x20);
  scene.members.put(std::make_shared<const mesh::Member>(fresh));
  scene.turn(0x20, MemberState::alive, at(50));
  REQUIRE(scene.views.list().size() == 4);
  CHECK(scene.since(3) == at(50));
  scene.views.set(identity(2), nullptr, scene.describe(), at(60));
  REQUIRE(scene.views.list().size() == 3);
  CHECK(scene.views.list()[1].public_key == identity(3));
}

TEST_CASE("where all turn at once, those that do not keep their time") {
  Scene scene;
  scene.turn(3, MemberState::down, at(5));
  for (const unsigned number : {1U, 3U}) scene.states[identity(number)] = MemberState::down;
  scene.views.turn_all(scene.members, scene.describe(), at(100));
  CHECK(scene.since(0) == at(100));
  CHECK(scene.since(1) == at(1));
  CHECK(scene.since(2) == at(5));
  CHECK_FALSE(scene.views.list()[0].since);
  scene.states[identity(1)] = MemberState::alive;
  scene.views.turn_all(scene.members, scene.describe(), at(200));
  CHECK(scene.since(0) == at(200));
  CHECK(scene.since(1) == at(1));
  CHECK(scene.since(2) == at(5));
}

TEST_CASE("times follow when the calendar is set") {
  Scene scene;
  scene.turn(2, MemberState::down, at(10));
  scene.views.shift(1h);
  CHECK(scene.since(0) == at(3'601));
  CHECK(scene.since(1) == at(3'610));
}

TEST_CASE("what flows through tunnels is shown, and changes nothing else") {
  Scene scene;
  scene.views.set_tunnels([](const MemberView&) { return MemberViews::Tunnel{at(7), 1, 2}; });
  CHECK_FALSE(scene.views.list()[0].last_handshake);  // it has no key
  const auto describe = [&](const mesh::Member& member) {
    MemberView out = scene.describe()(member);
    out.wg_public_key = crypto::WgPublicKey{{9}};
    return out;
  };
  scene.views.set_all(scene.members, describe, at(20));
  scene.views.set_tunnels([](const MemberView&) { return MemberViews::Tunnel{at(7), 1, 2}; });
  CHECK(scene.views.list()[0].last_handshake == at(7));
  CHECK(scene.views.list()[0].tx_bytes == 2);
  scene.views.set_all(scene.members, describe, at(30));
  CHECK(scene.views.list()[0].rx_bytes == 1);
  CHECK(scene.since(0) == at(1));
}

TEST_CASE("nodes that see the same hold one copy") {
  Scene scene;
  MemberViews other(&scene.pool, at(40));
  other.set_all(scene.members, scene.describe(), at(40));
  for (std::size_t i = 0; i < 3; ++i) CHECK(&other.list()[i] == &scene.views.list()[i]);
  scene.turn(1, MemberState::down, at(50));
  CHECK(&other.list()[0] != &scene.views.list()[0]);
  CHECK(other.list()[0].state == MemberState::alive);
}
