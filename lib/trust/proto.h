// Between the values of this module and their protobuf forms. Used by its .cc files alone.
#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include "addr/addr.h"
#include "base/base.h"
#include "crypto/crypto.h"
#include "trust/genesis.h"
#include "wire/trust.pb.h"

namespace smeg::trust::proto {

template <class Message>
std::optional<Message> parse(ByteView bytes) {
  Message message;
  if (bytes.size() > limits::kStateFileBytes || !message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return std::nullopt;
  return message;
}

// Equal messages give equal bytes: none of ours has a map.
template <class Message>
Bytes serialize(const Message& message) {
  Bytes bytes(message.ByteSizeLong());
  message.SerializeWithCachedSizesToArray(bytes.data());
  return bytes;
}

template <class Container>
void set_bytes(std::string& field, const Container& bytes) {
  field.assign(reinterpret_cast<const char*>(std::data(bytes)), std::size(bytes));
}

// False where the length is another.
template <std::size_t N>
bool get_bytes(const std::string& field, ByteArray<N>& out) {
  if (field.size() != N) return false;
  std::copy(field.begin(), field.end(), reinterpret_cast<char*>(out.data()));
  return true;
}

// For the fields that hold secrets.
inline void wipe(std::string& field) { crypto::wipe({reinterpret_cast<std::uint8_t*>(field.data()), field.size()}); }

void set_prefix(const addr::Prefix& prefix, wire::Prefix& out);
// Fails with malformed.
Result<addr::Prefix> get_prefix(const wire::Prefix& prefix);
template <class Repeated>
Result<std::vector<addr::Prefix>> get_prefixes(const Repeated& field) {
  if (static_cast<std::size_t>(field.size()) > limits::kPrefixesPerCertificate)
    return fail(Code::too_large, "more than " + std::to_string(limits::kPrefixesPerCertificate) + " prefixes");
  std::vector<addr::Prefix> out;
  for (const auto& prefix : field) {
    auto value = get_prefix(prefix);
    if (!value) return fail(value.error());
    out.push_back(*value);
  }
  return out;
}

// Times that are kept to the second.
std::uint64_t to_seconds(WallTime time);  // not before 1970
WallTime from_seconds(std::uint64_t seconds);

wire::Role set_role(Role role);
// Nothing for one that only a later version knows.
std::optional<Role> get_role(int role);

void set_genesis(const Genesis& genesis, wire::Genesis& out);
// Fails with unsupported for another format, malformed for anything else.
Result<Genesis> get_genesis(const wire::Genesis& genesis);

}  // namespace smeg::trust::proto
