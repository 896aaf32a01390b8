// Hosts with real nodes in one virtual world.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "node/node.h"
#include "sim/describe.h"
#include "sim/disk.h"
#include "sim/kernel.h"
#include "sim/network.h"
#include "sim/scheduler.h"
#include "sim/trace.h"

namespace smeg::sim {

// Keys from a seed. Nobody may ever use them outside of a simulation.
class SeededKeySource final : public KeySource {
 public:
  explicit SeededKeySource(std::uint64_t seed) : chance_(seed) {}
  void fill(MutableByteView out) override;

 private:
  SeededRng chance_;
};

// How fast a host comes to what happens: events wait in line, in order.
struct Pace {
  Duration each{};         // for each event, at most; evenly distributed. Zero: at once
  Duration stall{};        // now and then nothing is done for so long
  Duration stall_every{};  // from the end of one stall to the next, on average

  bool prompt() const { return each == Duration::zero() && stall == Duration::zero(); }
};

struct HostOptions {
  std::string name;       // empty: "h" and its number
  bool reachable = true;  // false: dials out only
  Duration wall_skew{};   // its calendar's error
  Pace pace = {};
  config::Config config = {};
};

struct WorldOptions {
  PathQuality quality = {};
  bool trace = true;  // costs a hash for each event: large runs do without
};

// Job: runs nodes as their daemons would: carries out effects, tells what came of them, keeps deadlines. Starts, kills,
// cuts, clones and meddles as the test says. Single-threaded; everything follows from the seed.
// Fails by complaints(): what a node must never do, whatever happens around it.
class World {
 public:
  explicit World(std::uint64_t seed, PathQuality quality = {}) : World(seed, WorldOptions{quality, true}) {}
  World(std::uint64_t seed, const WorldOptions& options);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // ---- Hosts
  // Every other host, from the second on, has WireGuard in its kernel.
  HostIndex add_host(HostOptions options = {});
  // What its configuration file holds from now on: read at a start, and when it is told to (daemon.reload).
  config::Config& configuration(HostIndex host) { return at(host).options.config; }
  std::vector<HostIndex> add_hosts(std::size_t count);
  // A host with a copy of another's disk, somewhere else; it is not started.
  HostIndex clone(HostIndex original);
  std::size_t size() const { return hosts_.size(); }
  const std::string& name(HostIndex host) const;
  bool is_up(HostIndex host) const;
  // A file of the operator's on that host, such as a token.
  void put_file(HostIndex host, const std::string& path, std::string text) { at(host).files[path] = std::move(text); }

  // The boot id that the host will draw at its first start.
  ByteArray<16> next_boot(HostIndex host) const { return SeededKeySource(*at(host).secrets).bytes<16>(); }
  void start(HostIndex host);
  // Fails with what Node::create says of the files.
  Result<void> try_start(HostIndex host);
  void kill(HostIndex host);       // kill -9: interfaces and engines stay
  void cut_power(HostIndex host);  // nothing stays but the disk
  // SIGTERM; true where the node came to its end within the limit.
  bool stop(HostIndex host, Duration limit = std::chrono::seconds(10));
  void step_wall_clock(HostIndex host, Duration by);
  // The calendar stands still from now on, until it is stepped.
  void freeze_wall_clock(HostIndex host);
  void set_pace(HostIndex host, Pace pace) { at(host).options.pace = pace; }
  // SIGSTOP, and SIGCONT after that time: the operating system goes on, what happens waits in line.
  void freeze(HostIndex host, Duration duration);
  // The host has other addresses from now on, and its daemon hears of it.
  void renumber(HostIndex host);

  // Somebody else sits there in the place of the daemon: its sessions tell him what happens, and what he does he does
  // through network(). Until the host is started or cut off.
  using Impostor = std::function<void(const node::SessionEvent&)>;
  void take_over(HostIndex host, Impostor impostor);

  Network& network() { return network_; }
  const Network& network() const { return network_; }
  Disk& disk(HostIndex host);
  Kernel& kernel(HostIndex host);
  const Kernel& kernel(HostIndex host) const { return *at(host).kernel; }
  SeededRng& chance() { return chance_; }
  // From now on all chance follows from another seed: that of the network, disks and kernels, and that of each node.
  // Who the hosts are, where, and their keys stay.
  void reseed(std::uint64_t seed);

  // ---- Time
  Instant now() const { return scheduler_.now(); }
  WallTime wall(HostIndex host) const;
  void after(Duration delay, Job job) { scheduler_.after(delay, std::move(job)); }
  void run_for(Duration duration);
  // Runs until the condition holds, looked at after every job; false where it does not within the limit.
  bool run_until(const std::function<bool()>& condition, Duration limit);

  // ---- Commands
  control::CommandId post(HostIndex host, control::Command command);
  // The reply, once it is there. A host that goes down drops what it has not answered.
  std::optional<Result<control::Reply>> reply(control::CommandId id) const;
  // Posts, and runs until the reply is there.
  Result<control::Reply> command(HostIndex host, control::Command command, Duration limit = std::chrono::seconds(30));
  Result<MeshId> create_mesh(HostIndex host, const std::string& name);
  Result<std::string> invite(HostIndex host, std::uint32_t uses = 1);
  Result<MeshId> join(HostIndex host, const std::string& token);

  // ---- Looking
  // The newest snapshot of this start; null before the first, and while the host is down.
  std::shared_ptr<const control::Snapshot> snapshot(HostIndex host) const;
  const control::MeshView* view(HostIndex host, const MeshId& mesh) const;
  // The lines that a host's daemon logged, the last few of them.
  const std::deque<std::string>& log(HostIndex host) const;
  const Trace& trace() const { return trace_; }
  const std::vector<std::string>& complaints() const { return complaints_; }
  // The tunnels that have a key, by what their operating systems hold: more than one only where a disk was copied.
  struct TunnelEnd {
    HostIndex host;
    netstate::InterfaceName interface;
  };
  std::vector<TunnelEnd> ends(const crypto::WgPublicKey& key) const;
  // Computed once: tunnels are looked at so often that it would cost more than all else.
  const crypto::WgPublicKey& public_key_of(const crypto::WgPrivateKey& key) const;
  // Every published view of every host, as it comes. For checkers.
  using Watcher = std::function<void(HostIndex, const control::Snapshot&)>;
  void watch(Watcher watcher) { watchers_.push_back(std::move(watcher)); }

 private:
  struct Host {
    HostOptions options;
    HostIndex index;
    std::unique_ptr<SeededRng> jitter;
    std::unique_ptr<SeededKeySource> secrets;
    std::unique_ptr<Disk> disk;
    std::unique_ptr<Kernel> kernel;
    std::unique_ptr<node::Node> node;
    Impostor impostor;
    std::uint64_t life = 0;
    Duration wall_skew{};
    std::optional<WallTime> wall_frozen;
    Instant due = kNever;     // the node's deadline
    Instant alarm = kNever;   // when a job looks at it: at that time or before
    bool wake_waits = false;  // on_deadline is in line
    Instant busy_until{};     // what is in line is done by then
    Instant next_stall = kNever;
    unsigned wakes_now = 0;  // deadlines at one instant
    Instant last_wake{};
    std::shared_ptr<const control::Snapshot> snapshot;
    std::deque<std::string> log;
    std::map<std::string, std::string> files;  // that the operator put there, by path
  };
  struct Carry;  // carries out effects

  Host& at(HostIndex host) { return *hosts_[host.value]; }
  const Host& at(HostIndex host) const { return *hosts_[host.value]; }
  std::uint64_t jitter_seed(HostIndex host) const;
  HostOptions options_for(HostOptions options) const;
  Place place_for(const HostOptions& options);
  netstate::UnderlaySeen underlay(HostIndex host) const;
  // Calls the node, if it is there, and carries out what follows: now, or when a slow host comes to it.
  template <class What>
  void call(HostIndex index, What what) {
    Host& host = at(index);
    if (!host.node) return;
    if (host.options.pace.prompt() && now() > host.busy_until) {
      run(host, what);
      return;
    }
    scheduler_.at(place_in_line(host), [this, index, life = host.life, what = std::move(what)]() mutable {
      Host& later = at(index);
      if (later.life != life || !later.node) return;
      run(later, what);
    });
  }
  template <class What>
  void run(Host& host, What& what) {
    const crypto::Verdicts::Use use(verdicts_);
    what(*host.node, now());
    drain(host);
  }
  Instant place_in_line(Host& host);
  void on_session(HostIndex index, node::SessionEvent event);
  void drain(Host& host);
  void schedule(Host& host);
  void set_alarm(Host& host);
  void wake(Host& host);
  void down(Host& host);
  void tell_frozen_clock(HostIndex host);
  void refresh_tunnels(Host& host);
  void refresh_tunnel(const Host& host, const netstate::ObservedDevice& device, netstate::ObservedPeer& peer,
                      const TunnelEnd& end);
  bool tunnel_reaches(const netstate::ObservedPeer& peer, HostIndex owner,
                      const netstate::ObservedDevice& device) const;
  void learn_keys(HostIndex host, const netstate::Plan& plan);
  void complain(const Host& host, std::string what);
  template <class Event>
  void trace(const Host& host, const Event& event) {
    if (!options_.trace) return;
    if constexpr (std::is_convertible_v<const Event&, std::string_view>) {
      trace_.add(now(), host.options.name, event);
    } else {
      trace_.add(now(), host.options.name, describe(event));
    }
  }

  std::uint64_t seed_;
  WorldOptions options_;
  Scheduler scheduler_;
  SharedContents contents_;
  SeededRng chance_;
  Trace trace_;
  Network network_;
  crypto::Verdicts verdicts_;  // all nodes check the same signatures,
  node::Pool pool_;            // and hold much that is the same
  std::vector<std::unique_ptr<Host>> hosts_;
  std::map<control::CommandId, Result<control::Reply>> replies_;
  std::uint64_t commands_ = 0;
  std::uint32_t places_ = 0;
  std::vector<Watcher> watchers_;
  std::vector<std::string> complaints_;
  mutable std::map<ByteArray<32>, crypto::WgPublicKey> public_keys_;
  std::map<crypto::WgPublicKey, std::set<HostIndex>> key_owners_;  // that ever had a tunnel with it
};

}  // namespace smeg::sim
