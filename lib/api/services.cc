// What members offer.
#include <algorithm>

#include "api/handlers.h"
#include "api/resources.h"

namespace smeg::api {
namespace {

using control::Json;
using control::JsonObject;

struct Offer {
  const control::MemberView* member;
  const Service* service;
};

std::vector<Offer> offers_of(const control::MeshView& mesh, const control::MemberView* only) {
  std::vector<Offer> out;
  for (const control::MemberView& member : mesh.members) {
    if (member.state == control::MemberState::revoked || (only && only->public_key != member.public_key)) continue;
    for (const Service& service : member.services) out.push_back({&member, &service});
  }
  return out;
}

std::string key_of(const Offer& offer) {
  return control::to_text(offer.member->public_key) + '.' + offer.service->name + '.' +
         std::string(name(offer.service->protocol));
}

// The protocol that a request means: by its query, or by the body that would announce the service. Nothing where it
// doesn't say.
std::optional<std::string> wanted_protocol(const Call& call) {
  if (const auto asked = call.query.find("protocol"); asked != call.query.end()) return asked->second;
  if (call.body.empty()) return std::nullopt;
  const auto said = std::ranges::find(call.body, "protocol", &control::JsonField::name);
  const auto* protocol = said == call.body.end() ? nullptr : said->value.as<std::string>();
  return protocol ? *protocol : std::string(name(ServiceProtocol::tcp));
}

}  // namespace

Result<Json> list_services(const Call& call) {
  const control::MemberView* only = nullptr;
  if (const auto wanted = call.query.find("member"); wanted != call.query.end()) {
    const auto member = member_named(*call.mesh, wanted->second);
    if (!member) return fail(member.error());
    only = *member;
  }
  const std::vector<Offer> offers = offers_of(*call.mesh, only);
  std::vector<Entry> entries;
  entries.reserve(offers.size());
  for (const Offer& offer : offers) entries.push_back({key_of(offer), entries.size()});
  return page_of(call, std::move(entries), [&](std::size_t i) {
    return control::service_of_member_to_json(*offers[i].member, *offers[i].service);
  });
}

Result<Json> get_service(const Call& call) {
  const auto protocol = wanted_protocol(call);
  if (protocol && !parse_service_protocol(*protocol))
    return fail(Code::malformed, "protocol: there is no such protocol", "it is tcp or udp");
  const control::MemberView* self = control::self_of(*call.mesh);
  const Service* found = nullptr;
  for (const Offer& offer : self ? offers_of(*call.mesh, self) : std::vector<Offer>()) {
    if (offer.service->name != call.item || (protocol && name(offer.service->protocol) != *protocol)) continue;
    if (found) return fail(Code::conflict, "there are two services of that name", "say which by ?protocol=");
    found = offer.service;
  }
  if (!found)
    return fail(Code::not_found, "this host announces no such service in the mesh",
                "GET .../services lists those of all members");
  return Json(control::service_to_json(*found));
}

Result<Work> set_service(const Call& call) {
  Call named = call;
  if (auto good = add_from_path(named.body, "name", call.item); !good) return fail(good.error());
  auto command = command_of(named, "service.set");
  if (!command) return fail(command.error());
  const auto* wanted = std::get_if<control::ServiceSet>(&*command);
  if (!wanted) return fail(Code::io, "the command is another one");
  return Work{*command, [service = wanted->service](const control::Reply&, const control::Snapshot&) -> Result<Answer> {
                return Answer{Json(control::service_to_json(service)), {}};
              }};
}

Result<Work> remove_service(const Call& call) {
  Call named = call;
  named.body.push_back({"name", call.item});
  if (const auto protocol = call.query.find("protocol"); protocol != call.query.end())
    named.body.push_back({"protocol", protocol->second});
  auto command = command_of(named, "service.remove");
  if (!command) return fail(command.error());
  return Work{*std::move(command),
              [](const control::Reply&, const control::Snapshot&) -> Result<Answer> { return Answer{}; }};
}

}  // namespace smeg::api
