// What shells are told: completion.
#include <ostream>

#include "completion.h"
#include "control/codec.h"
#include "grammar.h"
#include "tables.h"

namespace smeg::ctl {

void add_completion(Grammar& to) {
  const auto script = std::make_shared<std::string>();
  CLI::App& app = to.command(to.app(), "completion", "print a script that completes commands and names in a shell",
                             [script](const Invocation& with) -> Outcome<> {
                               with.print(*script, control::with_schema({{"script", *script}}));
                               return {};
                             });
  add(app, "SHELL", *script, completion_script, "bash, zsh or fish; the script's first line says what to do with it")
      ->required()
      ->type_name("");
}

}  // namespace smeg::ctl
