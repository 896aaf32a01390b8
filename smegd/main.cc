// smegd: arguments and exit status.
#include <CLI/CLI.hpp>
#include <iostream>
#include <string>
#include <string_view>

#include "base/base.h"
#include "base/version.h"
#include "daemon/daemon.h"
#include "engine_command.h"
#include "wire/wire.h"

namespace {

struct Arguments {
  std::string configuration = "/etc/smegd/configuration.yaml";
  bool check = false;
};

// Without the folders before it.
std::string_view name_of(std::string_view program) { return program.substr(program.rfind('/') + 1); }

int run_daemon(const Arguments& arguments) {
  const auto config = smeg::daemon::load_configuration(arguments.configuration);
  if (!config) {
    std::cerr << config.error() << '\n';
    return smeg::daemon::kExitUsage;
  }
  if (arguments.check) {
    std::cout << arguments.configuration << " is valid\n";
    return smeg::daemon::kExitOrderly;
  }
  return smeg::daemon::run(*config, arguments.configuration);
}

}  // namespace

int main(int argc, char** argv) {
  smeg::daemon::harden_process();
  smeg::wire::silence_parser();
  if (argc >= 1 && name_of(argv[0]) == smeg::kEngineLink) return smeg::engine_command(argc, argv);
  if (argc >= 2 && std::string_view(argv[1]) == "engine") return smeg::engine_command(argc - 1, argv + 1);

  Arguments arguments;
  CLI::App app{"smegd keeps this host's meshes. `smegd engine [-f] IFNAME` serves one WireGuard interface."};
  app.add_option("--config", arguments.configuration, "the configuration, YAML")->capture_default_str();
  app.add_flag("--check", arguments.check, "check the configuration and exit");
  app.set_version_flag("--version", "smegd " + std::string(smeg::kVersion));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? smeg::daemon::kExitOrderly : smeg::daemon::kExitUsage;
  }
  return run_daemon(arguments);
}
