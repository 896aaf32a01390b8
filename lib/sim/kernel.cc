#include "sim/kernel.h"

namespace smeg::sim {
namespace {

constexpr Duration kFastest = std::chrono::microseconds(50);
constexpr Duration kSpread = std::chrono::milliseconds(2);

}  // namespace

void Kernel::apply(node::Apply apply) {
  done_ = {apply.id, {}};
  under_way_ = std::move(apply);
  scheduler_.after(kFastest, [this, life = life_] {
    if (life == life_) step();
  });
}

void Kernel::step() {
  if (done_.results.size() == under_way_->plan.ops.size()) {
    under_way_.reset();
    sink_(std::exchange(done_, {}));
    return;
  }
  const netstate::Op& op = under_way_->plan.ops[done_.results.size()];
  if (failures_ > 0 && chance_.below(1'000) < failures_) {
    done_.results.push_back(fail(Code::io, "the kernel has had enough"));
  } else {
    done_.results.push_back(netstate::apply(state_, op));
    ++operations_;
  }
  scheduler_.after(kFastest + chance_.jitter(kSpread), [this, life = life_] {
    if (life == life_) step();
  });
}

void Kernel::observe(const node::Observe& observe) {
  scheduler_.after(kFastest + chance_.jitter(kSpread), [this, life = life_, devices_only = observe.devices_only] {
    if (life != life_) return;
    if (!devices_only) return sink_(state_);
    netstate::DevicesSeen seen;
    for (const auto& [name, interface] : state_.interfaces) {
      if (interface.ours && interface.device) seen.devices.emplace(name, *interface.device);
    }
    sink_(std::move(seen));
  });
}

void Kernel::set_wireguard(bool there) {
  state_.kernel_refusal = there ? "" : "the kernel has no WireGuard (Operation not supported)";
}

void Kernel::kill() {
  ++life_;
  under_way_.reset();
  for (auto& [name, interface] : state_.interfaces) {
    if (!interface.device) continue;
    for (auto& [key, peer] : interface.device->peers) peer.chosen.reset();  // only the daemon knew
  }
}

void Kernel::cut_power() {
  kill();
  state_.interfaces.clear();
  state_.routes.clear();
  state_.forwarding.reset();
}

void Kernel::meddle(const std::function<void(netstate::Observed&)>& change) {
  change(state_);
  scheduler_.after(kFastest, [this, life = life_] {
    if (life == life_) sink_(netstate::Drift{});
  });
}

}  // namespace smeg::sim
