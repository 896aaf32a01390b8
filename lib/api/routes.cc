// What lies between meshes, and behind members.
#include "api/handlers.h"

namespace smeg::api {

using control::Json;
using control::JsonObject;

Result<Json> list_routes(const Call& call) {
  const auto& routes = call.snapshot.routes;
  std::vector<Entry> entries;
  entries.reserve(routes.size());
  for (const control::RouteView& route : routes) entries.push_back({route.prefix.to_string(), entries.size()});
  return page_of(call, std::move(entries), [&](std::size_t i) { return control::route_to_json(routes[i]); });
}

Result<Json> list_exits(const Call& call) {
  return Json(
      JsonObject{{"draining", call.snapshot.daemon.draining}, {"items", control::exits_to_json(call.snapshot)}});
}

Result<Json> list_bridges(const Call& call) {
  return Json(JsonObject{{"items", control::bridges_to_json(call.snapshot)}});
}

Result<Json> get_drain(const Call& call) { return Json(JsonObject{{"on", call.snapshot.daemon.draining}}); }

Result<Work> set_drain(const Call& call) {
  auto command = command_of(call, "exit.drain");
  if (!command) return fail(command.error());
  return Work{*std::move(command), [](const control::Reply&, const control::Snapshot& now) -> Result<Answer> {
                return Answer{Json(JsonObject{{"on", now.daemon.draining}}), {}};
              }};
}

}  // namespace smeg::api
