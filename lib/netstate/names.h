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

// The alias (IFLA_IFALIAS) that says whose an interface is: "smegmesh:" and the mesh id in base32.
std::string owner_alias(const MeshId& mesh);
// The mesh of such an alias; empty for any other text.
std::optional<MeshId> owner_of(std::string_view alias);

}  // namespace smeg::netstate

template <>
struct std::hash<smeg::netstate::InterfaceName> {
  std::size_t operator()(const smeg::netstate::InterfaceName& name) const noexcept {
    return std::hash<std::string>{}(name.text());
  }
};
