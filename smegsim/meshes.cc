#include "meshes.h"

#include <fmt/format.h>

#include <algorithm>

#include "run.h"

namespace smeg::simulator {
namespace {

using namespace std::chrono_literals;
using control::ExitState;
using control::MemberState;
using sim::HostIndex;

constexpr Duration kSlice = 50ms;        // between looks at the progress, and at packets
constexpr Duration kStartWithin = 2s;    // all hosts start
constexpr Duration kSettleLimit = 180s;  // until all know all
constexpr Duration kKnownLimit = 120s;   // until the members of its meshes know of a bridge
constexpr Duration kRightLimit = 120s;   // until all ways are right
constexpr Duration kCacheWritten = 40s;  // after the last change
constexpr Duration kRest = 8s;
constexpr Duration kAgreeLimit = 60s;  // until all show the same at the end
constexpr std::size_t kMostHops = 15;  // docs/routing.md

bool shows(const control::MeshView& view, const std::vector<crypto::IdentityKey>& members, bool up) {
  return std::ranges::all_of(members, [&](const crypto::IdentityKey& one) {
    const control::MemberView* member = sim::find_member(view, one);
    if (!member) return false;
    const bool alive = member->state == MemberState::alive || member->state == MemberState::suspect;
    return up ? alive : member->state == MemberState::down;
  });
}

}  // namespace

Meshes::Meshes(const Settings& settings, std::uint64_t seed, Progress& progress)
    : settings_(settings),
      progress_(progress),
      chance_(seed ^ 0xb21d'6e5),
      world_(seed, sim::WorldOptions{quality_of(settings), false}),
      honesty_(world_),
      graph_(draw_graph(settings.meshes, kMostHopsApart, chance_)),
      began_(usage_now()) {
  outcome_.seed = seed;
  lay_out();
}

// First come the bridges, link by link, then those that are in one mesh alone, one of whom founds it.
void Meshes::lay_out() {
  members_.resize(graph_.meshes);
  const auto enter = [this](std::size_t host, std::size_t mesh) {
    members_[mesh].push_back(host);
    meshes_of_[host].push_back(mesh);
  };
  for (std::size_t link = 0; link < graph_.links.size(); ++link) {
    for (std::size_t i = 0; i < kBridgesOfLink; ++i) {
      const std::size_t host = meshes_of_.size();
      meshes_of_.emplace_back();
      bridges_.push_back({{static_cast<std::uint32_t>(host)}, link});
      enter(host, graph_.links[link].first);
      enter(host, graph_.links[link].second);
    }
  }
  for (std::size_t mesh = 0; mesh < graph_.meshes; ++mesh) {
    while (members_[mesh].size() < settings_.nodes) {
      meshes_of_.emplace_back();
      enter(meshes_of_.size() - 1, mesh);
    }
    std::ranges::reverse(members_[mesh]);
  }
}

// ---- What happens

void Meshes::settle() {
  progress_.phase("making the meshes");
  progress_.update(world_.now());
  const auto options_of = [this](std::size_t index) {
    sim::HostOptions options = host_options(settings_, chance_, false);
    options.config.backend = config::Backend::userspace;
    options.config.base.advertise_route = meshes_of_[index].size() > 1;
    return options;
  };
  auto made = sim::add_converged(world_, sim::ConvergedMeshesOptions{members_, options_of}, outcome_.seed);
  if (!made) return violate("no meshes: " + made.error().message);
  meshes_ = *std::move(made);
  for (std::size_t mesh = 0; mesh < meshes_.size(); ++mesh) {
    const sim::ConvergedMesh& one = meshes_[mesh];
    numbers_[one.mesh] = mesh;
    census_.push_back(std::make_unique<sim::Census>(world_, one.mesh));
    for (std::size_t i = 0; i < one.hosts.size(); ++i) {
      honesty_.know(one.mesh, one.hosts[i], one.members[i].identity, one.members[i].address, world_.name(one.hosts[i]),
                    one.members[i].tunnel);
      census_.back()->joined(one.hosts[i], one.members[i].identity);
    }
  }
  world_.watch([this](HostIndex who, const control::Snapshot& snapshot) { hear(who, snapshot); });
  // Those who bridge first: they find the ways. The others come when these are known.
  const auto bridges = static_cast<std::uint32_t>(bridges_.size());
  for (std::uint32_t host = bridges; host < hosts(); ++host) census_[meshes_of_[host].front()]->disturb({host});
  start(0, bridges, "bridges start");
  progress_.phase("ways are kept");
  run_until([] { return false; }, kCacheWritten);
  for (std::uint32_t host = bridges; host < hosts(); ++host) {
    const std::size_t mesh = meshes_of_[host].front();
    const auto known = std::ranges::find_if(members_[mesh], [&](std::size_t one) { return one < bridges; });
    sim::share_cache(world_, {static_cast<std::uint32_t>(*known)}, {host}, meshes_[mesh].mesh);
    census_[mesh]->recover({host});
  }
  start(bridges, static_cast<std::uint32_t>(hosts()), "all others start");
  rest();
  marked_ = world_.now();
  sent_before_ = sent_by_all(world_);
}

void Meshes::start(std::uint32_t first, std::uint32_t end, const std::string& what) {
  progress_.phase(what);
  for (std::uint32_t i = first; i < end; ++i) {
    world_.start({i});
    world_.run_for(kStartWithin / static_cast<int>(end - first));
    progress_.update(world_.now());
  }
  expect();
  progress_.phase("they learn all ways");
  if (!run_until([this] { return all_right(); }, kSettleLimit))
    violate(
        fmt::format("{}: after {} only {} of {} have all ways", what, format_duration(kSettleLimit), right_, live_));
}

void Meshes::rest() {
  progress_.phase("at rest");
  run_until([] { return false; }, kRest + chance_.jitter(2s));
}

std::vector<Meshes::Bridge> Meshes::bridges_of_some_link() {
  const std::size_t link = chance_.below(graph_.links.size());
  std::vector<Bridge> out;
  for (const Bridge& bridge : bridges_)
    if (bridge.link == link) out.push_back(bridge);
  return out;
}

void Meshes::change(const std::vector<Bridge>& bridges, bool up, const std::string& what) {
  progress_.phase(what);
  std::map<std::size_t, std::vector<crypto::IdentityKey>> changed;  // by mesh
  for (const Bridge& bridge : bridges) {
    for (const std::size_t mesh : meshes_of_[bridge.host.value]) {
      changed[mesh].push_back(census_[mesh]->identity(bridge.host));
      up ? census_[mesh]->recover(bridge.host) : census_[mesh]->disturb(bridge.host);
    }
    if (up) {
      world_.start(bridge.host);
    } else if (settings_.power_cut) {
      world_.cut_power(bridge.host);
    } else {
      world_.kill(bridge.host);
    }
  }
  expect();
  std::vector<std::unique_ptr<sim::Awareness>> knows;
  for (const auto& [mesh, members] : changed) {
    const auto asked = [members = members, up](const control::MeshView& view) { return shows(view, members, up); };
    knows.push_back(std::make_unique<sim::Awareness>(world_, meshes_[mesh].mesh, census_[mesh]->live(), asked));
  }
  const auto all_know = [&] { return std::ranges::all_of(knows, [](const auto& one) { return one->all(); }); };
  if (!run_until(all_know, kKnownLimit)) violate("the members of its meshes do not come to know of a bridge: " + what);
  const Instant known = world_.now();
  // Looked at now and then: operating systems follow their daemons within a few milliseconds.
  const Instant until = known + kRightLimit;
  while (!follow_packets(known) && world_.now() < until) run_until([] { return false; }, kSlice);
  outcome_.measured = true;
  outcome_.gave_up = std::max(outcome_.gave_up, kRightLimit);
  Duration last{};
  for (std::uint32_t host = 0; host < hosts(); ++host) {
    if (!is_up({host})) continue;
    ++outcome_.observers;
    last = std::max(last, seen_[host].took.value_or(kRightLimit));
    if (seen_[host].took) {
      outcome_.times.push_back(*seen_[host].took);
    } else {
      violate(fmt::format("{}: {} of {}: {}", what, world_.name({host}), live_, wrong_with({host})));
    }
  }
  outcome_.changes.push_back({what, last});
}

// ---- Ways

void Meshes::expect() {
  MeshGraph up{graph_.meshes, {}};
  linked_.clear();
  for (const Bridge& bridge : bridges_) {
    if (!is_up(bridge.host)) continue;
    const auto [a, b] = graph_.links[bridge.link];
    if (linked_.emplace(a, b).second) up.links.emplace_back(a, b);
    linked_.emplace(b, a);
  }
  hops_ = hops(up);
  seen_.assign(hosts(), {});
  live_ = right_ = 0;
  for (std::uint32_t host = 0; host < hosts(); ++host) live_ += is_up({host});
  draw_targets();
  watching_ = true;
  for (std::uint32_t host = 0; host < hosts(); ++host)
    if (const auto snapshot = world_.snapshot({host})) hear({host}, *snapshot);
}

void Meshes::draw_targets() {
  for (std::uint32_t host = 0; host < hosts(); ++host) {
    const std::size_t from = meshes_of_[host].front();
    Seen& seen = seen_[host];
    do {
      seen.target_mesh = chance_.below(graph_.meshes);
      seen.target = chance_.below(members_[seen.target_mesh].size());
    } while (hops_[from][seen.target_mesh] > kMostHops || !is_up(meshes_[seen.target_mesh].hosts[seen.target]));
  }
}

void Meshes::hear(HostIndex host, const control::Snapshot& snapshot) {
  if (!watching_ || !is_up(host)) return;
  const bool right = is_right(host, snapshot);
  Seen& seen = seen_[host.value];
  if (right == seen.right.has_value()) return;
  if (right) {
    seen.right = world_.now();
    ++right_;
  } else {
    seen = {.right = {}, .arrived = false, .took = {}, .target_mesh = seen.target_mesh, .target = seen.target};
    --right_;
  }
}

// For each mesh elsewhere that can be reached there is an exit, with as few hops as can be, over bridges that are up;
// for the others none.
bool Meshes::is_right(HostIndex host, const control::Snapshot& snapshot) const {
  const std::vector<std::size_t>& own = meshes_of_[host.value];
  std::vector<std::size_t> least(graph_.meshes, kApart);
  for (const std::size_t mesh : own)
    for (std::size_t to = 0; to < graph_.meshes; ++to) least[to] = std::min(least[to], hops_[mesh][to]);
  std::size_t wanted = static_cast<std::size_t>(
      std::ranges::count_if(least, [](std::size_t hops) { return hops > 0 && hops <= kMostHops; }));
  for (const control::RouteView& route : snapshot.routes) {
    const auto exit = std::ranges::find(route.exits, ExitState::chosen, &control::ExitView::state);
    if (exit == route.exits.end()) continue;
    const auto to = numbers_.find(exit->path.front());
    if (to == numbers_.end() || route.prefix != addr::mesh_prefix(exit->path.front())) return false;
    if (!leads_well(*exit, least[to->second])) return false;
    --wanted;
  }
  return wanted == 0;
}

bool Meshes::leads_well(const control::ExitView& exit, std::size_t hops) const {
  if (exit.hops != hops || exit.path.size() != hops + 1) return false;
  std::vector<std::size_t> path;
  for (const MeshId& id : exit.path) {
    const auto number = numbers_.find(id);
    if (number == numbers_.end()) return false;
    path.push_back(number->second);
  }
  for (std::size_t i = 0; i + 1 < path.size(); ++i)
    if (!linked_.contains({path[i], path[i + 1]})) return false;
  const sim::ConvergedMesh& last = meshes_[path.back()];
  const auto member = std::ranges::find(last.members, exit.member, &sim::ConvergedMesh::Member::identity);
  if (member == last.members.end()) return false;
  const HostIndex host = last.hosts[static_cast<std::size_t>(member - last.members.begin())];
  return is_up(host) && std::ranges::count(meshes_of_[host.value], path[path.size() - 2]) == 1;
}

std::string Meshes::wrong_with(HostIndex host) const {
  const auto snapshot = world_.snapshot(host);
  if (!snapshot) return "it shows nothing";
  if (seen_[host.value].right) return "packets do not arrive: " + lost_packet(host);
  std::size_t without = 0;
  for (const control::RouteView& route : snapshot->routes)
    without += std::ranges::count(route.exits, ExitState::chosen, &control::ExitView::state) == 0;
  return fmt::format("a way is missing or wrong; it knows {} prefixes, {} of them without an exit",
                     snapshot->routes.size(), without);
}

// ---- Packets

// From the address of the interface by which they go, and back; empty where they arrive.
std::string Meshes::lost_packet(HostIndex host) const {
  const Seen& seen = seen_[host.value];
  const sim::ConvergedMesh& there = meshes_[seen.target_mesh];
  const HostIndex target = there.hosts[seen.target];
  const addr::IpAddress& destination = there.members[seen.target].address;
  const std::vector<std::size_t>& own = meshes_of_[host.value];
  std::size_t from = std::ranges::count(own, seen.target_mesh) ? seen.target_mesh : own.front();
  for (const control::RouteView& route : world_.snapshot(host)->routes)
    for (const control::ExitView& exit : route.exits)
      if (exit.state == ExitState::chosen && route.prefix.contains(destination)) from = numbers_.at(exit.mesh);
  const sim::ConvergedMesh& here = meshes_[from];
  const auto place = std::ranges::find(here.hosts, host) - here.hosts.begin();
  const addr::IpAddress& source = here.members[static_cast<std::size_t>(place)].address;
  const std::string there_lost = sim::follow(world_, host, source, destination).wrong;
  return !there_lost.empty() ? there_lost : sim::follow(world_, target, destination, source).wrong;
}

bool Meshes::follow_packets(Instant known) {
  bool all = all_right();
  for (std::uint32_t host = 0; host < hosts(); ++host) {
    Seen& seen = seen_[host];
    if (!is_up({host}) || !seen.right || seen.arrived) continue;
    seen.arrived = lost_packet({host}).empty();
    if (seen.arrived) seen.took = world_.now() - known;
    all &= seen.arrived;
  }
  return all;
}

// ---- Running

bool Meshes::run_until(const std::function<bool()>& condition, Duration limit) {
  const Instant until = world_.now() + limit;
  while (!condition() && world_.now() < until) {
    world_.run_until(condition, std::min<Duration>(kSlice, until - world_.now()));
    progress_.update(world_.now(), right_, live_);
  }
  check_sessions();
  return condition();
}

void Meshes::check_sessions() {
  for (std::uint32_t host = 0; host < hosts(); ++host) {
    const std::size_t sessions = world_.network().connections({host});
    if (sessions > limits::kSessions && outcome_.most_sessions <= limits::kSessions)
      violate(fmt::format("{} holds {} sessions", world_.name({host}), sessions));
    outcome_.most_sessions = std::max(outcome_.most_sessions, sessions);
  }
}

void Meshes::violate(const std::string& what) { simulator::violate(outcome_, world_.now(), what); }

Outcome Meshes::finish() {
  std::vector<HostIndex> live;
  for (std::uint32_t host = 0; host < hosts(); ++host)
    if (is_up({host})) live.push_back({host});
  count_traffic(outcome_, world_, live, marked_, sent_before_);
  progress_.phase("comparing views");
  const auto different = [this]() -> std::string {
    for (std::size_t mesh = 0; mesh < meshes_.size(); ++mesh)
      if (auto wrong = sim::difference(world_, meshes_[mesh].mesh, census_[mesh]->responsive()); !wrong.empty())
        return wrong;
    return {};
  };
  const Instant until = world_.now() + kAgreeLimit;
  while (!different().empty() && world_.now() < until) run_until([] { return false; }, 500ms);
  if (const std::string wrong = different(); !wrong.empty())
    violate("views differ in the end: " + wrong.substr(0, 400));
  for (const auto& census : census_) {
    outcome_.lost += census->lost();
    outcome_.resurrected += census->resurrected();
    outcome_.wrongful_downs += census->wrongful_downs();
    for (const std::string& one : census->remarks()) remark(outcome_, one);
  }
  std::ranges::sort(outcome_.times);
  conclude(outcome_, world_, honesty_, began_);
  return std::move(outcome_);
}

}  // namespace smeg::simulator
