#include "trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "run.h"

namespace smeg::simulator {
namespace {

using namespace std::chrono_literals;
using control::MemberState;
using sim::HostIndex;

constexpr std::uint64_t kChanceOfTrial = 0x5eed'0f'7a15;
constexpr Duration kSlice = 50ms;        // between looks at the progress
constexpr Duration kStartWithin = 2s;    // hosts of a converged mesh start
constexpr Duration kSettleLimit = 180s;  // until all know all
constexpr Duration kCommandLimit = 60s;  // until a host answers its operator
constexpr Duration kAgreeLimit = 60s;    // until all show the same at the end

std::size_t share_of(double share, std::size_t of) {
  return static_cast<std::size_t>(share * static_cast<double>(of) + 0.5);
}

// Just these members; of each, whether it is alive or down.
Trial::Question shows(std::map<crypto::IdentityKey, bool> wanted) {
  return [wanted = std::move(wanted)](const control::MeshView& view) {
    auto next = wanted.begin();
    for (const control::MemberView& member : view.members) {
      if (member.state == MemberState::revoked) continue;
      if (next == wanted.end() || next->first != member.public_key) return false;
      const bool up = member.state == MemberState::alive || member.state == MemberState::suspect;
      if (next->second ? !up : member.state != MemberState::down) return false;
      ++next;
    }
    return next == wanted.end();
  };
}

}  // namespace

Trial::Trial(const Settings& settings, std::uint64_t seed, Stage& stage)
    : settings_(settings),
      stage_(stage),
      chance_(seed ^ kChanceOfTrial),
      world_(seed, sim::WorldOptions{quality_of(settings), false}),
      honesty_(world_),
      began_(usage_now()) {
  outcome_.seed = seed;
}

// ---- Before

HostIndex Trial::add_host(std::optional<config::MeshEntry> entry) {
  sim::HostOptions options = host_options(settings_, chance_, hosts_.empty());
  if (entry) options.config.meshes.push_back(std::move(*entry));
  const HostIndex host = world_.add_host(std::move(options));
  hosts_.push_back(host);
  return host;
}

void Trial::adopt(const MeshId& mesh) {
  mesh_ = mesh;
  census_ = std::make_unique<sim::Census>(world_, mesh);
}

void Trial::count_all(const std::vector<HostIndex>& hosts) {
  for (const HostIndex host : hosts)
    if (const control::MeshView* view = world_.view(host, mesh_)) census_->joined(host, view->self);
}

void Trial::settle(Duration rest) {
  phase("making the mesh");
  stage_.progress.update(world_.now());
  const sim::ConvergedOptions options{
      .members = settings_.nodes,
      .clients = share_of(settings_.clients, settings_.nodes),
      .host = [this](std::size_t index) { return host_options(settings_, chance_, index == 0); }};
  auto made = sim::add_converged(world_, options, outcome_.seed);
  if (!made) return violate("no mesh: " + made.error().message);
  converged_ = std::move(*made);
  hosts_ = converged_.hosts;
  adopt(converged_.mesh);
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    const auto& member = converged_.members[i];
    honesty_.know(mesh_, hosts_[i], member.identity, member.address, world_.name(hosts_[i]));
    census_->joined(hosts_[i], member.identity);
  }
  phase("starting hosts");
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    world_.start(hosts_[i]);
    run_slice(kStartWithin / static_cast<int>(hosts_.size()), nullptr);
  }
  phase("settling");
  const sim::Awareness settled(world_, mesh_, hosts_, everybody_alive());
  if (!run_until(settled, kSettleLimit))
    violate(fmt::format("after {} at the start only {} of {} show all members alive", format_duration(kSettleLimit),
                        settled.known(), settled.observers()));
  if (stage_.settled) go_on_as(stage_.settled());
  cut_some_links();
  phase("at rest");
  mark();
  run_for(rest + chance_.jitter(2s));  // an event comes at any time of a heartbeat
}

// All chance from here on is another seed's; what the run costs counts from here. Memory is that of the start as well.
void Trial::go_on_as(std::uint64_t seed) {
  const Usage now = usage_now();
  began_.wall = now.wall;
  began_.cpu = now.cpu;
  if (seed == outcome_.seed) return;
  outcome_.seed = seed;
  chance_ = SeededRng(seed ^ kChanceOfTrial);
  world_.reseed(seed);
}

void Trial::cut_some_links() {
  for (const HostIndex host : some(share_of(settings_.one_way, hosts_.size()))) {
    const auto others = world_.network().connected_with(host);
    if (!others.empty()) world_.network().cut(host, others[chance_.below(others.size())]);
  }
}

void Trial::mark() {
  marked_ = world_.now();
  sent_before_ = sent_by_all(world_);
}

// ---- What happens

void Trial::kill(HostIndex host, bool power) {
  census_->disturb(host);
  if (power) {
    world_.cut_power(host);
  } else {
    world_.kill(host);
  }
}

void Trial::start(HostIndex host) {
  world_.start(host);
  census_->recover(host);
}

void Trial::leave(HostIndex host) {
  census_->left(host);
  world_.post(host, control::MeshLeave{});
}

HostIndex Trial::join() {
  const HostIndex host = add_host();
  world_.start(host);
  const auto token = world_.invite(founder());
  if (!token) {
    violate("no invite: " + token.error().message);
    return host;
  }
  control::MeshJoin wanted;
  wanted.token = control::SecretText(*token);
  const auto joined = world_.command(host, wanted, kCommandLimit);
  const control::MeshView* view = world_.view(host, mesh_);
  if (!joined || !view) {
    violate("a join came to nothing: " + (joined ? "no view" : joined.error().message));
  } else {
    census_->joined(host, view->self);
  }
  return host;
}

void Trial::rename(HostIndex host, const std::string& alias) { world_.post(host, control::AliasSet{{}, alias}); }

void Trial::freeze(HostIndex host, Duration duration) { world_.freeze(host, duration); }

void Trial::distrust(HostIndex host) {
  census_->disturb(host);
  honesty_.distrust(mesh_, census_->identity(host));
}

void Trial::partition(Split split) {
  census_->disturb_all();
  std::vector<HostIndex> order = census_->members();
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[chance_.below(i)]);
  const auto first = [&](std::size_t count) {
    order.resize(std::max<std::size_t>(count, 1));
    return order;
  };
  switch (split) {
    case Split::even: return world_.network().partition({first(order.size() / 2)});
    case Split::uneven: return world_.network().partition({first(order.size() / 10)});
    case Split::one_way: return world_.network().partition_one_way(first(order.size() / 4));
  }
}

void Trial::heal() {
  world_.network().heal();
  census_->recover_all();
}

void Trial::run_slice(Duration slice, const sim::Awareness* awareness) {
  if (awareness) {
    world_.run_until([&] { return awareness->all(); }, slice);
    stage_.progress.update(world_.now(), awareness->known(), awareness->observers());
  } else {
    world_.run_for(slice);
    stage_.progress.update(world_.now());
  }
}

void Trial::run_for(Duration duration) {
  const Instant until = world_.now() + duration;
  while (world_.now() < until) run_slice(std::min<Duration>(kSlice, until - world_.now()), nullptr);
  check_bounds();
}

bool Trial::run_until(const sim::Awareness& awareness, Duration limit) {
  const Instant until = world_.now() + limit;
  while (!awareness.all() && world_.now() < until)
    run_slice(std::min<Duration>(kSlice, until - world_.now()), &awareness);
  check_bounds();
  return awareness.all();
}

// ---- Who

HostIndex Trial::leader() {
  const control::MeshView* view = world_.view(founder(), mesh_);
  for (const HostIndex host : census_->live())
    if (view && view->leader == census_->identity(host)) return host;
  violate("nobody leads");
  return founder();
}

HostIndex Trial::any() {
  const auto chosen = some(1);
  return chosen.empty() ? founder() : chosen.front();
}

std::vector<HostIndex> Trial::some(std::size_t count) {
  std::vector<HostIndex> out = census_->live();
  std::erase(out, founder());
  count = std::min(count, out.size());
  for (std::size_t i = 0; i < count; ++i) std::swap(out[i], out[i + chance_.below(out.size() - i)]);
  out.resize(count);
  return out;
}

// ---- Measuring

bool Trial::measure(const std::vector<HostIndex>& observers, Question question, Duration limit,
                    const std::string& what) {
  return measure_while(observers, std::move(question), limit, what, [](Trial&) {});
}

bool Trial::measure_while(const std::vector<HostIndex>& observers, Question question, Duration limit,
                          const std::string& what, const std::function<void(Trial&)>& act) {
  phase(what);
  measuring_since_ = world_.now();
  const sim::Awareness awareness(world_, mesh_, observers, std::move(question));
  act(*this);
  const bool done = run_until(awareness, limit - (world_.now() - measuring_since_));
  outcome_.measured = true;
  outcome_.times = awareness.times();
  outcome_.observers = awareness.observers();
  outcome_.gave_up = limit;
  if (!done) {
    const HostIndex first = awareness.missing().front();
    violate(fmt::format("{} of {} did not come to know within {} ({}); {} for one", awareness.missing().size(),
                        awareness.observers(), format_duration(limit), what, world_.name(first)));
  }
  return done;
}

Trial::Question Trial::everybody_alive() const {
  std::map<crypto::IdentityKey, bool> wanted;
  for (const HostIndex host : census_->members()) wanted[census_->identity(host)] = true;
  return shows(std::move(wanted));
}

Trial::Question Trial::everybody_as_is() const {
  std::map<crypto::IdentityKey, bool> wanted;
  for (const HostIndex host : census_->members()) wanted[census_->identity(host)] = false;
  for (const HostIndex host : census_->responsive()) wanted[census_->identity(host)] = true;
  return shows(std::move(wanted));
}

void Trial::violate(const std::string& what) { simulator::violate(outcome_, world_.now(), what); }

void Trial::note(std::uint64_t lies, std::uint64_t thrown_out) {
  outcome_.lies = lies;
  outcome_.thrown_out = thrown_out;
}

void Trial::check_bounds() {
  for (const HostIndex host : hosts_) {
    const std::size_t sessions = world_.network().connections(host);
    if (sessions > limits::kSessions && outcome_.most_sessions <= limits::kSessions)
      violate(fmt::format("{} holds {} sessions", world_.name(host), sessions));
    outcome_.most_sessions = std::max(outcome_.most_sessions, sessions);
  }
}

void Trial::finish() {
  if (census_) {
    count_traffic(outcome_, world_, census_->live(), marked_, sent_before_);
    phase("comparing views");
    const Instant until = world_.now() + kAgreeLimit;
    std::string different = sim::difference(world_, mesh_, census_->responsive());
    while (!different.empty() && world_.now() < until) {
      run_for(500ms);
      different = sim::difference(world_, mesh_, census_->responsive());
    }
    if (!different.empty()) violate("views differ in the end: " + different.substr(0, 400));
    outcome_.lost = census_->lost();
    outcome_.resurrected = census_->resurrected();
    outcome_.wrongful_downs = census_->wrongful_downs();
    for (const std::string& one : census_->remarks()) remark(outcome_, one);
  }
  conclude(outcome_, world_, honesty_, began_);
}

}  // namespace smeg::simulator
