#include "trust/statement.h"

#include <algorithm>

#include "trust/proto.h"
#include "trust/statement_codec.h"

namespace smeg::trust {
namespace {

tl::unexpected<Error> malformed() { return fail(Code::malformed, "not a statement of a root"); }

void set(const Delegation& value, wire::Delegation& out) {
  out.set_number(value.number.value);
  proto::set_bytes(*out.mutable_identity(), value.identity.bytes);
  for (const Role role : value.powers.roles) out.add_roles(proto::set_role(role));
  for (const addr::Prefix& prefix : value.powers.prefixes) proto::set_prefix(prefix, *out.add_prefixes());
  for (const std::string& alias : value.powers.aliases) out.add_aliases(alias);
  out.set_may_admit(value.may_admit);
  out.set_max_certificates(value.max_certificates);
}

void set(const DelegationRevocation& value, wire::DelegationRevocation& out) {
  out.set_delegation(value.delegation.value);
  out.set_last_honoured(value.last_honoured.value);
}

Result<Statement> get(const wire::Delegation& in) {
  Delegation out;
  out.number.value = in.number();
  if (!proto::get_bytes(in.identity(), out.identity.bytes)) return malformed();
  if (out.number.value == 0) return fail(Code::invalid, "a delegation without a number");
  // A role of a later version grants nothing here.
  for (const int role : in.roles()) {
    const auto known = proto::get_role(role);
    if (known && !out.powers.covers(*known)) out.powers.roles.push_back(*known);
  }
  auto prefixes = proto::get_prefixes(in.prefixes());
  if (!prefixes) return fail(prefixes.error());
  out.powers.prefixes = *std::move(prefixes);
  out.powers.aliases.assign(in.aliases().begin(), in.aliases().end());
  if (const auto good = check_alias_grants(out.powers.aliases); !good) return fail(good.error());
  out.may_admit = in.may_admit();
  out.max_certificates = in.max_certificates();
  return out;
}

Result<Statement> get(const wire::DelegationRevocation& in) {
  if (in.delegation() == 0) return fail(Code::invalid, "a revocation that names no delegation");
  return DelegationRevocation{{in.delegation()}, {in.last_honoured()}};
}

Result<Statement> get(const wire::Floor& in) {
  if (in.epoch() == 0) return fail(Code::invalid, "a floor that voids nothing");
  return Floor{{in.epoch()}};
}

}  // namespace

void set_revocation(const Revocation& value, wire::Revocation& out) {
  proto::set_bytes(*out.mutable_identity(), value.identity.bytes);
  out.set_up_to_incarnation(value.up_to.value);
  out.set_ban(value.ban);
  out.set_delegation(value.delegation.value);
  out.set_epoch(value.epoch.value);
}

Result<Revocation> get_revocation(const wire::Revocation& in) {
  Revocation out;
  if (!proto::get_bytes(in.identity(), out.identity.bytes)) return fail(Code::malformed, "not a revocation");
  out.up_to.value = in.up_to_incarnation();
  out.ban = in.ban();
  out.delegation.value = in.delegation();
  out.epoch.value = in.epoch();
  if (out.up_to.value == 0 || out.ban != (out.up_to == kEveryIncarnation))
    return fail(Code::invalid, "a revocation of an impossible incarnation");
  return out;
}

Bytes encode_statement(const Statement& statement) {
  wire::RootStatement::Payload payload;
  if (const auto* delegation = std::get_if<Delegation>(&statement)) {
    set(*delegation, *payload.mutable_delegation());
  } else if (const auto* revoked = std::get_if<DelegationRevocation>(&statement)) {
    set(*revoked, *payload.mutable_delegation_revocation());
  } else if (const auto* floor = std::get_if<Floor>(&statement)) {
    payload.mutable_floor()->set_epoch(floor->epoch.value);
  } else if (const auto* revocation = std::get_if<Revocation>(&statement)) {
    set_revocation(*revocation, *payload.mutable_revocation());
  }
  return proto::serialize(payload);
}

Result<Statement> decode_statement(ByteView bytes) {
  if (bytes.size() > limits::kStatementBytes)
    return fail(Code::too_large, "a statement of " + std::to_string(bytes.size()) + " bytes");
  const auto payload = proto::parse<wire::RootStatement::Payload>(bytes);
  if (!payload) return malformed();
  using Payload = wire::RootStatement::Payload;
  switch (payload->kind_case()) {
    case Payload::kDelegation: return get(payload->delegation());
    case Payload::kDelegationRevocation: return get(payload->delegation_revocation());
    case Payload::kFloor: return get(payload->floor());
    case Payload::kRevocation: {
      auto revocation = get_revocation(payload->revocation());
      if (!revocation) return fail(revocation.error());
      return *std::move(revocation);
    }
    case Payload::KIND_NOT_SET: break;
  }
  return UnknownStatement{};
}

}  // namespace smeg::trust
