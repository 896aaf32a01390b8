// A DNS message that asks, taken apart.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "base/base.h"
#include "dns/limits.h"

namespace smeg::dns {

inline constexpr std::size_t kHeaderBytes = 12;

// Those that mean something here; any other number may come.
enum class Type : std::uint16_t {
  a = 1,
  ns = 2,
  soa = 6,
  ptr = 12,
  txt = 16,
  aaaa = 28,
  srv = 33,
  opt = 41,
  ixfr = 251,
  axfr = 252,
  any = 255,
};

enum class Rcode : std::uint16_t {
  no_error = 0,
  form_err = 1,
  serv_fail = 2,
  nx_domain = 3,
  not_imp = 4,
  refused = 5,
  bad_vers = 16,  // RFC 6891 section 9
};

inline constexpr std::uint16_t kClassIn = 1;

// RFC 6891 section 6.1
struct Edns {
  std::uint16_t payload = 0;  // bytes that the client takes by UDP
  std::uint8_t version = 0;
  bool dnssec_ok = false;
};

// What became of reading it.
enum class Reading {
  good,
  ignore,          // no question at all: too short, or an answer. Nothing is said to that.
  malformed,       // RFC 1035's format error
  unknown_opcode,  // NOTIFY, UPDATE or whatever: only standard queries are known
};

// Read by read() and only valid if that found it good; but id and question_bytes, which hold what could be read.
struct Query {
  std::uint16_t id = 0;
  std::uint8_t opcode = 0;
  bool recursion_desired = false;
  std::uint16_t type = 0;  // a Type, or any other number
  std::uint16_t qclass = 0;
  std::size_t question_bytes =
      0;  // of the question as it was asked, behind the header; zero where there is none to repeat
  std::size_t name_bytes = 0;
  std::size_t labels = 0;                                       // but for the root
  std::array<std::uint8_t, limits::kDnsLabels + 1> label_at{};  // where each begins in name; the root's too
  std::array<char, limits::kDnsNameBytes> name{};               // wire form, in lower case
  std::optional<Edns> edns;

  Reading read(ByteView message);

  // The name from that label on; labels is the root.
  std::string_view from_label(std::size_t index) const {
    return {name.data() + label_at[index], name_bytes - label_at[index]};
  }
  // One label, without its length.
  std::string_view label(std::size_t index) const {
    return {name.data() + label_at[index] + 1, static_cast<std::uint8_t>(name[label_at[index]])};
  }
  bool asks(Type which) const { return type == static_cast<std::uint16_t>(which); }

 private:
  bool read_name(ByteView message);
  bool read_rest(ByteView message, std::size_t at, std::size_t authorities, std::size_t additionals);
};

}  // namespace smeg::dns
