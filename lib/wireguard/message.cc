#include "wireguard/message.h"

#include <algorithm>

namespace smeg::wireguard {
namespace {

// Takes fields out of, or puts them into, a message whose length was checked.
class Reader {
 public:
  explicit Reader(ByteView from) : at_(from.data()) {}
  template <std::size_t N>
  void bytes(ByteArray<N>& to) {
    std::copy_n(at_, N, to.begin());
    at_ += N;
  }
  template <class T>
  void number(T& to) {
    to = load_le<T>(at_);
    at_ += sizeof(T);
  }

 private:
  const std::uint8_t* at_;
};

class Writer {
 public:
  Writer(MessageType type, std::uint8_t* to) : at_(to) { number(static_cast<std::uint32_t>(type)); }
  template <std::size_t N>
  void bytes(const ByteArray<N>& from) {
    at_ = std::ranges::copy(from, at_).out;
  }
  template <class T>
  void number(T value) {
    store_le(at_, value);
    at_ += sizeof(T);
  }

 private:
  std::uint8_t* at_;
};

constexpr std::size_t kTypeBytes = 4;

}  // namespace

std::optional<MessageType> classify(ByteView datagram) {
  if (datagram.size() < kTypeBytes) return std::nullopt;
  switch (load_le<std::uint32_t>(datagram.data())) {
    case 1: return datagram.size() == kInitiationBytes ? std::optional(MessageType::initiation) : std::nullopt;
    case 2: return datagram.size() == kResponseBytes ? std::optional(MessageType::response) : std::nullopt;
    case 3: return datagram.size() == kCookieReplyBytes ? std::optional(MessageType::cookie_reply) : std::nullopt;
    case 4: return datagram.size() >= kDataOverhead ? std::optional(MessageType::data) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<Initiation> decode_initiation(ByteView datagram) {
  if (classify(datagram) != MessageType::initiation) return std::nullopt;
  Initiation out;
  Reader in(datagram.subspan(kTypeBytes));
  in.number(out.sender);
  in.bytes(out.ephemeral);
  in.bytes(out.sealed_static);
  in.bytes(out.sealed_timestamp);
  return out;
}

std::optional<Response> decode_response(ByteView datagram) {
  if (classify(datagram) != MessageType::response) return std::nullopt;
  Response out;
  Reader in(datagram.subspan(kTypeBytes));
  in.number(out.sender);
  in.number(out.receiver);
  in.bytes(out.ephemeral);
  in.bytes(out.sealed_nothing);
  return out;
}

std::optional<CookieReply> decode_cookie_reply(ByteView datagram) {
  if (classify(datagram) != MessageType::cookie_reply) return std::nullopt;
  CookieReply out;
  Reader in(datagram.subspan(kTypeBytes));
  in.number(out.receiver);
  in.bytes(out.nonce);
  in.bytes(out.sealed_cookie);
  return out;
}

std::optional<DataHeader> decode_data_header(ByteView datagram) {
  if (classify(datagram) != MessageType::data) return std::nullopt;
  DataHeader out;
  Reader in(datagram.subspan(kTypeBytes));
  in.number(out.receiver);
  in.number(out.counter);
  return out;
}

Bytes encode(const Initiation& message) {
  Bytes out(kInitiationBytes);
  Writer to(MessageType::initiation, out.data());
  to.number(message.sender);
  to.bytes(message.ephemeral);
  to.bytes(message.sealed_static);
  to.bytes(message.sealed_timestamp);
  return out;
}

Bytes encode(const Response& message) {
  Bytes out(kResponseBytes);
  Writer to(MessageType::response, out.data());
  to.number(message.sender);
  to.number(message.receiver);
  to.bytes(message.ephemeral);
  to.bytes(message.sealed_nothing);
  return out;
}

Bytes encode(const CookieReply& message) {
  Bytes out(kCookieReplyBytes);
  Writer to(MessageType::cookie_reply, out.data());
  to.number(message.receiver);
  to.bytes(message.nonce);
  to.bytes(message.sealed_cookie);
  return out;
}

void encode(const DataHeader& header, std::uint8_t* to) {
  Writer out(MessageType::data, to);
  out.number(header.receiver);
  out.number(header.counter);
}

std::size_t padded_size(std::size_t packet_bytes, unsigned mtu) {
  const std::size_t last_unit = mtu == 0 || packet_bytes <= mtu ? packet_bytes : packet_bytes % mtu;
  const std::size_t rounded = (last_unit + kPadding - 1) / kPadding * kPadding;
  const std::size_t padded = mtu == 0 ? rounded : std::min<std::size_t>(rounded, mtu);
  return packet_bytes + padded - last_unit;
}

}  // namespace smeg::wireguard
