#include "netstate/names.h"

#include <algorithm>
#include <charconv>

#include "crypto/crypto.h"

namespace smeg::netstate {
namespace {

constexpr std::string_view kAliasPrefix = "smegmesh:";

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == '=' || c == '+' || c == '-';
}

}  // namespace

Result<InterfaceName> InterfaceName::parse(std::string_view text) {
  if (text.empty() || text.size() > limits::kInterfaceNameBytes || text == "." || text == ".." ||
      !std::all_of(text.begin(), text.end(), is_name_byte)) {
    return fail(Code::invalid, "no name for a network interface",
                "use 1 to 15 letters, digits, or one of _ . = + -, such as smeg0");
  }
  return InterfaceName(std::string(text));
}

Result<InterfaceName> InterfaceName::make(std::string_view prefix, unsigned number) {
  std::string text = std::string(prefix) + std::to_string(number);
  if (prefix.empty() || text.size() > limits::kInterfaceNameBytes) {
    return fail(Code::invalid, "the interface prefix \"" + std::string(prefix) + "\" and a number make no name",
                "use a prefix of 1 to 13 letters and digits");
  }
  return parse(text);
}

bool is_numbered(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return false;
  const std::string_view number = name.substr(prefix.size());
  if (number.empty() || (number.size() > 1 && number.front() == '0')) return false;
  return std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string owner_alias(const Owner& owner) {
  std::string alias = std::string(kAliasPrefix) + crypto::to_base32(owner.mesh.bytes);
  if (owner.lane != kMainLane) alias += "/" + std::to_string(owner.lane);
  return alias;
}

std::optional<Owner> owner_of(std::string_view alias) {
  if (!alias.starts_with(kAliasPrefix)) return std::nullopt;
  alias.remove_prefix(kAliasPrefix.size());
  const std::string_view id = alias.substr(0, alias.find('/'));
  const auto bytes = crypto::from_base32(id);
  Owner owner;
  if (!bytes || bytes->size() != owner.mesh.bytes.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), owner.mesh.bytes.begin());
  if (id.size() == alias.size()) return owner;
  const std::string_view lane = alias.substr(id.size() + 1);
  const auto [end, error] = std::from_chars(lane.data(), lane.data() + lane.size(), owner.lane);
  if (error != std::errc{} || owner_alias(owner).substr(kAliasPrefix.size()) != alias) return std::nullopt;
  if (owner.lane > kLanesPerMesh) return std::nullopt;
  return owner;
}

}  // namespace smeg::netstate
