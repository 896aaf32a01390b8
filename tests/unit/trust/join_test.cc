#include "trust/join.h"

#include "unit/trust/world.h"
#include "wire/trust.pb.h"

namespace smeg::trust {
namespace {

// A joiner, host 2, with a token from the founder.
struct Joining : test::World {
  Joining() : invite(*issuer.create_invite(ledger, {}, {}, true, now, secrets)) {}

  JoinRequest request(std::string alias = {}, std::optional<Role> role = {}) const {
    return make_join_request(invite, identity(2), exporter, std::move(alias), role);
  }
  wire::Admission admission() {
    const auto admitted = issuer.redeem(request(), identity(2), exporter, ledger, {}, nullptr, now);
    REQUIRE(admitted);
    wire::Admission out;
    admission_to_proto(ledger, admitted->certificate, out);
    return out;
  }

  Invite invite;
  TlsExporter exporter{1, 2, 3};
};

}  // namespace

TEST_CASE("the proof binds token, session, identity key and mesh") {
  const Joining world;
  const JoinRequest request = world.request();
  CHECK(proves_invite(request, world.identity(2), world.exporter));
  CHECK_FALSE(proves_invite(request, world.identity(3), world.exporter));
  CHECK_FALSE(proves_invite(request, world.identity(2), TlsExporter{}));
  JoinRequest other = request;
  other.mesh.bytes[0] ^= 1;
  CHECK_FALSE(proves_invite(other, world.identity(2), world.exporter));
  other = request;
  other.invite = crypto::signing_public_key(crypto::InvitePrivateKey(test::host_seed(3)));
  CHECK_FALSE(proves_invite(other, world.identity(2), world.exporter));
  other = request;
  other.proof[63] ^= 1;
  CHECK_FALSE(proves_invite(other, world.identity(2), world.exporter));
  CHECK_FALSE(proves_invite(JoinRequest{}, world.identity(2), world.exporter));
}

TEST_CASE("a request survives encoding") {
  const Joining world;
  for (const std::optional<Role> role : {std::optional<Role>(), std::optional(Role::client)}) {
    const JoinRequest request = world.request("alpha", role);
    wire::JoinRequest proto;
    request.to_proto(proto);
    const auto read = JoinRequest::from_proto(proto);
    REQUIRE(read);
    CHECK(read->mesh == request.mesh);
    CHECK(read->issuer == request.issuer);
    CHECK(read->invite == request.invite);
    CHECK(read->proof == request.proof);
    CHECK(read->alias == "alpha");
    CHECK(read->role == role);
  }
}

TEST_CASE("a malformed request is refused") {
  const Joining world;
  wire::JoinRequest good;
  world.request().to_proto(good);
  const auto code = [&](auto change) {
    wire::JoinRequest proto = good;
    change(proto);
    return test::error_of(JoinRequest::from_proto(proto)).code;
  };
  CHECK(code([](wire::JoinRequest& r) { r.set_mesh_id("x"); }) == Code::malformed);
  CHECK(code([](wire::JoinRequest& r) { r.set_issuer("x"); }) == Code::malformed);
  CHECK(code([](wire::JoinRequest& r) { r.set_invite("x"); }) == Code::malformed);
  CHECK(code([](wire::JoinRequest& r) { r.set_proof("x"); }) == Code::malformed);
  CHECK(code([](wire::JoinRequest& r) { r.set_alias("Not A Label"); }) == Code::invalid);
  CHECK(code([](wire::JoinRequest& r) { r.set_role(static_cast<wire::Role>(9)); }) == Code::unsupported);
}

TEST_CASE("the joiner takes an admission that fits its token") {
  Joining world;
  const auto membership = accept_admission(world.admission(), world.invite, world.identity(2));
  REQUIRE(membership);
  CHECK(membership->ledger.digest() == world.ledger.digest());
  CHECK(membership->certificate.identity() == world.identity(2));
  CHECK(membership->ledger.check(membership->certificate));
}

TEST_CASE("the joiner takes nothing else") {
  Joining world;
  const wire::Admission good = world.admission();
  const auto refused = [&](const wire::Admission& admission, Code code, std::string_view message) {
    const Error error = test::error_of(accept_admission(admission, world.invite, world.identity(2)));
    CHECK(error.code == code);
    CHECK(error.message == message);
  };
  SUBCASE("a ledger of another mesh") {
    const test::World other(2);
    wire::Admission bad = good;
    bad.clear_ledger();
    other.ledger.to_proto(*bad.mutable_ledger());
    refused(bad, Code::unauthenticated, "the genesis is not that of mesh " + to_text(world.mesh()));
  }
  SUBCASE("a certificate of another mesh") {
    const test::World other(2);
    wire::Admission bad = good;
    bad.set_certificate(to_string(other.founding.certificate.der()));
    refused(bad, Code::conflict, "a certificate of another mesh, " + to_text(other.mesh()));
  }
  SUBCASE("a certificate for somebody else") {
    wire::Admission bad = good;
    bad.set_certificate(to_string(world.member(3, 9).der()));
    refused(bad, Code::conflict, "the certificate that came back is for somebody else");
  }
  SUBCASE("a certificate of another delegate") {
    const DelegationNumber second = world.delegate(5);
    Rights rights = world.rights();
    rights.delegation = second;
    wire::Admission bad;
    admission_to_proto(world.ledger, world.certify(5, 2, 1, rights), bad);
    refused(bad, Code::conflict, "the certificate that came back was not signed by the issuer of the token");
  }
  SUBCASE("a certificate without the delegation that it rests on") {
    wire::Admission bad = good;
    bad.mutable_ledger()->clear_statements();
    refused(bad, Code::unavailable, "the delegate that signed the certificate is not known here yet");
  }
  SUBCASE("a certificate of a revoked delegate") {
    Ledger after = world.ledger;
    const auto revoked = world.authority.revoke_delegation(after, {1}, {1});
    REQUIRE(revoked);
    for (const Item& item : *revoked) REQUIRE(after.apply(item));
    wire::Admission bad = good;
    bad.clear_ledger();
    after.to_proto(*bad.mutable_ledger());
    refused(bad, Code::revoked, "the delegate that signed the certificate was revoked");
  }
  SUBCASE("nothing at all") { CHECK_FALSE(accept_admission({}, world.invite, world.identity(2))); }
}

}  // namespace smeg::trust
