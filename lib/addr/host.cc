#include "addr/host.h"

#include <algorithm>

namespace smeg::addr {
namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

Result<std::string> parse_name(std::string_view text) {
  std::string name(text.substr(0, limits::kHostNameBytes + 1));
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (name.size() > 1 && name.back() == '.') name.pop_back();
  const bool fits = !name.empty() && name.size() <= limits::kHostNameBytes &&
                    std::ranges::all_of(name, is_name_character) && name.front() != '.' && name.front() != '-' &&
                    name.find("..") == std::string::npos;
  // "1.2.3" and "1.2.3.999" are no names: RFC 1123 section 2.1 keeps all-digit last labels for addresses.
  const std::string_view last = std::string_view(name).substr(name.rfind('.') + 1);
  if (!fits || std::ranges::all_of(last, [](char c) { return c >= '0' && c <= '9'; }))
    return fail(Code::malformed, "'" + name.substr(0, 64) + "' is neither a host name nor an IP address",
                "write HOST, HOST:PORT, ADDRESS, ADDRESS:PORT or [IPv6-ADDRESS]:PORT");
  return name;
}

// What stands before and behind the colon that begins a port; behind is empty where there is none.
struct Halves {
  std::string_view host;
  std::string_view port;
  bool has_port = false;
};

Result<Halves> split(std::string_view text) {
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    const std::string_view rest = close == std::string_view::npos ? "?" : text.substr(close + 1);
    if (!rest.empty() && rest.front() != ':')
      return fail(Code::malformed, "'" + std::string(text.substr(0, 64)) + "' has a bracket too many or too few",
                  "write [IPv6-ADDRESS]:PORT");
    return Halves{text.substr(1, close - 1), rest.empty() ? rest : rest.substr(1), !rest.empty()};
  }
  const auto colon = text.find(':');
  // More than one colon and no brackets: an IPv6 address without a port.
  if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos) return Halves{text, {}};
  return Halves{text.substr(0, colon), text.substr(colon + 1), true};
}

}  // namespace

Result<HostPort> HostPort::parse(std::string_view text) {
  const auto halves = split(text);
  if (!halves) return fail(halves.error());
  HostPort out;
  if (const auto address = IpAddress::parse(halves->host)) {
    if (address->is_v4() && text.starts_with('['))
      return fail(Code::malformed, "'" + std::string(text.substr(0, 64)) + "' has an IPv4 address in brackets",
                  "leave the brackets out");
    out.address = *address;
  } else if (text.starts_with('[')) {
    return fail(address.error());
  } else {
    auto name = parse_name(halves->host);
    if (!name) return fail(std::move(name).error());
    out.name = *std::move(name);
  }
  if (!halves->has_port) return out;
  const auto port = parse_port(halves->port);
  if (!port) return fail(port.error());
  out.port = *port;
  return out;
}

std::string HostPort::to_string() const {
  if (!port) return host();
  const bool bracketed = address && address->is_v6();
  return (bracketed ? '[' + host() + ']' : host()) + ':' + std::to_string(*port);
}

}  // namespace smeg::addr
