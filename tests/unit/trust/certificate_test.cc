#include "trust/certificate.h"

#include "unit/trust/world.h"
#include "wire/trust.pb.h"

namespace smeg::trust {
namespace {

crypto::X509Fields fields_of(const Certificate& certificate) { return *crypto::parse_x509(certificate.der()); }

Result<Certificate> resigned(const crypto::X509Fields& fields, const crypto::IdentityPrivateKey& key) {
  return Certificate::parse(crypto::make_x509(fields, key));
}

}  // namespace

TEST_CASE("a certificate says who, by whom and what") {
  const test::World world;
  Rights rights = world.rights({3});
  rights.alias = "alpha";
  rights.role = Role::client;
  rights.prefixes = {*addr::Prefix::parse("10.0.0.0/8"), *addr::Prefix::parse("2001:db8::/32")};
  rights.address_count = 2;
  rights.invite = crypto::InviteKey{};
  rights.use = 4;
  const Certificate made = world.certify(1, 2, 17, rights);
  const auto read = Certificate::parse(made.der());
  REQUIRE(read);
  CHECK(*read == made);
  CHECK(read->identity() == world.identity(2));
  CHECK(read->issuer() == world.identity(1));
  CHECK(read->number() == CertificateNumber{17});
  CHECK(read->address() == addr::member_address(world.mesh(), world.identity(2), 2));
  CHECK(read->rights() == rights);
  CHECK(read->incarnation() == Incarnation{3});
  CHECK(read->seniority() == Seniority{{1}, {17}});
  CHECK(read->hash() == made.hash());
  CHECK(read->signed_by(world.identity(1)));
  CHECK_FALSE(read->signed_by(world.identity(2)));
}

TEST_CASE("rights with impossible values make no certificate") {
  const test::World world;
  const auto code = [&](auto change) {
    Rights rights = world.rights();
    change(rights);
    return test::error_of(Rights::decode(rights.encode())).code;
  };
  CHECK(code([](Rights& r) { r.incarnation = {0}; }) == Code::invalid);
  CHECK(code([](Rights& r) { r.incarnation = kEveryIncarnation; }) == Code::invalid);
  CHECK(code([](Rights& r) { r.address_count = addr::kAddressCounts; }) == Code::invalid);
  CHECK(code([](Rights& r) { r.delegation = {0}; }) == Code::invalid);
  CHECK(code([](Rights& r) { r.alias = "-"; }) == Code::invalid);
  CHECK(code([](Rights& r) { r.prefixes.resize(limits::kPrefixesPerCertificate + 1); }) == Code::too_large);
  CHECK(test::error_of(Certificate::make(world.identity(2), {0}, world.rights().encode(), world.key(1))).code ==
        Code::invalid);
  CHECK_FALSE(Certificate::make(world.identity(2), {1}, {}, world.key(1)));
}

TEST_CASE("rights of a later version, or with an unknown role, are refused as such; unknown fields are kept") {
  const test::World world;
  wire::Rights rights;
  REQUIRE(rights.ParseFromString(to_string(world.rights().encode())));
  Bytes more = world.rights().encode();
  more.insert(more.end(), {0xfa, 0x01, 0x01, 0x07});  // field 31
  const auto certificate = Certificate::make(world.identity(2), {2}, more, world.key(1));
  REQUIRE(certificate);
  CHECK(fields_of(*certificate).rights == more);
  CHECK(certificate->rights() == world.rights());

  rights.set_role(static_cast<wire::Role>(9));
  CHECK(test::error_of(Rights::decode(as_bytes(rights.SerializeAsString()))).code == Code::unsupported);
  rights.set_format(2);
  CHECK(test::error_of(Rights::decode(as_bytes(rights.SerializeAsString()))).code == Code::unsupported);
  rights.set_format(0);
  CHECK(test::error_of(Rights::decode(as_bytes(rights.SerializeAsString()))).code == Code::malformed);
}

TEST_CASE("names that are not the keys are refused") {
  const test::World world;
  const auto good = fields_of(world.member(2, 2));
  REQUIRE(resigned(good, world.key(1)));
  auto fields = good;
  fields.subject = to_text(world.identity(3));
  CHECK(test::error_of(resigned(fields, world.key(1))).code == Code::invalid);
  fields = good;
  fields.issuer = "Some Authority";
  CHECK(test::error_of(resigned(fields, world.key(1))).code == Code::invalid);
  fields = good;
  fields.subject[0] = static_cast<char>(std::toupper(fields.subject[0]));
  if (fields.subject != good.subject) CHECK(test::error_of(resigned(fields, world.key(1))).code == Code::invalid);
}

TEST_CASE("a certificate without address or rights makes nobody a member") {
  const test::World world;
  auto fields = fields_of(world.member(2, 2));
  fields.address.reset();
  CHECK(test::error_of(resigned(fields, world.key(1))).code == Code::malformed);
  CHECK(test::error_of(Certificate::parse(make_join_certificate(world.key(2)))).message ==
        "a certificate that makes nobody a member of a mesh");
}

TEST_CASE("a certificate for joining shows a key, and is signed with it") {
  const test::World world;
  const Bytes der = make_join_certificate(world.key(2));
  CHECK(certificate_identity(der) == world.identity(2));
  CHECK(crypto::verify_x509(der, world.identity(2).bytes));
  CHECK(certificate_identity(world.member(3, 2).der()) == world.identity(3));
  CHECK_FALSE(certificate_identity(as_bytes("no certificate")));
}

}  // namespace smeg::trust
