#include "route/table.h"

#include <algorithm>
#include <limits>
#include <tuple>

namespace smeg::route {
namespace {

bool makes_sense(const Offer& offer, const World& world) {
  if (offer.path.empty() || offer.hops() > kMostHops || offer.sequence >= kSequenceEnd) return false;
  if (!world.meshes.contains(offer.mesh())) return false;
  // Of at most sixteen: no need to sort.
  for (auto at = offer.path.begin(); at != offer.path.end(); ++at)
    if (std::find(offer.path.begin(), at, *at) != at) return false;
  return true;
}

bool is_own(const World& world, const addr::Prefix& prefix) {
  return std::ranges::any_of(world.meshes, [&](const auto& entry) {
    return entry.second.prefix.contains(prefix) || entry.second.originates.contains(prefix);
  });
}

bool bridges(const World& world) {
  return std::ranges::any_of(world.meshes, [](const auto& entry) { return entry.second.announces; });
}

auto rank(const Offer& offer) { return std::tuple(offer.draining, offer.hops(), offer.cost); }

// Keeps those that are as good as the best so far.
void take_if_best(std::vector<const Offer*>& equals, const Offer* offer) {
  if (!equals.empty() && rank(*offer) > rank(*equals.front())) return;
  if (!equals.empty() && rank(*offer) < rank(*equals.front())) equals.clear();
  equals.push_back(offer);
}

std::uint32_t add(std::uint32_t a, std::uint32_t b) {
  const std::uint64_t sum = std::uint64_t{a} + b;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(sum, std::numeric_limits<std::uint32_t>::max()));
}

// In each mesh there is one word of each prefix.
void put_in_order(Decisions& out) {
  const auto place = [](const Announcement& a) { return std::pair(a.offer.mesh(), a.offer.prefix); };
  std::ranges::sort(out.announcements, {}, place);
  std::map<std::pair<MeshId, addr::Prefix>, Sequence> wanted;
  for (const Plea& plea : out.pleas) {
    Sequence& most = wanted[{plea.mesh, plea.prefix}];
    most = std::max(most, plea.wanted);
  }
  for (Announcement& announcement : out.announcements)
    if (const auto plea = wanted.extract(place(announcement))) announcement.wanted = plea.mapped();
  out.pleas.clear();
  for (const auto& [at, sequence] : wanted) out.pleas.push_back({at.first, at.second, sequence});
}

}  // namespace

Decisions Table::decide(const World& world, Instant now) {
  std::map<addr::Prefix, std::vector<const Offer*>> by_prefix;
  for (const Offer& offer : world.offers)
    if (makes_sense(offer, world) && !is_own(world, offer.prefix)) by_prefix[offer.prefix].push_back(&offer);
  Decisions out;
  announce_own(world, out, now);
  for (auto& [prefix, offers] : by_prefix) out.choices.push_back(choose(world, prefix, std::move(offers)));
  Shares shares;
  for (const Choice* choice : in_order_of_claim(world, out.choices)) announce(world, *choice, shares, out, now);
  for (const Choice& choice : out.choices) {
    plead(world, choice, out);
    level(world, choice, out);
  }
  forget();
  put_in_order(out);
  said_.clear();
  for (const Announcement& a : out.announcements)
    said_[{a.offer.mesh(), a.offer.prefix}] = {.beneath = a.rests_on ? a.rests_on->chain : Chain{},
                                               .sequence = a.offer.sequence,
                                               .mtu = a.offer.mtu,
                                               .cost = a.offer.cost};
  return out;
}

Choice Table::choose(const World& world, const addr::Prefix& prefix, std::vector<const Offer*> offers) const {
  std::ranges::sort(offers, {}, [](const Offer* offer) { return std::tuple(offer->mesh(), offer->member); });
  Choice choice{.prefix = prefix, .offers = std::move(offers)};
  const auto known = memory_.find(prefix);
  const bool bound = bridges(world);
  const bool fresh = known == memory_.end();
  const Sequence furthest = (fresh ? 0 : known->second.best.sequence) + kSequenceStep;
  bool barred = false;
  std::vector<const Offer*> leaps;
  for (const Offer* offer : choice.offers) {
    if (!offer->reachable) continue;
    if (bound && offer->sequence > furthest) {
      take_if_best(leaps, offer);
    } else if (bound && !fresh && !feasible(offer->distance(), known->second.best)) {
      barred = true;
    } else {
      take_if_best(choice.equals, offer);
    }
  }
  choice.starving = choice.equals.empty() && barred;
  choice.leaps = fresh && choice.equals.empty() && !leaps.empty();
  if (choice.leaps) choice.equals = std::move(leaps);
  if (choice.equals.empty()) return choice;
  std::vector<WeightedExit> exits;
  for (const Offer* offer : choice.equals) exits.push_back({offer->member, offer->weight});
  const MemberKey& self = world.meshes.at(choice.equals.front()->mesh()).self;
  choice.exit = choice.equals[choose_exit(self, exits)];
  return choice;
}

// A member that makes prefixes up is not to take the places of those that others need: who tells many has a share, in
// which what has been told stands first, then what is near.
std::vector<const Choice*> Table::in_order_of_claim(const World& world, const std::vector<Choice>& choices) const {
  std::vector<std::tuple<bool, std::size_t, const Choice*>> order;  // choices stand in order of prefix
  for (const Choice& choice : choices) {
    const bool is_said = std::ranges::any_of(world.meshes, [&](const auto& entry) {
      return said_.contains({entry.first, choice.prefix});
    });
    order.emplace_back(!is_said, choice.exit ? choice.exit->hops() : 0, &choice);
  }
  std::ranges::sort(order);
  std::vector<const Choice*> out;
  out.reserve(order.size());
  for (const auto& entry : order) out.push_back(std::get<const Choice*>(entry));
  return out;
}

// What leads into a mesh is announced in all others that it doesn't come through. Where two ways are as good, each is
// announced in the mesh of the other: packets that come from there through this host are taken then, too.
void Table::announce(const World& world, const Choice& choice, Shares& shares, Decisions& out, Instant now) {
  if (!choice.exit || choice.leaps || choice.exit->hops() >= kMostHops) return;
  for (const auto& [id, mesh] : world.meshes) {
    const Offer* rests_on = mesh.announces ? exit_beside(world, choice, id) : nullptr;
    if (!rests_on) continue;
    const Offer& exit = *rests_on;
    if (++shares[{id, exit.mesh(), exit.member}] > limits::kRoutesPerTeller) continue;
    Offer offer = exit;
    offer.path.push_back(id);
    offer.member = mesh.self;
    offer.mtu = std::min(exit.mtu, world.meshes.at(exit.mesh()).mtu);
    offer.cost = add(exit.cost, mesh.cost);
    offer.weight = mesh.weight;
    offer.draining = world.draining;
    offer.reachable = true;
    offer.sequence = sequence_to_say(world, offer, exit.chain);
    remember(choice.prefix, {offer.sequence, exit.hops()}, now);
    out.announcements.push_back({std::move(offer), rests_on});
  }
}

// Who announces one has announced nothing better than its choice: it doesn't come nearer to the prefix by that, and
// whoever sends to it does so because of a distance that is no better than its best.
const Offer* Table::exit_beside(const World& world, const Choice& choice, const MeshId& mesh) {
  const auto comes_through = [&](const Offer& offer) {
    return std::ranges::find(offer.path, mesh) != offer.path.end();
  };
  if (!comes_through(*choice.exit)) return choice.exit;
  std::vector<const Offer*> beside;
  std::vector<WeightedExit> exits;
  for (const Offer* offer : choice.equals) {
    if (comes_through(*offer) || offer->sequence > choice.exit->sequence) continue;
    beside.push_back(offer);
    exits.push_back({offer->member, offer->weight});
  }
  return beside.empty() ? nullptr : beside[choose_exit(world.meshes.at(beside.front()->mesh()).self, exits)];
}

// The prefixes of our meshes into the others, and what this host originates into its mesh and the others. In a mesh
// itself its bridges announce its prefix too, and so agree on the sequence.
void Table::announce_own(const World& world, Decisions& out, Instant now) {
  for (const auto& [from_id, from] : world.meshes) {
    std::set<addr::Prefix> prefixes = from.originates;
    if (bridges(world)) prefixes.insert(from.prefix);
    for (const addr::Prefix& prefix : prefixes) {
      Offer own{.prefix = prefix,
                .path = {from_id},
                .member = from.self,
                .sequence = own_sequence(world, from_id, prefix),
                .mtu = from.mtu,
                .cost = 0,
                .weight = from.weight,
                .draining = world.draining};
      remember(prefix, own.distance(), now);
      for (const auto& [id, mesh] : world.meshes) {
        if (id == from_id || !mesh.announces) continue;
        Offer passed = own;
        passed.path.push_back(id);
        passed.member = mesh.self;
        passed.cost = mesh.cost;
        passed.weight = mesh.weight;
        passed.sequence = sequence_to_say(world, passed, {});
        out.announcements.push_back({std::move(passed), nullptr});
      }
      out.announcements.push_back({std::move(own), nullptr});
    }
  }
}

// Those who announce one thing raise its sequence together, or the ways through the others were worth less. Who has
// announced nothing yet follows no leap either: what it starts too low is raised by pleas, what it starts too high
// stays.
Sequence Table::own_sequence(const World& world, const MeshId& mesh, const addr::Prefix& prefix) const {
  const auto known = memory_.find(prefix);
  const Sequence own = known == memory_.end() ? 0 : known->second.best.sequence;
  Sequence highest = std::min(std::max(own, pleaded(world, prefix)), own + kSequenceStep);
  for (const Offer& offer : world.offers) {
    if (offer.prefix != prefix || offer.path.size() != 1 || offer.mesh() != mesh) continue;
    if (offer.sequence <= own + kSequenceStep) highest = std::max(highest, offer.sequence);
  }
  return std::min(highest, kSequenceEnd - 1);
}

// What we have said of the same way, unless somebody there asks for more. The offer's own sequence is the latest.
Sequence Table::sequence_to_say(const World& world, const Offer& offer, const Chain& beneath) const {
  const auto at = said_.find({offer.mesh(), offer.prefix});
  if (at == said_.end()) return offer.sequence;
  const Said& said = at->second;
  if (said.beneath != beneath || said.mtu != offer.mtu || said.cost != offer.cost || said.sequence > offer.sequence)
    return offer.sequence;
  const bool asked_for = std::ranges::any_of(world.pleas, [&](const Plea& plea) {
    return plea.mesh == offer.mesh() && plea.prefix == offer.prefix && plea.wanted > said.sequence &&
           plea.wanted <= offer.sequence;
  });
  return asked_for ? offer.sequence : said.sequence;
}

// For ourselves, and for others who can't go on without.
void Table::plead(const World& world, const Choice& choice, Decisions& out) const {
  Sequence wanted = pleaded(world, choice.prefix);
  if (choice.exit && wanted <= choice.exit->sequence) return;
  if (choice.starving) wanted = std::max(wanted, memory_.at(choice.prefix).best.sequence + 1);
  if (wanted == 0 || wanted >= kSequenceEnd) return;
  for (const Offer* offer : choice.offers) {
    const bool leads_there = choice.exit ? offer == choice.exit : choice.starving && offer->reachable;
    if (leads_there) out.pleas.push_back({offer->mesh(), choice.prefix, wanted});
  }
}

// Ways as good as ours that we may not take, or not tell of, only because they have an earlier sequence.
void Table::level(const World& world, const Choice& choice, Decisions& out) const {
  const auto known = memory_.find(choice.prefix);
  if (!choice.exit || known == memory_.end() || !bridges(world)) return;
  const Offer& exit = *choice.exit;
  const Distance& best = known->second.best;
  for (const Offer* offer : choice.offers) {
    if (!offer->reachable || rank(*offer) > rank(exit) || feasible(offer->distance(), best)) continue;
    const Sequence wanted = offer->hops() <= best.hops ? best.sequence : exit.sequence;
    if (wanted > offer->sequence) out.pleas.push_back({offer->mesh(), choice.prefix, wanted});
  }
  Sequence latest = exit.sequence;
  for (const Offer* equal : choice.equals)
    if (equal->mesh() != exit.mesh()) latest = std::max(latest, equal->sequence);
  if (latest > exit.sequence) out.pleas.push_back({exit.mesh(), choice.prefix, latest});
}

Sequence Table::pleaded(const World& world, const addr::Prefix& prefix) const {
  Sequence wanted = 0;
  for (const Plea& plea : world.pleas)
    if (plea.prefix == prefix && plea.wanted < kSequenceEnd) wanted = std::max(wanted, plea.wanted);
  return wanted;
}

void Table::remember(const addr::Prefix& prefix, const Distance& announced, Instant now) {
  const auto [at, fresh] = memory_.try_emplace(prefix, Memory{announced, now});
  if (announced.better_than(at->second.best)) at->second.best = announced;
  at->second.last = now;
}

void Table::remember(const MeshId& into, const addr::Prefix& prefix, const Said& said) { said_[{into, prefix}] = said; }

std::optional<Distance> Table::best(const addr::Prefix& prefix) const {
  const auto at = memory_.find(prefix);
  if (at == memory_.end()) return std::nullopt;
  return at->second.best;
}

// An announcement may be held for as long as somebody is cut off: it binds until there are too many, the oldest first.
void Table::forget() {
  while (memory_.size() > limits::kRoutesPerMesh)
    memory_.erase(std::ranges::min_element(memory_, {}, [](const auto& entry) { return entry.second.last; }));
}

}  // namespace smeg::route
