// What the first release wrote has to be read by every later one. The files in tests/golden/trust are never changed; a
// new format gets new files beside them. They belong to a mesh that exists nowhere else: its keys are worth nothing.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "unit/trust/world.h"

namespace smeg::trust {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(SMEG_GOLDEN) / "trust";
constexpr std::string_view kMesh = "lt2vz5co3bxds3clpi6mo4qt3o6v2jru";
constexpr std::string_view kPassphrase = "golden";
constexpr TlsExporter kExporter{1, 2, 3};

Bytes read(const std::string& name) {
  std::ifstream file(kFolder / name, std::ios::binary);
  INFO("tests/golden/trust/" << name);
  REQUIRE(file);
  return to_bytes(std::string(std::istreambuf_iterator<char>(file), {}));
}

void write(const std::string& name, ByteView bytes) {
  std::ofstream(kFolder / name, std::ios::binary)
      .write(as_text(bytes).data(), static_cast<std::streamsize>(bytes.size()));
}

// A mesh in which everything has happened.
struct Eventful : test::World {
  Eventful() : World(20) {
    InviteTerms terms{Role::client, false, {"web"}, {*addr::Prefix::parse("10.1.0.0/16")}, 1, std::chrono::hours(24)};
    token = *issuer.create_invite(
        ledger, terms, {*addr::HostPort::parse("192.0.2.1:7946"), *addr::HostPort::parse("host.example:7946")}, true,
        now, secrets);
    certificate = issuer
                      .redeem(make_join_request(*token, identity(2), kExporter, "web"), identity(2), kExporter, ledger,
                              {}, &authority, now)
                      ->certificate;
    const DelegationNumber second = delegate(5);
    const DelegationNumber third = delegate(6, {{Role::client}, {*addr::Prefix::parse("2001:db8::/32")}, {"db"}}, 9);
    take_all(*authority.revoke_delegation(ledger, third, {4}));
    take(*authority.revoke(ledger, identity(7), {}, true));
    take(*authority.revoke(ledger, identity(8), {3}, false, second));
    take(make_leave(member(9, 30), key(9)));
    take(make_revocation(mesh(), {identity(3), {2}, false, second, {}}, key(5)));
    take_all(*authority.rotate(ledger, secrets));
  }

  std::optional<Invite> token;
  std::optional<Certificate> certificate;
};

// Whose files they are. Nothing but what has to stay as it is for ever goes in here.
struct Golden {
  crypto::IdentityPrivateKey key(std::uint8_t n) const { return crypto::derive_identity(test::host_seed(n), id.bytes); }
  crypto::IdentityKey identity(std::uint8_t n) const { return crypto::signing_public_key(key(n)); }
  const MeshId& mesh() const { return id; }

  MeshId id = *parse_mesh_id(kMesh);
  WallTime now = test::at(1'800'000'000);
};

}  // namespace

// Run once for a new format: unit_trust --no-skip --test-case="writing the golden files".
TEST_CASE("writing the golden files" * doctest::skip()) {
  Eventful world;
  write("ledger-1", world.ledger.encode());
  write("certificate-1.der", world.certificate->der());
  write("token-1", as_bytes(world.token->to_token() + "\n"));
  write("issuer-1", world.issuer.encode());
  const auto key = crypto::SealingKey::derive(kPassphrase, crypto::SealRecipe::draw(world.secrets));
  write("root-1", as_bytes(world.authority.export_sealed(*key, world.secrets)));
}

TEST_CASE("a ledger of the first release is read, and says what it said then") {
  const Golden world;
  const auto ledger = Ledger::decode(read("ledger-1"), world.mesh());
  REQUIRE(ledger);
  CHECK(ledger->encode() == read("ledger-1"));
  CHECK(ledger->root_index() == RootIndex{1});
  CHECK(ledger->mandates().size() == 3);
  CHECK(ledger->mandate({3})->last_honoured == CertificateNumber{4});
  CHECK(ledger->mandate({3})->delegation.max_certificates == 9);
  CHECK(ledger->banned(world.identity(7)));
  CHECK(ledger->removed_up_to(world.identity(8), {2}) == Incarnation{3});
  CHECK(ledger->removed_up_to(world.identity(9), {1}) == Incarnation{1});
  CHECK(ledger->removed_up_to(world.identity(3), {2}) == Incarnation{2});
}

TEST_CASE("a certificate of the first release still counts") {
  const Golden world;
  const auto certificate = Certificate::parse(read("certificate-1.der"));
  REQUIRE(certificate);
  CHECK(Ledger::decode(read("ledger-1"), world.mesh())->check(*certificate));
  CHECK(certificate->identity() == world.identity(2));
  CHECK(certificate->rights().alias == "web");
  CHECK(certificate->rights().role == Role::client);
  CHECK(certificate->rights().prefixes == std::vector{*addr::Prefix::parse("10.1.0.0/16")});
  CHECK(certificate->seniority() == Seniority{{1}, {2}});
}

TEST_CASE("a token of the first release still tells whom to ask") {
  const Golden world;
  const auto invite = Invite::parse(as_text(read("token-1")));
  REQUIRE(invite);
  CHECK(invite->mesh == world.mesh());
  CHECK(invite->issuer == world.identity(1));
  CHECK(invite->contacts.size() == 2);
  CHECK(invite->expires == world.now + std::chrono::hours(24));
}

TEST_CASE("an issuer of the first release goes on where it was") {
  const Golden world;
  auto issuer = Issuer::decode(read("issuer-1"), world.mesh(), world.key(1));
  REQUIRE(issuer);
  CHECK(issuer->encode() == read("issuer-1"));
  const auto ledger = Ledger::decode(read("ledger-1"), world.mesh());
  const auto invite = Invite::parse(as_text(read("token-1")));
  const auto again = issuer->redeem(make_join_request(*invite, world.identity(2), kExporter), world.identity(2),
                                    kExporter, *ledger, {}, nullptr, world.now);
  REQUIRE(again);
  CHECK(again->repeated);
  CHECK(as_text(again->certificate.der()) == as_text(read("certificate-1.der")));
}

TEST_CASE("a root's key of the first release is still the root") {
  const Golden world;
  const auto recipe = crypto::SealRecipe::of(as_text(read("root-1")));
  REQUIRE(recipe);
  const auto key = crypto::SealingKey::derive(kPassphrase, *recipe);
  REQUIRE(key);
  const auto authority = RootAuthority::import_sealed(as_text(read("root-1")), *key);
  REQUIRE(authority);
  CHECK(authority->check(*Ledger::decode(read("ledger-1"), world.mesh())));
}

}  // namespace smeg::trust
