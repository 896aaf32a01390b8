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
  BootId boot{};
  bool running = true;
  bool on_rings = true;
  bool offline = false;
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
    for (Host& host : hosts_) host.running = false;
    for (std::size_t i = 0; i < count; ++i) start(i, static_cast<std::uint8_t>(i + 1));
  }

  void start(std::size_t i, std::uint8_t boot) {
    hosts_[i].boot = {boot};
    hosts_[i].gossip = std::make_unique<Gossip>(Settings{}, kMesh, hosts_[i].key, hosts_[i].boot, rng_, now_);
    hosts_[i].running = true;
    std::erase_if(links_, [&](const auto& link) { return link.first == i || link.second == i; });
    tell_roster();
  }
  void tell_roster() {
    for (Host& host : hosts_)
      if (host.gossip && host.running) tell(*host.gossip, roster());
  }
  void tell(Gossip& gossip, const std::vector<RosterPtr>& roster) const {
    gossip.set_roster(roster, now_);
    gossip.roster_changed(now_);
  }
  std::vector<RosterPtr> roster() const {
    std::vector<RosterPtr> out;
    for (const Host& host : hosts_)
      out.push_back(std::make_shared<const RosterEntry>(
          RosterEntry{Spot::of(kMesh, host.identity), 1, host.boot, host.on_rings, host.offline}));
    return out;
  }
  void link(std::size_t a, std::size_t b) {
    if (!links_.insert(std::minmax(a, b)).second) return;
    hosts_[a].gossip->neighbour_up(hosts_[b].identity, now_);
    hosts_[b].gossip->neighbour_up(hosts_[a].identity, now_);
    deliver();
  }
  void link_all() {
    for (std::size_t a = 0; a < hosts_.size(); ++a)
      for (std::size_t b = a + 1; b < hosts_.size(); ++b) link(a, b);
  }
  // As sessions come about: whoever runs and can be reached is linked with those who want it.
  void link_wanted() {
    if (severed_) return;
    for (std::size_t a = 0; a < hosts_.size(); ++a)
      for (std::size_t b = 0; b < hosts_.size(); ++b)
        if (a != b && hosts_[a].running && hosts_[b].running && group_of(a) == group_of(b) &&
            !barred_.contains(std::minmax(a, b)) && hosts_[a].gossip->wanted().contains(hosts_[b].identity))
          link(a, b);
  }
  // Power off: nobody is told.
  void stop(std::size_t i) { hosts_[i].running = false; }
  // The process dies: its sessions break.
  void kill(std::size_t i) {
    stop(i);
    cut_links([&](std::size_t a, std::size_t b) { return a == i || b == i; });
  }
  // Sessions between the groups break, and none come about.
  void split(std::size_t below) {
    split_ = below;
    cut_links([&](std::size_t a, std::size_t b) { return group_of(a) != group_of(b); });
  }
  // Between these two none comes about.
  void bar(std::size_t a, std::size_t b) {
    barred_.insert(std::minmax(a, b));
    cut_links([&](std::size_t x, std::size_t y) { return std::minmax(x, y) == std::minmax(a, b); });
  }
  // Nobody reaches anybody.
  void sever() {
    severed_ = true;
    cut_links([](std::size_t, std::size_t) { return true; });
  }
  void heal() {
    split_ = 0;
    severed_ = false;
  }
  int group_of(std::size_t i) const { return i < split_ ? 1 : 0; }
  template <class Cut>
  void cut_links(Cut cut) {
    for (const auto& [a, b] : std::set(links_)) {
      if (!cut(a, b)) continue;
      links_.erase({a, b});
      if (hosts_[a].running) hosts_[a].gossip->neighbour_down(hosts_[b].identity, now_);
      if (hosts_[b].running) hosts_[b].gossip->neighbour_down(hosts_[a].identity, now_);
    }
  }
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
      if (linking_) link_wanted();
    }
    FAIL("deadlines do not advance");
  }
  void deliver() {
    for (bool moved = true; moved;) {
      moved = false;
      for (std::size_t from = 0; from < hosts_.size(); ++from) {
        for (const Outgoing& out : hosts_[from].gossip->take_outgoing(now())) {
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
    const crypto::IdentityKey& sender = hosts_[from].identity;
    if (deaf_.contains({from, index})) return;
    to->gossip->on_message(sender, now_);
    ++messages_;
    Heard heard;
    if (envelope.has_beats()) heard = to->gossip->on_beats(sender, envelope.beats(), now_);
    if (envelope.has_accusations()) heard = to->gossip->on_accusations(sender, envelope.accusations(), now_);
    CHECK(heard.bad == 0);
    if (envelope.has_beats()) last_ = envelope.beats();
    if (!envelope.has_accusations()) return;
    last_accusation_ = envelope.accusations();
    for (const wire::SignedAccusation& one : envelope.accusations().accusations()) accusations_.insert(one.payload());
  }
  // What one says doesn't reach the other any more.
  void deafen(std::size_t from, std::size_t to) { deaf_.insert({from, to}); }
  void link_by_themselves() {
    linking_ = true;
    link_wanted();
  }
  Host& host(std::size_t i) { return hosts_[i]; }
  std::size_t messages() const { return messages_; }
  // Different ones that somebody has heard so far.
  std::size_t accusations() const { return accusations_.size(); }
  const wire::Accusations& last_accusation() const { return last_accusation_; }

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
  std::set<std::pair<std::size_t, std::size_t>> deaf_;
  std::set<std::pair<std::size_t, std::size_t>> barred_;
  std::size_t split_ = 0;
  bool severed_ = false;
  std::size_t messages_ = 0;
  bool linking_ = false;
  wire::Beats last_;
  wire::Accusations last_accusation_;
  std::set<std::string> accusations_;
};

wire::Beats beats_of(const wire::SignedBeat& beat) {
  wire::Beats beats;
  *beats.add_beats() = beat;
  return beats;
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

TEST_CASE("a dead leader is noticed, and comes back without a fight") {
  World world(3);
  world.link_all();
  world.run(10s);
  world.kill(0);
  world.run(1200ms);
  CHECK(world[1].liveness(world.id(0)) == Liveness::suspect);
  CHECK(world[1].leader() == world.id(0));
  world.run(1s);
  CHECK(world[1].liveness(world.id(0)) == Liveness::down);
  CHECK(world[1].leader() == world.id(1));
  CHECK(world[2].leader() == world.id(1));
  world.start(0, 99);
  world.link(0, 1);
  world.link(0, 2);
  world.run(3s);
  for (std::size_t i = 0; i < 3; ++i) CHECK(world[i].leader() == world.id(0));
}

TEST_CASE("of a power cut everybody knows within four seconds, in a mesh where nobody knows but a few") {
  World world(60);
  world.link_by_themselves();
  world.run(20s);
  for (std::size_t i = 0; i < 60; ++i) CHECK(world[i].wanted().size() <= 2 * kRings);
  world.stop(7);
  world.run(4s);
  for (std::size_t i = 0; i < 60; ++i) {
    if (i == 7) continue;
    CHECK(world[i].liveness(world.id(7)) == Liveness::down);
    for (std::size_t other = 0; other < 60; ++other)
      if (other != 7) CHECK(world[i].liveness(world.id(other)) == Liveness::alive);
  }
}

TEST_CASE("a member that only one neighbour hears answers by way of that one, and stays") {
  World world(30);
  world.link_by_themselves();
  world.run(10s);
  std::size_t only = 0;
  while (!world[3].wanted().contains(world.id(only))) ++only;
  for (std::size_t to = 0; to < 30; ++to)
    if (to != only) world.deafen(3, to);
  world.run(60s);
  for (std::size_t i = 0; i < 30; ++i)
    if (i != 3) CHECK(world[i].liveness(world.id(3)) != Liveness::down);
}

TEST_CASE("half of a mesh is down for the other half, and nobody when they are together again") {
  World world(40);
  world.link_by_themselves();
  world.run(10s);
  world.split(17);
  world.run(60s);
  for (std::size_t a = 0; a < 40; ++a)
    for (std::size_t b = 0; b < 40; ++b)
      if (a != b) CHECK((world[a].liveness(world.id(b)) == Liveness::down) == (world.group_of(a) != world.group_of(b)));
  world.heal();
  world.run(8s);
  for (std::size_t a = 0; a < 40; ++a)
    for (std::size_t b = 0; b < 40; ++b) CHECK(world[a].liveness(world.id(b)) == Liveness::alive);
}

TEST_CASE("whoever comes from the other side of a split is told what accuses itself, and later what stands then") {
  World world(40);
  world.link_by_themselves();
  world.run(10s);
  world.split(20);
  world.run(60s);
  std::size_t across = 20;
  while (!world[0].wanted().contains(world.id(across))) ++across;
  world[0].neighbour_up(world.id(across), world.now());
  wire::Envelope told;
  for (const Outgoing& out : world[0].take_outgoing(world.now())) {
    REQUIRE(told.ParseFromArray(out.message.data(), static_cast<int>(out.message.size())));
    for (const wire::SignedAccusation& one : told.accusations().accusations())
      CHECK(Accusation::parse(as_bytes(one.payload()), as_bytes(one.signature()))->accused == world.id(across));
  }
}

TEST_CASE("who knows nothing of it is told at once who is down, and not of all of many at a time") {
  World world(90);
  world.link_by_themselves();
  world.run(1s);
  world.split(20);
  world.run(20s);
  const auto accused_in = [&](const crypto::IdentityKey& to) {
    std::vector<crypto::IdentityKey> out;
    for (const Outgoing& each : world[0].take_outgoing(world.now())) {
      wire::Envelope told;
      REQUIRE(told.ParseFromArray(each.message.data(), static_cast<int>(each.message.size())));
      if (each.to != to) continue;
      for (const wire::SignedAccusation& one : told.accusations().accusations())
        out.push_back(Accusation::parse(as_bytes(one.payload()), as_bytes(one.signature()))->accused);
    }
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
  };
  std::size_t fellow = 1;
  while (world[0].wanted().contains(world.id(fellow))) ++fellow;
  world[0].neighbour_up(world.id(fellow), world.now());
  std::vector<crypto::IdentityKey> all = accused_in(world.id(fellow));
  CHECK(all.size() == 64);
  world[0].on_deadline(world.now() + 1s);
  const auto more = accused_in(world.id(fellow));
  CHECK(more.size() < 64);
  all.insert(all.end(), more.begin(), more.end());
  // Some twice: a suspicion that lasts is told again.
  CHECK(std::set(all.begin(), all.end()).size() == 70);
}

TEST_CASE("who hears nobody takes all for down, itself not") {
  World world(3);
  world.link_all();
  world.run(10s);
  world.stop(0);
  world.stop(1);
  world.cut_links([](std::size_t, std::size_t) { return true; });
  world.run(5s);
  CHECK(world[2].liveness(world.id(0)) != Liveness::down);
  world.run(2s);
  CHECK(world[2].liveness(world.id(0)) == Liveness::down);
  CHECK(world[2].leader() == world.id(2));
}

TEST_CASE("any two who are left of ten find each other") {
  for (std::size_t a = 0; a < 10; ++a) {
    for (std::size_t b = a + 1; b < 10; ++b) {
      CAPTURE(a);
      CAPTURE(b);
      World world(10);
      world.link_by_themselves();
      world.run(5s);
      world.sever();
      for (std::size_t i = 0; i < 10; ++i)
        if (i != a && i != b) world.stop(i);
      world.run(30s);
      world.heal();
      world.run(8s);
      CHECK(world[a].liveness(world.id(b)) == Liveness::alive);
      CHECK(world[b].liveness(world.id(a)) == Liveness::alive);
      world.run(60s);
      CHECK(world[a].liveness(world.id(b)) == Liveness::alive);
      for (std::size_t i = 0; i < 10; ++i)
        if (i != a && i != b) CHECK(world[a].liveness(world.id(i)) == Liveness::down);
    }
  }
}

TEST_CASE("who is left alone goes on to one after the other, a bounded number at a time") {
  World world(120);
  world.link_by_themselves();
  world.run(5s);
  world.sever();
  std::set<crypto::IdentityKey> dialled;
  world.run(6s);
  for (int step = 0; step < (120 / 16 + 1) * 7; ++step) {
    world.run(1s);
    CHECK(world[3].wanted().size() <= 2 * kRings + 16);
    dialled.insert(world[3].wanted().begin(), world[3].wanted().end());
  }
  CHECK(dialled.size() == 119);
}

TEST_CASE("a client finds the one peer that is left, whichever it is") {
  for (std::size_t left = 1; left < 12; ++left) {
    CAPTURE(left);
    World world(12);
    world.host(0).on_rings = false;
    world.tell_roster();
    world.link_by_themselves();
    world.run(5s);
    world.sever();
    for (std::size_t i = 1; i < 12; ++i)
      if (i != left) world.stop(i);
    world.run(30s);
    world.heal();
    world.run(8s);
    CHECK(world[0].liveness(world.id(left)) == Liveness::alive);
    world.run(60s);
    CHECK(world[0].liveness(world.id(left)) == Liveness::alive);
    CHECK(world[left].liveness(world.id(0)) == Liveness::alive);
  }
}

TEST_CASE("the few that are left on either side of a split find each other when it is over") {
  World world(40);
  world.link_by_themselves();
  world.run(5s);
  world.split(20);
  world.run(20s);
  const std::set<std::size_t> left{5, 6, 30, 31};
  for (std::size_t i = 0; i < 40; ++i)
    if (!left.contains(i)) world.kill(i);
  world.run(120s);
  CHECK(world[5].liveness(world.id(6)) == Liveness::alive);
  CHECK(world[30].liveness(world.id(31)) == Liveness::alive);
  CHECK(world[5].liveness(world.id(30)) == Liveness::down);
  world.heal();
  world.run(40 / 2 * 7s);
  for (const std::size_t a : left)
    for (const std::size_t b : left) CHECK(world[a].liveness(world.id(b)) == Liveness::alive);
}

TEST_CASE("a host that slept accuses nobody") {
  World world(3);
  world.link_all();
  world.run(10s);
  Gossip& sleeper = world[1];
  sleeper.on_deadline(world.now() + 1h);
  for (const Outgoing& out : sleeper.take_outgoing(world.now() + 1h)) {
    wire::Envelope envelope;
    REQUIRE(envelope.ParseFromArray(out.message.data(), static_cast<int>(out.message.size())));
    CHECK_FALSE(envelope.has_accusations());
  }
}

TEST_CASE("a leader that is alive and silent is passed over, and leads again when it speaks") {
  World world(5);
  world.link_all();
  world.run(10s);
  // Its pings go on: what is missing is the epochs.
  world.host(0).on_rings = false;
  world.tell(world[0], world.roster());
  world.run(7s);
  for (std::size_t i = 1; i < 5; ++i) {
    CHECK(world[i].liveness(world.id(0)) == Liveness::alive);
    CHECK(world[i].leader() == world.id(1));
  }
  world.host(0).on_rings = true;
  world.tell(world[0], world.roster());
  world.run(5s);
  for (std::size_t i = 0; i < 5; ++i) CHECK(world[i].leader() == world.id(0));
}

TEST_CASE("a client has two neighbours, and is observed by them") {
  World world(12);
  world.host(5).on_rings = false;
  world.tell_roster();
  world.link_by_themselves();
  world.run(10s);
  CHECK(world[5].wanted().size() == 2);
  CHECK(world[5].leader() == world.id(0));
  world.kill(5);
  world.run(4s);
  for (std::size_t i = 0; i < 12; ++i)
    if (i != 5) CHECK(world[i].liveness(world.id(5)) == Liveness::down);
}

TEST_CASE("a client has two neighbours where there are two, wherever it would stand") {
  for (std::size_t client = 0; client < 12; ++client) {
    World world(12);
    for (std::size_t i = 0; i < 12; ++i) world.host(i).on_rings = i == (client + 1) % 12 || i == (client + 2) % 12;
    world.tell_roster();
    world.run(1s);
    CHECK(world[client].wanted().size() == 2);
  }
}

TEST_CASE("a client that dies together with the peers that it has is down everywhere soon") {
  World world(30);
  world.host(5).on_rings = false;
  world.tell_roster();
  world.link_by_themselves();
  world.run(10s);
  std::set<std::size_t> dead{5};
  for (std::size_t i = 0; i < 30; ++i)
    if (world[5].wanted().contains(world.id(i))) dead.insert(i);
  CHECK(dead.size() == 3);
  for (const std::size_t i : dead) world.stop(i);
  world.run(5s + 6s + 4s);
  for (std::size_t i = 0; i < 30; ++i)
    for (const std::size_t gone : dead)
      if (!dead.contains(i)) CHECK(world[i].liveness(world.id(gone)) == Liveness::down);
}

TEST_CASE("a client that died while its only peer was started anew is down") {
  World world(3);
  for (const std::size_t client : {1u, 2u}) world.host(client).on_rings = false;
  world.tell_roster();
  world.link_by_themselves();
  world.run(10s);
  world.kill(0);
  world.kill(2);
  world.start(0, 99);
  world.run(10s);
  CHECK(world[0].liveness(world.id(1)) == Liveness::alive);
  CHECK(world[0].liveness(world.id(2)) == Liveness::down);
  CHECK(world[1].liveness(world.id(2)) == Liveness::down);
}

TEST_CASE("a client that can't reach the peers it should have stays alive by others, and is seldom asked") {
  World world(30);
  world.host(5).on_rings = false;
  world.tell_roster();
  world.link_by_themselves();
  world.run(10s);
  CHECK(world.accusations() == 0);
  const auto chosen = world[5].wanted();
  for (std::size_t i = 0; i < 30; ++i)
    if (chosen.contains(world.id(i))) world.bar(5, i);
  for (int step = 0; step < 600; ++step) {
    world.run(500ms);
    for (std::size_t i = 0; i < 30; ++i) CHECK(world[i].liveness(world.id(5)) != Liveness::down);
  }
  CHECK(world.accusations() > 0);
  CHECK(world.accusations() < 20);
}

TEST_CASE("clients by the hundred are awaited by the peers that they choose, and come in time") {
  World world(120);
  for (std::size_t i = 3; i < 120; ++i) world.host(i).on_rings = false;
  world.tell_roster();
  world.run(4s);
  world.link_by_themselves();
  world.run(30s);
  CHECK(world.accusations() == 0);
}

TEST_CASE("who said that it goes offline, or says farewell, is not accused") {
  World world(4);
  world.link_all();
  world.run(10s);
  world.host(2).offline = true;
  world.tell_roster();
  world.kill(2);
  for (std::size_t i : {0u, 3u}) world[i].on_farewell(world.id(1));
  world.cut_links([](std::size_t a, std::size_t b) { return a == 1 || b == 1; });
  world.run(3s);
  CHECK(world[0].liveness(world.id(2)) == Liveness::alive);
  CHECK(world[0].liveness(world.id(1)) == Liveness::alive);
}

TEST_CASE("accusations count only of those who may, once, and until they are answered") {
  World world(40);
  world.link_by_themselves();
  world.run(10s);
  std::size_t far = 1;
  Rings rings;
  const auto all = world.roster();
  for (const RosterPtr& member : all) rings.add(*member);
  const auto nobody = [](const auto&) { return false; };
  while (rings.is_near(world.id(far), *all[0], 8, nobody)) ++far;
  std::size_t near = 1;
  while (!rings.is_near(world.id(near), *all[0], 8, nobody)) ++near;
  const std::size_t judge = near == 2 ? 3 : 2;
  const auto say = [&](std::size_t who, std::uint64_t number) {
    const auto accusation =
        Accusation::make(kMesh, world.key(who), world.host(who).boot, world.id(0), world.host(0).boot, number);
    wire::Accusations message;
    message.add_accusations()->set_payload(to_string(accusation.said.payload));
    message.mutable_accusations(0)->set_signature(to_string(accusation.said.signature));
    return message;
  };
  const auto hear = [&](const wire::Accusations& message) {
    return world[judge].on_accusations(world.id(near), message, world.now());
  };
  CHECK(hear(say(far, 1)).stale == 1);
  auto forged = say(near, ~std::uint64_t{0});
  forged.mutable_accusations(0)->mutable_signature()->at(3) ^= 1;
  CHECK(hear(forged).bad == 1);
  CHECK(hear(say(near, 7)).fresh == 1);
  CHECK(world[judge].liveness(world.id(0)) == Liveness::suspect);
  CHECK(hear(say(near, 3)).stale == 1);
  world.deliver();
  world.run(500ms);
  CHECK(world[judge].liveness(world.id(0)) == Liveness::alive);
  CHECK(hear(say(near, 7)).stale == 1);
  CHECK(hear(say(near, 8)).stale == 1);  // too soon
  wire::Accusations garbage;
  garbage.add_accusations()->set_payload("x");
  CHECK(hear(garbage).bad == 1);
}

TEST_CASE("three liars who tell the accused another thing than the others don't bring it down") {
  World world(40);
  world.link_by_themselves();
  world.run(10s);
  Rings rings;
  const auto all = world.roster();
  for (const RosterPtr& member : all) rings.add(*member);
  std::vector<std::size_t> liars;
  for (std::size_t i = 1; liars.size() < kAgree; ++i)
    if (rings.is_near(world.id(i), *all[0], 8, [](const auto&) { return false; })) liars.push_back(i);
  std::size_t judge = 1;
  while (std::ranges::find(liars, judge) != liars.end()) ++judge;
  const auto lie = [&](std::size_t liar, std::size_t to, std::uint64_t number) {
    const auto accusation =
        Accusation::make(kMesh, world.key(liar), world.host(liar).boot, world.id(0), world.host(0).boot, number);
    wire::Accusations message;
    message.add_accusations()->set_payload(to_string(accusation.said.payload));
    message.mutable_accusations(0)->set_signature(to_string(accusation.said.signature));
    CHECK(world[to].on_accusations(world.id(liar), message, world.now()).fresh == 1);
  };
  for (const std::size_t liar : liars) lie(liar, 0, 1);
  // It answers, and doesn't pass on what accuses itself.
  for (const Outgoing& out : world[0].take_outgoing(world.now())) {
    wire::Envelope said;
    REQUIRE(said.ParseFromArray(out.message.data(), static_cast<int>(out.message.size())));
    CHECK(said.has_beats());
  }
  for (const std::size_t liar : liars) lie(liar, judge, 2);
  for (int step = 0; step < 40; ++step) {
    world.deliver();
    world.run(100ms);
    for (std::size_t i = 1; i < 40; ++i) CHECK(world[i].liveness(world.id(0)) != Liveness::down);
  }
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
    const Heard count = world[victim].on_beats(world.id(0), beats_of(beat), world.now());
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
    content.clear_identity();
    beat.set_payload(content.SerializeAsString());
    CHECK(world[victim].on_beats(world.id(0), beats_of(beat), world.now()).bad == 1);
    beat.set_payload("\xff\xff\xff");
    CHECK(world[victim].on_beats(world.id(0), beats_of(beat), world.now()).bad == 1);
    content.set_identity(to_string(world.id(0).view()));
    content.set_boot_id("short");
    beat.set_payload(content.SerializeAsString());
    CHECK(world[victim].on_beats(world.id(0), beats_of(beat), world.now()).bad == 1);
  }
}

TEST_CASE("of a member that says more than it has cause to a bounded number is heard, and what was asked always") {
  World world(12);
  world.link_by_themselves();
  world.run(10s);
  const std::size_t liar = 3, judge = 1, other = 5;
  std::uint64_t said = 1'000;
  const auto beat_of = [&](std::size_t who, std::size_t signer, ByteView answer) {
    wire::Beat content;
    content.set_identity(to_string(world.id(who).view()));
    content.set_boot_id(to_string(world.host(who).boot));
    content.set_sequence(++said);
    content.set_incarnation(1);
    content.add_answers(to_string(answer));
    wire::SignedBeat beat;
    beat.set_payload(content.SerializeAsString());
    beat.set_signature(
        to_string(crypto::sign(world.key(signer), "smegmesh beat 1", signed_text(kMesh, as_bytes(beat.payload())))));
    return beats_of(beat);
  };
  const auto hear = [&](const wire::Beats& beats) { return world[judge].on_beats(world.id(liar), beats, world.now()); };
  const auto invented = [&](std::size_t who, std::size_t signer) {
    AccusationId id{};
    store_le(id.data(), ++said);
    return beat_of(who, signer, id);
  };
  const auto flood = [&] {
    Heard all;
    for (int i = 0; i < 200; ++i) {
      const Heard heard = hear(invented(liar, liar));
      all.fresh += heard.fresh;
      all.over += heard.over;
    }
    return all;
  };
  const Heard first = flood();
  CHECK(first.fresh == 32);
  CHECK(first.over == 200 - 32);
  world.run(2s);
  const Heard later = flood();
  CHECK(later.fresh >= 7);
  CHECK(later.fresh <= 9);

  // What others sign in its name doesn't count, nor what is forged of another.
  for (int i = 0; i < 100; ++i) CHECK(hear(invented(other, liar)).bad == 1);
  CHECK(hear(invented(other, other)).fresh == 1);

  const std::size_t accuser = 7;
  const auto accusation =
      Accusation::make(kMesh, world.key(accuser), world.host(accuser).boot, world.id(liar), world.host(liar).boot, 1);
  wire::Accusations message;
  message.add_accusations()->set_payload(to_string(accusation.said.payload));
  message.mutable_accusations(0)->set_signature(to_string(accusation.said.signature));
  CHECK(world[judge].on_accusations(world.id(accuser), message, world.now()).fresh == 1);
  CHECK(world[judge].liveness(world.id(liar)) == Liveness::suspect);
  CHECK(hear(invented(liar, liar)).over == 1);
  CHECK(hear(beat_of(liar, liar, accusation.id)).fresh == 1);
  CHECK(world[judge].liveness(world.id(liar)) == Liveness::alive);
}

TEST_CASE("of two hosts with one identity the newcomer sees its older twin, and old beats played back do not count") {
  World world(3);
  world.link_all();
  world.run(10s);
  SeededRng rng(3);
  Gossip clone(Settings{}, kMesh, world.key(1), BootId{77}, rng, world.now());
  world.tell(clone, world.roster());
  clone.neighbour_up(world.id(0), world.now());
  clone.take_outgoing(world.now());
  const auto say = [&](Gossip& from, Gossip& to) {
    for (const Outgoing& out : from.take_outgoing(world.now())) {
      wire::Envelope envelope;
      REQUIRE(envelope.ParseFromArray(out.message.data(), static_cast<int>(out.message.size())));
      to.on_beats(world.id(0), envelope.beats(), world.now());
    }
  };
  // What an earlier start of host 1 said is played back to the clone: no echo of its boot id, so no proof of life.
  world[1].on_other_boot(BootId{55}, world.now());
  say(world[1], clone);
  CHECK_FALSE(clone.has_older_twin());
  // The real one sees a record of the clone, and echoes its boot.
  world[1].on_other_boot(BootId{77}, world.now());
  say(world[1], clone);
  CHECK(clone.has_older_twin());
  clone.on_other_boot(world.host(1).boot, world.now());
  say(clone, world[1]);
  CHECK_FALSE(world[1].has_older_twin());
}
