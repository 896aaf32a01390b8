#include "trust/join.h"

#include "trust/domains.h"
#include "trust/proto.h"

namespace smeg::trust {
namespace {

Bytes signed_proof(const TlsExporter& exporter, const crypto::IdentityKey& joiner, const MeshId& mesh) {
  Bytes out(exporter.begin(), exporter.end());
  out.insert(out.end(), joiner.bytes.begin(), joiner.bytes.end());
  out.insert(out.end(), mesh.bytes.begin(), mesh.bytes.end());
  return out;
}

}  // namespace

Result<JoinRequest> JoinRequest::from_proto(const wire::JoinRequest& in) {
  JoinRequest out;
  if (!proto::get_bytes(in.mesh_id(), out.mesh.bytes) || !proto::get_bytes(in.issuer(), out.issuer.bytes) ||
      !proto::get_bytes(in.invite(), out.invite.bytes) || !proto::get_bytes(in.proof(), out.proof))
    return fail(Code::malformed, "not a request to join");
  if (!in.alias().empty()) {
    auto alias = parse_label(in.alias(), "an alias");
    if (!alias) return fail(alias.error());
    out.alias = *std::move(alias);
  }
  if (in.role() != wire::ROLE_UNSPECIFIED) {
    out.role = proto::get_role(in.role());
    if (!out.role) return fail(Code::unsupported, "a request to join in a role that is not known here");
  }
  return out;
}

void JoinRequest::to_proto(wire::JoinRequest& out) const {
  proto::set_bytes(*out.mutable_mesh_id(), mesh.bytes);
  proto::set_bytes(*out.mutable_issuer(), issuer.bytes);
  proto::set_bytes(*out.mutable_invite(), invite.bytes);
  proto::set_bytes(*out.mutable_proof(), proof);
  out.set_alias(alias);
  out.set_role(role ? proto::set_role(*role) : wire::ROLE_UNSPECIFIED);
}

JoinRequest make_join_request(const Invite& invite, const crypto::IdentityKey& joiner, const TlsExporter& exporter,
                              std::string alias, std::optional<Role> role) {
  const crypto::Signature proof =
      crypto::sign(invite.seed, domains::kJoin, signed_proof(exporter, joiner, invite.mesh));
  return {invite.mesh, invite.issuer, invite.id(), proof, std::move(alias), role};
}

bool proves_invite(const JoinRequest& request, const crypto::IdentityKey& joiner, const TlsExporter& exporter) {
  return crypto::verify(request.invite, domains::kJoin, signed_proof(exporter, joiner, request.mesh), request.proof);
}

void admission_to_proto(const Ledger& ledger, const Certificate& certificate, wire::Admission& admission) {
  proto::set_bytes(*admission.mutable_certificate(), certificate.der());
  ledger.charter_to_proto(*admission.mutable_ledger());
}

Result<Membership> accept_admission(const wire::Admission& admission, const MeshId& mesh,
                                    const crypto::IdentityKey& joiner) {
  auto ledger = Ledger::from_proto(admission.ledger(), mesh);
  if (!ledger) return fail(ledger.error());
  auto certificate = Certificate::parse(as_bytes(admission.certificate()));
  if (!certificate) return fail(certificate.error());
  if (const auto good = ledger->check(*certificate); !good) return fail(good.error());
  if (certificate->identity() != joiner)
    return fail(Code::conflict, "the certificate that came back is for somebody else");
  return Membership{*std::move(ledger), *std::move(certificate)};
}

Result<Membership> accept_admission(const wire::Admission& admission, const Invite& invite,
                                    const crypto::IdentityKey& joiner) {
  auto accepted = accept_admission(admission, invite.mesh, joiner);
  if (accepted && accepted->certificate.issuer() != invite.issuer)
    return fail(Code::conflict, "the certificate that came back was not signed by the issuer of the token");
  return accepted;
}

}  // namespace smeg::trust
