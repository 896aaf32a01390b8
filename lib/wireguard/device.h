// One WireGuard interface without its sockets: peers, handshakes, timers, cookies, allowed-ips.
#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "wireguard/config.h"
#include "wireguard/events.h"
#include "wireguard/forwarding.h"
#include "wireguard/timing.h"

namespace smeg::wireguard {

// The shell sends the datagram from the device's one socket.
struct SendDatagram {
  Path to;
  Bytes bytes;
  std::uint8_t traffic_class = 0;  // for IP_TOS or IPV6_TCLASS
  bool to_stranger = false;        // anybody may bring about any number of them: nothing is to be spent on their way
};
// The shell hands the table to all workers, and wakes those that wait, before it carries out any later effect: an
// answer to what is sent next may need it.
struct PublishTable {
  ForwardingTablePtr table;
};
using Effect = std::variant<PublishTable, SendDatagram>;

// Why handshake messages were dropped, and what else an operator may want to count. Since the device was made.
struct DeviceCounters {
  std::uint64_t initiations_sent = 0;
  std::uint64_t responses_sent = 0;
  std::uint64_t cookie_replies_sent = 0;
  std::uint64_t sessions = 0;        // established, in either role
  std::uint64_t malformed = 0;       // no message of the protocol
  std::uint64_t bad_mac = 0;         // mac1 doesn't fit: not meant for us
  std::uint64_t without_cookie = 0;  // under load, answered with a cookie
  std::uint64_t rate_limited = 0;    // under load, the source asks too often
  std::uint64_t bad_handshake = 0;   // inauthentic, an unknown peer, a repeat, a low-order key
  std::uint64_t given_up = 0;        // handshakes that nobody answered
  std::uint64_t staged_dropped = 0;  // packets that waited for a session in vain
};

// The control side of a device. Caller: the control thread of the engine (or a test), and no other. Time, secrets and
// jitter come in; what is to be done comes out of take_effects(), which is to be called after each on_*() and
// configure(). Packets with an established session don't come through here: datapath moves them by the table in
// PublishTable. Inauthentic input changes nothing, is counted, and is answered with nothing, save for a cookie under
// load, which is smaller than the question.
class Device {
 public:
  // Secrets and jitter must outlive the device.
  Device(KeySource& secrets, Rng& jitter, const Timing& timing = {});
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  // The calendar, for the timestamps in handshakes (which never go back while the device lives, whatever the calendar
  // does) and for the times in status(). To be told before the first handshake, and whenever the clock was set.
  void set_wall_clock(WallTime wall, Instant now);
  // The interface's MTU in bytes, which padding doesn't go over; kDefaultMtu at first.
  void set_mtu(unsigned mtu);
  // The port that the socket is bound to, for status().
  void set_listen_port(std::uint16_t port);

  // Carries out a `set`, whole or not at all. listen_port and fwmark are only noted for status(): binding and marking
  // the socket is the shell's work, before this call, so that it can answer with the error.
  // Errors: too_large (over kWireguardPeers or kAllowedIps).
  Result<> configure(const DeviceConfig& config, Instant now);
  DeviceStatus status() const;
  DeviceCounters counters() const;

  // A handshake message from an ingress worker. waiting: how many more of them the shell holds in its queue; from
  // kHandshakeBacklog on the device is under load and answers with cookies (section 5.3).
  void on_handshake_message(const HandshakeMessage& message, std::size_t waiting, Instant now);
  void on_worker_event(const WorkerEvent& event, Instant now);
  // The system refused to send to the peer from its sticky source (EINVAL, ENETUNREACH, EADDRNOTAVAIL): the source is
  // forgotten, if it still is that one.
  void on_source_refused(const Path& path, Instant now);
  // All sessions end and all keys but the static ones are wiped, as after an interface went down.
  void on_interface_down(Instant now);
  // The interface came up again: peers with a persistent keepalive, or with packets that wait, hear from us at once.
  void on_interface_up(Instant now);

  // When on_deadline() is to be called next; kNever where nothing is due. Earlier calls do no harm.
  Instant next_deadline() const;
  void on_deadline(Instant now);
  std::vector<Effect> take_effects();
  // The newest table, the same that the last PublishTable carried or will carry.
  ForwardingTablePtr table() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace smeg::wireguard
