#include "commands.h"

#include <istream>
#include <ostream>

#include "base/version.h"
#include "watch.h"

namespace smeg::ctl {
namespace {

// Sends a command that has nothing to say but that it is done.
Outcome<> carry_out(const Invocation& with, const control::Command& command, const std::string& said) {
  const auto done = with.ask<control::Done>(command);
  if (!done) return tl::unexpected(done.error());
  with.print(said + '\n', control::reply_json(*done));
  return {};
}

// What is shown of the whole Snapshot, for people and for programs.
using WriteAll = std::function<std::string(const control::Snapshot&)>;
Outcome<> show_all(const Invocation& with, const WriteAll& text, const WriteAll& json_text) {
  return show(with, [&](const Invocation&, const control::Snapshot& all) -> Outcome<std::string> {
    return with.either([&] { return text(all); }, [&] { return json_text(all); });
  });
}

std::string mesh_option(const Invocation& with) { return with.mesh.text.empty() ? "" : " -m " + with.mesh.text; }

// A line without the blanks around it.
std::string trimmed(const std::string& line) {
  const auto begin = line.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return {};
  return line.substr(begin, line.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string called(const control::MeshEntered& mesh) {
  return mesh.name.empty() ? control::to_text(mesh.id) : mesh.name;
}

}  // namespace

Outcome<> mesh_create(const Invocation& with, const control::MeshCreate& command) {
  const auto mesh = with.ask<control::MeshEntered>(command);
  if (!mesh) return tl::unexpected(mesh.error());
  with.note("The mesh " + called(*mesh) + " is made. This host's address in it is " + mesh->address.to_string() +
            ".\nLet others in with `smegctl invite create -m " + called(*mesh) + "`. The mesh's id:");
  with.print(control::to_text(mesh->id) + '\n', control::reply_json(*mesh));
  return {};
}

Outcome<> mesh_join(const Invocation& with, control::MeshJoin command) {
  if (command.token.expose() == "-") {
    std::string line;
    std::getline(with.around.in, line);
    command.token = control::SecretText(trimmed(line));
  }
  if (command.token.empty())
    return wrong_usage({Code::malformed, "there is no token", "`smegctl invite create` on a member prints one"});
  const auto mesh = with.ask<control::MeshEntered>(command);
  if (!mesh) return tl::unexpected(mesh.error());
  with.print("This host is in the mesh " + called(*mesh) + " now. Its address there is " + mesh->address.to_string() +
                 ".\nSee who else is with `smegctl status`.\n",
             control::reply_json(*mesh));
  return {};
}

Outcome<> mesh_leave(const Invocation& with) {
  return carry_out(with, control::MeshLeave{with.mesh}, "This host has left the mesh.");
}

Outcome<> mesh_list(const Invocation& with) {
  return show_all(
      with, [&](const control::Snapshot& all) { return control::mesh_list_table(all, with.look()); },
      control::mesh_list_json);
}

Outcome<> mesh_show(const Invocation& with) {
  return show_mesh(with, [&](const control::MeshView& mesh) {
    return with.either([&] { return control::mesh_table(mesh, with.around.now(), with.look()); },
                       [&] { return control::mesh_json(mesh); });
  });
}

Outcome<> invite_create(const Invocation& with, control::InviteCreate command) {
  command.mesh = with.mesh;
  const auto invite = with.ask<control::InviteCreated>(command);
  if (!invite) return tl::unexpected(invite.error());
  with.note("Good for " + std::to_string(invite->uses) + (invite->uses == 1 ? " host" : " hosts") + " until " +
            to_rfc3339(invite->expires) + ". Give it to nobody else: whoever has it can join.\nOn the other host: " +
            "`smegctl mesh join TOKEN`, where TOKEN is");
  with.print(invite->token.expose() + '\n', control::reply_json(*invite));
  return {};
}

Outcome<> invite_list(const Invocation& with) {
  return show_mesh(with, [&](const control::MeshView& mesh) {
    return with.either([&] { return control::invite_table(mesh, with.around.now(), with.look()); },
                       [&] { return control::invite_json(mesh); });
  });
}

Outcome<> invite_revoke(const Invocation& with, const std::string& id) {
  return carry_out(with, control::InviteRevoke{with.mesh, id}, "The invite is revoked. Who has joined by it stays.");
}

Outcome<> member_revoke(const Invocation& with, const std::string& member, bool ban) {
  return carry_out(with, control::MemberRevoke{with.mesh, {member}, ban},
                   ban ? "The member is removed and can never come back." : "The member is removed.");
}

Outcome<> member_requests(const Invocation& with) {
  return show_mesh(with, [&](const control::MeshView& mesh) {
    return with.either([&] { return control::request_table(mesh, with.around.now(), with.look()); },
                       [&] { return control::request_json(mesh); });
  });
}

Outcome<> member_admit(const Invocation& with, const std::string& request, std::optional<Role> role) {
  return carry_out(with, control::MemberAdmit{with.mesh, request, role},
                   "It is let in, and a member as soon as it asks again: within a minute.");
}

Outcome<> member_refuse(const Invocation& with, const std::string& request) {
  return carry_out(with, control::MemberRefuse{with.mesh, request}, "It is refused, and told so when it asks again.");
}

Outcome<> up(const Invocation& with, bool on) {
  return carry_out(
      with, control::DaemonUp{on},
      on ? "This host takes part in its meshes." : "All meshes are off. `smegctl up` turns them on again.");
}

Outcome<> reload(const Invocation& with) {
  const auto done = with.ask<control::Reloaded>(control::DaemonReload{});
  if (!done) return tl::unexpected(done.error());
  std::string text = done->applied.empty() ? "Nothing of it is others than before.\n" : "Applied:\n";
  for (const std::string& key : done->applied) text += "  " + key + '\n';
  if (!done->waiting.empty()) text += "These wait for the next start of smegd:\n";
  for (const std::string& key : done->waiting) text += "  " + key + '\n';
  if (!done->ignored.empty()) text += "These have no effect, now or after a restart:\n";
  for (const std::string& key : done->ignored) text += "  " + key + '\n';
  with.print(text, control::reply_json(*done));
  return {};
}

Outcome<> log_level(const Invocation& with, const std::optional<control::LogLevel>& level) {
  if (level)
    return carry_out(with, control::DaemonLogLevel{*level},
                     "smegd logs from " + std::string(control::name(*level)) + " on, until its next start or reload.");
  const auto snapshot = with.snapshot();
  if (!snapshot) return tl::unexpected(snapshot.error());
  const std::string text(control::name(snapshot->daemon.log_level));
  with.print(text + '\n', control::log_level_json(snapshot->daemon.log_level));
  return {};
}

Outcome<> key_rotate(const Invocation& with, bool force) {
  const auto key = with.ask<control::KeyRotated>(control::KeyRotate{with.mesh, force});
  if (!key) return tl::unexpected(key.error());
  with.note("This host's new WireGuard key, which the members learn now (`smegctl status" + mesh_option(with) + "`):");
  with.print(control::to_text(key->key) + '\n', control::reply_json(*key));
  return {};
}

Outcome<> alias_set(const Invocation& with, const std::string& alias) {
  return carry_out(with, control::AliasSet{with.mesh, alias},
                   alias.empty() ? "This host has no alias any more." : "This host claims the alias " + alias + ".");
}

Outcome<> description_set(const Invocation& with, const std::string& text) {
  return carry_out(with, control::SelfChange{.mesh = with.mesh, .alias = {}, .description = text},
                   text.empty() ? "This host has no description of its own any more."
                                : "Members see that description of this host.");
}

Outcome<> service_list(const Invocation& with, const std::string& member) {
  return show(with, [&](const Invocation&, const control::Snapshot& all) -> Outcome<std::string> {
    const auto mesh = control::find_mesh(all, with.mesh);
    if (!mesh) return refused(mesh.error());
    const auto only =
        member.empty() ? Result<const control::MemberView*>(nullptr) : control::find_member(**mesh, {member});
    if (!only) return refused(only.error());
    return with.either([&] { return control::service_table(**mesh, *only, with.look()); },
                       [&] { return control::service_json(**mesh, *only); });
  });
}

Outcome<> service_set(const Invocation& with, const Service& service) {
  return carry_out(with, control::ServiceSet{with.mesh, service},
                   "Members see the service " + service.name + " at port " + std::to_string(service.port) + '/' +
                       std::string(name(service.protocol)) + " of this host.");
}

Outcome<> service_remove(const Invocation& with, const std::string& name, std::optional<ServiceProtocol> protocol) {
  return carry_out(with, control::ServiceRemove{with.mesh, name, protocol},
                   "This host announces the service " + name + " no more.");
}

Outcome<> route_list(const Invocation& with) {
  return show_all(
      with, [&](const control::Snapshot& all) { return control::route_table(all, with.look()); }, control::route_json);
}

Outcome<> route_explain(const Invocation& with, const std::string& destination) {
  return show(with, [&](const Invocation&, const control::Snapshot& all) -> Outcome<std::string> {
    const auto address = control::find_destination(all, destination);
    if (!address) return refused(address.error());
    return with.either([&] { return control::route_explanation(all, *address, with.look()); },
                       [&] { return control::route_explanation_json(all, *address); });
  });
}

Outcome<> plan(const Invocation& with, const std::string& without) {
  const auto snapshot = with.snapshot();
  if (!snapshot) return tl::unexpected(snapshot.error());
  const auto mesh = control::find_mesh(*snapshot, with.mesh);
  if (!mesh) return refused(mesh.error());
  const auto member = control::find_member(**mesh, {without});
  if (!member) return refused(member.error());
  with.print_either([&] { return control::plan_table(*snapshot, **mesh, **member); },
                    [&] { return control::plan_json(*snapshot, **mesh, **member); });
  return {};
}

Outcome<> exit_list(const Invocation& with) {
  return show_all(
      with, [&](const control::Snapshot& all) { return control::exit_table(all, with.look()); }, control::exit_json);
}

Outcome<> exit_drain(const Invocation& with, bool on) {
  return carry_out(
      with, control::ExitDrain{on},
      on ? "This host is drained: others take other exits where there are any. It still passes on what comes."
         : "This host is an exit like the others again.");
}

Outcome<> bridge_list(const Invocation& with) {
  return show_all(
      with, [&](const control::Snapshot& all) { return control::bridge_table(all, with.look()); },
      control::bridge_json);
}

Outcome<> status(const Invocation& with) {
  return show(with, [&](const Invocation&, const control::Snapshot& all) -> Outcome<std::string> {
    control::Snapshot one;
    if (!with.mesh.text.empty()) {
      const auto mesh = control::find_mesh(all, with.mesh);
      if (!mesh) return refused(mesh.error());
      one = all;
      one.meshes = {**mesh};
    }
    const control::Snapshot& shown = with.mesh.text.empty() ? all : one;
    return with.either([&] { return control::status_table(shown, with.around.now(), with.look()); },
                       [&] { return control::status_json(shown); });
  });
}

Outcome<> version(const Invocation& with) {
  const auto snapshot = with.snapshot();
  const std::string daemon = snapshot ? snapshot->daemon.version : "";
  const std::string mine(kVersion);
  with.print("smegctl " + mine + "\nsmegd " + (daemon.empty() ? "does not run here" : daemon) + '\n',
             control::version_json(mine, daemon));
  return {};
}

}  // namespace smeg::ctl
