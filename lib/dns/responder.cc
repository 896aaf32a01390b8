#include "dns/responder.h"

#include <algorithm>

namespace smeg::dns {
namespace {

constexpr std::uint8_t kResponse = 0x80;       // of the third byte
constexpr std::uint8_t kAuthoritative = 0x04;  // likewise
constexpr std::uint8_t kTruncated = 0x02;      // likewise
constexpr std::uint8_t kRecursionDesired = 0x01;
constexpr std::size_t kOptBytes = 11;
constexpr std::size_t kTtlOffset = 6;        // in a record whose owner is a pointer
constexpr std::uint16_t kToOffset = 0xc000;  // a pointer, RFC 1035 section 4.1.4

// Builds one message. What doesn't fit is left out, and the answer is truncated.
class Writer {
 public:
  Writer(const Query& query, ByteView message, MutableByteView out, std::size_t most) : query_(query), out_(out) {
    room_ = std::min(most, out.size()) - (query.edns ? kOptBytes : 0);
    size_ = kHeaderBytes + query.question_bytes;
    std::copy_n(message.begin() + kHeaderBytes, query.question_bytes, out.begin() + kHeaderBytes);
  }

  void answer(const RrSet& set) {
    if (put(set.records)) answers_ = set.count;
  }
  // owner: where in the question the name of the zone begins. ttl: seconds, at most.
  void authority(const RrSet& set, std::size_t owner, std::uint32_t ttl = limits::kDnsMaxTtl) {
    const std::size_t at = size_;
    if (!put(set.records)) return;
    store_be(&out_[at], static_cast<std::uint16_t>(kToOffset | (kHeaderBytes + owner)));
    std::uint8_t* const kept = &out_[at + kTtlOffset];
    store_be(kept, std::min(load_be<std::uint32_t>(kept), ttl));
    ++authorities_;
  }
  // Left out where it doesn't fit: nobody asked for it (RFC 2181 section 9).
  void additional(const RrSet& set) {
    if (truncated_ || room_ < size_ || room_ - size_ < set.additionals.size()) return;
    if (put(set.additionals)) additionals_ = set.additional_count;
  }
  void truncate() { truncated_ = true; }

  std::size_t finish(Rcode rcode, bool authoritative) {
    if (truncated_) {
      size_ = kHeaderBytes + query_.question_bytes;
      answers_ = authorities_ = additionals_ = 0;
    }
    const auto code = static_cast<std::uint16_t>(rcode);
    std::uint8_t* const head = out_.data();
    store_be(head, query_.id);
    head[2] =
        static_cast<std::uint8_t>(kResponse | (query_.opcode << 3) | (authoritative ? kAuthoritative : 0) |
                                  (truncated_ ? kTruncated : 0) | (query_.recursion_desired ? kRecursionDesired : 0));
    head[3] = static_cast<std::uint8_t>(code & 0xf);
    store_be(head + 4, static_cast<std::uint16_t>(query_.question_bytes != 0 ? 1 : 0));
    store_be(head + 6, answers_);
    store_be(head + 8, authorities_);
    store_be(head + 10, static_cast<std::uint16_t>(additionals_ + (query_.edns ? 1 : 0)));
    if (query_.edns) put_edns(static_cast<std::uint8_t>(code >> 4));
    return size_;
  }

 private:
  bool put(std::string_view records) {
    if (truncated_ || room_ < size_ || room_ - size_ < records.size()) {
      truncated_ = true;
      return false;
    }
    std::ranges::copy(as_bytes(records), out_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += records.size();
    return true;
  }

  // RFC 6891 section 6.1: the root, OPT, our size, the upper bits of the code, version 0, DO as it was, no options.
  void put_edns(std::uint8_t extended) {
    std::uint8_t* const at = &out_[size_];
    at[0] = 0;
    store_be(at + 1, static_cast<std::uint16_t>(Type::opt));
    store_be(at + 3, static_cast<std::uint16_t>(limits::kDnsUdpAnswerBytes));
    at[5] = extended;
    at[6] = 0;
    store_be(at + 7, static_cast<std::uint16_t>(query_.edns->dnssec_ok ? 0x8000 : 0));
    store_be(at + 9, std::uint16_t{0});
    size_ += kOptBytes;
  }

  const Query& query_;
  MutableByteView out_;
  std::size_t room_ = 0;
  std::size_t size_ = 0;
  std::uint16_t answers_ = 0;
  std::uint16_t authorities_ = 0;
  std::uint16_t additionals_ = 0;
  bool truncated_ = false;
};

std::size_t most_bytes(const Query& query, Transport transport) {
  if (transport == Transport::tcp) return limits::kDnsTcpAnswerBytes;
  if (!query.edns) return limits::kDnsPlainAnswerBytes;
  return std::clamp<std::size_t>(query.edns->payload, limits::kDnsPlainAnswerBytes, limits::kDnsUdpAnswerBytes);
}

// What is asked of a node: the set of that type; of ANY the first (RFC 8482 section 4.1).
const RrSet* choose(const Node& node, const Query& query) {
  if (query.asks(Type::any)) return node.sets.empty() ? nullptr : &node.sets.front();
  const auto found = std::ranges::find_if(node.sets, [&](const RrSet& set) { return query.asks(set.type); });
  return found == node.sets.end() ? nullptr : &*found;
}

std::size_t look_up(const Zone* zone, const Query& query, Writer& writer) {
  // Zones are not handed over: their names are for who knows them.
  if (query.qclass != kClassIn || query.asks(Type::axfr) || query.asks(Type::ixfr))
    return writer.finish(Rcode::refused, false);
  if (!zone) return writer.finish(Rcode::serv_fail, false);
  const auto found = zone->find(query);
  if (!found) return writer.finish(Rcode::refused, false);
  const RrSet* const set = found->node ? choose(*found->node, query) : nullptr;
  if (set) {
    writer.answer(*set);
    writer.additional(*set);
  } else {
    writer.authority(*found->soa, found->apex);  // RFC 2308 sections 2.1 and 2.2
  }
  return writer.finish(found->node ? Rcode::no_error : Rcode::nx_domain, true);
}

}  // namespace

std::size_t answer(const Zone* zone, ByteView message, Transport transport, MutableByteView out) {
  if (message.size() > limits::kDnsQueryBytes) return 0;
  Query query;
  const Reading reading = query.read(message);
  if (reading == Reading::ignore) return 0;
  Writer writer(query, message, out, most_bytes(query, transport));
  switch (reading) {
    case Reading::ignore: return 0;
    case Reading::malformed: return writer.finish(Rcode::form_err, false);
    case Reading::unknown_opcode: return writer.finish(Rcode::not_imp, false);
    case Reading::good: break;
  }
  if (query.edns && query.edns->version != 0) return writer.finish(Rcode::bad_vers, false);
  return look_up(zone, query, writer);
}

std::size_t answer_as(const Zone& zone, ByteView message, Outcome outcome, const Node& node, std::uint32_t ttl,
                      Transport transport, MutableByteView out) {
  Query query;
  if (message.size() > limits::kDnsQueryBytes || query.read(message) != Reading::good) return 0;
  Writer writer(query, message, out, most_bytes(query, transport));
  const auto zone_of = zone.find(query);
  if (outcome == Outcome::failed || !zone_of) return writer.finish(Rcode::serv_fail, false);
  const RrSet* const set = outcome == Outcome::found ? choose(node, query) : nullptr;
  if (set) {
    writer.answer(*set);
  } else {
    writer.authority(*zone_of->soa, zone_of->apex, ttl);
  }
  return writer.finish(outcome == Outcome::found ? Rcode::no_error : Rcode::nx_domain, false);
}

std::size_t answer_refused(ByteView message, MutableByteView out) {
  Query query;
  if (message.size() > limits::kDnsQueryBytes || query.read(message) != Reading::good) return 0;
  return Writer(query, message, out, limits::kDnsPlainAnswerBytes).finish(Rcode::refused, false);
}

std::size_t answer_truncated(ByteView message, MutableByteView out) {
  Query query;
  if (message.size() > limits::kDnsQueryBytes || query.read(message) != Reading::good) return 0;
  Writer writer(query, message, out, limits::kDnsPlainAnswerBytes);
  writer.truncate();
  return writer.finish(Rcode::no_error, false);
}

}  // namespace smeg::dns
