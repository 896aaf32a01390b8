// The handshake Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s as WireGuard fills it in (WireGuard paper, sections 5.4.2 to
// 5.4.5; The Noise Protocol Framework, revision 34). Pure: who may speak, timestamps and indexes are the device's
// affair.
#pragma once

#include "wireguard/keypair.h"
#include "wireguard/message.h"
#include "wireguard/timestamp.h"

namespace smeg::wireguard {

// A device's static keys.
struct Identity {
  crypto::WgPrivateKey private_key;
  crypto::WgPublicKey public_key;

  static Identity from(const crypto::WgPrivateKey& key) { return {key, crypto::wg_public_key(key)}; }
};

// WireGuard's prologue.
inline constexpr std::string_view kNoisePrologue = "WireGuard v1 zx2c4 Jason@zx2c4.com";

// Chaining key and transcript hash, section 5 of the Noise specification.
class NoiseState {
 public:
  // After the protocol's name, the prologue and the responder's static key.
  NoiseState(std::string_view prologue, const crypto::WgPublicKey& responder);

  void mix_hash(ByteView data);
  // The chaining key moves on; the methods that return a key give the one for the next seal() or open().
  void mix_key(ByteView input);
  crypto::AeadKey mix_key_for_message(ByteView input);
  crypto::AeadKey mix_preshared_key(const crypto::PresharedKey& key);
  // Sealed with the hash as associated data, then mixed into it.
  void seal(const crypto::AeadKey& key, ByteView plain, MutableByteView sealed);
  [[nodiscard]] bool open(const crypto::AeadKey& key, ByteView sealed, MutableByteView plain);
  // The initiator's sending and receiving key, in this order.
  std::array<crypto::AeadKey, 2> split() const;

 private:
  crypto::Secret<32> chaining_key_;
  crypto::Blake2sHash hash_;
};

// The side that begins. Errors are all unauthenticated: a low-order key, or a response that doesn't fit.
class Initiator {
 public:
  // static_static: the shared secret of the two static keys.
  static Result<Initiator> start(const Identity& self, const crypto::WgPublicKey& remote,
                                 const crypto::Secret<32>& static_static, const Timestamp& timestamp,
                                 std::uint32_t local_index, KeySource& secrets);

  // Without mac1 and mac2.
  const Initiation& message() const { return message_; }
  std::uint32_t local_index() const { return message_.sender; }
  // Changes nothing, so that a forged response does no harm.
  Result<SessionKeys> finish(const Response& response, const Identity& self,
                             const crypto::PresharedKey& preshared) const;

 private:
  Initiator(const crypto::WgPrivateKey& ephemeral, const NoiseState& state) : ephemeral_(ephemeral), state_(state) {}

  crypto::WgPrivateKey ephemeral_;
  NoiseState state_;
  Initiation message_;
};

// The side that answers, in three steps, since the peer is known only after the first. Errors as above.
class Responder {
 public:
  static Result<Responder> open(const Initiation& message, const Identity& self);
  const crypto::WgPublicKey& remote() const { return remote_; }
  // Proves that the initiator holds the remote key.
  Result<Timestamp> open_timestamp(const Initiation& message, const crypto::Secret<32>& static_static);

  struct Answer {
    Response message;
    SessionKeys keys;
  };
  // After open_timestamp(), once.
  Result<Answer> respond(const crypto::PresharedKey& preshared, std::uint32_t local_index, KeySource& secrets);

 private:
  Responder(const NoiseState& state, const Initiation& message);

  NoiseState state_;
  crypto::WgPublicKey remote_;
  crypto::WgPublicKey remote_ephemeral_;
  std::uint32_t remote_index_;
};

}  // namespace smeg::wireguard
