// An Api with a sample Snapshot and a token of each scope, and requests to it.
#pragma once

#include <doctest/doctest.h>

#include <initializer_list>

#include "api/api.h"
#include "control/json.h"
#include "unit/control/sample.h"

namespace smeg::api {

class CountingSource final : public KeySource {
 public:
  void fill(MutableByteView out) override {
    for (std::uint8_t& byte : out) byte = ++last_;
  }

 private:
  std::uint8_t last_ = 0;
};

inline Tokens sample_tokens() {
  Tokens tokens;
  for (const Scope scope : {Scope::read, Scope::operate, Scope::admin})
    CHECK(tokens.add({std::string(name(scope)), scope, control::sample_time(0), hash_of_token(name(scope))}));
  return tokens;
}

// Tokens are called and read as their scopes: "read", "operate", "admin".
struct World {
  World() : api({{"smeg.example"}, {"https://dashboard.example"}}, secrets, "run") {
    api.set_tokens(sample_tokens());
    api.set_connected(true);
    publish(snapshot());
  }

  // The sample, with a service of this host.
  static control::Snapshot snapshot() {
    auto out = control::sample_snapshot();
    out.meshes[0].members.change(0, [](auto& self) {
      self.services = {{"http", ServiceProtocol::tcp, 80, {"path=/"}}};
    });
    return out;
  }

  void publish(control::Snapshot snapshot, bool first = false) {
    api.publish(std::make_shared<const control::Snapshot>(std::move(snapshot)), first);
  }
  static Request request(std::string method, std::string target, std::string token, std::string body = {},
                         std::vector<Header> more = {}) {
    Request out{std::move(method), std::move(target), {{"Host", "localhost:21911"}}, std::move(body)};
    if (!token.empty()) out.headers.push_back({"Authorization", "Bearer " + token});
    if (!out.body.empty()) {
      out.headers.push_back({"Content-Type", "application/json"});
      out.headers.push_back({"Content-Length", std::to_string(out.body.size())});
    }
    for (Header& header : more) out.headers.push_back(std::move(header));
    return out;
  }
  Response respond(const Request& request) {
    Next next = api.handle(request, now);
    REQUIRE(std::holds_alternative<Response>(next));
    return std::get<Response>(std::move(next));
  }
  Response get(std::string target, std::vector<Header> more = {}) {
    return respond(request("GET", std::move(target), "read", "", std::move(more)));
  }
  // A change that is let through to the daemon.
  Pending ask(const Request& request) {
    Next next = api.handle(request, now);
    const auto* refused = std::get_if<Response>(&next);
    INFO((refused ? refused->body : ""));
    REQUIRE(std::holds_alternative<Pending>(next));
    return std::get<Pending>(std::move(next));
  }

  CountingSource secrets;
  Api api;
  Instant now{std::chrono::hours(1)};
};

inline std::string office() { return "/api/v1/meshes/" + control::to_text(control::sample_mesh_id(1)); }

inline control::Json json_of(const Response& response) {
  const auto json = control::Json::parse(response.body);
  REQUIRE(json);
  return *json;
}

// A field of an object, or of objects in it: "counts.alive".
inline control::Json field(const control::Json& json, std::string_view path) {
  const auto dot = path.find('.');
  const auto* object = json.as<control::JsonObject>();
  REQUIRE(object);
  for (const control::JsonField& each : *object)
    if (each.name == path.substr(0, dot))
      return dot == std::string_view::npos ? each.value : field(each.value, path.substr(dot + 1));
  FAIL("no field " << path);
  return {};
}
inline std::string text(const control::Json& json, std::string_view path) {
  const control::Json found = field(json, path);
  REQUIRE(found.as<std::string>());
  return *found.as<std::string>();
}

}  // namespace smeg::api
