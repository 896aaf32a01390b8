#include "daemon/kernel.h"

#include <doctest/doctest.h>
#include <sys/eventfd.h>

#include <atomic>
#include <functional>

#include "unit/daemon/mailbox.h"

namespace smeg::daemon {
namespace {

netstate::InterfaceName name(std::string_view text) { return netstate::InterfaceName::parse(text).value(); }

// What the tests set and look at; the port itself belongs to the thread.
struct World {
  io::Descriptor changes{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
  std::atomic<bool> ours{false};
  std::atomic<bool> underlay_changed{false};
  std::atomic<int> refuse_to_observe{0};
  std::atomic<int> observations{0};
  std::atomic<unsigned> address{1};

  void change() { (void)::eventfd_write(changes.get(), 1); }
};

class FakeKernel final : public KernelPort {
 public:
  explicit FakeKernel(World& world) : world_(world) {}
  Result<netstate::Observed> observe() override {
    ++world_.observations;
    if (world_.refuse_to_observe > 0) {
      --world_.refuse_to_observe;
      return fail(Code::unavailable, "the engine of smeg0 does not answer");
    }
    netstate::Observed seen;
    seen.interfaces[name("smeg0")];
    return seen;
  }
  std::map<netstate::InterfaceName, netstate::ObservedDevice> observe_devices() override {
    return {{name("smeg0"), {}}};
  }
  std::vector<Result<void>> apply(const netstate::Plan& plan) override {
    return std::vector<Result<void>>(plan.ops.size(), fail(Code::conflict, "in use"));
  }
  Result<std::vector<addr::IpAddress>> underlay_addresses() override {
    return std::vector{addr::IpAddress::v4({192, 0, 2, static_cast<std::uint8_t>(world_.address.load())})};
  }
  int changes_fd() const override { return world_.changes.get(); }
  netlink::Changes take_changes() override {
    eventfd_t ignored = 0;
    (void)::eventfd_read(world_.changes.get(), &ignored);
    return {world_.ours.exchange(false), world_.underlay_changed.exchange(false)};
  }

 private:
  World& world_;
};

struct Heard {
  Mailbox core;
  std::vector<netstate::Event> events;
  template <class What>
  std::size_t count() const {
    std::size_t found = 0;
    for (const auto& event : events) found += std::holds_alternative<What>(event);
    return found;
  }
  Kernel::Tell tell() {
    return [this](netstate::Event event) { events.push_back(std::move(event)); };
  }
};

TEST_CASE("the core is told at the start what there is, and later only what changes") {
  World world;
  Heard heard;
  Kernel kernel(std::make_unique<FakeKernel>(world), heard.core.post(), heard.tell());
  REQUIRE(heard.core.run_until(
      [&] { return heard.count<netstate::UnderlaySeen>() == 1 && heard.count<netstate::Observed>() == 1; }));

  world.ours = true;
  world.change();
  REQUIRE(heard.core.run_until([&] { return heard.count<netstate::Drift>() == 1; }));

  // The same addresses again are no news.
  world.underlay_changed = true;
  world.change();
  world.ours = true;
  world.change();
  REQUIRE(heard.core.run_until([&] { return heard.count<netstate::Drift>() == 2; }));
  CHECK(heard.count<netstate::UnderlaySeen>() == 1);

  world.address = 2;
  world.underlay_changed = true;
  world.change();
  REQUIRE(heard.core.run_until([&] { return heard.count<netstate::UnderlaySeen>() == 2; }));
  CHECK(world.observations == 1);
}

TEST_CASE("plans and looks are answered in the order in which they were asked for") {
  World world;
  Heard heard;
  Kernel kernel(std::make_unique<FakeKernel>(world), heard.core.post(), heard.tell());
  netstate::Plan plan;
  plan.ops.push_back(netstate::RemoveInterface{name("smeg0")});
  kernel.apply(netstate::PlanId{7}, plan);
  kernel.observe();
  kernel.observe_devices();
  REQUIRE(heard.core.run_until([&] { return heard.events.size() == 5; }));
  const auto& done = std::get<netstate::PlanDone>(heard.events[2]);
  CHECK(done.plan == netstate::PlanId{7});
  REQUIRE(done.results.size() == 1);
  CHECK(done.results[0].error().code == Code::conflict);
  CHECK(std::holds_alternative<netstate::Observed>(heard.events[3]));
  CHECK(std::get<netstate::DevicesSeen>(heard.events[4]).devices.contains(name("smeg0")));
}

TEST_CASE("a look that fails is repeated until it succeeds, and the core waits for it") {
  World world;
  world.refuse_to_observe = 1;
  Heard heard;
  Kernel kernel(std::make_unique<FakeKernel>(world), heard.core.post(), heard.tell());
  REQUIRE(heard.core.run_until([&] { return heard.count<netstate::Observed>() == 1; }));
  CHECK(world.observations == 2);
}

TEST_CASE("what else there is to do doesn't put off the next look after one that failed") {
  World world;
  Heard heard;
  std::function<void()> keep_busy;
  SUBCASE("jobs, one after another") {}
  SUBCASE("news of the operating system, all the time") { world.ours = true; }
  const bool news = world.ours;
  world.refuse_to_observe = 3;
  const Kernel::Tell tell = [&](netstate::Event event) {
    heard.events.push_back(std::move(event));
    keep_busy();
  };
  Kernel kernel(std::make_unique<FakeKernel>(world), heard.core.post(), tell,
                {std::chrono::milliseconds(100), std::chrono::milliseconds(200)});
  keep_busy = [&] {
    if (!news) return kernel.observe_devices();
    world.ours = true;
    world.change();
  };
  const auto timeout = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  const auto seen = [&] { return heard.count<netstate::Observed>() == 1; };
  REQUIRE(heard.core.run_until([&] { return seen() || std::chrono::steady_clock::now() > timeout; }));
  CHECK(seen());
  CHECK(world.observations == 4);
}

}  // namespace
}  // namespace smeg::daemon
