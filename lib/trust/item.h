// One signed piece of what a mesh agrees on: what gossip hands on and a Ledger takes in.
#pragma once

#include <variant>
#include <vector>

#include "trust/genesis.h"
#include "trust/removal.h"
#include "trust/statement.h"

namespace smeg::trust {

using ItemId = ByteArray<16>;
using StatementId = ByteArray<16>;
using RootIndex = StrongId<struct RootIndexTag, std::uint32_t>;  // the genesis' root is 0

// The root hands over. Counts only with both signatures, and once the statements that it names are there too, so that
// no host is ever without delegations in between.
struct RootStep {
  MeshId mesh;
  RootIndex index;  // of the new root, at least 1
  crypto::RootKey root_key;
  RootHash next_root_hash{};
  std::vector<StatementId> carried;

  Bytes encode() const;
  static Result<RootStep> decode(ByteView payload);
};

// The same statement has the same id, whichever root signed it.
StatementId statement_id(ByteView payload);

// Parsed and well-formed; whether its signatures fit is for Ledger::apply to say. An immutable value.
class Item {
 public:
  struct SignedStep {
    RootStep step;
    Bytes payload, signature, successor_signature;
  };
  struct SignedStatement {
    RootIndex root;
    Statement statement;
    Bytes payload, signature;
  };
  struct SignedRemoval {
    Removal removal;
    Bytes payload, signature;
  };
  using Content = std::variant<SignedStep, SignedStatement, SignedRemoval>;

  explicit Item(Content content);
  // From a serialised wire.LedgerItem. Fails with malformed, too_large, invalid or unsupported.
  static Result<Item> decode(ByteView bytes);
  Bytes encode() const;

  const Content& content() const { return content_; }
  // Over kind, root index and payload: signatures do not go in.
  const ItemId& id() const { return id_; }

 private:
  Content content_;
  ItemId id_{};
};

// What is signed: the mesh id, for a statement the index of the root that signs (4 bytes, big-endian), the payload.
Bytes signed_step(const MeshId& mesh, ByteView payload);
Bytes signed_statement(const MeshId& mesh, RootIndex root, ByteView payload);
Bytes signed_removal(const MeshId& mesh, ByteView payload);

// Whether the root before and the one after have signed a step, and the latter is the one that was committed to.
bool verify_step(const Item::SignedStep& step, const crypto::RootKey& before, const RootHash& committed);
// Whether that root of the mesh signed it.
bool verify_statement(const Item::SignedStatement& statement, const MeshId& mesh, const crypto::RootKey& root);

// A member leaves. The caller is the member.
Item make_leave(const Certificate& own, const crypto::IdentityPrivateKey& key);
// A delegate takes back what it admitted. revocation.delegation is its own.
Item make_revocation(const MeshId& mesh, const Revocation& revocation, const crypto::IdentityPrivateKey& key);

}  // namespace smeg::trust
