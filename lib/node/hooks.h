// The operator's programs that are to run when the interface of a mesh comes and goes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/config.h"
#include "node/effects.h"

namespace smeg::node {

// Job: says which hooks run in front of a plan and behind it: preUp before an interface is made and postUp once it is
// up; preDown before it is removed and postDown once it is gone. Each runs once, however often the plan has to be
// tried. An interface that a restarted daemon finds in its place neither comes nor goes. Caller: Node. Never fails.
// Runs nothing.
class Hooks {
 public:
  // Of a mesh that has, or is to have, an interface. It is remembered for as long as that may be there.
  void know(const MeshId& mesh, const std::string& name, const config::Hooks& hooks);

  std::vector<RunHook> before(const netstate::Plan& plan, const netstate::Observed& observed,
                              const netstate::State& desired);
  std::vector<RunHook> after(const netstate::Plan& plan, const std::vector<Result<void>>& results);

 private:
  // An interface on its way up or down.
  struct Way {
    MeshId mesh;
    std::optional<addr::IpAddress> address;
  };
  struct Known {
    std::string name;
    config::Hooks hooks;
  };
  using Ways = std::map<netstate::InterfaceName, Way>;

  void say(std::vector<RunHook>& out, std::string_view hook, std::vector<std::string> config::Hooks::*command,
           const netstate::InterfaceName& interface, const Way& way) const;

  std::map<MeshId, Known> known_;
  Ways rising_;   // preUp was run, postUp was not
  Ways falling_;  // preDown was run, postDown was not
};

}  // namespace smeg::node
