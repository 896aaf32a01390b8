// One question, one answer, without sockets: ours, and the same by ldns. Build with -DSMEG_BENCH=ON; run
// bench_dns_message.
#include <benchmark/benchmark.h>
#include "unit/dns/ldns.h"
#include "unit/dns/sample.h"

namespace {

using namespace smeg;
using namespace smeg::dns;

const Bytes kQuestion = Ask{.name = "alice.office.smeg", .edns = true}.encode();

void ours(benchmark::State& state) {
  const auto zone = Zone::make(sample_options(), office(), nullptr);
  Bytes out(limits::kDnsUdpAnswerBytes);
  for (auto _ : state) benchmark::DoNotOptimize(answer(zone.get(), kQuestion, Transport::udp, out));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ours);

// Reads the question and writes the answer; it isn't even looked up.
void by_ldns(benchmark::State& state) {
  for (auto _ : state) {
    ldns_pkt* query = nullptr;
    if (ldns_wire2pkt(&query, kQuestion.data(), kQuestion.size()) != LDNS_STATUS_OK)
      return state.SkipWithError("no message");
    ldns_rr* record = ldns_rr_new_frm_type(LDNS_RR_TYPE_AAAA);
    const ldns_rr* asked = ldns_rr_list_rr(ldns_pkt_question(query), 0);
    ldns_rr_set_owner(record, ldns_rdf_clone(ldns_rr_owner(asked)));
    ldns_rr_set_ttl(record, 10);
    ldns_rr_set_rdf(record, ldns_rdf_new_frm_data(LDNS_RDF_TYPE_AAAA, 16, ByteArray<16>{0xfd}.data()), 0);
    ldns_pkt_set_qr(query, true);
    ldns_pkt_set_aa(query, true);
    ldns_pkt_push_rr(query, LDNS_SECTION_ANSWER, record);
    std::uint8_t* out = nullptr;
    std::size_t size = 0;
    if (ldns_pkt2wire(&out, query, &size) != LDNS_STATUS_OK) return state.SkipWithError("no answer");
    benchmark::DoNotOptimize(out);
    LDNS_FREE(out);
    ldns_pkt_free(query);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(by_ldns);

}  // namespace

BENCHMARK_MAIN();
