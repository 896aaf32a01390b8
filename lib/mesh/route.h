// What a member says about the way to a prefix, as a value, and its signed form.
#pragma once

#include "crdt/crdt.h"
#include "mesh/attestation.h"

namespace smeg::mesh {

// What its owner decides.
struct RouteContent {
  addr::Prefix prefix;
  std::optional<Attestation> attestation;  // none: the member does not lead there
  std::uint32_t weight = 1;
  bool draining = false;
  std::uint64_t wanted = 0;  // the sequence that the prefix is asked to raise itself to; 0: none
  // The best that the owner has announced of this prefix: what it must remember over a restart.
  struct Announced {
    std::uint64_t sequence = 0;
    std::uint32_t hops = 0;
    friend bool operator==(const Announced&, const Announced&) = default;
  };
  std::optional<Announced> announced;

  friend bool operator==(const RouteContent&, const RouteContent&) = default;
};

struct Route : RouteContent {
  MeshId mesh;
  crypto::IdentityKey identity;
  crdt::Version version;

  // Fails: malformed, too_large, unsupported (another format), invalid. Says nothing about signatures.
  static Result<Route> decode(ByteView payload);
  Bytes encode() const;
};

// As it travels. The owner's certificate is in its member record.
struct SignedRoute {
  Bytes payload;
  crypto::Signature signature{};

  friend bool operator==(const SignedRoute&, const SignedRoute&) = default;
};

SignedRoute sign_route(const Route& route, const crypto::IdentityPrivateKey& key);
bool verify_route(const SignedRoute& route, const crypto::IdentityKey& key);

}  // namespace smeg::mesh
