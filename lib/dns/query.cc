#include "dns/query.h"

#include "dns/name.h"

namespace smeg::dns {
namespace {

constexpr std::uint8_t kResponseFlag = 0x80;      // in the third byte
constexpr std::uint8_t kRecursionDesired = 0x01;  // likewise
constexpr std::uint8_t kPointer = 0xc0;           // RFC 1035 section 4.1.4
constexpr std::size_t kQuestionTail = 4;          // type, class
constexpr std::size_t kRecordTail = 10;           // type, class, ttl, length
constexpr std::uint32_t kDnssecOk = 0x8000;       // RFC 6891 section 6.1.4
constexpr std::size_t kOptionHead = 4;            // code, length

// Where the name that begins there ends, pointers not followed; zero where it doesn't.
std::size_t end_of_name(ByteView message, std::size_t at) {
  const std::size_t begin = at;
  while (at < message.size() && at - begin < limits::kDnsNameBytes) {
    const std::uint8_t size = message[at];
    if (size == 0) return at + 1;
    if ((size & kPointer) == kPointer) return at + 2 <= message.size() ? at + 2 : 0;
    if (size > limits::kDnsLabelBytes) return 0;
    at += 1 + std::size_t{size};
  }
  return 0;
}

// Options are not looked at, but must be whole.
bool are_options(ByteView data) {
  while (!data.empty()) {
    if (data.size() < kOptionHead) return false;
    const std::size_t size = kOptionHead + load_be<std::uint16_t>(data.data() + 2);
    if (data.size() < size) return false;
    data = data.subspan(size);
  }
  return true;
}

}  // namespace

bool Query::read_name(ByteView message) {
  std::size_t at = kHeaderBytes;
  labels = 0;
  while (at < message.size()) {
    const std::uint8_t size = message[at];
    const std::size_t begin = at - kHeaderBytes;
    if (size > limits::kDnsLabelBytes) return false;  // nothing stands before the question that a pointer could lead to
    if (begin + 1 + size + (size == 0 ? 0u : 1u) > limits::kDnsNameBytes || at + 1 + size > message.size())
      return false;
    label_at[labels] = static_cast<std::uint8_t>(begin);
    name[begin] = static_cast<char>(size);
    for (std::size_t i = 1; i <= size; ++i) name[begin + i] = lower(static_cast<char>(message[at + i]));
    at += 1 + std::size_t{size};
    if (size == 0) {
      name_bytes = at - kHeaderBytes;
      return true;
    }
    ++labels;
  }
  return false;
}

// The records behind the question: an OPT may be among them, of the others only the extent matters.
bool Query::read_rest(ByteView message, std::size_t at, std::size_t authorities, std::size_t additionals) {
  if (authorities + additionals > limits::kDnsExtraRecords) return false;
  for (std::size_t i = 0; i < authorities + additionals; ++i) {
    const std::size_t tail = end_of_name(message, at);
    if (tail == 0 || message.size() - tail < kRecordTail) return false;
    const std::size_t size = load_be<std::uint16_t>(&message[tail + 8]);
    if (message.size() - tail - kRecordTail < size) return false;
    if (load_be<std::uint16_t>(&message[tail]) == static_cast<std::uint16_t>(Type::opt)) {
      // One, of the root, among the additional ones (RFC 6891 section 6.1.1).
      if (i < authorities || edns || tail - at != 1) return false;
      if (!are_options(message.subspan(tail + kRecordTail, size))) return false;
      edns = Edns{load_be<std::uint16_t>(&message[tail + 2]), message[tail + 5],
                  (load_be<std::uint32_t>(&message[tail + 4]) & kDnssecOk) != 0};
    }
    at = tail + kRecordTail + size;
  }
  return at == message.size();
}

Reading Query::read(ByteView message) {
  if (message.size() < kHeaderBytes || (message[2] & kResponseFlag) != 0) return Reading::ignore;
  id = load_be<std::uint16_t>(&message[0]);
  opcode = (message[2] >> 3) & 0xf;
  recursion_desired = (message[2] & kRecursionDesired) != 0;
  question_bytes = 0;
  edns.reset();
  if (opcode != 0) return Reading::unknown_opcode;
  if (load_be<std::uint16_t>(&message[4]) != 1 || !read_name(message)) return Reading::malformed;
  const std::size_t tail = kHeaderBytes + name_bytes;
  if (message.size() - tail < kQuestionTail) return Reading::malformed;
  type = load_be<std::uint16_t>(&message[tail]);
  qclass = load_be<std::uint16_t>(&message[tail + 2]);
  question_bytes = name_bytes + kQuestionTail;
  const std::size_t answers = load_be<std::uint16_t>(&message[6]);
  if (answers != 0) return Reading::malformed;
  return read_rest(message, tail + kQuestionTail, load_be<std::uint16_t>(&message[8]),
                   load_be<std::uint16_t>(&message[10]))
             ? Reading::good
             : Reading::malformed;
}

}  // namespace smeg::dns
