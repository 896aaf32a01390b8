#include "grammar.h"

#include <algorithm>
#include <istream>
#include <iterator>
#include <ostream>

#include "completion.h"
#include "manual.h"

namespace smeg::ctl {
namespace {

using namespace std::chrono_literals;

std::vector<std::string_view> command_names(const CLI::App& of) {
  std::vector<std::string_view> names;
  for (const CLI::App* each : of.get_subcommands([](const CLI::App* app) { return !app->get_group().empty(); }))
    names.push_back(each->get_name());
  return names;
}

std::string joined(const std::vector<std::string_view>& words) {
  std::string out;
  for (const std::string_view word : words) out.append(out.empty() ? "" : ", ").append(word);
  return out;
}

// What to do about an error that comes with no advice of its own.
std::string next_step(const Failure& failure, const std::string& command) {
  if (failure.status == kWrongUsage) return "see `smegctl " + command + " --help`";
  switch (failure.error.code) {
    case Code::malformed:
    case Code::invalid:
    case Code::too_large: return "see `smegctl " + command + " --help`";
    case Code::not_found:
    case Code::exists:
    case Code::conflict: return "`smegctl status` and `smegctl mesh show` say what there is";
    case Code::forbidden: return "ask as root, or as a member of the group 'smeg'";
    case Code::expired:
    case Code::used_up:
    case Code::revoked: return "ask for a new one";
    case Code::unsupported: return "`smegctl version` says whether smegctl and smegd are of one version";
    case Code::unavailable: return "`smegctl status` says how things stand; try again in a moment";
    case Code::unauthenticated:
    case Code::io: return "smegd's log may say more";
  }
  return "smegd's log may say more";
}

}  // namespace

Result<Duration> parse_keepalive(std::string_view text) {
  auto value = duration_from(0s, 65'535s)(text);
  if (value && *value % 1s != Duration::zero()) return fail(Code::invalid, "must be whole seconds");
  return value;
}

Result<std::string> parse_alias(std::string_view text) {
  return text.empty() ? Result<std::string>("") : parse_label(text, "an alias");
}

Grammar::Grammar(const Surroundings& around) : with_{around} {
  with_.socket = around.environment("SMEG_SOCKET").value_or(std::string(kDefaultControlSocket));
  app_.name("smegctl");
  app_.require_subcommand(1);
  app_.fallthrough();
  app_.footer("\n-m, -o, --no-color and --socket: see `smegctl --help`.\n");  // of each command
  app_.set_help_all_flag("--help-all", "help on all commands at once");
  app_.add_option("--socket", with_.socket, "the daemon's control socket (also SMEG_SOCKET)")
      ->type_name("PATH")
      ->capture_default_str();
  add(app_, "-o,--output", with_.format, parse_format,
      "table or wide for people; json, json-line (on one line) or yaml for programs")
      ->type_name("FORMAT");
  app_.add_flag("--no-color", with_.no_color, "no colours on a terminal (also NO_COLOR)");
  app_.add_option("-m,--mesh", with_.mesh.text, "a mesh by its id, its name, or the beginning of either")
      ->type_name("MESH");
}

CLI::App& Grammar::group(const std::string& name, const std::string& help) {
  CLI::App* group = app_.add_subcommand(name, help);
  group->require_subcommand(1);
  return *group;
}

CLI::App& Grammar::command(CLI::App& in, const std::string& name, const std::string& help, Action action) {
  CLI::App* added = in.add_subcommand(name, help);
  added->callback([this, added, action = std::move(action)] {
    action_ = action;
    command_ = added->get_name();
    for (const CLI::App* at = added->get_parent(); at && at->get_parent(); at = at->get_parent())
      command_ = at->get_name() + ' ' + command_;
  });
  return *added;
}

CLI::App& Grammar::view(CLI::App& in, const std::string& name, const std::string& help, Action action) {
  CLI::App& added = command(in, name, help, std::move(action));
  added.add_flag("-w,--watch", with_.watch, "again whenever it changes, until ^C");
  return added;
}

int Grammar::run(std::vector<std::string> arguments) {
  if (arguments == std::vector<std::string>{kManualCommand}) return print_manual();
  if (!arguments.empty() && arguments.front() == kCompleteCommand)
    return print_completion({arguments.begin() + 1, arguments.end()});
  std::ranges::reverse(arguments);  // as CLI11 wants them
  try {
    app_.parse(arguments);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app_.exit(error, with_.around.out, with_.around.err);
    return complain(error.what());
  }
  const auto outcome = action_(with_);
  with_.around.out.flush();
  if (outcome) return with_.around.out ? kDone : kRefused;
  return complain(outcome.error());
}

// From a page on standard input.
int Grammar::print_manual() const {
  const std::string page(std::istreambuf_iterator<char>(with_.around.in), {});
  with_.around.out << filled_manual(app_, page) << std::flush;
  return kDone;
}

// Somebody waits with a finger on the key: where the daemon doesn't answer at once, there are no names.
int Grammar::print_completion(const std::vector<std::string>& words) const {
  constexpr Duration kPatience = std::chrono::seconds(1);
  const auto ask = [&](const Whereabouts& at) -> std::optional<control::Snapshot> {
    auto client = ipc::ControlClient::connect(at.socket.empty() ? with_.socket : at.socket);
    if (!client) return std::nullopt;
    auto snapshot = client->get(kPatience);
    return snapshot ? std::optional(*std::move(snapshot)) : std::nullopt;
  };
  with_.around.out << completion_lines(complete(app_, words, ask)) << std::flush;
  return kDone;
}

int Grammar::complain(const Failure& failure) const {
  if (failure.error.message.empty()) return failure.status;
  // Some of the words may be another host's.
  with_.around.err << "smegctl: " << printable(failure.error.message) << "\n  "
                   << printable(failure.error.hint.empty() ? next_step(failure, command_) : failure.error.hint) << '\n';
  return failure.status;
}

// The command line makes no sense. CLI11's words are good for options; for commands there is more to say.
int Grammar::complain(std::string message) const {
  const CLI::App* found = &app_;
  std::string line = "smegctl";
  for (auto parsed = found->get_subcommands(); !parsed.empty(); parsed = found->get_subcommands()) {
    found = parsed.front();
    line += ' ' + found->get_name();
  }
  std::string hint = "see `" + line + " --help`";
  const auto rest = app_.remaining(true);
  if (const auto known = command_names(*found); !known.empty() && (rest.empty() || !rest.front().starts_with('-'))) {
    const auto meant = rest.empty() ? std::nullopt : nearest(rest.front(), known);
    message =
        rest.empty() ? "`" + line + "` needs a command" : "there is no command `" + line + ' ' + rest.front() + "`";
    hint =
        meant ? "did you mean `" + line + ' ' + std::string(*meant) + "`?" : "there is " + joined(known) + "; " + hint;
  }
  with_.around.err << "smegctl: " << message << "\n  " << hint << '\n';
  return kWrongUsage;
}

}  // namespace smeg::ctl
