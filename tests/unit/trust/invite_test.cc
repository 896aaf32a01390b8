#include "trust/invite.h"

#include "unit/trust/world.h"
#include "wire/trust.pb.h"

namespace smeg::trust {
namespace {

Invite example() {
  test::World world;
  Invite invite;
  invite.mesh = world.mesh();
  invite.issuer = world.identity(1);
  invite.contacts = {*addr::HostPort::parse("192.0.2.1:7946"), *addr::HostPort::parse("[2001:db8::1]:7946"),
                     *addr::HostPort::parse("host.example:443")};
  invite.seed = crypto::InvitePrivateKey(crypto::Secret<32>::random(world.secrets));
  invite.expires = test::at(1'900'000'000);
  invite.uses = 3;
  return invite;
}

// A token around anything, with a checksum that fits.
std::string token_around(const wire::Invite& invite) {
  Bytes body = to_bytes(invite.SerializeAsString());
  const auto sum = crypto::hash<16>("smegmesh token checksum 1", {body});
  body.insert(body.end(), sum.begin(), sum.begin() + 4);
  return "smeg1" + crypto::to_base32(body);
}

void check_token(const std::string& token, Code code, std::string_view message) {
  const Error error = test::error_of(Invite::parse(token));
  CHECK(error.code == code);
  CHECK(error.message == message);
}

constexpr std::string_view kDamaged = "the token is damaged: a part of it is missing or was mistyped";
constexpr std::string_view kImpossible = "the token is intact, but what it says is impossible";

}  // namespace

TEST_CASE("a token carries the invite") {
  const Invite invite = example();
  const std::string token = invite.to_token();
  const auto read = Invite::parse(token);
  REQUIRE(read);
  CHECK(read->mesh == invite.mesh);
  CHECK(read->issuer == invite.issuer);
  CHECK(read->contacts == invite.contacts);
  CHECK(read->seed == invite.seed);
  CHECK(read->expires == invite.expires);
  CHECK(read->uses == invite.uses);
  CHECK(read->id() == invite.id());
  CHECK(read->to_token() == token);
}

TEST_CASE("white space around a token and its case do not matter") {
  std::string token = example().to_token();
  CHECK(Invite::parse("  " + token + "\r\n"));
  for (char& c : token) c = static_cast<char>(std::toupper(c));
  CHECK(Invite::parse(token));
}

TEST_CASE("what is not a token is called so") {
  for (const std::string text : {"", " ", "smeg", "hello", "smegx", "smeg0abc", "token"})
    check_token(text, Code::malformed, "not a token");
  check_token("smeg2" + example().to_token().substr(5), Code::unsupported, "the token is of a later version");
  check_token(std::string(limits::kTokenBytes + 1, 's'), Code::too_large, "the token is too long to be one");
}

TEST_CASE("any mistyped, lost or added character is noticed") {
  const std::string token = example().to_token();
  for (std::size_t i = 5; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'q' ? 'r' : 'q';
    check_token(changed, Code::unauthenticated, kDamaged);
    check_token(token.substr(0, i), Code::unauthenticated, kDamaged);
    check_token(token.substr(0, i) + "!" + token.substr(i), Code::unauthenticated, kDamaged);
  }
  check_token(token + "a", Code::unauthenticated, kDamaged);
}

TEST_CASE("a token with impossible contents is refused") {
  wire::Invite good;
  good.set_mesh_id(std::string(20, 'm'));
  good.set_issuer(std::string(32, 'i'));
  good.set_seed(std::string(32, 's'));
  good.set_uses(1);
  CHECK(Invite::parse(token_around(good)));
  const auto refused = [&](auto change) {
    wire::Invite invite = good;
    change(invite);
    check_token(token_around(invite), Code::invalid, kImpossible);
  };
  refused([](wire::Invite& i) { i.set_mesh_id("short"); });
  refused([](wire::Invite& i) { i.set_issuer("short"); });
  refused([](wire::Invite& i) { i.set_seed("short"); });
  refused([](wire::Invite& i) { i.set_uses(0); });
  refused([](wire::Invite& i) { i.set_uses(limits::kInviteUses + 1); });
  refused([](wire::Invite& i) { i.set_expires(~std::uint64_t{0}); });
  refused([](wire::Invite& i) {
    for (std::size_t n = 0; n <= limits::kEndpointsPerRecord; ++n) i.add_contacts("192.0.2.1:1");
  });
}

TEST_CASE("contacts that are not understood are left out") {
  wire::Invite invite;
  invite.set_mesh_id(std::string(20, 'm'));
  invite.set_issuer(std::string(32, 'i'));
  invite.set_seed(std::string(32, 's'));
  invite.set_uses(1);
  for (const char* contact : {"carrier-pigeon://x y", "192.0.2.1", "192.0.2.1:80"}) invite.add_contacts(contact);
  const auto read = Invite::parse(token_around(invite));
  REQUIRE(read);
  REQUIRE(read->contacts.size() == 1);
  CHECK(read->contacts[0].to_string() == "192.0.2.1:80");
  CHECK_FALSE(read->expires);
}

}  // namespace smeg::trust
