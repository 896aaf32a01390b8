#include <algorithm>
#include <array>

#include "control/codec.h"

namespace smeg::control {
namespace {

constexpr std::uint64_t kAnything = UINT64_MAX;
constexpr std::uint64_t kSchema = 1;
constexpr std::size_t kPathMeshes = 16;

constexpr std::array kMemberStates = {MemberState::alive, MemberState::suspect, MemberState::offline, MemberState::down,
                                      MemberState::revoked};
constexpr std::array kMeshStates = {MeshState::joining, MeshState::refused,       MeshState::active,
                                    MeshState::down,    MeshState::standing_down, MeshState::leaving};
constexpr std::array kGuestStates = {GuestState::active, GuestState::key_taken, GuestState::address_taken};
constexpr std::array kExitStates = {ExitState::chosen,   ExitState::equal,   ExitState::worse,
                                    ExitState::draining, ExitState::waiting, ExitState::unreachable};
constexpr std::array kProblemKinds = {ProblemKind::interface, ProblemKind::firewall, ProblemKind::backend,
                                      ProblemKind::storage, ProblemKind::joining};
constexpr std::array kBackends = {Backend::kernel, Backend::userspace, Backend::stub};

template <const auto& kAll>
Result<typename std::decay_t<decltype(kAll)>::value_type> parse_name_of(std::string_view text) {
  for (const auto each : kAll)
    if (name(each) == text) return each;
  return fail(Code::unsupported, "'" + std::string(text.substr(0, 64)) + "' is not known to this program",
              "use the smegctl of the daemon's version");
}

template <class List, class Format>
Json list_of(const List& list, Format format) {
  JsonArray out;
  out.reserve(list.size());
  for (const auto& each : list) out.push_back(format(each));
  return out;
}

Json interface_to_json(const InterfaceView& interface) {
  return object_of({{"name", interface.name},
                    {"backend", name(interface.backend)},
                    {"listenPort", interface.listen_port ? Json(interface.listen_port) : Json()},
                    {"mtu", interface.mtu}});
}

Json endpoint_to_json(const EndpointView& endpoint) {
  return object_of({{"kind", endpoint.kind},
                    {"host", endpoint.at.host()},
                    {"port", endpoint.at.port ? Json(*endpoint.at.port) : Json()}});
}

Result<InterfaceView> interface_from_json(const Json& json, const std::string& path) {
  FieldReader fields(json, path);
  InterfaceView out;
  out.name = fields.text("name");
  out.backend = fields.parsed("backend", parse_name_of<kBackends>);
  out.listen_port = static_cast<std::uint16_t>(fields.number("listenPort", 0, UINT16_MAX, 0));
  out.mtu = static_cast<std::uint32_t>(fields.number("mtu", 0, UINT32_MAX, 0));
  return fields.finish(false).map([&] { return std::move(out); });
}

Result<addr::HostPort> host_of(std::string_view text, std::uint64_t port) {
  auto out = addr::HostPort::parse(text);
  if (out && port != 0) out->port = static_cast<std::uint16_t>(port);
  return out;
}

Result<EndpointView> endpoint_from_json(const Json& json, const std::string& path) {
  FieldReader fields(json, path);
  EndpointView out;
  out.kind = fields.text("kind");
  const std::uint64_t port = fields.number("port", 0, UINT16_MAX, 0);
  out.at = fields.parsed("host", [port](std::string_view text) { return host_of(text, port); });
  return fields.finish(false).map([&] { return std::move(out); });
}

Result<Service> service_from_json(const Json& json, const std::string& path) {
  FieldReader fields(json, path);
  Service out;
  out.name = fields.text("name");
  out.protocol = fields.parsed("protocol", parse_service_protocol);
  out.port = static_cast<std::uint16_t>(fields.number("port", 1, UINT16_MAX, 1));
  out.texts = fields.list("text", limits::kServiceTexts,
                          text_element([](std::string_view text) { return Result<std::string>(text); }));
  return fields.finish(false).map([&] { return std::move(out); });
}

Result<MemberList::Row> member_from_json(const Json& json, const std::string& path) {
  FieldReader fields(json, path);
  MemberView out;
  out.public_key = fields.parsed("publicKey", parse_key<crypto::IdentityTag>);
  out.wg_public_key = fields.maybe("wgPublicKey", parse_wg_key);
  out.address = fields.parsed("address", addr::IpAddress::parse);
  out.alias = fields.text_or_empty("alias");
  out.description = fields.text_or_empty("description");
  out.role = fields.parsed("role", parse_role);
  out.endpoints = fields.list("endpoints", limits::kEndpointsPerRecord, endpoint_from_json);
  out.services = fields.list("services", limits::kServicesPerMember, service_from_json);
  out.state = fields.parsed("state", parse_name_of<kMemberStates>);
  out.self = fields.flag("self", false);
  out.since = fields.maybe("since", parse_rfc3339);
  out.last_handshake = fields.maybe("lastHandshake", parse_rfc3339);
  out.rx_bytes = fields.number("rxBytes", 0, kAnything, 0);
  out.tx_bytes = fields.number("txBytes", 0, kAnything, 0);
  out.tunnel_endpoint = fields.maybe("tunnelEndpoint", addr::Endpoint::parse);
  return fields.finish(false).map([&] { return MemberList::Row(std::make_shared<const MemberView>(std::move(out))); });
}

Result<GuestView> guest_from_json(const Json& json, const std::string& path) {
  FieldReader fields(json, path);
  GuestView out;
  out.name = fields.text("name");
  out.wg_public_key = fields.parsed("wgPublicKey", parse_wg_key);
  out.address = fields.parsed("address", addr::IpAddress::parse);
  out.sponsor = fields.parsed("sponsor", parse_key<crypto::IdentityTag>);
  out.state = fields.parsed("state", parse_name_of<kGuestStates>);
  out.last_handshake = fields.maybe("lastHandshake", parse_rfc3339);
  if (fields.has("rxBytes")) out.rx_bytes = fields.number("rxBytes", 0, kAnything, 0);
  if (fields.has("txBytes")) out.tx_bytes = fields.number("txBytes", 0, kAnything, 0);
  return fields.finish(false).map([&] { return std::move(out); });
}

Result<InviteView> invite_from_json(const Json& json, const std::string& path) {
  FieldReader fields(json, path);
  InviteView out;
  out.id = fields.parsed("id", parse_key<crypto::InviteTag>);
  out.role = fields.parsed("role", parse_role);
  out.admin = fields.flag("admin", false);
  out.uses = static_cast<std::uint32_t>(fields.number("uses", 0, limits::kInviteUses, 0));
  out.used = static_cast<std::uint32_t>(fields.number("used", 0, limits::kInviteUses, 0));
  out.expires = fields.parsed("expires", parse_rfc3339);
  out.revoked = fields.flag("revoked", false);
  return fields.finish(false).map([&] { return out; });
}

Result<RequestView> request_from_json(const Json& json, const std::string& path) {
  FieldReader fields(json, path);
  RequestView out;
  out.public_key = fields.parsed("publicKey", parse_key<crypto::IdentityTag>);
  out.from = fields.parsed("from", addr::IpAddress::parse);
  out.role = fields.parsed("role", parse_role);
  out.note = fields.text_or_empty("note");
  out.since = fields.parsed("since", parse_rfc3339);
  return fields.finish(false).map([&] { return std::move(out); });
}

Result<ExitView> exit_from_json(const Json& json, const std::string& path) {
  FieldReader fields(json, path);
  ExitView out;
  out.mesh = fields.parsed("mesh", parse_mesh_id);
  out.member = fields.parsed("member", parse_key<crypto::IdentityTag>);
  out.path = fields.list("path", kPathMeshes, text_element(parse_mesh_id));
  out.hops = static_cast<std::uint32_t>(fields.number("hops", 0, kPathMeshes, 0));
  out.cost = static_cast<std::uint32_t>(fields.number("cost", 0, UINT32_MAX, 0));
  out.weight = static_cast<std::uint32_t>(fields.number("weight", 0, UINT32_MAX, 1));
  out.mtu = static_cast<std::uint32_t>(fields.number("mtu", 0, UINT32_MAX, 0));
  out.sequence = fields.number("sequence", 0, kAnything, 0);
  out.state = fields.parsed("state", parse_name_of<kExitStates>);
  return fields.finish(false).map([&] { return std::move(out); });
}

Result<RouteView> route_from_json(const Json& json, const std::string& path) {
  FieldReader fields(json, path);
  RouteView out;
  out.prefix = fields.parsed("prefix", addr::Prefix::parse);
  out.starving = fields.flag("starving", false);
  out.exits = fields.list("exits", limits::kRoutesPerMesh, exit_from_json);
  return fields.finish(false).map([&] { return std::move(out); });
}

Result<BridgeView> bridge_from_json(const Json& json, const std::string& path) {
  FieldReader fields(json, path);
  BridgeView out;
  out.from = fields.parsed("from", parse_mesh_id);
  out.member = fields.parsed("member", parse_key<crypto::IdentityTag>);
  out.to = fields.parsed("to", parse_mesh_id);
  out.as = fields.parsed("as", parse_key<crypto::IdentityTag>);
  return fields.finish(false).map([&] { return std::move(out); });
}

Result<SessionView> session_from_json(const Json& json, const std::string& path) {
  FieldReader fields(json, path);
  SessionView out;
  out.member = fields.parsed("member", parse_key<crypto::IdentityTag>);
  out.open = fields.flag("open", false);
  out.inbound = fields.flag("inbound", false);
  out.remote = fields.maybe("remote", addr::Endpoint::parse);
  out.error = fields.text_or_empty("error");
  return fields.finish(false).map([&] { return std::move(out); });
}

Result<DroppedView> dropped_from_json(const Json& json, const std::string& path) {
  FieldReader fields(json, path);
  DroppedView out;
  out.member = fields.maybe("member", parse_key<crypto::IdentityTag>);
  out.malformed = fields.number("malformed", 0, kAnything, 0);
  out.refused = fields.number("refused", 0, kAnything, 0);
  out.overflow = fields.number("overflow", 0, kAnything, 0);
  out.sessions = fields.number("sessions", 0, kAnything, 0);
  return fields.finish(false).map([&] { return std::move(out); });
}

Result<MeshView> mesh_from_json(const Json& json, const std::string& path) {
  FieldReader fields(json, path);
  MeshView out;
  out.id = fields.parsed("id", parse_mesh_id);
  out.name = fields.text_or_empty("name");
  out.prefix = fields.parsed("prefix", addr::Prefix::parse);
  out.interfaces = fields.list("interfaces", limits::kInterfacesPerMesh, interface_from_json);
  out.backend = fields.parsed("backend", parse_name_of<kBackends>);
  out.backend_reason = fields.text_or_empty("backendReason");
  out.leader = fields.maybe("leader", parse_key<crypto::IdentityTag>);
  out.self = fields.parsed("self", parse_key<crypto::IdentityTag>);
  out.state = fields.parsed("state", parse_name_of<kMeshStates>);
  out.state_detail = fields.text_or_empty("stateDetail");
  out.can_admit = fields.flag("canAdmit", false);
  out.has_root = fields.flag("hasRoot", false);
  // Members that have left or were revoked are shown beside those that are in.
  const auto members = fields.list("members", limits::kMembersPerMesh + limits::kRemovals, member_from_json);
  out.members = MemberList(members);
  out.guests = fields.list("guests", limits::kMembersPerMesh * limits::kGuestsPerMember, guest_from_json);
  out.invites = fields.list("invites", limits::kInvites, invite_from_json);
  out.sessions = fields.list("sessions", limits::kSessions + limits::kMembersPerMesh, session_from_json);
  out.requests = fields.list("requests", limits::kJoinRequests, request_from_json);
  out.dropped = fields.list("dropped", limits::kMembersPerMesh + 1, dropped_from_json);
  return fields.finish(false).map([&] { return std::move(out); });
}

Result<Problem> problem_from_json(const Json& json, const std::string& path) {
  FieldReader fields(json, path);
  Problem out;
  out.kind = fields.parsed("kind", parse_name_of<kProblemKinds>);
  out.message = fields.text("message");
  out.interface = fields.text_or_empty("interface");
  return fields.finish(false).map([&] { return std::move(out); });
}

Result<DaemonView> daemon_from_json(const Json& json, const std::string& path) {
  FieldReader fields(json, path);
  DaemonView out;
  out.version = fields.text("version");
  out.started = fields.parsed("started", parse_rfc3339);
  out.draining = fields.flag("draining", false);
  out.down = fields.flag("down", false);
  out.log_level = fields.maybe("logLevel", parse_log_level).value_or(LogLevel::info);
  out.problems = fields.list("problems", limits::kProblemsShown, problem_from_json);
  return fields.finish(false).map([&] { return std::move(out); });
}

}  // namespace

std::string time_to_text(WallTime time) {
  using namespace std::chrono;
  constexpr sys_days kFirst{year(0) / 1 / 1};
  constexpr sys_days kLast{year(9'999) / 12 / 31};
  return to_rfc3339(std::clamp(time, WallTime(kFirst.time_since_epoch()), WallTime(kLast.time_since_epoch())));
}

std::string with_schema(JsonObject fields) {
  fields.insert(fields.begin(), {"schema", 1});
  return Json(std::move(fields)).dump(true) + '\n';
}

JsonObject invite_to_json(const InviteView& invite) {
  return object_of({{"id", to_text(invite.id)},
                    {"role", name(invite.role)},
                    {"admin", invite.admin},
                    {"uses", invite.uses},
                    {"used", invite.used},
                    {"expires", time_to_text(invite.expires)},
                    {"revoked", invite.revoked}});
}

JsonObject request_to_json(const RequestView& request) {
  return object_of({{"fingerprint", fingerprint(request.public_key)},
                    {"publicKey", to_text(request.public_key)},
                    {"from", request.from.to_string()},
                    {"role", name(request.role)},
                    {"note", text_or_null(request.note)},
                    {"since", time_to_text(request.since)}});
}

JsonObject service_to_json(const Service& service) {
  return object_of({{"name", service.name},
                    {"protocol", name(service.protocol)},
                    {"port", service.port},
                    {"text", list_of(service.texts, [](const std::string& text) { return Json(text); })}});
}

JsonObject service_of_member_to_json(const MemberView& member, const Service& service) {
  JsonObject out = object_of({{"member", to_text(member.public_key)},
                              {"alias", text_or_null(member.alias)},
                              {"address", member.address.to_string()}});
  for (JsonField& field : service_to_json(service)) out.push_back(std::move(field));
  return out;
}

JsonObject guest_to_json(const GuestView& guest) {
  const auto number = [](std::uint64_t value) { return Json(value); };
  return object_of({{"name", guest.name},
                    {"wgPublicKey", to_text(guest.wg_public_key)},
                    {"address", guest.address.to_string()},
                    {"sponsor", to_text(guest.sponsor)},
                    {"state", name(guest.state)},
                    {"lastHandshake", or_null(guest.last_handshake, time_to_text)},
                    {"rxBytes", or_null(guest.rx_bytes, number)},
                    {"txBytes", or_null(guest.tx_bytes, number)}});
}

namespace {

JsonObject member_with_time(const MemberView& member, const std::optional<WallTime>& since) {
  return object_of(
      {{"publicKey", to_text(member.public_key)},
       {"wgPublicKey", or_null(member.wg_public_key, [](const auto& key) { return to_text(key); })},
       {"address", member.address.to_string()},
       {"alias", text_or_null(member.alias)},
       {"description", text_or_null(member.description)},
       {"role", name(member.role)},
       {"endpoints", list_of(member.endpoints, endpoint_to_json)},
       {"services", list_of(member.services, service_to_json)},
       {"state", name(member.state)},
       {"self", member.self},
       {"since", or_null(since, time_to_text)},
       {"lastHandshake", or_null(member.last_handshake, time_to_text)},
       {"rxBytes", member.rx_bytes},
       {"txBytes", member.tx_bytes},
       {"tunnelEndpoint", or_null(member.tunnel_endpoint, [](const auto& at) { return at.to_string(); })}});
}

// Those without a time of their own have that of all.
JsonObject member_of_mesh(const MeshView& mesh, const MemberView& member) {
  const bool as_all = !member.since && member.state != MemberState::revoked;
  return member_with_time(member, as_all ? mesh.since : member.since);
}

}  // namespace

JsonObject member_to_json(const MemberView& member) { return member_with_time(member, member.since); }

JsonObject session_to_json(const SessionView& session) {
  return object_of({{"member", to_text(session.member)},
                    {"open", session.open},
                    {"inbound", session.inbound},
                    {"remote", or_null(session.remote, [](const addr::Endpoint& at) { return at.to_string(); })},
                    {"error", text_or_null(session.error)}});
}

JsonObject dropped_to_json(const DroppedView& dropped) {
  return {{"member", or_null(dropped.member, [](const auto& key) { return to_text(key); })},
          {"malformed", dropped.malformed},
          {"refused", dropped.refused},
          {"overflow", dropped.overflow},
          {"sessions", dropped.sessions}};
}

JsonObject mesh_facts_to_json(const MeshView& mesh) {
  return object_of({{"id", to_text(mesh.id)},
                    {"name", text_or_null(mesh.name)},
                    {"prefix", mesh.prefix.to_string()},
                    {"interfaces", list_of(mesh.interfaces, interface_to_json)},
                    {"backend", name(mesh.backend)},
                    {"backendReason", text_or_null(mesh.backend_reason)},
                    {"leader", or_null(mesh.leader, [](const auto& key) { return to_text(key); })},
                    {"self", to_text(mesh.self)},
                    {"state", name(mesh.state)},
                    {"stateDetail", text_or_null(mesh.state_detail)},
                    {"canAdmit", mesh.can_admit},
                    {"hasRoot", mesh.has_root}});
}

Json mesh_to_json(const MeshView& mesh) {
  JsonObject out = mesh_facts_to_json(mesh);
  out.push_back({"members", list_of(mesh.members, [&](const auto& member) { return member_of_mesh(mesh, member); })});
  out.push_back({"guests", list_of(mesh.guests, guest_to_json)});
  out.push_back({"invites", list_of(mesh.invites, invite_to_json)});
  out.push_back({"sessions", list_of(mesh.sessions, session_to_json)});
  out.push_back({"requests", list_of(mesh.requests, request_to_json)});
  out.push_back({"dropped", list_of(mesh.dropped, dropped_to_json)});
  return out;
}

Json problem_to_json(const Problem& problem) {
  return object_of(
      {{"kind", name(problem.kind)}, {"message", problem.message}, {"interface", text_or_null(problem.interface)}});
}

JsonObject daemon_to_json(const DaemonView& daemon) {
  return object_of({{"version", daemon.version},
                    {"started", time_to_text(daemon.started)},
                    {"draining", daemon.draining},
                    {"down", daemon.down},
                    {"logLevel", name(daemon.log_level)},
                    {"problems", list_of(daemon.problems, problem_to_json)}});
}

namespace {

Json exit_to_json(const ExitView& exit) {
  return object_of({{"mesh", to_text(exit.mesh)},
                    {"member", to_text(exit.member)},
                    {"path", list_of(exit.path, [](const MeshId& mesh) { return Json(to_text(mesh)); })},
                    {"hops", exit.hops},
                    {"cost", exit.cost},
                    {"weight", exit.weight},
                    {"mtu", exit.mtu},
                    {"sequence", exit.sequence},
                    {"state", name(exit.state)}});
}

}  // namespace

Json route_to_json(const RouteView& route) {
  return object_of({{"prefix", route.prefix.to_string()},
                    {"starving", route.starving},
                    {"exits", list_of(route.exits, exit_to_json)}});
}

Json bridge_to_json(const BridgeView& bridge) {
  return object_of({{"from", to_text(bridge.from)},
                    {"member", to_text(bridge.member)},
                    {"to", to_text(bridge.to)},
                    {"as", to_text(bridge.as)}});
}

Json snapshot_to_json(const Snapshot& snapshot) {
  return object_of({{"schema", kSchema},
                    {"version", snapshot.version},
                    {"generated", time_to_text(snapshot.generated)},
                    {"daemon", daemon_to_json(snapshot.daemon)},
                    {"meshes", list_of(snapshot.meshes, mesh_to_json)},
                    {"routes", list_of(snapshot.routes, route_to_json)},
                    {"bridges", list_of(snapshot.bridges, bridge_to_json)}});
}

Result<Snapshot> snapshot_from_json(const Json& json) {
  FieldReader fields(json);
  Snapshot out;
  if (fields.number("schema", 0, kAnything, 0) != kSchema)
    fields.complain(
        "schema", {Code::unsupported, "is not " + std::to_string(kSchema), "use the smegctl of the daemon's version"});
  out.version = fields.number("version", 0, kAnything, 0);
  out.generated = fields.parsed("generated", parse_rfc3339);
  if (const Json* daemon = fields.find("daemon")) {
    auto read = daemon_from_json(*daemon, "daemon");
    if (!read) return fail(read.error());
    out.daemon = *std::move(read);
  } else {
    fields.complain("daemon", {Code::malformed, "is missing"});
  }
  out.meshes = fields.list("meshes", limits::kMeshesPerHost, mesh_from_json);
  out.routes = fields.list("routes", limits::kRoutesPerMesh, route_from_json);
  out.bridges = fields.list("bridges", limits::kRoutesPerMesh, bridge_from_json);
  return fields.finish(false).map([&] { return std::move(out); });
}

}  // namespace smeg::control
