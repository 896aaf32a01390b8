#include <doctest/doctest.h>

#include "unit/control/sample.h"

using namespace smeg;
using namespace smeg::control;

namespace {

RpcError refused(std::string_view line) {
  const auto decoded = decode_request(line);
  REQUIRE(!decoded);
  return decoded.error();
}

std::string_view without_newline(std::string_view line) { return line.substr(0, line.size() - 1); }

}  // namespace

TEST_CASE("an envelope that is wrong is refused with JSON-RPC's own codes") {
  CHECK(refused("").code == RpcErrorCode::parse_error);
  CHECK(refused("{").code == RpcErrorCode::parse_error);
  CHECK(refused("[]").code == RpcErrorCode::invalid_request);
  CHECK(refused("1").code == RpcErrorCode::invalid_request);
  CHECK(refused("{}").code == RpcErrorCode::invalid_request);
  CHECK(refused(R"({"id":1,"method":"get"})").error.message == "jsonrpc must be \"2.0\"");
  CHECK(refused(R"({"jsonrpc":"1.0","id":1,"method":"get"})").error.message == "jsonrpc must be \"2.0\"");
  CHECK(refused(R"({"jsonrpc":"2.0","method":"get"})").error.message ==
        "a request needs an id, so that it can be answered");
  CHECK(refused(R"({"jsonrpc":"2.0","id":1})").error.message == "method: is missing");
  CHECK(refused(R"({"jsonrpc":"2.0","id":1,"method":3})").error.message == "method: must be a text");
  CHECK(refused(R"({"jsonrpc":"2.0","id":1,"method":"get","param":{}})").error.message == "'param' is not known here");
  CHECK(refused(R"({"jsonrpc":"2.0","id":1.5,"method":"get"})").code == RpcErrorCode::invalid_request);
  CHECK(refused(R"({"jsonrpc":"2.0","id":{},"method":"get"})").id == RpcId());
  CHECK(refused(R"({"jsonrpc":"2.0","id":")" + std::string(65, 'x') + R"(","method":"get"})").id == RpcId());
  CHECK(refused(R"({"jsonrpc":"2.0","id":1,"method":"no"})").code == RpcErrorCode::method_not_found);
  CHECK(refused(R"({"jsonrpc":"2.0","id":"a","method":"get","params":{"x":1}})").code == RpcErrorCode::invalid_params);
  CHECK(refused(R"({"jsonrpc":"2.0","id":"a","method":"get","params":{"x":1}})").id == RpcId("a"));
  CHECK(refused(std::string(limits::kControlLineBytes + 1, ' ')).error.code == Code::too_large);
}

TEST_CASE("replies survive their JSON") {
  const auto check = [](const Command& asked, const Reply& reply) {
    const RpcId id = std::int64_t{3};
    const std::string line = encode_reply(id, reply);
    CAPTURE(line);
    CHECK(*decode_reply(without_newline(line), id, asked) == reply);
  };
  const MeshEntered entered{sample_mesh_id(4), "office", *addr::IpAddress::parse("fd00::1")};
  check(MeshCreate{}, entered);
  check(MeshJoin{}, MeshEntered{sample_mesh_id(4), "", *addr::IpAddress::parse("fd00::1")});
  check(InviteCreate{}, InviteCreated{SecretText("smeg1x"), sample_key<crypto::InviteKey>(1), sample_time(5), 2});
  check(MeshAsk{}, MeshAsked{sample_mesh_id(4), "office", sample_key<crypto::IdentityKey>(2)});
  check(DaemonReload{}, Reloaded{{"logLevel", "mtu"}, {"listen"}, {"branch"}});
  check(DaemonReload{}, Reloaded{});
  check(DaemonConfig{}, ConfigShown{"mtu: 1420\nmeshes: []\n"});
  check(DaemonConfigDiff{}, ConfigDiffered{});
  check(DaemonConfigDiff{}, ConfigDiffered{{{"mtu", "1420", "1400", TakesEffect::on_reload},
                                            {"backend", "", "stub", TakesEffect::on_start},
                                            {"branch", "4", "", TakesEffect::never}}});
  check(KeyRotate{}, KeyRotated{sample_key<crypto::WgPublicKey>(7)});
  check(GuestAdd{}, sample_guest_config());
  check(GuestShow{}, sample_guest_config());
  check(GuestRemove{}, Done{});
  check(AuthorityExport{}, AuthorityExported{sample_mesh_id(4), SecretText("smegmesh-sealed-1\nabc")});
  for (const Command& command :
       std::vector<Command>{MeshLeave{}, InviteRevoke{}, MemberRevoke{}, AuthorityImport{}, AliasSet{}})
    check(command, Done{});
}

TEST_CASE("a refusal comes back as the Error that it was") {
  const Error error{Code::used_up, "the invite's uses are spent", "ask for a new one"};
  const std::string line = encode_error({std::int64_t{1}, RpcErrorCode::refused, error});
  CHECK(line == R"({"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"the invite's uses are spent",)"
                R"("data":{"code":"used_up","hint":"ask for a new one"}}})"
                "\n");
  CHECK(decode_reply(without_newline(line), std::int64_t{1}, MeshLeave{}).error() == error);
  CHECK(decode_snapshot(without_newline(line)).error() == error);
  const std::string nobody = encode_error({{}, RpcErrorCode::parse_error, error});
  CHECK(decode_reply(without_newline(nobody), std::int64_t{1}, MeshLeave{}).error() == error);
}

TEST_CASE("an answer that makes no sense is none") {
  const auto answer = [](std::string_view line) {
    const auto reply = decode_reply(line, std::int64_t{1}, MeshCreate{});
    return reply ? "accepted" : reply.error().message;
  };
  CHECK(answer("") == "the daemon's answer is no JSON: Empty: no JSON found");
  CHECK(answer(R"({"jsonrpc":"2.0","id":2,"result":{}})") == "the daemon's answer is to another request");
  CHECK(answer(R"({"jsonrpc":"2.0","id":1})") == "the daemon's answer holds neither a result nor an error");
  CHECK(answer(R"({"jsonrpc":"2.0","id":1,"result":{"id":"x"}})").find("makes no sense: id: 'x' is not a mesh id") !=
        std::string::npos);
  CHECK(answer(R"({"jsonrpc":"2.0","id":1,"result":[]})").find("must be an object") != std::string::npos);
  CHECK(answer(R"({"jsonrpc":"2.0","id":1,"error":{"message":""}})") == "the daemon refused without saying why");
}

TEST_CASE("a client overlooks what a later daemon adds") {
  const auto reply = decode_reply(R"({"jsonrpc":"2.0","id":1,"result":{"new":1}})", std::int64_t{1}, MeshLeave{});
  CHECK(reply.has_value());
  const auto error =
      decode_reply(R"({"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"m","data":{"code":"later"}}})",
                   std::int64_t{1}, MeshLeave{});
  CHECK(error.error() == Error{Code::invalid, "m", ""});
}

TEST_CASE("snapshots survive their JSON, as an answer and as a notice") {
  const Snapshot snapshot = sample_snapshot();
  const std::string json = to_json(snapshot);
  const std::string reply = encode_snapshot_reply(std::int64_t{1}, json);
  const std::string notice = encode_snapshot_notice(json);
  CHECK(*decode_snapshot(without_newline(reply)) == snapshot);
  CHECK(*decode_snapshot(without_newline(notice)) == snapshot);
  CHECK(notice.starts_with(R"({"jsonrpc":"2.0","method":"snapshot","params":{"schema":1,"version":42,)"));
}
