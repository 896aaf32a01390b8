// The daemon, the meshes, and this host in each of them.
#include "api/handlers.h"
#include "api/resources.h"

namespace smeg::api {
namespace {

using control::Json;
using control::JsonObject;

tl::unexpected<Error> odd_reply() {
  return fail(Code::io, "the daemon answered with something else", "use the smeg-api of its version");
}

// The answer to a command that there is nothing to say about.
Result<Answer> nothing(const control::Reply&, const control::Snapshot&) { return Answer{}; }

Result<Answer> entered(const control::Reply& reply, const control::Snapshot&) {
  const auto* mesh = std::get_if<control::MeshEntered>(&reply);
  if (!mesh) return odd_reply();
  return Answer{control::reply_to_json(reply), mesh_path(mesh->id)};
}

Result<Work> enter(const Call& call, std::string_view method) {
  auto command = command_of(call, method);
  if (!command) return fail(command.error());
  return Work{*std::move(command), entered};
}

Json alias_json(const control::MeshView& mesh) {
  const control::MemberView* self = self_of(mesh);
  return JsonObject{{"alias", self ? control::text_or_null(self->alias) : Json()}};
}

// Sets what the body holds, where null takes a field away, and answers with the mesh, or with its alias alone, as it is
// then.
Result<Work> change_self(const Call& call, std::string_view method, Json (*show)(const control::MeshView&)) {
  if (call.body.empty())
    return fail(Code::malformed, "there is nothing to change", "write {\"alias\": \"NAME\"}; null gives it up");
  Call plain = call;
  for (control::JsonField& field : plain.body)
    if (field.value.is_null()) field.value = "";
  auto command = command_of(plain, method);
  if (!command) return fail(command.error());
  return Work{*std::move(command),
              [id = call.mesh->id, show](const control::Reply&, const control::Snapshot& now) -> Result<Answer> {
                const auto mesh = control::find_mesh(now, {control::to_text(id)});
                if (!mesh) return fail(mesh.error());
                return Answer{show(**mesh), {}};
              }};
}

}  // namespace

Result<Json> get_status(const Call& call) {
  JsonObject daemon = control::daemon_to_json(call.snapshot.daemon);
  daemon.push_back({"connected", call.connected});
  control::JsonArray meshes;
  meshes.reserve(call.snapshot.meshes.size());
  for (const control::MeshView& mesh : call.snapshot.meshes) {
    const control::MemberView* self = self_of(mesh);
    meshes.push_back(JsonObject{
        {"id", control::to_text(mesh.id)},
        {"name", control::text_or_null(mesh.name)},
        {"state", control::name(mesh.state)},
        {"address", self ? Json(self->address.to_string()) : Json()},
        {"members", mesh.members.size() - count_in(mesh, control::MemberState::revoked)},
        {"alive", count_in(mesh, control::MemberState::alive)},
    });
  }
  return Json(JsonObject{{"api", JsonObject{{"version", kVersion}}},
                         {"daemon", std::move(daemon)},
                         {"generated", control::time_to_text(call.snapshot.generated)},
                         {"meshes", std::move(meshes)}});
}

Result<Json> list_meshes(const Call& call) {
  std::vector<Entry> entries;
  entries.reserve(call.snapshot.meshes.size());
  for (const control::MeshView& mesh : call.snapshot.meshes)
    entries.push_back({control::to_text(mesh.id), entries.size()});
  return page_of(call, std::move(entries), [&](std::size_t i) { return mesh_to_resource(call.snapshot.meshes[i]); });
}

Result<Json> get_mesh(const Call& call) { return mesh_to_resource(*call.mesh); }

Result<Work> create_mesh(const Call& call) { return enter(call, "mesh.create"); }
Result<Work> join_mesh(const Call& call) { return enter(call, "mesh.join"); }

Result<Work> ask_mesh(const Call& call) {
  auto command = command_of(call, "mesh.ask");
  if (!command) return fail(command.error());
  return Work{*std::move(command), [](const control::Reply& reply, const control::Snapshot&) -> Result<Answer> {
                const auto* mesh = std::get_if<control::MeshAsked>(&reply);
                if (!mesh) return odd_reply();
                return Answer{control::reply_to_json(reply), mesh_path(mesh->id)};
              }};
}

Result<Json> get_daemon(const Call& call) { return Json(control::daemon_to_json(call.snapshot.daemon)); }

// One thing at a time: a command is carried out as a whole or not at all.
Result<Work> change_daemon(const Call& call) {
  if (call.body.size() != 1)
    return fail(Code::malformed, "there is one thing to change at a time",
                R"(write {"down": true} or {"logLevel": "debug"})");
  Call changed = call;
  control::JsonField& field = changed.body.front();
  const bool down = field.name == "down";
  if (!down && field.name != "logLevel")
    return fail(Code::malformed, "'" + field.name.substr(0, limits::kAliasBytes) + "' can't be changed here",
                "known are down, logLevel");
  if (const bool* value = field.value.as<bool>(); down) {
    if (!value) return fail(Code::malformed, "down: must be true or false");
    field = {"on", !*value};
  } else {
    field.name = "level";
  }
  auto command = command_of(changed, down ? "daemon.up" : "daemon.logLevel");
  if (!command) return fail(command.error());
  return Work{*std::move(command), [](const control::Reply&, const control::Snapshot& now) -> Result<Answer> {
                return Answer{Json(control::daemon_to_json(now.daemon)), {}};
              }};
}

namespace {

Result<Answer> as_it_is(const control::Reply& reply, const control::Snapshot&) {
  return Answer{control::reply_to_json(reply), {}};
}

}  // namespace

Result<Work> get_config(const Call&) { return Work{control::DaemonConfig{}, as_it_is}; }
Result<Work> get_config_diff(const Call&) { return Work{control::DaemonConfigDiff{}, as_it_is}; }
Result<Work> reload_daemon(const Call&) { return Work{control::DaemonReload{}, as_it_is}; }

Result<Work> change_mesh(const Call& call) { return change_self(call, "self.change", mesh_to_resource); }

Result<Work> leave_mesh(const Call& call) {
  return Work{control::MeshLeave{{control::to_text(call.mesh->id)}}, nothing};
}

Result<Json> get_alias(const Call& call) { return alias_json(*call.mesh); }
Result<Work> set_alias(const Call& call) { return change_self(call, "alias.set", alias_json); }
Result<Work> remove_alias(const Call& call) {
  return Work{control::AliasSet{{control::to_text(call.mesh->id)}, ""}, nothing};
}

Result<Json> get_key(const Call& call) {
  const control::MemberView* self = self_of(*call.mesh);
  const bool known = self && self->wg_public_key;
  return Json(JsonObject{{"wgPublicKey", known ? Json(control::to_text(*self->wg_public_key)) : Json()}});
}

Result<Work> rotate_key(const Call& call) {
  auto command = command_of(call, "key.rotate");
  if (!command) return fail(command.error());
  return Work{*std::move(command), [](const control::Reply& reply, const control::Snapshot&) -> Result<Answer> {
                return Answer{control::reply_to_json(reply), {}};
              }};
}

Result<Json> get_authority(const Call& call) {
  return Json(JsonObject{{"canAdmit", call.mesh->can_admit}, {"hasRoot", call.mesh->has_root}});
}

}  // namespace smeg::api
