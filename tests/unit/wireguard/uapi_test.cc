#include "wireguard/uapi.h"

#include <doctest/doctest.h>

#include "unit/wireguard/support.h"

namespace smeg::wireguard {
namespace {

using namespace testing;

constexpr std::string_view kKeyA = "e84b5a6d2717c1003a13b431570353dbaca9146cf150c5f8575680feba52027a";
constexpr std::string_view kKeyB = "b85996fecc9c7f1fc6d2572a76eda11d59bcd20be8e543b15ce4bd85a8e75a33";

crypto::Secret<32> key(std::string_view hex) { return *crypto::Secret<32>::from(*crypto::from_hex(hex)); }

// All requests in the text, fed in pieces of that many bytes.
std::vector<Result<UapiRequest>> parse(std::string_view text, std::size_t piece = 1'000'000) {
  UapiRequestParser parser;
  std::vector<Result<UapiRequest>> out;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    parser.feed(text.substr(at, piece));
    while (auto request = parser.next()) out.push_back(std::move(*request));
  }
  return out;
}
Result<UapiRequest> parse_one(const std::string& text) {
  auto all = parse(text);
  REQUIRE(all.size() == 1);
  return all[0];
}
DeviceConfig parse_set(const std::string& lines) {
  const auto request = parse_one("set=1\n" + lines + "\n");
  REQUIRE(request);
  return std::get<DeviceConfig>(*request);
}
Error refusal(const std::string& lines) {
  const auto request = parse_one("set=1\n" + lines + "\n");
  REQUIRE(!request);
  return request.error();
}

DeviceConfig full_config() {
  DeviceConfig config;
  config.private_key = crypto::WgPrivateKey(key(kKeyA));
  config.listen_port = 12'912;
  config.fwmark = 0x80;
  config.replace_peers = true;
  PeerConfig& peer = config.peers.emplace_back();
  peer.public_key.bytes = key(kKeyB).expose();
  peer.update_only = true;
  peer.preshared_key = crypto::PresharedKey(key(kKeyA));
  peer.endpoint = endpoint("[2001:db8::1]:51820");
  peer.persistent_keepalive = 111s;
  peer.replace_allowed_ips = true;
  peer.allowed_ips = {{prefix("192.168.4.4/32")}, {prefix("fd00::/64"), true}};
  peer.replace_accepted_ips = true;
  peer.accepted_ips = {{prefix("fd01::/64")}, {prefix("fd02::/64"), true}};
  PeerConfig& gone = config.peers.emplace_back();
  gone.public_key.bytes = key(kKeyA).expose();
  gone.remove = true;
  return config;
}

Result<DeviceStatus> read_reply(const std::string& text, std::size_t piece = 1'000'000) {
  UapiReplyParser parser;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    parser.feed(std::string_view(text).substr(at, piece));
    if (auto reply = parser.next()) return *reply;
  }
  return fail(Code::unavailable, "more bytes are needed");
}

TEST_CASE("a get request") {
  const auto request = parse_one("get=1\n\n");
  REQUIRE(request);
  CHECK(std::holds_alternative<GetRequest>(*request));
}

TEST_CASE("every key has its meaning") {
  const DeviceConfig config = parse_set(
      "private_key=" + std::string(kKeyA) + "\nlisten_port=12912\nfwmark=4294967295\nreplace_peers=true\npublic_key=" +
      std::string(kKeyB) + "\nupdate_only=true\npreshared_key=" + std::string(kKeyA) +
      "\nendpoint=[abcd:23::33]:51820\npersistent_keepalive_interval=65535\nreplace_allowed_ips=true\n"
      "allowed_ip=192.168.4.4/32\nallowed_ip=-10.0.0.0/8\nallowed_ip=+10.1.2.3/16\nreplace_accepted_ips=true\n"
      "accepted_ip=fd01::/64\naccepted_ip=-fd02::1/64\nprotocol_version=1\npublic_key=" +
      std::string(kKeyA) + "\nremove=true\n");
  CHECK(*config.private_key == key(kKeyA));
  CHECK(config.listen_port == 12'912);
  CHECK(config.fwmark == 0xffff'ffff);
  CHECK(config.replace_peers);
  REQUIRE(config.peers.size() == 2);
  const PeerConfig& peer = config.peers[0];
  CHECK(peer.update_only);
  CHECK(!peer.remove);
  CHECK(*peer.preshared_key == key(kKeyA));
  CHECK(peer.endpoint == endpoint("[abcd:23::33]:51820"));
  CHECK(peer.persistent_keepalive == 65'535s);
  CHECK(peer.replace_allowed_ips);
  CHECK(peer.allowed_ips == std::vector<PrefixChange>{{prefix("192.168.4.4/32"), false},
                                                      {prefix("10.0.0.0/8"), true},
                                                      {prefix("10.1.0.0/16"), false}});
  CHECK(peer.replace_accepted_ips);
  CHECK(peer.accepted_ips == std::vector<PrefixChange>{{prefix("fd01::/64"), false}, {prefix("fd02::/64"), true}});
  CHECK(config.peers[1].remove);
}

TEST_CASE("what isn't said is absent") {
  const DeviceConfig config = parse_set("public_key=" + std::string(kKeyB) + "\n");
  CHECK(!config.private_key);
  CHECK(!config.listen_port);
  CHECK(!config.fwmark);
  CHECK(!config.replace_peers);
  REQUIRE(config.peers.size() == 1);
  PeerConfig bare;
  bare.public_key.bytes = key(kKeyB).expose();
  CHECK(config.peers[0] == bare);
  CHECK(parse_set("") == DeviceConfig{});
}

TEST_CASE("impossible values are refused, and not quoted") {
  const std::string peer = "public_key=" + std::string(kKeyB) + "\n";
  for (const std::string& lines : {std::string("private_key=12\n"),
                                   "private_key=" + std::string(kKeyA) + "0\n",
                                   "private_key=" + std::string(63, 'a') + "g\n",
                                   std::string("listen_port=65536\n"),
                                   std::string("listen_port=-1\n"),
                                   std::string("listen_port=\n"),
                                   std::string("listen_port=1 \n"),
                                   std::string("fwmark=4294967296\n"),
                                   std::string("fwmark=0x10\n"),
                                   std::string("replace_peers=false\n"),
                                   std::string("public_key=zz\n"),
                                   std::string("endpoint=192.0.2.1:1\n"),
                                   std::string("secret-key=1\n"),
                                   peer + "listen_port=1\n",
                                   peer + "endpoint=host:1\n",
                                   peer + "endpoint=192.0.2.1:0\n",
                                   peer + "endpoint=192.0.2.1\n",
                                   peer + "persistent_keepalive_interval=65536\n",
                                   peer + "persistent_keepalive_interval=off\n",
                                   peer + "allowed_ip=10.0.0.0\n",
                                   peer + "allowed_ip=10.0.0.0/33\n",
                                   peer + "allowed_ip=--10.0.0.0/8\n",
                                   peer + "accepted_ip=fd01::/129\n",
                                   peer + "replace_accepted_ips=1\n",
                                   std::string("accepted_ip=fd01::/64\n"),
                                   peer + "protocol_version=2\n",
                                   peer + "remove=1\n",
                                   peer + "update_only=\n",
                                   peer + "replace_allowed_ips=yes\n",
                                   peer + "preshared_key=\n"}) {
    CAPTURE(lines);
    const Error error = refusal(lines);
    CHECK(error.code == Code::invalid);
    CHECK(uapi_errno(error) == 22);
    const std::string value = lines.substr(lines.rfind('=') + 1);
    if (value.size() > 4) CHECK(error.message.find(value.substr(0, value.size() - 1)) == std::string::npos);
  }
  CHECK(uapi_errno(refusal("no equals sign\n")) == 71);
}

TEST_CASE("a link-local endpoint names its interface") {
  const std::string peer = "public_key=" + std::string(kKeyB) + "\nendpoint=";
  const auto by_name = parse_set(peer + "[fe80::1%eth0]:51820\n").peers.at(0);
  CHECK(by_name.endpoint == endpoint("[fe80::1]:51820"));
  CHECK(by_name.zone == Zone{"eth0", 0});
  CHECK(parse_set(peer + "[fe80::1%7]:51820\n").peers.at(0).zone == Zone{"", 7});
  CHECK(parse_set(peer + "[fe80::1]:51820\n").peers.at(0).zone == Zone{});
  for (const char* text : {"[fe80::1%]:1", "[fe80::1%sixteen-letters-]:1", "[2001:db8::1%eth0]:1", "192.0.2.1%eth0:1",
                           "fe80::1%eth0:1", "[fe80::1]%eth0:1", "[fe80::1%eth0:1"}) {
    CAPTURE(text);
    CHECK(refusal(peer + text + "\n").code == Code::invalid);
  }

  DeviceConfig config;
  config.peers.push_back(by_name);
  CHECK(uapi_set_request(config).find("\nendpoint=[fe80::1%eth0]:51820\n") != std::string::npos);
  DeviceStatus status;
  PeerStatus& told = status.peers.emplace_back();
  told.public_key = by_name.public_key;
  told.endpoint = by_name.endpoint;
  told.zone.index = 12;
  CHECK(uapi_get_reply(status).find("\nendpoint=[fe80::1%12]:51820\n") != std::string::npos);
  CHECK(read_reply(uapi_get_reply(status)) == status);
}

TEST_CASE("the connection stays usable after an error: the rest of the request is skipped") {
  const auto all = parse("set=1\nlisten_port=x\nlisten_port=5\n\nget=1\nextra=1\n\nget=1\n\nset=1\nlisten_port=7\n\n");
  REQUIRE(all.size() == 4);
  CHECK(!all[0]);
  CHECK(!all[1]);
  CHECK(std::holds_alternative<GetRequest>(*all[2]));
  CHECK(std::get<DeviceConfig>(*all[3]).listen_port == 7);
}

TEST_CASE("bytes may come in any pieces") {
  const std::string text = uapi_set_request(full_config()) + uapi_get_request();
  for (std::size_t piece = 1; piece < 70; ++piece) {
    const auto all = parse(text, piece);
    REQUIRE(all.size() == 2);
    CHECK(std::get<DeviceConfig>(*all[0]) == full_config());
  }
}

TEST_CASE("what isn't the protocol breaks the connection off") {
  for (const std::string& text : {std::string("GET / HTTP/1.1\r\n\r\n"), std::string("\n"), std::string("get=2\n\n"),
                                  std::string(limits::kUapiLineBytes + 1, 'a'),
                                  "set=1\nprivate_key=" + std::string(limits::kUapiLineBytes, 'a') + "\n\n"}) {
    UapiRequestParser parser;
    parser.feed(text);
    const auto request = parser.next();
    REQUIRE(request);
    CHECK(!*request);
    CHECK(parser.broken());
    parser.feed("get=1\n\n");
    CHECK(!parser.next());
  }
}

TEST_CASE("a request has at most so many lines") {
  UapiRequestParser parser;
  parser.feed("set=1\nlisten_port=x\n");
  CHECK(!parser.next());
  std::string lines;
  for (int i = 0; i < 1'000; ++i) lines += "a=1\n";
  std::optional<Result<UapiRequest>> request;
  for (std::size_t i = 0; i <= limits::kUapiLines / 1'000 && !request; ++i) {
    parser.feed(lines);
    request = parser.next();
  }
  REQUIRE(request);
  CHECK(request->error().code == Code::too_large);
  CHECK(parser.broken());
}

TEST_CASE("a request that we make is the one that we read") {
  CHECK(std::get<DeviceConfig>(*parse_one(uapi_set_request(full_config()))) == full_config());
  CHECK(std::get<DeviceConfig>(*parse_one(uapi_set_request({}))) == DeviceConfig{});
}

DeviceStatus full_status() {
  DeviceStatus status;
  status.private_key = crypto::WgPrivateKey(key(kKeyA));
  status.listen_port = 51'820;
  status.fwmark = 9;
  PeerStatus& peer = status.peers.emplace_back();
  peer.public_key.bytes = key(kKeyB).expose();
  peer.preshared_key = crypto::PresharedKey(key(kKeyA));
  peer.endpoint = endpoint("192.0.2.1:1000");
  peer.persistent_keepalive = 25s;
  peer.last_handshake = 1'700'000'000s + 5ns;
  peer.rx_bytes = ~std::uint64_t{0};
  peer.tx_bytes = 17;
  peer.allowed_ips = {prefix("10.0.0.0/8"), prefix("fd00::/64")};
  status.peers.emplace_back().public_key.bytes = key(kKeyA).expose();
  return status;
}

TEST_CASE("a reply that we make is the one that we read, in any pieces") {
  const std::string text = uapi_get_reply(full_status());
  for (const std::size_t piece : {1u, 7u, 100u, 100'000u}) CHECK(read_reply(text, piece) == full_status());
  CHECK(read_reply(uapi_get_reply({})) == DeviceStatus{});
}

TEST_CASE("the text of a reply") {
  const std::string text = uapi_get_reply(full_status());
  CHECK(text.starts_with("private_key=" + std::string(kKeyA) + "\nlisten_port=51820\nfwmark=9\npublic_key="));
  CHECK(text.find("\nlast_handshake_time_sec=1700000000\nlast_handshake_time_nsec=5\n") != std::string::npos);
  CHECK(text.find("\nendpoint=192.0.2.1:1000\n") != std::string::npos);
  CHECK(text.find("\nallowed_ip=fd00::/64\n") != std::string::npos);
  CHECK(text.ends_with("errno=0\n\n"));
}

TEST_CASE("replies to a set") {
  CHECK(uapi_set_reply({}) == "errno=0\n\n");
  CHECK(uapi_set_reply(fail(Code::conflict, "port in use")) == "errno=-98\n\n");
  CHECK(read_reply(uapi_set_reply({})) == DeviceStatus{});
  const auto refused = read_reply("errno=-22\n\n");
  REQUIRE(!refused);
  CHECK(refused.error().code == Code::io);
}

TEST_CASE("unknown keys of a newer engine are skipped, malformed values are not") {
  CHECK(read_reply("new_key=5\nlisten_port=7\npublic_key=" + std::string(kKeyA) + "\nnewer=x\nerrno=0\n\n")
            ->listen_port == 7);
  for (const std::string text : {"errno=zero\n\n", "listen_port=7\n\n", "listen_port=70000\nerrno=0\n\n",
                                 "nonsense\nerrno=0\n\n", "public_key=1\nerrno=0\n\n"}) {
    const auto reply = read_reply(text);
    REQUIRE(!reply);
    CHECK(reply.error().code == Code::malformed);
  }
  UapiReplyParser parser;
  parser.feed(std::string(limits::kUapiLineBytes + 1, 'x'));
  CHECK(!*parser.next());
  CHECK(parser.broken());
}

}  // namespace
}  // namespace smeg::wireguard
