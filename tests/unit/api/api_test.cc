#include "api/api.h"

#include "unit/api/world.h"

using namespace smeg;
using namespace smeg::api;
using namespace std::chrono_literals;

namespace {

const std::string kMeshes = "/api/v1/meshes";

std::string header(const Response& response, std::string_view name) {
  const std::string* value = response.find(name);
  return value ? *value : "";
}

}  // namespace

TEST_CASE("a token is needed, and enough of a scope") {
  World world;
  const auto none = world.respond(World::request("GET", kMeshes, ""));
  CHECK(none.status == 401);
  CHECK(header(none, "WWW-Authenticate") == R"(Bearer realm="smegmesh")");
  CHECK(header(none, "Content-Type") == kProblemType);
  const auto wrong = world.respond(World::request("GET", kMeshes, "nonsense"));
  CHECK(wrong.status == 401);
  CHECK(header(wrong, "WWW-Authenticate").find("invalid_token") != std::string::npos);
  CHECK(wrong.body.find("nonsense") == std::string::npos);
  CHECK(world.get(kMeshes).status == 200);
  const auto little = world.respond(World::request("POST", kMeshes, "operate"));
  CHECK(little.status == 403);
  CHECK(header(little, "WWW-Authenticate").find("scope=\"admin\"") != std::string::npos);
  world.ask(World::request("POST", kMeshes, "admin"));

  auto request = World::request("GET", kMeshes, "");
  for (const char* value : {"read", "Basic read", "Bearer", "Bearer ", "Bearerread", "Bearer  read"}) {
    request.headers = {{"Host", "localhost"}, {"Authorization", value}};
    CHECK_MESSAGE(world.respond(request).status == 401, value);
  }
  request.headers = {{"Host", "localhost"}, {"authorization", "bearer read"}};
  CHECK(world.respond(request).status == 200);
  request.headers.push_back({"Authorization", "Bearer read"});
  CHECK(world.respond(request).status == 401);
}

TEST_CASE("tokens that were taken back, or can't be read, let nobody in") {
  World world;
  Tokens fewer = sample_tokens();
  CHECK(fewer.remove("read"));
  world.api.set_tokens(fewer);
  CHECK(world.get(kMeshes).status == 401);
  world.api.set_tokens(fail(Code::malformed, "line 3: it makes no sense"));
  CHECK(world.respond(World::request("GET", kMeshes, "admin")).status == 503);
  CHECK(world.respond(World::request("GET", "/healthz", "")).status == 200);
}

TEST_CASE("Host and Origin: pages elsewhere get nothing out of a browser") {
  World world;
  const auto status = [&](std::vector<Header> headers) {
    Request request{"GET", "/healthz", std::move(headers), ""};
    return world.respond(request).status;
  };
  for (const char* host : {"localhost", "LOCALHOST:21911", "127.0.0.1", "127.0.0.1:21911", "[::1]:21911", "192.0.2.9",
                           "smeg.example", "smeg.example:443"})
    CHECK_MESSAGE(status({{"Host", host}}) == 200, host);
  for (const char* host :
       {"evil.example", "localhost.evil.example", "smeg.example.evil.example", "127.0.0.1.evil.example"})
    CHECK_MESSAGE(status({{"Host", host}}) == 421, host);
  for (const char* host : {"", "a b", "localhost:x", "http://localhost"})
    CHECK_MESSAGE(status({{"Host", host}}) == 400, host);
  CHECK(status({}) == 400);
  CHECK(status({{"Host", "localhost"}, {"Host", "localhost"}}) == 400);

  for (const char* origin : {"http://localhost:21911", "https://localhost:21911", "https://dashboard.example"})
    CHECK_MESSAGE(status({{"Host", "localhost:21911"}, {"Origin", origin}}) == 200, origin);
  for (const char* origin : {"null", "", "http://localhost", "https://evil.example", "https://dashboard.example.evil",
                             "http://dashboard.example"})
    CHECK_MESSAGE(status({{"Host", "localhost:21911"}, {"Origin", origin}}) == 403, origin);
}

TEST_CASE("a page of a listed origin is let ask, and read what it is told") {
  World world;
  const auto ask = [](std::string method, std::string target, std::string origin, std::string token,
                      std::vector<Header> more = {}) {
    auto out = World::request(std::move(method), std::move(target), std::move(token), "", std::move(more));
    out.headers.push_back({"Origin", std::move(origin)});
    return out;
  };
  const std::string page = "https://dashboard.example";
  const Header wanted{"Access-Control-Request-Method", "PATCH"};
  const auto before = world.respond(ask("OPTIONS", office(), page, "", {wanted}));
  CHECK(before.status == 204);
  CHECK(header(before, "Access-Control-Allow-Origin") == page);
  CHECK(header(before, "Access-Control-Allow-Methods") == "DELETE, GET, HEAD, OPTIONS, PATCH");
  for (const char* field : {"Authorization", "Content-Type", "If-Match", "If-None-Match", "Last-Event-ID"})
    CHECK_MESSAGE(header(before, "Access-Control-Allow-Headers").find(field) != std::string::npos, field);
  CHECK_FALSE(before.find("Access-Control-Allow-Credentials"));

  const auto shared = [&](const Response& response) {
    const auto varies = std::ranges::count(response.headers, Header{"Vary", "Origin"});
    return varies == 1 && header(response, "Access-Control-Allow-Origin") == page &&
           header(response, "Access-Control-Expose-Headers").find("ETag") != std::string::npos;
  };
  CHECK(shared(before));
  CHECK(shared(world.respond(ask("GET", office(), page, "read"))));
  CHECK(shared(world.respond(ask("GET", office(), page, ""))));
  CHECK(shared(world.respond(ask("GET", office() + "/members/nobody", page, "read"))));
  CHECK(shared(std::get<Follow>(world.api.handle(ask("GET", "/api/v1/events", page, "read"), world.now)).head));
  CHECK(shared(world.api.finish(world.ask(ask("DELETE", office(), page, "admin")), control::Reply(control::Done{}))));

  // Others learn that the answer depends on who asks, and nothing else.
  for (const char* origin : {"http://localhost:21911", "https://evil.example"}) {
    const auto other = world.respond(ask("OPTIONS", office(), origin, "", {wanted}));
    CHECK_FALSE(other.find("Access-Control-Allow-Origin"));
    CHECK_FALSE(other.find("Access-Control-Allow-Methods"));
    CHECK(std::ranges::count(other.headers, Header{"Vary", "Origin"}) == 1);
  }
}

TEST_CASE("what isn't there, and what can't be done there") {
  World world;
  for (const char* target : {"/", "/api", "/api/v1", "/api/v2/meshes", "/api/v1//meshes", "/api/v1/meshes/a/b/c/d",
                             "/api/v1/Meshes", "/api/v1/meshes//"})
    CHECK_MESSAGE(world.get(target).status == 404, target);
  CHECK(world.get("/%").status == 400);
  CHECK(world.get("/" + std::string(limits::kHttpTargetBytes, 'a')).status == 414);
  CHECK(world.get("/api/v1/meshes/").status == 200);
  const auto wrong = world.respond(World::request("PUT", kMeshes, "admin"));
  CHECK(wrong.status == 405);
  CHECK(header(wrong, "Allow") == "GET, HEAD, OPTIONS, POST");
  CHECK(world.respond(World::request("TRACE", kMeshes, "admin")).status == 405);
  const auto options = world.respond(World::request("OPTIONS", office(), ""));
  CHECK(options.status == 204);
  CHECK(header(options, "Allow") == "DELETE, GET, HEAD, OPTIONS, PATCH");
  CHECK(options.body.empty());
  // A mesh may be called like a place beside it.
  auto snapshot = control::sample_snapshot();
  snapshot.version += 1;
  snapshot.meshes[0].name = "join";
  world.publish(snapshot);
  CHECK(text(json_of(world.get(kMeshes + "/join")), "name") == "join");
}

TEST_CASE("HEAD is GET without its body") {
  World world;
  const auto get = world.get(kMeshes);
  const auto head = world.respond(World::request("HEAD", kMeshes, "read"));
  CHECK(head.without_body);
  CHECK(head.status == get.status);
  CHECK(head.body == get.body);
  CHECK(head.headers == get.headers);
  CHECK(world.respond(World::request("HEAD", "/nothing", "read")).without_body);
}

TEST_CASE("what is known already isn't sent again") {
  World world;
  const auto first = world.get(office());
  const std::string tag = header(first, "ETag");
  CHECK(tag.size() > 2);
  const auto second = world.get(office(), {{"If-None-Match", "\"x\", " + tag}});
  CHECK(second.status == 304);
  CHECK(second.body.empty());
  CHECK(header(second, "ETag") == tag);
  CHECK_FALSE(second.find("Content-Type"));
  auto snapshot = control::sample_snapshot();
  snapshot.version += 1;
  snapshot.meshes[0].name = "other";
  world.publish(snapshot);
  CHECK(world.get(office(), {{"If-None-Match", tag}}).status == 200);
}

TEST_CASE("a change is only wanted of what was seen") {
  World world;
  const std::string tag = header(world.get(office()), "ETag");
  const auto patch = [&](std::vector<Header> more) {
    return World::request("PATCH", office(), "operate", R"({"alias":"x"})", std::move(more));
  };
  world.api.finish(world.ask(patch({{"If-Match", tag}})), fail(Code::io, "no"));
  world.api.finish(world.ask(patch({{"If-Match", "*"}})), fail(Code::io, "no"));
  world.api.finish(world.ask(patch({{"If-None-Match", "\"x\""}})), fail(Code::io, "no"));
  const auto other = world.respond(patch({{"If-Match", "\"x\""}}));
  CHECK(other.status == 412);
  CHECK(header(other, "ETag") == tag);
  CHECK(world.respond(patch({{"If-Match", "W/" + tag}})).status == 412);
  CHECK(world.respond(patch({{"If-None-Match", "*"}})).status == 412);
  CHECK(world.respond(World::request("DELETE", office() + "/members/bob", "admin", "", {{"If-Match", tag}})).status ==
        412);
  const std::string bob = header(world.get(office() + "/members/bob"), "ETag");
  world.ask(World::request("DELETE", office() + "/members/bob?ban=true", "admin", "", {{"If-Match", bob}}));
}

TEST_CASE("a service is read, and changed as it was seen, by name and protocol") {
  World world;
  const std::string http = office() + "/services/http";
  CHECK(text(json_of(world.get(http)), "protocol") == "tcp");
  CHECK(world.get(office() + "/services/ssh").status == 404);
  CHECK(world.get(http + "?protocol=udp").status == 404);
  CHECK(world.get(http + "?protocol=icmp").status == 400);
  const std::string tag = header(world.get(http), "ETag");
  const auto put = [&](std::string body, Header condition) {
    return World::request("PUT", http, "operate", std::move(body), {std::move(condition)});
  };
  CHECK(world.respond(put(R"({"port":81})", {"If-None-Match", "*"})).status == 412);
  CHECK(world.respond(put(R"({"port":81})", {"If-Match", "\"x\""})).status == 412);
  CHECK(world.respond(put(R"({"port":81,"protocol":"udp"})", {"If-Match", "*"})).status == 412);
  world.api.finish(world.ask(put(R"({"port":81})", {"If-Match", tag})), control::Reply(control::Done{}));
  world.api.finish(world.ask(put(R"({"port":81,"protocol":"udp"})", {"If-None-Match", "*"})),
                   control::Reply(control::Done{}));

  auto snapshot = World::snapshot();
  snapshot.version += 1;
  snapshot.meshes[0].members.change(0, [](auto& self) {
    self.services.push_back({"http", ServiceProtocol::udp, 81, {}});
  });
  world.publish(snapshot);
  CHECK(world.get(http).status == 409);
  CHECK(header(world.get(http + "?protocol=tcp"), "ETag") == tag);
  const auto remove = [&](const std::string& query) {
    return World::request("DELETE", http + query, "operate", "", {{"If-Match", tag}});
  };
  CHECK(world.respond(remove("")).status == 409);
  CHECK(world.respond(remove("?protocol=udp")).status == 412);
  world.ask(remove("?protocol=tcp"));
}

TEST_CASE("an action goes by the tag of what it is done to") {
  World world;
  const std::string request = office() + "/requests/" + control::to_text(control::sample_key<crypto::IdentityKey>(8));
  const auto post = [&](const std::string& target, std::string tag) {
    return World::request("POST", target, "admin", "", {{"If-Match", std::move(tag)}});
  };
  for (const auto& each : {std::pair{request, "/admit"}, std::pair{office() + "/key", "/rotate"},
                           std::pair{std::string("/api/v1/daemon"), "/reload"}}) {
    const std::string resource = each.first;
    const std::string action = each.second;
    CAPTURE(resource);
    CHECK(world.respond(post(resource + action, "\"x\"")).status == 412);
    world.api.finish(world.ask(post(resource + action, header(world.get(resource), "ETag"))), fail(Code::io, "no"));
  }
}

TEST_CASE("of two changes under one condition one is carried out") {
  World world;
  const std::string tag = header(world.get(office()), "ETag");
  const auto patch = [&](std::vector<Header> more) {
    return World::request("PATCH", kMeshes + "/office", "operate", R"({"alias":"x"})", std::move(more));
  };
  const auto first = world.ask(patch({{"If-Match", tag}}));
  const auto second = world.respond(patch({{"If-Match", tag}}));
  CHECK(second.status == 503);
  CHECK(header(second, "Retry-After") == "1");
  world.ask(World::request("PATCH", "/api/v1/daemon", "admin", R"({"down":true})", {{"If-Match", "*"}}));
  world.api.finish(first, fail(Code::io, "no"));
  const auto plain = world.ask(patch({}));
  CHECK(world.respond(patch({{"If-Match", tag}})).status == 503);
  world.api.finish(plain, fail(Code::io, "no"));
  world.ask(patch({{"If-Match", tag}}));
}

TEST_CASE("media types of requests and answers") {
  World world;
  CHECK(world.get(kMeshes, {{"Accept", "text/html"}}).status == 406);
  CHECK(world.get(kMeshes, {{"Accept", "text/html, */*;q=0.1"}}).status == 200);
  CHECK(world.get("/metrics", {{"Accept", "application/json"}}).status == 406);
  CHECK(world.get("/api/v1/events", {{"Accept", "application/json"}}).status == 406);
  auto request = World::request("POST", kMeshes, "admin", "{}");
  request.headers[2].value = "text/plain";
  const auto wrong = world.respond(request);
  CHECK(wrong.status == 415);
  CHECK(header(wrong, "Accept") == "application/json");
  request.headers[2].value = "Application/JSON; charset=utf-8";
  world.ask(request);
  request.headers.push_back({"Content-Encoding", "gzip"});
  CHECK(world.respond(request).status == 415);
  auto patch = World::request("PATCH", office(), "admin", R"({"alias":null})");
  patch.headers[2].value = "application/merge-patch+json";
  CHECK(std::get<control::SelfChange>(world.ask(patch).command).alias == "");
  patch.headers[2].value = "application/json-patch+json";
  CHECK(header(world.respond(patch), "Accept-Patch").starts_with("application/merge-patch+json"));
}

TEST_CASE("bodies that make no sense") {
  World world;
  const auto status = [&](std::string body) {
    return world.respond(World::request("POST", office() + "/invites", "admin", std::move(body))).status;
  };
  CHECK(status("{") == 400);
  CHECK(status("[]") == 400);
  CHECK(status("null") == 400);
  CHECK(status(R"({"uses":1,"uses":2})") == 400);
  CHECK(status(R"({"usage":1})") == 400);
  CHECK(status(R"({"mesh":"other"})") == 400);
  CHECK(status(R"({"uses":0})") == 422);
  CHECK(status(R"({"uses":"1"})") == 422);
  CHECK(status(std::string(1'000, '[')) == 400);
  CHECK(world.respond(World::request("POST", kMeshes + "/join", "admin")).status == 400);
  CHECK(world.respond(World::request("PATCH", office(), "admin", "{}")).status == 400);
  CHECK(world.respond(World::request("GET", kMeshes + "?colour=red", "read")).status == 400);
}

TEST_CASE("commands carry what the path and the body say, and nothing else") {
  World world;
  const std::string id = control::to_text(control::sample_mesh_id(1));
  const auto invite = world.ask(
      World::request("POST", kMeshes + "/office/invites", "operate", R"({"uses":3,"expires":"2h","role":"client"})"));
  CHECK(std::get<control::InviteCreate>(invite.command) ==
        control::InviteCreate{{id}, 3, std::chrono::hours(2), Role::client, false});
  CHECK(invite.caller == "operate");
  const auto ban = world.ask(World::request("DELETE", office() + "/members/fd00:1::2?ban=true", "admin"));
  const std::string bob = control::to_text(control::sample_key<crypto::IdentityKey>(2));
  CHECK(std::get<control::MemberRevoke>(ban.command) == control::MemberRevoke{{id}, {bob}, true});
  const auto leave = world.ask(World::request("DELETE", office(), "admin"));
  CHECK(std::get<control::MeshLeave>(leave.command).mesh.text == id);
  const auto guest = world.ask(World::request("DELETE", office() + "/guests/phone", "operate"));
  CHECK(std::get<control::GuestRemove>(guest.command) == control::GuestRemove{{id}, "phone"});
  CHECK(world.respond(World::request("DELETE", office() + "/guests/router", "operate")).status == 403);
  CHECK(world.respond(World::request("POST", office() + "/invites", "operate", R"({"admin":true})")).status == 403);
  world.ask(World::request("POST", office() + "/invites", "admin", R"({"admin":true})"));
  constexpr auto kGrant = R"({"grants":["2001:db8:7::/64"]})";
  CHECK(world.respond(World::request("POST", office() + "/invites", "operate", kGrant)).status == 403);
  const auto granting = world.ask(World::request("POST", office() + "/invites", "admin", kGrant));
  CHECK(std::get<control::InviteCreate>(granting.command).grants ==
        std::vector{addr::Prefix::parse("2001:db8:7::/64").value()});
}

TEST_CASE("what a path names, no body names otherwise") {
  World world;
  const auto put = [](std::string body) {
    return World::request("PUT", office() + "/services/http", "operate", std::move(body));
  };
  CHECK(world.respond(put(R"({"name":"ssh","port":22})")).status == 400);
  CHECK(world.respond(put(R"({"name":1,"port":22})")).status == 400);
  CHECK(std::get<control::ServiceSet>(world.ask(put(R"({"name":"http","port":22})")).command).service.name == "http");

  const auto key = [](std::uint8_t of) { return control::to_text(control::sample_key<crypto::IdentityKey>(of)); };
  const auto admit = [&](std::string body) {
    return World::request("POST", office() + "/requests/" + key(8) + "/admit", "admin", std::move(body));
  };
  CHECK(world.respond(admit(R"({"request":")" + key(9) + "\"}")).status == 400);
  CHECK(std::get<control::MemberAdmit>(world.ask(admit("{}")).command).request == key(8));
}

TEST_CASE("what the daemon says becomes a response") {
  World world;
  const auto create = World::request("POST", kMeshes, "admin", R"({"name":"home"})");
  auto pending = world.ask(create);
  const auto made = world.api.finish(pending, control::Reply(control::MeshEntered{control::sample_mesh_id(7), "home",
                                                                                  *addr::IpAddress::parse("fd00::7")}));
  CHECK(made.status == 201);
  CHECK(header(made, "Location") == kMeshes + '/' + control::to_text(control::sample_mesh_id(7)));
  CHECK(text(json_of(made), "address") == "fd00::7");
  CHECK(world.api.finish(world.ask(create), control::Reply(control::Done{})).status == 500);
  const std::pair<Code, unsigned> codes[] = {
      {Code::malformed, 400},       {Code::too_large, 422}, {Code::unsupported, 422}, {Code::invalid, 422},
      {Code::unauthenticated, 422}, {Code::forbidden, 403}, {Code::expired, 409},     {Code::used_up, 409},
      {Code::revoked, 409},         {Code::not_found, 404}, {Code::exists, 409},      {Code::conflict, 409},
      {Code::unavailable, 503},     {Code::io, 500}};
  for (const auto& [code, status] : codes) {
    const auto refused = world.api.finish(world.ask(create), fail(code, "no \"way\"", "try this"));
    world.now += 1s;
    CHECK(refused.status == status);
    CHECK(text(json_of(refused), "detail") == "no \"way\"");
    CHECK(text(json_of(refused), "hint") == "try this");
    CHECK(text(json_of(refused), "code") == name(code));
  }
  const auto gone =
      world.api.finish(world.ask(World::request("DELETE", office(), "admin")), control::Reply(control::Done{}));
  CHECK(gone.status == 204);
  CHECK(gone.body.empty());
}

TEST_CASE("a guest's private key is made here where it has none, and shown once") {
  World world;
  const auto pending = world.ask(World::request("POST", office() + "/guests", "operate", R"({"name":"phone2"})"));
  auto config = control::sample_guest_config();
  config.key = std::get<control::GuestAdd>(pending.command).key;
  const auto response = world.api.finish(pending, control::Reply(config));
  CHECK(header(response, "Cache-Control") == "no-store");
  const auto key = crypto::from_base64(text(json_of(response), "privateKey"));
  REQUIRE(key);
  CHECK(crypto::wg_public_key(crypto::WgPrivateKey(crypto::Secret<32>::from(*key).value())) == config.key);
  CHECK(header(response, "Location") == office() + "/guests/fd00:1::7");

  const std::string own = control::to_text(control::sample_key<crypto::WgPublicKey>(7));
  const auto with_key = world.ask(
      World::request("POST", office() + "/guests", "operate", R"({"name":"a","wgPublicKey":")" + own + "\"}"));
  CHECK(control::to_text(std::get<control::GuestAdd>(with_key.command).key) == own);
  const auto answer = world.api.finish(with_key, control::Reply(control::sample_guest_config()));
  CHECK(answer.body.find("privateKey") == std::string::npos);
  // Nothing of it is told again.
  CHECK(world.get(office() + "/guests").body.find("presharedKey") == std::string::npos);
}

TEST_CASE("changes of one token are bounded, at once and by time") {
  World world;
  const auto create = World::request("POST", kMeshes, "admin");
  std::vector<Pending> under_way;
  for (std::size_t i = 0; i < limits::kCommandsInFlightPerToken; ++i) under_way.push_back(world.ask(create));
  const auto full = world.respond(create);
  CHECK(full.status == 429);
  CHECK(header(full, "Retry-After") == "1");
  world.ask(World::request("PUT", office() + "/alias", "operate", R"({"alias":"x"})"));
  for (const Pending& each : under_way) world.api.finish(each, fail(Code::io, "x"));
  for (std::size_t i = limits::kCommandsInFlightPerToken; i < limits::kCommandsAtOnce; ++i)
    world.api.finish(world.ask(create), fail(Code::io, "x"));
  CHECK(world.respond(create).status == 429);
  world.now += 1s;
  world.ask(create);
}

TEST_CASE("all tokens together are bounded too") {
  World world;
  Tokens tokens;
  for (int i = 0; i < 3; ++i)
    CHECK(tokens.add({"t" + std::to_string(i), Scope::admin, {}, hash_of_token("t" + std::to_string(i))}));
  world.api.set_tokens(tokens);
  for (std::size_t i = 0; i < limits::kCommandsInFlight; ++i)
    world.ask(World::request("POST", kMeshes, "t" + std::to_string(i % 2)));
  CHECK(world.respond(World::request("POST", kMeshes, "t2")).status == 503);
}

TEST_CASE("reads are answered without the daemon, changes are not") {
  World world;
  world.api.set_connected(false, "no daemon listens at /run/x");
  CHECK(world.get(kMeshes).status == 200);
  CHECK_FALSE(*field(json_of(world.get("/api/v1/status")), "daemon.connected").as<bool>());
  const auto refused = world.respond(World::request("DELETE", office(), "admin"));
  CHECK(refused.status == 503);
  CHECK(header(refused, "Retry-After") == "1");
  CHECK(text(json_of(refused), "detail") == "no daemon listens at /run/x");
  CHECK(world.respond(World::request("GET", "/readyz", "")).status == 503);
  CHECK(world.respond(World::request("GET", "/healthz", "")).status == 200);

  CountingSource secrets;
  Api fresh({}, secrets, "run");
  fresh.set_tokens(sample_tokens());
  const auto nothing = fresh.handle(World::request("GET", kMeshes, "read"), world.now);
  CHECK(std::get<Response>(nothing).status == 503);
}

TEST_CASE("older Snapshots are passed over, and those of a new run taken") {
  World world;
  const auto alias = [&] { return text(json_of(world.get(office() + "/members/fd00:1::2")), "alias"); };
  auto snapshot = control::sample_snapshot();
  snapshot.meshes[0].members.change(1, [&](auto& member) { member.alias = "old"; });
  snapshot.version -= 1;
  world.publish(snapshot);
  CHECK(alias() == "bob");
  snapshot.daemon.started = control::sample_time(100);
  snapshot.generated = control::sample_time(101);
  snapshot.version = 1;
  world.publish(snapshot);
  CHECK(alias() == "old");
}

TEST_CASE("a new run of the daemon counts, whatever its clock says") {
  World world;
  const auto known = [&] { return text(json_of(world.get(office())), "name"); };
  const auto run = [](int started, std::uint64_t version, std::string mesh) {
    auto snapshot = control::sample_snapshot();
    snapshot.daemon.started = control::sample_time(started);
    snapshot.generated = control::sample_time(started + 1);
    snapshot.version = version;
    snapshot.meshes[0].name = std::move(mesh);
    return snapshot;
  };
  world.publish(run(-5'000, 7, "second"), true);
  CHECK(known() == "second");
  // The answer to a command that the run before carried out, late.
  auto late = control::sample_snapshot();
  late.version += 1;
  world.publish(late);
  CHECK(known() == "second");
  // A command that a third run carries out before whoever follows has heard of that run.
  world.publish(run(-9'000, 3, "third"));
  CHECK(known() == "third");
  world.publish(run(-9'000, 2, "older"), true);
  CHECK(known() == "third");
  // A fourth that began in the same second.
  world.api.set_connected(false);
  world.api.set_connected(true);
  world.publish(run(-9'000, 1, "fourth"), true);
  CHECK(known() == "fourth");
  // Back at the time of one before.
  world.publish(run(-5'000, 1, "fifth"), true);
  CHECK(known() == "fifth");
}

TEST_CASE("pages: in the order of keys, whole, and none twice") {
  World world;
  auto snapshot = control::sample_snapshot();
  snapshot.version += 1;
  for (std::uint8_t i = 10; i < 250; ++i)
    snapshot.meshes[0].members.push_back(control::sample_member(i, "m" + std::to_string(i)));
  snapshot.meshes[0].members.change(snapshot.meshes[0].members.size() - 1,
                                    [](auto& member) { member.state = control::MemberState::revoked; });
  world.publish(snapshot);
  const auto first = json_of(world.get(office() + "/members"));
  CHECK(field(first, "items").as<control::JsonArray>()->size() == limits::kPageDefault);
  CHECK(*field(first, "total").as<std::uint64_t>() == 242);

  std::vector<std::string> seen;
  std::string next = office() + "/members?limit=50&state=alive";
  int pages = 0;
  while (true) {
    const auto page = json_of(world.get(next));
    ++pages;
    const auto items = field(page, "items");
    for (const auto& member : *items.as<control::JsonArray>()) seen.push_back(text(member, "publicKey"));
    if (field(page, "next").is_null()) break;
    next = text(page, "next");
  }
  CHECK(pages == 5);
  CHECK(seen.size() == 241);
  CHECK(std::ranges::is_sorted(seen));
  CHECK(std::ranges::adjacent_find(seen) == seen.end());
  for (const char* bad : {"?limit=0", "?limit=1001", "?limit=x", "?limit=-1", "?limit=", "?state=asleep"})
    CHECK_MESSAGE(world.get(office() + "/members" + bad).status == 400, bad);
  CHECK(json_of(world.get(office() + "/members?state=revoked&limit=1000")).dump().find("\"total\":1,") !=
        std::string::npos);
}

TEST_CASE("members by any of their names; the living before those that were revoked") {
  World world;
  auto snapshot = control::sample_snapshot();
  snapshot.version += 1;
  snapshot.meshes[0].members.insert(0, std::make_shared<const control::MemberView>(control::sample_member(0, "bob")));
  snapshot.meshes[0].members.change(0, [&](auto& member) { member.state = control::MemberState::revoked; });
  world.publish(snapshot);
  const std::string bob = control::to_text(control::sample_key<crypto::IdentityKey>(2));
  for (const std::string& named : {std::string("bob"), bob, std::string("fd00:1::2"), std::string("FD00:0001::0002")})
    CHECK_MESSAGE(text(json_of(world.get(office() + "/members/" + named)), "publicKey") == bob, named);
  for (const std::string& wrong : {std::string("bo"), bob.substr(1), std::string("fd00:1::99")})
    CHECK_MESSAGE(world.get(office() + "/members/" + wrong).status == 404, wrong);
  CHECK(world.get(kMeshes + "/offic").status == 404);
  CHECK(world.get(kMeshes + "/office").status == 200);
}

TEST_CASE("meshes of one name have to be told apart by their ids") {
  World world;
  auto snapshot = control::sample_snapshot();
  snapshot.version += 1;
  snapshot.meshes[1].name = "office";
  world.publish(snapshot);
  CHECK(world.get(kMeshes + "/office").status == 409);
  CHECK(world.get(office()).status == 200);
}

TEST_CASE("followers are bounded, and are let go when their token is") {
  World world;
  const auto request = World::request("GET", "/api/v1/events", "read");
  std::vector<Follow> followers;
  for (std::size_t i = 0; i < limits::kEventClientsPerToken; ++i)
    followers.push_back(std::get<Follow>(world.api.handle(request, world.now)));
  CHECK(followers[0].first.starts_with("retry: "));
  CHECK(world.respond(request).status == 429);
  CHECK(world.respond(World::request("HEAD", "/api/v1/events", "admin")).status == 200);
  CHECK(std::get<Follow>(world.api.handle(World::request("GET", "/api/v1/events", "admin"), world.now)).caller ==
        "admin");
  world.api.unfollow(followers.back());
  CHECK(std::holds_alternative<Follow>(world.api.handle(request, world.now)));
  CHECK(world.api.may_follow(followers[0]));
  world.api.set_tokens(Tokens());
  CHECK_FALSE(world.api.may_follow(followers[0]));
}

TEST_CASE("a new token of the same name doesn't keep a follower of the one before") {
  World world;
  const auto follower = std::get<Follow>(world.api.handle(World::request("GET", "/api/v1/events", "read"), world.now));
  Tokens again = sample_tokens();
  CHECK(again.remove("read"));
  CHECK(again.add({"read", Scope::read, control::sample_time(1), hash_of_token("another")}));
  world.api.set_tokens(again);
  CHECK_FALSE(world.api.may_follow(follower));
  const auto with_new =
      std::get<Follow>(world.api.handle(World::request("GET", "/api/v1/events", "another"), world.now));
  CHECK(world.api.may_follow(with_new));
}

TEST_CASE("what is refused by its head alone is refused the same way as a whole") {
  World world;
  CHECK_FALSE(world.api.refuse(World::request("GET", kMeshes, "read")));
  CHECK(world.api.refuse(World::request("GET", kMeshes, ""))->status == 401);
  CHECK(world.api.refuse(World::request("POST", kMeshes, "read"))->status == 403);
  CHECK(world.api.refuse(World::request("HEAD", "/x", "read"))->without_body);
  const auto large = world.api.refuse(431, {Code::too_large, "too large"});
  CHECK(large.status == 431);
  CHECK(text(json_of(large), "title") == "Request Header Fields Too Large");
  const std::string metrics = world.get("/metrics").body;
  CHECK(metrics.find(R"(smegmesh_api_responses_total{operation="none",status="401"} 1)") != std::string::npos);
}
