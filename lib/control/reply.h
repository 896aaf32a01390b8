// What the daemon answers to a Command that was carried out. One that was not is answered with an Error.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "control/secret_text.h"
#include "control/selector.h"

namespace smeg::control {

// To mesh.create and mesh.join.
struct MeshEntered {
  MeshId id;
  std::string name;         // may be empty
  addr::IpAddress address;  // this host's, in the mesh

  friend bool operator==(const MeshEntered&, const MeshEntered&) = default;
};

// To mesh.ask.
struct MeshAsked {
  MeshId id;
  std::string name;                // may be empty
  crypto::IdentityKey public_key;  // this host's, whose fingerprint the other side sees

  friend bool operator==(const MeshAsked&, const MeshAsked&) = default;
};

// To daemon.reload: keys of the configuration, as they are written, whose values are others now.
struct Reloaded {
  std::vector<std::string> applied;
  std::vector<std::string> waiting;  // for the next start
  std::vector<std::string> ignored;  // which never have an effect

  friend bool operator==(const Reloaded&, const Reloaded&) = default;
};

// To daemon.config.
struct ConfigShown {
  std::string yaml;  // every key, but for the arguments of hooks

  friend bool operator==(const ConfigShown&, const ConfigShown&) = default;
};

// When another value of a key begins to count.
enum class TakesEffect { on_reload, on_start, never };
std::string_view name(TakesEffect effect);  // "reload", "restart", "never"
Result<TakesEffect> parse_takes_effect(std::string_view text);

struct ConfigChange {
  std::string field;   // "baseConfiguration.role"
  std::string before;  // empty: not there
  std::string after;   // likewise
  TakesEffect takes_effect = TakesEffect::on_reload;

  friend bool operator==(const ConfigChange&, const ConfigChange&) = default;
};

// To daemon.configDiff.
struct ConfigDiffered {
  std::vector<ConfigChange> changes;

  friend bool operator==(const ConfigDiffered&, const ConfigDiffered&) = default;
};

// To invite.create.
struct InviteCreated {
  SecretText token;
  crypto::InviteKey id;
  WallTime expires;
  std::uint32_t uses = 1;

  friend bool operator==(const InviteCreated&, const InviteCreated&) = default;
};

// To guest.add and guest.show: all that the guest's configuration says, but for its private key, which is nowhere here.
struct GuestConfig {
  std::string name;
  addr::IpAddress address;
  crypto::WgPublicKey key;
  addr::Prefix prefix;                 // of the mesh: what the guest is to send to its sponsor
  crypto::WgPublicKey sponsor_key;     // WireGuard's
  addr::HostPort endpoint;             // of the sponsor, with its port
  crypto::PresharedKey preshared_key;  // between guest and sponsor
  std::uint32_t mtu = 0;

  friend bool operator==(const GuestConfig&, const GuestConfig&) = default;
};

// To key.rotate.
struct KeyRotated {
  crypto::WgPublicKey key;  // the new one

  friend bool operator==(const KeyRotated&, const KeyRotated&) = default;
};

// To authority.export: the text of a file that only the passphrase opens.
struct AuthorityExported {
  MeshId mesh;
  SecretText sealed;

  friend bool operator==(const AuthorityExported&, const AuthorityExported&) = default;
};

// To everything else.
struct Done {
  friend bool operator==(const Done&, const Done&) = default;
};

using Reply = std::variant<Done, MeshEntered, MeshAsked, Reloaded, ConfigShown, ConfigDiffered, InviteCreated,
                           GuestConfig, KeyRotated, AuthorityExported>;

}  // namespace smeg::control
