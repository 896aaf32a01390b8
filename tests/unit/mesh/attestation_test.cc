#include "mesh/attestation.h"

#include "unit/mesh/testing.h"

namespace smeg::mesh {
namespace {

// A host in two meshes.
struct Both {
  Office::Host from;
  Office::Host to;
};

struct Line {
  Office red{1}, green{2}, blue{3};
  Both first{red.admit(), green.admit()};
  Both second{green.admit(), blue.admit()};
  CredentialBook book;

  static Credential credential(const Office& office, const Office::Host& host) {
    return *office.ledger().credential(host.parsed());
  }
  static Attestation over(Attestation base, Credential last, const Office& from, const Office& to, const Both& host,
                          std::uint32_t mtu = 1'420, std::uint32_t cost = 0) {
    return extend(std::move(base), std::move(last), to.id(), mtu, cost,
                  {host.from.key, host.to.key, credential(from, host.from)});
  }
  // Red's prefix as it is told in green, and in blue.
  Attestation in_green() const {
    return over(attest_mesh(red.id(), 5), credential(red, first.from), red, green, first, 1'400, 2);
  }
  Attestation in_blue() const { return over(in_green(), credential(green, first.to), green, blue, second, 1'380, 3); }
  Result<Way> told_in_blue(const Attestation& attestation) {
    return check(attestation, {blue.id(), second.to.parsed()}, book);
  }
  Code refusal(const Attestation& attestation) {
    const auto way = told_in_blue(attestation);
    REQUIRE_FALSE(way);
    CHECK_FALSE(way.error().message.empty());
    return way.error().code;
  }
};

}  // namespace

TEST_CASE("a way over two bridges is good, and says how long, how wide and how dear it is") {
  Line line;
  const auto way = line.told_in_blue(line.in_blue());
  REQUIRE_MESSAGE(way, (way ? "" : way.error().message));
  CHECK(way->path == std::vector{line.red.id(), line.green.id(), line.blue.id()});
  CHECK(way->mtu == 1'380);
  CHECK(way->cost == 5);
  CHECK(way->granted);
  CHECK(way->members.size() == 3);
}

TEST_CASE("it survives its wire form") {
  Line line;
  Route route;
  route.prefix = addr::mesh_prefix(line.red.id());
  route.attestation = line.in_blue();
  route.mesh = line.blue.id();
  route.identity = line.second.to.identity;
  route.version = {1, 7};
  route.draining = true;
  route.wanted = 9;
  route.announced = RouteContent::Announced{5, 1};
  const auto again = Route::decode(route.encode());
  REQUIRE(again);
  CHECK(static_cast<const RouteContent&>(*again) == route);
  CHECK(line.told_in_blue(*again->attestation));
  MESSAGE("two bridges: " << route.encode().size() << " bytes");
}

TEST_CASE("an exit weighs no more than its configuration may say") {
  Route route;
  route.prefix = addr::mesh_prefix(MeshId{});
  for (const std::uint32_t weight : {0U, limits::kExitWeight}) {
    route.weight = weight;
    const auto again = Route::decode(route.encode());
    REQUIRE(again);
    CHECK(again->weight == weight);
  }
  for (const std::uint32_t weight : {limits::kExitWeight + 1, 4'294'967'295U}) {
    route.weight = weight;
    const auto again = Route::decode(route.encode());
    REQUIRE_FALSE(again);
    CHECK(again.error().code == Code::invalid);
  }
}

TEST_CASE("nobody can shorten a way, lengthen it, or send it elsewhere") {
  Line line;
  Attestation cut = line.in_blue();
  cut.hops.erase(cut.hops.begin());
  CHECK(line.refusal(cut) == Code::conflict);  // the credential is green's, where red's would have to be
  Attestation twice = line.in_blue();
  twice.hops.push_back(twice.hops.back());
  CHECK(line.refusal(twice) == Code::invalid);
  Attestation green = line.in_green();
  CHECK(line.refusal(green) == Code::conflict);
  green.hops.back().to = line.blue.id();
  CHECK(line.refusal(green) == Code::forbidden);
}

TEST_CASE("nobody can claim another mesh's prefix, or a later sequence") {
  Line line;
  Attestation other = line.in_blue();
  other.prefix = addr::mesh_prefix(Office(9).id());
  CHECK(line.refusal(other) == Code::invalid);
  Attestation own = line.in_blue();
  own.mesh = Office(9).id();
  own.prefix = addr::mesh_prefix(own.mesh);
  CHECK(line.refusal(own) == Code::conflict);
  Attestation later = line.in_blue();
  later.sequence = 6;
  CHECK(line.refusal(later) == Code::unauthenticated);
  Attestation wide = line.in_blue();
  wide.hops[0].mtu = 9'000;
  CHECK(line.refusal(wide) == Code::unauthenticated);
}

TEST_CASE("each signature counts, and each credential is the signer's") {
  Line line;
  for (std::size_t hop = 0; hop < 2; ++hop) {
    Attestation from = line.in_blue();
    from.hops[hop].from_signature[3] ^= 1;
    CHECK(line.refusal(from) == Code::unauthenticated);
    Attestation to = line.in_blue();
    to.hops[hop].to_signature[3] ^= 1;
    CHECK(line.refusal(to) == Code::unauthenticated);
    Attestation somebody = line.in_blue();
    somebody.hops[hop].from_credential =
        Line::credential(hop == 0 ? line.red : line.green, hop == 0 ? line.red.founder() : line.green.founder());
    CHECK(line.refusal(somebody) == Code::forbidden);
  }
}

TEST_CASE("only who leads there may tell it") {
  Line line;
  const Office::Host other = line.blue.admit();
  const auto way = check(line.in_blue(), {line.blue.id(), other.parsed()}, line.book);
  REQUIRE_FALSE(way);
  CHECK(way.error().code == Code::forbidden);
}

TEST_CASE("a network behind a member: its own word in its mesh, its credential beyond") {
  Line line;
  const addr::Prefix network = *addr::Prefix::parse("2001:db8:7::/48");
  const Office::Host owner = line.red.admit();
  const Attestation home = attest_own(network, line.red.id(), 1, 1'300, owner.key);
  const auto there = check(home, {line.red.id(), owner.parsed()}, line.book);
  REQUIRE(there);
  CHECK_FALSE(there->granted);
  CHECK(there->mtu == 1'300);
  CHECK_FALSE(check(home, {line.red.id(), line.first.from.parsed()}, line.book));
  const Attestation beyond = Line::over(home, Line::credential(line.red, owner), line.red, line.green, line.first);
  const auto far = check(beyond, {line.green.id(), line.first.to.parsed()}, line.book);
  REQUIRE_MESSAGE(far, (far ? "" : far.error().message));
  CHECK(far->mtu == 1'300);
  Attestation grown = beyond;
  grown.prefix = *addr::Prefix::parse("2001:db8::/32");
  CHECK_FALSE(check(grown, {line.green.id(), line.first.to.parsed()}, line.book));
}

TEST_CASE("a mesh takes routes of members, the newest word of each, and drops them with their owner") {
  Line line;
  Mesh mesh = line.blue.mesh_of(line.blue.founder());
  const auto route_item = [&](std::uint64_t counter, bool there) {
    Route route;
    route.prefix = addr::mesh_prefix(line.red.id());
    if (there) route.attestation = line.in_blue();
    route.mesh = line.blue.id();
    route.identity = line.second.to.identity;
    route.version = {1, counter};
    return encode_item(sign_route(route, line.second.to.key));
  };
  const Outcome early = mesh.apply(route_item(5, true));
  CHECK(early.verdict == Verdict::refused);
  CHECK_FALSE(early.blame);
  REQUIRE(mesh.apply(item_of(record_of(line.blue, line.second.to, 1), line.second.to)).verdict == Verdict::fresh);
  const auto without = mesh.digest();
  const Outcome first = mesh.apply(route_item(5, true));
  CHECK(first.verdict == Verdict::fresh);
  CHECK(first.routes_changed);
  CHECK(mesh.apply(route_item(5, true)).verdict == Verdict::known);
  CHECK(mesh.apply(route_item(4, false)).verdict == Verdict::known);
  CHECK(mesh.routes().size() == 1);
  CHECK(mesh.item(first.key) == route_item(5, true));
  // Everything of it comes back from the cache.
  Mesh again = line.blue.mesh_of(line.blue.founder());
  const auto cached = Mesh::split_cache(mesh.cache());
  REQUIRE(cached);
  for (const Bytes& item : *cached) CHECK(again.apply(item).verdict == Verdict::fresh);
  CHECK(again.digest() == mesh.digest());
  CHECK(mesh.apply(route_item(6, false)).verdict == Verdict::fresh);
  CHECK_FALSE(mesh.routes().find({line.second.to.identity, addr::mesh_prefix(line.red.id())})->way);
  // Admitted anew, it has said nothing yet.
  Office::Host anew = line.second.to;
  line.blue.certify(anew, {}, 2);
  REQUIRE(mesh.apply(item_of(record_of(line.blue, anew, 1, {}, 2), anew)).verdict == Verdict::fresh);
  CHECK(mesh.routes().size() == 0);
  CHECK(mesh.apply(route_item(7, true)).verdict == Verdict::refused);
  CHECK(without != mesh.digest());
}

namespace {

// Words of one member of blue about prefixes that are numbered.
struct Words {
  Line line;
  Bytes record = item_of(record_of(line.blue, line.second.to, 1), line.second.to);

  static addr::Prefix prefix(std::uint64_t number) {
    ByteArray<16> bytes{0xfd, 7};
    store_be<std::uint16_t>(bytes.data() + 4, static_cast<std::uint16_t>(number));
    return {addr::IpAddress::v6(bytes), 64};
  }
  Bytes word(std::uint64_t number, std::uint64_t counter, std::uint64_t wanted) const {
    Route route;
    route.prefix = prefix(number);
    route.mesh = line.blue.id();
    route.identity = line.second.to.identity;
    route.version = {1, counter};
    route.wanted = wanted;
    route.announced = RouteContent::Announced{3, 1};
    return encode_item(sign_route(route, line.second.to.key));
  }
  Mesh mesh() {
    Mesh out = line.blue.mesh_of(line.blue.founder());
    REQUIRE(out.apply(record).verdict == Verdict::fresh);
    return out;
  }
  bool holds(const Mesh& mesh, std::uint64_t number) const {
    return mesh.routes().find({line.second.to.identity, prefix(number)}) != nullptr;
  }
};

}  // namespace

TEST_CASE("of the words that were taken back the newest stay, in whatever order they come") {
  Words words;
  constexpr std::uint64_t kOver = 40;
  constexpr std::uint64_t kAll = limits::kWithdrawnPerMember + kOver;
  Mesh forward = words.mesh();
  Mesh backward = words.mesh();
  for (std::uint64_t i = 0; i < kAll; ++i) {
    CHECK(forward.apply(words.word(i, 2 * i + 10, 1)).verdict == Verdict::fresh);
    CHECK(forward.apply(words.word(i, 2 * i + 11, 0)).verdict == Verdict::fresh);
    CHECK(backward.apply(words.word(kAll - 1 - i, 2 * (kAll - 1 - i) + 11, 0)).verdict !=
          Verdict::refused);  // of the oldest there is nothing to learn
  }
  CHECK(forward.routes().size() == limits::kWithdrawnPerMember);
  CHECK_FALSE(words.holds(forward, kOver - 1));
  CHECK(words.holds(forward, kOver));
  CHECK(forward.digest() == backward.digest());
  // One that didn't hear of it brings up an early word: it is taken, and taken back again.
  CHECK(forward.apply(words.word(0, 10, 1)).verdict == Verdict::fresh);
  CHECK(words.holds(forward, 0));
  CHECK(forward.apply(words.word(0, 9'000, 0)).verdict == Verdict::fresh);
  CHECK(words.holds(forward, 0));
  CHECK_FALSE(words.holds(forward, kOver));
  CHECK(forward.routes().size() == limits::kWithdrawnPerMember);
}

TEST_CASE("what was taken back leaves its place to others; one word too many is nobody's fault who passes it on") {
  Words words;
  Mesh mesh = words.mesh();
  for (std::uint64_t i = 0; i < limits::kRoutesPerMember; ++i)
    REQUIRE(mesh.apply(words.word(i, i + 10, 1)).verdict == Verdict::fresh);
  const Outcome over = mesh.apply(words.word(9'999, 5'000, 1));
  CHECK(over.verdict == Verdict::refused);
  CHECK_FALSE(over.blame);
  CHECK(mesh.apply(words.word(3, 5'001, 0)).verdict == Verdict::fresh);
  CHECK(mesh.apply(words.word(9'999, 5'000, 1)).verdict == Verdict::fresh);
  CHECK(mesh.apply(words.word(3, 5'002, 1)).verdict == Verdict::refused);
  // Admitted anew, it has all of them.
  Office::Host anew = words.line.second.to;
  words.line.blue.certify(anew, {}, 2);
  REQUIRE(mesh.apply(item_of(record_of(words.line.blue, anew, 1, {}, 2), anew)).verdict == Verdict::fresh);
  CHECK(mesh.routes().size() == 0);
}

}  // namespace smeg::mesh
