#include <algorithm>
#include <array>

#include "control/codec.h"

namespace smeg::control {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kPortLast = 65'535;
constexpr Duration kKeepaliveMost = 65'535s;

MeshSelector mesh_selector(FieldReader& fields) {
  MeshSelector mesh{fields.text_or_empty("mesh")};
  if (mesh.text.size() > limits::kMeshNameBytes)
    fields.complain("mesh", {Code::too_large, "is longer than any name or id"});
  return mesh;
}

// A text that may be left out but is at most so long.
std::string short_text(FieldReader& fields, std::string_view name, std::size_t most) {
  std::string text = fields.text_or_empty(name);
  if (text.size() > most) fields.complain(name, {Code::too_large, "is longer than " + std::to_string(most) + " bytes"});
  return text;
}

SecretText secret(FieldReader& fields, std::string_view name, std::size_t most) {
  SecretText text(fields.text(name));
  if (text.empty()) fields.complain(name, {Code::malformed, "is empty"});
  if (text.expose().size() > most)
    fields.complain(name, {Code::too_large, "is longer than " + std::to_string(most) + " bytes"});
  return text;
}

std::string label_or_empty(FieldReader& fields, std::string_view name, std::string_view what) {
  if (fields.text_or_empty(name).empty()) return {};
  return fields.parsed(name, [what](std::string_view text) { return parse_label(text, what); });
}

std::vector<addr::HostPort> hosts(FieldReader& fields, std::string_view name) {
  return fields.list(name, limits::kEndpointsPerRecord, text_element(addr::HostPort::parse));
}

MembershipOptions options(FieldReader& fields) {
  MembershipOptions out;
  out.role = fields.maybe("role", parse_role);
  if (fields.has("wgport")) out.wg_port = static_cast<std::uint16_t>(fields.number("wgport", 1, kPortLast, 1));
  out.endpoints = hosts(fields, "endpoints");
  out.keepalive = fields.duration("keepalive");
  if (out.keepalive && (*out.keepalive % 1s != Duration::zero() || *out.keepalive > kKeepaliveMost))
    fields.complain("keepalive", {Code::invalid, "must be whole seconds from 0 (off) to 65535"});
  return out;
}

MeshCreate read_mesh_create(FieldReader& fields) {
  return {label_or_empty(fields, "name", "a mesh name"), options(fields)};
}

MeshJoin read_mesh_join(FieldReader& fields) {
  MeshJoin out;
  out.token = secret(fields, "token", limits::kTokenBytes);
  out.vias = hosts(fields, "vias");
  out.name = label_or_empty(fields, "name", "a mesh name");
  out.options = options(fields);
  return out;
}

Result<std::string> parse_note(std::string_view text) {
  if (text.size() > limits::kJoinNoteBytes)
    return fail(Code::too_large, "is longer than " + std::to_string(limits::kJoinNoteBytes) + " bytes");
  if (!is_plain_text(text)) return fail(Code::invalid, "has characters that are not text", "write it on one line");
  return std::string(text);
}

MeshAsk read_mesh_ask(FieldReader& fields) {
  MeshAsk out;
  out.mesh = fields.parsed("mesh", parse_mesh_id);
  out.vias = hosts(fields, "vias");
  if (out.vias.empty())
    fields.complain("vias", {Code::malformed, "is missing", "name a member that may admit, HOST[:PORT]"});
  out.name = label_or_empty(fields, "name", "a mesh name");
  out.note = fields.maybe("note", parse_note).value_or("");
  out.options = options(fields);
  return out;
}

// What a join request is called: never empty.
std::string request_text(FieldReader& fields) {
  std::string text = short_text(fields, "request", limits::kAliasBytes);
  if (text.empty())
    fields.complain("request",
                    {Code::malformed, "is missing", "`smegctl member requests` shows the fingerprints of who asks"});
  return text;
}

InviteCreate read_invite_create(FieldReader& fields) {
  InviteCreate out;
  out.mesh = mesh_selector(fields);
  out.uses = static_cast<std::uint32_t>(fields.number("uses", 1, limits::kInviteUses, out.uses));
  out.expires = fields.duration("expires").value_or(out.expires);
  if (out.expires < 1s) fields.complain("expires", {Code::invalid, "must be at least a second from now"});
  out.role = fields.maybe("role", parse_role).value_or(out.role);
  out.admin = fields.flag("admin", out.admin);
  out.grants = fields.list("grants", limits::kPrefixesPerCertificate, text_element(addr::Prefix::parse));
  return out;
}

InviteRevoke read_invite_revoke(FieldReader& fields) {
  InviteRevoke out{mesh_selector(fields), short_text(fields, "id", limits::kMeshNameBytes)};
  if (out.id.empty()) fields.complain("id", {Code::malformed, "is missing", "`smegctl invite list` shows the ids"});
  return out;
}

MemberRevoke read_member_revoke(FieldReader& fields) {
  MemberRevoke out{
      mesh_selector(fields), {short_text(fields, "member", limits::kAliasBytes)}, fields.flag("ban", false)};
  if (out.member.text.empty())
    fields.complain("member", {Code::malformed, "is missing", "name a member by its alias, address or identity key"});
  return out;
}

std::string guest_name(FieldReader& fields) {
  return fields.parsed("name", [](std::string_view text) { return parse_label(text, "a guest's name"); });
}

GuestAdd read_guest_add(FieldReader& fields) {
  return {mesh_selector(fields), guest_name(fields), fields.parsed("wgPublicKey", parse_wg_key),
          fields.maybe("endpoint", addr::HostPort::parse)};
}

GuestShow read_guest_show(FieldReader& fields) {
  return {mesh_selector(fields), guest_name(fields), fields.maybe("endpoint", addr::HostPort::parse)};
}

AuthorityExport read_authority_export(FieldReader& fields) {
  return {mesh_selector(fields), fields.parsed("key", crypto::SealingKey::parse), fields.flag("remove", false)};
}

AuthorityImport read_authority_import(FieldReader& fields) {
  return {mesh_selector(fields), secret(fields, "sealed", limits::kSealedBytes),
          fields.parsed("key", crypto::SealingKey::parse)};
}

Result<std::string> parse_description(std::string_view text) {
  if (text.size() > limits::kDescriptionBytes)
    return fail(Code::too_large, "is longer than " + std::to_string(limits::kDescriptionBytes) + " bytes");
  if (!is_plain_text(text)) return fail(Code::invalid, "has characters that are not text", "write it on one line");
  return std::string(text);
}

SelfChange read_self_change(FieldReader& fields) {
  SelfChange out{mesh_selector(fields), {}, {}};
  if (fields.has("alias")) out.alias = label_or_empty(fields, "alias", "an alias");
  out.description = fields.maybe("description", parse_description);
  return out;
}

std::string service_name(FieldReader& fields) { return fields.parsed("name", parse_service_name); }

ServiceSet read_service_set(FieldReader& fields) {
  ServiceSet out;
  out.mesh = mesh_selector(fields);
  out.service.name = service_name(fields);
  out.service.protocol = fields.maybe("protocol", parse_service_protocol).value_or(ServiceProtocol::tcp);
  if (!fields.has("port")) fields.complain("port", {Code::malformed, "is missing"});
  out.service.port = static_cast<std::uint16_t>(fields.number("port", 1, kPortLast, 1));
  out.service.texts = fields.list("text", limits::kServiceTexts, text_element(parse_service_text));
  if (const auto good = check_services(std::span(&out.service, 1)); !good) fields.complain("text", good.error());
  return out;
}

struct MethodReader {
  std::string_view name;
  Request (*read)(FieldReader&);
};

constexpr auto kMethods = std::to_array<MethodReader>({
    {"get", [](FieldReader&) -> Request { return Get{}; }},
    {"watch", [](FieldReader&) -> Request { return Watch{}; }},
    {"mesh.create", [](FieldReader& fields) -> Request { return Command(read_mesh_create(fields)); }},
    {"mesh.join", [](FieldReader& fields) -> Request { return Command(read_mesh_join(fields)); }},
    {"mesh.ask", [](FieldReader& fields) -> Request { return Command(read_mesh_ask(fields)); }},
    {"mesh.leave", [](FieldReader& fields) -> Request { return Command(MeshLeave{mesh_selector(fields)}); }},
    {"invite.create", [](FieldReader& fields) -> Request { return Command(read_invite_create(fields)); }},
    {"invite.revoke", [](FieldReader& fields) -> Request { return Command(read_invite_revoke(fields)); }},
    {"member.revoke", [](FieldReader& fields) -> Request { return Command(read_member_revoke(fields)); }},
    {"member.admit",
     [](FieldReader& fields) -> Request {
       return Command(MemberAdmit{mesh_selector(fields), request_text(fields), fields.maybe("role", parse_role)});
     }},
    {"member.refuse",
     [](FieldReader& fields) -> Request {
       return Command(MemberRefuse{mesh_selector(fields), request_text(fields)});
     }},
    {"daemon.up", [](FieldReader& fields) -> Request { return Command(DaemonUp{fields.flag("on", true)}); }},
    {"daemon.reload", [](FieldReader&) -> Request { return Command(DaemonReload{}); }},
    {"daemon.config", [](FieldReader&) -> Request { return Command(DaemonConfig{}); }},
    {"daemon.configDiff", [](FieldReader&) -> Request { return Command(DaemonConfigDiff{}); }},
    {"daemon.logLevel",
     [](FieldReader& fields) -> Request { return Command(DaemonLogLevel{fields.parsed("level", parse_log_level)}); }},
    {"guest.add", [](FieldReader& fields) -> Request { return Command(read_guest_add(fields)); }},
    {"guest.show", [](FieldReader& fields) -> Request { return Command(read_guest_show(fields)); }},
    {"guest.remove",
     [](FieldReader& fields) -> Request {
       return Command(GuestRemove{mesh_selector(fields), guest_name(fields)});
     }},
    {"key.rotate",
     [](FieldReader& fields) -> Request {
       return Command(KeyRotate{mesh_selector(fields), fields.flag("force", false)});
     }},
    {"authority.export", [](FieldReader& fields) -> Request { return Command(read_authority_export(fields)); }},
    {"authority.import", [](FieldReader& fields) -> Request { return Command(read_authority_import(fields)); }},
    {"alias.set",
     [](FieldReader& fields) -> Request {
       return Command(AliasSet{mesh_selector(fields), label_or_empty(fields, "alias", "an alias")});
     }},
    {"self.change", [](FieldReader& fields) -> Request { return Command(read_self_change(fields)); }},
    {"service.set", [](FieldReader& fields) -> Request { return Command(read_service_set(fields)); }},
    {"service.remove",
     [](FieldReader& fields) -> Request {
       return Command(ServiceRemove{mesh_selector(fields), service_name(fields),
                                    fields.maybe("protocol", parse_service_protocol)});
     }},
    {"exit.drain", [](FieldReader& fields) -> Request { return Command(ExitDrain{fields.flag("on", true)}); }},
});

tl::unexpected<Error> unknown_method(std::string_view method) {
  std::vector<std::string_view> known;
  std::string all;
  for (const MethodReader& each : kMethods) {
    known.push_back(each.name);
    all += (all.empty() ? "" : ", ") + std::string(each.name);
  }
  const auto meant = nearest(method, known);
  return fail(Code::unsupported, "there is no method '" + std::string(method.substr(0, 64)) + "'",
              meant ? "did you mean '" + std::string(*meant) + "'?" : "there is " + all);
}

// Puts a field in unless it says no more than its absence does.
void add(JsonObject& out, std::string name, Json value) { out.push_back({std::move(name), std::move(value)}); }
void add_text(JsonObject& out, std::string name, const std::string& text) {
  if (!text.empty()) add(out, std::move(name), text);
}
void add_hosts(JsonObject& out, std::string name, const std::vector<addr::HostPort>& hosts) {
  if (hosts.empty()) return;
  JsonArray list;
  for (const addr::HostPort& host : hosts) list.emplace_back(host.to_string());
  add(out, std::move(name), std::move(list));
}
void add_options(JsonObject& out, const MembershipOptions& options) {
  if (options.role) add(out, "role", name(*options.role));
  if (options.wg_port) add(out, "wgport", *options.wg_port);
  add_hosts(out, "endpoints", options.endpoints);
  if (options.keepalive) add(out, "keepalive", format_duration(*options.keepalive));
}

struct ParamsOf {
  JsonObject& out;

  void operator()(const Get&) const {}
  void operator()(const Watch&) const {}
  void operator()(const MeshCreate& command) const {
    add_text(out, "name", command.name);
    add_options(out, command.options);
  }
  void operator()(const MeshJoin& command) const {
    add(out, "token", command.token.expose());
    add_hosts(out, "vias", command.vias);
    add_text(out, "name", command.name);
    add_options(out, command.options);
  }
  void operator()(const MeshAsk& command) const {
    add(out, "mesh", to_text(command.mesh));
    add_hosts(out, "vias", command.vias);
    add_text(out, "name", command.name);
    add_text(out, "note", command.note);
    add_options(out, command.options);
  }
  void operator()(const MemberAdmit& command) const {
    add_text(out, "mesh", command.mesh.text);
    add(out, "request", command.request);
    if (command.role) add(out, "role", name(*command.role));
  }
  void operator()(const MemberRefuse& command) const {
    add_text(out, "mesh", command.mesh.text);
    add(out, "request", command.request);
  }
  void operator()(const DaemonUp& command) const { add(out, "on", command.on); }
  void operator()(const DaemonReload&) const {}
  void operator()(const DaemonConfig&) const {}
  void operator()(const DaemonConfigDiff&) const {}
  void operator()(const DaemonLogLevel& command) const { add(out, "level", name(command.level)); }
  void operator()(const MeshLeave& command) const { add_text(out, "mesh", command.mesh.text); }
  void operator()(const InviteCreate& command) const {
    add_text(out, "mesh", command.mesh.text);
    add(out, "uses", command.uses);
    add(out, "expires", format_duration(command.expires));
    add(out, "role", name(command.role));
    add(out, "admin", command.admin);
    JsonArray grants;
    for (const addr::Prefix& prefix : command.grants) grants.emplace_back(prefix.to_string());
    if (!grants.empty()) add(out, "grants", std::move(grants));
  }
  void operator()(const InviteRevoke& command) const {
    add_text(out, "mesh", command.mesh.text);
    add(out, "id", command.id);
  }
  void operator()(const MemberRevoke& command) const {
    add_text(out, "mesh", command.mesh.text);
    add(out, "member", command.member.text);
    add(out, "ban", command.ban);
  }
  void operator()(const GuestAdd& command) const {
    add_text(out, "mesh", command.mesh.text);
    add(out, "name", command.name);
    add(out, "wgPublicKey", to_text(command.key));
    if (command.endpoint) add(out, "endpoint", command.endpoint->to_string());
  }
  void operator()(const GuestShow& command) const {
    add_text(out, "mesh", command.mesh.text);
    add(out, "name", command.name);
    if (command.endpoint) add(out, "endpoint", command.endpoint->to_string());
  }
  void operator()(const GuestRemove& command) const {
    add_text(out, "mesh", command.mesh.text);
    add(out, "name", command.name);
  }
  void operator()(const KeyRotate& command) const {
    add_text(out, "mesh", command.mesh.text);
    if (command.force) add(out, "force", true);
  }
  void operator()(const AuthorityExport& command) const {
    add_text(out, "mesh", command.mesh.text);
    add(out, "key", command.key.expose_text());
    add(out, "remove", command.remove);
  }
  void operator()(const AuthorityImport& command) const {
    add_text(out, "mesh", command.mesh.text);
    add(out, "sealed", command.sealed.expose());
    add(out, "key", command.key.expose_text());
  }
  void operator()(const AliasSet& command) const {
    add_text(out, "mesh", command.mesh.text);
    add_text(out, "alias", command.alias);
  }
  void operator()(const SelfChange& command) const {
    add_text(out, "mesh", command.mesh.text);
    if (command.alias) add(out, "alias", *command.alias);
    if (command.description) add(out, "description", *command.description);
  }
  void operator()(const ServiceSet& command) const {
    add_text(out, "mesh", command.mesh.text);
    for (JsonField& field : service_to_json(command.service)) out.push_back(std::move(field));
  }
  void operator()(const ServiceRemove& command) const {
    add_text(out, "mesh", command.mesh.text);
    add(out, "name", command.name);
    if (command.protocol) add(out, "protocol", name(*command.protocol));
  }
  void operator()(const ExitDrain& command) const { add(out, "on", command.on); }
  void operator()(const Command& command) const { std::visit(*this, command); }
};

}  // namespace

Result<Request> request_from_json(std::string_view method, const Json& params) {
  const auto known = std::ranges::find(kMethods, method, &MethodReader::name);
  if (known == kMethods.end()) return unknown_method(method);
  FieldReader fields(params);
  Request request = known->read(fields);
  if (auto ok = fields.finish(true); !ok) return fail(ok.error());
  return request;
}

Json params_to_json(const Request& request) {
  JsonObject out;
  std::visit(ParamsOf{out}, request);
  return out;
}

}  // namespace smeg::control
