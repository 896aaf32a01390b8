// The inside of Device, spread over device_*.cc by subject.
#pragma once

#include "wireguard/device.h"
#include "wireguard/forwarding_builder.h"
#include "wireguard/peer_table.h"
#include "wireguard/rate_limiter.h"

namespace smeg::wireguard {

class Device::Impl {
 public:
  Impl(KeySource& secrets, Rng& jitter, const Timing& timing)
      : timing_(timing), peers_(timing), secrets_(secrets), jitter_(jitter) {}

  // device_config.cc
  Result<> configure(const DeviceConfig& config, Instant now);
  DeviceStatus status();

  // device_handshake.cc
  void on_handshake_message(const HandshakeMessage& message, std::size_t waiting, Instant now);

  // device_traffic.cc
  void on_worker_event(const WorkerEvent& event, Instant now);
  void on_source_refused(const Path& path);
  void on_interface_down();
  void on_interface_up(Instant now);
  void on_deadline(Instant now);

  // device.cc
  std::vector<Effect> take_effects();

  const Timing timing_;
  TimestampSource calendar_;
  unsigned mtu_ = kDefaultMtu;
  std::uint16_t listen_port_ = 0;
  DeviceCounters counters_;
  PeerTable peers_;
  ForwardingBuilder forwarding_;

 private:
  // device_config.cc
  Result<> check_limits(const DeviceConfig& config);
  void set_identity(const crypto::WgPrivateKey& key);
  void configure_peer(const PeerConfig& config, Instant now);
  void configure_allowed_ips(Peer& peer, const PeerConfig& config);
  void configure_accepted_ips(Peer& peer, const PeerConfig& config);
  void configure_keepalive(Peer& peer, std::chrono::seconds interval, Instant now);
  void remove_peer(Peer& peer);

  // device_handshake.cc
  enum class Verdict { take, reply_with_cookie, drop };
  Verdict check_macs(const HandshakeMessage& message, Instant now);
  void reply_with_cookie(const HandshakeMessage& message, Instant now);
  struct OpenedInitiation {
    Peer& peer;
    Responder responder;
  };
  // nullopt where it isn't authentic, or a repeat.
  std::optional<OpenedInitiation> open_initiation(const Initiation& initiation, Instant now);
  void on_initiation(const HandshakeMessage& message, Instant now);
  // Whether the peer's initiation and one of ours are on their way at the same time, and ours is the one that counts.
  bool crosses_ours(const Peer& peer, const Path& from, Instant now) const;
  void on_response(const HandshakeMessage& message, Instant now);
  void on_cookie_reply(const HandshakeMessage& message, Instant now);
  void respond(Peer& peer, Responder& responder, const Path& to, Instant now);
  // Begins a handshake, or goes on with one. Nothing happens where the keys or the endpoint are missing.
  void initiate(Peer& peer, Instant now);
  void send_initiation(Peer& peer, Instant now);
  void want_session(Peer& peer, Instant now);
  void forget_handshake(Peer& peer);
  void on_session_established(Peer& peer, Instant now);
  const crypto::Secret<32>* static_static(Peer& peer);
  std::uint32_t draw_index();
  Peer* peer_of_index(std::uint32_t local_index);

  // device_traffic.cc
  void on_event(const PacketWaits& event, Instant now);
  void on_event(const RekeyWanted& event, Instant now);
  void on_event(const SessionConfirmed& event, Instant now);
  void on_event(const TimersWanted& event, Instant now);
  void on_timer(Peer& peer, TimerEvent event, Instant now);
  void send_keepalive(Peer& peer, Instant now);
  void send_staged(Peer& peer, Instant now);
  bool send_packet(Peer& peer, ByteView packet, Instant now);
  void end_sessions(Peer& peer);
  Duration draw_jitter() { return jitter_.jitter(timing_.rekey_timeout_jitter); }

  KeySource& secrets_;
  Rng& jitter_;
  std::uint32_t fwmark_ = 0;
  std::size_t accepted_ips_ = 0;  // of all peers
  std::optional<Identity> identity_;
  std::optional<CookieChecker> cookies_;
  RateLimiter limiter_;
  Instant under_load_until_ = Instant::min();
  std::unordered_map<std::uint32_t, PeerId> handshakes_;  // initiations of ours without an answer, by local index
  ForwardingTablePtr published_ = forwarding_.table();
  std::vector<SendDatagram> datagrams_;
};

}  // namespace smeg::wireguard
