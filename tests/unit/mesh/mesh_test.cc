#include "mesh/mesh.h"

#include <doctest/doctest.h>

#include "unit/mesh/testing.h"

namespace smeg::mesh {
namespace {

using Host = Office::Host;

// A mesh as the founder holds it, and a member to talk about.
struct Scene {
  Office office;
  Host host = office.admit("kitchen");
  Mesh mesh = office.mesh_of(office.founder());

  Bytes said(std::uint64_t counter, std::string description = {}) {
    return item_of(record_of(office, host, counter, std::move(description)), host);
  }
};

// Applies what has to be refused, and makes sure that it changed nothing.
Outcome refuse(Mesh& mesh, ByteView item) {
  const auto digest = mesh.digest();
  const auto generation = mesh.generation();
  Outcome out = mesh.apply(item);
  REQUIRE(out.verdict == Verdict::refused);
  REQUIRE(out.error);
  CHECK_FALSE(out.error->message.empty());
  CHECK(mesh.digest() == digest);
  CHECK(mesh.generation() == generation);
  return out;
}

TEST_CASE("a record that its owner signed makes a member, with what its certificate grants") {
  Scene scene;
  Record record = record_of(scene.office, scene.host, 1, "by the window");
  record.alias = "claimed-but-one-is-granted";
  const Outcome out = scene.mesh.apply(item_of(record, scene.host));
  CHECK(out.verdict == Verdict::fresh);
  CHECK(out.members_changed);
  CHECK_FALSE(out.durable);
  CHECK(out.key == Mesh::record_key(scene.host.identity));

  REQUIRE(scene.mesh.members().size() == 1);
  const Member& member = scene.mesh.members().front();
  CHECK(member.identity == scene.host.identity);
  CHECK(member.alias == "kitchen");
  CHECK(member.alias_granted);
  CHECK(member.address == addr::member_address(scene.office.id(), scene.host.identity, 0));
  CHECK(member.role == Role::peer);
  CHECK(member.record->description == "by the window");
  CHECK_FALSE(member.may_admit);
  CHECK(scene.mesh.find(scene.host.identity) == &member);
  CHECK(scene.mesh.find(scene.office.founder().identity) == nullptr);
}

TEST_CASE("what is known or older changes nothing") {
  Scene scene;
  const Bytes first = scene.said(1);
  const Bytes second = scene.said(2);
  CHECK(scene.mesh.apply(second).verdict == Verdict::fresh);
  const auto digest = scene.mesh.digest();
  const auto generation = scene.mesh.generation();
  CHECK(scene.mesh.apply(second).verdict == Verdict::known);
  CHECK(scene.mesh.apply(first).verdict == Verdict::known);  // replayed
  CHECK(scene.mesh.digest() == digest);
  CHECK(scene.mesh.generation() == generation);
  CHECK(scene.mesh.find(scene.host.identity)->record->version.counter == 2);
}

TEST_CASE("bytes that are no item, or too long, are refused") {
  Scene scene;
  CHECK(refuse(scene.mesh, as_bytes("\xff\xff")).error->code == Code::malformed);
  CHECK(refuse(scene.mesh, {}).error->code == Code::unsupported);
  CHECK(refuse(scene.mesh, Bytes(limits::kRouteBytes + 1'024)).error->code == Code::too_large);
  SignedRecord long_one = sign_record(record_of(scene.office, scene.host, 1), scene.host.certificate, scene.host.key);
  long_one.payload.resize(limits::kRecordBytes + 1);
  CHECK(refuse(scene.mesh, encode_item(long_one)).error->code == Code::too_large);
  CHECK(refuse(scene.mesh, encode_item(long_one)).blame);
}

TEST_CASE("a forged record is refused") {
  Scene scene;
  SignedRecord record = sign_record(record_of(scene.office, scene.host, 1), scene.host.certificate, scene.host.key);
  record.signature[0] ^= 1;
  const Outcome out = refuse(scene.mesh, encode_item(record));
  CHECK(out.error->code == Code::unauthenticated);
  CHECK(out.blame);
}

TEST_CASE("a counter at its end is refused, so that nobody's clock wraps") {
  Scene scene;
  CHECK(refuse(scene.mesh, scene.said(~std::uint64_t{0})).error->code == Code::invalid);
  CHECK(refuse(scene.mesh, scene.said(limits::kCounterEnd)).error->code == Code::invalid);
  CHECK(scene.mesh.apply(scene.said(1)).verdict == Verdict::fresh);
}

TEST_CASE("a record under another's key is refused") {
  Scene scene;
  const Host other = scene.office.admit();
  // Its own certificate and signature, another's name
  CHECK(
      refuse(scene.mesh, encode_item(sign_record(record_of(scene.office, scene.host, 1), other.certificate, other.key)))
          .error->code == Code::forbidden);
  // Another's certificate and name, its own signature
  CHECK(refuse(scene.mesh,
               encode_item(sign_record(record_of(scene.office, scene.host, 1), scene.host.certificate, other.key)))
            .error->code == Code::unauthenticated);
}

TEST_CASE("a record of another mesh, or with the certificate of one, is refused") {
  Scene scene;
  Office elsewhere(2);
  const Host foreign = elsewhere.admit();
  CHECK(refuse(scene.mesh, item_of(record_of(elsewhere, foreign, 1), foreign)).error->code == Code::conflict);
  Record record = record_of(elsewhere, foreign, 1);
  record.mesh = scene.office.id();
  CHECK(refuse(scene.mesh, item_of(record, foreign)).error->code == Code::conflict);
}

TEST_CASE("a record of another incarnation than its certificate is refused") {
  Scene scene;
  const Record record = record_of(scene.office, scene.host, 1, {}, 2);
  CHECK(refuse(scene.mesh, item_of(record, scene.host)).error->code == Code::invalid);
}

TEST_CASE("a certificate that nobody entitled has signed is refused") {
  Scene scene;
  Host stranger = scene.office.fresh_host();
  scene.office.certify(stranger, stranger.key, trust::DelegationNumber{1}, {}, 1, 7);
  CHECK(refuse(scene.mesh, item_of(record_of(scene.office, stranger, 1), stranger)).error->code ==
        Code::unauthenticated);
  // Of a delegation that is not known here: the sender may know more, and is not to blame
  Host early = scene.office.fresh_host();
  scene.office.certify(early, stranger.key, trust::DelegationNumber{9}, {}, 1, 7);
  const Outcome out = refuse(scene.mesh, item_of(record_of(scene.office, early, 1), early));
  CHECK(out.error->code == Code::unavailable);
  CHECK_FALSE(out.blame);
}

TEST_CASE("two contents of one version: the lower hash stays on every host, and the owner is named") {
  Scene scene;
  Mesh other = scene.office.mesh_of(scene.host);
  const Bytes a = scene.said(5, "a");
  const Bytes b = scene.said(5, "b");
  CHECK_FALSE(scene.mesh.apply(a).equivocator);
  CHECK(scene.mesh.apply(b).equivocator == scene.host.identity);
  other.apply(b);
  CHECK(other.apply(a).equivocator == scene.host.identity);
  CHECK(other.digest() == scene.mesh.digest());
  CHECK(*other.members().front().record == *scene.mesh.members().front().record);
  // A forged second content names nobody
  SignedRecord forged =
      sign_record(record_of(scene.office, scene.host, 5, "c"), scene.host.certificate, scene.host.key);
  forged.signature[9] ^= 1;
  CHECK_FALSE(refuse(scene.mesh, encode_item(forged)).equivocator);
}

TEST_CASE("a member that leaves is gone, and comes back with a higher incarnation only") {
  Scene scene;
  scene.mesh.apply(scene.said(1));
  const trust::Item leave = trust::make_leave(scene.host.parsed(), scene.host.key);
  const Outcome out = scene.mesh.apply(encode_item(leave));
  CHECK(out.verdict == Verdict::fresh);
  CHECK(out.durable);
  CHECK(scene.mesh.members().empty());
  CHECK_FALSE(scene.mesh.item(Mesh::record_key(scene.host.identity)));
  CHECK(scene.mesh.apply(encode_item(leave)).verdict == Verdict::known);

  const Outcome again = refuse(scene.mesh, scene.said(2));
  CHECK(again.error->code == Code::revoked);
  CHECK_FALSE(again.blame);
  CHECK(scene.mesh.surroundings(scene.host.identity, {1}).incarnation.value == 1);
  scene.office.certify(scene.host, {}, 2);
  CHECK(scene.mesh.apply(item_of(record_of(scene.office, scene.host, 3, {}, 2), scene.host)).verdict == Verdict::fresh);
  CHECK(scene.mesh.members().size() == 1);
}

TEST_CASE("a member that is revoked is shown as such, by the name it had") {
  Scene scene;
  scene.mesh.apply(scene.said(1));
  REQUIRE(scene.mesh.members().size() == 1);
  const auto revocation = scene.office.issuer().revoke(scene.host.parsed(), true, scene.office.ledger());
  REQUIRE(revocation);
  CHECK(scene.mesh.apply(*revocation).verdict == Verdict::fresh);
  REQUIRE(scene.mesh.members().size() == 1);
  CHECK(scene.mesh.members().front().revoked);
  CHECK(scene.mesh.members().front().alias == "kitchen");
  CHECK(scene.mesh.members().front().address == scene.host.parsed().address());
  refuse(scene.mesh, scene.said(2));
  CHECK_FALSE(scene.mesh.admits(scene.host.parsed()));
  // A ban is final
  scene.office.certify(scene.host, {}, 2);
  refuse(scene.mesh, item_of(record_of(scene.office, scene.host, 3, {}, 2), scene.host));
}

TEST_CASE("nobody removes a member who has no say over it") {
  Scene scene;
  scene.mesh.apply(scene.said(1));
  const Host other = scene.office.admit();
  trust::Revocation revocation;
  revocation.identity = scene.host.identity;
  revocation.up_to = {1};
  revocation.delegation = {1};
  const auto digest = scene.mesh.digest();
  CHECK(scene.mesh.apply(trust::make_revocation(scene.office.id(), revocation, other.key)).verdict == Verdict::refused);
  CHECK(scene.mesh.apply(trust::make_leave(scene.host.parsed(), other.key)).verdict == Verdict::refused);
  CHECK(scene.mesh.digest() == digest);
  CHECK_FALSE(scene.mesh.members().front().revoked);
}

TEST_CASE("a delegate that is revoked takes those along who came after the last honoured number") {
  Scene scene;
  const Host delegate = scene.office.admit();
  trust::Delegation delegation;
  delegation.identity = delegate.identity;
  delegation.powers = trust::Powers::all();
  const trust::Item item = scene.office.note(scene.office.root().delegate(scene.office.ledger(), delegation));
  CHECK(scene.mesh.apply(item).verdict == Verdict::fresh);
  const trust::DelegationNumber number = scene.office.ledger().mandate_of(delegate.identity)->delegation.number;

  Host early = scene.office.fresh_host();
  Host late = scene.office.fresh_host();
  scene.office.certify(early, delegate.key, number, {}, 1, 1);
  scene.office.certify(late, delegate.key, number, {}, 1, 2);
  for (const Host* host : std::initializer_list<const Host*>{&delegate, &early, &late}) {
    REQUIRE(scene.mesh.apply(item_of(record_of(scene.office, *host, 1), *host)).verdict == Verdict::fresh);
  }
  CHECK(scene.mesh.find(delegate.identity)->may_admit);
  CHECK(scene.mesh.surroundings(early.identity, number).highest_number.value == 2);

  const auto items = scene.office.root().revoke_delegation(scene.office.ledger(), number, {1});
  REQUIRE(items);
  for (const trust::Item& one : *items) CHECK(scene.mesh.apply(one).verdict == Verdict::fresh);
  CHECK(scene.mesh.find(early.identity));
  CHECK_FALSE(scene.mesh.find(late.identity));
  CHECK_FALSE(scene.mesh.find(delegate.identity)->may_admit);
  refuse(scene.mesh, item_of(record_of(scene.office, late, 2), late));
}

TEST_CASE("a floor voids whoever has no newer certificate") {
  Scene scene;
  scene.mesh.apply(scene.said(1));
  const trust::Item floor = scene.office.note(scene.office.root().raise_floor(scene.office.ledger()));
  CHECK(scene.mesh.apply(floor).verdict == Verdict::fresh);
  CHECK(scene.mesh.members().empty());
  CHECK(refuse(scene.mesh, scene.said(2)).error->code == Code::expired);
  scene.office.certify(scene.host);
  CHECK(scene.mesh.apply(scene.said(3)).verdict == Verdict::fresh);
}

TEST_CASE("a number used twice: the certificate with the lower hash counts, whichever came first") {
  Scene scene;
  Host a = scene.office.admit({}, 1, 500);
  Host b = scene.office.admit({}, 1, 500);
  if (b.parsed().hash() < a.parsed().hash()) std::swap(a, b);
  const Bytes from_a = item_of(record_of(scene.office, a, 1), a);
  const Bytes from_b = item_of(record_of(scene.office, b, 1), b);

  CHECK(scene.mesh.apply(from_b).verdict == Verdict::fresh);
  CHECK(scene.mesh.admits(a.parsed()));
  CHECK(scene.mesh.apply(from_a).verdict == Verdict::fresh);
  REQUIRE(scene.mesh.members().size() == 1);
  CHECK(scene.mesh.members().front().identity == a.identity);
  CHECK(refuse(scene.mesh, from_b).error->code == Code::conflict);
  CHECK_FALSE(scene.mesh.admits(b.parsed()));

  Mesh other = scene.office.mesh_of(scene.host);
  other.apply(from_a);
  refuse(other, from_b);
  CHECK(other.digest() == scene.mesh.digest());
}

TEST_CASE("aliases: a granted one beats a claimed one, of two claimed ones the senior has it") {
  Office office;
  Mesh mesh = office.mesh_of(office.founder());
  const Host senior = office.admit();
  const Host junior = office.admit();
  const Host granted = office.admit("granted");
  const auto claim = [&](const Host& host, std::uint64_t counter, std::string alias) {
    Record record = record_of(office, host, counter);
    record.alias = std::move(alias);
    REQUIRE(mesh.apply(item_of(record, host)).verdict == Verdict::fresh);
  };
  claim(junior, 1, "same");
  CHECK(mesh.find(junior.identity)->alias == "same");
  claim(senior, 1, "same");
  CHECK(mesh.find(senior.identity)->alias == "same");
  CHECK(mesh.find(junior.identity)->alias.empty());
  claim(senior, 2, "granted");
  claim(granted, 1, "");
  CHECK(mesh.find(granted.identity)->alias == "granted");
  CHECK(mesh.find(senior.identity)->alias.empty());
  CHECK(mesh.find(junior.identity)->alias == "same");
  const auto around = mesh.surroundings(junior.identity, {1});
  CHECK(around.alias_granted("granted"));
  CHECK_FALSE(around.alias_granted("same"));
  CHECK(around.address_taken(senior.parsed().address()));
  CHECK_FALSE(around.address_taken(junior.parsed().address()));
}

TEST_CASE("endpoints inside a mesh are ignored, as far as the host knows its meshes") {
  Office office;
  const Host host = office.admit();
  std::vector<addr::Prefix> known = {addr::mesh_prefix(office.id())};
  Mesh mesh = office.mesh_of(office.founder(), [&known](const addr::IpAddress& address) {
    return std::any_of(known.begin(), known.end(), [&](const auto& prefix) { return prefix.contains(address); });
  });
  const auto inside = addr::member_address(office.id(), host.identity, 0);
  const auto elsewhere = *addr::IpAddress::parse("fd12:3456:789a:bcde::1");
  Record record = record_of(office, host, 1);
  record.endpoints = {{EndpointKind::configured, inside, 1, 1, 0},
                      {EndpointKind::configured, elsewhere, 1, 1, 0},
                      {EndpointKind::configured, std::string("a.example"), 1, 1, 0}};
  mesh.apply(item_of(record, host));
  CHECK(mesh.members().front().record->endpoints.size() == 2);
  known.push_back(addr::Prefix(elsewhere, 64));
  mesh.reconsider();
  CHECK(mesh.members().front().record->endpoints.size() == 1);
}

TEST_CASE("fields of later versions travel on") {
  Scene scene;
  SignedRecord record = sign_record(record_of(scene.office, scene.host, 1), scene.host.certificate, scene.host.key);
  record.payload.insert(record.payload.end(), {0xa2, 0x06, 0x03, 'n', 'e', 'w'});  // field 100, three bytes
  const auto certificate = crypto::hash<32>("smegmesh record certificate 1", {record.certificate});
  Bytes bytes = to_bytes(certificate);
  bytes.insert(bytes.end(), record.payload.begin(), record.payload.end());
  record.signature = crypto::sign(scene.host.key, "smegmesh member record 1", bytes);
  const Bytes item = encode_item(record);
  REQUIRE(scene.mesh.apply(item).verdict == Verdict::fresh);
  CHECK(scene.mesh.item(Mesh::record_key(scene.host.identity)) == item);
}

TEST_CASE("our own record: counters are ours within what was reserved, and grow") {
  Scene scene;
  Mesh mesh = scene.office.mesh_of(scene.host);
  RecordContent content;
  content.description = "one";
  CHECK(mesh.publish(content, scene.host.certificate, scene.host.key).error().code == Code::unavailable);
  mesh.allow_counters(10, 12);
  CHECK(mesh.counters_left() == 2);
  const auto first = mesh.publish(content, scene.host.certificate, scene.host.key);
  REQUIRE(first);
  CHECK(mesh.own_record()->version == crdt::Version{1, 10});
  CHECK(mesh.publish(content, scene.host.certificate, scene.host.key));
  CHECK(mesh.counters_left() == 0);
  CHECK(mesh.publish(content, scene.host.certificate, scene.host.key).error().code == Code::unavailable);
  CHECK(scene.mesh.apply(*first).verdict == Verdict::fresh);
  content.description = std::string(limits::kDescriptionBytes + 1, 'x');
  mesh.allow_counters(12, 20);
  CHECK(mesh.publish(content, scene.host.certificate, scene.host.key).error().code == Code::too_large);
  CHECK(mesh.counters_left() == 8);
}

TEST_CASE("our own record, heard from others, is reported, and the next one goes above it") {
  Scene scene;
  Mesh mesh = scene.office.mesh_of(scene.host);
  mesh.allow_counters(10, 20);
  Record earlier = record_of(scene.office, scene.host, 500, "of an earlier life");
  earlier.boot_id[0] = 9;
  const Outcome out = mesh.apply(item_of(earlier, scene.host));
  REQUIRE(out.own);
  CHECK(out.own->version.counter == 500);
  CHECK(out.own->boot_id[0] == 9);
  CHECK(mesh.next_counter() == 501);
  CHECK(mesh.publish({}, scene.host.certificate, scene.host.key).error().code == Code::unavailable);
  mesh.allow_counters(501, 600);
  REQUIRE(mesh.publish({}, scene.host.certificate, scene.host.key));
  CHECK(mesh.own_record()->version.counter == 501);
  CHECK_FALSE(mesh.apply(item_of(earlier, scene.host)).own);
}

TEST_CASE("a revoked member can't publish") {
  Scene scene;
  Mesh mesh = scene.office.mesh_of(scene.host);
  mesh.allow_counters(1, 100);
  mesh.apply(*scene.office.issuer().revoke(scene.host.parsed(), false, scene.office.ledger()));
  CHECK(mesh.publish({}, scene.host.certificate, scene.host.key).error().code == Code::revoked);
}

TEST_CASE("the cache gives the members back after a restart") {
  Scene scene;
  for (int i = 0; i < 5; ++i) {
    const Host host = scene.office.admit();
    scene.mesh.apply(item_of(record_of(scene.office, host, 1), host));
  }
  Mesh restarted = scene.office.mesh_of(scene.office.founder());
  const auto items = Mesh::split_cache(scene.mesh.cache());
  REQUIRE(items);
  for (const Bytes& item : *items) CHECK(restarted.apply(item).verdict == Verdict::fresh);
  CHECK(restarted.digest() == scene.mesh.digest());
  CHECK(restarted.members().size() == 5);
  CHECK(Mesh::split_cache(as_bytes("\xff\xff\xff")).error().code == Code::malformed);
  CHECK(Mesh::split_cache({}).error().code == Code::unsupported);
}

}  // namespace
}  // namespace smeg::mesh
