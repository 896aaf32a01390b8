#include "sim/lies.h"

#include <algorithm>

#include "trust/trust.h"
#include "wire/session.pb.h"
#include "wire/state.pb.h"

namespace smeg::sim {
namespace {

constexpr std::uint64_t kLast = ~std::uint64_t{0};
constexpr std::uint64_t kAhead = 1'000;  // of a counter that its owner has used
constexpr int kManyTimes = 60'000;       // one bucket, in a frame
constexpr std::uint32_t kInvented = 1'000;
constexpr int kKeysWanted = 1'024;  // as many as anybody may ask for at once
constexpr std::string_view kBeatDomain = "smegmesh beat 1";
constexpr std::string_view kAccusationDomain = "smegmesh accusation 1";

constexpr Attack kAttacks[] = {Attack::forged_record, Attack::other_endpoint, Attack::other_key, Attack::replay,
                               Attack::rewind,        Attack::equivocation,   Attack::oversize,  Attack::last_counter,
                               Attack::removal,       Attack::accusation,     Attack::epoch,     Attack::greed,
                               Attack::garbage};

Bytes serialised(const wire::Envelope& envelope) { return to_bytes(envelope.SerializeAsString()); }

Bytes items_message(const std::vector<Bytes>& items) {
  wire::Envelope envelope;
  for (const Bytes& item : items) envelope.mutable_items()->add_items(to_string(item));
  return serialised(envelope);
}
Bytes record_message(const mesh::SignedRecord& record) { return items_message({mesh::encode_item(record)}); }

// What nobody has: the receiver asks for it, by saying what it holds itself.
void invent(std::uint32_t count, wire::SyncList& list) {
  for (std::uint32_t i = 0; i < count; ++i) {
    crdt::ItemKey key{};
    store_be(key.data() + 1, i);
    key[0] = static_cast<std::uint8_t>(i);
    wire::ItemVersion& line = *list.add_held();
    line.set_key(to_string(key));
    line.set_counter(kLast);
    line.set_hash(std::string(crdt::StampHash{}.size(), '\0'));
  }
}

Bytes with_mesh(const MeshId& mesh, ByteView payload) {
  Bytes out(mesh.bytes.begin(), mesh.bytes.end());
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

}  // namespace

std::span<const Attack> attacks() { return kAttacks; }

std::string_view name(Attack attack) {
  switch (attack) {
    case Attack::forged_record: return "forged records";
    case Attack::other_endpoint: return "others' endpoints";
    case Attack::other_key: return "others' keys";
    case Attack::replay: return "replayed records";
    case Attack::rewind: return "rewound records";
    case Attack::equivocation: return "equivocation";
    case Attack::oversize: return "oversized messages";
    case Attack::last_counter: return "last counters";
    case Attack::removal: return "removals of others";
    case Attack::accusation: return "false accusations";
    case Attack::epoch: return "false epochs";
    case Attack::greed: return "greedy requests";
    case Attack::garbage: return "garbage";
  }
  return "";
}

std::map<crypto::IdentityKey, mesh::SignedRecord> cached_records(const node::LoadedFiles& files) {
  std::map<crypto::IdentityKey, mesh::SignedRecord> out;
  wire::MemberCache cache;
  if (!files.members || !cache.ParseFromArray(files.members->data(), static_cast<int>(files.members->size())))
    return out;
  for (const wire::MeshCache& kept : cache.meshes()) {
    const auto items = mesh::Mesh::split_cache(as_bytes(kept.items()));
    if (!items) continue;
    for (const Bytes& bytes : *items) {
      const auto item = mesh::decode_item(bytes);
      const auto* record = item ? std::get_if<mesh::SignedRecord>(&*item) : nullptr;
      if (!record) continue;
      if (const auto owner = trust::certificate_identity(record->certificate)) out.emplace(*owner, *record);
    }
  }
  return out;
}

Lies::Lies(Self self, std::map<crypto::IdentityKey, mesh::SignedRecord> records, std::uint64_t seed)
    : self_(std::move(self)),
      identity_(crypto::signing_public_key(self_.key)),
      records_(std::move(records)),
      chance_(seed) {
  for (const auto& [member, record] : records_)
    if (member != identity_) members_.push_back(member);
  for (std::uint8_t& byte : boot_) byte = static_cast<std::uint8_t>(chance_.next());
}

Bytes Lies::hello(const crypto::IdentityKey& listener) const {
  wire::Envelope envelope;
  envelope.mutable_hello()->set_your_incarnation(content_of(listener).version.incarnation);
  envelope.mutable_hello()->set_your_counter(limits::kCounterEnd - 1);
  envelope.mutable_hello()->set_boot_id(to_string(boot_));
  envelope.mutable_hello()->set_software("a liar");
  return serialised(envelope);
}

mesh::Record Lies::content_of(const crypto::IdentityKey& member) const {
  return mesh::Record::decode(records_.at(member).payload).value_or(mesh::Record{});
}

mesh::SignedRecord Lies::own_record(std::uint64_t counter, const std::string& alias) const {
  mesh::Record record = content_of(identity_);
  record.boot_id = boot_;
  record.version.counter = counter;
  record.alias = alias;
  return mesh::sign_record(record, self_.certificate, self_.key);
}

crypto::IdentityKey Lies::somebody() { return members_[chance_.below(members_.size())]; }

Bytes Lies::next(Attack attack, const crypto::IdentityKey& victim) {
  ++said_;
  mesh::Record record = content_of(victim);
  mesh::SignedRecord known = record_of(victim);
  record.version.counter += kAhead + said_;
  switch (attack) {
    case Attack::forged_record:
      record.alias = "forged";
      record.offline = said_ % 2 == 0;
      return record_message(mesh::sign_record(record, known.certificate, self_.key));
    case Attack::other_endpoint:
      for (auto& endpoint : record.endpoints) endpoint.host = addr::IpAddress::v4({203, 0, 113, 66});
      known.payload = record.encode();
      return record_message(known);
    case Attack::other_key: return other_key(victim);
    case Attack::replay: return record_message(known);
    case Attack::rewind: return record_message(own_record(kAhead * kAhead - said_ % (kAhead * kAhead - 1), "rewound"));
    case Attack::equivocation: return record_message(own_record(kAhead * kAhead + 1, "two-" + std::to_string(said_)));
    case Attack::oversize: return oversize();
    case Attack::last_counter: return last_counter(victim);
    case Attack::removal: return removal(victim);
    case Attack::accusation: return accusation(victim);
    case Attack::epoch: return beat(said_ % 2 == 0 ? identity_ : victim, said_, kAhead * said_);
    case Attack::greed: return greed(victim);
    case Attack::garbage: return garbage(victim);
  }
  return {};
}

Bytes Lies::other_key(const crypto::IdentityKey& victim) {
  mesh::Record record = content_of(victim);
  record.version.counter += kAhead + said_;
  record.alias = "taken-over";
  if (said_ % 2 == 0) return record_message(mesh::sign_record(record, self_.certificate, self_.key));
  record = content_of(identity_);
  record.version.counter += kAhead + said_;
  return record_message(mesh::sign_record(record, record_of(victim).certificate, self_.key));
}

Bytes Lies::oversize() {
  mesh::Record record = content_of(identity_);
  record.version.counter = kAhead * kAhead + said_;
  switch (said_ % 5) {
    case 0: record.description = std::string(limits::kDescriptionBytes + 1 + chance_.below(60'000), 'x'); break;
    case 1: record.endpoints.resize(1'000, record.endpoints.front()); break;
    case 2: record.kem_public_key = Bytes(limits::kKemKeyBytes + 1); break;
    case 3: return items_message(std::vector<Bytes>(100, Bytes(limits::kItemBytes / 8, 0x5a)));
    default: return Bytes(limits::kFrameBytes + 1, 0x5a);
  }
  return record_message(mesh::sign_record(record, self_.certificate, self_.key));
}

Bytes Lies::last_counter(const crypto::IdentityKey& victim) {
  mesh::Record record = content_of(victim);
  record.version.counter = kLast;
  switch (said_ % 4) {
    case 0: return record_message(own_record(kLast, "last"));
    case 1: return record_message(mesh::sign_record(record, record_of(victim).certificate, self_.key));
    case 2: return beat(identity_, kLast, kLast);
    default: break;
  }
  wire::Envelope envelope;
  envelope.mutable_hello()->set_boot_id(to_string(boot_));
  envelope.mutable_hello()->set_your_incarnation(content_of(victim).version.incarnation);
  envelope.mutable_hello()->set_your_counter(kLast);
  return serialised(envelope);
}

Bytes Lies::removal(const crypto::IdentityKey& victim) const {
  const auto certificate = trust::Certificate::parse(record_of(victim).certificate);
  if (!certificate) return {};
  const trust::Revocation ban{victim, certificate->incarnation(), said_ % 4 == 1, certificate->rights().delegation, {}};
  const trust::Item item =
      said_ % 2 == 0 ? trust::make_leave(*certificate, self_.key) : trust::make_revocation(self_.mesh, ban, self_.key);
  return items_message({mesh::encode_item(item)});
}

Bytes Lies::accusation(const crypto::IdentityKey& victim) {
  const auto boot = content_of(victim).boot_id;
  auto made = gossip::Accusation::make(self_.mesh, self_.key, boot_, victim, boot, said_);
  if (said_ % 2 == 0) {
    wire::Accusation other;
    other.ParseFromArray(made.said.payload.data(), static_cast<int>(made.said.payload.size()));
    other.set_accuser(to_string(somebody().bytes));
    made.said.payload = to_bytes(other.SerializeAsString());
    made.said.signature =
        to_bytes(crypto::sign(self_.key, kAccusationDomain, with_mesh(self_.mesh, made.said.payload)));
  }
  wire::Envelope envelope;
  wire::SignedAccusation& out = *envelope.mutable_accusations()->add_accusations();
  out.set_payload(to_string(made.said.payload));
  out.set_signature(to_string(made.said.signature));
  return serialised(envelope);
}

Bytes Lies::beat(const crypto::IdentityKey& of, std::uint64_t sequence, std::uint64_t epoch) const {
  wire::Beat beat;
  beat.set_identity(to_string(of.bytes));
  beat.set_boot_id(to_string(of == identity_ ? boot_ : content_of(of).boot_id));
  beat.set_sequence(sequence);
  beat.set_epoch(epoch);
  beat.set_digest(std::string(32, static_cast<char>(chance_.next())));
  const std::string payload = beat.SerializeAsString();
  wire::Envelope envelope;
  wire::SignedBeat& out = *envelope.mutable_beats()->add_beats();
  out.set_payload(payload);
  out.set_signature(to_string(crypto::sign(self_.key, kBeatDomain, with_mesh(self_.mesh, as_bytes(payload)))));
  return serialised(envelope);
}

Bytes Lies::greed(const crypto::IdentityKey& victim) const {
  const crdt::ItemKey key = mesh::Mesh::record_key(victim);
  wire::Envelope envelope;
  switch (said_ % 4) {
    case 0:
      invent(kInvented, *envelope.mutable_sync_list());
      for (int i = 0; i < kManyTimes; ++i)
        envelope.mutable_sync_list()->add_buckets(static_cast<std::uint32_t>(crdt::bucket_of(key)));
      break;
    case 1:
      invent(kInvented, *envelope.mutable_sync_list());
      for (std::uint32_t bucket = 0; bucket < crdt::kBuckets; ++bucket)
        envelope.mutable_sync_list()->add_buckets(bucket);
      break;
    case 2:
      for (int i = 0; i < kKeysWanted; ++i) envelope.mutable_want()->add_keys(to_string(key));
      break;
    default:
      for (std::size_t i = 0; i < crdt::kBuckets; ++i)
        envelope.mutable_sync_digest()->add_buckets(std::string(crdt::BucketDigest{}.size(), '\0'));
      break;
  }
  return serialised(envelope);
}

Bytes Lies::garbage(const crypto::IdentityKey& victim) {
  if (said_ % 2 == 0) {
    Bytes out(1 + chance_.below(512));
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(chance_.next());
    return out;
  }
  Bytes out = said_ % 4 == 1 ? record_message(record_of(victim)) : beat(identity_, said_, 0);
  for (int i = 0; i < 8; ++i) out[chance_.below(out.size())] ^= static_cast<std::uint8_t>(1u << chance_.below(8));
  return out;
}

}  // namespace smeg::sim
