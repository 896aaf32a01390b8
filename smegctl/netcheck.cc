// How this host is seen by the others, and what passes between them.
#include "commands.h"
#include "echo_trial.h"
#include "progress.h"

namespace smeg::ctl {
namespace {

constexpr int kTries = 2;

control::TriedMembers try_members(const Invocation& with, const control::Snapshot& snapshot, Duration patience) {
  Progress progress(with.around, "trying packets to members");
  progress.show();
  control::TriedMembers out;
  for (const control::MeshView& mesh : snapshot.meshes) {
    for (const control::MemberView* member : control::to_try(mesh)) {
      const control::Target target{control::label(*member), member->address, &mesh, member, nullptr};
      const auto evidence = try_packets(snapshot, target, kTries, patience);
      if (!evidence) return out;
      out[{mesh.id, member->public_key}] = {evidence->answered, evidence->large_bytes, evidence->large_answered};
    }
  }
  return out;
}

}  // namespace

Outcome<> netcheck(const Invocation& with, Duration patience) {
  const auto snapshot = with.snapshot();
  if (!snapshot) return tl::unexpected(snapshot.error());
  const auto tried = try_members(with, *snapshot, patience);
  with.print_either([&] { return control::netcheck_text(*snapshot, tried); },
                    [&] { return control::netcheck_json(*snapshot, tried); });
  return {};
}

}  // namespace smeg::ctl
