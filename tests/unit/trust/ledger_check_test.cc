// Every way in which a certificate may fail to count.
#include "unit/trust/world.h"

namespace smeg::trust {
namespace {

using test::check_void;

// A delegate, host 5, that may grant little.
struct Modest : test::World {
  Modest() : number(delegate(5, {{Role::client}, {*addr::Prefix::parse("10.1.0.0/16")}, {"web"}}, 3)) {}

  Rights modest_rights() const {
    Rights out = rights();
    out.delegation = number;
    out.role = Role::client;
    return out;
  }
  Certificate granted(const Rights& what, std::uint64_t certificate_number = 1) const {
    return certify(5, 2, certificate_number, what);
  }

  DelegationNumber number;
};

}  // namespace

TEST_CASE("a certificate within the delegation counts") {
  const Modest world;
  Rights rights = world.modest_rights();
  CHECK(world.ledger.check(world.granted(rights)));
  rights.alias = "web";
  rights.prefixes = {*addr::Prefix::parse("10.1.2.0/24"), *addr::Prefix::parse("10.1.0.0/16")};
  rights.address_count = 2;
  CHECK(world.ledger.check(world.granted(rights, 3)));
  CHECK(world.ledger.check(world.founding.certificate));
}

TEST_CASE("a delegate that exceeds its rights gets each its own answer") {
  const Modest world;
  Rights rights = world.modest_rights();
  rights.role = Role::peer;
  check_void(world.ledger, world.granted(rights), Code::forbidden, "the delegate may not grant the role peer");
  rights = world.modest_rights();
  rights.alias = "database";
  check_void(world.ledger, world.granted(rights), Code::forbidden, "the delegate may not grant the alias database");
  rights = world.modest_rights();
  rights.prefixes = {*addr::Prefix::parse("10.1.2.0/24"), *addr::Prefix::parse("10.0.0.0/8")};
  check_void(world.ledger, world.granted(rights), Code::forbidden, "the delegate may not grant the prefix 10.0.0.0/8");
  check_void(world.ledger, world.granted(world.modest_rights(), 4), Code::forbidden,
             "the delegate has signed more certificates than the 3 that it may");
}

TEST_CASE("a delegate that may not admit admits nobody") {
  test::World world;
  Delegation delegation{{}, world.identity(5), Powers::all()};
  delegation.may_admit = false;
  world.take(*world.authority.delegate(world.ledger, delegation));
  Rights rights = world.rights();
  rights.delegation = {2};
  check_void(world.ledger, world.certify(5, 2, 1, rights), Code::forbidden,
             "the delegate that signed the certificate may not admit members");
  CHECK(world.ledger.mandate_of(world.identity(5)) == nullptr);
}

TEST_CASE("a certificate of another mesh") {
  const test::World world;
  const test::World other(2);
  check_void(world.ledger, other.founding.certificate, Code::conflict,
             "a certificate of another mesh, " + to_text(other.mesh()));
}

TEST_CASE("a certificate that nobody with a right to it has signed") {
  const test::World world;
  check_void(world.ledger, world.certify(9, 9, 1, world.rights()), Code::unauthenticated,
             "the certificate is signed by somebody who is not the delegate that it names");
  Rights rights = world.rights();
  rights.delegation = {8};
  check_void(world.ledger, world.certify(9, 9, 1, rights), Code::unavailable,
             "the delegate that signed the certificate is not known here yet");

  // The delegate's name on it, somebody else's signature, and a changed right under the delegate's signature.
  auto fields = *crypto::parse_x509(world.member(2, 2).der());
  check_void(world.ledger, *Certificate::parse(crypto::make_x509(fields, world.key(9))), Code::unauthenticated,
             "the signature of the certificate does not fit");
  Bytes der = to_bytes(world.member(2, 2).der());
  der[der.size() - 1] ^= 1;
  check_void(world.ledger, *Certificate::parse(der), Code::unauthenticated,
             "the signature of the certificate does not fit");
  // Found good once, nothing else is taken for it.
  CHECK(world.ledger.check(world.member(2, 2)));
  check_void(world.ledger, *Certificate::parse(der), Code::unauthenticated,
             "the signature of the certificate does not fit");
}

TEST_CASE("an address that does not follow from the key") {
  const test::World world;
  auto fields = *crypto::parse_x509(world.member(2, 2).der());
  (*fields.address)[15] ^= 1;
  check_void(world.ledger, *Certificate::parse(crypto::make_x509(fields, world.key(1))), Code::invalid,
             "the certificate names an address that does not follow from its key");
  // Nor is one of another count good enough.
  std::ranges::copy(addr::member_address(world.mesh(), world.identity(2), 1).view(), fields.address->begin());
  check_void(world.ledger, *Certificate::parse(crypto::make_x509(fields, world.key(1))), Code::invalid,
             "the certificate names an address that does not follow from its key");
}

TEST_CASE("a revoked delegate's certificates count up to the last honoured one") {
  test::World world;
  const DelegationNumber second = world.delegate(5);
  Rights rights = world.rights();
  rights.delegation = second;
  const Certificate third = world.certify(5, 2, 3, rights);
  const Certificate fourth = world.certify(5, 3, 4, rights);
  CHECK(world.ledger.check(fourth));
  world.take_all(*world.authority.revoke_delegation(world.ledger, second, {3}));
  CHECK(world.ledger.check(third));
  check_void(world.ledger, fourth, Code::revoked, "the delegate that signed the certificate was revoked");
  CHECK(world.ledger.mandate_of(world.identity(5)) == nullptr);
  CHECK(world.ledger.mandate(second)->honours({3}));

  // A second revocation can only be stricter.
  world.take_all(*world.authority.revoke_delegation(world.ledger, second, {9}));
  check_void(world.ledger, fourth, Code::revoked, "the delegate that signed the certificate was revoked");
  world.take_all(*world.authority.revoke_delegation(world.ledger, second, {0}));
  check_void(world.ledger, third, Code::revoked, "the delegate that signed the certificate was revoked");
}

TEST_CASE("the root removes and bans whomever it likes") {
  test::World world;
  const DelegationNumber second = world.delegate(5);
  Rights rights = world.rights({4});
  rights.delegation = second;
  const Certificate member = world.certify(5, 2, 1, rights);
  const Certificate other = world.member(2, 2, {4});

  world.take(*world.authority.revoke(world.ledger, world.identity(2), {4}, false, second));
  check_void(world.ledger, member, Code::revoked, "this member has left the mesh or was removed from it");
  CHECK(world.ledger.check(other));
  world.take(*world.authority.revoke(world.ledger, world.identity(2), {4}, false));
  check_void(world.ledger, other, Code::revoked, "this member has left the mesh or was removed from it");
  CHECK(world.ledger.check(world.member(2, 3, {5})));
  world.take(*world.authority.revoke(world.ledger, world.identity(2), {}, true));
  check_void(world.ledger, world.member(2, 3, {5}), Code::forbidden, "this member is banned from the mesh");
}

TEST_CASE("many different certificates can be checked") {
  const test::World world;
  for (std::uint64_t n = 2; n < 200; ++n) REQUIRE(world.ledger.check(world.member(2, n)));
}

}  // namespace smeg::trust
