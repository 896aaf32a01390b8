// mac1, mac2 and cookies: what keeps strangers and floods off the handshake (WireGuard paper, sections 5.3, 5.4.4 and
// 5.4.7).
#pragma once

#include <optional>

#include "addr/addr.h"
#include "crypto/crypto.h"
#include "wireguard/message.h"

namespace smeg::wireguard {

using Mac = ByteArray<16>;
using Cookie = crypto::Secret<16>;

// A device's side: checks the macs of what comes in, and makes cookies under load. Single-threaded, never fails.
class CookieChecker {
 public:
  CookieChecker(const crypto::WgPublicKey& self, KeySource& secrets);

  // Of an initiation or response (it has the right length): whether it was made by somebody who knows our public key.
  bool mac1_fits(ByteView message) const;
  // Whether its sender has a fresh cookie of ours, that is, receives what is sent to that address and port.
  bool mac2_fits(ByteView message, const addr::Endpoint& from, Instant now);
  // The answer to a message without one; receiver: the index of its sender.
  CookieReply make_reply(ByteView message, std::uint32_t receiver, const addr::Endpoint& from, Instant now);

 private:
  Cookie cookie_for(const addr::Endpoint& from, Instant now);

  KeySource& secrets_;
  crypto::Blake2sHash mac1_key_;
  crypto::AeadKey cookie_key_;
  crypto::Secret<32> secret_;  // drawn anew after kCookieSecretLifetime
  std::optional<Instant> secret_drawn_;
};

// The side that sends to one peer: stamps messages, and keeps the last cookie the peer gave us.
class CookieJar {
 public:
  explicit CookieJar(const crypto::WgPublicKey& remote);

  // Writes mac1 into an initiation or response, and mac2 where there is a fresh cookie; zero otherwise.
  void stamp(MutableByteView message, Instant now);
  // A cookie for the last message stamped; false where it isn't authentic. Each message gets one at most.
  [[nodiscard]] bool accept(const CookieReply& reply, Instant now);

 private:
  crypto::Blake2sHash mac1_key_;
  crypto::AeadKey cookie_key_;
  std::optional<Mac> last_mac1_;  // of a message that may still be answered with a cookie
  Cookie cookie_;
  std::optional<Instant> received_;
};

}  // namespace smeg::wireguard
