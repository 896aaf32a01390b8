#include "cli.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <memory>
#include <ostream>

#include "base/version.h"
#include "file.h"
#include "plot.h"
#include "report.h"
#include "runs.h"
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
  std::string file;
  std::string svg;  // a file's name
  Batch batch;
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
  const auto refuse = [&](const std::string& why) {
    around.err << "smegsim: " << why << '\n';
    return kWrongUsage;
  };
  if (const std::string objection = objection_to(settings, request.batch); !objection.empty())
    return refuse(settings.scenario + ": " + objection);
  // Several at a time would write over one another's line.
  const bool terminal = around.err_is_terminal && request.batch.jobs == 1;
  Progress progress(around.err, terminal, request.quiet);
  const auto outcomes = run_all(settings, request.batch, progress);
  if (!outcomes) return refuse(outcomes.error().message);
  if (!request.svg.empty() && !(std::ofstream(request.svg) << plot(settings, *outcomes)).flush())
    return refuse("can't write " + request.svg);
  around.out << (request.json ? json(settings, *outcomes) : table(settings, *outcomes));
  return std::ranges::all_of(*outcomes, &Outcome::good) ? kDone : kComplaints;
}

CLI::Option* add_share(CLI::App& app, const std::string& name, double& share, const std::string& help,
                       double most = 1) {
  const auto check = [most](const std::string& text) -> std::string {
    const auto value = parse_percent(text, most);
    return value ? "" : value.error().message;
  };
  return app
      .add_option_function<std::string>(
          name, [&share, most](const std::string& text) { share = *parse_percent(text, most); }, help)
      ->check(check)
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
  app.add_option("scenario", settings.scenario, "what is played; `smegsim list` shows them");
  app.add_option("--file", request.file, "a scenario file, whose values hold where no option says otherwise")
      ->type_name("FILE");
  app.add_option("-n,--nodes", settings.nodes, "hosts")
      ->check(CLI::Range(bounds::kFewestNodes, bounds::kNodes))
      ->capture_default_str();
  app.add_option("--meshes", settings.meshes, "of bridges: how many, each with that many hosts")
      ->check(CLI::Range(bounds::kFewestMeshes, bounds::kMeshes))
      ->capture_default_str();
  app.add_option("--seed", settings.seed, "of the first run: everything follows from it")->capture_default_str();
  app.add_option("--seeds", settings.seeds, "runs, each with the next seed")
      ->check(CLI::Range(std::size_t{1}, bounds::kSeeds))
      ->capture_default_str();
  app.add_option("-j,--jobs", request.batch.jobs, "runs at a time")
      ->check(CLI::Range(std::size_t{1}, bounds::kJobs))
      ->capture_default_str();
  app.add_flag("--share-start", request.batch.share_start,
               "hosts start once, as with the first seed, and each run goes on from there");
  add_share(app, "--loss", settings.loss, "packets that are lost", bounds::kMostLoss);
  add_share(app, "--slow", settings.slow, "hosts that come late to what happens, and stall for a second");
  add_share(app, "--nat", settings.nat, "hosts that can't be dialled");
  add_share(app, "--clients", settings.clients, "members of role client");
  add_share(app, "--one-way", settings.one_way, "hosts one of whose links carries one way only");
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
  app.add_option("--svg", request.svg, "draw the share of members that know over time")->type_name("FILE");
  app.add_flag("-q,--quiet", request.quiet, "no progress on the standard error");
}

// What a command line says, over what the request holds already.
struct CommandLine {
  explicit CommandLine(Request& request) {
    app.footer(kExamples);
    app.require_subcommand(1);
    app.set_version_flag("--version", "smegsim " + std::string(kVersion));
    run = app.add_subcommand("run", "play a scenario");
    add_run(*run, request);
    app.add_subcommand("list", "the scenarios");
  }
  CLI::App app{"smegsim plays what may happen to a mesh: many real nodes in one process, on a virtual clock.",
               "smegsim"};
  CLI::App* run = nullptr;
};

// Fails with words for the operator.
Result<void> read_file(const std::string& path, Settings& settings) {
  std::ifstream in(path);
  std::string text(bounds::kFileBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.gcount() == 0) return fail(Code::io, "can't read " + path);
  if (static_cast<std::size_t>(in.gcount()) > bounds::kFileBytes) return fail(Code::too_large, path + " is too long");
  text.resize(static_cast<std::size_t>(in.gcount()));
  auto parsed = parse_file(text, settings);
  if (!parsed) return fail(Code::malformed, config::to_string(parsed.error(), path));
  settings = *std::move(parsed);
  return {};
}

}  // namespace

int run(const std::vector<std::string>& arguments, const Surroundings& around) {
  Request request;
  auto line = std::make_unique<CommandLine>(request);
  const auto parse = [&] { line->app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend())); };
  try {
    parse();
    if (!request.file.empty()) {
      Request from_file;
      if (const auto read = read_file(request.file, from_file.settings); !read) {
        around.err << read.error().message << '\n';
        return kWrongUsage;
      }
      request = from_file;  // options stand above the file: once more
      line = std::make_unique<CommandLine>(request);
      parse();
    }
  } catch (const CLI::ParseError& e) {
    return line->app.exit(e, around.out, around.err) == 0 ? kDone : kWrongUsage;
  }
  return line->run->parsed() ? play(request, around) : list(around);
}

}  // namespace smeg::simulator
