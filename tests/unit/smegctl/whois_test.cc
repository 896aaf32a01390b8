#include "whois.h"

#include "addr/addr.h"
#include "unit/smegctl/host.h"

using namespace smeg;
using namespace smeg::ctl;

namespace {

// Member bob and the guest phone have the addresses that are theirs.
control::Snapshot genuine() {
  control::Snapshot snapshot = control::sample_snapshot();
  snapshot.meshes.pop_back();
  control::MeshView& mesh = snapshot.meshes[0];
  mesh.prefix = addr::mesh_prefix(mesh.id);
  mesh.members.change(
      1, [&](control::MemberView& bob) { bob.address = addr::member_address(mesh.id, bob.public_key, 2); });
  mesh.guests[0].address = addr::guest_address(mesh.id, mesh.guests[0].sponsor, mesh.guests[0].wg_public_key);
  snapshot.routes[0].prefix = addr::mesh_prefix(control::sample_mesh_id(3));
  return snapshot;
}

std::string said(const control::Snapshot& snapshot, const std::string& text) {
  const auto found = whois(snapshot, text);
  return found ? whois_table(*found, {}) : found.error().message;
}

}  // namespace

TEST_CASE("a member is found by alias, address and key, and its address is held against its key") {
  const control::Snapshot snapshot = genuine();
  const control::MemberView& bob = snapshot.meshes[0].members[1];
  const std::string by_alias = said(snapshot, "bob");
  CHECK(has(by_alias, "kind           member\n"));
  CHECK(has(by_alias, "verifies       yes: it follows"));
  CHECK(has(by_alias, "roles          peer, exit, sponsor\n"));
  for (const std::string& text :
       {bob.address.to_string(), bob.address.to_string() + "/128", control::to_text(bob.public_key),
        control::to_text(bob.public_key).substr(0, 4), control::to_text(*bob.wg_public_key)})
    CHECK(said(snapshot, text) == by_alias);
  CHECK(has(said(snapshot, "alice"), "verifies       NO: it does not follow"));
  CHECK(has(said(snapshot, "alice"), "roles          peer, leader, sponsor\n"));
}

TEST_CASE("a guest and its sponsor") {
  const control::Snapshot snapshot = genuine();
  const std::string phone = said(snapshot, "phone");
  CHECK(has(phone, "kind           guest\n"));
  CHECK(has(phone, "verifies       yes"));
  CHECK(has(phone, "sponsor        alice\n"));
  CHECK(said(snapshot, snapshot.meshes[0].guests[0].address.to_string()) == phone);
  CHECK(has(said(snapshot, "router"), "verifies       NO"));
}

TEST_CASE("prefixes are meshes here, or elsewhere") {
  const control::Snapshot snapshot = genuine();
  CHECK(has(said(snapshot, snapshot.meshes[0].prefix.to_string()), "kind      mesh\nmesh      office\n"));
  CHECK(has(said(snapshot, "office"), "verifies  yes"));
  CHECK(has(said(snapshot, control::to_text(snapshot.meshes[0].id).substr(0, 8)), "kind      mesh\n"));
  const std::string elsewhere = said(snapshot, snapshot.routes[0].prefix.to_string());
  CHECK(has(elsewhere, "kind                route\n"));
  CHECK(has(elsewhere, "prefix of the mesh  yes\n"));
  CHECK(has(elsewhere, "exits               bob of office (chosen)\n"));
  CHECK(said(snapshot, snapshot.routes[0].prefix.address().to_string()) == elsewhere);
}

TEST_CASE("what nobody is called") {
  const control::Snapshot snapshot = genuine();
  CHECK(said(snapshot, "nobody") == "nothing known here is called or has 'nobody'");
  CHECK(said(snapshot, "aib") == "nothing known here is called or has 'aib'");  // too little of a key
  CHECK(said(snapshot, "") == "nothing known here is called or has ''");
  CHECK(said(snapshot, "2001:db8::1") == "nothing known here is called or has '2001:db8::1'");
}

TEST_CASE("whois by command line") {
  Host host;
  CHECK(host.run({"whois", "bob", "-o", "json-line"}) == kDone);
  CHECK(has(host.out.str(), R"({"schema":1,"asked":"bob","found":[{"kind":"member","meshName":"office")"));
  CHECK(has(host.out.str(), R"("verifies":false)"));
  CHECK(host.run({"whois", "nobody"}) == kRefused);
  CHECK(host.run({"whois"}) == kWrongUsage);
}
