// Reading netlink messages and their attributes by table (libmnl). Used inside this module only.
#pragma once

#include <libmnl/libmnl.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "netlink/codec.h"

namespace smeg::netlink {

// One attribute of a message: its number, the payload it must at least have, and where it goes.
template <class Value>
struct Attribute {
  int type;
  std::size_t least_bytes;
  void (*read)(ByteView payload, Value& out);
};

// Text of an attribute, which may or may not end with a zero byte.
std::string attribute_text(ByteView payload);
inline std::uint32_t attribute_u32(ByteView payload) { return load_le<std::uint32_t>(payload.data()); }

tl::unexpected<Error> attribute_too_short();
tl::unexpected<Error> attribute_cut_off();
tl::unexpected<Error> message_too_short();

// Calls visit(type, payload), which gives a Result<void>, for each attribute; ends with the first that fails. A bit
// behind the number (nested, byte order) is not part of it.
template <class Visit>
Result<void> for_each_attribute(ByteView attributes, Visit visit) {
  while (attributes.size() >= sizeof(nlattr)) {
    const auto* attribute = reinterpret_cast<const nlattr*>(attributes.data());
    if (!mnl_attr_ok(attribute, static_cast<int>(attributes.size()))) return attribute_cut_off();
    const ByteView payload = attributes.subspan(MNL_ATTR_HDRLEN, mnl_attr_get_payload_len(attribute));
    if (auto ok = visit(static_cast<int>(mnl_attr_get_type(attribute)), payload); !ok) return ok;
    attributes = attributes.subspan(std::min<std::size_t>(attributes.size(), MNL_ALIGN(attribute->nla_len)));
  }
  return {};
}

// Attributes that the table does not name are skipped.
template <class Value, std::size_t N>
Result<void> read_attributes(ByteView attributes, const Attribute<Value> (&table)[N], Value& out) {
  return for_each_attribute(attributes, [&](int type, ByteView payload) -> Result<void> {
    for (const auto& row : table) {
      if (row.type != type) continue;
      if (payload.size() < row.least_bytes) return attribute_too_short();
      row.read(payload, out);
    }
    return {};
  });
}

// The fixed part of a message; null where it is too short for one.
template <class Fixed>
const Fixed* fixed_part(const nlmsghdr& header) {
  if (mnl_nlmsg_get_payload_len(&header) < sizeof(Fixed)) return nullptr;
  return static_cast<const Fixed*>(mnl_nlmsg_get_payload(&header));
}

// What stands behind so many bytes of a message's payload.
inline ByteView attributes_behind(const nlmsghdr& header, std::size_t fixed_bytes) {
  const ByteView payload(static_cast<const std::uint8_t*>(mnl_nlmsg_get_payload(&header)),
                         mnl_nlmsg_get_payload_len(&header));
  return payload.subspan(std::min<std::size_t>(payload.size(), MNL_ALIGN(fixed_bytes)));
}

template <class Fixed, class Value, std::size_t N>
Result<void> read_body(const nlmsghdr& header, const Attribute<Value> (&table)[N], Value& out) {
  return read_attributes(attributes_behind(header, sizeof(Fixed)), table, out);
}

// What tells the messages of one netlink protocol apart from those of another: makes the body of a message whose header
// is read already.
using BodyDecoder = Result<Message> (*)(const nlmsghdr& header, Message message);

// The messages of one datagram; acknowledgements and ends of dumps, which all protocols share, are dealt with.
Result<std::vector<Message>> decode_messages(ByteView datagram, BodyDecoder decode_body);

}  // namespace smeg::netlink
