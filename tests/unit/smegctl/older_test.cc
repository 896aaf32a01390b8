#include "unit/smegctl/host.h"

using namespace smeg;
using namespace smeg::ctl;
using namespace std::chrono_literals;

TEST_CASE("older names do what the newer do") {
  Host host{control::Reply(control::MeshEntered{control::sample_mesh_id(1), "", *addr::IpAddress::parse("fd00:1::1")})};
  CHECK(host.run({"new-mesh", "-p", "51820", "-e", "gate:1", "-r", "client", "-k", "25"}) == kDone);
  CHECK(host.out.str() == "aeaqcaibaeaqcaibaeaqcaibaeaqcaib\n");
  const control::MembershipOptions options{
      Role::client, std::uint16_t{51'820}, {*addr::HostPort::parse("gate:1")}, 25s};
  CHECK(host.seen.at(0) == control::Command(control::MeshCreate{"", options}));
  CHECK(host.run({"new-mesh", "--wgport", "0"}) == kDone);
  CHECK(host.seen.at(1) == control::Command(control::MeshCreate{}));
  CHECK(host.run({"new-mesh", "--advertise"}) == kWrongUsage);
  CHECK(has(host.err.str(), "advertiseRoute: true"));
  CHECK(host.run({"new-mesh", "-d"}) == kWrongUsage);
  CHECK(has(host.err.str(), "advertiseDefaults: true"));
  CHECK(host.seen.size() == 2);
}

TEST_CASE("older names of commands without an answer") {
  Host host;
  CHECK(host.run({"leave-mesh", "-m", "office"}) == kDone);
  CHECK(host.run({"put-alias", "--meshid", "office", "-a", "carol"}) == kDone);
  CHECK(host.seen ==
        std::vector<control::Command>{control::MeshLeave{{"office"}}, control::AliasSet{{"office"}, "carol"}});
  host.seen.clear();
  CHECK(host.run({"put-description", "-m", "office", "-d", "by the door"}) == kDone);
  CHECK(host.run({"set-service", "-m", "office", "-s", "http", "-v", "8080"}) == kDone);
  CHECK(host.run({"set-service", "-m", "office", "-s", "dns", "-v", "53/udp"}) == kDone);
  CHECK(host.run({"delete-service", "-m", "office", "-s", "http"}) == kDone);
  CHECK(host.seen == std::vector<control::Command>{
                         control::SelfChange{.mesh = {"office"}, .alias = {}, .description = "by the door"},
                         control::ServiceSet{{"office"}, {"http", ServiceProtocol::tcp, 8'080, {}}},
                         control::ServiceSet{{"office"}, {"dns", ServiceProtocol::udp, 53, {}}},
                         control::ServiceRemove{{"office"}, "http", std::nullopt}});
  CHECK(host.run({"set-service", "-m", "office", "-s", "http", "-v", "http://x"}) == kWrongUsage);
  CHECK(has(host.err.str(), "write 8080 or 53/udp"));
  CHECK(host.run({"list-meshes"}) == kDone);
  CHECK(has(host.out.str(), "office  aeaqcaib"));
  CHECK(host.run({"leave-mesh"}) == kWrongUsage);
  CHECK(host.run({"join-mesh", "-m", "office", "-i", "192.0.2.1"}) == kWrongUsage);
  CHECK(host.run({"--help"}) == kDone);
  CHECK(has(host.out.str(), "Older names:\n"));
}
