// An invitation into a mesh, and its text form, the token.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "addr/addr.h"
#include "base/base.h"
#include "crypto/crypto.h"

namespace smeg::trust {

// What a token holds. The seed is the secret: whoever has it may join, for as long as the issuer lets it.
struct Invite {
  MeshId mesh;
  crypto::IdentityKey issuer;            // the only one that redeems it
  std::vector<addr::HostPort> contacts;  // each with a port; at most limits::kEndpointsPerRecord
  crypto::InvitePrivateKey seed;
  std::optional<WallTime> expires;  // by the issuer's clock, to the second
  std::uint32_t uses = 1;           // 1 to limits::kInviteUses

  crypto::InviteKey id() const { return crypto::signing_public_key(seed); }

  // "smeg1" and base32. Secret: print it where the operator asked for it, and nowhere else.
  std::string to_token() const;
  // Surrounding white space and case do not matter. Fails with
  //   malformed        not a token at all
  //   unsupported      of a later version
  //   unauthenticated  damaged: the checksum does not fit
  //   invalid          intact, but with an impossible value
  //   too_large        longer than limits::kTokenBytes
  // No error repeats any of the text. Whether it expired, was used up or revoked only the issuer can say.
  static Result<Invite> parse(std::string_view token);
};

}  // namespace smeg::trust
