// A network of hosts with TLS sessions over TCP between them.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "node/node.h"
#include "sim/scheduler.h"

namespace smeg::sim {

using HostIndex = StrongId<struct SimHostTag, std::uint32_t>;

// Of every path, in each direction.
struct PathQuality {
  Duration latency_min = std::chrono::milliseconds(1);
  Duration latency_max = std::chrono::milliseconds(20);
  double loss = 0;  // of a packet of 1,400 bytes; 0 to below 1
};

// Where a host is.
struct Place {
  std::string name;  // what a resolver finds
  addr::IpAddress v6;
  addr::IpAddress v4;
  std::uint16_t control_port = 0;
  bool reachable = true;  // false: behind NAT, dials out only
};

// Job: carries sessions between nodes as TLS over TCP would, as seen from above: messages come whole and in order, a
// lost packet shows as a delay of 200 ms, doubling, in which those behind it wait too (RFC 6298, with Linux' floor of
// 200 ms instead of a second), and after kAttempts as a session that is broken; never as one missing message. A host
// without power says nothing, one without the process resets what it does not know. Caller: World. Single-threaded.
// Does not model bandwidth.
class Network {
 public:
  static constexpr unsigned kAttempts = 8;
  using Sink = std::function<void(HostIndex, node::SessionEvent)>;

  Network(Scheduler& scheduler, Rng& chance, PathQuality quality, Sink sink)
      : scheduler_(scheduler), chance_(chance), quality_(quality), sink_(std::move(sink)) {}

  HostIndex add(Place place);
  const Place& place(HostIndex host) const { return hosts_[host.value].place; }
  void move(HostIndex host, const addr::IpAddress& v6, const addr::IpAddress& v4);

  // A process is there and listens.
  void start(HostIndex host, Duration dial_timeout);
  // The process is gone; the operating system resets its sessions.
  void kill(HostIndex host);
  // The host is gone without a word.
  void cut_power(HostIndex host);

  // A node's effects.
  void use_identity(HostIndex host, node::UseIdentity identity);
  void forget_identity(HostIndex host, const MeshId& mesh);
  void dial(HostIndex host, node::Dial dial);
  void send(HostIndex host, node::Send send);
  void close(HostIndex host, const node::Close& close);
  // Whether a connection of that host has not come to its end on both sides.
  bool has_connections(HostIndex host) const;

  // Faults. A cut is of one direction.
  void set_quality(PathQuality quality) { quality_ = quality; }
  void cut(HostIndex from, HostIndex to) { cuts_.insert({from, to}); }
  void mend(HostIndex from, HostIndex to) { cuts_.erase({from, to}); }
  // Hosts reach those of their own group only; those that are in none are a group of their own.
  void partition(const std::vector<std::vector<HostIndex>>& groups);
  void heal();
  // Whether packets pass at present, loss aside.
  bool passes(HostIndex from, HostIndex to) const;
  std::optional<HostIndex> owner(const addr::IpAddress& address) const;
  std::size_t sessions() const { return ends_.size(); }

 private:
  enum class Side { dialler, acceptor };
  enum class Kind { opened, message, fin };
  struct Segment {
    Kind kind = Kind::message;
    Bytes data;
    bool acked = false;
  };
  // One direction of a connection.
  struct Stream {
    std::uint64_t next = 0;                     // to send
    std::uint64_t delivered = 0;                // to the other side's node
    std::map<std::uint64_t, Segment> segments;  // sent, and not both delivered and acknowledged
    std::set<std::uint64_t> arrived;            // and not yet delivered
  };
  struct End {
    HostIndex host;
    node::SessionId id;
    bool open = false;  // the node knows of it
    bool alive = true;  // the operating system does
    addr::Endpoint address;
    Stream out;
  };
  struct Connection {
    MeshId mesh;
    node::Protocol protocol = node::Protocol::member;
    ByteArray<32> exporter{};
    std::array<Bytes, 2> certificates;
    std::array<End, 2> ends;
  };
  using ConnectionPtr = std::shared_ptr<Connection>;
  struct Attempt {  // of a dial
    HostIndex host;
    node::Dial dial;
    std::size_t pending = 0;  // targets without an answer
    bool done = false;
    std::string reason;
  };
  using AttemptPtr = std::shared_ptr<Attempt>;
  struct Host {
    Place place;
    bool powered = true;
    bool listening = false;  // a process is there
    Duration dial_timeout{};
    std::uint64_t inbound = 0;
    std::uint16_t next_port = 40'000;
    std::map<MeshId, node::UseIdentity> identities;
  };
  using EndKey = std::pair<HostIndex, node::SessionId>;

  Duration latency();
  bool lost(std::size_t bytes);
  bool packet(HostIndex from, HostIndex to, std::size_t bytes) { return passes(from, to) && !lost(bytes); }
  Host& at(HostIndex host) { return hosts_[host.value]; }
  void tell(HostIndex host, node::SessionEvent event) { sink_(host, std::move(event)); }

  std::optional<HostIndex> resolve(const node::DialTarget& target, addr::IpAddress& address) const;
  void syn(AttemptPtr attempt, std::size_t target, unsigned tries);
  void on_syn(AttemptPtr attempt, HostIndex to, addr::Endpoint at);
  void target_failed(const AttemptPtr& attempt, std::string reason);
  void dial_failed(const AttemptPtr& attempt, std::string reason);
  void establish(const AttemptPtr& attempt, HostIndex to, const addr::Endpoint& at);

  void push(const ConnectionPtr& connection, Side from, Segment segment);
  void transmit(ConnectionPtr connection, Side from, std::uint64_t number, unsigned tries);
  void arrive(const ConnectionPtr& connection, Side from, std::uint64_t number);
  void acknowledge(const ConnectionPtr& connection, Side from, std::uint64_t number);
  void deliver(const ConnectionPtr& connection, Side to, const Segment& segment);
  void reset(const ConnectionPtr& connection, Side to);
  void forget(Connection& connection, Side side);
  void drop_ends(HostIndex host, bool tell_others);
  static Side other(Side side) { return side == Side::dialler ? Side::acceptor : Side::dialler; }
  static End& end(Connection& connection, Side side) { return connection.ends[side == Side::dialler ? 0 : 1]; }

  Scheduler& scheduler_;
  Rng& chance_;
  PathQuality quality_;
  Sink sink_;
  std::vector<Host> hosts_;
  std::map<EndKey, std::pair<ConnectionPtr, Side>> ends_;
  std::map<EndKey, AttemptPtr> dials_;
  std::set<std::pair<HostIndex, HostIndex>> cuts_;
  std::map<HostIndex, std::size_t> groups_;
  std::uint64_t connections_ = 0;
};

}  // namespace smeg::sim
