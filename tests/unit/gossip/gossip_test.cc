#include "gossip/gossip.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "wire/session.pb.h"

using namespace smeg;
using namespace smeg::gossip;
using namespace std::chrono_literals;

namespace {

const MeshId kMesh{{1, 2, 3}};

struct Host {
  crypto::IdentityPrivateKey key;
  crypto::IdentityKey identity;
  std::unique_ptr<Gossip> gossip;
  bool running = true;
};

// Hosts that hear one another along links, at once, on a virtual clock.
class World {
 public:
  explicit World(std::size_t count) : rng_(7) {
    for (std::size_t i = 0; i < count; ++i) {
      ByteArray<32> seed{};
      seed[0] = static_cast<std::uint8_t>(i + 1);
      Host host;
      host.key = crypto::IdentityPrivateKey(seed);
      host.identity = crypto::signing_public_key(host.key);
      hosts_.push_back(std::move(host));
    }
    std::ranges::sort(hosts_, {}, &Host::identity);
    for (std::size_t i = 0; i < count; ++i) start(i, static_cast<std::uint8_t>(i + 1));
  }

  void start(std::size_t i, std::uint8_t boot) {
    BootId id{};
    id[0] = boot;
    hosts_[i].gossip = std::make_unique<Gossip>(Settings{}, kMesh, hosts_[i].key, id, rng_, now_);
    hosts_[i].running = true;
    hosts_[i].gossip->set_roster(roster(), now_);
  }
  std::vector<RosterEntry> roster() const {
    std::vector<RosterEntry> out;
    for (const Host& host : hosts_) out.push_back({host.identity, 1, true});
    return out;
  }
  void link(std::size_t a, std::size_t b) {
    links_.insert(std::minmax(a, b));
    hosts_[a].gossip->neighbour_up(hosts_[b].identity, now_);
    hosts_[b].gossip->neighbour_up(hosts_[a].identity, now_);
    deliver();
  }
  void link_all() {
    for (std::size_t a = 0; a < hosts_.size(); ++a)
      for (std::size_t b = a + 1; b < hosts_.size(); ++b) link(a, b);
  }
  void stop(std::size_t i) { hosts_[i].running = false; }
  void run(Duration time) {
    const Instant end = now_ + time;
    for (int steps = 0; steps < 100'000; ++steps) {
      Instant next = end;
      for (const Host& host : hosts_)
        if (host.running) next = std::min(next, host.gossip->next_deadline());
      now_ = std::max(now_, next);
      if (now_ >= end) return;
      for (const Host& host : hosts_)
        if (host.running && host.gossip->next_deadline() <= now_) host.gossip->on_deadline(now_);
      deliver();
    }
    FAIL("deadlines do not advance");
  }
  void deliver() {
    for (bool moved = true; moved;) {
      moved = false;
      for (std::size_t from = 0; from < hosts_.size(); ++from) {
        for (const Outgoing& out : hosts_[from].gossip->take_outgoing()) {
          moved = true;
          receive(from, out);
        }
      }
    }
  }
  void receive(std::size_t from, const Outgoing& out) {
    const auto to = std::ranges::find(hosts_, out.to, &Host::identity);
    const auto index = static_cast<std::size_t>(to - hosts_.begin());
    if (!to->running || !hosts_[from].running || !links_.contains(std::minmax(from, index))) return;
    wire::Envelope envelope;
    REQUIRE(envelope.ParseFromArray(out.message.data(), static_cast<int>(out.message.size())));
    const BeatCount count =
        to->gossip->on_beats(hosts_[from].identity, as_bytes(envelope.beats().SerializeAsString()), now_);
    CHECK(count.bad == 0);
    last_ = envelope.beats();
  }

  Gossip& operator[](std::size_t i) { return *hosts_[i].gossip; }
  const crypto::IdentityKey& id(std::size_t i) const { return hosts_[i].identity; }
  const crypto::IdentityPrivateKey& key(std::size_t i) const { return hosts_[i].key; }
  Instant now() const { return now_; }
  const wire::Beats& last() const { return last_; }

 private:
  SeededRng rng_;
  Instant now_ = Instant{} + 1h;
  std::vector<Host> hosts_;
  std::set<std::pair<std::size_t, std::size_t>> links_;
  wire::Beats last_;
};

Bytes beats_of(const wire::SignedBeat& beat) {
  wire::Beats beats;
  *beats.add_beats() = beat;
  return to_bytes(beats.SerializeAsString());
}

}  // namespace

TEST_CASE("members who are heard stay alive, and the lowest key leads") {
  World world(4);
  world.link_all();
  world.run(30s);
  for (std::size_t a = 0; a < 4; ++a) {
    for (std::size_t b = 0; b < 4; ++b) CHECK(world[a].liveness(world.id(b)) == Liveness::alive);
    CHECK(world[a].leader() == world.id(0));
  }
}

TEST_CASE("a dead leader is noticed after three silent intervals, and comes back without a fight") {
  World world(3);
  world.link_all();
  world.run(10s);
  world.stop(0);
  world.run(4500ms);
  CHECK(world[1].liveness(world.id(0)) == Liveness::suspect);
  CHECK(world[1].leader() == world.id(0));
  world.run(2s);
  CHECK(world[1].liveness(world.id(0)) == Liveness::down);
  CHECK(world[1].leader() == world.id(1));
  CHECK(world[2].leader() == world.id(1));
  world.start(0, 99);
  world.link(0, 1);
  world.link(0, 2);
  world.run(3s);
  for (std::size_t i = 0; i < 3; ++i) CHECK(world[i].leader() == world.id(0));
}

TEST_CASE("a sign of life passes over members in between") {
  World world(3);
  world.link(0, 1);
  world.link(1, 2);
  world.run(20s);
  CHECK(world[0].liveness(world.id(2)) == Liveness::alive);
  CHECK(world[2].liveness(world.id(0)) == Liveness::alive);
}

TEST_CASE("the leader's digest reaches everyone") {
  World world(3);
  world.link_all();
  world[0].set_digest(as_bytes("state"));
  world.run(5s);
  CHECK(as_text(world[2].leader_digest()) == "state");
  CHECK(world[2].epochs_heard() > 0);
}

TEST_CASE("forged, replayed and foreign beats change nothing") {
  World world(3);
  world.link_all();
  world.run(5s);
  wire::SignedBeat beat = world.last().beats(0);
  wire::Beat content;
  REQUIRE(content.ParseFromString(beat.payload()));
  const std::size_t victim = content.identity() == to_string(world.id(2).view()) ? 1 : 2;

  SUBCASE("replayed") {
    const BeatCount count = world[victim].on_beats(world.id(0), beats_of(beat), world.now());
    CHECK(count.fresh == 0);
    CHECK(count.bad == 0);
  }
  SUBCASE("a counter at the end of its range under a forged signature") {
    content.set_sequence(~std::uint64_t{0});
    beat.set_payload(content.SerializeAsString());
    CHECK(world[victim].on_beats(world.id(0), beats_of(beat), world.now()).bad == 1);
    world.run(20s);
    CHECK(world[victim].liveness(*crypto::IdentityKey::from(as_bytes(content.identity()))) == Liveness::alive);
  }
  SUBCASE("of nobody on the roster") {
    content.set_identity(std::string(32, 'x'));
    beat.set_payload(content.SerializeAsString());
    CHECK(world[victim].on_beats(world.id(0), beats_of(beat), world.now()).stale == 1);
  }
  SUBCASE("garbage") {
    CHECK(world[victim].on_beats(world.id(0), as_bytes("\xff\xff\xff"), world.now()).bad == 1);
    content.set_boot_id("short");
    beat.set_payload(content.SerializeAsString());
    CHECK(world[victim].on_beats(world.id(0), beats_of(beat), world.now()).bad == 1);
  }
}

TEST_CASE("of two hosts with one identity the newcomer sees its older twin, and old beats played back do not count") {
  World world(3);
  world.link_all();
  world.run(10s);
  SeededRng rng(3);
  Gossip clone(Settings{}, kMesh, world.key(1), BootId{77}, rng, world.now());
  clone.set_roster(world.roster(), world.now());
  wire::Envelope envelope;

  // What an earlier start of host 1 sent is played back to the clone: no echo of its boot id, so no proof of life.
  const auto say = [&](Gossip& from, Gossip& to, Instant now) {
    from.neighbour_up(world.id(0), now);
    for (const Outgoing& out : from.take_outgoing()) {
      REQUIRE(envelope.ParseFromArray(out.message.data(), static_cast<int>(out.message.size())));
      to.on_beats(world.id(0), as_bytes(envelope.beats().SerializeAsString()), now);
    }
    to.take_outgoing();
  };
  say(world[1], clone, world.now());
  CHECK_FALSE(clone.has_older_twin());
  // The real one hears the clone and echoes it.
  say(clone, world[1], world.now());
  say(world[1], clone, world.now());
  CHECK(clone.has_older_twin());
  say(clone, world[1], world.now());
  CHECK_FALSE(world[1].has_older_twin());
}
