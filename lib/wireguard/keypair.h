// The keys of one session, and what its packets count.
#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "wireguard/path.h"
#include "wireguard/replay_window.h"
#include "wireguard/timing.h"

namespace smeg::wireguard {

struct SessionKeys {
  crypto::AeadKey sending;
  crypto::AeadKey receiving;
};

enum class Role { initiator, responder };

// One session (WireGuard paper, section 5.4.5). Made by the control thread, then shared with the workers: what is const
// is read by all, the counter is atomic for any number of egress workers, the replay window is guarded by a lock of a
// few instructions, so that several ingress workers may hold messages of one session (with one worker it is never
// contended). The keys are wiped with the last reference; a worker that waits for packets must not keep an old table,
// and so old keys, alive: the shell wakes it for each new one.
class Keypair {
 public:
  Keypair(PeerId peer, std::uint32_t local_index, std::uint32_t remote_index, Role role, const SessionKeys& keys,
          Instant created, const Timing& timing = {}, std::uint64_t first_counter = 0);
  Keypair(const Keypair&) = delete;
  Keypair& operator=(const Keypair&) = delete;

  PeerId peer() const { return peer_; }
  std::uint32_t local_index() const { return local_index_; }    // the peer writes it into what it sends
  std::uint32_t remote_index() const { return remote_index_; }  // we write it into what we send
  Role role() const { return role_; }
  Instant created() const { return created_; }
  const crypto::AeadKey& sending_key() const { return keys_.sending; }
  const crypto::AeadKey& receiving_key() const { return keys_.receiving; }

  // Any egress thread. The counter of the next message; nullopt where the session may send no more:
  // Timing::reject_after old, kRejectAfterMessages sent, or stopped.
  std::optional<std::uint64_t> take_counter(Instant now);
  bool can_send(Instant now) const;
  // Control thread: nothing is sent with it from now on (our private key changed).
  void stop_sending() { stopped_.store(true, std::memory_order_relaxed); }

  // Any ingress thread. Whether messages may still be opened with it.
  bool can_receive(Instant now) const { return now < reject_at_; }
  // For an authentic message: false where its counter was there already, or is too old.
  [[nodiscard]] bool accept(std::uint64_t counter);
  // Whether the peer is known to have the keys too: always for an initiator, after the first authentic message for a
  // responder, which can't send before (section 5.4.5). The ingress worker that accepts that message confirms, and from
  // then on we send with this session. It sends SessionConfirmed with every message until the control thread has
  // adopted the session as the current one.
  bool confirmed() const { return confirmed_.load(std::memory_order_acquire); }
  void confirm() { confirmed_.store(true, std::memory_order_release); }
  bool adopted() const { return adopted_.load(std::memory_order_relaxed); }
  void adopt() { adopted_.store(true, std::memory_order_relaxed); }

  // Whether a new session should take over: after Timing::rekey_after for an initiator, after kRekeyAfterMessages
  // for both.
  bool is_old(Instant now) const;
  // After a message was sent (section 6.2): true where the control thread should be asked for a new handshake; at most
  // once in Timing::rekey_timeout.
  bool rekey_after_send(Instant now);
  // The same after a message was received.
  bool rekey_after_receive(Instant now);

 private:
  bool claim_rekey_request(Instant now);

  const PeerId peer_;
  const std::uint32_t local_index_;
  const std::uint32_t remote_index_;
  const Role role_;
  const Instant created_;
  const Instant rekey_at_;
  const Instant last_minute_at_;
  const Instant reject_at_;
  const Duration rekey_timeout_;
  const SessionKeys keys_;

  std::atomic<bool> stopped_{false};
  std::atomic<bool> confirmed_;
  std::atomic<bool> adopted_;
  std::atomic<Instant::rep> rekey_requested_;
  alignas(64) std::atomic<std::uint64_t> send_counter_;
  alignas(64) std::atomic_flag window_lock_;
  ReplayWindow window_;
};

using KeypairPtr = std::shared_ptr<Keypair>;

}  // namespace smeg::wireguard
