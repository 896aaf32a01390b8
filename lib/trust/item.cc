#include "trust/item.h"

#include "trust/domains.h"
#include "trust/item_codec.h"
#include "trust/proto.h"

namespace smeg::trust {
namespace {

constexpr std::size_t kSignatureBytes = std::tuple_size_v<crypto::Signature>;
// Payload, signatures, and what protobuf puts around them.
constexpr std::size_t kItemBytes = limits::kRootStepBytes + 256;

// Part of the id of an item: never changes.
enum class Kind : std::uint8_t { step = 1, statement = 2, removal = 3 };

ItemId make_id(Kind kind, RootIndex root, ByteView payload) {
  ByteArray<5> head{static_cast<std::uint8_t>(kind)};
  store_be(head.data() + 1, root.value);
  return crypto::hash<16>(domains::kItemId, {head, payload});
}

struct Identify {
  ItemId operator()(const Item::SignedStep& step) const { return make_id(Kind::step, {}, step.payload); }
  ItemId operator()(const Item::SignedStatement& statement) const {
    return make_id(Kind::statement, statement.root, statement.payload);
  }
  ItemId operator()(const Item::SignedRemoval& removal) const { return make_id(Kind::removal, {}, removal.payload); }
};

bool is_signature(const std::string& bytes) { return bytes.size() == kSignatureBytes; }

tl::unexpected<Error> malformed() { return fail(Code::malformed, "not a part of what a mesh agrees on"); }

Bytes concatenate(const MeshId& mesh, ByteView head, ByteView payload) {
  Bytes out(mesh.bytes.begin(), mesh.bytes.end());
  out.insert(out.end(), head.begin(), head.end());
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

Item make_signed_removal(const MeshId& mesh, const Removal& removal, std::string_view domain,
                         const crypto::IdentityPrivateKey& key) {
  Item::SignedRemoval content{removal, encode_removal(removal), {}};
  const crypto::Signature signature = crypto::sign(key, domain, signed_removal(mesh, content.payload));
  content.signature.assign(signature.begin(), signature.end());
  return Item(std::move(content));
}

}  // namespace

Bytes RootStep::encode() const {
  wire::RootStep::Payload out;
  proto::set_bytes(*out.mutable_mesh_id(), mesh.bytes);
  out.set_index(index.value);
  proto::set_bytes(*out.mutable_root_key(), root_key.bytes);
  proto::set_bytes(*out.mutable_next_root_hash(), next_root_hash);
  for (const StatementId& id : carried) proto::set_bytes(*out.add_carried(), id);
  return proto::serialize(out);
}

Result<RootStep> RootStep::decode(ByteView payload) {
  if (payload.size() > limits::kRootStepBytes)
    return fail(Code::too_large, "a step of the root of " + std::to_string(payload.size()) + " bytes");
  const auto in = proto::parse<wire::RootStep::Payload>(payload);
  RootStep out;
  if (!in || !proto::get_bytes(in->mesh_id(), out.mesh.bytes) ||
      !proto::get_bytes(in->root_key(), out.root_key.bytes) ||
      !proto::get_bytes(in->next_root_hash(), out.next_root_hash))
    return malformed();
  out.index.value = in->index();
  if (out.index.value == 0) return fail(Code::invalid, "a step of the root to where it began");
  if (static_cast<std::size_t>(in->carried_size()) > limits::kStatements)
    return fail(Code::too_large, "a step of the root with too many statements");
  for (const std::string& id : in->carried()) {
    if (!proto::get_bytes(id, out.carried.emplace_back())) return malformed();
  }
  return out;
}

StatementId statement_id(ByteView payload) { return crypto::hash<16>(domains::kStatementId, {payload}); }

Item::Item(Content content) : content_(std::move(content)), id_(std::visit(Identify{}, content_)) {}

Result<Item> Item::decode(ByteView bytes) {
  if (bytes.size() > kItemBytes) return fail(Code::too_large, "an item of " + std::to_string(bytes.size()) + " bytes");
  const auto item = proto::parse<wire::LedgerItem>(bytes);
  if (!item) return malformed();
  switch (item->kind_case()) {
    case wire::LedgerItem::kRootStep: return get_item(item->root_step());
    case wire::LedgerItem::kStatement: return get_item(item->statement());
    case wire::LedgerItem::kRemoval: return get_item(item->removal());
    case wire::LedgerItem::KIND_NOT_SET: break;
  }
  return fail(Code::unsupported, "an item of a kind that only a later version knows");
}

Bytes Item::encode() const {
  wire::LedgerItem out;
  if (const auto* step = std::get_if<SignedStep>(&content_)) set_item(*step, *out.mutable_root_step());
  if (const auto* statement = std::get_if<SignedStatement>(&content_)) set_item(*statement, *out.mutable_statement());
  if (const auto* removal = std::get_if<SignedRemoval>(&content_)) set_item(*removal, *out.mutable_removal());
  return proto::serialize(out);
}

void set_item(const Item::SignedStep& step, wire::RootStep& out) {
  proto::set_bytes(*out.mutable_payload(), step.payload);
  proto::set_bytes(*out.mutable_signature(), step.signature);
  proto::set_bytes(*out.mutable_successor_signature(), step.successor_signature);
}

void set_item(const Item::SignedStatement& statement, wire::RootStatement& out) {
  out.set_root_index(statement.root.value);
  proto::set_bytes(*out.mutable_payload(), statement.payload);
  proto::set_bytes(*out.mutable_signature(), statement.signature);
}

void set_item(const Item::SignedRemoval& removal, wire::Removal& out) {
  proto::set_bytes(*out.mutable_payload(), removal.payload);
  proto::set_bytes(*out.mutable_signature(), removal.signature);
}

Result<Item> get_item(const wire::RootStep& in) {
  if (!is_signature(in.signature()) || !is_signature(in.successor_signature())) return malformed();
  auto step = RootStep::decode(as_bytes(in.payload()));
  if (!step) return fail(step.error());
  return Item(Item::SignedStep{*std::move(step), to_bytes(in.payload()), to_bytes(in.signature()),
                               to_bytes(in.successor_signature())});
}

Result<Item> get_item(const wire::RootStatement& in) {
  if (!is_signature(in.signature())) return malformed();
  auto statement = decode_statement(as_bytes(in.payload()));
  if (!statement) return fail(statement.error());
  return Item(Item::SignedStatement{
      {in.root_index()}, *std::move(statement), to_bytes(in.payload()), to_bytes(in.signature())});
}

Result<Item> get_item(const wire::Removal& in) {
  if (!is_signature(in.signature())) return malformed();
  auto removal = decode_removal(as_bytes(in.payload()));
  if (!removal) return fail(removal.error());
  return Item(Item::SignedRemoval{*std::move(removal), to_bytes(in.payload()), to_bytes(in.signature())});
}

Bytes signed_step(const MeshId& mesh, ByteView payload) { return concatenate(mesh, {}, payload); }

Bytes signed_statement(const MeshId& mesh, RootIndex root, ByteView payload) {
  ByteArray<4> head;
  store_be(head.data(), root.value);
  return concatenate(mesh, head, payload);
}

Bytes signed_removal(const MeshId& mesh, ByteView payload) { return concatenate(mesh, {}, payload); }

bool verify_step(const Item::SignedStep& signed_by_both, const crypto::RootKey& before, const RootHash& committed) {
  const RootStep& step = signed_by_both.step;
  const Bytes message = signed_step(step.mesh, signed_by_both.payload);
  return root_hash(step.root_key) == committed &&
         crypto::verify(before, domains::kRootStep, message, signed_by_both.signature) &&
         crypto::verify(step.root_key, domains::kRootSuccessor, message, signed_by_both.successor_signature);
}

bool verify_statement(const Item::SignedStatement& statement, const MeshId& mesh, const crypto::RootKey& root) {
  return crypto::verify(root, domains::kRootStatement, signed_statement(mesh, statement.root, statement.payload),
                        statement.signature);
}

Item make_leave(const Certificate& own, const crypto::IdentityPrivateKey& key) {
  return make_signed_removal(own.rights().mesh, Leave{own}, domains::kLeave, key);
}

Item make_revocation(const MeshId& mesh, const Revocation& revocation, const crypto::IdentityPrivateKey& key) {
  return make_signed_removal(mesh, revocation, domains::kRevocation, key);
}

}  // namespace smeg::trust
