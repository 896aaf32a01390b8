#include <algorithm>
#include <array>
#include <utility>

#include "api/operation.h"
#include "api/problem.h"

namespace smeg::api {
namespace {

using control::Json;
using control::JsonArray;
using control::JsonObject;

constexpr std::string_view kAbout =
    "Steers the smegd of one host: what `smegctl` can do at the control socket, by HTTP. Times are in UTC. A `{mesh}` "
    "is a "
    "mesh's whole id or its name here; a `{member}` is an identity key, an alias or an address; a `{guest}` is a name "
    "or "
    "an address. GET answers carry an ETag and heed If-None-Match; changes heed If-Match. OPTIONS and HEAD work "
    "everywhere.";

constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kTags = {{
    {"health", "How smeg-api and the daemon are."},
    {"events", "What changes, as it happens."},
    {"routes", "Ways to other meshes, and to networks behind members."},
    {"meshes", "The meshes that this host is in."},
    {"self", "This host in a mesh."},
    {"services", "What members offer at their addresses."},
    {"members", "Hosts in a mesh."},
    {"guests", "Peers that speak WireGuard alone."},
    {"invites", "The right to join."},
}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kPathParameters = {{
    {"mesh", "A mesh, by its whole id or its name here."},
    {"member", "A member, by identity key, alias or address."},
    {"guest", "A guest, by name or address."},
    {"invite", "An invite, by its whole id."},
    {"request", "A host that asks, by its identity key or its fingerprint."},
    {"service", "A service of this host, by its name: `http`."},
}};

Json schema_ref(std::string_view name) { return JsonObject{{"$ref", "#/components/schemas/" + std::string(name)}}; }

std::string_view media_type_of(const Operation& operation) {
  if (operation.answer == "Line") return "text/plain";
  if (operation.answer == "Metrics") return "text/plain";
  if (operation.answer == "EventStream") return "text/event-stream";
  return "application/json";
}

JsonObject content(std::string_view type, Json schema) {
  return {{std::string(type), JsonObject{{"schema", std::move(schema)}}}};
}

JsonObject header(std::string_view about) {
  return {{"description", about}, {"schema", JsonObject{{"type", "string"}}}};
}

Json success(const Operation& operation) {
  JsonObject out{{"description", operation.status == 204 ? "Done." : operation.summary}};
  JsonObject headers;
  if (std::holds_alternative<Read>(operation.handler))
    headers.push_back({"ETag", header("For If-None-Match and If-Match.")});
  if (operation.status == 201 || operation.status == 202) headers.push_back({"Location", header("Of what was made.")});
  if (!headers.empty()) out.push_back({"headers", std::move(headers)});
  if (!operation.answer.empty())
    out.push_back({"content", content(media_type_of(operation), schema_ref(operation.answer))});
  return out;
}

// What can go wrong with an operation, by what it is.
std::vector<unsigned> failures(const Operation& operation) {
  std::vector<unsigned> out{400, 403, 406, 421, 431};
  if (operation.scope) out.insert(out.end(), {401, 503});
  if (operation.path.find('{') != std::string_view::npos) out.insert(out.end(), {404, 409});
  if (operation.is_change()) out.insert(out.end(), {408, 409, 412, 413, 422, 429, 500});
  if (!operation.takes.empty()) out.push_back(415);
  if (operation.id == "followEvents") out.push_back(429);
  if (operation.id == "getReadiness") out.push_back(503);
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

JsonObject responses(const Operation& operation) {
  JsonObject out{{std::to_string(operation.status), success(operation)}};
  if (std::holds_alternative<Read>(operation.handler))
    out.push_back({"304", JsonObject{{"description", "It is as it was: If-None-Match names its ETag."}}});
  for (const unsigned status : failures(operation))
    out.push_back({std::to_string(status), JsonObject{{"$ref", "#/components/responses/" + std::to_string(status)}}});
  return out;
}

JsonArray parameters(const Operation& operation) {
  JsonArray out;
  for (const auto& [name, about] : kPathParameters)
    if (operation.path.find('{' + std::string(name) + '}') != std::string_view::npos)
      out.push_back(JsonObject{{"$ref", "#/components/parameters/" + std::string(name)}});
  for (const Parameter& each : operation.query)
    out.push_back(JsonObject{{"name", each.name},
                             {"in", "query"},
                             {"description", each.about},
                             {"schema", Json::parse(each.schema).value_or(Json())}});
  if (operation.id == "followEvents")
    out.push_back(JsonObject{{"name", "Last-Event-ID"},
                             {"in", "header"},
                             {"description", "The event that was seen last: what came since is told first."},
                             {"schema", JsonObject{{"type", "string"}}}});
  return out;
}

JsonObject describe(const Operation& operation) {
  JsonObject out{
      {"operationId", operation.id}, {"tags", JsonArray{Json(operation.tag)}}, {"summary", operation.summary}};
  if (operation.scope)
    out.push_back({"description", "Takes a token of scope " + std::string(name(*operation.scope)) + "."});
  if (operation.deprecated) out.push_back({"deprecated", true});
  if (operation.scope) {
    out.push_back({"security", JsonArray{JsonObject{{"token", JsonArray()}}}});
  } else {
    out.push_back({"security", JsonArray()});
  }
  if (JsonArray all = parameters(operation); !all.empty()) out.push_back({"parameters", std::move(all)});
  if (!operation.takes.empty()) {
    JsonObject types = content("application/json", schema_ref(operation.takes));
    if (operation.method == "PATCH")
      types.push_back({"application/merge-patch+json", JsonObject{{"schema", schema_ref(operation.takes)}}});
    out.push_back({"requestBody", JsonObject{{"required", operation.must_have_body}, {"content", std::move(types)}}});
  }
  out.push_back({"responses", responses(operation)});
  return out;
}

std::string lower(std::string_view method) {
  std::string out(method);
  for (char& c : out) c = static_cast<char>(c - 'A' + 'a');
  return out;
}

JsonObject paths() {
  JsonObject out;
  for (const Operation& operation : operations()) {
    auto found = std::ranges::find(out, operation.path, &control::JsonField::name);
    if (found == out.end()) found = out.insert(out.end(), {std::string(operation.path), JsonObject()});
    std::get<JsonObject>(found->value.value).push_back({lower(operation.method), describe(operation)});
  }
  return out;
}

JsonObject components() {
  JsonObject parameters;
  for (const auto& [name, about] : kPathParameters)
    parameters.push_back({std::string(name), JsonObject{{"name", name},
                                                        {"in", "path"},
                                                        {"required", true},
                                                        {"description", about},
                                                        {"schema", JsonObject{{"type", "string"}}}}});
  JsonObject problems;
  for (const unsigned status : {400, 401, 403, 404, 406, 408, 409, 412, 413, 415, 421, 422, 429, 431, 500, 503})
    problems.push_back({std::to_string(status), JsonObject{{"description", reason(status)},
                                                           {"content", content(kProblemType, schema_ref("Problem"))}}});
  const JsonObject token{{"type", "http"},
                         {"scheme", "bearer"},
                         {"description", "What `smegctl token create --scope read|operate|admin --name NAME` prints."}};
  return {{"securitySchemes", JsonObject{{"token", token}}},
          {"parameters", std::move(parameters)},
          {"responses", std::move(problems)},
          {"schemas", schemas()}};
}

}  // namespace

std::string openapi_document() {
  JsonArray tags;
  for (const auto& [name, about] : kTags) tags.push_back(JsonObject{{"name", name}, {"description", about}});
  const JsonObject info{{"title", "smegmesh"},
                        {"version", kVersion},
                        {"description", kAbout},
                        {"license", JsonObject{{"name", "MIT"}, {"identifier", "MIT"}}}};
  return Json(JsonObject{{"openapi", "3.1.0"},
                         {"info", info},
                         {"servers", JsonArray{JsonObject{{"url", "/"}, {"description", "The host itself."}}}},
                         {"security", JsonArray{JsonObject{{"token", JsonArray()}}}},
                         {"tags", std::move(tags)},
                         {"paths", paths()},
                         {"components", components()}})
             .dump(true) +
         '\n';
}

}  // namespace smeg::api
