#include "control/codec.h"

namespace smeg::control {
namespace {

// Of a configuration: more than a file can hold.
constexpr std::size_t kChanges = limits::kConfigurationBytes / 16;

struct JsonOf {
  Json operator()(const Done&) const { return JsonObject(); }
  Json operator()(const MeshEntered& reply) const {
    return JsonObject{
        {"id", to_text(reply.id)}, {"name", text_or_null(reply.name)}, {"address", reply.address.to_string()}};
  }
  Json operator()(const MeshAsked& reply) const {
    return JsonObject{{"id", to_text(reply.id)},
                      {"name", text_or_null(reply.name)},
                      {"publicKey", to_text(reply.public_key)},
                      {"fingerprint", fingerprint(reply.public_key)}};
  }
  Json operator()(const Reloaded& reply) const {
    const auto list = [](const std::vector<std::string>& keys) { return JsonArray(keys.begin(), keys.end()); };
    return JsonObject{
        {"applied", list(reply.applied)}, {"waiting", list(reply.waiting)}, {"ignored", list(reply.ignored)}};
  }
  Json operator()(const ConfigShown& reply) const { return JsonObject{{"yaml", reply.yaml}}; }
  Json operator()(const ConfigDiffered& reply) const {
    JsonArray list;
    for (const ConfigChange& each : reply.changes) list.push_back(config_change_to_json(each));
    return JsonObject{{"differences", std::move(list)}};
  }
  Json operator()(const InviteCreated& reply) const {
    return JsonObject{{"token", reply.token.expose()},
                      {"id", to_text(reply.id)},
                      {"expires", time_to_text(reply.expires)},
                      {"uses", reply.uses}};
  }
  Json operator()(const GuestConfig& reply) const { return guest_config_to_json(reply); }
  Json operator()(const KeyRotated& reply) const { return JsonObject{{"wgPublicKey", to_text(reply.key)}}; }
  Json operator()(const AuthorityExported& reply) const {
    return JsonObject{{"mesh", to_text(reply.mesh)}, {"sealed", reply.sealed.expose()}};
  }
};

Result<crypto::PresharedKey> parse_preshared_key(std::string_view text) {
  auto bytes = crypto::from_base64(text);
  const auto key = bytes ? crypto::Secret<32>::from(*bytes) : Result<crypto::Secret<32>>(fail(bytes.error()));
  if (bytes) crypto::wipe(*bytes);
  if (!key)
    return fail(Code::malformed, "is not a pre-shared key", "it is 32 bytes in base64, as `wg genpsk` prints them");
  return crypto::PresharedKey(*key);
}

Result<ConfigChange> config_change_from_json(const Json& json, const std::string& path) {
  FieldReader fields(json, path);
  ConfigChange out;
  out.field = fields.text("field");
  out.before = fields.text_or_empty("before");
  out.after = fields.text_or_empty("after");
  out.takes_effect = fields.parsed("takesEffect", parse_takes_effect);
  return fields.finish(false).map([&] { return std::move(out); });
}

// What each Command is answered with, out of its fields.
struct ReplyTo {
  FieldReader& fields;

  Reply entered() const {
    return MeshEntered{fields.parsed("id", parse_mesh_id), fields.text_or_empty("name"),
                       fields.parsed("address", addr::IpAddress::parse)};
  }
  Reply operator()(const MeshCreate&) const { return entered(); }
  Reply operator()(const MeshJoin&) const { return entered(); }
  Reply operator()(const MeshAsk&) const {
    return MeshAsked{fields.parsed("id", parse_mesh_id), fields.text_or_empty("name"),
                     fields.parsed("publicKey", parse_key<crypto::IdentityTag>)};
  }
  Reply operator()(const MemberAdmit&) const { return Done{}; }
  Reply operator()(const MemberRefuse&) const { return Done{}; }
  Reply operator()(const DaemonUp&) const { return Done{}; }
  Reply operator()(const DaemonReload&) const {
    const auto keys = [&](std::string_view name) {
      return fields.list(name, limits::kConfigurationProblems * 8,
                         text_element([](std::string_view text) { return Result<std::string>(text); }));
    };
    return Reloaded{keys("applied"), keys("waiting"), keys("ignored")};
  }
  Reply operator()(const DaemonConfig&) const { return ConfigShown{fields.text("yaml")}; }
  Reply operator()(const DaemonConfigDiff&) const {
    return ConfigDiffered{fields.list("differences", kChanges, config_change_from_json)};
  }
  Reply operator()(const DaemonLogLevel&) const { return Done{}; }
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
  Reply guest() const {
    GuestConfig reply;
    reply.name = fields.text("name");
    reply.address = fields.parsed("address", addr::IpAddress::parse);
    reply.key = fields.parsed("wgPublicKey", parse_wg_key);
    reply.prefix = fields.parsed("prefix", addr::Prefix::parse);
    reply.sponsor_key = fields.parsed("sponsorWgPublicKey", parse_wg_key);
    reply.endpoint = fields.parsed("endpoint", addr::HostPort::parse);
    reply.preshared_key = fields.parsed("presharedKey", parse_preshared_key);
    reply.mtu = static_cast<std::uint32_t>(fields.number("mtu", 0, UINT32_MAX, 0));
    return reply;
  }
  Reply operator()(const GuestAdd&) const { return guest(); }
  Reply operator()(const GuestShow&) const { return guest(); }
  Reply operator()(const GuestRemove&) const { return Done{}; }
  Reply operator()(const KeyRotate&) const { return KeyRotated{fields.parsed("wgPublicKey", parse_wg_key)}; }
  Reply operator()(const AuthorityExport&) const {
    return AuthorityExported{fields.parsed("mesh", parse_mesh_id), SecretText(fields.text("sealed"))};
  }
  Reply operator()(const AuthorityImport&) const { return Done{}; }
  Reply operator()(const AliasSet&) const { return Done{}; }
  Reply operator()(const SelfChange&) const { return Done{}; }
  Reply operator()(const ServiceSet&) const { return Done{}; }
  Reply operator()(const ServiceRemove&) const { return Done{}; }
  Reply operator()(const ExitDrain&) const { return Done{}; }
};

}  // namespace

std::string_view name(TakesEffect effect) {
  switch (effect) {
    case TakesEffect::on_reload: return "reload";
    case TakesEffect::on_start: return "restart";
    case TakesEffect::never: return "never";
  }
  return "reload";
}

Result<TakesEffect> parse_takes_effect(std::string_view text) {
  for (const auto each : {TakesEffect::on_reload, TakesEffect::on_start, TakesEffect::never})
    if (name(each) == text) return each;
  return fail(Code::unsupported, "'" + std::string(text.substr(0, 16)) + "' is not known to this program",
              "use the smegctl of the daemon's version");
}

JsonObject config_change_to_json(const ConfigChange& change) {
  return {{"field", change.field},
          {"before", text_or_null(change.before)},
          {"after", text_or_null(change.after)},
          {"takesEffect", name(change.takes_effect)}};
}

JsonObject guest_config_to_json(const GuestConfig& config) {
  return {{"name", config.name},
          {"address", config.address.to_string()},
          {"wgPublicKey", to_text(config.key)},
          {"prefix", config.prefix.to_string()},
          {"sponsorWgPublicKey", to_text(config.sponsor_key)},
          {"endpoint", config.endpoint.to_string()},
          {"presharedKey", crypto::to_base64(config.preshared_key.expose())},
          {"mtu", config.mtu}};
}

Json reply_to_json(const Reply& reply) { return std::visit(JsonOf(), reply); }

Result<Reply> reply_from_json(const Json& json, const Command& asked) {
  FieldReader fields(json);
  Reply reply = std::visit(ReplyTo{fields}, asked);
  if (auto ok = fields.finish(false); !ok) return fail(ok.error());
  return reply;
}

}  // namespace smeg::control
