// A mesh that comes about all at once.
#include <algorithm>

#include "play.h"

namespace smeg::simulator {
namespace {

using namespace std::chrono_literals;
using control::MemberState;
using control::MemberView;
using sim::HostIndex;

constexpr Duration kLimit = 300s;  // for everybody to come to know
constexpr Duration kWithin = 10s;  // all hosts start
constexpr const char* kTokenPath = "/etc/smegmesh/token";
constexpr const char* kMeshName = "simulated";

}  // namespace

// As an installer would do it: every host finds a token in a file that its configuration names.
void play_bootstrap(Trial& trial) {
  trial.phase("making the mesh");
  const HostIndex first = trial.add_host();
  trial.world().start(first);
  const auto mesh = trial.world().create_mesh(first, kMeshName);
  if (!mesh) return trial.violate("no mesh: " + mesh.error().message);
  const auto token = trial.world().invite(first, static_cast<std::uint32_t>(trial.settings().nodes - 1));
  if (!token) return trial.violate("no invite: " + token.error().message);
  std::vector<std::pair<Duration, HostIndex>> order;
  std::vector<HostIndex> all{first};
  for (std::size_t i = 1; i < trial.settings().nodes; ++i) {
    config::MeshEntry entry;
    entry.name = kMeshName;
    entry.token_file = kTokenPath;
    all.push_back(trial.add_host(std::move(entry)));
    trial.world().put_file(all.back(), kTokenPath, *token);
    order.emplace_back(trial.chance().jitter(kWithin), all.back());
  }
  std::ranges::sort(order);
  trial.adopt(*mesh);
  trial.mark();
  const std::size_t wanted = trial.settings().nodes;
  const auto knows = [wanted](const control::MeshView& view) {
    return view.members.size() == wanted && std::ranges::all_of(view.members, [](const MemberView& member) {
             return member.state == MemberState::alive || member.state == MemberState::suspect;
           });
  };
  trial.measure_while(all, knows, kLimit, "hosts start and join", [&](Trial& running) {
    for (const auto& [when, host] : order) {
      running.run_for(std::max(Duration::zero(), when - (running.world().now() - running.began_measuring())));
      running.world().start(host);
    }
  });
  trial.count_all(all);
  trial.run_for(10s);
}

}  // namespace smeg::simulator
