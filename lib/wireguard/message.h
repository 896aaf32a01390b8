// The four messages of the protocol as bytes (WireGuard paper, section 5.4). All numbers are little-endian.
#pragma once

#include <optional>

#include "base/base.h"
#include "wireguard/constants.h"

namespace smeg::wireguard {

enum class MessageType : std::uint8_t { initiation = 1, response = 2, cookie_reply = 3, data = 4 };

// The type of a datagram by its first four bytes and its length; nullopt for what is no message. Says nothing about
// authenticity. A data message has at least kDataOverhead bytes.
std::optional<MessageType> classify(ByteView datagram);

struct Initiation {
  std::uint32_t sender = 0;
  ByteArray<32> ephemeral{};
  ByteArray<48> sealed_static{};
  ByteArray<28> sealed_timestamp{};
};
struct Response {
  std::uint32_t sender = 0;
  std::uint32_t receiver = 0;
  ByteArray<32> ephemeral{};
  ByteArray<16> sealed_nothing{};
};
struct CookieReply {
  std::uint32_t receiver = 0;
  ByteArray<24> nonce{};
  ByteArray<32> sealed_cookie{};
};
// The header of a data message; the sealed packet follows.
struct DataHeader {
  std::uint32_t receiver = 0;
  std::uint64_t counter = 0;
};

// Decoders fail where classify() gives another type; encoders write mac1 and mac2 as zero (cookie.h fills them in).
std::optional<Initiation> decode_initiation(ByteView datagram);
std::optional<Response> decode_response(ByteView datagram);
std::optional<CookieReply> decode_cookie_reply(ByteView datagram);
std::optional<DataHeader> decode_data_header(ByteView datagram);
Bytes encode(const Initiation& message);
Bytes encode(const Response& message);
Bytes encode(const CookieReply& message);
// to has room for kDataHeaderBytes.
void encode(const DataHeader& header, std::uint8_t* to);

// The length of a packet with its padding to a multiple of kPadding, which never goes over the MTU (the last unit of a
// packet that is larger than the MTU counts).
std::size_t padded_size(std::size_t packet_bytes, unsigned mtu);

}  // namespace smeg::wireguard
