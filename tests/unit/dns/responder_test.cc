#include <doctest/doctest.h>

#include "unit/dns/judge.h"
#include "unit/dns/sample.h"

using namespace smeg;
using namespace smeg::dns;

namespace {

const auto kZone = Zone::make(sample_options(), office(), nullptr);

Bytes raw(const Bytes& query, Transport transport = Transport::udp, const Zone* zone = kZone.get()) {
  Bytes out(transport == Transport::udp ? limits::kDnsUdpAnswerBytes : limits::kDnsTcpAnswerBytes);
  out.resize(answer(zone, query, transport, out));
  return out;
}

Said said(const Ask& query, Transport transport = Transport::udp, const Zone* zone = kZone.get()) {
  const auto out = judge(raw(query.encode(), transport, zone));
  REQUIRE(out);
  CHECK(out->response);
  CHECK(out->id == query.id);
  CHECK(!out->recursion_available);
  CHECK(!out->authentic);
  return *out;
}

}  // namespace

TEST_CASE("where a service is comes with its address, as long as there is room for it") {
  const auto zone = Zone::make(sample_options(), office(), nullptr);
  Ask ask{.name = "_http._tcp.alice.office.smeg", .type = static_cast<std::uint16_t>(Type::srv)};
  for (const bool edns : {false, true}) {
    ask.edns = edns;
    Bytes out(limits::kDnsTcpAnswerBytes);
    out.resize(answer(zone.get(), ask.encode(), Transport::udp, out));
    const auto said = judge(out);
    REQUIRE(said);
    CHECK(said->answers ==
          std::vector<std::string>{"_http._tcp.alice.office.smeg. 10 in srv 0 0 80 alice.office.smeg."});
    CHECK(said->additionals == std::vector<std::string>{"alice.office.smeg. 10 in aaaa fd00:1:2:3::a"});
    CHECK(said->edns == edns);
    // A buffer that ends before the address.
    Bytes narrow(out.size() - 1);
    narrow.resize(answer(zone.get(), ask.encode(), Transport::udp, narrow));
    const auto less = judge(narrow);
    REQUIRE(less);
    CHECK(less->answers == said->answers);
    CHECK(less->additionals.empty());
    CHECK_FALSE(less->truncated);
    CHECK(less->edns == edns);
  }
}

TEST_CASE("an answer is as it was asked for") {
  const auto out = said({.name = "aLICE.Office.SMEG"});
  CHECK(out.rcode == 0);
  CHECK(out.authoritative);
  CHECK(out.recursion_desired);
  CHECK(out.question == "aLICE.Office.SMEG. IN AAAA");  // the case of the question is kept
  CHECK(out.answers == std::vector<std::string>{"alice.office.smeg. 10 in aaaa fd00:1:2:3::a"});
  CHECK(!out.edns);
  CHECK(!said({.name = "alice.office.smeg", .flags = 0}).recursion_desired);
  CHECK(said({.name = "alice.office.smeg", .flags = 0x0030}).rcode == 0);  // AD, CD
}

TEST_CASE("the owner of an answer has the case of the question") {
  const Bytes out = raw(Ask{.name = "aLiCe.office.smeg"}.encode());
  const std::string text = to_string(out);
  CHECK(text.find("aLiCe") != std::string::npos);
  CHECK(text.find("alice") == std::string::npos);
}

TEST_CASE("EDNS: ours is said to who has it, options are ignored, other versions refused") {
  auto out = said({.name = "alice.office.smeg", .edns = true, .dnssec_ok = true, .options = {0xfd, 0xe9, 0, 1, 7}});
  CHECK(out.edns);
  CHECK(out.edns_payload == limits::kDnsUdpAnswerBytes);
  CHECK(out.edns_version == 0);
  CHECK(out.dnssec_ok);
  CHECK(out.answers.size() == 1);
  out = said({.name = "alice.office.smeg", .edns = true, .version = 1});
  CHECK(out.rcode == 16);
  CHECK(out.edns_version == 0);
  CHECK(out.answers.empty());
  CHECK(out.question == "alice.office.smeg. IN AAAA");
  CHECK(!said({.name = "alice.office.smeg", .edns = true}).dnssec_ok);
}

TEST_CASE("what is not ours is refused, whatever is asked") {
  for (const char* name : {"", "org", "example.org", "smeg.org", "ssmeg", "1.ip6.arpa", "ip6.arpa", "arpa"}) {
    const auto out = said({.name = name});
    CHECK(out.rcode == 5);
    CHECK(!out.authoritative);
  }
  CHECK(said({.name = "alice.office.smeg", .qclass = 3}).rcode == 5);
  CHECK(said({.name = "version.bind", .type = 16, .qclass = 3}).rcode == 5);
  CHECK(said({.name = "smeg", .type = 252}, Transport::tcp).rcode == 5);
  CHECK(said({.name = "smeg", .type = 251}).rcode == 5);
}

TEST_CASE("names and data that are not there") {
  const std::vector<std::string> soa = {"smeg. 10 in soa ns.smeg. hostmaster.smeg. 1772366400 60 30 86400 10"};
  auto out = said({.name = "carol.office.smeg"});
  CHECK(out.rcode == 3);
  CHECK(out.authoritative);
  CHECK(out.authorities == soa);
  out = said({.name = "alice.office.smeg", .type = 1});
  CHECK(out.rcode == 0);
  CHECK(out.authoritative);
  CHECK(out.answers.empty());
  CHECK(out.authorities == soa);
  CHECK(said({.name = "alice.office.smeg", .type = 65'280}).authorities == soa);
  CHECK(said({.name = "smeg", .type = 43}).authorities == soa);  // DS, as the child's side says
}

TEST_CASE("ANY has the first of what there is") {
  CHECK(said({.name = "alice.office.smeg", .type = 255}).answers.size() == 1);
  CHECK(said({.name = "smeg", .type = 255}).answers ==
        std::vector<std::string>{"smeg. 10 in soa ns.smeg. hostmaster.smeg. 1772366400 60 30 86400 10"});
  CHECK(said({.name = "office.smeg", .type = 255}).authorities.size() == 1);
}

TEST_CASE("before anything is known the server has failed") {
  CHECK(said({.name = "alice.office.smeg"}, Transport::udp, nullptr).rcode == 2);
}

TEST_CASE("other opcodes, bad messages and no messages") {
  auto out = said({.name = "smeg", .flags = 0x2000});  // NOTIFY
  CHECK(out.rcode == 4);
  CHECK(out.question.empty());
  Bytes two = Ask{.name = "smeg"}.encode();
  two[5] = 2;
  CHECK(judge(raw(two))->rcode == 1);
  CHECK(raw(Ask{.name = "smeg", .flags = 0x8000}.encode()).empty());
  CHECK(raw({1, 2, 3}).empty());
  CHECK(raw(Bytes(limits::kDnsQueryBytes + 1)).empty());
}

TEST_CASE("what does not fit is truncated, and whole by TCP") {
  auto options = sample_options();
  options.servers.clear();
  for (int i = 1; i <= 60; ++i) options.servers.push_back(ip("fd00::" + std::to_string(i)));
  const auto zone = Zone::make(options, office(), nullptr);
  for (const bool edns : {false, true}) {
    const auto out = said({.name = "ns.smeg", .edns = edns}, Transport::udp, zone.get());
    CHECK(out.truncated);
    CHECK(out.rcode == 0);
    CHECK(out.answers.empty());
    CHECK(out.edns == edns);
    CHECK(said({.name = "ns.smeg", .edns = edns}, Transport::tcp, zone.get()).answers.size() == 60);
  }
}

TEST_CASE("a client that takes less than 512 bytes takes 512, and nobody gets more than 1,232") {
  auto options = sample_options();
  options.servers.clear();
  for (int i = 1; i <= 17; ++i) options.servers.push_back(ip("fd00::" + std::to_string(i)));
  const auto zone = Zone::make(options, office(), nullptr);  // 12 + 13 + 17 * 28 = 501
  CHECK(!said({.name = "ns.smeg"}, Transport::udp, zone.get()).truncated);
  CHECK(said({.name = "ns.smeg", .edns = true, .payload = 0}, Transport::udp, zone.get()).truncated == false);
  for (int i = 18; i <= 44; ++i) options.servers.push_back(ip("fd00::" + std::to_string(i)));
  const auto large = Zone::make(options, office(), nullptr);  // 12 + 13 + 44 * 28 + 11 = 1,268
  CHECK(said({.name = "ns.smeg", .edns = true, .payload = 65'535}, Transport::udp, large.get()).truncated);
}

TEST_CASE("the longest question has its negative answer in 512 bytes") {
  auto options = sample_options();
  const std::string origin(62, 'z');
  options.origin = *Name::parse(origin);
  const auto zone = Zone::make(options, office(), nullptr);
  const std::string label(62, 'x');
  const auto out = said({.name = label + "." + label + "." + label + "." + origin, .edns = true, .payload = 512},
                        Transport::udp, zone.get());
  CHECK(!out.truncated);
  CHECK(out.rcode == 3);
  CHECK(out.authorities.size() == 1);
}

TEST_CASE("a truncated answer says nothing") {
  Bytes out(limits::kDnsUdpAnswerBytes);
  out.resize(answer_truncated(Ask{.name = "Alice.office.smeg", .edns = true}.encode(), out));
  const auto told = judge(out);
  REQUIRE(told);
  CHECK(told->truncated);
  CHECK(told->edns);
  CHECK(told->question == "Alice.office.smeg. IN AAAA");
  CHECK(told->answers.empty());
  Bytes none(limits::kDnsUdpAnswerBytes);
  CHECK(answer_truncated(Bytes{1, 2, 3}, none) == 0);
}
