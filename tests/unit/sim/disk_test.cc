#include "sim/disk.h"

#include <doctest/doctest.h>

#include <set>
#include <vector>

namespace smeg::sim {
namespace {

using std::chrono::milliseconds;

struct Scene {
  explicit Scene(std::uint64_t seed = 1) : chance(seed) {}
  Scheduler scheduler;
  SeededRng chance;
  std::vector<std::uint64_t> confirmed;
  std::vector<std::uint64_t> failed;
  SharedContents contents;
  Disk disk{scheduler, chance, contents, [this](node::Ticket ticket, const Result<void>& result) {
              (result ? confirmed : failed).push_back(ticket.value);
            }};

  void write(std::uint64_t ticket, std::uint8_t content) {
    disk.persist({{ticket}, node::File::state, Bytes{content}});
  }
};

TEST_CASE("writes are confirmed in order, and found again") {
  Scene scene;
  CHECK_FALSE(scene.disk.files().state);
  scene.write(1, 10);
  scene.write(2, 20);
  CHECK(scene.confirmed.empty());
  scene.scheduler.run_until(scene.scheduler.now() + milliseconds(100));
  CHECK(scene.confirmed == std::vector<std::uint64_t>{1, 2});
  CHECK(scene.disk.files().state == Bytes{20});
  CHECK_FALSE(scene.disk.files().members);
}

TEST_CASE("a crash keeps what was confirmed, and of the rest the next write at most") {
  std::set<std::uint8_t> found;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Scene scene(seed);
    scene.write(1, 10);
    scene.scheduler.run_until(scene.scheduler.now() + milliseconds(100));
    scene.write(2, 20);
    scene.write(3, 30);
    scene.disk.crash();
    scene.scheduler.run_until(scene.scheduler.now() + milliseconds(100));
    CHECK(scene.confirmed == std::vector<std::uint64_t>{1});
    found.insert(scene.disk.files().state->front());
  }
  CHECK(found == std::set<std::uint8_t>{10, 20});
}

TEST_CASE("a full disk says so, and keeps the old file") {
  Scene scene;
  scene.write(1, 10);
  scene.scheduler.run_until(scene.scheduler.now() + milliseconds(100));
  scene.disk.set_broken(true);
  scene.write(2, 20);
  scene.scheduler.run_until(scene.scheduler.now() + milliseconds(100));
  CHECK(scene.failed == std::vector<std::uint64_t>{2});
  CHECK(scene.disk.files().state == Bytes{10});
}

}  // namespace
}  // namespace smeg::sim
