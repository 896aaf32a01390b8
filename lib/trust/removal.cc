#include "trust/removal.h"

#include "trust/proto.h"
#include "trust/statement_codec.h"

namespace smeg::trust {

Bytes encode_removal(const Removal& removal) {
  wire::Removal::Payload payload;
  if (const auto* leave = std::get_if<Leave>(&removal)) {
    proto::set_bytes(*payload.mutable_leave()->mutable_certificate(), leave->certificate.der());
  } else if (const auto* revocation = std::get_if<Revocation>(&removal)) {
    set_revocation(*revocation, *payload.mutable_revocation());
  }
  return proto::serialize(payload);
}

Result<Removal> decode_removal(ByteView bytes) {
  if (bytes.size() > limits::kStatementBytes)
    return fail(Code::too_large, "a removal of " + std::to_string(bytes.size()) + " bytes");
  const auto payload = proto::parse<wire::Removal::Payload>(bytes);
  if (!payload) return fail(Code::malformed, "not a removal");
  using Payload = wire::Removal::Payload;
  switch (payload->kind_case()) {
    case Payload::kLeave: {
      auto certificate = Certificate::parse(as_bytes(payload->leave().certificate()));
      if (!certificate) return fail(certificate.error());
      return Leave{*std::move(certificate)};
    }
    case Payload::kRevocation: {
      auto revocation = get_revocation(payload->revocation());
      if (!revocation) return fail(revocation.error());
      if (revocation->delegation.value == 0) return fail(Code::invalid, "a removal that names no delegation");
      return *std::move(revocation);
    }
    case Payload::KIND_NOT_SET: break;
  }
  return fail(Code::unsupported, "a removal of a kind that only a later version knows");
}

}  // namespace smeg::trust
