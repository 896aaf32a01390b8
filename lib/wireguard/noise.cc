#include "wireguard/noise.h"

namespace smeg::wireguard {
namespace {

constexpr std::string_view kConstruction = "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s";

tl::unexpected<Error> inauthentic() { return fail(Code::unauthenticated, "a handshake message does not fit its keys"); }

}  // namespace

NoiseState::NoiseState(std::string_view prologue, const crypto::WgPublicKey& responder) {
  const crypto::Blake2sHash name = crypto::blake2s({as_bytes(kConstruction)});
  chaining_key_ = crypto::Secret<32>(name);
  hash_ = crypto::blake2s({name, as_bytes(prologue)});
  mix_hash(responder.bytes);
}

void NoiseState::mix_hash(ByteView data) { hash_ = crypto::blake2s({hash_, data}); }

void NoiseState::mix_key(ByteView input) { chaining_key_ = crypto::blake2s_kdf1(chaining_key_.expose(), input)[0]; }

crypto::AeadKey NoiseState::mix_key_for_message(ByteView input) {
  const auto [chaining_key, key] = crypto::blake2s_kdf2(chaining_key_.expose(), input);
  chaining_key_ = chaining_key;
  return key;
}

crypto::AeadKey NoiseState::mix_preshared_key(const crypto::PresharedKey& preshared) {
  const auto [chaining_key, digest, key] = crypto::blake2s_kdf3(chaining_key_.expose(), preshared.expose());
  chaining_key_ = chaining_key;
  mix_hash(digest.expose());
  return key;
}

void NoiseState::seal(const crypto::AeadKey& key, ByteView plain, MutableByteView sealed) {
  crypto::aead_seal(key, 0, hash_, plain, sealed);
  mix_hash(sealed);
}

bool NoiseState::open(const crypto::AeadKey& key, ByteView sealed, MutableByteView plain) {
  if (!crypto::aead_open(key, 0, hash_, sealed, plain)) return false;
  mix_hash(sealed);
  return true;
}

std::array<crypto::AeadKey, 2> NoiseState::split() const { return crypto::blake2s_kdf2(chaining_key_.expose(), {}); }

Result<Initiator> Initiator::start(const Identity& self, const crypto::WgPublicKey& remote,
                                   const crypto::Secret<32>& static_static, const Timestamp& timestamp,
                                   std::uint32_t local_index, KeySource& secrets) {
  const crypto::WgPrivateKey ephemeral = crypto::generate_wg_key(secrets);
  Initiator out(ephemeral, NoiseState(kNoisePrologue, remote));
  Initiation& message = out.message_;
  message.sender = local_index;
  message.ephemeral = crypto::wg_public_key(ephemeral).bytes;
  out.state_.mix_key(message.ephemeral);
  out.state_.mix_hash(message.ephemeral);
  const auto shared = crypto::x25519(ephemeral, remote);
  if (!shared) return fail(shared.error());
  out.state_.seal(out.state_.mix_key_for_message(shared->expose()), self.public_key.bytes, message.sealed_static);
  out.state_.seal(out.state_.mix_key_for_message(static_static.expose()), timestamp.bytes, message.sealed_timestamp);
  return out;
}

Result<SessionKeys> Initiator::finish(const Response& response, const Identity& self,
                                      const crypto::PresharedKey& preshared) const {
  NoiseState state = state_;
  const crypto::WgPublicKey remote_ephemeral{response.ephemeral};
  state.mix_key(response.ephemeral);
  state.mix_hash(response.ephemeral);
  const auto ephemeral_shared = crypto::x25519(ephemeral_, remote_ephemeral);
  const auto static_shared = crypto::x25519(self.private_key, remote_ephemeral);
  if (!ephemeral_shared || !static_shared) return inauthentic();
  state.mix_key(ephemeral_shared->expose());
  state.mix_key(static_shared->expose());
  if (!state.open(state.mix_preshared_key(preshared), response.sealed_nothing, {})) return inauthentic();
  const auto [sending, receiving] = state.split();
  return SessionKeys{sending, receiving};
}

Responder::Responder(const NoiseState& state, const Initiation& message)
    : state_(state), remote_ephemeral_{message.ephemeral}, remote_index_(message.sender) {}

Result<Responder> Responder::open(const Initiation& message, const Identity& self) {
  Responder out(NoiseState(kNoisePrologue, self.public_key), message);
  out.state_.mix_key(message.ephemeral);
  out.state_.mix_hash(message.ephemeral);
  const auto shared = crypto::x25519(self.private_key, out.remote_ephemeral_);
  if (!shared) return fail(shared.error());
  const crypto::AeadKey key = out.state_.mix_key_for_message(shared->expose());
  if (!out.state_.open(key, message.sealed_static, out.remote_.bytes)) return inauthentic();
  return out;
}

Result<Timestamp> Responder::open_timestamp(const Initiation& message, const crypto::Secret<32>& static_static) {
  Timestamp timestamp;
  const crypto::AeadKey key = state_.mix_key_for_message(static_static.expose());
  if (!state_.open(key, message.sealed_timestamp, timestamp.bytes)) return inauthentic();
  return timestamp;
}

Result<Responder::Answer> Responder::respond(const crypto::PresharedKey& preshared, std::uint32_t local_index,
                                             KeySource& secrets) {
  const crypto::WgPrivateKey ephemeral = crypto::generate_wg_key(secrets);
  Answer answer;
  answer.message.sender = local_index;
  answer.message.receiver = remote_index_;
  answer.message.ephemeral = crypto::wg_public_key(ephemeral).bytes;
  state_.mix_key(answer.message.ephemeral);
  state_.mix_hash(answer.message.ephemeral);
  const auto ephemeral_shared = crypto::x25519(ephemeral, remote_ephemeral_);
  const auto static_shared = crypto::x25519(ephemeral, remote_);
  if (!ephemeral_shared || !static_shared) return inauthentic();
  state_.mix_key(ephemeral_shared->expose());
  state_.mix_key(static_shared->expose());
  state_.seal(state_.mix_preshared_key(preshared), {}, answer.message.sealed_nothing);
  const auto [receiving, sending] = state_.split();
  answer.keys = {sending, receiving};
  return answer;
}

}  // namespace smeg::wireguard
