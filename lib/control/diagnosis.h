// Why packets don't arrive: the first thing that keeps them from it, and what to do about it. Pure: goes by a Snapshot
// and by what was tried from this host, which the caller hands over.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/lookup.h"
#include "control/render_routes.h"

namespace smeg::control {

// Where the fault lies, from the top down.
enum class Layer { daemon, name, membership, session, tunnel, handshake, route, exit, mtu, firewall };
std::string_view name(Layer layer);  // "daemon" ...

struct Finding {
  Layer layer = Layer::daemon;
  std::string code;    // for programs: "no-handshake"
  std::string cause;   // one sentence
  std::string remedy;  // what to do; one sentence or more

  friend bool operator==(const Finding&, const Finding&) = default;
};

// Whom or what packets are for.
struct Target {
  std::string label;  // for people
  addr::IpAddress address;
  const MeshView* mesh = nullptr;      // of this host, that holds the address; null: somewhere else
  const MemberView* member = nullptr;  // whose address it is; null: a guest's, nobody's, or somewhere else
  const GuestView* guest = nullptr;
};

// A member or guest of this host's meshes (of the one that `mesh` names, where it names one), or an address.
tl::expected<Target, Finding> find_target(const Snapshot& snapshot, const MeshSelector& mesh, std::string_view text);

// What was tried from this host.
struct Evidence {
  std::optional<Error> send_error = {};  // the system refused to send: forbidden, by a rule of its own
  bool answered = false;                 // a small packet came back
  std::size_t large_bytes = 0;           // of the largest packet that should pass, IPv6 header and all; 0: not tried
  bool large_answered = false;           // that one came back too
  std::vector<TraceHop> hops = {};       // hop by hop; empty: not tried

  bool arrives() const { return answered && (large_bytes == 0 || large_answered); }
};

// What keeps this host from reaching the target; nothing where all that was tried came back. Without evidence, what is
// known beforehand: nothing where nothing speaks against it.
std::optional<Finding> diagnose(const Snapshot& snapshot, const Target& target,
                                const std::optional<Evidence>& evidence);
// What keeps one member from reaching a target, as far as this host is told: packets can be tried there alone.
std::optional<Finding> diagnose_from(const Snapshot& snapshot, const Target& from, const Target& target);

// found: none where the target is reached (from empty), or where nothing is known against it.
std::string why_text(const std::string& from, const Target& target, const std::optional<Finding>& found);
std::string why_json(const std::string& from, const std::string& target, const std::optional<addr::IpAddress>& address,
                     const std::optional<Finding>& found);

}  // namespace smeg::control
