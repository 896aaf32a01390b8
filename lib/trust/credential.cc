#include "trust/credential.h"

#include "trust/item_codec.h"
#include "trust/ledger.h"
#include "trust/proto.h"

namespace smeg::trust {
namespace {

tl::unexpected<Error> not_signed() {
  return fail(Code::unauthenticated, "a credential that the root of its mesh did not sign");
}

// The root at the end of the steps.
Result<crypto::RootKey> follow(const wire::Credential& in, const MeshId& mesh) {
  const auto genesis = proto::get_genesis(in.genesis());
  if (!genesis) return fail(genesis.error());
  if (genesis->mesh_id() != mesh) return fail(Code::conflict, "a credential of another mesh");
  crypto::RootKey root = genesis->root_key;
  RootHash next = genesis->next_root_hash;
  for (int i = 0; i < in.root_steps_size(); ++i) {
    const auto item = get_item(in.root_steps(i));
    if (!item) return fail(item.error());
    const auto& step = std::get<Item::SignedStep>(item->content());
    const bool follows = step.step.mesh == mesh && step.step.index.value == static_cast<std::uint32_t>(i + 1);
    if (!follows || !verify_step(step, root, next)) return not_signed();
    root = step.step.root_key;
    next = step.step.next_root_hash;
  }
  return root;
}

Result<Delegation> delegation_in(const wire::Credential& in, const MeshId& mesh) {
  const auto root = follow(in, mesh);
  if (!root) return fail(root.error());
  const auto item = get_item(in.delegation());
  if (!item) return fail(item.error());
  const auto& statement = std::get<Item::SignedStatement>(item->content());
  const auto* delegation = std::get_if<Delegation>(&statement.statement);
  if (!delegation) return fail(Code::malformed, "a credential without a delegation");
  const bool by_last = statement.root.value == static_cast<std::uint32_t>(in.root_steps_size());
  if (!by_last || !verify_statement(statement, mesh, *root)) return not_signed();
  return *delegation;
}

}  // namespace

Result<Certificate> check_credential(ByteView credential, const MeshId& mesh) {
  if (credential.size() > limits::kCredentialBytes)
    return fail(Code::too_large, "a credential of " + std::to_string(credential.size()) + " bytes");
  const auto in = proto::parse<wire::Credential>(credential);
  if (!in) return fail(Code::malformed, "a credential that does not parse");
  auto certificate = Certificate::parse(as_bytes(in->certificate()));
  if (!certificate) return fail(certificate.error());
  const Rights& rights = certificate->rights();
  if (rights.mesh != mesh) return fail(Code::conflict, "a credential of another mesh");
  const auto delegation = delegation_in(*in, mesh);
  if (!delegation) return fail(delegation.error());
  if (certificate->address() != addr::member_address(mesh, certificate->identity(), rights.address_count))
    return fail(Code::invalid, "a credential with an address that does not follow from its key");
  if (delegation->number != rights.delegation || delegation->identity != certificate->issuer() ||
      !certificate->signed_by(delegation->identity))
    return fail(Code::unauthenticated, "a credential whose delegate did not sign its certificate");
  if (const auto granted = Mandate{*delegation, {}}.grants(*certificate); !granted) return fail(granted.error());
  return certificate;
}

Result<Bytes> Ledger::credential(const Certificate& certificate) const {
  wire::Credential out;
  proto::set_genesis(genesis_, *out.mutable_genesis());
  for (const ItemId& id : steps_) {
    const auto& step = std::get<Item::SignedStep>(items_.at(id).content());
    if (step.step.index <= root_) set_item(step, *out.add_root_steps());
  }
  for (const auto& [key, id] : statements_) {
    const auto& statement = std::get<Item::SignedStatement>(items_.at(id).content());
    const auto* delegation = std::get_if<Delegation>(&statement.statement);
    if (key.first != root_ || !in_force_.contains(id) || !delegation) continue;
    if (delegation->number != certificate.rights().delegation) continue;
    set_item(statement, *out.mutable_delegation());
    proto::set_bytes(*out.mutable_certificate(), certificate.der());
    Bytes bytes = proto::serialize(out);
    if (bytes.size() > limits::kCredentialBytes)
      return fail(Code::too_large, "the mesh's root was changed so often that members can't be shown to other meshes",
                  "a credential may have " + std::to_string(limits::kCredentialBytes) + " bytes");
    return bytes;
  }
  return fail(Code::unavailable, "the delegate that signed the certificate is not known here");
}

}  // namespace smeg::trust
