// The document, and every operation's answer held against it.
#include <regex>

#include "api/operation.h"
#include "unit/api/world.h"

using namespace smeg;
using namespace smeg::api;
using control::Json;
using control::JsonArray;
using control::JsonObject;

namespace {

const Json* find(const Json& object, std::string_view name) {
  const auto* fields = object.as<JsonObject>();
  if (!fields) return nullptr;
  for (const auto& each : *fields)
    if (each.name == name) return &each.value;
  return nullptr;
}

const Json& all_schemas() {
  static const Json all(schemas());
  return all;
}

bool is_integer(const Json& value) { return value.as<std::uint64_t>() || value.as<std::int64_t>(); }

bool is_type(const Json& value, const std::string& type) {
  if (type == "object") return value.as<JsonObject>();
  if (type == "array") return value.as<JsonArray>();
  if (type == "string") return value.as<std::string>();
  if (type == "integer") return is_integer(value);
  if (type == "boolean") return value.as<bool>();
  return type == "null" && value.is_null();
}

// What is wrong with a value by the keywords of JSON Schema that the schemas use; empty where nothing is.
class Validator {
 public:
  std::string check(const Json& value, const Json& schema, const std::string& at) {
    if (const Json* ref = find(schema, "$ref")) {
      const std::string name = ref->as<std::string>()->substr(std::string("#/components/schemas/").size());
      const Json* target = find(all_schemas(), name);
      return target ? check(value, *target, at) : at + ": no schema " + name;
    }
    for (const auto& keyword : *schema.as<JsonObject>())
      if (const std::string wrong = check_keyword(value, schema, keyword, at); !wrong.empty()) return wrong;
    return {};
  }

 private:
  std::string check_keyword(const Json& value, const Json& schema, const control::JsonField& keyword,
                            const std::string& at) {
    const Json& by = keyword.value;
    if (keyword.name == "type") return check_type(value, by, at);
    if (keyword.name == "enum" &&
        std::ranges::none_of(*by.as<JsonArray>(), [&](const Json& each) { return each.dump() == value.dump(); }))
      return at + ": is none of " + by.dump();
    if (keyword.name == "pattern" && value.as<std::string>() &&
        !std::regex_search(*value.as<std::string>(), std::regex(*by.as<std::string>())))
      return at + ": does not match";
    if (keyword.name == "items" && value.as<JsonArray>())
      for (const Json& each : *value.as<JsonArray>())
        if (const std::string wrong = check(each, by, at + "[]"); !wrong.empty()) return wrong;
    if (keyword.name == "required")
      for (const Json& each : *by.as<JsonArray>())
        if (!find(value, *each.as<std::string>())) return at + ": lacks " + *each.as<std::string>();
    if (keyword.name == "additionalProperties" || keyword.name == "properties")
      return check_properties(value, schema, at);
    return {};
  }
  std::string check_type(const Json& value, const Json& by, const std::string& at) {
    const JsonArray types = by.as<JsonArray>() ? *by.as<JsonArray>() : JsonArray{by};
    const bool good =
        std::ranges::any_of(types, [&](const Json& type) { return is_type(value, *type.as<std::string>()); });
    return good ? "" : at + ": is no " + by.dump();
  }
  std::string check_properties(const Json& value, const Json& schema, const std::string& at) {
    const auto* fields = value.as<JsonObject>();
    if (!fields) return {};
    const Json* more = find(schema, "additionalProperties");
    for (const auto& field : *fields) {
      const Json* known = find(schema, "properties") ? find(*find(schema, "properties"), field.name) : nullptr;
      if (!known && more && more->as<bool>() && !*more->as<bool>()) return at + ": has " + field.name;
      if (!known) continue;
      if (const std::string wrong = check(field.value, *known, at + '.' + field.name); !wrong.empty()) return wrong;
    }
    return {};
  }
};

std::string check(const Json& value, std::string_view schema) {
  return Validator().check(value, Json(JsonObject{{"$ref", "#/components/schemas/" + std::string(schema)}}),
                           std::string(schema));
}

std::string filled(std::string_view path) {
  std::string out(path);
  const std::pair<std::string, std::string> values[] = {
      {"{mesh}", "office"},
      {"{member}", "bob"},
      {"{guest}", "phone"},
      {"{service}", "http"},
      {"{request}", control::to_text(control::sample_key<crypto::IdentityKey>(8))},
      {"{invite}", control::to_text(control::sample_key<crypto::InviteKey>(9))}};
  for (const auto& [name, value] : values)
    if (const auto at = out.find(name); at != std::string::npos) out.replace(at, name.size(), value);
  return out;
}

// A body that does for an operation, and what the daemon says to it.
std::string body_for(std::string_view schema) {
  if (schema == "MeshJoin") return R"({"token":"smeg1x","vias":["192.0.2.1"]})";
  if (schema == "MeshChange" || schema == "Alias") return R"({"alias":"x"})";
  if (schema == "Drain") return R"({"on":true})";
  if (schema == "MeshAsk")
    return R"({"mesh":")" + control::to_text(control::sample_mesh_id(4)) + R"(","vias":["gate"]})";
  if (schema == "DaemonChange") return R"({"down":true})";
  if (schema == "ServiceSet") return R"({"port":80,"text":["path=/"]})";
  if (schema == "GuestAdd") return R"({"name":"x"})";
  return "{}";
}
control::Reply reply_for(std::string_view schema) {
  if (schema == "MeshEntered")
    return control::MeshEntered{control::sample_mesh_id(3), "", *addr::IpAddress::parse("fd00::3")};
  if (schema == "MeshAsked")
    return control::MeshAsked{control::sample_mesh_id(4), "", control::sample_key<crypto::IdentityKey>(8)};
  if (schema == "Reloaded") return control::Reloaded{{"logLevel"}, {"listen"}, {"branch"}};
  if (schema == "Config") return control::ConfigShown{"mtu: 1420\n"};
  if (schema == "ConfigDiff") return control::ConfigDiffered{{{"mtu", "1420", "", control::TakesEffect::on_reload}}};
  if (schema == "InviteCreated")
    return control::InviteCreated{control::SecretText("smeg1x"), control::sample_key<crypto::InviteKey>(4),
                                  control::sample_time(9), 2};
  if (schema == "GuestConfig") return control::sample_guest_config();
  if (schema == "Key") return control::KeyRotated{control::sample_key<crypto::WgPublicKey>(5)};
  return control::Done{};
}

// Every reference in the document leads somewhere.
void check_references(const Json& document, const Json& part) {
  if (const auto* array = part.as<JsonArray>())
    for (const Json& each : *array) check_references(document, each);
  const auto* object = part.as<JsonObject>();
  if (!object) return;
  for (const auto& field : *object) {
    check_references(document, field.value);
    if (field.name != "$ref") continue;
    const Json* target = &document;
    std::string_view path = std::string_view(*field.value.as<std::string>()).substr(2);
    while (target && !path.empty()) {
      const auto slash = path.find('/');
      target = find(*target, path.substr(0, slash));
      path = slash == std::string_view::npos ? "" : path.substr(slash + 1);
    }
    CHECK_MESSAGE(target, *field.value.as<std::string>());
  }
}

}  // namespace

TEST_CASE("the document is JSON, holds every operation, and its references lead somewhere") {
  const auto document = Json::parse(openapi_document());
  REQUIRE(document);
  CHECK(text(*document, "openapi") == "3.1.0");
  CHECK(schemas().size() > 30);
  check_references(*document, *document);
  std::set<std::string_view> ids;
  for (const Operation& operation : operations()) {
    CHECK_MESSAGE(ids.insert(operation.id).second, operation.id);
    const Json* path = find(*find(*document, "paths"), operation.path);
    REQUIRE(path);
    std::string method(operation.method);
    std::ranges::transform(method, method.begin(), [](char c) { return static_cast<char>(c | 0x20); });
    REQUIRE(find(*path, method));
    CHECK(text(*find(*path, method), "operationId") == operation.id);
  }
  CHECK(find(all_schemas(), "Problem"));
}

TEST_CASE("each operation answers as its schema says") {
  for (const Operation& operation : operations()) {
    CAPTURE(operation.id);
    World world;
    const auto request = World::request(std::string(operation.method), filled(operation.path), "admin",
                                        operation.takes.empty() ? "" : body_for(operation.takes));
    Next next = world.api.handle(request, world.now);
    if (const auto* pending = std::get_if<Pending>(&next))
      next = world.api.finish(*pending, reply_for(operation.answer));
    if (std::holds_alternative<Follow>(next)) continue;
    const auto& response = std::get<Response>(next);
    CHECK(response.status == operation.status);
    if (operation.secret) CHECK(*response.find("Cache-Control") == "no-store");
    if (operation.status == 201) CHECK(response.find("Location"));
    if (operation.answer.empty()) CHECK(response.body.empty());
    if (operation.answer.empty() || *response.find("Content-Type") != "application/json") continue;
    CHECK(check(json_of(response), operation.answer) == "");
  }
}

TEST_CASE("each operation refuses those whose scope is less") {
  for (const Operation& operation : operations()) {
    CAPTURE(operation.id);
    World world;
    for (const std::string& token :
         {std::string(), std::string("read"), std::string("operate"), std::string("admin")}) {
      const Scope scope = token.empty() ? Scope::read : parse_scope(token).value();
      const auto request = World::request(std::string(operation.method), filled(operation.path), token,
                                          operation.takes.empty() ? "" : body_for(operation.takes));
      const auto refused = world.api.refuse(request);
      const bool may = !operation.scope || (!token.empty() && scope >= *operation.scope);
      CHECK(may == !refused);
      if (refused) CHECK(check(json_of(*refused), "Problem") == "");
    }
    // Nobody changes anything with `read`.
    if (operation.is_change()) CHECK(*operation.scope > Scope::read);
  }
}

TEST_CASE("the validator sees what is wrong") {
  const auto good = Json::parse(R"({"alias":null})");
  CHECK(check(*good, "Alias") == "");
  for (const char* bad : {"{}", R"({"alias":1})", R"({"alias":"x","more":1})", "[]", "null"})
    CHECK(check(*Json::parse(bad), "Alias") != "");
  CHECK(check(*Json::parse(R"({"canAdmit":true,"hasRoot":"no"})"), "Authority") != "");
  CHECK(check(Json("sleeping"), "MemberState") != "");
}

TEST_CASE("paths match as a whole") {
  const auto values = [](std::string_view path, std::vector<std::string> segments) { return match(path, segments); };
  CHECK(values("/a/{x}/b", {"a", "1", "b"})->at("x") == "1");
  CHECK_FALSE(values("/a/{x}/b", {"a", "1"}));
  CHECK_FALSE(values("/a/{x}/b", {"a", "1", "b", "c"}));
  CHECK_FALSE(values("/a/{x}/b", {"a", "", "b"}));
  CHECK_FALSE(values("/a", {"A"}));
}
