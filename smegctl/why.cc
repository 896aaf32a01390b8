// Tries packets where a Snapshot alone can't tell, and says what keeps them.
#include "commands.h"
#include "echo_trial.h"
#include "progress.h"

namespace smeg::ctl {
namespace {

constexpr int kTries = 3;
using Found = std::optional<control::Finding>;

Outcome<> tell(const Invocation& with, const std::string& from, const control::Target& target, const Found& found) {
  with.print_either([&] { return control::why_text(from, target, found); },
                    [&] {
                      const bool known = target.address != addr::IpAddress{};
                      return control::why_json(from, target.label, known ? std::optional(target.address) : std::nullopt,
                                               found);
                    });
  if (!found) return {};
  return tl::unexpected(Failure{{}, found->layer == control::Layer::daemon ? kNoDaemon : kRefused});
}

// From another member: what this host is told is all there is.
Outcome<> why_between(const Invocation& with, const control::Snapshot& snapshot, const WhyOptions& options) {
  const auto from = control::find_target(snapshot, with.mesh, options.target);
  if (!from) return tell(with, options.target, {.label = options.other, .address = {}}, from.error());
  const auto target = control::find_target(snapshot, with.mesh, options.other);
  if (!target) return tell(with, from->label, {.label = options.other, .address = {}}, target.error());
  return tell(with, from->label, *target, control::diagnose_from(snapshot, *from, *target));
}

}  // namespace

Outcome<> why(const Invocation& with, const WhyOptions& options) {
  auto snapshot = with.snapshot();
  if (!snapshot) {
    const Error& error = snapshot.error().error;
    if (error.code == Code::forbidden) return tl::unexpected(snapshot.error());  // it may well be up
    return tell(with, "", {.label = options.target, .address = {}},
                control::Finding{control::Layer::daemon, "daemon-down", error.message, error.hint});
  }
  if (!options.other.empty()) return why_between(with, *snapshot, options);
  auto target = control::find_target(*snapshot, with.mesh, options.target);
  if (!target) return tell(with, "", {.label = options.target, .address = {}}, target.error());
  std::optional<control::Evidence> tried;
  {
    Progress progress(with.around, "trying packets to " + target->label);
    progress.show();
    const bool known = control::diagnose(*snapshot, *target, std::nullopt).has_value();
    tried = try_packets(*snapshot, *target, known ? 1 : kTries, options.patience);
  }
  if (!tried) with.note("This user may not send packets to try; ask as root for more.");
  // What the attempt changed, such as handshakes, is seen now.
  snapshot = with.snapshot();
  if (!snapshot) return tl::unexpected(snapshot.error());
  if (auto again = control::find_target(*snapshot, with.mesh, options.target)) target = std::move(again);
  return tell(with, "", *target, control::diagnose(*snapshot, *target, tried));
}

}  // namespace smeg::ctl
