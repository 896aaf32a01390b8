// A zone against its twin, which spells every name out.
#include <doctest/doctest.h>

#include <random>

#include "unit/dns/judge.h"
#include "unit/dns/remote_sample.h"
#include "unit/dns/twin.h"

using namespace smeg;
using namespace smeg::dns;

namespace {

constexpr std::array kTypes = {Type::a, Type::aaaa, Type::ns, Type::soa, Type::ptr, Type::txt, Type::srv};

Twin::Answer ask(const Zone& zone, const std::string& name, Type type) {
  Bytes out(limits::kDnsTcpAnswerBytes);
  const Bytes query = Ask{.name = name.substr(0, name.size() - 1), .type = static_cast<std::uint16_t>(type)}.encode();
  out.resize(answer(&zone, query, Transport::tcp, out));
  const auto said = judge(out);
  REQUIRE(said);
  CHECK(said->authoritative == (said->rcode != 5));
  CHECK(!said->truncated);
  return {said->rcode, said->answers, said->authorities};
}

// One line, to be compared and read.
std::string shown(const Twin::Answer& answer) {
  std::string out = std::to_string(answer.rcode);
  for (const auto& line : answer.answers) out += " | " + line;
  for (const auto& line : answer.authorities) out += " # " + line;
  return out;
}

std::string addresses(const Zone& zone, const std::string& name) { return shown(ask(zone, name, Type::aaaa)); }

const std::string kKey1 = control::to_text(key_of(1, 1));
const std::string kMesh1 = control::to_text(mesh_id_of(1));

std::shared_ptr<const Zone> zone_of(const control::Snapshot& snapshot) {
  return Zone::make(sample_options(), snapshot, nullptr);
}

// Few letters, so that names clash in every way.
class Chance {
 public:
  explicit Chance(std::uint32_t seed) : random_(seed) {}
  unsigned below(unsigned bound) { return static_cast<unsigned>(random_() % bound); }
  template <class List>
  auto& one_of(List& list) {
    return list[below(static_cast<unsigned>(list.size()))];
  }

  std::string label() {
    const std::vector<std::string> labels = {"a",
                                             "b",
                                             "ns",
                                             "office",
                                             "x-y",
                                             kKey1,
                                             kKey1.substr(0, 8),
                                             kKey1.substr(0, 51),
                                             kMesh1,
                                             control::to_text(mesh_id_of(2)),
                                             control::to_text(key_of(1, 2)),
                                             "hostmaster"};
    return one_of(labels);
  }
  std::string address(unsigned mesh) {
    return "fd00:0:0:" + std::to_string(mesh) + "::" + std::string(1, "123"[below(3)]) + std::string(1, "04"[below(2)]);
  }
  control::Snapshot snapshot() {
    control::Snapshot out;
    out.generated = *parse_rfc3339("2026-03-01T12:00:00Z");
    for (unsigned i = 1 + below(3); i > 0; --i) out.meshes.push_back(mesh(i));
    return out;
  }

 private:
  control::MeshView mesh(unsigned number) {
    control::MeshView out;
    out.id = mesh_id_of(static_cast<std::uint8_t>(1 + below(3)));
    if (below(4) != 0) out.name = label();
    out.prefix = *addr::Prefix::parse("fd00:0:0:" + std::to_string(number) + "::/64");
    std::set<crypto::IdentityKey> keys;
    std::set<addr::IpAddress> used;
    for (unsigned i = below(6); i > 0; --i)
      keys.insert(key_of(static_cast<std::uint8_t>(1 + below(2)), static_cast<std::uint8_t>(below(4))));
    for (const auto& key : keys) {
      auto member = member_of(key, below(8) == 0 ? "" : address(number), below(3) == 0 ? "" : label());
      if (!used.insert(member.address).second) member.address = addr::IpAddress();
      for (unsigned j = below(3); j > 0; --j)
        member.services.push_back(
            {std::string(1, "hs"[j - 1]), below(2) == 0 ? ServiceProtocol::tcp : ServiceProtocol::udp,
             static_cast<std::uint16_t>(1 + below(9)),
             below(2) == 0 ? std::vector<std::string>{} : std::vector<std::string>{"a=1", "b=2"}});
      if (below(6) == 0) member.state = control::MemberState::revoked;
      out.members.push_back(member);
    }
    std::set<std::pair<crypto::IdentityKey, std::string>> names;
    for (unsigned i = below(4); i > 0 && !out.members.empty(); --i) {
      control::GuestView guest;
      guest.name = label();
      guest.sponsor = below(5) == 0 ? key_of(9, 9) : one_of(out.members).public_key;
      guest.address = ip(address(number));
      if (below(5) == 0) guest.state = control::GuestState::address_taken;
      if (guest.state == control::GuestState::active && !used.insert(guest.address).second) continue;
      if (names.insert({guest.sponsor, guest.name}).second) out.guests.push_back(guest);
    }
    return out;
  }

  std::minstd_rand random_;
};

// A name that is there, or nearly.
std::string near(Chance& chance, std::string name) {
  switch (chance.below(6)) {
    case 0: return chance.label() + "." + name;
    case 1: return name.find('.') + 1 < name.size() ? name.substr(name.find('.') + 1) : name;
    case 2: return name.find('.') > 1 ? name.substr(1) : name;
    case 3: return chance.label() + "." + name.substr(name.find('.') + 1);
    default: return name;
  }
}

}  // namespace

TEST_CASE("members, guests and the way back") {
  const auto zone = zone_of(office());
  const std::string alice = "0 | alice.office.smeg. 10 in aaaa fd00:1:2:3::a";
  CHECK(addresses(*zone, "alice.office.smeg.") == alice);
  CHECK(addresses(*zone, kKey1 + ".office.smeg.") == "0 | " + kKey1 + ".office.smeg. 10 in aaaa fd00:1:2:3::a");
  CHECK(addresses(*zone, kKey1.substr(0, 8) + "." + kMesh1 + ".smeg.") ==
        "0 | " + kKey1.substr(0, 8) + "." + kMesh1 + ".smeg. 10 in aaaa fd00:1:2:3::a");
  CHECK(addresses(*zone, kKey1.substr(0, 7) + ".office.smeg.").starts_with("3 # smeg. 10 in soa "));
  CHECK(addresses(*zone, kMesh1 + ".alice.smeg.") == "0 | " + kMesh1 + ".alice.smeg. 10 in aaaa fd00:1:2:3::a");
  CHECK(addresses(*zone, "phone.bob.office.smeg.") == "0 | phone.bob.office.smeg. 10 in aaaa fd00:1:2:3:4:5:6:7");
  CHECK(addresses(*zone, "phone.alice.office.smeg.").starts_with("3 #"));
  CHECK(addresses(*zone, "foo.smeg.").starts_with("3 #"));
  CHECK(addresses(*zone, "example.org.") == "5");
  const std::string reverse = "3.0.0.0.2.0.0.0.1.0.0.0.0.0.d.f.ip6.arpa.";
  CHECK(shown(ask(*zone, "a.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0." + reverse, Type::ptr)) ==
        "0 | a.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0." + reverse + " 10 in ptr alice.office.smeg.");
  CHECK(shown(ask(*zone, "7.0.0.0.6.0.0.0.5.0.0.0.4.0.0.0." + reverse, Type::ptr))
            .ends_with(" ptr phone.bob.office.smeg."));
  CHECK(shown(ask(*zone, reverse, Type::ns)) == "0 | " + reverse + " 10 in ns ns.smeg.");
  CHECK(shown(ask(*zone, "0.0." + reverse, Type::ptr)).starts_with("0 # " + reverse));  // leads to names
  CHECK(shown(ask(*zone, "f.0." + reverse, Type::ptr)).starts_with("3 # " + reverse));
}

TEST_CASE("services are where their member is, by each of its names") {
  const auto zone = zone_of(office());
  const std::string srv = " 10 in srv 0 0 80 alice.office.smeg.";
  for (const std::string& member : {std::string("alice.office"), kKey1 + ".office", kKey1.substr(0, 8) + ".office",
                                    "alice." + kMesh1, kKey1.substr(0, 9) + "." + kMesh1}) {
    const std::string name = "_http._tcp." + member + ".smeg.";
    CAPTURE(name);
    CHECK(shown(ask(*zone, name, Type::srv)) == "0 | " + name + srv);
    CHECK(shown(ask(*zone, name, Type::txt)) == "0 | " + name + " 10 in txt \"path=/status\" \"title=alice\"");
    CHECK(shown(ask(*zone, name, Type::aaaa)).starts_with("0 # smeg. 10 in soa "));
    CHECK(shown(ask(*zone, "_tcp." + member + ".smeg.", Type::srv)).starts_with("0 # smeg. 10 in soa "));
    CHECK(shown(ask(*zone, "_ssh._tcp." + member + ".smeg.", Type::srv)).starts_with("3 # "));
    CHECK(shown(ask(*zone, "_http._udp." + member + ".smeg.", Type::srv)).starts_with("3 # "));
  }
  CHECK(shown(ask(*zone, "_dns._udp.alice.office.smeg.", Type::txt)).ends_with(" 10 in txt \"\""));
  CHECK(shown(ask(*zone, "_http._tcp.bob.office.smeg.", Type::srv)).starts_with("3 # "));
  CHECK(shown(ask(*zone, "_http._tcp.office.smeg.", Type::srv)).starts_with("3 # "));
}

TEST_CASE("names that lead to names are there, and have no data") {
  const auto zone = zone_of(office());
  for (const auto& name : {std::string("office.smeg."), kMesh1 + ".smeg.", std::string("alice.smeg.")})
    CHECK(addresses(*zone, name).starts_with("0 # smeg. 10 in soa "));
  CHECK(shown(ask(*zone, "alice.office.smeg.", Type::a)).starts_with("0 # smeg. 10 in soa "));
}

TEST_CASE("so is the id of a mesh to which bridges lead, and its beginning; no other") {
  const auto zone = zone_of(with_bridges());
  const std::string id = control::to_text(lab_id());
  const std::string nothing = "0 # smeg. 10 in soa ";
  CHECK(addresses(*zone, id + ".smeg.").starts_with(nothing));
  CHECK(addresses(*zone, id.substr(0, 8) + ".smeg.").starts_with(nothing));
  CHECK(addresses(*zone, id.substr(0, 7) + ".smeg.").starts_with("3 #"));
  CHECK(addresses(*zone, control::to_text(mesh_id_of(9)) + ".smeg.").starts_with("3 #"));
  CHECK(addresses(*zone_of(office()), id + ".smeg.").starts_with("3 #"));
  // One that is learnt of is a change of names.
  auto snapshot = with_bridges();
  const auto before = zone_of(office());
  snapshot.generated += std::chrono::minutes(1);
  CHECK(Zone::make(sample_options(), snapshot, before)->serial() == before->serial() + 60);
}

TEST_CASE("the zone tells of itself") {
  const auto zone = zone_of(office());
  CHECK(zone->serial() == 1'772'366'400);
  CHECK(zone->members() == 3);
  CHECK(shown(ask(*zone, "smeg.", Type::soa)) ==
        "0 | smeg. 10 in soa ns.smeg. hostmaster.smeg. 1772366400 60 30 86400 10");
  CHECK(shown(ask(*zone, "smeg.", Type::ns)) == "0 | smeg. 10 in ns ns.smeg.");
  CHECK(addresses(*zone, "ns.smeg.") == "0 | ns.smeg. 10 in aaaa ::1");
  CHECK(shown(ask(*zone, "ns.smeg.", Type::a)) == "0 | ns.smeg. 10 in a 127.0.0.1");
}

TEST_CASE("whole keys go before aliases, aliases before beginnings of keys") {
  auto snapshot = office();
  auto& members = snapshot.meshes[0].members;
  members.change(1, [](auto& member) { member.alias = kKey1; });
  members.change(2, [](auto& member) { member.alias = kKey1.substr(0, 10); });
  const auto zone = zone_of(snapshot);
  CHECK(addresses(*zone, kKey1 + ".office.smeg.").ends_with("::a"));
  CHECK(addresses(*zone, kKey1.substr(0, 10) + ".office.smeg.").ends_with("::c"));
  CHECK(addresses(*zone, kKey1.substr(0, 11) + ".office.smeg.").ends_with("::a"));
}

TEST_CASE("the beginning of two keys is nobody's") {
  auto snapshot = office();
  snapshot.meshes[0].members.push_back(member_of(key_of(1, 2), "fd00:1:2:3::d", ""));
  const auto zone = zone_of(snapshot);
  CHECK(addresses(*zone, kKey1.substr(0, 20) + ".office.smeg.").starts_with("3 #"));
  CHECK(addresses(*zone, kKey1 + ".office.smeg.").ends_with("::a"));
}

TEST_CASE("the revoked and those that lost a clash have no names") {
  auto snapshot = office();
  snapshot.meshes[0].members.change(0, [&](auto& member) { member.state = control::MemberState::revoked; });
  snapshot.meshes[0].members.change(1, [&](auto& member) { member.address = addr::IpAddress(); });
  const auto zone = zone_of(snapshot);
  CHECK(addresses(*zone, "alice.office.smeg.").starts_with("3 #"));
  CHECK(addresses(*zone, "bob.office.smeg.").starts_with("3 #"));
  snapshot.meshes[0].members.change(
      0, [&](auto& member) { member.state = control::MemberState::down; });  // but those that are away do
  CHECK(addresses(*zone_of(snapshot), "alice.office.smeg.").starts_with("0 |"));
}

TEST_CASE("the serial grows with what the zone says, and with nothing else") {
  auto snapshot = office();
  const auto first = zone_of(snapshot);
  snapshot.generated += std::chrono::minutes(1);
  snapshot.meshes[0].members.change(0, [&](auto& member) { member.rx_bytes = 7; });
  snapshot.meshes[0].members.change(1, [&](auto& member) { member.state = control::MemberState::down; });
  CHECK(Zone::make(sample_options(), snapshot, first) == first);
  snapshot.meshes[0].members.change(0, [&](auto& member) { member.alias = "anna"; });
  const auto second = Zone::make(sample_options(), snapshot, first);
  CHECK(second->serial() == first->serial() + 60);
  snapshot.meshes[0].name = "home";
  snapshot.generated -= std::chrono::hours(1);  // the calendar was set back
  const auto third = Zone::make(sample_options(), snapshot, second);
  CHECK(third->serial() == second->serial() + 1);
  CHECK(addresses(*third, "anna.home.smeg.").ends_with("::a"));
  CHECK(addresses(*third, "anna.office.smeg.").starts_with("3 #"));
}

TEST_CASE("names too long to be asked for do not stand in the way") {
  auto snapshot = office();
  const std::string label(63, 'x');
  snapshot.meshes[0].name = label;
  snapshot.meshes[0].members.change(0, [&](auto& member) { member.alias = label; });
  snapshot.meshes[0].guests = {{label, {}, ip("fd00:1:2:3::e"), key_of(1, 1), control::GuestState::active, {}, {}, {}}};
  auto options = sample_options();
  options.origin = *Name::parse(std::string(62, 'z'));
  const auto zone = Zone::make(options, snapshot, nullptr);
  CHECK(addresses(*zone, label + "." + label + "." + options.origin.text()).ends_with("::a"));
  CHECK(shown(ask(*zone, "e.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.d.f.ip6.arpa.", Type::ptr))
            .starts_with("3 #"));
}

TEST_CASE("it says what its twin says") {
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    Chance chance(seed);
    const auto snapshot = chance.snapshot();
    const auto zone = zone_of(snapshot);
    const Twin twin(sample_options(), snapshot, zone->serial());
    const auto names = twin.names();
    for (int i = 0; i < 150; ++i) {
      const std::string name = near(chance, chance.one_of(names));
      if (name.size() > 200) continue;
      const Type type = chance.below(2) == 0 ? chance.one_of(kTypes) : Type::aaaa;
      CAPTURE(name);
      CHECK(shown(ask(*zone, name, type)) == shown(twin.ask(name, type)));
    }
  }
}
