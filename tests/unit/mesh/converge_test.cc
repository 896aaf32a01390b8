// Several hosts that hear the same things in different orders, twice or not at all, and then reconcile.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>

#include "unit/mesh/testing.h"

namespace smeg::mesh {
namespace {

using Host = Office::Host;

// One round of reconciling as a node does it: digests, then what is held in the buckets that differ, then items.
// Gives the number of items that were new to either.
int reconcile(Mesh& a, Mesh& b) {
  if (a.digest() == b.digest()) return 0;
  const auto buckets = a.differing(b.bucket_digests());
  REQUIRE(buckets);
  std::vector<crdt::Held> held_by_b;
  for (const std::size_t bucket : *buckets) {
    for (const auto& held : b.held(bucket)) held_by_b.push_back(held);
  }
  crdt::Difference difference = a.compare(*buckets, held_by_b);
  const auto send = [](const Mesh& from, std::vector<crdt::ItemKey> keys, Mesh& to) {
    int fresh = 0;
    from.sort_for_sending(keys);
    std::vector<Bytes> items;
    for (const auto& key : keys) {
      if (auto item = from.item(key)) items.push_back(std::move(*item));
    }
    for (const Bytes& item : items) {
      const Outcome out = to.apply(item);
      CHECK_FALSE(out.blame);
      fresh += out.verdict == Verdict::fresh;
    }
    return fresh;
  };
  return send(a, difference.they_lack, b) + send(b, difference.we_lack, a);
}

// What happened in a mesh: records of several members, some who said two things at once, some who left, were revoked
// and came back, a floor.
std::vector<Bytes> random_history(Office& office, std::mt19937_64& chance) {
  std::vector<Bytes> out;
  std::vector<Host> hosts;
  for (int i = 0; i < 6; ++i) hosts.push_back(office.admit(i % 2 ? "granted" : "", 1, 10 + chance() % 5));
  std::map<crypto::IdentityKey, std::uint64_t> incarnations;
  for (int i = 0; i < 30; ++i) {
    Host& host = hosts[chance() % hosts.size()];
    std::uint64_t& incarnation = incarnations.try_emplace(host.identity, 1).first->second;
    switch (chance() % 12) {
      case 0:
        out.push_back(encode_item(trust::make_leave(host.parsed(), host.key)));
        office.certify(host, {}, ++incarnation);
        break;
      case 1:
        if (auto item = office.issuer().revoke(host.parsed(), false, office.ledger())) {
          out.push_back(encode_item(office.note(*item)));
        }
        office.certify(host, {}, ++incarnation);
        break;
      case 2:
        if (i == 15) {
          out.push_back(encode_item(office.note(office.root().raise_floor(office.ledger()))));
          for (Host& one : hosts) office.certify(one, {}, incarnations.try_emplace(one.identity, 1).first->second);
        }
        break;
      default: {
        Record record = record_of(office, host, chance() % 4, std::to_string(chance() % 2), incarnation);
        record.alias = "alias" + std::to_string(chance() % 6);
        out.push_back(item_of(record, host));
      }
    }
  }
  return out;
}

std::string describe(const Member& member) {
  return crypto::to_hex(member.identity.bytes) + (member.revoked ? " revoked" : "") + " " + member.alias + " " +
         (member.address && !member.revoked ? member.address->to_string() : "-") + " " + member.record->description +
         " " + std::to_string(member.incarnation) + "." + std::to_string(member.record->version.counter);
}

std::vector<std::string> view(const Mesh& mesh) {
  std::vector<std::string> out;
  for (const Member& member : mesh.members()) {
    Member shown = member;
    if (shown.revoked) shown.alias.clear();  // as last seen here: each host's own memory
    out.push_back(describe(shown));
  }
  return out;
}

TEST_CASE("members that are brought up to date one by one are those that are derived anew") {
  for (std::uint64_t seed = 101; seed <= 125; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 chance(seed);
    Office office(seed);
    const trust::Ledger at_first = office.ledger();
    std::vector<Bytes> heard = random_history(office, chance);
    std::shuffle(heard.begin(), heard.end(), chance);
    Mesh one_by_one(at_first, Mesh::Settings{office.founder().identity, {}});
    Mesh anew(at_first, Mesh::Settings{office.founder().identity, {}});
    std::map<crypto::IdentityKey, std::string> followed;  // what someone knows who looks only where changes are told
    for (const Bytes& item : heard) {
      one_by_one.apply(item);
      anew.apply(item);
      anew.reconsider();
      CHECK(view(one_by_one) == view(anew));
      const Mesh::Changes changes = one_by_one.take_changes();
      if (changes.any) {
        followed.clear();
        for (const Member& member : one_by_one.members()) followed[member.identity] = describe(member);
      }
      for (const crypto::IdentityKey& identity : changes.members)
        followed[identity] = describe(*one_by_one.find(identity));
      CHECK(followed.size() == anew.members().size());
      for (const Member& member : one_by_one.members()) CHECK(followed[member.identity] == describe(member));
    }
  }
}

TEST_CASE("whoever has heard the same, in whatever order, holds the same") {
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 chance(seed);
    Office office(seed);
    const trust::Ledger at_first = office.ledger();
    const std::vector<Bytes> history = random_history(office, chance);
    std::vector<Mesh> meshes;
    for (int i = 0; i < 4; ++i) meshes.emplace_back(at_first, Mesh::Settings{office.founder().identity, {}});
    for (Mesh& mesh : meshes) {
      std::vector<Bytes> heard;
      for (const Bytes& item : history) {
        for (std::uint64_t times = chance() % 3; times > 0; --times) heard.push_back(item);
      }
      std::shuffle(heard.begin(), heard.end(), chance);
      for (const Bytes& item : heard) mesh.apply(item);
    }
    // One hears everything, so that nothing is lost
    for (int twice = 0; twice < 2; ++twice) {
      for (const Bytes& item : history) meshes[0].apply(item);
    }
    bool moved = true;
    int rounds = 0;
    for (; moved && rounds < 20; ++rounds) {
      moved = false;
      for (std::size_t i = 0; i < meshes.size(); ++i) {
        for (std::size_t j = i + 1; j < meshes.size(); ++j) moved = reconcile(meshes[i], meshes[j]) > 0 || moved;
      }
    }
    CHECK(rounds < 6);
    for (const Mesh& mesh : meshes) {
      CHECK(mesh.digest() == meshes[0].digest());
      CHECK(view(mesh) == view(meshes[0]));
    }
  }
}

TEST_CASE("after the first round only what differs travels") {
  Office office;
  Mesh a = office.mesh_of(office.founder());
  Mesh b = office.mesh_of(office.founder());
  for (int i = 0; i < 40; ++i) {
    const Host host = office.admit();
    a.apply(item_of(record_of(office, host, 1), host));
  }
  CHECK(reconcile(a, b) == 40);
  CHECK(reconcile(a, b) == 0);
  CHECK(a.digest() == b.digest());
  const Host host = office.admit();
  b.apply(item_of(record_of(office, host, 1), host));
  CHECK(a.differing(b.bucket_digests())->size() == 1);
  CHECK(reconcile(a, b) == 1);
  CHECK(a.differing(std::vector<crdt::BucketDigest>(3)).error().code == Code::malformed);
}

}  // namespace
}  // namespace smeg::mesh
