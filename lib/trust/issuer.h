// The side of a member that may admit others: its invites, and the certificates that it issues.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "trust/authority.h"
#include "trust/certificate.h"
#include "trust/invite.h"
#include "trust/join.h"
#include "trust/ledger.h"

namespace smeg::trust {

// What an invite is to give.
struct InviteTerms {
  Role role = Role::peer;
  bool admin = false;                  // the joiner becomes a delegate too; needs the root at the time of joining
  std::vector<std::string> aliases;    // that the joiner may have granted: exact names or "*"
  std::vector<addr::Prefix> prefixes;  // granted
  std::uint32_t uses = 1;              // 1 to limits::kInviteUses
  std::optional<Duration> expires_in;  // none: never
};

// What the issuer keeps of an invite: not the seed.
struct InviteRecord {
  crypto::InviteKey id;
  InviteTerms terms;  // without expires_in
  WallTime created;
  std::optional<WallTime> expires;
  std::uint32_t used = 0;
  bool revoked = false;

  enum class State { open, expired, used_up, revoked };
  State state(WallTime now) const;
};
std::string_view name(InviteRecord::State state);  // "open", "expired", "usedUp", "revoked"

// What the mesh's contents say that bears upon an admission. Everything may be left out.
struct Surroundings {
  Incarnation incarnation{};           // the highest one known of the joiner
  CertificateNumber highest_number{};  // known of this host's delegation (after a restore from an old copy)
  std::function<bool(const addr::IpAddress&)> address_taken;  // by another member
  std::function<bool(std::string_view)> alias_granted;        // to another member
};

// What a redemption gave.
struct Admitted {
  Certificate certificate;
  std::optional<Item> delegation;  // for an admin: apply it to the ledger, then publish
  bool repeated = false;           // the same identity had redeemed the same invite: the same certificate again
};

// Counts, numbers and signs. Called by the core on its one thread. Every call that fails leaves it as it was. After
// every call that succeeded and isn't const the caller persists encode() before it tells anyone. Does not decide who
// may be a delegate: the ledger does, and whatever is issued passes Ledger::check.
class Issuer {
 public:
  Issuer(const MeshId& mesh, const crypto::IdentityPrivateKey& key);

  // Fails with malformed or invalid; the message names what.
  static Result<Issuer> decode(ByteView state, const MeshId& mesh, const crypto::IdentityPrivateKey& key);
  Bytes encode() const;

  // Its own certificate, as a founder or an admin's own (a delegate may admit itself).
  Result<Certificate> issue_own(const Ledger& ledger, const Surroundings& around, std::string alias = {},
                                Role role = Role::peer);

  // Fails with forbidden where the host is no delegate or may not grant that, invalid for impossible terms, too_large
  // where there are limits::kInvites open ones. can_delegate: the host holds the root (demanded for an admin invite).
  Result<Invite> create_invite(const Ledger& ledger, const InviteTerms& terms, std::vector<addr::HostPort> contacts,
                               bool can_delegate, WallTime now, KeySource& secrets);
  // not_found, or revoked where it was already.
  Result<void> revoke_invite(const crypto::InviteKey& id);
  // Oldest first.
  std::vector<InviteRecord> invites() const;

  // A joiner asks, in a session that has this exporter and whose other side holds the key `joiner`. authority is null
  // where the host does not hold the root. Fails, and changes nothing, with
  //   conflict         the token is of another mesh or another issuer, or the wanted alias is granted to somebody
  //   unauthenticated  the proof does not fit: whoever asks does not have the token
  //   not_found        no such invite
  //   revoked, expired, used_up   the invite
  //   forbidden        the joiner is banned, wants what the invite does not give, or this host may no longer admit
  //   unavailable      an admin invite on a host without the root
  Result<Admitted> redeem(const JoinRequest& request, const crypto::IdentityKey& joiner, const TlsExporter& exporter,
                          const Ledger& ledger, const Surroundings& around, const RootAuthority* authority,
                          WallTime now);

  // Admits a host that asked without an invite. Fails with forbidden or conflict, as redeem does.
  Result<Certificate> admit_asking(const crypto::IdentityKey& joiner, Role role, const Ledger& ledger,
                                   const Surroundings& around);
  // What it was given, if that would still do.
  std::optional<Certificate> admitted_asking(const crypto::IdentityKey& joiner, const Ledger& ledger,
                                             const Surroundings& around) const;

  // Takes back a member that this host admitted. Fails with forbidden where it didn't: then only that delegate or the
  // root may.
  Result<Item> revoke(const Certificate& member, bool ban, const Ledger& ledger) const;

 private:
  struct Redemption {
    crypto::InviteKey invite;
    crypto::IdentityKey identity;
    CertificateNumber number;
    Bytes rights;
  };

  Result<const Mandate*> own_mandate(const Ledger& ledger) const;
  Result<void> check_request(const JoinRequest& request, const crypto::IdentityKey& joiner,
                             const TlsExporter& exporter) const;
  const InviteRecord* find_invite(const crypto::InviteKey& id) const;
  Result<Certificate> remake(const Redemption& redemption) const;
  // The certificate that the joiner got for this invite, if it would still do.
  std::optional<Certificate> issued_before(const crypto::InviteKey& invite, const crypto::IdentityKey& joiner,
                                           const Ledger& ledger, const Surroundings& around) const;
  Result<void> check_invite(const InviteRecord& invite, const Ledger& ledger, const RootAuthority* authority,
                            WallTime now) const;
  Result<Certificate> admit(const InviteRecord& invite, const JoinRequest& request, const crypto::IdentityKey& joiner,
                            const Ledger& ledger, const Surroundings& around) const;
  // The certificate with the next number; the number is not yet taken.
  Result<Certificate> draft(const crypto::IdentityKey& identity, Rights rights, const Ledger& ledger,
                            const Surroundings& around) const;
  Result<Incarnation> next_incarnation(const crypto::IdentityKey& identity, DelegationNumber delegation,
                                       const Ledger& ledger, const Surroundings& around) const;
  void take_number(const Certificate& certificate);
  void remember(Redemption redemption);
  bool make_room(WallTime now);

  MeshId mesh_;
  crypto::IdentityPrivateKey key_;
  crypto::IdentityKey identity_;
  std::map<DelegationNumber, CertificateNumber> last_number_;
  std::vector<InviteRecord> invites_;  // oldest first
  std::deque<Redemption> redemptions_;
};

}  // namespace smeg::trust
