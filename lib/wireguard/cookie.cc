#include "wireguard/cookie.h"

#include <algorithm>

namespace smeg::wireguard {
namespace {

constexpr std::size_t kMacBytes = 16;

// The two macs are the last 32 bytes; each is over all that stands before it.
ByteView before_mac1(ByteView message) { return message.first(message.size() - 2 * kMacBytes); }
ByteView before_mac2(ByteView message) { return message.first(message.size() - kMacBytes); }
ByteView mac1_of(ByteView message) { return message.subspan(message.size() - 2 * kMacBytes, kMacBytes); }
ByteView mac2_of(ByteView message) { return message.last(kMacBytes); }

crypto::Blake2sHash mac1_key(const crypto::WgPublicKey& key) {
  return crypto::blake2s({as_bytes("mac1----"), key.bytes});
}
crypto::AeadKey cookie_key(const crypto::WgPublicKey& key) {
  return crypto::AeadKey(crypto::blake2s({as_bytes("cookie--"), key.bytes}));
}

}  // namespace

CookieChecker::CookieChecker(const crypto::WgPublicKey& self, KeySource& secrets)
    : secrets_(secrets), mac1_key_(mac1_key(self)), cookie_key_(cookie_key(self)) {}

bool CookieChecker::mac1_fits(ByteView message) const {
  return crypto::equal_constant_time(crypto::blake2s_mac(mac1_key_, {before_mac1(message)}), mac1_of(message));
}

bool CookieChecker::mac2_fits(ByteView message, const addr::Endpoint& from, Instant now) {
  const Cookie cookie = cookie_for(from, now);
  return crypto::equal_constant_time(crypto::blake2s_mac(cookie.expose(), {before_mac2(message)}), mac2_of(message));
}

CookieReply CookieChecker::make_reply(ByteView message, std::uint32_t receiver, const addr::Endpoint& from,
                                      Instant now) {
  CookieReply reply;
  reply.receiver = receiver;
  secrets_.fill(reply.nonce);
  const Cookie cookie = cookie_for(from, now);
  crypto::xaead_seal(cookie_key_, reply.nonce, mac1_of(message), cookie.expose(), reply.sealed_cookie);
  return reply;
}

Cookie CookieChecker::cookie_for(const addr::Endpoint& from, Instant now) {
  if (!secret_drawn_ || now >= *secret_drawn_ + kCookieSecretLifetime) {
    secret_ = crypto::Secret<32>::random(secrets_);
    secret_drawn_ = now;
  }
  ByteArray<2> port;
  store_be(port.data(), from.port);
  return Cookie(crypto::blake2s_mac(secret_.expose(), {from.address.view(), port}));
}

CookieJar::CookieJar(const crypto::WgPublicKey& remote)
    : mac1_key_(mac1_key(remote)), cookie_key_(cookie_key(remote)) {}

void CookieJar::stamp(MutableByteView message, Instant now) {
  last_mac1_ = crypto::blake2s_mac(mac1_key_, {before_mac1(message)});
  std::ranges::copy(*last_mac1_, message.end() - 2 * kMacBytes);
  Mac mac2{};
  if (received_ && now < *received_ + kCookieSecretLifetime - kCookieLatency)
    mac2 = crypto::blake2s_mac(cookie_.expose(), {before_mac2(message)});
  std::ranges::copy(mac2, message.end() - kMacBytes);
}

bool CookieJar::accept(const CookieReply& reply, Instant now) {
  Cookie cookie;
  if (!last_mac1_ ||
      !crypto::xaead_open(cookie_key_, reply.nonce, *last_mac1_, reply.sealed_cookie, cookie.mutable_bytes()))
    return false;
  last_mac1_.reset();
  cookie_ = cookie;
  received_ = now;
  return true;
}

}  // namespace smeg::wireguard
