#include "addr/ip.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace smeg::addr {
namespace {

Result<unsigned> parse_number(std::string_view text, unsigned limit) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > limit)
    return fail(Code::malformed, "'" + std::string(text) + "' is not a number from 0 to " + std::to_string(limit));
  return value;
}

// The longest run of zero words, of which the first; shorter than two: none. RFC 5952 section 4.2.
struct Run {
  std::size_t begin = 0;
  std::size_t length = 0;
};
Run longest_run(const std::array<unsigned, 8>& words) {
  Run longest, run;
  for (std::size_t i = 0; i < words.size(); ++i) {
    run = words[i] != 0 ? Run{i + 1, 0} : Run{run.begin, run.length + 1};
    if (run.length > longest.length) longest = run;
  }
  return longest.length < 2 ? Run{words.size(), 0} : longest;
}

// As RFC 5952 says. inet_ntop takes a microsecond, which counts where thousands of members are shown.
std::string text_of_words(const ByteArray<16>& bytes) {
  std::array<unsigned, 8> words{};
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = unsigned{bytes[2 * i]} << 8 | bytes[2 * i + 1];
  const Run run = longest_run(words);
  std::array<char, INET6_ADDRSTRLEN> text{};
  char* at = text.data();
  for (std::size_t i = 0; i < words.size();) {
    const bool is_run = i == run.begin;
    if (is_run || (i > 0 && i != run.begin + run.length)) *at++ = ':';
    if (is_run) *at++ = ':';
    if (!is_run) at = std::to_chars(at, text.data() + text.size(), words[i], 16).ptr;
    i += is_run ? run.length : 1;
  }
  return {text.data(), at};
}

}  // namespace

IpAddress IpAddress::v4(const ByteArray<4>& bytes) {
  IpAddress out;
  out.v4_ = true;
  std::copy(bytes.begin(), bytes.end(), out.bytes_.begin());
  return out;
}

IpAddress IpAddress::v6(const ByteArray<16>& bytes) {
  IpAddress out;
  out.bytes_ = bytes;
  return out;
}

Result<IpAddress> IpAddress::from(ByteView bytes) {
  if (bytes.size() != 4 && bytes.size() != 16) return fail(Code::malformed, "an address is 4 or 16 bytes long");
  IpAddress out;
  out.v4_ = bytes.size() == 4;
  std::copy(bytes.begin(), bytes.end(), out.bytes_.begin());
  return out;
}

Result<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string copy(text.substr(0, INET6_ADDRSTRLEN));
  IpAddress out;
  if (text.size() < INET6_ADDRSTRLEN && text.find('\0') == std::string_view::npos) {
    out.v4_ = text.find(':') == std::string_view::npos;
    if (inet_pton(out.v4_ ? AF_INET : AF_INET6, copy.c_str(), out.bytes_.data()) == 1) return out;
  }
  return fail(Code::malformed, "'" + copy + "' is not an IP address");
}

std::string IpAddress::to_string() const {
  // Of those that begin with 64 zeros, some end as IPv4 is written.
  const bool has_zeros = std::all_of(bytes_.begin(), bytes_.begin() + 8, [](std::uint8_t byte) { return byte == 0; });
  if (!v4_ && !has_zeros) return text_of_words(bytes_);
  char text[INET6_ADDRSTRLEN];
  return inet_ntop(v4_ ? AF_INET : AF_INET6, bytes_.data(), text, sizeof text);
}

bool IpAddress::is_unspecified() const {
  return std::ranges::all_of(view(), [](std::uint8_t byte) { return byte == 0; });
}

bool IpAddress::is_loopback() const {
  if (v4_) return bytes_[0] == 127;
  return std::all_of(bytes_.begin(), bytes_.end() - 1, [](std::uint8_t byte) { return byte == 0; }) && bytes_[15] == 1;
}

bool IpAddress::is_link_local() const {
  return v4_ ? bytes_[0] == 169 && bytes_[1] == 254 : bytes_[0] == 0xfe && (bytes_[1] & 0xc0) == 0x80;
}

bool IpAddress::is_multicast() const { return v4_ ? (bytes_[0] & 0xf0) == 0xe0 : bytes_[0] == 0xff; }

Prefix::Prefix(const IpAddress& address, unsigned length) : length_(std::min(length, address.bits())) {
  ByteArray<16> bytes{};
  std::ranges::copy(address.view(), bytes.begin());
  for (unsigned i = 0; i < address.view().size(); ++i) {
    const unsigned kept = std::clamp<int>(static_cast<int>(length_) - static_cast<int>(8 * i), 0, 8);
    bytes[i] = static_cast<std::uint8_t>(bytes[i] & (0xff00u >> kept));
  }
  address_ = *IpAddress::from({bytes.data(), address.view().size()});
}

Result<Prefix> Prefix::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return fail(address.error());
  if (slash == std::string_view::npos) return host(*address);
  const auto length = parse_number(text.substr(slash + 1), address->bits());
  if (!length) return fail(length.error());
  const Prefix prefix(*address, *length);
  if (prefix.address() != *address)
    return fail(Code::invalid, "'" + std::string(text) + "' has bits set behind its length",
                "write " + prefix.to_string());
  return prefix;
}

// On the path of every packet: whole bytes first, then the bits of the last one.
bool Prefix::contains(const IpAddress& address) const {
  if (address.is_v4() != address_.is_v4()) return false;
  const std::uint8_t* const ours = address_.view().data();
  const std::uint8_t* const theirs = address.view().data();
  const unsigned whole = length_ / 8;
  if (std::memcmp(ours, theirs, whole) != 0) return false;
  const unsigned rest = length_ % 8;
  return rest == 0 || ((ours[whole] ^ theirs[whole]) >> (8 - rest)) == 0;
}

bool Prefix::contains(const Prefix& other) const { return other.length_ >= length_ && contains(other.address_); }

std::string Prefix::to_string() const { return address_.to_string() + '/' + std::to_string(length_); }

Result<Endpoint> Endpoint::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return fail(Code::malformed, "'" + std::string(text) + "' has no port", "write ADDRESS:PORT or [ADDRESS]:PORT");
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto address = IpAddress::parse(host);
  if (!address) return fail(address.error());
  if (address->is_v6() != bracketed)
    return fail(Code::malformed, "'" + std::string(text) + "' is ambiguous", "write an IPv6 address in brackets");
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return fail(port.error());
  return Endpoint{*address, *port};
}

std::string Endpoint::to_string() const {
  const std::string number = std::to_string(port);
  return address.is_v4() ? address.to_string() + ':' + number : '[' + address.to_string() + "]:" + number;
}

Result<std::uint16_t> parse_port(std::string_view text) {
  const auto value = parse_number(text, 65'535);
  if (!value || *value == 0)
    return fail(Code::malformed, "'" + std::string(text) + "' is not a port", "a port is a number from 1 to 65535");
  return static_cast<std::uint16_t>(*value);
}

}  // namespace smeg::addr
