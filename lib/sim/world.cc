#include "sim/world.h"

namespace smeg::sim {
namespace {

constexpr std::size_t kLogLines = 200;
constexpr unsigned kWakesAtOnce = 1'000;  // a timer that is due, and due, and due
constexpr Duration kDrain = std::chrono::seconds(1);
constexpr Duration kClockTold = std::chrono::seconds(10);

constexpr WallTime kEpoch{std::chrono::seconds(1'800'000'000)};

}  // namespace

void SeededKeySource::fill(MutableByteView out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(chance_.next());
}

World::World(std::uint64_t seed, const WorldOptions& options)
    : seed_(seed),
      options_(options),
      chance_(seed),
      network_(
          scheduler_, chance_, options.quality,
          [this](HostIndex host, node::SessionEvent event) { on_session(host, std::move(event)); }, seed) {}

World::~World() = default;

// ---- Hosts

// The next one is that of the host's secrets.
std::uint64_t World::jitter_seed(HostIndex host) const { return seed_ * 1'000'003 + host.value * 2; }

HostOptions World::options_for(HostOptions options) const {
  if (options.name.empty()) options.name = "h" + std::to_string(hosts_.size());
  return options;
}

Place World::place_for(const HostOptions& options) {
  const std::uint32_t number = ++places_;
  ByteArray<16> v6{0x20, 0x01, 0x0d, 0xb8};
  store_be(v6.data() + 12, number);
  ByteArray<4> v4{};
  store_be(v4.data(), std::uint32_t{0xc6120000} + number);  // 198.18.0.0/15, RFC 2544
  return {options.name, addr::IpAddress::v6(v6), addr::IpAddress::v4(v4), options.config.control_port,
          options.reachable};
}

HostIndex World::add_host(HostOptions options) {
  auto host = std::make_unique<Host>();
  host->options = options_for(std::move(options));
  host->wall_skew = host->options.wall_skew;
  const HostIndex index = network_.add(place_for(host->options));
  host->index = index;
  host->jitter = std::make_unique<SeededRng>(jitter_seed(index));
  host->secrets = std::make_unique<SeededKeySource>(jitter_seed(index) + 1);
  const auto persisted = [this, index](node::Ticket ticket, Result<void> result) {
    call(index, [ticket, result = std::move(result)](node::Node& node, Instant when) {
      if (result) {
        node.on_persisted(ticket, when);
      } else {
        node.on_persist_failed(ticket, result.error(), when);
      }
    });
  };
  host->disk = std::make_unique<Disk>(scheduler_, chance_, contents_, persisted);
  host->kernel = std::make_unique<Kernel>(scheduler_, chance_, [this, index](netstate::Event event) {
    trace(at(index), event);
    call(index, [event = std::move(event)](node::Node& node, Instant when) mutable {
      node.on_kernel(std::move(event), when);
    });
  });
  host->kernel->set_wireguard(index.value % 2 == 1);
  hosts_.push_back(std::move(host));
  return index;
}

void World::reseed(std::uint64_t seed) {
  seed_ = seed;
  chance_ = SeededRng(seed);
  for (const auto& host : hosts_) *host->jitter = SeededRng(jitter_seed(host->index));
}

std::vector<HostIndex> World::add_hosts(std::size_t count) {
  std::vector<HostIndex> out;
  for (std::size_t i = 0; i < count; ++i) {
    out.push_back(add_host());
    start(out.back());
  }
  return out;
}

HostIndex World::clone(HostIndex original) {
  HostOptions options = at(original).options;
  options.name += "-clone" + std::to_string(hosts_.size());
  const HostIndex copy = add_host(options);
  const node::LoadedFiles files = at(original).disk->files();
  at(copy).disk->put(node::File::state, files.state);
  at(copy).disk->put(node::File::members, files.members);
  return copy;
}

const std::string& World::name(HostIndex host) const { return at(host).options.name; }
bool World::is_up(HostIndex host) const { return at(host).node != nullptr; }
Disk& World::disk(HostIndex host) { return *at(host).disk; }
Kernel& World::kernel(HostIndex host) { return *at(host).kernel; }
const std::deque<std::string>& World::log(HostIndex host) const { return at(host).log; }

void World::start(HostIndex host) {
  if (const auto ok = try_start(host); !ok) complain(at(host), "did not start: " + ok.error().message);
}

Result<void> World::try_start(HostIndex index) {
  Host& host = at(index);
  if (host.node) return {};
  host.impostor = {};
  const crypto::Verdicts::Use use(verdicts_);
  auto node = node::Node::create(host.options.config, host.disk->files(), *host.jitter, *host.secrets, now(),
                                 wall(index), &pool_);
  if (!node) return fail(node.error());
  trace(host, "start");
  host.node = std::move(*node);
  network_.start(index);
  host.kernel->observe({});
  scheduler_.after({}, [this, index, life = host.life] {
    if (life != at(index).life) return;
    call(index, [this, index](node::Node& running, Instant when) { running.on_kernel(underlay(index), when); });
  });
  drain(host);
  return {};
}

netstate::UnderlaySeen World::underlay(HostIndex host) const {
  return {{network_.place(host).v6, network_.place(host).v4}};
}

void World::down(Host& host) {
  host.node.reset();
  host.impostor = {};
  ++host.life;
  host.due = host.alarm = kNever;
  host.wake_waits = false;
  host.busy_until = {};
  host.snapshot.reset();
  host.disk->crash();
}

void World::kill(HostIndex index) {
  Host& host = at(index);
  if (!host.node) return;
  trace(host, "kill");
  down(host);
  host.kernel->kill();
  network_.kill(index);
}

void World::take_over(HostIndex index, Impostor impostor) {
  kill(index);
  at(index).impostor = std::move(impostor);
  network_.start(index);
}

void World::cut_power(HostIndex index) {
  Host& host = at(index);
  trace(host, "cut-power");
  down(host);
  host.kernel->cut_power();
  network_.cut_power(index);
}

bool World::stop(HostIndex index, Duration limit) {
  Host& host = at(index);
  if (!host.node) return true;
  trace(host, "stop");
  call(index, [](node::Node& node, Instant when) { node.stop(when); });
  const bool ended = run_until([&] { return !host.node || host.node->stopped(); }, limit);
  // As the daemon does, which lets what it has sent arrive.
  run_until([&] { return !network_.has_connections(index); }, kDrain);
  kill(index);
  return ended;
}

WallTime World::wall(HostIndex host) const {
  if (at(host).wall_frozen) return *at(host).wall_frozen;
  return kEpoch + std::chrono::duration_cast<WallTime::duration>(now().time_since_epoch() + at(host).wall_skew);
}

void World::step_wall_clock(HostIndex host, Duration by) {
  at(host).wall_frozen.reset();
  at(host).wall_skew += by;
  call(host, [this, host](node::Node& node, Instant when) { node.set_wall_clock(wall(host), when); });
}

void World::freeze_wall_clock(HostIndex host) {
  if (!at(host).wall_frozen) at(host).wall_frozen = wall(host);
  tell_frozen_clock(host);
}

// As a daemon notices that its calendar and its monotonic clock drift apart.
void World::tell_frozen_clock(HostIndex host) {
  if (!at(host).wall_frozen) return;
  call(host, [this, host](node::Node& node, Instant when) { node.set_wall_clock(wall(host), when); });
  scheduler_.after(kClockTold, [this, host] { tell_frozen_clock(host); });
}

void World::freeze(HostIndex host, Duration duration) {
  at(host).busy_until = std::max(at(host).busy_until, now() + duration);
}

void World::renumber(HostIndex host) {
  const Place fresh = place_for(at(host).options);
  network_.move(host, fresh.v6, fresh.v4);
  call(host, [this, host](node::Node& node, Instant when) { node.on_kernel(underlay(host), when); });
}

void World::complain(const Host& host, std::string what) {
  complaints_.push_back(std::to_string(now().time_since_epoch().count()) + " " + host.options.name + ": " +
                        std::move(what));
}

// ---- Driving a node

void World::on_session(HostIndex index, node::SessionEvent event) {
  trace(at(index), event);
  if (at(index).impostor) return at(index).impostor(event);
  call(index,
       [event = std::move(event)](node::Node& node, Instant when) mutable { node.on_session(std::move(event), when); });
}

Instant World::place_in_line(Host& host) {
  const Pace& pace = host.options.pace;
  Instant from = std::max(now(), host.busy_until);
  if (pace.stall > Duration::zero()) {
    if (host.next_stall == kNever) host.next_stall = now() + chance_.jitter(2 * pace.stall_every);
    if (now() >= host.next_stall) {
      from += pace.stall;
      host.next_stall = from + chance_.jitter(2 * pace.stall_every);
    }
  }
  host.busy_until = from + chance_.jitter(pace.each);
  return host.busy_until;
}

struct World::Carry {
  World& world;
  Host& host;

  void operator()(node::UseIdentity& e) const { world.network_.use_identity(host.index, std::move(e)); }
  void operator()(node::ForgetIdentity& e) const { world.network_.forget_identity(host.index, e.mesh); }
  void operator()(node::Dial& e) const { world.network_.dial(host.index, std::move(e)); }
  void operator()(node::Send& e) const {
    if (e.message.empty() || e.message.size() > limits::kFrameBytes)
      world.complain(host, "a frame of no possible size");
    world.network_.send(host.index, std::move(e));
  }
  void operator()(node::Close& e) const { world.network_.close(host.index, e); }
  void operator()(node::Apply& e) const {
    world.learn_keys(host.index, e.plan);
    host.kernel->apply(std::move(e));
  }
  void operator()(node::Observe& e) const {
    world.refresh_tunnels(host);
    host.kernel->observe(e);
  }
  void operator()(node::Persist& e) const { host.disk->persist(std::move(e)); }
  void operator()(node::ReadToken& e) const {
    const auto file = host.files.find(e.path);
    Result<control::SecretText> token = fail(Code::not_found, "no file " + e.path);
    if (file != host.files.end()) token = control::SecretText(file->second);
    world.scheduler_.at(world.now(), [&w = world, index = host.index, life = host.life, mesh = e.mesh, token] {
      if (w.at(index).life != life) return;
      w.call(index, [mesh, token](node::Node& node, Instant when) { node.on_token(mesh, token, when); });
    });
  }
  void operator()(node::ReadConfiguration&) const {
    world.scheduler_.at(world.now(), [&w = world, index = host.index, life = host.life] {
      if (w.at(index).life != life) return;
      w.call(index, [config = w.at(index).options.config](node::Node& node, Instant when) {
        node.on_configuration(config, when);
      });
    });
  }
  void operator()(node::SetLogLevel&) const {}
  void operator()(node::RunHook& e) const {
    host.log.push_back("runs " + e.hook + " for " + e.interface.text());
    world.scheduler_.at(world.now(), [&w = world, index = host.index, life = host.life] {
      if (w.at(index).life != life) return;
      w.call(index, [](node::Node& node, Instant when) { node.on_hook_done(when); });
    });
  }
  void operator()(node::Reply& e) const { world.replies_.emplace(e.command, std::move(e.reply)); }
  void operator()(node::Publish& e) const {
    host.snapshot = std::move(e.snapshot);
    for (const Watcher& watcher : world.watchers_) watcher(host.index, *host.snapshot);
  }
  void operator()(node::Note& e) const {
    host.log.push_back(std::move(e.text));
    if (host.log.size() > kLogLines) host.log.pop_front();
  }
};

void World::drain(Host& host) {
  for (node::Effect& effect : host.node->take_effects()) {
    trace(host, effect);
    std::visit(Carry{*this, host}, effect);
  }
  schedule(host);
}

// Deadlines change with almost every call, mostly to a later time: one job waits for the earliest that was ever meant,
// and looks again.
void World::schedule(Host& host) {
  host.due = std::max(host.node->next_deadline(), now());
  if (host.due < host.alarm) set_alarm(host);
}

void World::set_alarm(Host& host) {
  host.alarm = host.due;
  scheduler_.at(host.alarm, [this, index = host.index, set = host.alarm, life = host.life] {
    Host& awake = at(index);
    if (life != awake.life || awake.alarm != set) return;
    awake.alarm = kNever;
    if (awake.due <= now()) {
      wake(awake);
    } else if (awake.due != kNever) {
      set_alarm(awake);
    }
  });
}

void World::wake(Host& host) {
  if (std::exchange(host.wake_waits, true)) return;
  host.wakes_now = host.last_wake == now() ? host.wakes_now + 1 : 0;
  host.last_wake = now();
  if (host.wakes_now == kWakesAtOnce) return complain(host, "a timer that spins");
  call(host.index, [&host](node::Node& node, Instant when) {
    host.wake_waits = false;
    node.on_deadline(when);
  });
}

// ---- Packets, as far as the control plane sees them

// Keys come into a kernel by plans alone.
void World::learn_keys(HostIndex host, const netstate::Plan& plan) {
  for (const netstate::Op& op : plan.ops)
    if (const auto* device = std::get_if<netstate::SetDevice>(&op))
      key_owners_[public_key_of(device->private_key)].insert(host);
}

std::vector<World::TunnelEnd> World::ends(const crypto::WgPublicKey& key) const {
  std::vector<TunnelEnd> out;
  const auto owners = key_owners_.find(key);
  if (owners == key_owners_.end()) return out;
  for (const HostIndex owner : owners->second)
    for (const auto& [name, interface] : at(owner).kernel->state().interfaces)
      if (interface.device && !interface.device->private_key.is_zero() &&
          public_key_of(interface.device->private_key) == key)
        out.push_back({owner, name});
  return out;
}

// A handshake comes about where both sides have each other as a peer and one knows where the other is.
void World::refresh_tunnels(Host& host) {
  for (auto& [name, interface] : host.kernel->mutable_state().interfaces) {
    if (!interface.ours || !interface.device || !interface.up) continue;
    for (auto& [key, peer] : interface.device->peers)
      for (const TunnelEnd& end : ends(key)) refresh_tunnel(host, *interface.device, peer, end);
  }
}

void World::refresh_tunnel(const Host& host, const netstate::ObservedDevice& device, netstate::ObservedPeer& peer,
                           const TunnelEnd& end) {
  if (end.host == host.index || !network_.passes(host.index, end.host) || !network_.passes(end.host, host.index))
    return;
  const auto& facing = at(end.host).kernel->state().interfaces.at(end.interface);
  if (!facing.ours || !facing.up) return;
  const auto back = facing.device->peers.find(public_key_of(device.private_key));
  if (back == facing.device->peers.end()) return;
  if (!tunnel_reaches(peer, end.host, *facing.device) && !tunnel_reaches(back->second, host.index, device)) return;
  peer.last_handshake = wall(host.index);
  peer.rx_bytes += 148;
  peer.tx_bytes += 92;
  if (!peer.endpoint) peer.endpoint = addr::Endpoint{network_.place(end.host).v6, facing.device->listen_port};
}

const crypto::WgPublicKey& World::public_key_of(const crypto::WgPrivateKey& key) const {
  const auto [at, fresh] = public_keys_.try_emplace(key.expose());
  if (fresh) at->second = crypto::wg_public_key(key);
  return at->second;
}

bool World::tunnel_reaches(const netstate::ObservedPeer& peer, HostIndex owner,
                           const netstate::ObservedDevice& device) const {
  return peer.endpoint && peer.endpoint->port == device.listen_port &&
         network_.owner(peer.endpoint->address) == owner && network_.place(owner).reachable;
}

// ---- Time

void World::run_for(Duration duration) { scheduler_.run_until(now() + duration); }

bool World::run_until(const std::function<bool()>& condition, Duration limit) {
  const Instant until = now() + limit;
  while (!condition()) {
    if (!scheduler_.run_next(until)) return condition();
  }
  return true;
}

// ---- Commands

control::CommandId World::post(HostIndex host, control::Command command) {
  const control::CommandId id{++commands_};
  trace(at(host), "command " + std::to_string(id.value) + " " + std::string(control::method(command)));
  call(host, [id, command = std::move(command)](node::Node& node, Instant when) mutable {
    node.on_command(id, std::move(command), when);
  });
  return id;
}

std::optional<Result<control::Reply>> World::reply(control::CommandId id) const {
  const auto at = replies_.find(id);
  if (at == replies_.end()) return std::nullopt;
  return at->second;
}

Result<control::Reply> World::command(HostIndex host, control::Command command, Duration limit) {
  const control::CommandId id = post(host, std::move(command));
  run_until([&] { return replies_.contains(id) || !is_up(host); }, limit);
  const auto answer = reply(id);
  if (!answer) return fail(Code::unavailable, "no reply");
  return *answer;
}

Result<MeshId> World::create_mesh(HostIndex host, const std::string& mesh_name) {
  const auto answer = command(host, control::MeshCreate{mesh_name, {}});
  if (!answer) return fail(answer.error());
  return std::get<control::MeshEntered>(*answer).id;
}

Result<std::string> World::invite(HostIndex host, std::uint32_t uses) {
  control::InviteCreate wanted;
  wanted.uses = uses;
  const auto answer = command(host, wanted);
  if (!answer) return fail(answer.error());
  return std::string(std::get<control::InviteCreated>(*answer).token.expose());
}

Result<MeshId> World::join(HostIndex host, const std::string& token) {
  control::MeshJoin wanted;
  wanted.token = control::SecretText(token);
  const auto answer = command(host, wanted);
  if (!answer) return fail(answer.error());
  return std::get<control::MeshEntered>(*answer).id;
}

// ---- Looking

std::shared_ptr<const control::Snapshot> World::snapshot(HostIndex host) const { return at(host).snapshot; }

const control::MeshView* World::view(HostIndex host, const MeshId& mesh) const {
  const auto& shown = at(host).snapshot;
  if (!shown) return nullptr;
  for (const control::MeshView& one : shown->meshes) {
    if (one.id == mesh) return &one;
  }
  return nullptr;
}

}  // namespace smeg::sim
