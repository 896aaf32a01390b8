// A network of hosts with TLS sessions over TCP between them.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "node/node.h"
#include "sim/latency.h"
#include "sim/scheduler.h"
#include "sim/traffic.h"

namespace smeg::sim {

using HostIndex = StrongId<struct SimHostTag, std::uint32_t>;

// Where a host is.
struct Place {
  std::string name;  // what a resolver finds
  addr::IpAddress v6;
  addr::IpAddress v4;
  std::uint16_t control_port = 0;
  bool reachable = true;  // false: behind NAT, dials out only
};

// Job: carries sessions between nodes as TLS over TCP would, as seen from above: messages come whole and in order; a
// lost packet shows as a delay in which those behind it wait too, and after kAttempts as a session that is broken;
// never as one missing message. A host without power says nothing, one without the process resets what it does not
// know. Caller: World. Single-threaded.
//
// The model. A message travels as one; it is lost when any of its packets is. What is lost goes again
// - when something that was sent later was acknowledged (RFC 8985, without its window for reordering: paths here don't
//   reorder), or
// - when the stream's timer runs out: RFC 6298 with Linux' floor of 200 ms instead of a second, doubling each time;
// then the
//   first message that is not acknowledged goes.
// Acknowledgements are lost as packets are; a later one makes good for it. An acknowledgement is an event of its own
// only where something is missing, and a timer runs only where something was lost: elsewhere neither could be told from
// outside. Does not model bandwidth or congestion; bytes are counted as traffic.h says.
class Network {
 public:
  static constexpr unsigned kAttempts = 8;
  using Sink = std::function<void(HostIndex, node::SessionEvent)>;

  Network(Scheduler& scheduler, Rng& chance, PathQuality quality, Sink sink, std::uint64_t seed = 1)
      : scheduler_(scheduler),
        chance_(chance),
        quality_(quality),
        sink_(std::move(sink)),
        latencies_(seed),
        regions_(seed) {}

  HostIndex add(Place place);
  const Place& place(HostIndex host) const { return hosts_[host.value].place; }
  void move(HostIndex host, const addr::IpAddress& v6, const addr::IpAddress& v4);

  // A process is there and listens.
  void start(HostIndex host);
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
  // Connections of that host that have not come to their end on its side.
  std::size_t connections(HostIndex host) const { return hosts_[host.value].ends.size(); }
  // Whom they lead to.
  std::vector<HostIndex> connected_with(HostIndex host) const;
  bool has_connections(HostIndex host) const { return connections(host) > 0; }

  // Faults. A cut is of one direction.
  void set_quality(PathQuality quality) { quality_ = quality; }
  const PathQuality& quality() const { return quality_; }
  void cut(HostIndex from, HostIndex to) { cuts_.insert(pair_of(from, to)); }
  void mend(HostIndex from, HostIndex to) { cuts_.erase(pair_of(from, to)); }
  // Hosts reach those of their own group only; those that are in none are a group of their own.
  void partition(const std::vector<std::vector<HostIndex>>& groups);
  // Nothing gets from these hosts to any others; what others send arrives.
  void partition_one_way(const std::vector<HostIndex>& mute);
  void heal();
  // Whether packets pass at present, loss aside.
  bool passes(HostIndex from, HostIndex to) const;
  std::optional<HostIndex> owner(const addr::IpAddress& address) const;
  // The last host that had the address.
  std::optional<HostIndex> owner_ever(const addr::IpAddress& address) const;
  std::size_t sessions() const { return ends_; }
  // What a host sent and received since it was added, up to now.
  Traffic traffic(HostIndex host) const;

 private:
  enum class Side : std::uint8_t { dialler, acceptor };
  enum class Kind : std::uint8_t { opened, message, fin };
  struct Segment {
    Kind kind = Kind::message;
    bool arrived = false;
    bool lost = false;      // when it was sent last
    bool repeated = false;  // sent more than once: its round trip says nothing (Karn)
    Bytes data;             // until it is delivered
    std::uint32_t size = 0;
    Instant sent{};
  };
  // One direction of a connection.
  struct Stream {
    std::deque<Segment> segments;  // that are not both delivered and acknowledged
    std::uint64_t first = 0;       // the number of the first of them
    std::uint64_t delivered = 0;   // to the other side's node
    std::size_t missing = 0;       // segments that are lost
    Instant newest_arrival{};      // packets of a path don't overtake one another
    bool timer = false;            // a job will look at what is not acknowledged
    unsigned timeouts = 0;         // in a row
    Duration round_trip{};         // smoothed, and how much it varies (RFC 6298)
    Duration variation{};
  };
  struct End {
    HostIndex host;
    node::SessionId id;
    bool open = false;  // the node knows of it
    bool alive = true;  // the operating system does
    addr::Endpoint address;
    Stream out;
    DelayedAck ack;  // of what the other side sent
  };
  struct Connection {
    MeshId mesh;
    node::Protocol protocol = node::Protocol::member;
    ByteArray<32> exporter{};
    std::array<Bytes, 2> certificates;
    std::array<End, 2> ends;
  };
  struct Sent {  // a segment, and when
    Instant at;
    std::uint64_t number = 0;
  };
  // Names a connection for as long as one of its ends is alive.
  struct Handle {
    std::uint32_t slot = 0;
    std::uint32_t life = 0;
  };
  struct Slot {
    std::uint32_t life = 0;
    std::unique_ptr<Connection> connection;
  };
  struct EndOf {
    node::SessionId session;
    Handle handle;
    Side side = Side::dialler;
  };
  struct Attempt {  // of a dial
    HostIndex host;
    node::Dial dial;
    std::size_t pending = 0;  // targets without an answer
    bool done = false;
    std::string reason;
  };
  using AttemptPtr = std::shared_ptr<Attempt>;
  struct Identity {
    node::UseIdentity use;
    crypto::IdentityKey key;
    bool holds_key = false;  // TLS makes sure of it
  };
  struct Host {
    Place place;
    std::size_t region = 0;
    std::size_t group = 0;
    bool mute = false;
    bool powered = true;
    bool listening = false;  // a process is there
    std::uint64_t inbound = 0;
    std::uint16_t next_port = 40'000;
    std::map<MeshId, Identity> identities;
    std::vector<EndOf> ends;  // sorted by session
    std::vector<AttemptPtr> dials;
    Traffic traffic;
  };

  static std::uint64_t pair_of(HostIndex from, HostIndex to) { return std::uint64_t{from.value} << 32 | to.value; }
  static Side other(Side side) { return side == Side::dialler ? Side::acceptor : Side::dialler; }
  static End& end(Connection& connection, Side side) { return connection.ends[side == Side::dialler ? 0 : 1]; }
  static Duration timeout_of(const Stream& stream);
  static std::size_t wire_bytes(const Segment& segment);
  static void sample_round_trip(Stream& stream, Duration sample);

  Host& at(HostIndex host) { return hosts_[host.value]; }
  Duration latency(HostIndex from, HostIndex to);
  bool lost(std::size_t packets);
  bool packet(HostIndex from, HostIndex to, std::size_t packets) { return passes(from, to) && !lost(packets); }
  void tell(HostIndex host, node::SessionEvent event) { sink_(host, std::move(event)); }
  std::optional<HostIndex> resolve(const node::DialTarget& target, addr::IpAddress& address) const;
  void forget_places(HostIndex host);
  void note_places(HostIndex host);

  // network_dial.cc
  void syn(const AttemptPtr& attempt, std::size_t target, unsigned tries);
  void on_syn(const AttemptPtr& attempt, HostIndex to, const addr::Endpoint& at);
  void target_failed(const AttemptPtr& attempt, std::string reason);
  void dial_failed(const AttemptPtr& attempt, std::string reason);
  void end_dial(AttemptPtr attempt);
  void establish(const AttemptPtr& attempt, HostIndex to, const addr::Endpoint& at, Duration round_trip);
  void drop_ends(HostIndex host, bool tell_others);

  Connection* find(Handle handle) {
    Slot& slot = slots_[handle.slot];
    return slot.life == handle.life ? slot.connection.get() : nullptr;
  }
  EndOf* find_end(HostIndex host, node::SessionId session);
  Handle open_connection(std::unique_ptr<Connection> connection);
  void push(Handle handle, Side from, Kind kind, Bytes data);
  void transmit(Handle handle, Side from, std::uint64_t number);
  void lose(Handle handle, Side from, std::uint64_t number);
  void start_timer(Handle handle, Side from);
  void on_timer(Handle handle, Side from);
  void arrive(Handle handle, Side from, std::uint64_t number);
  void count_arrival(HostIndex from, End& receiver, const Segment& segment);
  void deliver_arrived(Handle handle, Side from);
  void on_answer(Handle handle, Side from, bool answered, Sent sent);
  void acknowledge(Handle handle, Side from, Sent sent);
  void deliver(Handle handle, Side to, Kind kind, Bytes data);
  void refuse_frame(Handle handle, Side by);
  void reset(Handle handle, Side to);
  void forget(Handle handle, Side side);

  Scheduler& scheduler_;
  Rng& chance_;
  PathQuality quality_;
  Sink sink_;
  Latencies latencies_;
  SeededRng regions_;
  std::vector<Host> hosts_;
  std::unordered_map<std::string, HostIndex> names_;
  std::map<addr::IpAddress, HostIndex> addresses_;       // at present
  std::map<addr::IpAddress, HostIndex> addresses_ever_;  // and before
  std::deque<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::size_t ends_ = 0;
  std::set<std::uint64_t> cuts_;
  bool partitioned_ = false;
  std::uint64_t connections_ = 0;
};

}  // namespace smeg::sim
