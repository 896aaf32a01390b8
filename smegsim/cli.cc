#include "cli.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <ostream>

#include "report.h"
#include "scenarios.h"

namespace smeg::simulator {
namespace {

constexpr const char* kExamples = R"(
  smegsim list                                    what can be played
  smegsim run leader-kill --nodes 300 --loss 5    one seed, as a table
  smegsim run partition --seeds 20 -o json        twenty seeds, for a program

Exit status: 0 done, 1 a checker complained, 2 wrong usage.)";

struct Request {
  Settings settings;
  bool json = false;
  bool quiet = false;
};

int list(const Surroundings& around) {
  for (const Scenario& scenario : scenarios())
    around.out << fmt::format("{:<12} {}\n", scenario.name, scenario.summary);
  return kDone;
}

int play(const Request& request, const Surroundings& around) {
  const Settings& settings = request.settings;
  const Scenario* scenario = find_scenario(settings.scenario);
  if (!scenario) {
    around.err << "smegsim: there is no scenario '" << settings.scenario << "'; `smegsim list` shows them\n";
    return kWrongUsage;
  }
  Progress progress(around.err, around.err_is_terminal, request.quiet);
  std::vector<Outcome> outcomes;
  for (std::size_t i = 0; i < settings.seeds; ++i) {
    const std::uint64_t seed = settings.seed + i;
    progress.begin(fmt::format("{} seed {}", settings.scenario, seed));
    Trial trial(settings, seed, progress);
    scenario->play(trial);
    trial.finish();
    progress.end();
    outcomes.push_back(trial.outcome());
  }
  around.out << (request.json ? json(settings, outcomes) : table(settings, outcomes));
  return std::ranges::all_of(outcomes, &Outcome::good) ? kDone : kComplaints;
}

CLI::Option* add_share(CLI::App& app, const std::string& name, double& share, const std::string& help, double most) {
  return app
      .add_option_function<double>(
          name, [&share](double percent) { share = percent / 100; }, help)
      ->check(CLI::Range(0.0, most))
      ->type_name("PERCENT");
}

CLI::Option* add_duration(CLI::App& app, const std::string& name, std::optional<Duration>& out,
                          const std::string& help) {
  const auto check = [](const std::string& text) -> std::string {
    const auto value = parse_duration(text);
    if (!value) return value.error().message;
    return *value <= bounds::kLongest ? "" : "must be at most " + format_duration(bounds::kLongest);
  };
  return app
      .add_option_function<std::string>(
          name, [&out](const std::string& text) { out = *parse_duration(text); }, help)
      ->check(check)
      ->type_name("DURATION");
}

void add_run(CLI::App& app, Request& request) {
  Settings& settings = request.settings;
  app.add_option("scenario", settings.scenario, "what is played; `smegsim list` shows them")->required();
  app.add_option("-n,--nodes", settings.nodes, "hosts")
      ->check(CLI::Range(std::size_t{2}, bounds::kNodes))
      ->capture_default_str();
  app.add_option("--seed", settings.seed, "of the first run: everything follows from it")->capture_default_str();
  app.add_option("--seeds", settings.seeds, "runs, each with the next seed")
      ->check(CLI::Range(std::size_t{1}, bounds::kSeeds))
      ->capture_default_str();
  add_share(app, "--loss", settings.loss, "packets that are lost", 90);
  add_share(app, "--slow", settings.slow, "hosts that come late to what happens, and stall for a second", 100);
  add_share(app, "--nat", settings.nat, "hosts that can't be dialled", 100);
  add_share(app, "--clients", settings.clients, "members of role client", 100);
  add_share(app, "--one-way", settings.one_way, "hosts one of whose links carries one way only", 100);
  app.add_flag("--local", settings.local, "latencies of 1 to 20 ms, instead of 10 to 150 ms by region");
  app.add_flag("--power-cut", settings.power_cut, "who dies vanishes with its host, and nothing is reset");
  add_duration(app, "--duration", settings.duration, "how long it goes on, where that is not given by what happens");
  app.add_option("--messages", settings.messages, "of each kind of lie")
      ->check(CLI::Range(std::size_t{1}, bounds::kMessages))
      ->capture_default_str();
  add_duration(app, "--apart", settings.apart, "how long a partition lasts; by default 1 s to 10 min, by the seed");
  app.add_option_function<std::string>(
         "--split", [&](const std::string& split) { settings.split = *parse_split(split); },
         "even, uneven or one-way; by default by the seed")
      ->check(CLI::IsMember({"even", "uneven", "one-way"}));
  app.add_option_function<std::string>(
         "-o,--output", [&](const std::string& format) { request.json = format == "json"; }, "table or json")
      ->check(CLI::IsMember({"table", "json"}));
  app.add_flag("-q,--quiet", request.quiet, "no progress on the standard error");
}

}  // namespace

int run(const std::vector<std::string>& arguments, const Surroundings& around) {
  CLI::App app("smegsim plays what may happen to a mesh: many real nodes in one process, on a virtual clock.",
               "smegsim");
  app.footer(kExamples);
  app.require_subcommand(1);
  Request request;
  CLI::App* run_command = app.add_subcommand("run", "play a scenario");
  add_run(*run_command, request);
  app.add_subcommand("list", "the scenarios");
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& e) {
    return app.exit(e, around.out, around.err) == 0 ? kDone : kWrongUsage;
  }
  return run_command->parsed() ? play(request, around) : list(around);
}

}  // namespace smeg::simulator
