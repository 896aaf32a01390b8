// What a bridge's name server may answer: any bytes. What is taken of it is addresses of that mesh alone, and what a
// client is told of them is a DNS message.
#include <cstdlib>
#include <memory>

#include "unit/dns/ldns.h"
#include "unit/dns/remote_sample.h"

namespace {

using namespace smeg;
using namespace smeg::dns;

void must(bool holds) {
  if (!holds) std::abort();
}

const Zone& zone() {
  static const auto kZone = Zone::make(sample_options(), with_bridges(), nullptr);
  return *kZone;
}

const Bytes& query() {
  static const Bytes kQuery = Ask{.name = "carol." + control::to_text(lab_id()).substr(0, 8) + ".smeg"}.encode();
  return kQuery;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const RemoteName kName = *remote_name(zone(), query());
  static const Bytes kQuestion = remote_question(zone(), kName, 0x4321);
  const ByteView message(data, size);
  const auto answer = read_remote_answer(message, kQuestion, kName);
  must(!answer || !is_failure(message, kQuestion));
  if (answer) {
    must(answer->ttl <= limits::kDnsRemoteTtl && answer->addresses.size() <= limits::kDnsRemoteRecords);
    for (const addr::IpAddress& address : answer->addresses) must(kName.prefix.contains(address));
  }
  Bytes out(limits::kDnsUdpAnswerBytes);
  const std::size_t told = answer_remote(zone(), query(), answer, Transport::udp, out);
  ldns_pkt* raw = nullptr;
  must(ldns_wire2pkt(&raw, out.data(), told) == LDNS_STATUS_OK);
  ldns_pkt_free(raw);
  // The same bytes as a question of another host's name server.
  (void)asks_by_mesh_id(zone(), message);
  (void)remote_name(zone(), message);
  (void)answer_refused(message, out);
  return 0;
}
