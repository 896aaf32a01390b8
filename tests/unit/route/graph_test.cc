// Many hosts' tables over random graphs of meshes, with news that are late and hosts that come and go: packets never go
// in circles, not for a moment, and in the end all ways are the shortest.
#include <doctest/doctest.h>

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/breadth_first_search.hpp>
#include <cstdlib>
#include <map>

#include "route/route.h"

namespace smeg::route {
namespace {

using namespace std::chrono_literals;

struct Simulated {
  World world;
  Table table;
  bool alive = true;
  std::map<MeshId, std::vector<Announcement>> said;  // by mesh
  std::map<MeshId, std::vector<Plea>> pleaded;
  std::map<addr::Prefix, MemberKey> exits;
  std::map<MemberKey, std::vector<Plea>> heard;
};

// What one host says in one mesh, on its way to another host.
struct News {
  std::size_t from = 0, to = 0;
  MeshId mesh;
  std::vector<Offer> offers;
  std::vector<Plea> pleas;
  bool alive = true;
};

class Graph {
 public:
  explicit Graph(std::uint64_t seed) : rng_(seed) {
    const std::size_t meshes = 3 + rng_.below(7);
    const std::size_t hosts = meshes + rng_.below(2 * meshes);
    for (std::size_t i = 0; i < meshes; ++i) {
      MeshId id;
      for (auto& byte : id.bytes) byte = static_cast<std::uint8_t>(rng_.next());
      ByteArray<16> address{0xfd, static_cast<std::uint8_t>(i + 1)};
      prefixes_[id] = {addr::IpAddress::v6(address), 64};
      meshes_.push_back(id);
    }
    hosts_.resize(hosts);
    for (std::size_t i = 0; i < hosts; ++i) {
      join(i, i < meshes ? i : rng_.below(meshes));
      for (std::size_t more = rng_.below(3); more > 0; --more) join(i, rng_.below(meshes));
      if (hosts_[i].world.meshes.size() > 1)
        for (auto& [id, own] : hosts_[i].world.meshes) own.announces = true;
    }
    for (std::size_t i = 0; i < hosts; ++i) act(i);
  }

  void run(std::size_t disturbances) {
    for (std::size_t i = 0; i < disturbances; ++i) {
      for (std::size_t step = rng_.below(60); step > 0 && deliver(); --step) check_packets();
      disturb();
      check_packets();
    }
    std::size_t steps = 0;
    while (deliver()) {
      check_packets();
      REQUIRE(++steps < 200'000);  // it comes to rest
    }
  }

  void check_shortest() const {
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
      if (!hosts_[i].alive) continue;
      const std::vector<std::size_t> distance = distances(i);
      for (std::size_t m = 0; m < meshes_.size(); ++m) {
        if (hosts_[i].world.meshes.contains(meshes_[m])) continue;
        const auto exit = hosts_[i].exits.find(prefixes_.at(meshes_[m]));
        CAPTURE(i);
        CAPTURE(m);
        if (distance[hosts_.size() + m] == 0) {
          CHECK(exit == hosts_[i].exits.end());
        } else {
          REQUIRE(exit != hosts_[i].exits.end());
          CHECK(2 * hops_.at({i, m}) + 1 == distance[hosts_.size() + m]);
        }
      }
    }
  }

 private:
  static MemberKey key(std::size_t host, const MeshId& mesh) {
    MemberKey out{};
    std::copy(mesh.bytes.begin(), mesh.bytes.end(), out.begin());
    store_be<std::uint32_t>(out.data() + 28, static_cast<std::uint32_t>(host));
    return out;
  }
  static std::size_t host_of(const MemberKey& key) { return load_be<std::uint32_t>(key.data() + 28); }

  void join(std::size_t host, std::size_t number) {
    const MeshId& id = meshes_[number];
    hosts_[host].world.meshes[id] = {.prefix = prefixes_[id], .self = key(host, id), .originates = {}};
  }

  // A number for each way.
  Chain chain(const Announcement& a) {
    const Chain beneath = a.rests_on ? a.rests_on->chain : Chain{};
    const std::size_t number = chains_.try_emplace({beneath, a.offer.member}, chains_.size() + 1).first->second;
    Chain out{};
    store_be<std::uint64_t>(out.data(), number);
    return out;
  }

  // The host decides, and tells what is new.
  void act(std::size_t host) {
    Simulated& self = hosts_[host];
    if (!self.alive) return;
    const Decisions out = self.table.decide(self.world, now_);
    self.exits.clear();
    for (const Choice& choice : out.choices) {
      if (!choice.exit) continue;
      self.exits[choice.prefix] = choice.exit->member;
      for (std::size_t m = 0; m < meshes_.size(); ++m)
        if (prefixes_[meshes_[m]] == choice.prefix) hops_[{host, m}] = choice.exit->hops();
    }
    std::map<MeshId, std::vector<Announcement>> said;
    std::map<MeshId, std::vector<Plea>> pleaded;
    for (const Announcement& a : out.announcements) {
      said[a.offer.mesh()].push_back({a.offer, nullptr});
      said[a.offer.mesh()].back().offer.chain = chain(a);
      if (a.wanted != 0) pleaded[a.offer.mesh()].push_back({a.offer.mesh(), a.offer.prefix, a.wanted});
    }
    for (const Plea& plea : out.pleas) pleaded[plea.mesh].push_back(plea);
    for (const auto& [mesh, own] : self.world.meshes)
      if (said[mesh] != self.said[mesh] || pleaded[mesh] != self.pleaded[mesh])
        tell(host, mesh, said[mesh], pleaded[mesh], true);
    self.said = std::move(said);
    self.pleaded = std::move(pleaded);
  }

  void tell(std::size_t host, const MeshId& mesh, const std::vector<Announcement>& said, const std::vector<Plea>& pleas,
            bool alive) {
    News news{.from = host, .to = 0, .mesh = mesh, .offers = {}, .pleas = pleas, .alive = alive};
    for (const Announcement& a : said) news.offers.push_back(a.offer);
    for (std::size_t other = 0; other < hosts_.size(); ++other) {
      if (other == host || !hosts_[other].world.meshes.contains(mesh)) continue;
      news.to = other;
      Instant& last = channels_[{host, other, mesh}];  // in order
      last = std::max(last, now_) + Duration(1 + rng_.below(1'000'000));
      under_way_.emplace(last, news);
    }
  }

  bool deliver() {
    if (under_way_.empty()) return false;
    const auto next = under_way_.begin();
    now_ = std::max(now_, next->first);
    const News news = std::move(next->second);
    under_way_.erase(next);
    World& world = hosts_[news.to].world;
    const MemberKey member = key(news.from, news.mesh);
    std::erase_if(world.offers, [&](const Offer& o) { return o.member == member; });
    if (news.alive) world.offers.insert(world.offers.end(), news.offers.begin(), news.offers.end());
    hosts_[news.to].heard[member] = news.pleas;
    world.pleas.clear();
    for (const auto& [by, pleas] : hosts_[news.to].heard)
      world.pleas.insert(world.pleas.end(), pleas.begin(), pleas.end());
    act(news.to);
    return true;
  }

  // A host goes, or comes back as a daemon does: it remembers what it has announced.
  void disturb() {
    const std::size_t host = rng_.below(hosts_.size());
    Simulated& self = hosts_[host];
    self.alive = !self.alive;
    if (!self.alive) {
      for (const auto& [mesh, own] : self.world.meshes) tell(host, mesh, {}, {}, false);
      return;
    }
    self.said.clear();
    self.pleaded.clear();
    act(host);
  }

  void check_packets() const {
    for (std::size_t from = 0; from < hosts_.size(); ++from)
      for (const MeshId& to : meshes_) check_packet(from, to);
  }
  void check_packet(std::size_t host, const MeshId& to) const {
    std::vector<bool> visited(hosts_.size());
    while (hosts_[host].alive && !hosts_[host].world.meshes.contains(to)) {
      if (visited[host]) FAIL("a packet came to host " << host << " a second time");  // a CHECK for each takes too long
      visited[host] = true;
      const auto exit = hosts_[host].exits.find(prefixes_.at(to));
      if (exit == hosts_[host].exits.end()) return;
      host = host_of(exit->second);
    }
  }

  // From a host, in a graph of hosts and meshes; 0: not reached. (Odd for meshes: a hop is two edges.)
  std::vector<std::size_t> distances(std::size_t from) const {
    boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS> graph(hosts_.size() + meshes_.size());
    for (std::size_t i = 0; i < hosts_.size(); ++i)
      for (std::size_t m = 0; m < meshes_.size(); ++m)
        if (hosts_[i].alive && hosts_[i].world.meshes.contains(meshes_[m])) add_edge(i, hosts_.size() + m, graph);
    std::vector<std::size_t> distance(num_vertices(graph), 0);
    breadth_first_search(graph, from,
                         visitor(boost::make_bfs_visitor(record_distances(distance.data(), boost::on_tree_edge()))));
    return distance;
  }

  SeededRng rng_;
  Instant now_{};
  std::vector<MeshId> meshes_;
  std::map<MeshId, addr::Prefix> prefixes_;
  std::vector<Simulated> hosts_;
  std::map<std::pair<Chain, MemberKey>, std::size_t> chains_;
  std::multimap<Instant, News> under_way_;
  std::map<std::tuple<std::size_t, std::size_t, MeshId>, Instant> channels_;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> hops_;
};

}  // namespace

TEST_CASE("random graphs of meshes, late news, hosts that come and go") {
  const char* wanted = std::getenv("SMEG_GRAPHS");
  const std::uint64_t seeds = wanted ? std::strtoull(wanted, nullptr, 10) : 200;
  REQUIRE(seeds > 0);
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    Graph graph(seed);
    graph.run(12);
    graph.check_shortest();
  }
}

}  // namespace smeg::route
