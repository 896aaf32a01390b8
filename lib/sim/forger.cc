#include "sim/forger.h"

namespace smeg::sim {
namespace {

using std::chrono::milliseconds;

constexpr Duration kTick = milliseconds(20);
constexpr std::size_t kEachTick = 16;  // messages on each session
constexpr Duration kDialAgain = milliseconds(50);

}  // namespace

Forger::Forger(World& world, HostIndex host, const Lies::Self& self, Lies lies, std::vector<Victim> victims,
               std::uint64_t seed)
    : world_(world),
      host_(host),
      mesh_(self.mesh),
      lies_(std::move(lies)),
      victims_(std::move(victims)),
      chance_(seed),
      self_(std::make_shared<Forger*>(this)) {
  world_.take_over(host, [weak = std::weak_ptr(self_)](const node::SessionEvent& event) {
    if (const auto forger = weak.lock()) (*forger)->on_session(event);
  });
  world_.network().use_identity(host, {self.mesh, self.certificate, self.key, false});
  for (std::size_t i = 0; i < victims_.size(); ++i) dial(i);
  after(kTick, &Forger::on_tick, 0);
}

Forger::~Forger() { world_.network().kill(host_); }

void Forger::after(Duration delay, void (Forger::*what)(std::size_t), std::size_t argument) {
  world_.after(delay, [weak = std::weak_ptr(self_), what, argument] {
    if (const auto forger = weak.lock()) ((*forger)->*what)(argument);
  });
}

void Forger::dial(std::size_t victim) {
  const node::SessionId session{node::kDialledSession | ++sessions_};
  dialled_[session] = victim;
  world_.network().dial(host_,
                        {session, mesh_, node::Protocol::member, {victims_[victim].target}, victims_[victim].identity});
}

void Forger::on_session(const node::SessionEvent& event) {
  if (const auto* opened = std::get_if<node::SessionOpened>(&event)) {
    const auto dialled = dialled_.find(opened->session);
    if (dialled == dialled_.end()) return;
    open_[opened->session] = dialled->second;
    world_.network().send(host_, {opened->session, lies_.hello(victims_[dialled->second].identity)});
  } else if (const auto* closed = std::get_if<node::SessionClosed>(&event)) {
    const auto dialled = dialled_.find(closed->session);
    if (dialled == dialled_.end()) return;
    thrown_out_ += open_.erase(closed->session);
    after(kDialAgain + chance_.jitter(kDialAgain), &Forger::dial, dialled->second);
    dialled_.erase(dialled);
  }
}

void Forger::attack(Attack attack, std::size_t messages) {
  attack_ = attack;
  left_ = messages;
}

void Forger::tick() {
  const auto sessions = open_;
  for (const auto& [session, victim] : sessions) {
    for (std::size_t i = 0; i < kEachTick && left_ > 0; ++i) {
      // Of the one it is told to, and of any other.
      const std::size_t about = i % 2 == 0 ? victim : chance_.below(victims_.size());
      world_.network().send(host_, {session, lies_.next(attack_, victims_[about].identity)});
      --left_;
      ++sent_;
    }
  }
  after(kTick, &Forger::on_tick, 0);
}

}  // namespace smeg::sim
