#include "trust/authority.h"

#include "trust/domains.h"
#include "trust/proto.h"

namespace smeg::trust {
namespace {

Bytes signature_bytes(const crypto::RootPrivateKey& key, std::string_view domain, ByteView message) {
  const crypto::Signature signature = crypto::sign(key, domain, message);
  return {signature.begin(), signature.end()};
}

RootHash commitment(const crypto::RootPrivateKey& key) { return root_hash(crypto::signing_public_key(key)); }

}  // namespace

RootAuthority RootAuthority::create(KeySource& secrets) {
  RootAuthority authority;
  authority.root_ = crypto::RootPrivateKey(crypto::Secret<32>::random(secrets));
  authority.next_ = crypto::RootPrivateKey(crypto::Secret<32>::random(secrets));
  authority.genesis_ = {authority.key(), commitment(authority.next_)};
  return authority;
}

Result<void> RootAuthority::check(const Ledger& ledger) const {
  if (ledger.genesis() != genesis_) return fail(Code::conflict, "the root's key is that of another mesh");
  if (ledger.newest_root_index() > index_)
    return fail(Code::expired, "this copy of the root's key is out of date: the root was changed since",
                "import a newer copy, or work on the host that has it");
  if (ledger.root_index() < index_)
    return fail(Code::unavailable, "this host has not heard yet that the root was changed", "try again later");
  if (ledger.root_key() != key() || ledger.next_root_hash() != commitment(next_))
    return fail(Code::conflict, "the root of the mesh was changed in another way than this copy of its key knows");
  return {};
}

Item RootAuthority::sign_payload(ByteView payload) const {
  // Whatever is signed here has passed decode_statement, or came out of a ledger.
  return Item(Item::SignedStatement{
      index_, decode_statement(payload).value_or(UnknownStatement{}), to_bytes(payload),
      signature_bytes(root_, domains::kRootStatement, signed_statement(mesh(), index_, payload))});
}

Result<Item> RootAuthority::sign(const Ledger& ledger, const Statement& statement) const {
  if (const auto good = check(ledger); !good) return fail(good.error());
  const Bytes payload = encode_statement(statement);
  if (const auto good = decode_statement(payload); !good) return fail(good.error());
  return sign_payload(payload);
}

Result<Item> RootAuthority::delegate(const Ledger& ledger, Delegation delegation) const {
  delegation.number = ledger.next_delegation();
  return sign(ledger, delegation);
}

Result<std::vector<Item>> RootAuthority::revoke_delegation(const Ledger& ledger, DelegationNumber delegation,
                                                           CertificateNumber last_honoured) const {
  const Mandate* mandate = ledger.mandate(delegation);
  if (mandate == nullptr) return fail(Code::not_found, "there is no delegation " + std::to_string(delegation.value));
  std::vector<Item> out;
  for (const Item& item : ledger.removals()) {
    const auto& removal = std::get<Item::SignedRemoval>(item.content()).removal;
    const auto* revocation = std::get_if<Revocation>(&removal);
    if (revocation == nullptr || revocation->delegation != delegation) continue;
    auto again = sign(ledger, *revocation);
    if (!again) return fail(again.error());
    out.push_back(*std::move(again));
  }
  auto last = sign(ledger, DelegationRevocation{delegation, last_honoured});
  if (!last) return fail(last.error());
  out.push_back(*std::move(last));
  return out;
}

Result<Item> RootAuthority::raise_floor(const Ledger& ledger) const {
  return sign(ledger, Floor{{ledger.epoch().value + 1}});
}

Result<Item> RootAuthority::revoke(const Ledger& ledger, const crypto::IdentityKey& identity, Incarnation up_to,
                                   bool ban, DelegationNumber delegation) const {
  return sign(ledger, Revocation{identity, ban ? kEveryIncarnation : up_to, ban, delegation, ledger.epoch()});
}

Result<std::vector<Item>> RootAuthority::rotate(const Ledger& ledger, KeySource& secrets) {
  if (const auto good = check(ledger); !good) return fail(good.error());
  if (index_.value >= limits::kRootSteps)
    return fail(Code::too_large, "the root of this mesh was changed as often as it can be", "found a new mesh");
  RootAuthority after;
  after.genesis_ = genesis_;
  after.index_ = {index_.value + 1};
  after.root_ = next_;
  after.next_ = crypto::RootPrivateKey(crypto::Secret<32>::random(secrets));

  RootStep step{mesh(), after.index_, after.key(), commitment(after.next_), {}};
  std::vector<Item> statements;
  for (const Item& item : ledger.statements()) {
    const Bytes& payload = std::get<Item::SignedStatement>(item.content()).payload;
    step.carried.push_back(statement_id(payload));
    statements.push_back(after.sign_payload(payload));
  }
  Item::SignedStep content{step, step.encode(), {}, {}};
  const Bytes message = signed_step(mesh(), content.payload);
  content.signature = signature_bytes(root_, domains::kRootStep, message);
  content.successor_signature = signature_bytes(after.root_, domains::kRootSuccessor, message);
  std::vector<Item> out{Item(std::move(content))};
  out.insert(out.end(), statements.begin(), statements.end());
  *this = after;
  return out;
}

std::string RootAuthority::export_sealed(const crypto::SealingKey& key, KeySource& secrets) const {
  Bytes secret = encode();
  std::string sealed = crypto::seal(secret, key, secrets);
  crypto::wipe(secret);
  return sealed;
}

Result<RootAuthority> RootAuthority::import_sealed(std::string_view sealed, const crypto::SealingKey& key) {
  auto secret = crypto::open(sealed, key);
  if (!secret) return fail(secret.error());
  auto authority = decode(*secret);
  crypto::wipe(*secret);
  return authority;
}

Bytes RootAuthority::encode() const {
  wire::RootState out;
  proto::set_genesis(genesis_, *out.mutable_genesis());
  out.set_index(index_.value);
  proto::set_bytes(*out.mutable_seed(), root_.expose());
  proto::set_bytes(*out.mutable_next_seed(), next_.expose());
  Bytes bytes = proto::serialize(out);
  proto::wipe(*out.mutable_seed());
  proto::wipe(*out.mutable_next_seed());
  return bytes;
}

Result<RootAuthority> RootAuthority::decode(ByteView bytes) {
  auto in = proto::parse<wire::RootState>(bytes);
  if (!in) return fail(Code::malformed, "not the key of a root");
  const auto genesis = proto::get_genesis(in->genesis());
  if (!genesis) return fail(genesis.error());
  const auto seed = crypto::Secret<32>::from(as_bytes(in->seed()));
  const auto next = crypto::Secret<32>::from(as_bytes(in->next_seed()));
  proto::wipe(*in->mutable_seed());
  proto::wipe(*in->mutable_next_seed());
  if (!seed || !next || in->index() > limits::kRootSteps) return fail(Code::malformed, "not the key of a root");
  RootAuthority out;
  out.genesis_ = *genesis;
  out.index_ = {in->index()};
  out.root_ = crypto::RootPrivateKey(*seed);
  out.next_ = crypto::RootPrivateKey(*next);
  const bool first = out.index_.value == 0;
  if (first && (genesis->root_key != out.key() || genesis->next_root_hash != commitment(out.next_)))
    return fail(Code::invalid, "the key of a root that does not belong to its mesh");
  return out;
}

}  // namespace smeg::trust
