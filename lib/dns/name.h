// A domain name.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "addr/addr.h"

namespace smeg::dns {

// In wire form (RFC 1035 section 3.1), uncompressed and in lower case: labels behind their lengths, the root's zero
// last.
class Name {
 public:
  Name() : wire_(1, '\0') {}  // the root
  // "smeg", "smeg.", "mesh.example.org": labels of letters, digits, '-' and '_'. malformed otherwise.
  static Result<Name> parse(std::string_view text);

  // The name below this one. None where it would be too long, or the label is empty.
  std::optional<Name> child(std::string_view label) const;

  const std::string& wire() const { return wire_; }
  std::size_t labels() const;  // but for the root
  // "smeg."; the root is ".".
  std::string text() const;

  friend bool operator==(const Name&, const Name&) = default;

 private:
  std::string wire_;
};

// Below which the addresses of a prefix are looked up backwards: RFC 3596 section 2.5. IPv6, the length a multiple of
// four.
Name reverse_name(const addr::Prefix& prefix);

// A label behind its length, in lower case. At most limits::kDnsLabelBytes, not empty.
std::string wire_label(std::string_view label);

// ASCII alone, as RFC 4343 has it.
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

}  // namespace smeg::dns
