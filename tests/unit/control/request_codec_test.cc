#include <doctest/doctest.h>

#include "unit/control/sample.h"

using namespace smeg;
using namespace smeg::control;
using namespace std::chrono_literals;

namespace {

// Sends a request through its JSON and back.
void check_round_trip(const Request& request) {
  const std::string line = encode_request({std::int64_t{7}, request});
  CAPTURE(line);
  CHECK(line.find('\n') == line.size() - 1);
  const auto decoded = decode_request(std::string_view(line).substr(0, line.size() - 1));
  if (!decoded) FAIL(decoded.error().error.message);
  CHECK(decoded->id == RpcId(std::int64_t{7}));
  CHECK(decoded->request == request);
}

// What is wrong with a request of this method and these parameters.
std::string complaint(const std::string& method, const std::string& params) {
  const auto decoded =
      decode_request(R"({"jsonrpc":"2.0","id":1,"method":")" + method + R"(","params":)" + params + "}");
  if (decoded) return "accepted";
  const Error& error = decoded.error().error;
  return error.message + (error.hint.empty() ? "" : "; " + error.hint);
}

crypto::SealingKey sample_sealing_key() { return *crypto::SealingKey::derive("a pass\nphrase", {{1, 64}, {}}); }

MembershipOptions sample_options() {
  return {Role::client, std::uint16_t{51'820}, {*addr::HostPort::parse("gate:1"), *addr::HostPort::parse("::1")}, 25s};
}

}  // namespace

TEST_CASE("every request survives its JSON") {
  const MeshSelector mesh{"office"};
  for (const Request& request : std::vector<Request>{
           Get{},
           Watch{},
           Command(MeshCreate{}),
           Command(MeshCreate{"office", sample_options()}),
           Command(
               MeshJoin{SecretText("smeg1abc"), {*addr::HostPort::parse("[2001:db8::1]:5")}, "home", sample_options()}),
           Command(MeshJoin{SecretText("smeg1abc"), {}, {}, {}}),
           Command(MeshLeave{mesh}),
           Command(MeshLeave{}),
           Command(InviteCreate{mesh, 3, 90min, Role::client, true}),
           Command(InviteCreate{}),
           Command(InviteCreate{.mesh = mesh,
           .grants = {addr::Prefix::parse("2001:db8:7::/64").value(), addr::Prefix::parse("::/0").value()}}),
           Command(InviteRevoke{mesh, "abcd"}),
           Command(MemberRevoke{mesh, {"bob"}, true}),
           Command(KeyRotate{mesh}),
           Command(KeyRotate{{}, true}),
           Command(GuestShow{mesh, "phone", {}}),
           Command(GuestRemove{mesh, "phone"}),
           Command(GuestAdd{mesh, "phone", sample_key<crypto::WgPublicKey>(7), *addr::HostPort::parse("gate:5")}),
           Command(GuestAdd{{}, "a", sample_key<crypto::WgPublicKey>(7), {}}),
           Command(AuthorityExport{mesh, sample_sealing_key(), true}),
           Command(AuthorityImport{mesh, SecretText("sealed"), sample_sealing_key()}),
           Command(AliasSet{mesh, "carol"}),
           Command(AliasSet{{}, ""}),
           Command(MeshAsk{sample_mesh_id(3), {*addr::HostPort::parse("gate:5")}, "office", "the new one", {}}),
           Command(
               MeshAsk{sample_mesh_id(3), {*addr::HostPort::parse("192.0.2.1")}, "", "", {Role::client, 5, {}, 25s}}),
           Command(MemberAdmit{mesh, "abcd-efgh", Role::client}),
           Command(MemberAdmit{{}, "abcd"}),
           Command(MemberRefuse{mesh, "abcd"}),
           Command(DaemonUp{true}),
           Command(DaemonUp{false}),
           Command(DaemonReload{}),
           Command(DaemonConfig{}),
           Command(DaemonConfigDiff{}),
           Command(DaemonLogLevel{LogLevel::debug}),
           Command(SelfChange{mesh, "carol", "the one in the cellar"}),
           Command(SelfChange{{}, std::nullopt, ""}),
           Command(SelfChange{{}, "", std::nullopt}),
           Command(ServiceSet{mesh, {"http", ServiceProtocol::tcp, 80, {"path=/status"}}}),
           Command(ServiceSet{{}, {"dns", ServiceProtocol::udp, 53, {}}}),
           Command(ServiceRemove{mesh, "http", ServiceProtocol::udp}),
           Command(ServiceRemove{{}, "http"})})
    check_round_trip(request);
}

TEST_CASE("a method without a name is unknown as any other") {
  const auto request = decode_request(R"({"jsonrpc":"2.0","id":1,"method":"","params":{}})");
  REQUIRE_FALSE(request);
  CHECK_FALSE(request.error().error.hint.ends_with(", "));
}

TEST_CASE("parameters that are left out have their defaults") {
  const auto decoded = decode_request(R"({"jsonrpc":"2.0","id":"x","method":"invite.create"})");
  REQUIRE(decoded);
  CHECK(decoded->request == Request(Command(InviteCreate{})));
  const auto nulls =
      decode_request(R"({"jsonrpc":"2.0","id":1,"method":"mesh.create","params":{"name":null,"role":null}})");
  REQUIRE(nulls);
  CHECK(nulls->request == Request(Command(MeshCreate{})));
}

TEST_CASE("durations may be numbers of seconds") {
  const auto decoded = decode_request(R"({"jsonrpc":"2.0","id":1,"method":"invite.create","params":{"expires":90}})");
  REQUIRE(decoded);
  CHECK(std::get<InviteCreate>(std::get<Command>(decoded->request)).expires == 90s);
}

TEST_CASE("what is wrong with a parameter is said with its name") {
  CHECK(complaint("invite.create", R"({"use":1})") == "'use' is not known here; did you mean 'uses'?");
  CHECK(complaint("get", R"({"zzz":1})") == "'zzz' is not known here; there is nothing to set here");
  CHECK(complaint("mesh.leave", R"({"whatever":1})") == "'whatever' is not known here; known are mesh");
  CHECK(complaint("invite.create", R"({"uses":0})") == "uses: must be a whole number from 1 to 65535");
  CHECK(complaint("invite.create", R"({"uses":"1"})") == "uses: must be a whole number from 1 to 65535");
  CHECK(complaint("invite.create", R"({"expires":"500ms"})") == "expires: must be at least a second from now");
  CHECK(complaint("invite.create", R"({"expires":"soon"})").starts_with("expires: 'soon' is not a duration; write"));
  CHECK(complaint("invite.create", R"({"expires":99999999999999})").find("more than 100 years") != std::string::npos);
  CHECK(complaint("invite.create", R"({"role":"boss"})").starts_with("role: 'boss' is not a role; a role is"));
  CHECK(complaint("invite.create", R"({"admin":1})") == "admin: must be true or false");
  CHECK(complaint("mesh.create", R"({"name":"My Mesh"})").starts_with("name: 'My Mesh' is not a mesh name; use"));
  CHECK(complaint("mesh.create", R"({"wgport":65536})") == "wgport: must be a whole number from 1 to 65535");
  CHECK(complaint("mesh.create", R"({"keepalive":"1500ms"})").starts_with("keepalive: must be whole seconds"));
  CHECK(complaint("mesh.create", R"({"keepalive":70000})").starts_with("keepalive: must be whole seconds"));
  CHECK(complaint("mesh.create", R"({"endpoints":["a b"]})").starts_with("endpoints[0]: 'a b' is neither a host name"));
  CHECK(complaint("mesh.create", R"({"endpoints":[1]})") == "endpoints[0]: must be a text");
  CHECK(complaint("mesh.create", R"({"endpoints":["a","b","c","d","e","f","g","h","i"]})") ==
        "endpoints: has more than 8 elements");
  CHECK(complaint("mesh.join", "{}") == "token: is missing");
  CHECK(complaint("mesh.join", R"({"token":""})") == "token: is empty");
  CHECK(complaint("mesh.join", R"({"token":")" + std::string(2'049, 'a') + R"("})") ==
        "token: is longer than 2048 bytes");
  CHECK(complaint("mesh.leave", R"({"mesh":")" + std::string(64, 'a') + R"("})") ==
        "mesh: is longer than any name or id");
  CHECK(complaint("invite.revoke", "{}").starts_with("id: is missing"));
  CHECK(complaint("member.revoke", "{}").starts_with("member: is missing"));
  CHECK(complaint("authority.export", "{}") == "key: is missing");
  CHECK(complaint("authority.import", R"({})") == "sealed: is missing");
  CHECK(complaint("alias.set", R"({"alias":"-a"})").starts_with("alias: '-a' is not an alias"));
  CHECK(complaint("mesh.ask", R"({"vias":["gate"]})") == "mesh: is missing");
  CHECK(complaint("mesh.ask", R"({"mesh":"office","vias":["gate"]})").starts_with("mesh: 'office' is not a mesh id"));
  CHECK(complaint("mesh.ask", R"({"mesh":")" + to_text(sample_mesh_id(3)) + R"("})").starts_with("vias: is missing"));
  CHECK(complaint("mesh.ask", R"({"mesh":")" + to_text(sample_mesh_id(3)) + R"(","vias":["g"],"note":")" +
                                  std::string(129, 'x') + R"("})") == "note: is longer than 128 bytes");
  CHECK(complaint("member.admit", "{}").starts_with("request: is missing"));
  CHECK(complaint("member.refuse", "{}").starts_with("request: is missing"));
  CHECK(
      complaint("daemon.logLevel", R"({"level":"loud"})").starts_with("level: 'loud' is not a log level; it is debug"));
  CHECK(complaint("self.change", R"({"description":"a\nb"})").starts_with("description: has characters that are not"));
  CHECK(complaint("self.change", R"({"description":")" + std::string(257, 'x') + R"("})") ==
        "description: is longer than 256 bytes");
  CHECK(complaint("service.set", R"({"port":80})") == "name: is missing");
  CHECK(complaint("service.set", R"({"name":"http"})") == "port: is missing");
  CHECK(complaint("service.set", R"({"name":"http","port":0})") == "port: must be a whole number from 1 to 65535");
  CHECK(complaint("service.set", R"({"name":"Http","port":1})").starts_with("name: 'Http' is not a service's name"));
  CHECK(complaint("service.set", R"({"name":"a","port":1,"protocol":"sctp"})") ==
        "protocol: 'sctp' is not a protocol; it is 'tcp' or 'udp'");
  CHECK(complaint("service.set", R"({"name":"a","port":1,"text":["x"]})").starts_with("text[0]: is not KEY=VALUE"));
  CHECK(complaint("service.set", R"({"name":"a","port":1,"text":["x=1","X=2"]})")
            .starts_with("text: service 'a' (tcp) has two texts of the key 'X'"));
  CHECK(complaint("guest.add", R"({"name":"phone"})") == "wgPublicKey: is missing");
  CHECK(complaint("guest.add", R"({"name":"phone","wgPublicKey":"AgIC"})")
            .starts_with("wgPublicKey: is not a WireGuard key; it is 32 bytes in base64"));
  CHECK(complaint("guest.show", R"({"name":"My Phone"})").starts_with("name: 'My Phone' is not a guest's name; use"));
  CHECK(complaint("guest.remove", "{}") == "name: is missing");
  CHECK(complaint("guest.show", R"({"name":"phone","endpoint":"a b"})").starts_with("endpoint: 'a b' is neither"));
  CHECK(complaint("mesh.creat", "{}") == "there is no method 'mesh.creat'; did you mean 'mesh.create'?");
  CHECK(complaint("reboot-the-host", "{}").find("there is get, watch, mesh.create") != std::string::npos);
  CHECK(complaint("get", "[]") == "must be an object, {...}");
}
