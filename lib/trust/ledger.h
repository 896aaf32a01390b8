// What is publicly known about who may be in one mesh: genesis, the succession of roots, what the root said, and who
// was removed. Every member holds one, and all that have heard the same hold the same.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "trust/certificate.h"
#include "trust/genesis.h"
#include "trust/item.h"
#include "trust/removal.h"
#include "trust/statement.h"

namespace smeg::wire {
class LedgerBundle;
}

namespace smeg::trust {

// A delegation as it stands.
struct Mandate {
  Delegation delegation;
  std::optional<CertificateNumber> last_honoured;  // set where it was revoked

  bool revoked() const { return last_honoured.has_value(); }
  bool honours(CertificateNumber number) const;
  // Whether the delegate may give what that certificate holds. Fails with forbidden.
  Result<void> grants(const Certificate& certificate) const;
};

// What came of an item.
struct Applied {
  bool changed = false;                        // false: known already, or overtaken by something stronger
  bool recheck_all = false;                    // any certificate may have gained or lost its standing
  std::optional<crypto::IdentityKey> removed;  // of this member the certificates must be checked again
};

// Mergeable: items in any order, with repeats, come to the same, except that an item which can't be judged yet is
// refused with unavailable, changes nothing, and is to come again (gossip sees to that). Verified by the mesh id alone.
//
// Called by the core on its one thread; copyable. Fails by refusing an item, and is then unchanged. Does not know
// member records, nor which numbers certificates have used (NumberBook), nor any secret.
//
// Two different successors of one root can only be signed by one who holds the secrets of both the root and its
// successor. Each host then keeps the one it heard first and refuses the other with conflict: any rule that makes all
// hosts agree afterwards would hand the mesh to whoever steals an old copy of both.
class Ledger {
 public:
  explicit Ledger(const Genesis& genesis);

  // A whole bundle. Fails with malformed, too_large, unsupported (the format of the genesis), unauthenticated if the
  // genesis is not that of the mesh, and with whatever its first bad item fails with. Items of a kind that only a later
  // version knows are left out.
  static Result<Ledger> from_proto(const wire::LedgerBundle& bundle, const MeshId& mesh);
  // Everything, in a canonical order: equal ledgers give equal bundles (but for signatures that their signer varied).
  void to_proto(wire::LedgerBundle& bundle) const;
  // Without the removals of members and delegates: enough to check a certificate that was issued just now, and small.
  void charter_to_proto(wire::LedgerBundle& bundle) const;
  // The same, serialised.
  static Result<Ledger> decode(ByteView bundle, const MeshId& mesh);
  Bytes encode() const;

  // Fails, and changes nothing, with
  //   unauthenticated  a signature does not fit
  //   unavailable      can't be judged yet: a root, a delegation or an epoch is not known here. Let it come again
  //   expired          signed by a root that has been succeeded, or of an epoch before the floor. Harmless: drop it
  //   revoked          signed by a delegate that was revoked
  //   forbidden        signed by somebody who may not say that
  //   conflict         a second successor of one root
  //   too_large        over a limit
  Result<Applied> apply(const Item& item);

  // ---- For gossip: who has what
  std::vector<ItemId> item_ids() const;  // sorted
  bool has(const ItemId& id) const;
  std::optional<Item> item(const ItemId& id) const;
  // Equal for equal ledgers.
  const ByteArray<32>& digest() const;

  // ---- Questions
  const Genesis& genesis() const { return genesis_; }
  const MeshId& mesh() const { return mesh_; }
  // The root whose statements count, and its commitment to the next.
  RootIndex root_index() const { return root_; }
  // The newest root that a step leads to; greater than root_index() while some of its statements are missing.
  RootIndex newest_root_index() const { return {static_cast<std::uint32_t>(roots_.size() - 1)}; }
  const crypto::RootKey& root_key() const { return roots_[root_.value].key; }
  const RootHash& next_root_hash() const { return roots_[root_.value].next_hash; }
  Epoch epoch() const { return epoch_; }
  const std::map<DelegationNumber, Mandate>& mandates() const { return mandates_; }
  const Mandate* mandate(DelegationNumber number) const;
  // The newest delegation of a member that lets it admit others and was not revoked.
  const Mandate* mandate_of(const crypto::IdentityKey& identity) const;
  // A number that no delegation has had.
  DelegationNumber next_delegation() const;

  // Whether a certificate counts, as far as public knowledge goes. Fails with
  //   conflict         of another mesh
  //   unavailable      its delegation or epoch is not known here (yet)
  //   unauthenticated  not signed by the delegate that it names
  //   revoked          the delegate was, or the member
  //   forbidden        the delegate may not grant this, or the member is banned
  //   expired          of an epoch before the floor
  //   invalid          an address that does not follow from the key
  Result<void> check(const Certificate& certificate) const;
  // What shows somebody who knows the mesh's id alone that this certificate was issued: see credential.h. Fails with
  // unavailable where its delegation is not known here, too_large over limits::kCredentialBytes.
  Result<Bytes> credential(const Certificate& certificate) const;
  // The same of one of which it is known that its issuer() signed it, which is what costs most.
  Result<void> check_standing(const Certificate& certificate) const;
  // Incarnations up to this one are removed, of a member that a delegation admitted; 0 for none.
  Incarnation removed_up_to(const crypto::IdentityKey& identity, DelegationNumber delegation) const;
  // By the root, from the mesh.
  bool banned(const crypto::IdentityKey& identity) const;

  // Everything, in an order in which another ledger can take it in: steps, statements, removals.
  std::vector<Item> items() const;
  // What the root says and nothing has overtaken.
  std::vector<Item> statements() const;
  // Of members and delegates.
  std::vector<Item> removals() const;
  // Those of one member, the root's among them.
  std::vector<Item> removals_of(const crypto::IdentityKey& identity) const;

 private:
  struct Root {
    crypto::RootKey key;
    RootHash next_hash{};
    std::vector<StatementId> carried;
  };
  using StatementKey = std::pair<RootIndex, StatementId>;
  // A delegate has one say about one identity; a member may leave with each of its certificates.
  struct RemovalKey {
    crypto::IdentityKey identity;
    DelegationNumber delegation;    // that signed, or that admitted the leaver
    CertificateHash certificate{};  // the leaver's; zero for a delegate's

    friend auto operator<=>(const RemovalKey&, const RemovalKey&) = default;
  };
  struct Removed {
    Incarnation up_to;
    bool ban = false;
    Epoch epoch;
    CertificateNumber number;      // of the leaver's certificate; 0 for a delegate's
    crypto::IdentityKey delegate;  // whose key the verdict rests on
    ItemId item{};
  };

  // Take in without drawing conclusions; true where it is new.
  Result<bool> insert_step(const Item& item, const Item::SignedStep& content);
  Result<bool> insert_statement(const Item& item, const Item::SignedStatement& content);
  Result<Applied> apply_removal(const Item& item, const Item::SignedRemoval& content);
  Result<std::pair<RemovalKey, Removed>> judge(const Item::SignedRemoval& content, const Leave& leave) const;
  Result<std::pair<RemovalKey, Removed>> judge(const Item::SignedRemoval& content, const Revocation& revocation) const;
  bool supersedes(const Removed& candidate, const Removed& held) const;
  bool stands(const RemovalKey& key, const Removed& removed) const;
  bool complete(RootIndex index) const;
  // Draws the conclusions from steps and statements.
  void conclude();
  void advance_root();
  void derive_view();
  void derive_delegations(std::set<ItemId>& in_force);
  void derive_root_removals(std::set<ItemId>& in_force);
  void drop_void_removals();
  Result<void> check_issue(const Certificate& certificate) const;
  Result<void> check_signature(const Certificate& certificate) const;
  Result<void> check_epoch(Epoch epoch, std::string_view what) const;

  Genesis genesis_;
  MeshId mesh_;
  // What was accepted
  std::map<ItemId, Item> items_;
  std::vector<Root> roots_;  // by index; those behind root_ wait for their statements
  std::vector<ItemId> steps_;
  std::map<StatementKey, ItemId> statements_;  // of root_ and later ones
  std::map<RemovalKey, Removed> removals_;
  // What follows from it
  RootIndex root_{};
  Epoch epoch_{};
  std::map<DelegationNumber, Mandate> mandates_;
  std::map<std::pair<crypto::IdentityKey, DelegationNumber>, Revocation>
      root_removals_;          // delegation 0: the whole mesh
  std::set<ItemId> in_force_;  // of the statements
  mutable std::optional<ByteArray<32>> digest_;
};

}  // namespace smeg::trust
