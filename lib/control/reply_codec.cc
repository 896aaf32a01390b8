#include "control/codec.h"

namespace smeg::control {
namespace {

struct JsonOf {
  Json operator()(const Done&) const { return JsonObject(); }
  Json operator()(const MeshEntered& reply) const {
    return JsonObject{
        {"id", to_text(reply.id)}, {"name", text_or_null(reply.name)}, {"address", reply.address.to_string()}};
  }
  Json operator()(const InviteCreated& reply) const {
    return JsonObject{{"token", reply.token.expose()},
                      {"id", to_text(reply.id)},
                      {"expires", time_to_text(reply.expires)},
                      {"uses", reply.uses}};
  }
  Json operator()(const KeyRotated& reply) const { return JsonObject{{"wgPublicKey", to_text(reply.key)}}; }
  Json operator()(const AuthorityExported& reply) const {
    return JsonObject{{"mesh", to_text(reply.mesh)}, {"sealed", reply.sealed.expose()}};
  }
};

// What each Command is answered with, out of its fields.
struct ReplyTo {
  FieldReader& fields;

  Reply entered() const {
    return MeshEntered{fields.parsed("id", parse_mesh_id), fields.text_or_empty("name"),
                       fields.parsed("address", addr::IpAddress::parse)};
  }
  Reply operator()(const MeshCreate&) const { return entered(); }
  Reply operator()(const MeshJoin&) const { return entered(); }
  Reply operator()(const MeshLeave&) const { return Done{}; }
  Reply operator()(const InviteCreate&) const {
    InviteCreated reply;
    reply.token = SecretText(fields.text("token"));
    reply.id = fields.parsed("id", parse_key<crypto::InviteTag>);
    reply.expires = fields.parsed("expires", parse_rfc3339);
    reply.uses = static_cast<std::uint32_t>(fields.number("uses", 1, limits::kInviteUses, 1));
    return reply;
  }
  Reply operator()(const InviteRevoke&) const { return Done{}; }
  Reply operator()(const MemberRevoke&) const { return Done{}; }
  Reply operator()(const KeyRotate&) const { return KeyRotated{fields.parsed("wgPublicKey", parse_wg_key)}; }
  Reply operator()(const AuthorityExport&) const {
    return AuthorityExported{fields.parsed("mesh", parse_mesh_id), SecretText(fields.text("sealed"))};
  }
  Reply operator()(const AuthorityImport&) const { return Done{}; }
  Reply operator()(const AliasSet&) const { return Done{}; }
};

}  // namespace

Result<crypto::WgPublicKey> parse_wg_key(std::string_view text) {
  const auto bytes = crypto::from_base64(text);
  if (!bytes || bytes->size() != 32)
    return fail(Code::malformed, "is not a WireGuard key", "it is 32 bytes in base64, as `wg` prints them");
  return crypto::WgPublicKey::from(*bytes);
}

Json reply_to_json(const Reply& reply) { return std::visit(JsonOf(), reply); }

Result<Reply> reply_from_json(const Json& json, const Command& asked) {
  FieldReader fields(json);
  Reply reply = std::visit(ReplyTo{fields}, asked);
  if (auto ok = fields.finish(false); !ok) return fail(ok.error());
  return reply;
}

}  // namespace smeg::control
