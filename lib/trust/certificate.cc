#include "trust/certificate.h"

#include "trust/domains.h"
#include "trust/genesis.h"
#include "trust/proto.h"

namespace smeg::trust {
namespace {

constexpr std::uint64_t kJoinSerial = 1;

Result<void> get_values(const wire::Rights& in, Rights& out) {
  out.incarnation.value = in.incarnation();
  out.address_count = in.address_count();
  out.delegation.value = in.delegation();
  out.epoch.value = in.epoch();
  out.use = in.use();
  if (out.incarnation.value == 0 || out.incarnation == kEveryIncarnation || out.delegation.value == 0 ||
      out.address_count >= addr::kAddressCounts)
    return fail(Code::invalid, "a certificate with impossible rights");
  const auto role = proto::get_role(in.role());
  if (!role) return fail(Code::unsupported, "a certificate for a role that is not known here", "upgrade this host");
  out.role = *role;
  return {};
}

Result<void> get_grants(const wire::Rights& in, Rights& out) {
  if (!in.alias().empty()) {
    auto alias = parse_label(in.alias(), "an alias");
    if (!alias) return fail(alias.error());
    out.alias = *std::move(alias);
  }
  if (!in.invite().empty()) {
    out.invite.emplace();
    if (!proto::get_bytes(in.invite(), out.invite->bytes))
      return fail(Code::malformed, "a certificate with a malformed invite");
  }
  auto prefixes = proto::get_prefixes(in.prefixes());
  if (!prefixes) return fail(prefixes.error());
  out.prefixes = *std::move(prefixes);
  return {};
}

}  // namespace

Bytes Rights::encode() const {
  wire::Rights out;
  out.set_format(kFormat);
  proto::set_bytes(*out.mutable_mesh_id(), mesh.bytes);
  out.set_incarnation(incarnation.value);
  out.set_address_count(address_count);
  out.set_alias(alias);
  out.set_role(proto::set_role(role));
  for (const addr::Prefix& prefix : prefixes) proto::set_prefix(prefix, *out.add_prefixes());
  out.set_delegation(delegation.value);
  out.set_epoch(epoch.value);
  if (invite) proto::set_bytes(*out.mutable_invite(), invite->bytes);
  out.set_use(use);
  return proto::serialize(out);
}

Result<Rights> Rights::decode(ByteView bytes) {
  const auto in = proto::parse<wire::Rights>(bytes);
  if (!in) return fail(Code::malformed, "a certificate with malformed rights");
  if (in->format() > kFormat) return fail(Code::unsupported, "a certificate of a later version", "upgrade this host");
  Rights out;
  if (in->format() != kFormat || !proto::get_bytes(in->mesh_id(), out.mesh.bytes))
    return fail(Code::malformed, "a certificate with malformed rights");
  if (const auto good = get_values(*in, out); !good) return fail(good.error());
  if (const auto good = get_grants(*in, out); !good) return fail(good.error());
  return out;
}

Result<Certificate> Certificate::parse(ByteView der) {
  const auto fields = crypto::parse_x509(der);
  if (!fields) return fail(fields.error());
  if (fields->rights.empty() || !fields->address)
    return fail(Code::malformed, "a certificate that makes nobody a member of a mesh");
  const auto subject = parse_identity_key(fields->subject);
  const auto issuer = parse_identity_key(fields->issuer);
  if (!subject || !issuer || subject->bytes != fields->public_key || fields->subject != to_text(*subject) ||
      fields->issuer != to_text(*issuer))
    return fail(Code::invalid, "a certificate whose names are not the keys that they should be");
  auto rights = Rights::decode(fields->rights);
  if (!rights) return fail(rights.error());
  Certificate out;
  out.identity_ = *subject;
  out.issuer_ = *issuer;
  out.number_.value = fields->serial;
  out.address_ = addr::IpAddress::v6(*fields->address);
  out.rights_ = *std::move(rights);
  out.hash_ = crypto::hash<32>(domains::kCertificateHash, {der});
  out.der_ = to_bytes(der);
  return out;
}

Result<Certificate> Certificate::make(const crypto::IdentityKey& identity, CertificateNumber number, ByteView rights,
                                      const crypto::IdentityPrivateKey& issuer) {
  const auto decoded = Rights::decode(rights);
  if (!decoded) return fail(decoded.error());
  const addr::IpAddress address = addr::member_address(decoded->mesh, identity, decoded->address_count);
  crypto::X509Fields fields;
  fields.subject = to_text(identity);
  fields.issuer = to_text(crypto::signing_public_key(issuer));
  fields.serial = number.value;
  fields.public_key = identity.bytes;
  std::ranges::copy(address.view(), fields.address.emplace().begin());
  fields.rights = to_bytes(rights);
  const Bytes der = crypto::make_x509(fields, issuer);
  if (der.empty()) return fail(Code::invalid, "a certificate with impossible values");
  return parse(der);
}

bool Certificate::signed_by(const crypto::IdentityKey& key) const { return crypto::verify_x509(der_, key.bytes); }

Bytes make_join_certificate(const crypto::IdentityPrivateKey& key) {
  const crypto::IdentityKey identity = crypto::signing_public_key(key);
  crypto::X509Fields fields;
  fields.subject = fields.issuer = to_text(identity);
  fields.serial = kJoinSerial;
  fields.public_key = identity.bytes;
  return crypto::make_x509(fields, key);
}

Result<crypto::IdentityKey> certificate_identity(ByteView der) {
  const auto fields = crypto::parse_x509(der);
  if (!fields) return fail(fields.error());
  return crypto::IdentityKey{fields->public_key};
}

}  // namespace smeg::trust
