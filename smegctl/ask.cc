// `mesh join ID --via HOST`: to ask for admission, and to wait for the answer.
#include "commands.h"

namespace smeg::ctl {
namespace {

using namespace std::chrono_literals;

constexpr Duration kQueryTimeout = 10s;

// The Snapshot in which it is decided. Says what it is waiting for whenever that is something else.
Outcome<control::Snapshot> wait_for_decision(const Invocation& with, const MeshId& mesh) {
  auto client = with.connect();
  if (!client) return tl::unexpected(std::move(client).error());
  auto snapshot = client->watch(kQueryTimeout);
  std::string said;
  for (; snapshot; snapshot = client->next(std::nullopt)) {
    const control::MeshView* view = control::mesh_of(*snapshot, mesh);
    if (!view || view->state != control::MeshState::joining) {
      if (!view || view->state == control::MeshState::refused || self_of(*view)) return *std::move(snapshot);
      continue;
    }
    if (view->state_detail == said) continue;
    said = view->state_detail;
    with.note("Waiting: " + said + ".");
  }
  return tl::unexpected(Failure{snapshot.error(), client->lost() ? kNoDaemon : kRefused});
}

}  // namespace

Outcome<> mesh_ask(const Invocation& with, const control::MeshAsk& command, bool wait) {
  if (command.vias.empty())
    return wrong_usage({Code::malformed, "a mesh's id alone does not say whom to ask",
                        "name a member that may admit, --via HOST[:PORT], or join by a token"});
  const auto asked = with.ask<control::MeshAsked>(command);
  if (!asked) return tl::unexpected(asked.error());
  with.note("This host asks to be let in. Whoever may admit sees it by `smegctl member requests`, and lets it in by\n" +
            ("`smegctl member admit " + control::fingerprint(asked->public_key)) +
            "`. See that both fingerprints are the same.");
  if (!wait) {
    with.print("It goes on asking; `smegctl mesh list` tells how that stands.\n", control::reply_json(*asked));
    return {};
  }
  const auto snapshot = wait_for_decision(with, asked->id);
  if (!snapshot) return tl::unexpected(snapshot.error());
  const control::MeshView* mesh = control::mesh_of(*snapshot, asked->id);
  if (!mesh) return refused({Code::unavailable, "this host asks no more: somebody ended that", "ask again"});
  if (mesh->state == control::MeshState::refused)
    return refused(
        {Code::forbidden, mesh->state_detail, "`smegctl mesh leave` forgets the mesh; another join asks again"});
  const control::MeshEntered entered{mesh->id, mesh->name, self_of(*mesh)->address};
  with.print("This host is in the mesh " + (mesh->name.empty() ? control::to_text(mesh->id) : mesh->name) +
                 " now. Its address there is " + entered.address.to_string() +
                 ".\nSee who else is with `smegctl status`.\n",
             control::reply_json(entered));
  return {};
}

}  // namespace smeg::ctl
