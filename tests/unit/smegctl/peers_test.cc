#include "peers.h"

#include "control/json.h"
#include "unit/smegctl/host.h"

using namespace smeg;
using namespace smeg::ctl;

TEST_CASE("peers are members with a key but this host, and guests of this host") {
  const std::string table = peers_table(control::sample_snapshot(), control::sample_time(0), {});
  CHECK(table ==
        "PEER   MESH    ENDPOINT             HANDSHAKE  RECEIVED  SENT    BACKEND\n"
        "bob    office  [2001:db8::1]:51821  30s        1.5 KiB   16 EiB  userspace\n"
        "phone  office  -                    30s        1.5 KiB   20 B    userspace\n");
  const std::string wide = peers_table(control::sample_snapshot(), control::sample_time(0), {.wide = true});
  CHECK(has(wide, "  KIND    STATE   ADDRESS    INTERFACE  DROPPED  WIREGUARD KEY\n"));
  CHECK(has(wide, "  member  alive   fd00:1::2  smeg0      6        AgIC"));
  control::Snapshot alone = control::sample_snapshot();
  alone.meshes.clear();
  CHECK(has(peers_table(alone, control::sample_time(0), {}), "has no tunnels"));
}

TEST_CASE("handshakes are green as long as the session they made lives") {
  const auto coloured = [](int seconds) {
    return peers_table(control::sample_snapshot(), control::sample_time(seconds), {.colour = true});
  };
  CHECK(has(coloured(0), "\033[32m30s\033[0m"));
  CHECK(has(coloured(150), "\033[32m3m\033[0m"));
  CHECK(coloured(151).find("\033[32m3m") == std::string::npos);
}

TEST_CASE("peers as JSON") {
  const auto json = control::Json::parse(peers_json(control::sample_snapshot()));
  REQUIRE(json);
  CHECK(has(json->dump(), R"("kind":"member","name":"bob")"));
  CHECK(has(json->dump(), R"("endpoint":"[2001:db8::1]:51821","lastHandshake":"2026-03-01T11:59:30Z","rxBytes":1536)"));
  CHECK(has(json->dump(), R"("dropped":{"malformed":3,"refused":1,"overflow":0,"sessions":2})"));
  CHECK(has(json->dump(), R"("kind":"guest","name":"phone","publicKey":null)"));
}

TEST_CASE("peers of one mesh") {
  Host host;
  CHECK(host.run({"peers"}) == kDone);
  CHECK(has(host.out.str(), "\nbob    office  [2001:db8::1]:51821  30s"));
  CHECK(host.run({"peers", "-m", "nope"}) == kRefused);
  CHECK(host.run({"-o", "json-line", "peers"}) == kDone);
  CHECK(host.out.str().starts_with("{\"schema\":1,\"peers\":[{"));
}
