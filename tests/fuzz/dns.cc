// A message to the name server, from its bytes to those of the answer. Whatever it is, what is answered is a DNS
// message, as another implementation reads it, and no larger than allowed.
#include <cstdlib>
#include <memory>

#include "unit/dns/ldns.h"
#include "unit/dns/sample.h"

namespace {

using namespace smeg;
using namespace smeg::dns;

void must(bool holds) {
  if (!holds) std::abort();
}

const Zone& zone() {
  static const auto kZone = Zone::make(sample_options(), office(), nullptr);
  return *kZone;
}

void check(ByteView query, ByteView answer, std::size_t most) {
  must(answer.size() >= kHeaderBytes && answer.size() <= most);
  must(answer[0] == query[0] && answer[1] == query[1] && (answer[2] & 0x80) != 0 && (query[2] & 0x80) == 0);
  ldns_pkt* raw = nullptr;
  must(ldns_wire2pkt(&raw, answer.data(), answer.size()) == LDNS_STATUS_OK);
  const std::unique_ptr<ldns_pkt, decltype(&ldns_pkt_free)> packet(raw, &ldns_pkt_free);
  must(ldns_pkt_qdcount(raw) <= 1 && !ldns_pkt_ra(raw));
  if (ldns_pkt_tc(raw)) must(ldns_pkt_ancount(raw) == 0 && ldns_pkt_nscount(raw) == 0);
  // The question as it was asked, to the letter.
  if (ldns_pkt_qdcount(raw) == 1) {
    Query again;
    must(again.read(query) != Reading::ignore);
    must(std::ranges::equal(query.subspan(kHeaderBytes, again.question_bytes),
                            answer.subspan(kHeaderBytes, again.question_bytes)));
  }
}

void ask(const Zone* of, ByteView query, Transport transport) {
  const std::size_t most = transport == Transport::udp ? limits::kDnsUdpAnswerBytes : limits::kDnsTcpAnswerBytes;
  Bytes out(most);
  const std::size_t size = answer(of, query, transport, out);
  if (size != 0) check(query, ByteView(out).first(size), most);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView query(data, size);
  ask(&zone(), query, Transport::udp);
  ask(&zone(), query, Transport::tcp);
  ask(nullptr, query, Transport::udp);
  Bytes out(limits::kDnsUdpAnswerBytes);
  if (const std::size_t told = answer_truncated(query, out); told != 0)
    check(query, ByteView(out).first(told), limits::kDnsPlainAnswerBytes);
  return 0;
}
