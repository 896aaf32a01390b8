// How the kernel's objects are named and marked, so that ours can be told from everybody else's.
#pragma once

#include <compare>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/base.h"

namespace smeg::netstate {

// The origin that our routes (rtm_protocol) and addresses (IFA_PROTO, Linux 5.18 and later) carry. Numbers from 64 on
// that /etc/iproute2/rt_protos does not name are free for any program (rtnetlink(7), linux/rtnetlink.h).
inline constexpr std::uint8_t kProtocol = 83;

// The group (IFLA_GROUP) of links that the kernel makes for us: "smeg" in ASCII. Unlike the alias it can be given when
// the link is made, so that a link without its alias is known for ours too: where we were stopped in between, or
// somebody took it away.
inline constexpr std::uint32_t kLinkGroup = 0x736d6567;
// The kind (IFLA_INFO_KIND) of links that are the kernel's WireGuard.
inline constexpr std::string_view kWireguardKind = "wireguard";

// The name of a network interface of ours: a prefix of letters and digits and a number, at most 15 bytes together
// (IFNAMSIZ), such as "smeg0".
class InterfaceName {
 public:
  // Any name that the kernel and the UAPI socket's path allow: 1 to 15 bytes of [A-Za-z0-9_.=+-], not "." or "..".
  static Result<InterfaceName> parse(std::string_view text);
  // prefix and number, as in {"smeg", 0}. Fails with invalid where the name gets too long.
  static Result<InterfaceName> make(std::string_view prefix, unsigned number);

  const std::string& text() const { return text_; }

  friend auto operator<=>(const InterfaceName&, const InterfaceName&) = default;

 private:
  explicit InterfaceName(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// Whether a name is the prefix and a decimal number without leading zeros: the names that we may take.
bool is_numbered(std::string_view name, std::string_view prefix);

// Which interface of a mesh: 0 is the one that all its members are reached over, unless a member has one of its own, a
// lane. Lanes are for the kernel's WireGuard, which takes a source from one peer of an interface alone: where several
// exits lead to one prefix, each has a lane, and each lane the whole prefix (docs/adr/0008).
using Lane = std::uint32_t;
inline constexpr Lane kMainLane = 0;
inline constexpr Lane kLanesPerMesh = 15;  // numbers of lanes are 1 to this

// Whose an interface is.
struct Owner {
  MeshId mesh;
  Lane lane = kMainLane;

  friend auto operator<=>(const Owner&, const Owner&) = default;
};
// The alias (IFLA_IFALIAS) that says it: "smegmesh:" and the mesh id in base32; for a lane "/" and its number behind
// it.
std::string owner_alias(const Owner& owner);
// The owner by such an alias; empty for any other text.
std::optional<Owner> owner_of(std::string_view alias);

}  // namespace smeg::netstate

template <>
struct std::hash<smeg::netstate::InterfaceName> {
  std::size_t operator()(const smeg::netstate::InterfaceName& name) const noexcept {
    return std::hash<std::string>{}(name.text());
  }
};
