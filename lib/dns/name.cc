#include "dns/name.h"

#include <algorithm>

#include "dns/limits.h"

namespace smeg::dns {
namespace {

constexpr std::string_view kHexadecimal = "0123456789abcdef";
constexpr unsigned kNibbleBits = 4;

bool is_ordinary(char c) {
  return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

}  // namespace

std::string wire_label(std::string_view label) {
  std::string out(1, static_cast<char>(label.size()));
  std::ranges::transform(label, std::back_inserter(out), lower);
  return out;
}

Result<Name> Name::parse(std::string_view text) {
  const auto wrong = [&](const char* what) {
    return fail(Code::malformed,
                "'" + std::string(text.substr(0, limits::kDnsNameBytes)) + "' is no domain name: " + what,
                "as in 'smeg' or 'mesh.example.org'");
  };
  if (text == ".") return Name();
  if (text.ends_with('.')) text.remove_suffix(1);
  std::string wire;
  while (true) {
    const std::string_view label = text.substr(0, text.find('.'));
    if (label.empty()) return wrong("there is nothing between two dots");
    if (label.size() > limits::kDnsLabelBytes) return wrong("there are more than 63 characters between two dots");
    if (!std::ranges::all_of(label, is_ordinary)) return wrong("letters, digits, '-' and '_' may be in it");
    wire += wire_label(label);
    if (label.size() == text.size()) break;
    text.remove_prefix(label.size() + 1);
  }
  if (wire.size() + 1 > limits::kDnsNameBytes) return wrong("it is too long");
  Name out;
  out.wire_.insert(0, wire);
  return out;
}

std::optional<Name> Name::child(std::string_view label) const {
  if (label.empty() || label.size() > limits::kDnsLabelBytes) return std::nullopt;
  if (1 + label.size() + wire_.size() > limits::kDnsNameBytes) return std::nullopt;
  Name out;
  out.wire_ = wire_label(label) + wire_;
  return out;
}

Name reverse_name(const addr::Prefix& prefix) {
  Name out = *Name().child("arpa")->child("ip6");
  for (unsigned bit = 0; bit + kNibbleBits <= prefix.length(); bit += kNibbleBits) {
    const std::uint8_t byte = prefix.address().view()[bit / 8];
    out = *out.child(kHexadecimal.substr(bit % 8 == 0 ? byte >> kNibbleBits : byte & 0xf, 1));
  }
  return out;
}

std::size_t Name::labels() const {
  std::size_t out = 0;
  for (std::size_t at = 0; wire_[at] != '\0'; at += 1 + static_cast<std::uint8_t>(wire_[at])) ++out;
  return out;
}

std::string Name::text() const {
  if (wire_.size() == 1) return ".";
  std::string out;
  for (std::size_t at = 0; wire_[at] != '\0';) {
    const auto size = static_cast<std::uint8_t>(wire_[at]);
    out.append(wire_, at + 1, size).append(1, '.');
    at += 1 + size;
  }
  return out;
}

}  // namespace smeg::dns
