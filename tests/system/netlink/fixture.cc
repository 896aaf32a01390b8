#include "system/netlink/fixture.h"

#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace smeg::netlink::test {

using namespace netstate;

bool isolate_files() {
  mkdir("/run/wireguard", 0755);
  return unshare(CLONE_NEWNS) == 0 && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount("tmpfs", "/run/wireguard", "tmpfs", 0, "mode=0755") == 0;
}

Backend backend() {
  const char* wanted = std::getenv("BACKEND");
  return wanted && std::string_view(wanted) == "kernel" ? Backend::kernel : Backend::userspace;
}

InterfaceName interface_name(unsigned number) { return InterfaceName::make("smeg", number).value(); }

MeshId mesh(std::uint8_t number) {
  MeshId id;
  id.bytes.fill(number);
  return id;
}

addr::Prefix prefix(std::string_view text) { return addr::Prefix::parse(text).value(); }
Address address(std::string_view text) { return Address::host(addr::IpAddress::parse(text).value()); }

crypto::WgPublicKey peer_key(std::uint8_t number) {
  ByteArray<32> bytes;
  bytes.fill(number);
  return crypto::wg_public_key(crypto::WgPrivateKey(bytes));
}

State office() {
  Interface interface;
  interface.mesh = mesh(1);
  interface.backend = backend();
  interface.addresses = {address("fd00::1")};
  ByteArray<32> key;
  key.fill(0x48);
  interface.device.private_key = crypto::WgPrivateKey(key);
  interface.device.listen_port = 51'820;
  Peer first;
  first.endpoint = EndpointChoice{addr::Endpoint::parse("192.0.2.1:51820").value(), 0};
  first.keepalive = std::chrono::seconds(25);
  first.preshared_key = crypto::PresharedKey(key);
  first.allowed_ips = {prefix("fd00::2/128"), prefix("10.1.0.0/16")};
  Peer second;
  second.allowed_ips = {prefix("fd00::3/128")};
  interface.device.peers = {{peer_key(1), first}, {peer_key(2), second}};
  State state;
  state.interfaces.emplace(interface_name(0), interface);
  state.routes.emplace(RouteKey{prefix("fd00::/64")}, RouteTarget{interface_name(0)});
  return state;
}

Options options() {
  Options out;
  if (const char* ours = std::getenv("SMEGD")) {
    out.engine.path = ours;
  } else {
    out.engine = {"wireguard-go", "wireguard-go", {"-f"}, false};
  }
  out.uapi_directory = "/run/wireguard";
  out.request_timeout = std::chrono::milliseconds(1'000);
  return out;
}

void run(const std::string& command) { REQUIRE_MESSAGE(std::system(command.c_str()) == 0, command); }

std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe);
  std::array<char, 4'096> piece;
  while (const std::size_t size = fread(piece.data(), 1, piece.size(), pipe)) text.append(piece.data(), size);
  pclose(pipe);
  return text;
}

Fixture::Fixture() {
  REQUIRE(unshare(CLONE_NEWNET) == 0);
  run("ip link set lo up");
  restart();
}

Fixture::~Fixture() {
  if (auto observed = host_->observe()) (void)host_->apply(diff(*observed, {}));
}

void Fixture::restart() {
  auto host = Host::open(options());
  REQUIRE(host);
  host_ = std::move(*host);
}

Observed Fixture::observe() {
  auto observed = host_->observe();
  REQUIRE_MESSAGE(observed, (observed ? "" : observed.error().message));
  return *observed;
}

Plan Fixture::reach(const State& desired) {
  const Plan plan = diff(observe(), desired);
  const auto results = host_->apply(plan);
  REQUIRE(results.size() == plan.ops.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    CHECK_MESSAGE(results[i], describe(plan.ops[i]), ": ", (results[i] ? "" : results[i].error().message));
  }
  return plan;
}

bool Fixture::holds(const State& desired) {
  const Plan plan = diff(observe(), desired);
  for (const Op& op : plan.ops) MESSAGE("still to do: " << describe(op));
  return plan.empty() && plan.conflicts.empty();
}

bool Fixture::is_empty() {
  const Observed observed = observe();
  return observed.interfaces.empty() && observed.routes.empty();
}

Changes Fixture::next_changes() {
  pollfd entry{host_->changes_fd(), POLLIN, 0};
  poll(&entry, 1, 1'000);
  return host_->take_changes();
}

}  // namespace smeg::netlink::test
