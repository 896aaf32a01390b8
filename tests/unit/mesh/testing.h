// A small mesh with real keys, certificates and signatures, for the tests of this module.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "mesh/item.h"
#include "mesh/mesh.h"

namespace smeg::mesh {

class SeededKeys final : public KeySource {
 public:
  explicit SeededKeys(std::uint64_t seed) : chance_(seed) {}
  void fill(MutableByteView out) override {
    for (auto& byte : out) byte = static_cast<std::uint8_t>(chance_.next());
  }

 private:
  SeededRng chance_;
};

// The founder's side of a mesh, and hosts that it admits.
class Office {
 public:
  struct Host {
    crypto::IdentityPrivateKey key;
    crypto::IdentityKey identity;
    Bytes certificate;

    trust::Certificate parsed() const { return *trust::Certificate::parse(certificate); }
  };

  explicit Office(std::uint64_t seed = 1)
      : keys_(seed), seed_(crypto::Secret<32>::random(keys_)), founding_(*trust::found_mesh(seed_, keys_)) {
    founder_.key = crypto::derive_identity(seed_, id().bytes);
    founder_.identity = crypto::signing_public_key(founder_.key);
    founder_.certificate = to_bytes(founding_.certificate.der());
  }

  MeshId id() const { return founding_.ledger.mesh(); }
  const Host& founder() const { return founder_; }
  // The state of trust as the founder knows it.
  const trust::Ledger& ledger() const { return founding_.ledger; }
  trust::RootAuthority& root() { return founding_.authority; }
  trust::Issuer& issuer() { return founding_.issuer; }
  KeySource& keys() { return keys_; }

  // Takes note of an item and gives it back.
  trust::Item note(Result<trust::Item> item) {
    REQUIRE(item);
    REQUIRE(founding_.ledger.apply(*item));
    return *item;
  }

  Host fresh_host() {
    Host host;
    host.key = crypto::IdentityPrivateKey(crypto::Secret<32>::random(keys_));
    host.identity = crypto::signing_public_key(host.key);
    return host;
  }
  // Under the founder's delegation, with numbers from 100 on unless one is given.
  Host admit(std::string alias = {}, std::uint64_t incarnation = 1, std::uint64_t number = 0) {
    Host host = fresh_host();
    certify(host, std::move(alias), incarnation, number);
    return host;
  }
  void certify(Host& host, std::string alias = {}, std::uint64_t incarnation = 1, std::uint64_t number = 0) {
    certify(host, founder_.key, trust::DelegationNumber{1}, std::move(alias), incarnation,
            number ? number : next_number_++);
  }
  void certify(Host& host, const crypto::IdentityPrivateKey& issuer, trust::DelegationNumber delegation,
               std::string alias, std::uint64_t incarnation, std::uint64_t number) {
    trust::Rights rights;
    rights.mesh = id();
    rights.incarnation = {incarnation};
    rights.alias = std::move(alias);
    rights.delegation = delegation;
    rights.epoch = ledger().epoch();
    const auto certificate = trust::Certificate::make(host.identity, {number}, rights.encode(), issuer);
    REQUIRE(certificate);
    host.certificate = to_bytes(certificate->der());
  }

  Mesh mesh_of(const Host& host, std::function<bool(const addr::IpAddress&)> inside = {}) const {
    return Mesh(ledger(), {host.identity, std::move(inside)});
  }

 private:
  SeededKeys keys_;
  crypto::Secret<32> seed_;
  trust::Founding founding_;
  Host founder_;
  std::uint64_t next_number_ = 100;
};

inline Record record_of(const Office& office, const Office::Host& host, std::uint64_t counter,
                        std::string description = {}, std::uint64_t incarnation = 1) {
  Record record;
  record.mesh = office.id();
  record.identity = host.identity;
  record.version = {incarnation, counter};
  record.description = std::move(description);
  return record;
}

inline Bytes item_of(const Record& record, const Office::Host& host) {
  return encode_item(sign_record(record, host.certificate, host.key));
}

}  // namespace smeg::mesh
