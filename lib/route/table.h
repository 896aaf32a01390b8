// The decisions of one host about all prefixes.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "route/offer.h"

namespace smeg::route {

// A mesh that this host is in.
struct OwnMesh {
  addr::Prefix prefix;
  MemberKey self{};
  bool announces = false;     // this host bridges: it announces into this mesh what it reaches through others
  std::uint32_t mtu = 1'280;  // of its tunnels
  std::uint32_t cost = 0;     // added to what this host announces there
  std::uint32_t weight = 1;
  std::set<addr::Prefix> originates;  // prefixes that this host gives to the mesh itself: a network behind it

  friend bool operator==(const OwnMesh&, const OwnMesh&) = default;
};

// All that the decisions rest on.
struct World {
  std::map<MeshId, OwnMesh> meshes;
  std::vector<Offer> offers;  // of others, in meshes of ours; any number for a prefix
  std::vector<Plea> pleas;    // of others, in meshes of ours
  bool draining = false;      // this host wants to be left
};

// Where packets for a prefix go.
struct Choice {
  addr::Prefix prefix;
  const Offer* exit = nullptr;            // null: there is no way that may be taken now
  std::vector<const Offer*> equals = {};  // as good, `exit` among them; by member
  std::vector<const Offer*> offers = {};  // all there are, for the eyes of an operator
  bool starving = false;  // there is a way, but it might lead in a circle until the prefix raises its sequence
  bool leaps = false;     // each is further ahead than a step: for want of others, and for this host's packets alone
};

// What this host is to announce: into the last mesh of the offer's path.
struct Announcement {
  Offer offer;                      // its chain is for the caller to make
  const Offer* rests_on = nullptr;  // what it passes on; null: a prefix of our own mesh, or of this host
  Sequence wanted = 0;              // the same word is a plea, too

  friend bool operator==(const Announcement&, const Announcement&) = default;
};

struct Decisions {
  std::vector<Choice> choices;              // by prefix
  std::vector<Announcement> announcements;  // by mesh and prefix
  std::vector<Plea> pleas;                  // by mesh and prefix, of which nothing is announced
};

// Job: decides for each prefix which exit this host takes and what it announces, and remembers what it has announced,
// on which the freedom from loops rests. Caller: a node. Single-threaded. Never fails: an offer with a path of no sense
// is as if it were not there. Knows nothing of signatures: it is given what was verified.
//
// A host that announces nothing may take any way, for it passes on nobody's packets. One that does takes feasible ways
// alone (distance.h); where there is none but others are, it asks for a higher sequence, and whoever hears it passes
// that on along its own way, to the prefix. It asks likewise where a way is barred that is as good as its own. A later
// sequence by itself isn't news: it is told on only where somebody asks for it. A way that is further ahead than a step
// (distance.h) is taken only by who has announced nothing of the prefix and has no other way to it, and is told to
// nobody: so a lie binds no one, and what one announces is what others follow.
class Table {
 public:
  // The pointers in what comes back lead into `world`.
  Decisions decide(const World& world, Instant now);

  // What was announced before a restart: how far at best; and what it said, where it stands still.
  void remember(const addr::Prefix& prefix, const Distance& announced, Instant now);
  struct Said {
    Chain beneath{};  // of what it passes on
    Sequence sequence = 0;
    std::uint32_t mtu = 0;
    std::uint32_t cost = 0;
  };
  void remember(const MeshId& into, const addr::Prefix& prefix, const Said& said);
  // Of one prefix; nothing where nothing was announced.
  std::optional<Distance> best(const addr::Prefix& prefix) const;

 private:
  struct Memory {
    Distance best;
    Instant last{};  // when it was announced last
  };
  Choice choose(const World& world, const addr::Prefix& prefix, std::vector<const Offer*> offers) const;
  // How much is passed on into a mesh of what a member tells in another.
  using Shares = std::map<std::tuple<MeshId, MeshId, MemberKey>, std::size_t>;
  std::vector<const Choice*> in_order_of_claim(const World& world, const std::vector<Choice>& choices) const;
  void announce(const World& world, const Choice& choice, Shares& shares, Decisions& out, Instant now);
  // The way of this choice that doesn't come through a mesh; null where each does.
  static const Offer* exit_beside(const World& world, const Choice& choice, const MeshId& mesh);
  Sequence sequence_to_say(const World& world, const Offer& offer, const Chain& beneath) const;
  void announce_own(const World& world, Decisions& out, Instant now);
  Sequence own_sequence(const World& world, const MeshId& mesh, const addr::Prefix& prefix) const;
  void plead(const World& world, const Choice& choice, Decisions& out) const;
  void level(const World& world, const Choice& choice, Decisions& out) const;
  Sequence pleaded(const World& world, const addr::Prefix& prefix) const;
  void forget();

  std::map<addr::Prefix, Memory> memory_;
  std::map<std::pair<MeshId, addr::Prefix>, Said> said_;
};

}  // namespace smeg::route
