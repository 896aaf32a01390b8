#include "dns/remote.h"

#include <algorithm>
#include <array>

#include "dns/records.h"

namespace smeg::dns {
namespace {

constexpr std::size_t kMeshIdBytes = 32;       // as text
constexpr std::uint16_t kToQuestion = 0xc00c;  // a pointer to the name that was asked
constexpr std::size_t kRecordHeadBytes = 12;   // with a pointer for its owner
constexpr std::uint8_t kPointer = 0xc0;        // RFC 1035 section 4.1.4
constexpr std::uint8_t kResponseAndOpcode = 0xf8;
constexpr std::uint8_t kResponse = 0x80;
constexpr std::uint8_t kTruncated = 0x02;
constexpr std::uint8_t kRcode = 0x0f;

template <class Number>
void put(Bytes& out, Number number) {
  std::array<std::uint8_t, sizeof(Number)> bytes;
  store_be(bytes.data(), number);
  out.insert(out.end(), bytes.begin(), bytes.end());
}

// The address in one record of an answer at that place, and its TTL. None for anything but an address of the mesh.
struct Address {
  addr::IpAddress address;
  std::uint32_t ttl = 0;
};
std::optional<Address> read_address(ByteView record, const addr::Prefix& prefix) {
  constexpr std::size_t kBytes = 16;
  if (record.size() < kRecordHeadBytes + kBytes) return std::nullopt;
  const std::uint8_t* const at = record.data();
  const bool is_address = load_be<std::uint16_t>(at) == kToQuestion &&
                          load_be<std::uint16_t>(at + 2) == static_cast<std::uint16_t>(Type::aaaa) &&
                          load_be<std::uint16_t>(at + 4) == kClassIn && load_be<std::uint16_t>(at + 10) == kBytes;
  if (!is_address) return std::nullopt;
  const auto address = addr::IpAddress::from(record.subspan(kRecordHeadBytes, kBytes));
  if (!address || !prefix.contains(*address)) return std::nullopt;
  return Address{*address, load_be<std::uint32_t>(at + 6)};
}

// How long it may be kept that there is nothing: the SOA beside it says so, by its TTL and by its last field, whichever
// is less (RFC 2308 section 5). Without one it is not kept.
std::uint32_t read_nothing(ByteView message, std::size_t at) {
  constexpr std::size_t kShortest = 2 + 5 * 4;  // two names and five numbers
  if (load_be<std::uint16_t>(&message[8]) == 0 || message.size() - at < kRecordHeadBytes) return 0;
  const std::uint8_t* const record = message.data() + at;
  const std::size_t size = load_be<std::uint16_t>(record + 10);
  const bool is_start = (record[0] & kPointer) == kPointer &&
                        load_be<std::uint16_t>(record + 2) == static_cast<std::uint16_t>(Type::soa) &&
                        load_be<std::uint16_t>(record + 4) == kClassIn && size >= kShortest &&
                        message.size() - at - kRecordHeadBytes >= size;
  if (!is_start) return 0;
  return std::min(load_be<std::uint32_t>(record + 6), load_be<std::uint32_t>(record + kRecordHeadBytes + size - 4));
}

// Whether it is a response to that question, whole.
bool responds(ByteView message, ByteView question) {
  if (message.size() < question.size() || message.size() > limits::kDnsUdpAnswerBytes) return false;
  return message[0] == question[0] && message[1] == question[1] && (message[2] & kResponseAndOpcode) == kResponse &&
         (message[2] & kTruncated) == 0 && load_be<std::uint16_t>(&message[4]) == 1 &&
         std::ranges::equal(message.subspan(kHeaderBytes, question.size() - kHeaderBytes),
                            question.subspan(kHeaderBytes));
}

}  // namespace

std::optional<RemoteName> remote_name(const Zone& zone, ByteView query) {
  Query read;
  if (query.size() > limits::kDnsQueryBytes || read.read(query) != Reading::good) return std::nullopt;
  if (read.qclass != kClassIn || (read.edns && read.edns->version != 0)) return std::nullopt;
  return zone.find_remote(read);
}

bool asks_by_mesh_id(const Zone& zone, ByteView query) {
  Query read;
  if (query.size() > limits::kDnsQueryBytes || read.read(query) != Reading::good) return false;
  const auto labels = zone.labels_below(read);
  return labels && *labels >= 2 && read.label(*labels - 1).size() == kMeshIdBytes;
}

Bytes remote_question(const Zone& zone, const RemoteName& name, std::uint16_t id) {
  Bytes out;
  for (const std::uint16_t field :
       {id, std::uint16_t{0}, std::uint16_t{1}, std::uint16_t{0}, std::uint16_t{0}, std::uint16_t{0}})
    put(out, field);
  const std::string whole = name.below + wire_label(name.mesh) + zone.origin().wire();
  out.insert(out.end(), whole.begin(), whole.end());
  put(out, static_cast<std::uint16_t>(Type::aaaa));
  put(out, kClassIn);
  return out;
}

std::optional<RemoteAnswer> read_remote_answer(ByteView message, ByteView question, const RemoteName& name) {
  const std::size_t asked = question.size();
  if (!responds(message, question)) return std::nullopt;
  const auto rcode = static_cast<Rcode>(message[3] & kRcode);
  if (rcode != Rcode::no_error && rcode != Rcode::nx_domain) return std::nullopt;
  const std::size_t count = load_be<std::uint16_t>(&message[6]);
  if (count > limits::kDnsRemoteRecords || (rcode == Rcode::nx_domain && count != 0)) return std::nullopt;
  RemoteAnswer out{rcode == Rcode::no_error, {}, limits::kDnsRemoteTtl};
  for (std::size_t i = 0, at = asked; i < count; ++i, at += kRecordHeadBytes + 16) {
    const auto address = read_address(message.subspan(std::min(at, message.size())), name.prefix);
    if (!address) return std::nullopt;
    out.addresses.push_back(address->address);
    out.ttl = std::min(out.ttl, address->ttl);
  }
  if (count == 0) out.ttl = std::min(out.ttl, read_nothing(message, asked));
  return out;
}

bool is_failure(ByteView message, ByteView question) {
  if (!responds(message, question)) return false;
  const auto rcode = static_cast<Rcode>(message[3] & kRcode);
  return rcode != Rcode::no_error && rcode != Rcode::nx_domain;
}

std::size_t answer_remote(const Zone& zone, ByteView query, const std::optional<RemoteAnswer>& remote,
                          Transport transport, MutableByteView out) {
  if (!remote) return answer_as(zone, query, Outcome::failed, {}, 0, transport, out);
  Node node;
  if (!remote->addresses.empty()) node.sets.push_back(address_records(remote->addresses, false, remote->ttl));
  return answer_as(zone, query, remote->exists ? Outcome::found : Outcome::missing, node, remote->ttl, transport, out);
}

}  // namespace smeg::dns
