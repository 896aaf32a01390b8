// What concerns this host in all of its meshes: on or off, another configuration, how much is logged.
#include "config/render.h"
#include "node/impl.h"

namespace smeg::node {
namespace {

std::string listed(const std::vector<std::string>& keys) {
  std::string out;
  for (const std::string& each : keys) out += (out.empty() ? "" : ", ") + each;
  return out;
}

control::TakesEffect to_control(config::TakesEffect effect) {
  switch (effect) {
    case config::TakesEffect::on_reload: return control::TakesEffect::on_reload;
    case config::TakesEffect::on_start: return control::TakesEffect::on_start;
    case config::TakesEffect::never: return control::TakesEffect::never;
  }
  return control::TakesEffect::on_reload;
}

}  // namespace

control::LogLevel to_control(config::LogLevel level) {
  switch (level) {
    case config::LogLevel::debug: return control::LogLevel::debug;
    case config::LogLevel::info: return control::LogLevel::info;
    case config::LogLevel::warning: return control::LogLevel::warning;
    case config::LogLevel::error: return control::LogLevel::error;
  }
  return control::LogLevel::info;
}

// Back on, each membership begins anew with all that it knew: what it thought of others' silence is of no worth.
Node::Impl::Outcome Node::Impl::turn(bool on, Instant now) {
  if (on == !host_.down) return control::Done{};
  host_.down = !on;
  host_.state_changed = host_.view_changed = host_.desired_changed = true;
  host_.note(Note::Level::info, on ? "all meshes are on again" : "all meshes are off");
  if (!on) {
    for (auto& [id, membership] : memberships_) membership.go_down(now);
    owners_.clear();
    return control::Done{};
  }
  std::vector<std::pair<MembershipParts, Bytes>> kept;
  for (auto& [id, membership] : memberships_) {
    Bytes cache = membership.cache();
    kept.emplace_back(std::move(membership).release(), std::move(cache));
  }
  memberships_.clear();
  settled_in_ = now + kSettleIn;
  for (auto& [parts, cache] : kept) {
    Membership& membership = enter(std::move(parts), now);
    if (auto items = mesh::Mesh::split_cache(cache)) membership.take_in(std::move(*items));
  }
  return control::Done{};
}

void Node::Impl::set_log_level(control::LogLevel level) {
  log_level_ = level;
  host_.view_changed = true;
  host_.outbox.push(SetLogLevel{level});
}

void Node::Impl::read_configuration(Reading reading) {
  readings_.push_back(reading);
  host_.outbox.push(ReadConfiguration{});
}

Node::Impl::Outcome Node::Impl::compare(const config::Config& file) const {
  control::ConfigDiffered out;
  for (config::Difference& each : config::differences(host_.config, file, true)) {
    const control::TakesEffect effect = to_control(config::takes_effect(each.field));
    out.changes.push_back({std::move(each.field), std::move(each.before), std::move(each.after), effect});
  }
  return out;
}

void Node::Impl::on_configuration(const Result<config::Config>& config, Instant now) {
  if (readings_.empty()) return;
  const Reading reading = readings_.front();
  readings_.pop_front();
  Outcome outcome = !config              ? Outcome(fail(config.error()))
                    : reading.to_compare ? compare(*config)
                                         : reload(*config, now);
  if (!outcome && !reading.to_compare)
    host_.note(Note::Level::error, "the configuration stays as it was: " + outcome.error().message);
  if (reading.command) reply(*reading.command, std::move(outcome), now);
  finish(now);
}

Node::Impl::Outcome Node::Impl::reload(const config::Config& wanted, Instant now) {
  if (stopping_) return fail(Code::unavailable, "smegd stops");
  const config::Changes changes = config::changes_between(host_.config, wanted);
  const config::Config before = std::exchange(host_.config, config::applied(host_.config, wanted));
  provisions_.clear();
  // A mesh that can't be made is the only thing that fails from here on, and it comes first.
  if (const auto started = start_provisions(now); !started) {
    host_.config = before;
    provisions_.clear();
    (void)start_provisions(now);
    return fail(started.error());
  }
  if (host_.config.log_level != before.log_level) set_log_level(to_control(host_.config.log_level));
  for (auto& [id, membership] : memberships_) membership.configuration_changed(now);
  host_.desired_changed = host_.view_changed = host_.routes_changed = true;
  host_.note(Note::Level::info, changes.live.empty() ? "the configuration is as it was"
                                                     : "applied of the configuration: " + listed(changes.live));
  if (!changes.waiting.empty())
    host_.note(Note::Level::warning,
               "these keys of the configuration wait for the next start: " + listed(changes.waiting));
  if (!changes.idle.empty())
    host_.note(Note::Level::info, "these keys of the configuration have no effect: " + listed(changes.idle));
  return control::Reloaded{changes.live, changes.waiting, changes.idle};
}

}  // namespace smeg::node
