// Invites as their issuer keeps them.
#include "unit/trust/world.h"
#include "wire/trust.pb.h"

namespace smeg::trust {
namespace {

using namespace std::chrono_literals;

Result<Invite> create(test::World& world, const InviteTerms& terms, bool can_delegate = true) {
  return world.issuer.create_invite(world.ledger, terms, {}, can_delegate, world.now, world.secrets);
}

void refused(test::World& world, const InviteTerms& terms, Code code, std::string_view message) {
  const Bytes before = world.issuer.encode();
  const Error error = test::error_of(create(world, terms));
  CHECK(error.code == code);
  CHECK(error.message == message);
  CHECK(world.issuer.encode() == before);
}

}  // namespace

TEST_CASE("an invite is what was asked for, and its seed is not kept") {
  test::World world;
  const std::vector<addr::HostPort> contacts{*addr::HostPort::parse("host.example:7946")};
  const auto invite = world.issuer.create_invite(world.ledger, {Role::client, false, {"web"}, {}, 1, 90min}, contacts,
                                                 false, world.now, world.secrets);
  REQUIRE(invite);
  CHECK(invite->mesh == world.mesh());
  CHECK(invite->issuer == world.identity(1));
  CHECK(invite->contacts == contacts);
  CHECK(invite->expires == world.now + 90min);
  const auto list = world.issuer.invites();
  REQUIRE(list.size() == 1);
  CHECK(list[0].id == invite->id());
  CHECK(list[0].terms.role == Role::client);
  CHECK(list[0].terms.aliases == std::vector<std::string>{"web"});
  CHECK(list[0].created == world.now);
  CHECK(list[0].expires == invite->expires);
  CHECK(list[0].state(world.now) == InviteRecord::State::open);
  CHECK(list[0].state(world.now + 90min) == InviteRecord::State::expired);
  const std::string state = to_string(world.issuer.encode());
  CHECK(state.find(as_text(invite->seed.expose())) == std::string::npos);
}

TEST_CASE("impossible terms are refused") {
  test::World world;
  refused(world, {Role::peer, false, {}, {}, 0, {}}, Code::invalid, "an invite can be used 1 to 65535 times");
  refused(world, {Role::peer, false, {}, {}, 65'536, {}}, Code::invalid, "an invite can be used 1 to 65535 times");
  refused(world, {Role::peer, false, {}, {}, 1, 0s}, Code::invalid,
          "an invite expires after more than nothing and at most 100 years");
  refused(world, {Role::peer, false, {"web"}, {}, 2, {}}, Code::invalid,
          "an invite that grants the alias web can be used once only");
  CHECK(create(world, {Role::peer, false, {"*"}, {}, 2, {}}));
  refused(world, {Role::peer, false, {"Not A Label"}, {}, 1, {}}, Code::invalid,
          test::error_of(parse_label("Not A Label", "an alias")).message);
  refused(world, {Role::peer, false, {}, std::vector<addr::Prefix>(17), 1, {}}, Code::too_large,
          "more than 16 prefixes");
}

TEST_CASE("a host invites within its own rights") {
  test::World world;
  world.delegate(5, {{Role::client}, {*addr::Prefix::parse("10.1.0.0/16")}, {"web"}});
  world.issuer = Issuer(world.mesh(), world.key(5));
  refused(world, {}, Code::forbidden, "this host may not grant the role peer");
  refused(world, {Role::client, false, {"db"}, {}, 1, {}}, Code::forbidden, "this host may not grant the alias db");
  refused(world, {Role::client, false, {"*"}, {}, 1, {}}, Code::forbidden, "this host may not grant the alias *");
  refused(world, {Role::client, false, {}, {*addr::Prefix::parse("10.2.0.0/16")}, 1, {}}, Code::forbidden,
          "this host may not grant the prefix 10.2.0.0/16");
  CHECK(create(world, {Role::client, false, {"web"}, {*addr::Prefix::parse("10.1.2.0/24")}, 1, {}}));
  const Error error = test::error_of(create(world, {Role::client, true, {}, {}, 1, {}}, false));
  CHECK(error.code == Code::forbidden);
  CHECK(error.message == "only a host that holds the root's key can invite an administrator");
}

TEST_CASE("places to dial have a port and are not too many") {
  test::World world;
  const auto with = [&](std::vector<addr::HostPort> contacts) {
    return world.issuer.create_invite(world.ledger, {}, std::move(contacts), false, world.now, world.secrets);
  };
  CHECK(test::error_of(with({*addr::HostPort::parse("192.0.2.1")})).code == Code::invalid);
  CHECK(test::error_of(with(std::vector(9, *addr::HostPort::parse("192.0.2.1:1")))).code == Code::too_large);
  CHECK(with(std::vector(8, *addr::HostPort::parse("192.0.2.1:1"))));
}

TEST_CASE("a fraction of a second is rounded up") {
  test::World world;
  world.now += 1ms;
  const auto invite = create(world, {Role::peer, false, {}, {}, 1, 1ms});
  REQUIRE(invite);
  CHECK(world.issuer.invites()[0].state(world.now) == InviteRecord::State::open);
  CHECK(invite->expires == std::chrono::floor<std::chrono::seconds>(world.now) + 1s);
}

TEST_CASE("an invite is revoked once") {
  test::World world;
  const auto invite = create(world, {});
  REQUIRE(world.issuer.revoke_invite(invite->id()));
  CHECK(world.issuer.invites()[0].state(world.now) == InviteRecord::State::revoked);
  CHECK(test::error_of(world.issuer.revoke_invite(invite->id())).code == Code::revoked);
  CHECK(test::error_of(world.issuer.revoke_invite({})).message == "there is no such invite");
}

TEST_CASE("the oldest invite of no use makes way; open ones do not") {
  test::World world;
  const auto first = create(world, {});
  for (std::size_t i = 1; i < limits::kInvites; ++i) REQUIRE(create(world, {}));
  refused(world, {}, Code::too_large, "there are 1024 open invites already");
  REQUIRE(world.issuer.revoke_invite(first->id()));
  REQUIRE(create(world, {}));
  CHECK(world.issuer.invites().size() == limits::kInvites);
  CHECK(test::error_of(world.issuer.revoke_invite(first->id())).code == Code::not_found);
}

TEST_CASE("the state survives a restart") {
  test::World world;
  const TlsExporter exporter{};
  const auto token = create(world, {Role::client, true, {"a"}, {*addr::Prefix::parse("::/0")}, 1, 1h});
  REQUIRE(world.issuer.redeem(make_join_request(*token, world.identity(2), exporter), world.identity(2), exporter,
                              world.ledger, {}, &world.authority, world.now));
  REQUIRE(world.issuer.revoke_invite(create(world, {})->id()));
  const Bytes state = world.issuer.encode();
  auto read = Issuer::decode(state, world.mesh(), world.key(1));
  REQUIRE(read);
  CHECK(read->encode() == state);
  const auto again = read->redeem(make_join_request(*token, world.identity(2), exporter), world.identity(2), exporter,
                                  world.ledger, {}, &world.authority, world.now);
  REQUIRE(again);
  CHECK(again->repeated);
}

TEST_CASE("a state that cannot be is refused") {
  test::World world;
  REQUIRE(create(world, {}));
  wire::IssuerState good;
  REQUIRE(good.ParseFromString(to_string(world.issuer.encode())));
  const auto code = [&](auto change) {
    wire::IssuerState state = good;
    change(state);
    return test::error_of(Issuer::decode(as_bytes(state.SerializeAsString()), world.mesh(), world.key(1))).code;
  };
  CHECK(code([](wire::IssuerState& s) { s.mutable_invites(0)->set_id("x"); }) == Code::malformed);
  CHECK(code([](wire::IssuerState& s) { s.mutable_invites(0)->set_used(2); }) == Code::invalid);
  CHECK(code([](wire::IssuerState& s) { s.mutable_invites(0)->set_uses(0); }) == Code::invalid);
  CHECK(code([](wire::IssuerState& s) { s.mutable_invites(0)->add_aliases("-"); }) == Code::invalid);
  CHECK(code([](wire::IssuerState& s) { s.add_redemptions(); }) == Code::malformed);
  CHECK(code([](wire::IssuerState& s) {
          for (std::size_t i = 0; i <= limits::kInvites; ++i) s.add_invites();
        }) == Code::too_large);
  CHECK_FALSE(Issuer::decode(as_bytes("noise"), world.mesh(), world.key(1)));
}

}  // namespace smeg::trust
