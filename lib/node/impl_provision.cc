// The meshes that the configuration wants this host to be in: created or joined without being told, and tried again
// until it works.
#include <algorithm>

#include "node/impl.h"

namespace smeg::node {
namespace {

using namespace std::chrono_literals;

constexpr Duration kFirstRetry = 2s;
constexpr Duration kLongestRetry = 60s;

}  // namespace

Result<void> Node::Impl::start_provisions(Instant now) {
  for (const config::MeshEntry& entry : host_.config.meshes) {
    const bool there =
        std::ranges::any_of(memberships_, [&](const auto& member) { return member.second.name() == entry.name; });
    if (there) continue;
    if (!entry.create) {
      provisions_.push_back({.entry = entry, .due = now, .backoff = {}, .problem = {}});
      continue;
    }
    const Outcome created = create({.name = entry.name, .options = {}}, now);
    if (!created) return fail(created.error());
    host_.note(Note::Level::info, "created mesh '" + entry.name + "', as the configuration says");
  }
  return {};
}

void Node::Impl::work_provisions(Instant now) {
  if (host_.down) return;
  for (Provision& provision : provisions_) {
    if (now < provision.due) continue;
    provision.due = kNever;
    host_.outbox.push(ReadToken{provision.entry.name, provision.entry.token_file});
  }
}

void Node::Impl::on_token(const std::string& mesh, Result<control::SecretText> token, Instant now) {
  const auto provision =
      std::ranges::find_if(provisions_, [&](const Provision& other) { return other.entry.name == mesh; });
  if (provision != provisions_.end() && !stopping_) {
    if (!token) {
      end_provision(mesh, fail(token.error()), now);
    } else {
      const control::MeshJoin wanted{
          .token = std::move(*token), .vias = provision->entry.via, .name = mesh, .options = {}};
      if (const auto outcome = start_join(std::nullopt, wanted, now)) end_provision(mesh, *outcome, now);
    }
  }
  finish(now);
}

void Node::Impl::end_provision(const std::string& mesh, const Outcome& outcome, Instant now) {
  const auto provision =
      std::ranges::find_if(provisions_, [&](const Provision& other) { return other.entry.name == mesh; });
  if (provision == provisions_.end()) return;
  host_.view_changed = true;
  if (outcome || outcome.error().code == Code::exists) {
    host_.note(Note::Level::info, "joined mesh '" + mesh + "', as the configuration says");
    provisions_.erase(provision);
    return;
  }
  const std::string problem = "can't join mesh '" + mesh + "': " + outcome.error().message;
  if (provision->problem != problem) host_.note(Note::Level::warning, problem);
  provision->problem = problem;
  provision->backoff = std::clamp(provision->backoff * 2, kFirstRetry, kLongestRetry);
  provision->due = now + provision->backoff;
}

}  // namespace smeg::node
