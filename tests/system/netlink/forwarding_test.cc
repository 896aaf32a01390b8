// What is forwarded, and what is not; and that the host is as before when nothing is forwarded any more.
//
//   peer A fd0a::2 ---- smeg0 fd0a::1 +--------+ smeg1 fd0b::1 ---- peer B fd0b::2
//                                     |  host  |
//   LAN 2001:db8:1::2 -- lan0 :1::1   +--------+ net0 :2::1 ------- 2001:db8:2::2 (knows no way to A, B and LAN)
//
// The interfaces are cables here: what is forwarded doesn't go by what an interface is.
#include <algorithm>
#include <string>
#include <vector>

#include "system/netlink/fixture.h"

namespace smeg::netlink {

using namespace netstate;
using namespace test;

namespace {

const std::string kForwarding = "/proc/sys/net/ipv6/conf/all/forwarding";

std::string setting(const std::string& interface, const std::string& name) {
  return output_of("cat /proc/sys/net/ipv6/conf/" + interface + "/" + name).substr(0, 1);
}

std::string settings() {
  const std::string all = output_of("cd /proc/sys/net/ipv6/conf && grep . */forwarding */accept_ra");
  REQUIRE(all.find("lan0/accept_ra:") != std::string::npos);
  return all;
}

// A namespace at the other end of a cable. It lives as long as a process that sleeps in it.
class Neighbour {
 public:
  Neighbour(const std::string& interface, const std::string& network, bool with_route) : address_(network + "2") {
    process_ = output_of("unshare -n sleep 600 >/dev/null 2>&1 & echo $!");
    process_.pop_back();
    run("for i in $(seq 200); do [ \"$(readlink /proc/" + process_ +
        "/ns/net)\" != \"$(readlink /proc/self/ns/net)\" ]" + " && exit 0; sleep 0.05; done; exit 1");
    run("ip link add " + interface + " type veth peer name far netns " + process_);
    run("ip addr add " + network + "1/64 dev " + interface + " nodad && ip link set " + interface + " up");
    run(inside("ip addr add " + address_ + "/64 dev far nodad") + " && " + inside("ip link set far up"));
    if (with_route) run(inside("ip -6 route add default via " + network + "1"));
  }
  ~Neighbour() { (void)output_of("kill " + process_); }
  Neighbour(const Neighbour&) = delete;
  Neighbour& operator=(const Neighbour&) = delete;

  std::string inside(const std::string& command) const { return "nsenter -t " + process_ + " -n " + command; }
  bool reaches(const Neighbour& other) const {
    return output_of(inside("ping -6 -c 1 -W 1 " + other.address_ + " 2>&1")).find(" 0% packet loss") !=
           std::string::npos;
  }
  const std::string& address() const { return address_; }

 private:
  std::string address_;
  std::string process_;
};

struct Crossing : Fixture {
  Neighbour a{"smeg0", "fd0a::", true};
  Neighbour b{"smeg1", "fd0b::", true};
  Neighbour lan{"lan0", "2001:db8:1::", true};
  Neighbour net{"net0", "2001:db8:2::", false};
  Forwarding forwarding{{interface_name(0), interface_name(1)},
                        {{interface_name(0), {{prefix("2001:db8:1::/64")}, {prefix("fd0a::/64")}}},
                         {interface_name(1), {{prefix("2001:db8:1::/64")}, {prefix("fd0a::/64")}}}}};

  Crossing() { settle(); }

  // A cable takes a moment until packets pass.
  void settle() {
    for (int i = 0; i < 100; ++i) {
      const bool up = output_of("ip -o link show up").find("LOWERLAYERDOWN") == std::string::npos;
      if (up && output_of("ping -6 -c 1 -W 1 fd0a::2; ping -6 -c 1 -W 1 fd0b::2; ping -6 -c 1 -W 1 2001:db8:1::2; "
                          "ping -6 -c 1 -W 1 2001:db8:2::2")
                        .find("100% packet loss") == std::string::npos) {
        return;
      }
    }
    FAIL("the cables carry nothing");
  }

  Result<void> carry_out(const Op& op) { return host().apply(Plan{{op}, {}}).front(); }
  void set() {
    const auto done = carry_out(SetForwarding{forwarding});
    REQUIRE_MESSAGE(done, (done ? "" : done.error().message));
    CHECK(observe().forwarding == forwarding);
  }
  void remove() {
    REQUIRE(carry_out(RemoveForwarding{}));
    CHECK(!observe().forwarding);
    CHECK(output_of("nft list ruleset").find("smegmesh") == std::string::npos);
  }
  bool is_drifted() {
    const bool told = next_changes().ours;
    return told && observe().forwarding == Forwarding{};
  }
};

}  // namespace

TEST_CASE_FIXTURE(Crossing, "packets pass between meshes, to and from what is behind, and masqueraded out; no others") {
  CHECK(!a.reaches(b));
  set();
  CHECK(a.reaches(b));
  CHECK(b.reaches(a));
  CHECK(a.reaches(lan));
  CHECK(lan.reaches(b));
  CHECK(a.reaches(net));   // which answers the host alone
  CHECK(!b.reaches(net));  // not a source that is masqueraded
  CHECK(!lan.reaches(net));
  run(net.inside("ip -6 route add default via 2001:db8:2::1"));
  CHECK(!net.reaches(a));
  CHECK(!net.reaches(lan));
  CHECK(a.reaches(net));

  forwarding.beyond.clear();
  set();
  CHECK(a.reaches(b));
  CHECK(!a.reaches(lan));
  CHECK(!lan.reaches(a));
  CHECK(!a.reaches(net));
  remove();
  CHECK(!a.reaches(b));
}

TEST_CASE_FIXTURE(Crossing, "a mesh that is apart has neither the network nor the way out of another") {
  const std::set<addr::Prefix> everywhere{prefix("fd00::/8")};
  forwarding.apart = {interface_name(0), interface_name(1)};
  forwarding.beyond = {{interface_name(0), {{}, everywhere}}, {interface_name(1), {{prefix("2001:db8:1::/64")}, {}}}};
  set();
  CHECK(a.reaches(net));
  CHECK(!b.reaches(net));
  CHECK(b.reaches(lan));
  CHECK(lan.reaches(b));
  CHECK(!lan.reaches(a));
  CHECK(a.reaches(lan));  // as everything, under the host's address
  CHECK(!a.reaches(b));
  CHECK(!b.reaches(a));
  run(net.inside("ip -6 route add default via 2001:db8:2::1"));
  CHECK(!b.reaches(net));

  forwarding.beyond = {{interface_name(0), {{prefix("2001:db8:2::/64")}, {}}},
                       {interface_name(1), {{prefix("2001:db8:1::/64")}, {}}}};
  set();
  CHECK(a.reaches(net));
  CHECK(!a.reaches(lan));
  CHECK(b.reaches(lan));
  CHECK(!b.reaches(net));
}

TEST_CASE_FIXTURE(Crossing, "what comes in over an interface of a mesh doesn't go out over it again") {
  run("ip addr add fd0a:1::1/64 dev smeg0 nodad");
  run(a.inside("ip addr add fd0a:1::2/64 dev far nodad"));
  run(a.inside("ip -6 rule add from fd0a::2 to fd0a:1::/64 lookup 9 pref 1 && ") +
      a.inside("ip -6 route add fd0a:1::/64 via fd0a::1 table 9"));
  set();
  CHECK(output_of(a.inside("ping -6 -c 1 -W 1 -I fd0a::2 fd0a:1::9")).find("100% packet loss") != std::string::npos);
  CHECK(output_of("nft list table ip6 smegmesh").find("@turned drop") != std::string::npos);
}

TEST_CASE_FIXTURE(Crossing, "the host is as before when nothing is forwarded any more") {
  run("echo 0 > /proc/sys/net/ipv6/conf/lan0/accept_ra && echo 2 > /proc/sys/net/ipv6/conf/net0/accept_ra");
  run("echo 1 > /proc/sys/net/ipv6/conf/smeg1/forwarding");
  const std::string before = settings();
  set();
  CHECK(setting("all", "forwarding") == "1");
  CHECK(setting("smeg0", "accept_ra") == "2");
  CHECK(setting("lan0", "accept_ra") == "0");
  CHECK(setting("default", "accept_ra") == "2");
  run("ip link add later type veth peer name later2");
  CHECK(setting("later", "accept_ra") == "2");
  run("ip link del later");
  SUBCASE("in order") {}
  SUBCASE("after a kill") { restart(); }
  SUBCASE("after a kill, and forwarded again") {
    restart();
    CHECK(observe().forwarding == Forwarding{});  // not known to be as we made it
    set();
    restart();
  }
  SUBCASE("somebody took the table away") { run("nft flush ruleset"); }
  SUBCASE("somebody took the table away, and it was made again") {
    run("nft flush ruleset");
    CHECK(is_drifted());
    set();
  }
  remove();
  CHECK(settings() == before);
}

TEST_CASE_FIXTURE(Crossing, "an interface keeps forwarding of its own where the rules can't be made") {
  run("echo 1 > /proc/sys/net/ipv6/conf/smeg1/forwarding");
  const std::string before = settings();
  Forwarding refused = forwarding;
  refused.beyond[interface_name(0)].masqueraded = {prefix("10.0.0.0/8")};  // no IPv6
  CHECK(!carry_out(SetForwarding{refused}));
  CHECK(settings() == before);
  restart();
  set();
  remove();
  CHECK(settings() == before);
}

TEST_CASE_FIXTURE(Crossing, "a daemon that was killed while it put the host's settings back goes on with it") {
  run("echo 1 > /proc/sys/net/ipv6/conf/smeg1/forwarding");
  const std::string before = settings();
  set();
  run("echo 0 > " + kForwarding);  // as far as it came
  restart();
  remove();
  CHECK(settings() == before);
}

TEST_CASE_FIXTURE(Crossing,
                  "a host that forwarded before goes on with what it did, and only our interfaces are limited") {
  run("echo 1 > " + kForwarding);
  run(net.inside("ip -6 route add default via 2001:db8:2::1"));
  const std::string before = settings();
  CHECK(lan.reaches(net));
  CHECK(a.reaches(net));
  for (auto& [name, beyond] : forwarding.beyond) beyond.masqueraded.clear();
  set();
  CHECK(lan.reaches(net));
  CHECK(a.reaches(b));
  CHECK(!a.reaches(net));
  restart();
  remove();
  CHECK(lan.reaches(net));
  CHECK(settings() == before);
}

TEST_CASE_FIXTURE(Crossing, "drift of what is forwarded is noticed and put right") {
  set();
  host().take_changes();
  std::string command;
  SUBCASE("rules gone") { command = "nft flush chain ip6 smegmesh forward"; }
  SUBCASE("a rule more") { command = "nft insert rule ip6 smegmesh forward accept"; }
  SUBCASE("an interface gone") { command = "nft delete element ip6 smegmesh meshes '{ smeg0 }'"; }
  SUBCASE("all rules of the host gone") { command = "nft flush ruleset"; }
  SUBCASE("forwarding off") { command = "echo 0 > " + kForwarding; }
  run(command);
  CHECK(is_drifted());
  set();
  CHECK(a.reaches(b));
  CHECK(!lan.reaches(net));
}

TEST_CASE_FIXTURE(Crossing, "a table of ours that is somebody else's is left alone") {
  run("nft add table ip6 smegmesh && nft add chain ip6 smegmesh theirs");
  CHECK(!observe().forwarding);
  const auto done = carry_out(SetForwarding{forwarding});
  REQUIRE(!done);
  CHECK(done.error().code == Code::conflict);
  CHECK(!done.error().hint.empty());
  CHECK(setting("all", "forwarding") == "0");
  REQUIRE(carry_out(RemoveForwarding{}));
  CHECK(output_of("nft list table ip6 smegmesh").find("chain theirs") != std::string::npos);
}

TEST_CASE_FIXTURE(Crossing, "a firewall in the way is told of, unless it knows our interfaces") {
  set();
  CHECK(observe().obstacles.empty());
  host().take_changes();
  run("nft add table inet wall && nft 'add chain inet wall through { type filter hook forward priority 5; policy drop; "
      "}'");
  CHECK(next_changes().ours);
  CHECK(!a.reaches(b));
  REQUIRE(observe().obstacles.size() == 1);
  CHECK(observe().obstacles[0].find("inet wall") != std::string::npos);
  run("nft add rule inet wall through iifname smeg0 accept && nft add rule inet wall through iifname smeg1 accept");
  CHECK(observe().obstacles.empty());
  CHECK(a.reaches(b));
  remove();
  run("nft flush chain inet wall through");
  CHECK(observe().obstacles.empty());  // nothing of ours is in its way
}

TEST_CASE_FIXTURE(Crossing, "where settings can't be written, forwarding has to be on already") {
  run("mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys");
  const auto done = carry_out(SetForwarding{forwarding});
  CHECK(output_of("nft list ruleset").empty());
  run("umount /proc/sys");
  REQUIRE(!done);
  CHECK(done.error().code == Code::unsupported);
  CHECK(done.error().hint.find("net.ipv6.conf.all.forwarding=1") != std::string::npos);
  run("echo 1 > " + kForwarding);
  run("mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys");
  const auto then = carry_out(SetForwarding{forwarding});
  run("umount /proc/sys");
  CHECK(then);
  CHECK(a.reaches(b));
}

TEST_CASE_FIXTURE(Crossing, "a route's MTU is told at the entrance where it is fixed, and TCP fits itself to it") {
  set();
  run("ip -6 route add fd0c::/64 via fd0b::2 mtu lock 1300");
  run(b.inside("ip addr add fd0c::2/64 dev far nodad"));
  // Nobody listens there; what is asked for on the way is enough.
  run(
      b.inside("nft 'add table ip6 t; add chain ip6 t seen { type filter hook input priority 0; }; "
               "add rule ip6 t seen tcp flags syn tcp option maxseg size 1240 counter'"));
  (void)output_of(a.inside("timeout 5 iperf3 -c fd0c::2 -n 1 --connect-timeout 1000 2>&1"));
  const std::string seen = output_of(b.inside("nft list table ip6 t"));
  CHECK_MESSAGE(seen.find("size 1240 counter packets ") != std::string::npos, seen);
  CHECK_MESSAGE(seen.find("counter packets 0 ") == std::string::npos, seen);
  const std::string told = output_of(a.inside("ping -6 -c 1 -W 1 -M do -s 1400 fd0c::2 2>&1"));
  CHECK_MESSAGE(told.find("mtu=1300") != std::string::npos, told);
}

}  // namespace smeg::netlink
