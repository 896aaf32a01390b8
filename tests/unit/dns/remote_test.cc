#include "dns/remote_cache.h"

#include <doctest/doctest.h>

#include "unit/dns/judge.h"
#include "unit/dns/remote_sample.h"

using namespace smeg;
using namespace smeg::dns;

namespace {

const std::string kLab = control::to_text(lab_id());

std::optional<RemoteName> remote(const Zone& zone, const std::string& name) {
  return remote_name(zone, Ask{.name = name}.encode());
}

// What the client is told, as ldns reads it.
std::optional<Said> told(const Zone& zone, const Ask& ask, const std::optional<RemoteAnswer>& answer) {
  Bytes out(limits::kDnsUdpAnswerBytes);
  out.resize(answer_remote(zone, ask.encode(), answer, Transport::udp, out));
  return judge(out);
}

}  // namespace

TEST_CASE("names in meshes that bridges lead to are known for such, by the id or its beginning") {
  const auto zone = Zone::make(sample_options(), with_bridges(), nullptr);
  const auto whole = remote(*zone, "carol." + kLab + ".smeg");
  REQUIRE(whole);
  CHECK(whole->mesh == kLab);
  CHECK(whole->below == wire_label("carol"));
  CHECK(whole->prefix == addr::mesh_prefix(lab_id()));
  CHECK(whole->bridges == std::vector{ip("fd00:1:2:3::b"), ip("fd00:1:2:3::a")});  // the chosen one first
  CHECK(remote(*zone, "carol." + kLab.substr(0, 8) + ".smeg") == whole);
  CHECK(remote(*zone, "CAROL." + kLab.substr(0, 9) + ".smeg") == whole);
  CHECK_FALSE(remote(*zone, "carol." + kLab.substr(0, 7) + ".smeg"));
  CHECK_FALSE(remote(*zone, "carol.office.smeg"));
  CHECK_FALSE(remote(*zone, kLab + ".smeg"));
  CHECK_FALSE(remote(*zone, "carol." + kLab + ".example"));
  CHECK_FALSE(remote(*zone, "carol." + control::to_text(mesh_id_of(9)) + ".smeg"));
  CHECK(remote(*zone, "phone.carol." + kLab + ".smeg")->below == wire_label("phone") + wire_label("carol"));
}

TEST_CASE("bridges out of reach are not asked, and routes to other networks lead to no names") {
  auto snapshot = with_bridges();
  for (auto& exit : snapshot.routes[0].exits) exit.state = control::ExitState::unreachable;
  CHECK_FALSE(remote(*Zone::make(sample_options(), snapshot, nullptr), "carol." + kLab + ".smeg"));
  snapshot = with_bridges();
  snapshot.routes[0].prefix = *addr::Prefix::parse("2001:db8::/64");
  CHECK_FALSE(remote(*Zone::make(sample_options(), snapshot, nullptr), "carol." + kLab + ".smeg"));
}

TEST_CASE("a change of who leads elsewhere is another zone with the same serial") {
  const auto first = Zone::make(sample_options(), with_bridges(), nullptr);
  auto snapshot = with_bridges();
  snapshot.generated += std::chrono::minutes(1);
  snapshot.routes[0].exits.pop_back();
  const auto second = Zone::make(sample_options(), snapshot, first);
  CHECK(second != first);
  CHECK(second->serial() == first->serial());
  CHECK(remote(*second, "carol." + kLab + ".smeg")->bridges.size() == 1);
  CHECK(Zone::make(sample_options(), snapshot, second) == second);
}

TEST_CASE("what a bridge answers is what the client is told") {
  const auto here = Zone::make(sample_options(), with_bridges(), nullptr);
  const auto there = Zone::make(sample_options(), lab(), nullptr);
  const auto look_up = [&](const std::string& name) {
    const auto wanted = remote(*here, name);
    REQUIRE(wanted);
    const Bytes question = remote_question(*here, *wanted, 0x4321);
    REQUIRE(judge(question));
    CHECK(asks_by_mesh_id(*there, question));
    Bytes out(limits::kDnsUdpAnswerBytes);
    out.resize(answer(there.get(), question, Transport::udp, out));
    const auto read = read_remote_answer(out, question, *wanted);
    REQUIRE(read);
    CHECK_FALSE(is_failure(out, question));
    return *read;
  };
  const auto carol = look_up("carol." + kLab.substr(0, 8) + ".smeg");
  CHECK(carol == RemoteAnswer{true, {lab_address(1)}, 10});
  CHECK_FALSE(look_up("nobody." + kLab + ".smeg").exists);

  Ask ask{.name = "carol." + kLab.substr(0, 8) + ".smeg"};
  const auto said = told(*here, ask, carol);
  REQUIRE(said);
  CHECK(said->rcode == 0);
  CHECK_FALSE(said->authoritative);
  CHECK(said->answers == std::vector<std::string>{ask.name + ". 10 in aaaa " + lab_address(1).to_string()});
  ask.type = static_cast<std::uint16_t>(Type::a);
  CHECK(told(*here, ask, carol)->rcode == 0);
  CHECK(told(*here, ask, carol)->answers.empty());
  CHECK(told(*here, ask, carol)->authorities.size() == 1);
  CHECK(told(*here, ask, RemoteAnswer{})->rcode == 3);
  CHECK(told(*here, ask, std::nullopt)->rcode == 2);
}

TEST_CASE("that there is nothing is kept for as long as the SOA beside it says, and no longer at any hop") {
  const auto here = Zone::make(sample_options(), with_bridges(), nullptr);
  ZoneOptions options = sample_options();
  options.ttl = 7;
  const auto there = Zone::make(options, lab(), nullptr);
  const auto wanted = *remote(*here, "nobody." + kLab + ".smeg");
  const Bytes question = remote_question(*here, wanted, 0x4321);
  Bytes said(limits::kDnsUdpAnswerBytes);
  said.resize(answer(there.get(), question, Transport::udp, said));
  CHECK(read_remote_answer(said, question, wanted) == RemoteAnswer{false, {}, 7});

  // What is left of it is what the next one hears; its own SOA would say 10 seconds.
  Bytes passed_on(limits::kDnsUdpAnswerBytes);
  passed_on.resize(answer_remote(*here, question, RemoteAnswer{false, {}, 3}, Transport::udp, passed_on));
  CHECK(judge(passed_on)->authorities.at(0).starts_with("smeg. 3 in soa "));
  CHECK(read_remote_answer(passed_on, question, wanted) == RemoteAnswer{false, {}, 3});

  // The lower of its TTL and its last field; at most as long as anything is kept; without a SOA not at all.
  const auto read = [&](Bytes message) { return read_remote_answer(message, question, wanted)->ttl; };
  Bytes changed = said;
  store_be(&changed[changed.size() - 4], std::uint32_t{2});
  CHECK(read(changed) == 2);
  store_be(&changed[changed.size() - 4], std::uint32_t{86'400});
  store_be(&changed[question.size() + 6], std::uint32_t{86'400});
  CHECK(read(changed) == limits::kDnsRemoteTtl);
  changed = said;
  changed.resize(question.size());
  CHECK(read(changed) == 0);
  store_be(&changed[8], std::uint16_t{0});
  CHECK(read(changed) == 0);
  changed = said;
  changed[question.size() + 3] ^= 1;  // another type
  CHECK(read(changed) == 0);
  for (std::size_t size = question.size(); size < said.size(); ++size)
    CHECK(read(Bytes(said.begin(), said.begin() + static_cast<std::ptrdiff_t>(size))) == 0);
}

TEST_CASE("what is known is told with what is left of its TTL, and forgotten after it") {
  const auto here = Zone::make(sample_options(), with_bridges(), nullptr);
  const auto carol = *remote(*here, "carol." + kLab + ".smeg");
  const auto nobody = *remote(*here, "nobody." + kLab + ".smeg");
  RemoteCache cache;
  const Instant begin{std::chrono::seconds(5)};
  cache.keep(carol, {true, {lab_address(1)}, 10}, begin);
  cache.keep(nobody, {false, {}, 0}, begin);
  CHECK(cache.find(carol, begin) == RemoteAnswer{true, {lab_address(1)}, 10});
  CHECK(cache.find(carol, begin + std::chrono::milliseconds(3'001))->ttl == 6);
  CHECK(cache.find(carol, begin + std::chrono::milliseconds(9'999))->ttl == 0);
  CHECK_FALSE(cache.find(carol, begin + std::chrono::seconds(10)));
  CHECK_FALSE(cache.find(nobody, begin));
}

TEST_CASE("no more is kept than there is room for, and what is over goes first") {
  const auto here = Zone::make(sample_options(), with_bridges(), nullptr);
  RemoteName name = *remote(*here, "carol." + kLab + ".smeg");
  const auto named = [&](std::size_t i) {
    name.below = wire_label("host" + std::to_string(i));
    return name;
  };
  RemoteCache cache;
  const Instant begin{std::chrono::seconds(5)};
  cache.keep(named(0), {true, {}, 1}, begin);
  for (std::size_t i = 1; i < limits::kDnsRemoteCached; ++i) cache.keep(named(i), {true, {}, 60}, begin);
  const Instant later = begin + std::chrono::seconds(1);
  const auto known = [&] {
    std::size_t out = 0;
    for (std::size_t i = 0; i < limits::kDnsRemoteCached + 2; ++i) out += cache.find(named(i), later).has_value();
    return out;
  };
  cache.keep(named(limits::kDnsRemoteCached), {true, {}, 60}, later);
  CHECK(known() == limits::kDnsRemoteCached);
  cache.keep(named(limits::kDnsRemoteCached + 1), {true, {}, 60}, later);
  CHECK(known() == limits::kDnsRemoteCached);
}

TEST_CASE("an answer is taken for nothing else than it is") {
  const auto here = Zone::make(sample_options(), with_bridges(), nullptr);
  const auto there = Zone::make(sample_options(), lab(), nullptr);
  const auto wanted = *remote(*here, "carol." + kLab + ".smeg");
  const Bytes question = remote_question(*here, wanted, 0x4321);
  Bytes good(limits::kDnsUdpAnswerBytes);
  good.resize(answer(there.get(), question, Transport::udp, good));
  REQUIRE(read_remote_answer(good, question, wanted));
  const auto changed = [&](std::size_t at, std::uint8_t by) {
    Bytes out = good;
    out[at] ^= by;
    return read_remote_answer(out, question, wanted).has_value();
  };
  CHECK_FALSE(changed(0, 1));                     // another id
  CHECK_FALSE(changed(2, 0x80));                  // no response
  CHECK_FALSE(changed(2, 0x02));                  // truncated
  CHECK_FALSE(changed(3, 5));                     // refused
  CHECK_FALSE(changed(5, 2));                     // not one question
  CHECK_FALSE(changed(7, 2));                     // more records than there are
  CHECK_FALSE(changed(kHeaderBytes + 1, 1));      // another question
  CHECK_FALSE(changed(question.size() + 1, 1));   // another owner
  CHECK_FALSE(changed(question.size() + 3, 1));   // another type
  CHECK_FALSE(changed(question.size() + 12, 1));  // outside the mesh
  for (std::size_t size = 0; size < good.size(); ++size)
    CHECK_FALSE(read_remote_answer(ByteView(good).first(size), question, wanted));
  Bytes refused = good;
  refused[3] = 5;
  CHECK(is_failure(refused, question));
  CHECK_FALSE(is_failure(good, question));
}

TEST_CASE("other hosts ask by the whole id of a mesh alone") {
  const auto zone = Zone::make(sample_options(), lab(), nullptr);
  const auto asks = [&](const std::string& name) { return asks_by_mesh_id(*zone, Ask{.name = name}.encode()); };
  CHECK(asks("carol." + kLab + ".smeg"));
  CHECK_FALSE(asks("carol.lab.smeg"));
  CHECK_FALSE(asks("carol." + kLab.substr(0, 8) + ".smeg"));
  CHECK_FALSE(asks(kLab + ".smeg"));
  CHECK_FALSE(asks("smeg"));
  CHECK_FALSE(asks("1.0.0.d.f.ip6.arpa"));
  Bytes out(limits::kDnsUdpAnswerBytes);
  out.resize(answer_refused(Ask{.name = "carol.lab.smeg"}.encode(), out));
  CHECK(judge(out)->rcode == 5);
}
