// An interface from nothing to nothing, and what others do to it meanwhile.
#include <signal.h>

#include "system/netlink/fixture.h"

namespace smeg::netlink {

using namespace netstate;
using namespace test;

TEST_CASE_FIXTURE(Fixture, "an interface is made, seen as made, changed and taken away") {
  State state = office();
  CHECK(is_empty());
  reach(state);
  CHECK(holds(state));

  const Observed observed = observe();
  const ObservedInterface& seen = observed.interfaces.at(interface_name(0));
  CHECK(seen.ours);
  CHECK(seen.mesh == mesh(1));
  CHECK(seen.backend == backend());
  CHECK((seen.engine > 1) == (backend() == Backend::userspace));
  CHECK(seen.addresses == std::map<Address, bool>{{address("fd00::1"), true}});  // and none of the kernel's making
  REQUIRE(seen.device);
  CHECK(seen.device->peers.at(peer_key(1)).endpoint->to_string() == "192.0.2.1:51820");
  CHECK(!seen.device->peers.at(peer_key(1)).last_handshake);
  CHECK(host().observe_devices().at(interface_name(0)) == *seen.device);
  CHECK(output_of("ip -6 route show dev smeg0").find("fd00::/64 proto 83 metric 1024") == 0);
  CHECK(output_of("wg show smeg0 peers").size() == 2 * 45);

  Interface& interface = state.interfaces.at(interface_name(0));
  interface.mtu = 1'300;
  interface.addresses = {address("fd00::9")};
  interface.device.fwmark = 7;
  interface.device.peers.at(peer_key(2)).allowed_ips = {prefix("fd00::2/128")};
  interface.device.peers.at(peer_key(1)).allowed_ips = {prefix("fd00::4/128")};
  interface.device.peers[peer_key(3)].allowed_ips = {prefix("fd00::3/128")};
  state.routes.clear();
  state.routes.emplace(RouteKey{prefix("fd00::/64"), 77, 100'000}, RouteTarget{interface_name(0)});
  state.routes.emplace(RouteKey{prefix("10.1.0.0/16")}, RouteTarget{interface_name(0)});
  reach(state);
  CHECK(holds(state));

  reach({});
  CHECK(is_empty());
  CHECK(output_of("ls /run/wireguard").empty());
}

TEST_CASE_FIXTURE(Fixture, "a hairpin is made, seen as made, changed and taken away") {
  State state = office();
  reach(state);
  Interface& interface = state.interfaces.at(interface_name(0));
  interface.hairpin = Hairpin{prefix("fd00::/64"), {address("fd00::1").address}};
  CHECK(reach(state).ops.size() == 1);
  CHECK(holds(state));
  CHECK(output_of("tc filter show dev smeg0 ingress").find("Egress Redirect to device smeg0") != std::string::npos);
  CHECK(output_of("cat /proc/sys/net/ipv6/conf/all/forwarding") == "0\n");
  run("tc filter add dev smeg0 ingress pref 7 protocol ipv6 u32 match u32 0 0 flowid 1:1");  // somebody else's
  interface.hairpin->within = prefix("fd00::/56");
  interface.hairpin->except.insert(address("fd00::9").address);
  CHECK(reach(state).ops.size() == 1);
  CHECK(holds(state));
  interface.hairpin.reset();
  CHECK(reach(state).ops.size() == 1);
  CHECK(holds(state));
  const std::string left = output_of("tc filter show dev smeg0 ingress");
  CHECK(left.find("pref 7 ") != std::string::npos);
  CHECK(left.find("pref 83 ") == std::string::npos);
  CHECK(left.find("pref 84 ") == std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "forwarding and routes with an MTU as a part of the whole") {
  State state = office();
  Interface other = state.interfaces.at(interface_name(0));
  other.mesh = mesh(2);
  other.device.listen_port = 0;
  other.addresses = {address("fd02::1")};
  state.interfaces.emplace(interface_name(1), other);
  state.forwarding = Forwarding{{interface_name(0), interface_name(1)}};
  state.routes.begin()->second.mtu = 1'300;
  state.routes.emplace(RouteKey{prefix("fd02::/64")}, RouteTarget{interface_name(1), 1'280, true});
  reach(state);
  CHECK(holds(state));
  CHECK(output_of("ip -6 route show fd00::/64").find("mtu 1300") != std::string::npos);
  CHECK(output_of("ip -6 route show fd02::/64").find("mtu lock 1280") != std::string::npos);
  CHECK(output_of("cat /proc/sys/net/ipv6/conf/smeg0/accept_ra") ==
        "0\n");  // of a peer that advertises itself as a router
  state.routes.begin()->second = RouteTarget{interface_name(0), 1'400, true};
  state.forwarding->beyond[interface_name(0)].behind = {prefix("::/0")};
  CHECK(reach(state).ops.size() == 2);
  CHECK(holds(state));
  restart();
  reach(state);
  CHECK(holds(state));
  reach({});
  CHECK(is_empty());
  CHECK(!observe().forwarding);
  CHECK(output_of("cat /proc/sys/net/ipv6/conf/all/forwarding") == "0\n");
}

TEST_CASE_FIXTURE(Fixture, "a host that turns IPv6 off for new interfaces") {
  run("echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6");
  reach(office());
  CHECK(holds(office()));
}

TEST_CASE_FIXTURE(Fixture, "a link of ours whose engine is nowhere to be seen is replaced") {
  run("ip tuntap add dev smeg0 mode tun && ip link set smeg0 alias " + owner_alias({mesh(1)}));
  const Plan plan = reach(office());
  CHECK(std::holds_alternative<RemoveInterface>(plan.ops.front()));
  CHECK(holds(office()));
}

TEST_CASE_FIXTURE(Fixture, "several meshes, a route that moves from one interface to another") {
  State state = office();
  Interface other = state.interfaces.at(interface_name(0));
  other.mesh = mesh(2);
  other.device.listen_port = 0;
  other.addresses = {address("fd02::1")};
  state.interfaces.emplace(interface_name(1), other);
  reach(state);
  CHECK(holds(state));
  state.routes.begin()->second.interface = interface_name(1);
  const Plan plan = reach(state);
  REQUIRE(plan.ops.size() == 1);
  CHECK(std::holds_alternative<ReplaceRoute>(plan.ops[0]));
  CHECK(holds(state));
  state.interfaces.erase(interface_name(0));
  reach(state);
  CHECK(holds(state));
}

TEST_CASE_FIXTURE(Fixture, "drift is noticed and put right") {
  State state = office();
  state.interfaces.begin()->second.hairpin = Hairpin{prefix("fd00::/64"), {address("fd00::1").address}};
  reach(state);
  REQUIRE(holds(state));
  host().take_changes();
  std::string command;
  SUBCASE("link down") { command = "ip link set smeg0 down"; }
  SUBCASE("MTU") { command = "ip link set smeg0 mtu 1000"; }
  SUBCASE("address gone") { command = "ip addr del fd00::1/128 dev smeg0"; }
  SUBCASE("route gone") { command = "ip -6 route del fd00::/64 dev smeg0"; }
  SUBCASE("hairpin gone") { command = "tc qdisc del dev smeg0 clsact"; }
  SUBCASE("hairpin in pieces") { command = "tc filter del dev smeg0 ingress pref 83"; }
  SUBCASE("hairpin bent") {
    command = "tc filter add dev smeg0 ingress pref 84 protocol ipv6 u32 match ip6 src fd00::/64 flowid 1:1";
  }
  SUBCASE("alias gone") { command = "ip link set smeg0 alias ''"; }
  SUBCASE("link deleted") { command = "ip link del smeg0"; }
  if (backend() == Backend::userspace) {
    SUBCASE("engine killed") { command = "kill -9 " + std::to_string(observe().interfaces.begin()->second.engine); }
  }
  SUBCASE("our protocol number, not wanted") { command = "ip -6 route add fd55::/64 dev smeg0 proto 83"; }
  run(command);
  CHECK(next_changes().ours);
  CHECK(!diff(observe(), state).empty());
  reach(state);
  CHECK(holds(state));
}

TEST_CASE_FIXTURE(Fixture, "a device that was reconfigured by hand is put right") {
  const State state = office();
  reach(state);
  const std::string other = crypto::to_base64(peer_key(9).bytes);
  run("wg set smeg0 fwmark 99 listen-port 51999 peer " + other + " allowed-ips fd00::2/128,fd66::/64");
  run("wg set smeg0 peer " + crypto::to_base64(peer_key(2).bytes) + " remove");
  reach(state);
  CHECK(holds(state));
}

TEST_CASE_FIXTURE(Fixture, "after a restart the running interface is taken over, untouched") {
  const State state = office();
  reach(state);
  const std::uint32_t engine = observe().interfaces.at(interface_name(0)).engine;
  const std::uint32_t index = observe().interfaces.at(interface_name(0)).index;
  restart();
  for (const Op& op : diff(observe(), state).ops) CHECK(std::holds_alternative<AdoptEndpoint>(op));
  reach(state);
  CHECK(holds(state));
  CHECK(observe().interfaces.at(interface_name(0)).engine == engine);
  CHECK(observe().interfaces.at(interface_name(0)).index == index);
  // And without the memory of having started it, it can be ended.
  restart();
  reach({});
  CHECK(is_empty());
}

TEST_CASE_FIXTURE(Fixture, "a peer that roamed is left alone") {
  const State state = office();
  reach(state);
  run("wg set smeg0 peer " + crypto::to_base64(peer_key(1).bytes) + " endpoint 198.51.100.1:7");
  CHECK(holds(state));
  CHECK(observe().interfaces.at(interface_name(0)).device->peers.at(peer_key(1)).endpoint->to_string() ==
        "198.51.100.1:7");
}

// The signal reaches a thread that runs on another processor a while after kill returns, and one may yet answer.
void stop_all_threads(std::uint32_t process) {
  const std::string pid = std::to_string(process);
  run("kill -STOP " + pid + "; for i in $(seq 200); do grep -L '^State:.T' /proc/" + pid +
      "/task/*/status | grep -q . || exit 0; sleep 0.05; done; exit 1");
}

TEST_CASE_FIXTURE(Fixture, "an engine that hangs is given up only after several looks, and replaced" *
                               doctest::skip(engines_only)) {
  const State state = office();
  reach(state);
  REQUIRE(holds(state));
  const std::uint32_t engine = observe().interfaces.at(interface_name(0)).engine;
  stop_all_threads(engine);
  for (unsigned i = 1; i < limits::kEngineSilences; ++i) CHECK(holds(state));
  CHECK(!observe().interfaces.at(interface_name(0)).device);
  reach(state);
  CHECK(holds(state));
  CHECK(observe().interfaces.at(interface_name(0)).engine != engine);
}

TEST_CASE_FIXTURE(Fixture, "the kernel's WireGuard is tried, and nothing of the trial stays") {
  const std::string links = output_of("ip -o link");
  run("ip link add smeg-trial type wireguard 2>/dev/null || true");  // as if left behind by one who was killed there
  restart();
  CHECK(output_of("ip -o link") == links);
  if (backend() == Backend::kernel) CHECK(observe().kernel_refusal == "");
}

TEST_CASE_FIXTURE(Fixture, "an interface of the other backend is replaced" * doctest::skip(kernel_only)) {
  State state = office();
  for (const Backend next : {Backend::userspace, Backend::kernel, Backend::userspace}) {
    state.interfaces.at(interface_name(0)).backend = next;
    reach(state);
    CHECK(holds(state));
    CHECK(observe().interfaces.at(interface_name(0)).backend == next);
  }
}

TEST_CASE_FIXTURE(Fixture,
                  "an interface that was made and not yet marked is known for ours" * doctest::skip(kernel_only)) {
  run("ip link add smeg0 group " + std::to_string(kLinkGroup) + " type wireguard");
  run("ip link add smeg1 type wireguard");
  CHECK(observe().interfaces.at(interface_name(0)).ours);
  CHECK(!observe().interfaces.at(interface_name(1)).ours);
  reach(office());
  CHECK(holds(office()));
  reach({});
  CHECK(output_of("ip link show type wireguard | grep -c mtu") == "1\n");
}

TEST_CASE_FIXTURE(Fixture, "a device with more than one message can hold") {
  State state = office();
  auto& peers = state.interfaces.at(interface_name(0)).device.peers;
  for (unsigned i = 0; i < 3'000; ++i) {
    ByteArray<16> bytes{0xfd, 1};
    store_be(bytes.data() + 12, i);
    peers.at(peer_key(1)).allowed_ips.insert(addr::Prefix::host(addr::IpAddress::v6(bytes)));
  }
  for (std::uint8_t i = 3; i < 70; ++i) {
    peers[peer_key(i)].allowed_ips.insert(addr::Prefix::host(addr::IpAddress::v4({10, 9, 0, i})));
    peers[peer_key(i)].preshared_key = peers.at(peer_key(1)).preshared_key;
  }
  reach(state);
  CHECK(holds(state));
}

TEST_CASE_FIXTURE(Fixture, "a listen port that somebody else has is refused as a conflict, and another does") {
  run("ip link add other type wireguard 2>/dev/null && wg set other listen-port 51820 && ip link set other up || true");
  if (output_of("ip -o link show other 2>/dev/null").empty()) return;
  State state = office();
  const Plan plan = diff(observe(), state);
  bool refused = false;
  for (const auto& result : host().apply(plan)) refused = refused || (!result && result.error().code == Code::conflict);
  CHECK(refused == (backend() == Backend::kernel));
  state.interfaces.at(interface_name(0)).device.listen_port = 51'821;
  reach(state);
  CHECK(holds(state));
}

}  // namespace smeg::netlink
