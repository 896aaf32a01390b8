// What a member says about itself, as a value, and its signed form.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "addr/addr.h"
#include "base/base.h"
#include "crdt/crdt.h"
#include "crypto/crypto.h"

namespace smeg::mesh {

using BootId = ByteArray<16>;

// How a member came to know that it can be reached at an endpoint.
enum class EndpointKind {
  configured,  // the operator said so
  outgoing,    // it sends from there
  observed,    // most members see it there
};
std::string_view name(EndpointKind kind);  // "configured", "outgoing", "observed"

// A place at which a member may be reached. Ports of 0: that service is not offered there; one of them at least is not
// 0.
struct MemberEndpoint {
  EndpointKind kind = EndpointKind::configured;
  std::variant<addr::IpAddress, std::string> host;  // an address, or a name that the dialler resolves
  std::uint16_t port = 0;                           // UDP, of the tunnel
  std::uint16_t control_port = 0;                   // TCP, of the sessions
  std::uint32_t priority = 0;                       // lower is tried first

  friend bool operator==(const MemberEndpoint&, const MemberEndpoint&) = default;
};

// A peer that speaks WireGuard alone, as its sponsor announces it.
struct AnnouncedGuest {
  std::string name;  // a label (base/text.h)
  crypto::WgPublicKey key;

  friend bool operator==(const AnnouncedGuest&, const AnnouncedGuest&) = default;
};

// An interface that a member has for another one alone (docs/adr/0008): who speaks WireGuard with that key, at the
// member's addresses and on that port.
struct RecordLane {
  crypto::IdentityKey member;  // whom it is for
  crypto::WgPublicKey key;
  std::uint16_t port = 0;

  friend bool operator==(const RecordLane&, const RecordLane&) = default;
};
inline constexpr std::size_t kLanesPerRecord = 15;

// What the owner decides about its record. Role, granted alias, prefixes and address are not among it: those are in the
// certificate.
struct RecordContent {
  BootId boot_id{};
  std::optional<crypto::WgPublicKey> wg_public_key;  // none: no tunnels (backend stub)
  Bytes kem_public_key;                              // reserved; empty, or at most limits::kKemKeyBytes
  std::vector<MemberEndpoint> endpoints;             // at most limits::kEndpointsPerRecord
  std::string alias;                                 // claimed, as parse_label takes it, or empty
  std::string description;                           // UTF-8, at most limits::kDescriptionBytes
  bool offline = false;                              // the daemon ends in good order
  std::string software;                              // at most limits::kSoftwareBytes
  // At most limits::kGuestsPerMember; names and keys differ, no key is of low order or the owner's own.
  std::vector<AnnouncedGuest> guests;
  std::vector<Service> services;  // as check_services takes them
  // At most kLanesPerRecord, by member, none twice nor the owner; keys and ports differ, no key is of low order, the
  // owner's or a guest's. Only with a wg_public_key.
  std::vector<RecordLane> lanes = {};
  // The peer that a client wants its packets to be carried by; none: whichever follows from hashing (route/carriers.h).
  std::optional<crypto::IdentityKey> carrier = {};

  friend bool operator==(const RecordContent&, const RecordContent&) = default;
};

struct Record : RecordContent {
  MeshId mesh;
  crypto::IdentityKey identity;
  crdt::Version version;

  // The lane that it has for that member; null where there is none.
  const RecordLane* lane_for(const crypto::IdentityKey& member) const;

  // Parses a payload. Endpoints of unknown kinds are skipped, unknown fields too; anything else that is wrong fails
  // (malformed, too_large, unsupported for another format, invalid).
  static Result<Record> decode(ByteView payload);
  Bytes encode() const;

  friend bool operator==(const Record&, const Record&) = default;
};

// A record as it travels: the certificate of its owner, the exact bytes, the owner's signature over both.
struct SignedRecord {
  Bytes certificate;  // DER
  Bytes payload;
  crypto::Signature signature{};

  friend bool operator==(const SignedRecord&, const SignedRecord&) = default;
};

SignedRecord sign_record(const Record& record, Bytes certificate, const crypto::IdentityPrivateKey& key);
// Whether certificate and payload were signed, together, by that key.
bool verify_record(const SignedRecord& record, const crypto::IdentityKey& key);

}  // namespace smeg::mesh
