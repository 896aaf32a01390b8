#include "trust/statement.h"

#include "unit/trust/world.h"
#include "wire/trust.pb.h"

namespace smeg::trust {
namespace {

Bytes serialized(const wire::RootStatement::Payload& payload) { return to_bytes(payload.SerializeAsString()); }

}  // namespace

TEST_CASE("statements survive encoding") {
  const test::World world;
  const Delegation delegation{
      {7}, world.identity(2), {{Role::client}, {*addr::Prefix::parse("2001:db8::/48")}, {"a", "*"}}, true, 12};
  const std::vector<Statement> all{delegation,
                                   Delegation{{1}, world.identity(3), {}, false, 0},
                                   DelegationRevocation{{3}, {9}},
                                   Floor{{4}},
                                   Revocation{world.identity(2), {5}, false, {2}, {1}},
                                   Revocation{world.identity(2), kEveryIncarnation, true, {}, {}}};
  for (const Statement& statement : all) CHECK(decode_statement(encode_statement(statement)) == statement);
}

TEST_CASE("a kind of a later version is kept without meaning") {
  // Field 15, length-delimited, 2 bytes.
  CHECK(decode_statement(Bytes{0x7a, 0x02, 1, 2}) == Statement(UnknownStatement{}));
}

TEST_CASE("what no root would sign is refused") {
  const test::World world;
  const auto code = [](const Statement& statement) {
    return test::error_of(decode_statement(encode_statement(statement))).code;
  };
  CHECK(code(Delegation{{0}, world.identity(2), {}}) == Code::invalid);
  CHECK(code(Delegation{{1}, world.identity(2), {{}, {}, {"Bad Alias"}}}) == Code::invalid);
  CHECK(code(Delegation{{1}, world.identity(2), {{}, std::vector<addr::Prefix>(17), {}}}) == Code::too_large);
  CHECK(code(DelegationRevocation{{0}, {1}}) == Code::invalid);
  CHECK(code(Floor{}) == Code::invalid);
  CHECK(code(Revocation{world.identity(2), {0}, false, {}, {}}) == Code::invalid);
  CHECK(code(Revocation{world.identity(2), {3}, true, {}, {}}) == Code::invalid);
  CHECK(code(Revocation{world.identity(2), kEveryIncarnation, false, {}, {}}) == Code::invalid);
  CHECK(test::error_of(decode_statement(Bytes(limits::kStatementBytes + 1))).code == Code::too_large);
  CHECK(test::error_of(decode_statement(Bytes{0xff})).code == Code::malformed);
}

TEST_CASE("malformed fields are refused") {
  wire::RootStatement::Payload payload;
  payload.mutable_delegation()->set_number(1);
  payload.mutable_delegation()->set_identity("short");
  CHECK(test::error_of(decode_statement(serialized(payload))).code == Code::malformed);
  payload.mutable_delegation()->set_identity(std::string(32, 'k'));
  CHECK(decode_statement(serialized(payload)));
  auto& prefix = *payload.mutable_delegation()->add_prefixes();
  prefix.set_address(std::string(4, '\1'));
  prefix.set_length(33);
  CHECK(test::error_of(decode_statement(serialized(payload))).code == Code::malformed);
  prefix.set_length(8);
  CHECK(test::error_of(decode_statement(serialized(payload))).code == Code::malformed);
  prefix.set_length(32);
  CHECK(decode_statement(serialized(payload)));
}

TEST_CASE("a role that is not known grants nothing") {
  wire::RootStatement::Payload payload;
  payload.mutable_delegation()->set_number(1);
  payload.mutable_delegation()->set_identity(std::string(32, 'k'));
  payload.mutable_delegation()->add_roles(static_cast<wire::Role>(77));
  payload.mutable_delegation()->add_roles(wire::ROLE_CLIENT);
  const auto statement = decode_statement(serialized(payload));
  REQUIRE(statement);
  CHECK(std::get<Delegation>(*statement).powers.roles == std::vector{Role::client});
}

}  // namespace smeg::trust
