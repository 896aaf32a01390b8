// A mesh to test with, made from a seed: its founder holds the root and admits.
#pragma once

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "trust/trust.h"

namespace smeg::trust::test {

class SeededSecrets final : public KeySource {
 public:
  explicit SeededSecrets(std::uint64_t seed) : random_(seed) {}
  void fill(MutableByteView out) override {
    for (auto& byte : out) byte = static_cast<std::uint8_t>(random_());
  }

 private:
  std::mt19937_64 random_;
};

inline crypto::Secret<32> host_seed(std::uint8_t byte) {
  ByteArray<32> bytes;
  bytes.fill(byte);
  return crypto::Secret<32>(bytes);
}

inline WallTime at(std::int64_t seconds) { return WallTime(std::chrono::seconds(seconds)); }

struct World {
  explicit World(std::uint64_t seed = 1) : secrets(seed), founding(*found_mesh(host_seed(1), secrets, "founder")) {}

  World(const World&) = delete;
  World& operator=(const World&) = delete;

  const MeshId& mesh() const { return ledger.mesh(); }
  // The key that host number n has in this mesh; the founder is number 1.
  crypto::IdentityPrivateKey key(std::uint8_t n) const { return crypto::derive_identity(host_seed(n), mesh().bytes); }
  crypto::IdentityKey identity(std::uint8_t n) const { return crypto::signing_public_key(key(n)); }

  void take(const Item& item) {
    const auto applied = ledger.apply(item);
    if (!applied) MESSAGE(applied.error().message);
    REQUIRE(applied);
  }
  template <class Items>
  void take_all(const Items& items) {
    for (const Item& item : items) take(item);
  }
  // A delegation to host n, applied.
  DelegationNumber delegate(std::uint8_t n, Powers powers = Powers::all(),
                            std::uint64_t most = kUnlimitedCertificates) {
    Delegation delegation{{}, identity(n), std::move(powers)};
    delegation.max_certificates = most;
    const auto item = authority.delegate(ledger, delegation);
    REQUIRE(item);
    take(*item);
    return ledger.mandates().rbegin()->first;
  }
  // Rights as the founder would grant them.
  Rights rights(Incarnation incarnation = {1}) const {
    Rights out;
    out.mesh = mesh();
    out.incarnation = incarnation;
    out.delegation = {1};
    out.epoch = ledger.epoch();
    return out;
  }
  // Whatever that issuer cares to sign.
  Certificate certify(std::uint8_t signer, std::uint8_t subject, std::uint64_t number, const Rights& what) const {
    const auto certificate = Certificate::make(identity(subject), {number}, what.encode(), key(signer));
    REQUIRE(certificate);
    return *certificate;
  }
  Certificate member(std::uint8_t subject, std::uint64_t number, Incarnation incarnation = {1}) const {
    return certify(1, subject, number, rights(incarnation));
  }

  SeededSecrets secrets;
  Founding founding;
  RootAuthority& authority = founding.authority;
  Ledger& ledger = founding.ledger;
  Issuer& issuer = founding.issuer;
  WallTime now = at(1'800'000'000);
};

template <class T>
Error error_of(const Result<T>& result) {
  REQUIRE_FALSE(result.has_value());
  return result.error();
}

// A refusal has its code and its words, and leaves the ledger as it was.
inline void check_refused(Ledger& ledger, const Item& item, Code code, std::string_view message) {
  const Bytes before = ledger.encode();
  const auto digest = ledger.digest();
  const Error error = error_of(ledger.apply(item));
  CHECK(error.code == code);
  CHECK(error.message == message);
  CHECK(ledger.encode() == before);
  CHECK(ledger.digest() == digest);
}

inline void check_void(const Ledger& ledger, const Certificate& certificate, Code code, std::string_view message) {
  const Error error = error_of(ledger.check(certificate));
  CHECK(error.code == code);
  CHECK(error.message == message);
}

}  // namespace smeg::trust::test
