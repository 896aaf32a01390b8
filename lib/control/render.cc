#include "control/render.h"

#include <algorithm>
#include <array>

#include "control/codec.h"
#include "control/lookup.h"
#include "control/render_routes.h"
#include "control/table.h"

namespace smeg::control {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kShortKey = 8;

std::string or_dash(std::string text) { return text.empty() ? "-" : printable(text); }

std::string age_or_dash(const std::optional<WallTime>& then, WallTime now) { return then ? age(*then, now) : "-"; }

std::string yes_no(bool flag) { return flag ? "yes" : "no"; }

std::string in_brackets(const std::string& text) { return text.empty() ? "" : " (" + printable(text) + ")"; }

// "kernel", "userspace: the kernel has no WireGuard (Operation not supported)"
std::string backend_of(const MeshView& mesh) {
  const std::string reason = mesh.backend_reason.empty() ? "" : ": " + printable(mesh.backend_reason);
  return std::string(name(mesh.backend)) + reason;
}

std::string self_address(const MeshView& mesh) {
  const MemberView* self = self_of(mesh);
  return self ? self->address.to_string() : "-";
}

std::string leader_of(const MeshView& mesh) {
  if (!mesh.leader) return "-";
  const auto leader = std::ranges::find(mesh.members, *mesh.leader, &MemberView::public_key);
  return leader == mesh.members.end() ? to_text(*mesh.leader).substr(0, kShortKey) : label(*leader);
}

std::string interface_of(const InterfaceView& interface) {
  const std::string port = interface.listen_port ? ", UDP port " + std::to_string(interface.listen_port) : "";
  return printable(interface.name) + " (" + std::string(name(interface.backend)) + port + ", MTU " +
         std::to_string(interface.mtu) + ")";
}

std::string endpoints_of(const MemberView& member) {
  std::string out;
  for (const EndpointView& endpoint : member.endpoints) out += (out.empty() ? "" : ", ") + endpoint.at.to_string();
  return out;
}

Row member_row(const MemberView& member, WallTime now) {
  return {label(member) + (member.self ? " (self)" : ""),
          member.address.to_string(),
          std::string(name(member.role)),
          cell(member.state),
          age_or_dash(member.since, now),
          member.self ? "-" : age_or_dash(member.last_handshake, now),
          member.self ? "-" : human_bytes(member.rx_bytes),
          member.self ? "-" : human_bytes(member.tx_bytes)};
}

// Those who were revoked are of interest to few, and stay for good.
std::string members_table(const MeshView& mesh, WallTime now, std::size_t indent, bool with_revoked, const Look& look) {
  Table table(indent, look);
  table.head({"MEMBER", "ADDRESS", "ROLE", "STATE", "SINCE", "HANDSHAKE", "RECEIVED", "SENT"});
  for (const MemberView& member : mesh.members)
    if (with_revoked || member.state != MemberState::revoked) table.row(member_row(member, now));
  return table.text();
}

// What there is to know of members beside their state.
std::string keys_table(const MeshView& mesh, std::size_t indent, bool with_revoked, const Look& look) {
  Table table(indent, look);
  table.head({"MEMBER", "IDENTITY KEY", "WIREGUARD KEY", "ENDPOINTS", "DESCRIPTION"});
  for (const MemberView& member : mesh.members)
    if (with_revoked || member.state != MemberState::revoked)
      table.row({label(member), to_text(member.public_key), member.wg_public_key ? to_text(*member.wg_public_key) : "-",
                 or_dash(endpoints_of(member)), or_dash(member.description)});
  return table.text();
}

// The sponsor of a guest, as far as it is known here.
const MemberView* sponsor_of(const MeshView& mesh, const GuestView& guest) {
  const auto at = std::ranges::find(mesh.members, guest.sponsor, &MemberView::public_key);
  return at == mesh.members.end() ? nullptr : &*at;
}

// "active", or what keeps the guest from being reached.
Cell guest_state(const GuestView& guest, const MemberView* sponsor) {
  const bool reached = sponsor && (sponsor->state == MemberState::alive || sponsor->state == MemberState::suspect);
  if (guest.state != GuestState::active) return {std::string(name(guest.state)), Style::bad};
  if (reached) return {std::string(name(guest.state)), Style::good};
  return {"sponsor " + (sponsor ? std::string(name(sponsor->state)) : "unknown"), Style::bad};
}

Row guest_row(const MeshView& mesh, const GuestView& guest, WallTime now) {
  const MemberView* sponsor = sponsor_of(mesh, guest);
  const bool ours = guest.rx_bytes.has_value();
  return {printable(guest.name),
          guest.address.to_string(),
          (sponsor ? label(*sponsor) : to_text(guest.sponsor).substr(0, kShortKey)) + (ours ? " (self)" : ""),
          guest_state(guest, sponsor),
          age_or_dash(guest.last_handshake, now),
          ours ? human_bytes(*guest.rx_bytes) : "-",
          guest.tx_bytes ? human_bytes(*guest.tx_bytes) : "-"};
}

std::string guests_table(const MeshView& mesh, WallTime now, std::size_t indent, const Look& look) {
  Table table(indent, look);
  table.head({"GUEST", "ADDRESS", "SPONSOR", "STATE", "HANDSHAKE", "RECEIVED", "SENT"});
  for (const GuestView& guest : mesh.guests) table.row(guest_row(mesh, guest, now));
  return table.text();
}

std::size_t count_in(const MeshView& mesh, MemberState state) {
  return static_cast<std::size_t>(std::ranges::count(mesh.members, state, &MemberView::state));
}

// "3 members, 2 alive": the revoked are no members.
std::string member_count(const MeshView& mesh) {
  const std::size_t members = mesh.members.size() - count_in(mesh, MemberState::revoked);
  return std::to_string(members) + (members == 1 ? " member, " : " members, ") +
         std::to_string(count_in(mesh, MemberState::alive)) + " alive";
}

std::string status_of(const MeshView& mesh, WallTime now, const Look& look) {
  const Cell state = cell(mesh.state);
  std::string out = styled("mesh " + label(mesh), Style::heading, look) + ": " + styled(state.text, state.style, look) +
                    in_brackets(mesh.state_detail) + ", " + member_count(mesh) + '\n';
  Table facts(2);
  facts.row({"address", self_address(mesh)});
  facts.row({"backend", backend_of(mesh)});
  for (const InterfaceView& interface : mesh.interfaces) facts.row({"interface", interface_of(interface)});
  facts.row({"leader", leader_of(mesh)});
  out += facts.text();
  if (!mesh.members.empty()) out += '\n' + members_table(mesh, now, 2, false, look);
  if (!mesh.members.empty() && look.wide) out += '\n' + keys_table(mesh, 2, false, look);
  if (!mesh.guests.empty()) out += '\n' + guests_table(mesh, now, 2, look);
  return out;
}

std::string invite_state(const InviteView& invite, WallTime now) {
  if (invite.revoked) return "revoked";
  if (invite.used >= invite.uses) return "used up";
  if (invite.expires <= now) return "expired";
  return "open";
}

// The daemon's warnings, before anything else.
std::string problems_of(const DaemonView& daemon, const Look& look) {
  std::string out;
  for (const Problem& problem : daemon.problems)
    out += styled("! " + printable(problem.message), Style::bad, look) + '\n';
  return out.empty() ? out : out + '\n';
}

// The fields of a JSON object that one of our own codecs made.
JsonObject fields_of(Json json) {
  auto* object = std::get_if<JsonObject>(&json.value);
  return object ? std::move(*object) : JsonObject();
}

// What members announce that are in the mesh; of all, or of one.
template <class Each>
void for_services(const MeshView& mesh, const MemberView* only, Each each) {
  for (const MemberView& member : mesh.members) {
    if (member.state == MemberState::revoked || (only && member.public_key != only->public_key)) continue;
    for (const Service& service : member.services) each(member, service);
  }
}

}  // namespace

std::string status_table(const Snapshot& snapshot, WallTime now, const Look& look) {
  std::string out = problems_of(snapshot.daemon, look);
  if (snapshot.meshes.empty())
    out += "smegd " + printable(snapshot.daemon.version) + ", up " + age(snapshot.daemon.started, now) +
           ", in no mesh: make one with `smegctl mesh create`, or join one with `smegctl mesh join TOKEN`\n";
  for (const MeshView& mesh : snapshot.meshes)
    out += (&mesh == &snapshot.meshes.front() ? "" : "\n") + status_of(mesh, now, look);
  const std::vector<std::string> ways = single_ways(snapshot);
  for (const std::string& way : ways)
    out += (&way == &ways.front() ? "\n" : "") + styled("note: " + way, Style::warning, look) + '\n';
  return out;
}

std::string mesh_list_table(const Snapshot& snapshot, const Look& look) {
  Table table(0, look);
  std::vector<std::string> head = {"NAME", "ID", "STATE", "ADDRESS", "MEMBERS", "ALIVE"};
  if (look.wide) head.insert(head.end(), {"PREFIX", "BACKEND", "LEADER", "MAY INVITE", "ROOT KEY"});
  table.head(std::move(head));
  for (const MeshView& mesh : snapshot.meshes) {
    Row row = {or_dash(mesh.name),
               to_text(mesh.id),
               cell(mesh.state),
               self_address(mesh),
               std::to_string(mesh.members.size() - count_in(mesh, MemberState::revoked)),
               std::to_string(count_in(mesh, MemberState::alive))};
    if (look.wide)
      row.insert(row.end(), {mesh.prefix.to_string(), std::string(name(mesh.backend)), leader_of(mesh),
                             yes_no(mesh.can_admit), mesh.has_root ? "here" : "elsewhere"});
    table.row(std::move(row));
  }
  return table.text();
}

std::string mesh_table(const MeshView& mesh, WallTime now, const Look& look) {
  Table facts;
  facts.row({"id", to_text(mesh.id)});
  facts.row({"name", or_dash(mesh.name)});
  facts.row({"prefix", mesh.prefix.to_string()});
  facts.row({"state", std::string(name(mesh.state)) + in_brackets(mesh.state_detail)});
  facts.row({"backend", backend_of(mesh)});
  for (const InterfaceView& interface : mesh.interfaces) facts.row({"interface", interface_of(interface)});
  facts.row({"leader", leader_of(mesh)});
  facts.row({"may invite", yes_no(mesh.can_admit)});
  facts.row({"root key", mesh.has_root ? "on this host" : "elsewhere"});
  std::string out = facts.text() + '\n' + members_table(mesh, now, 0, true, look);
  out += '\n' + keys_table(mesh, 0, true, look);
  if (mesh.guests.empty()) return out;
  out += '\n' + guests_table(mesh, now, 0, look);
  Table guest_keys(0, look);
  guest_keys.head({"GUEST", "WIREGUARD KEY"});
  for (const GuestView& guest : mesh.guests) guest_keys.row({printable(guest.name), to_text(guest.wg_public_key)});
  return out + '\n' + guest_keys.text();
}

std::string guest_table(const MeshView& mesh, WallTime now, const Look& look) {
  return guests_table(mesh, now, 0, look);
}

std::string invite_table(const MeshView& mesh, WallTime now, const Look& look) {
  Table table(0, look);
  table.head({"ID", "STATE", "USED", "EXPIRES", "ROLE", "ADMIN"});
  for (const InviteView& invite : mesh.invites)
    table.row({to_text(invite.id), invite_state(invite, now),
               std::to_string(invite.used) + " of " + std::to_string(invite.uses), to_rfc3339(invite.expires),
               std::string(name(invite.role)), yes_no(invite.admin)});
  return table.text();
}

std::string request_table(const MeshView& mesh, WallTime now, const Look& look) {
  Table table(0, look);
  table.head({"FINGERPRINT", "FROM", "ROLE", "SINCE", "NOTE"});
  for (const RequestView& request : mesh.requests)
    table.row({fingerprint(request.public_key), request.from.to_string(), std::string(name(request.role)),
               age(request.since, now), or_dash(request.note)});
  return table.text();
}

std::string request_json(const MeshView& mesh) {
  JsonArray list;
  for (const RequestView& request : mesh.requests) list.push_back(request_to_json(request));
  return with_schema({{"mesh", to_text(mesh.id)}, {"requests", std::move(list)}});
}

std::string service_table(const MeshView& mesh, const MemberView* member, const Look& look) {
  Table table(0, look);
  table.head({"MEMBER", "SERVICE", "PORT", "ADDRESS", "TEXT"});
  for_services(mesh, member, [&](const MemberView& of, const Service& service) {
    std::string texts;
    for (const std::string& text : service.texts) texts += (texts.empty() ? "" : ", ") + text;
    table.row({label(of), printable(service.name),
               std::to_string(service.port) + '/' + std::string(smeg::name(service.protocol)), of.address.to_string(),
               or_dash(texts)});
  });
  return table.text();
}

std::string service_json(const MeshView& mesh, const MemberView* member) {
  JsonArray list;
  for_services(mesh, member, [&](const MemberView& of, const Service& service) {
    list.push_back(service_of_member_to_json(of, service));
  });
  return with_schema({{"mesh", to_text(mesh.id)}, {"services", std::move(list)}});
}

std::string status_json(const Snapshot& snapshot) { return snapshot_to_json(snapshot).dump(true) + '\n'; }

std::string mesh_list_json(const Snapshot& snapshot) {
  JsonArray list;
  for (const MeshView& mesh : snapshot.meshes) {
    const MemberView* self = self_of(mesh);
    list.push_back(JsonObject{{"id", to_text(mesh.id)},
                              {"name", text_or_null(mesh.name)},
                              {"prefix", mesh.prefix.to_string()},
                              {"state", name(mesh.state)},
                              {"address", self ? Json(self->address.to_string()) : Json()},
                              {"members", mesh.members.size() - count_in(mesh, MemberState::revoked)},
                              {"alive", count_in(mesh, MemberState::alive)}});
  }
  return with_schema({{"meshes", std::move(list)}});
}

std::string mesh_json(const MeshView& mesh) { return with_schema(fields_of(mesh_to_json(mesh))); }

std::string guest_json(const MeshView& mesh) {
  JsonArray list;
  for (const GuestView& guest : mesh.guests) list.push_back(guest_to_json(guest));
  return with_schema({{"mesh", to_text(mesh.id)}, {"guests", std::move(list)}});
}

std::string invite_json(const MeshView& mesh) {
  JsonArray list;
  for (const InviteView& invite : mesh.invites) list.push_back(invite_to_json(invite));
  return with_schema({{"mesh", to_text(mesh.id)}, {"invites", std::move(list)}});
}

std::string reply_json(const Reply& reply) { return with_schema(fields_of(reply_to_json(reply))); }

std::string log_level_json(LogLevel level) { return with_schema({{"logLevel", name(level)}}); }

std::string ping_json(const PingResult& result) {
  const auto rtt = [&](double value) {
    Json number;
    if (result.received) number.value = value;
    return number;
  };
  return with_schema({{"address", result.address},
                      {"sent", result.sent},
                      {"received", result.received},
                      {"rttMinMs", rtt(result.least_ms)},
                      {"rttMeanMs", rtt(result.mean_ms)},
                      {"rttMaxMs", rtt(result.most_ms)}});
}

std::string authority_json(const MeshId& mesh, const std::string& file, bool removed) {
  return with_schema({{"mesh", to_text(mesh)}, {"file", file}, {"removed", removed}});
}

SecretText guest_config(const GuestConfig& config, const std::optional<crypto::WgPrivateKey>& private_key) {
  const std::string key = private_key ? "PrivateKey = " + crypto::to_base64(private_key->expose())
                                      : "# PrivateKey = the one whose public key is " + to_text(config.key);
  return SecretText("[Interface]\n" + key + "\nAddress = " + addr::Prefix::host(config.address).to_string() +
                    "\nMTU = " + std::to_string(config.mtu) + "\n\n[Peer]\nPublicKey = " + to_text(config.sponsor_key) +
                    "\nPresharedKey = " + crypto::to_base64(config.preshared_key.expose()) +
                    "\nAllowedIPs = " + config.prefix.to_string() + "\nEndpoint = " + config.endpoint.to_string() +
                    "\nPersistentKeepalive = 25\n");
}

SecretText guest_config_json(const GuestConfig& config, const SecretText& text) {
  JsonObject fields = guest_config_to_json(config);
  fields.push_back({"config", text.expose()});
  return SecretText(with_schema(std::move(fields)));
}

std::string version_json(const std::string& smegctl, const std::string& daemon) {
  return with_schema({{"smegctl", smegctl}, {"smegd", text_or_null(daemon)}});
}

std::string age(WallTime then, WallTime now) {
  struct Unit {
    char suffix;
    std::int64_t seconds;
  };
  constexpr std::array<Unit, 4> kUnits = {{{'d', 86'400}, {'h', 3'600}, {'m', 60}, {'s', 1}}};
  const auto seconds = std::max<std::int64_t>(0, std::chrono::floor<std::chrono::seconds>(now - then).count());
  auto unit = std::ranges::find_if(kUnits, [&](const Unit& each) { return seconds >= each.seconds; });
  if (unit == kUnits.end()) return "0s";
  std::string out = std::to_string(seconds / unit->seconds) + unit->suffix;
  // Beside hours and days the next smaller unit matters too; seconds beside minutes do not.
  if (unit->seconds < 3'600) return out;
  const std::int64_t rest = seconds % unit->seconds;
  ++unit;
  if (const std::int64_t count = rest / unit->seconds) out += ' ' + std::to_string(count) + unit->suffix;
  return out;
}

std::string human_bytes(std::uint64_t bytes) {
  constexpr std::array<const char*, 6> kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1'024) return std::to_string(bytes) + " B";
  std::size_t unit = 0;
  auto value = static_cast<double>(bytes) / 1'024;
  for (; value >= 1'024 && unit + 1 < kUnits.size(); ++unit) value /= 1'024;
  const auto tenths = static_cast<std::uint64_t>(value * 10);
  std::string out = std::to_string(tenths / 10);
  if (tenths < 100) out += '.' + std::to_string(tenths % 10);
  return out + ' ' + kUnits[unit];
}

std::string label(const MemberView& member) {
  return member.alias.empty() ? to_text(member.public_key).substr(0, kShortKey) : printable(member.alias);
}

std::string label(const GuestView& guest) { return printable(guest.name); }

std::string label(const MeshView& mesh) { return mesh.name.empty() ? to_text(mesh.id) : printable(mesh.name); }

}  // namespace smeg::control
