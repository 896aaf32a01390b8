#include "node/node.h"

#include <algorithm>
#include <cassert>

#include "node/impl.h"
#include "node/state.h"
#include "wire/state.pb.h"

namespace smeg::node {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kStateFormat = 1;
constexpr Duration kStorageFirstRetry = 1s;
constexpr Duration kStorageLongestRetry = 30s;
constexpr Duration kMembersSoon = 1s;         // a change is in the cache after this long,
constexpr Duration kMembersApart = 30s;       // or after this, where there are many
constexpr std::size_t kLargeCache = 131'072;  // bytes
constexpr Duration kDevicesLooked = 2s;       // statistics of tunnels,
constexpr Duration kHandshakeLooked = 200ms;  // and while one begins that packets are to be moved to
constexpr Duration kViewsApart = 100ms;       // but for those that a reply waits for
constexpr Duration kRoutesApart = 50ms;       // news of ways come in flocks, and each choice is told on
constexpr Duration kStopTime = 4s;

Ticket ticket_of(std::uint64_t number) { return Ticket{number}; }

}  // namespace

// ---- The public face

Node::Node(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Node::~Node() = default;

Result<std::unique_ptr<Node>> Node::create(const config::Config& config, LoadedFiles files, Rng& jitter,
                                           KeySource& secrets, Instant now, WallTime wall, Pool* pool) {
  auto impl = std::make_unique<Impl>(config, jitter, secrets, now, wall, pool);
  if (const auto loaded = impl->load(files, now); !loaded) return fail(loaded.error());
  return std::unique_ptr<Node>(new Node(std::move(impl)));
}

void Node::on_session(SessionEvent event, Instant now) { impl_->on_session(std::move(event), now); }
void Node::on_command(CommandId id, control::Command command, Instant now) {
  impl_->on_command(id, std::move(command), now);
}
void Node::on_kernel(netstate::Event event, Instant now) { impl_->on_kernel(std::move(event), now); }
void Node::on_persisted(Ticket ticket, Instant now) { impl_->on_persisted(ticket, now); }
void Node::on_persist_failed(Ticket ticket, const Error& error, Instant now) {
  impl_->on_persist_failed(ticket, error, now);
}
void Node::on_token(const std::string& mesh, Result<control::SecretText> token, Instant now) {
  impl_->on_token(mesh, std::move(token), now);
}
void Node::on_configuration(const Result<config::Config>& config, Instant now) { impl_->on_configuration(config, now); }
void Node::reload(Instant now) { impl_->on_reload(now); }
const config::Config& Node::config() const { return impl_->config(); }
void Node::on_hook_done(Instant now) { impl_->on_hook_done(now); }
void Node::on_deadline(Instant now) { impl_->on_deadline(now); }
Instant Node::next_deadline() const { return impl_->next_deadline(); }
std::vector<Effect> Node::take_effects() { return impl_->take_effects(); }
void Node::set_wall_clock(WallTime wall, Instant now) { impl_->set_wall_clock(wall, now); }
void Node::stop(Instant now) { impl_->stop(now); }
bool Node::stopped() const { return impl_->stopped(); }

// ---- Start

Node::Impl::Impl(const config::Config& config, Rng& jitter, KeySource& secrets, Instant now, WallTime wall, Pool* pool)
    : host_(config, jitter, secrets, pool),
      kernel_(host_.outbox),
      routing_(host_),
      started_(now),
      log_level_(to_control(config.log_level)),
      settled_in_(now + kSettleIn) {
  secrets.fill(host_.boot);
  host_.set_wall_clock(wall, now);
  host_.inside_a_mesh = [this](const addr::IpAddress& address) {
    return std::ranges::any_of(memberships_,
                               [&](const auto& entry) { return addr::mesh_prefix(entry.first).contains(address); });
  };
  host_.view_changed = true;
}

Result<void> Node::Impl::load(const LoadedFiles& files, Instant now) {
  if (files.state) {
    auto state = decode_state(*files.state);
    if (!state) return fail(state.error());
    seed_ = state->seed;
    routing_.drain(state->draining);
    host_.down = state->down;
    for (KeptAsk& ask : state->asks) {
      const MeshId mesh = ask.wanted.mesh;
      const Instant due = ask.refusal.empty() ? now : kNever;
      asks_[mesh] = {.kept = std::move(ask), .due = due, .backoff = {}, .standing = {}};
    }
    for (MembershipParts& parts : state->meshes) {
      Membership& membership = enter(std::move(parts), now);
      if (host_.down) membership.go_down(now);
    }
  } else {
    seed_ = crypto::Secret<32>::random(host_.secrets);
    host_.state_changed = true;
  }
  // Hundreds of members: what was read is as good as what would be written a second later, in megabytes.
  if (files.members && files.members->size() >= kLargeCache) members_written_ = now;
  wire::MemberCache cache;
  if (files.members && cache.ParseFromArray(files.members->data(), static_cast<int>(files.members->size()))) {
    for (const wire::MeshCache& mesh : cache.meshes()) {
      MeshId id;
      if (mesh.mesh_id().size() != id.bytes.size()) continue;
      std::ranges::copy(as_bytes(mesh.mesh_id()), id.bytes.begin());
      const auto membership = memberships_.find(id);
      auto items = mesh::Mesh::split_cache(as_bytes(mesh.items()));
      if (membership != memberships_.end() && items) membership->second.take_in(std::move(*items));
    }
  }
  host_.desired_changed = true;
  if (const auto entered = start_provisions(now); !entered) return entered;
  finish(now);
  return {};
}

void Node::Impl::set_wall_clock(WallTime wall, Instant now) {
  const Duration by = wall - host_.wall(now);
  host_.set_wall_clock(wall, now);
  for (auto& [id, membership] : memberships_) membership.wall_clock_set(by);
}

// ---- Sessions

Membership* Node::Impl::owner(SessionId session) {
  const auto owner = owners_.find(session);
  if (owner == owners_.end()) return nullptr;
  const auto membership = memberships_.find(owner->second);
  return membership == memberships_.end() ? nullptr : &membership->second;
}

void Node::Impl::on_session(SessionEvent event, Instant now) {
  if (auto* opened = std::get_if<SessionOpened>(&event)) {
    if (const auto joining = joinings_.find(opened->session); joining != joinings_.end()) {
      on_join_opened(joining->second, *opened, now);
    } else if (const auto mesh = memberships_.find(opened->mesh);
               mesh != memberships_.end() && !stopping_ && !host_.down) {
      owners_[opened->session] = opened->mesh;
      mesh->second.on_opened(*opened, now);
    } else {
      host_.outbox.push(Close{opened->session, "no such mesh here"});
    }
  } else if (auto* message = std::get_if<SessionMessage>(&event)) {
    if (const auto joining = joinings_.find(message->session); joining != joinings_.end()) {
      on_join_message(joining->second, message->message, now);
    } else if (Membership* membership = owner(message->session)) {
      membership->on_message(message->session, message->message, now);
    }
  } else if (auto* closed = std::get_if<SessionClosed>(&event)) {
    if (joinings_.contains(closed->session))
      end_join(closed->session,
               fail(Code::unavailable, "could not reach the other host: " + closed->reason,
                    "see that smegd runs there and its port is open; --via HOST[:PORT] tries another address"),
               now);
    // A dial that failed has no owner yet: every membership knows its own.
    for (auto& [id, membership] : memberships_) membership.on_closed(closed->session, closed->reason, now);
    forget_session(closed->session);
  }
  finish(now);
}

// ---- The operating system

void Node::Impl::on_kernel(netstate::Event event, Instant now) {
  if (auto* observed = std::get_if<netstate::Observed>(&event)) {
    kernel_.on_observed(std::move(*observed), now);
    note_backend();
    host_.desired_changed = host_.view_changed = true;
  } else if (auto* done = std::get_if<netstate::PlanDone>(&event)) {
    kernel_.on_plan_done(*done, now);
    for (const netstate::InterfaceName& name : kernel_.take_refused_ports())
      for (auto& [id, membership] : memberships_) membership.refuse_port(name);
    host_.view_changed = true;
  } else if (auto* devices = std::get_if<netstate::DevicesSeen>(&event)) {
    kernel_.on_devices(*devices, now);
    host_.desired_changed = host_.view_changed = true;
    host_.routes_changed |= !routing_.complete();
  } else if (std::holds_alternative<netstate::Drift>(event)) {
    kernel_.on_drift();
  } else if (auto* underlay = std::get_if<netstate::UnderlaySeen>(&event)) {
    if (host_.underlay != underlay->addresses) {
      host_.underlay = std::move(underlay->addresses);
      for (auto& [id, membership] : memberships_) membership.underlay_changed();
    }
  }
  finish(now);
}

void Node::Impl::on_hook_done(Instant now) {
  kernel_.on_hook_done();
  finish(now);
}

bool Node::Impl::loading() const {
  return std::ranges::any_of(memberships_, [](const auto& entry) { return entry.second.loading(); });
}

// A mesh that may be bridged has nothing to be bridged with where it is the only one.
bool Node::Impl::bridges_meshes() const {
  const auto bridges = [](const auto& entry) { return entry.second.bridges(); };
  return routing_.forwards() && std::ranges::count_if(memberships_, bridges) >= 2;
}

// Nothing is wanted before it is known what there is, and whom we knew when we ran last: tunnels that work are not to
// be cut by a restart.
void Node::Impl::update_desired(Instant now) {
  if (!observed()) return;
  if (loading()) {
    host_.desired_changed = true;
    return;
  }
  // What was said stands over a restart: that this host is offline says enough.
  if (!stopping_ && !host_.down && now >= routes_next_ && std::exchange(host_.routes_changed, false)) {
    routing_.update(memberships_, now);
    host_.view_changed = true;
    routes_next_ = now + kRoutesApart;
  }
  const bool bridging = bridges_meshes();
  std::vector<WantedMesh> wanted;
  std::set<netstate::InterfaceName> taken;
  const auto backend = choose_backend(host_.config.backend, observed()).backend;
  // Those that have had an interface keep it, before others choose.
  std::vector<Membership*> in_turn;
  for (auto& [id, membership] : memberships_) in_turn.push_back(&membership);
  std::stable_partition(in_turn.begin(), in_turn.end(), [](const Membership* each) { return each->had_interface(); });
  for (const Membership* each : in_turn) each->reserve_lane_interfaces(taken);
  for (Membership* each : in_turn) {
    Membership& membership = *each;
    if (!membership.wants_interface() || !backend) continue;
    if (const auto chosen = membership.choose_interface(*observed(), taken); !chosen) {
      host_.note(Note::Level::warning, chosen.error().message);
      continue;
    }
    taken.insert(*membership.interface());
    if (auto mesh = membership.wanted(observed(), now)) {
      mesh->backend = *backend;
      mesh->forwards = bridging && membership.bridges();
      mesh->originates = membership.own_mesh().originates;
      kernel_.hooks().know(mesh->mesh, membership.name(), host_.base_for(membership.name()).hooks);
      wanted.push_back(std::move(*mesh));
    }
  }
  routing_.add_to(wanted);
  choose_lanes(wanted, now);
  netstate::State state = desired(wanted);
  if (now < settled_in_) keep_unknown_peers(state, *observed(), wanted);
  kernel_.set_desired(std::move(state), now);
}

// Behind the routes, on which it depends who needs one.
void Node::Impl::choose_lanes(std::vector<WantedMesh>& meshes, Instant now) {
  Occupied occupied;
  for (const WantedMesh& mesh : meshes) {
    occupied.names.insert(mesh.interface);
    occupied.ports.insert(mesh.listen_port);
  }
  for (const auto& [id, membership] : memberships_) membership.reserve_lane_interfaces(occupied.reserved);
  for (WantedMesh& mesh : meshes) memberships_.at(mesh.mesh).choose_lanes(mesh, *observed(), occupied, now);
}

// Once, and again where the answer changes.
void Node::Impl::note_backend() {
  const BackendChoice choice = choose_backend(host_.config.backend, observed());
  std::string text = "backend: " + std::string(control::name(choice.shown));
  if (!choice.reason.empty()) text += ": " + choice.reason;
  if (choice.problem) text = choice.problem->message + "; " + choice.problem->hint;
  if (std::exchange(backend_noted_, text) == text) return;
  host_.note(choice.problem ? Note::Level::error : Note::Level::info, std::move(text));
}

// ---- Storage

Bytes Node::Impl::encode_state() const {
  wire::HostState state;
  state.set_format(kStateFormat);
  state.set_seed(to_string(seed_.expose()));
  state.set_draining(routing_.draining());
  for (const auto& [id, membership] : memberships_) membership.save(*state.add_meshes());
  for (const auto& [id, ask] : asks_) save(ask.kept, state);
  state.set_down(host_.down);
  return to_bytes(state.SerializeAsString());
}

void Node::Impl::persist_state(Instant) {
  const Ticket ticket = ticket_of(++tickets_);
  host_.outbox.push_now(Persist{ticket, File::state, encode_state()});
  host_.outbox.commit_behind(ticket);
}

void Node::Impl::persist_members(Instant now) {
  members_written_ = now;
  wire::MemberCache cache;
  cache.set_format(kStateFormat);
  for (const auto& [id, membership] : memberships_) {
    wire::MeshCache& mesh = *cache.add_meshes();
    mesh.set_mesh_id(to_string(id.bytes));
    mesh.set_items(to_string(membership.cache()));
  }
  members_ticket_ = ticket_of(++tickets_);
  host_.outbox.push(Persist{*members_ticket_, File::members, to_bytes(cache.SerializeAsString())});
}

void Node::Impl::on_persisted(Ticket ticket, Instant now) {
  if (ticket == members_ticket_) {
    members_ticket_.reset();
  } else {
    host_.outbox.persisted(ticket);
    host_.view_changed |= !storage_problem_.empty();
    storage_problem_.clear();
    storage_backoff_ = {};
    storage_retry_ = kNever;
  }
  finish(now);
}

void Node::Impl::on_persist_failed(Ticket ticket, const Error& error, Instant now) {
  if (ticket == members_ticket_) {
    members_ticket_.reset();
    host_.note(Note::Level::warning, error.message);
    host_.members_changed = true;
  } else {
    storage_problem_ = error.message;
    storage_backoff_ = std::clamp(storage_backoff_ * 2, kStorageFirstRetry, kStorageLongestRetry);
    storage_retry_ = now + storage_backoff_;
    host_.outbox.push_now(Note{Note::Level::error, "the state can't be saved: " + error.message});
    host_.outbox.push_now(Publish{make_view(now)});
  }
  finish(now);
}

// ---- Time

void Node::Impl::on_deadline(Instant now) {
  for (auto& [id, membership] : memberships_)
    if (membership.next_deadline() <= now) membership.on_deadline(now);
  if (now >= kernel_.next_deadline()) kernel_.on_deadline(now);
  std::vector<SessionId> late;
  for (const auto& [session, joining] : joinings_)
    if (now >= joining.until) late.push_back(session);
  for (const SessionId session : late)
    end_join(session,
             fail(Code::unavailable, "the other host did not answer in time",
                  "see that smegd runs there and its port is open; --via HOST[:PORT] tries another address"),
             now);
  work_provisions(now);
  work_asks(now);
  if (now >= storage_retry_) {
    storage_retry_ = kNever;
    host_.state_changed = true;
  }
  if (now >= members_due_) {
    members_due_ = kNever;
    persist_members(now);
  }
  if (settled_in_ != Instant::min() && now >= settled_in_) {
    settled_in_ = Instant::min();
    host_.desired_changed = true;
  }
  if (now >= routes_due_) routes_due_ = kNever;
  if (now >= devices_due_) {
    devices_due_ = kNever;
    host_.outbox.push(Observe{.devices_only = true});
  }
  finish(now);
}

Instant Node::Impl::next_deadline() const {
  Instant next =
      std::min({kernel_.next_deadline(), storage_retry_, members_due_, devices_due_, routes_due_, view_due_, stop_by_});
  if (settled_in_ != Instant::min()) next = std::min(next, settled_in_);
  for (const auto& [id, membership] : memberships_) next = std::min(next, membership.next_deadline());
  for (const auto& [session, joining] : joinings_) next = std::min(next, joining.until);
  if (host_.down) return next;
  for (const Provision& provision : provisions_) next = std::min(next, provision.due);
  for (const auto& [mesh, ask] : asks_) next = std::min(next, ask.due);
  return next;
}

void Node::Impl::finish(Instant now) {
  for (auto& [id, membership] : memberships_) membership.settle(now);
  if (host_.routes_changed && !stopping_ && !host_.down) {
    host_.desired_changed |= now >= routes_next_;
    routes_due_ = now >= routes_next_ ? kNever : routes_next_;
  }
  if (std::exchange(host_.desired_changed, false)) update_desired(now);
  // What the choice of an interface changed is published in the same breath.
  for (auto& [id, membership] : memberships_) membership.settle(now);
  if (std::exchange(host_.members_changed, false) && !stopping_)
    members_due_ = std::min(members_due_, std::max(now + kMembersSoon, members_written_ + kMembersApart));
  const bool tunnels = observed() && !observed()->interfaces.empty() && !stopping_;
  const bool soon =
      std::ranges::any_of(memberships_, [&](const auto& each) { return each.second.awaits_handshake(now); });
  if (tunnels && (soon || devices_due_ == kNever))
    devices_due_ = std::min(devices_due_, now + (soon ? kHandshakeLooked : kDevicesLooked));
  if (stopping_ && !sessions_closed_ && (kernel_.settled() || now >= stop_by_)) {
    sessions_closed_ = true;
    for (auto& [id, membership] : memberships_) membership.close_all("this host goes offline");
  }
  publish_view(now);
  if (std::exchange(host_.state_changed, false)) {
    persist_state(now);
  } else {
    host_.outbox.commit();
  }
}

// ---- Views

std::vector<control::Problem> Node::Impl::problems() const {
  using Kind = control::ProblemKind;
  std::vector<control::Problem> out = kernel_.problems();
  if (observed() && (routing_.forwards() || observed()->forwarding))
    for (const std::string& obstacle : observed()->obstacles) out.push_back({Kind::firewall, obstacle});
  if (const auto choice = choose_backend(host_.config.backend, observed()); observed() && choice.problem)
    out.push_back({Kind::backend, choice.problem->message + "; " + choice.problem->hint});
  if (!storage_problem_.empty()) out.push_back({Kind::storage, "the state can't be saved: " + storage_problem_});
  for (const Provision& provision : provisions_)
    if (!provision.problem.empty()) out.push_back({Kind::joining, provision.problem});
  out.resize(std::min(out.size(), limits::kProblemsShown));
  return out;
}

std::shared_ptr<const control::Snapshot> Node::Impl::make_view(Instant now) {
  auto view = std::make_shared<control::Snapshot>();
  view->version = ++view_version_;
  view->generated = host_.wall(now);
  view->daemon.version = std::string(kVersion);
  view->daemon.started = host_.wall(started_);
  view->daemon.draining = routing_.draining();
  view->daemon.down = host_.down;
  view->daemon.log_level = log_level_;
  view->daemon.problems = problems();
  for (auto& [id, membership] : memberships_) view->meshes.push_back(membership.view(observed()));
  if (!host_.down) {
    view->routes = routing_.view();
    view->bridges = routing_.bridges();
  }
  for (const auto& [id, ask] : asks_) view->meshes.push_back(view_of(ask));
  for (const auto& [session, joining] : joinings_) {
    if (!joining.invite) continue;
    control::MeshView mesh;
    mesh.id = joining.mesh;
    mesh.name = joining.name;
    mesh.prefix = addr::mesh_prefix(mesh.id);
    mesh.state = control::MeshState::joining;
    mesh.self = crypto::signing_public_key(joining.key);
    mesh.state_detail = "dialling " + joining.targets.front().host;
    view->meshes.push_back(std::move(mesh));
  }
  return view;
}

void Node::Impl::publish_view(Instant now) {
  // A host that has not read all of its files yet would show members who left long ago as new.
  if (!host_.view_changed || loading()) return;
  if (!host_.view_urgent && viewed_ != Instant{} && now < viewed_ + kViewsApart) {
    view_due_ = viewed_ + kViewsApart;
    return;
  }
  host_.view_changed = host_.view_urgent = false;
  viewed_ = now;
  view_due_ = kNever;
  host_.outbox.push(Publish{make_view(now)});
}

// ---- The end

void Node::Impl::stop(Instant now) {
  if (stopping_) return;
  stopping_ = true;
  stop_by_ = now + kStopTime + config::hook_patience(host_.config);
  std::vector<SessionId> joining;
  for (const auto& [session, join] : joinings_) joining.push_back(session);
  for (const SessionId session : joining) end_join(session, fail(Code::unavailable, "smegd stops"), now);
  for (auto& [id, membership] : memberships_) membership.go_offline(now);
  persist_members(now);
  members_due_ = kNever;
  host_.desired_changed = host_.view_changed = true;
  finish(now);
}

bool Node::Impl::stopped() const { return stopping_ && sessions_closed_ && host_.outbox.empty(); }

}  // namespace smeg::node
