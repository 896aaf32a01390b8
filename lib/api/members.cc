// Members, guests and invites of a mesh.
#include <algorithm>
#include <array>

#include "api/handlers.h"
#include "api/resources.h"

namespace smeg::api {
namespace {

using control::Json;
using control::JsonObject;
using control::MemberState;

tl::unexpected<Error> no_such(std::string_view what, const std::string& wanted) {
  return fail(Code::not_found,
              "the mesh has no " + std::string(what) + " '" + wanted.substr(0, limits::kAliasBytes) + "'");
}

Result<Answer> nothing(const control::Reply&, const control::Snapshot&) { return Answer{}; }

// The state that members are asked for by: nothing where any is meant that counts as a member.
Result<std::optional<MemberState>> wanted_state(const Call& call) {
  const auto found = call.query.find("state");
  if (found == call.query.end()) return std::nullopt;
  for (const auto state : std::array{MemberState::alive, MemberState::suspect, MemberState::offline, MemberState::down,
                                     MemberState::revoked})
    if (control::name(state) == found->second) return state;
  return fail(Code::malformed, "state: there is no such state", "it is alive, suspect, offline, down or revoked");
}

Result<Json> guest_answer(const control::GuestConfig& guest, const std::optional<crypto::WgPrivateKey>& key) {
  JsonObject out = control::guest_config_to_json(guest);
  if (key) out.push_back({"privateKey", crypto::to_base64(key->expose())});
  out.push_back({"config", control::guest_config(guest, key).expose()});
  return Json(std::move(out));
}

Result<const control::InviteView*> invite_of(const Call& call) {
  const auto& invites = call.mesh->invites;
  const auto found =
      std::ranges::find_if(invites, [&](const auto& each) { return control::to_text(each.id) == call.item; });
  if (found == invites.end()) return no_such("invite", call.item);
  return &*found;
}

// By its whole key or fingerprint.
Result<const control::RequestView*> request_of(const Call& call) {
  const auto& requests = call.mesh->requests;
  const auto found = std::ranges::find_if(requests, [&](const auto& each) {
    return control::to_text(each.public_key) == call.item || control::fingerprint(each.public_key) == call.item;
  });
  if (found == requests.end()) return no_such("request", call.item);
  return &*found;
}

}  // namespace

Result<const control::MemberView*> member_named(const control::MeshView& mesh, const std::string& text) {
  const auto address = addr::IpAddress::parse(text);
  const control::MemberView* found = nullptr;
  for (const control::MemberView& member : mesh.members) {
    const bool named = (!member.alias.empty() && member.alias == text) || (address && member.address == *address);
    if (control::to_text(member.public_key) == text) return &member;
    if (named && (!found || found->state == MemberState::revoked)) found = &member;
  }
  if (!found) return no_such("member", text);
  return found;
}

Result<Json> list_members(const Call& call) {
  const auto state = wanted_state(call);
  if (!state) return fail(state.error());
  const auto& members = call.mesh->members;
  std::vector<Entry> entries;
  entries.reserve(members.size());
  for (std::size_t i = 0; i < members.size(); ++i) {
    const bool wanted = *state ? members[i].state == **state : members[i].state != MemberState::revoked;
    if (wanted) entries.push_back({control::to_text(members[i].public_key), i});
  }
  return page_of(call, std::move(entries), [&](std::size_t i) { return control::member_to_json(members[i]); });
}

Result<Json> get_member(const Call& call) {
  const auto member = member_named(*call.mesh, call.item);
  if (!member) return fail(member.error());
  return Json(control::member_to_json(**member));
}

Result<Work> revoke_member(const Call& call) {
  const auto member = member_named(*call.mesh, call.item);
  if (!member) return fail(member.error());
  const auto ban = call.query.find("ban");
  const bool banned = ban != call.query.end() && ban->second == "true";
  if (ban != call.query.end() && !banned && ban->second != "false")
    return fail(Code::malformed, "ban: must be true or false");
  return Work{
      control::MemberRevoke{{control::to_text(call.mesh->id)}, {control::to_text((*member)->public_key)}, banned},
      nothing};
}

Result<Json> list_requests(const Call& call) {
  const auto& requests = call.mesh->requests;
  std::vector<Entry> entries;
  entries.reserve(requests.size());
  for (const control::RequestView& request : requests)
    entries.push_back({control::to_text(request.public_key), entries.size()});
  return page_of(call, std::move(entries), [&](std::size_t i) { return control::request_to_json(requests[i]); });
}

Result<Json> get_request(const Call& call) {
  const auto request = request_of(call);
  if (!request) return fail(request.error());
  return Json(control::request_to_json(**request));
}

Result<Work> admit_request(const Call& call) {
  const auto request = request_of(call);
  if (!request) return fail(request.error());
  Call named = call;
  if (auto good = add_from_path(named.body, "request", control::to_text((*request)->public_key)); !good)
    return fail(good.error());
  auto command = command_of(named, "member.admit");
  if (!command) return fail(command.error());
  return Work{*std::move(command), nothing};
}

Result<Work> refuse_request(const Call& call) {
  const auto request = request_of(call);
  if (!request) return fail(request.error());
  return Work{control::MemberRefuse{{control::to_text(call.mesh->id)}, control::to_text((*request)->public_key)},
              nothing};
}

Result<Json> list_guests(const Call& call) {
  const auto& guests = call.mesh->guests;
  std::vector<Entry> entries;
  entries.reserve(guests.size());
  // Two sponsors may announce one address: the sponsor tells them apart.
  for (const control::GuestView& guest : guests)
    entries.push_back({guest.address.to_string() + '@' + control::to_text(guest.sponsor), entries.size()});
  return page_of(call, std::move(entries), [&](std::size_t i) { return control::guest_to_json(guests[i]); });
}

Result<Json> get_guest(const Call& call) {
  const auto guest = control::find_guest(*call.mesh, call.item);
  if (!guest) return fail(guest.error());
  return Json(control::guest_to_json(**guest));
}

Result<Work> add_guest(const Call& call) {
  Call with_key = call;
  std::optional<crypto::WgPrivateKey> key;
  // Made here and shown once: the daemon never has the private one.
  if (std::ranges::find(call.body, "wgPublicKey", &control::JsonField::name) == call.body.end()) {
    key = crypto::generate_wg_key(call.secrets);
    with_key.body.push_back({"wgPublicKey", control::to_text(crypto::wg_public_key(*key))});
  }
  auto command = command_of(with_key, "guest.add");
  if (!command) return fail(command.error());
  return Work{
      *std::move(command),
      [key, mesh = mesh_path(*call.mesh)](const control::Reply& reply, const control::Snapshot&) -> Result<Answer> {
        const auto* guest = std::get_if<control::GuestConfig>(&reply);
        if (!guest) return fail(Code::io, "the daemon answered with something else");
        const auto body = guest_answer(*guest, key);
        return Answer{*body, mesh + "/guests/" + escape(guest->address.to_string())};
      }};
}

Result<Work> remove_guest(const Call& call) {
  const auto guest = control::find_guest(*call.mesh, call.item);
  if (!guest) return fail(guest.error());
  if ((*guest)->sponsor != call.mesh->self)
    return fail(Code::forbidden, "the guest is another member's", "ask the member that sponsors it");
  return Work{control::GuestRemove{{control::to_text(call.mesh->id)}, (*guest)->name}, nothing};
}

Result<Json> list_invites(const Call& call) {
  const auto& invites = call.mesh->invites;
  std::vector<Entry> entries;
  entries.reserve(invites.size());
  for (const control::InviteView& invite : invites) entries.push_back({control::to_text(invite.id), entries.size()});
  return page_of(call, std::move(entries), [&](std::size_t i) { return control::invite_to_json(invites[i]); });
}

Result<Json> get_invite(const Call& call) {
  const auto invite = invite_of(call);
  if (!invite) return fail(invite.error());
  return Json(control::invite_to_json(**invite));
}

Result<Work> create_invite(const Call& call) {
  auto command = command_of(call, "invite.create");
  if (!command) return fail(command.error());
  const auto* invite = std::get_if<control::InviteCreate>(&*command);
  if (invite && invite->admin && call.scope != Scope::admin)
    return fail(Code::forbidden, "an invite whose joiner may invite others takes a token of scope admin");
  if (invite && !invite->grants.empty() && call.scope != Scope::admin)
    return fail(Code::forbidden, "an invite that grants networks takes a token of scope admin");
  return Work{*std::move(command),
              [mesh = mesh_path(*call.mesh)](const control::Reply& reply, const control::Snapshot&) -> Result<Answer> {
                const auto* made = std::get_if<control::InviteCreated>(&reply);
                if (!made) return fail(Code::io, "the daemon answered with something else");
                return Answer{control::reply_to_json(reply), mesh + "/invites/" + control::to_text(made->id)};
              }};
}

Result<Work> revoke_invite(const Call& call) {
  const auto invite = invite_of(call);
  if (!invite) return fail(invite.error());
  return Work{control::InviteRevoke{{control::to_text(call.mesh->id)}, control::to_text((*invite)->id)}, nothing};
}

}  // namespace smeg::api
