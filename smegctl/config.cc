// Configurations: whether a file is right; what the daemon or a file means, and how they differ.
#include "config/config.h"

#include "config/render.h"
#include "control/codec.h"
#include "control/table.h"
#include "grammar.h"
#include "io/io.h"
#include "tables.h"

namespace smeg::ctl {
namespace {

constexpr const char* kDefaultFile = "/etc/smegd/configuration.yaml";

struct Files {
  std::string checked = kDefaultFile;
  std::string file;   // of show and diff; empty: the daemon is asked
  std::string other;  // of diff; empty: the defaults
};

using Parsed = tl::expected<config::Config, std::vector<config::Problem>>;

Outcome<Parsed> read(const std::string& path) {
  const auto text = io::read_file(path, limits::kConfigurationBytes);
  if (!text) return refused({text.error().code, text.error().message, "name the file that smegd reads"});
  return config::parse(as_text(*text));
}

// One that has to be right.
Outcome<config::Config> read_valid(const std::string& path) {
  const auto parsed = read(path);
  if (!parsed) return tl::unexpected(parsed.error());
  if (*parsed) return **parsed;
  return refused({Code::invalid, config::to_string(parsed->error().front(), path),
                  "`smegctl config check " + path + "` says all that is wrong with it"});
}

Outcome<> check(const Invocation& with, const std::string& path) {
  const auto parsed = read(path);
  if (!parsed) return tl::unexpected(parsed.error());
  const bool valid = parsed->has_value();
  control::JsonArray list;
  if (!valid)
    for (const config::Problem& each : parsed->error())
      list.push_back(control::JsonObject{{"line", each.line},
                                         {"column", each.column},
                                         {"field", control::text_or_null(each.field)},
                                         {"message", each.message},
                                         {"hint", control::text_or_null(each.hint)}});
  with.print(valid ? path + " is valid\n" : config::to_string(parsed->error(), path),
             control::with_schema({{"file", path}, {"valid", valid}, {"problems", std::move(list)}}));
  if (valid) return {};
  return refused({Code::invalid, path + " is no valid configuration", "`man smegd.yaml` has the keys"});
}

// Of the daemon, or of a file where one is named.
Outcome<std::string> yaml_of(const Invocation& with, const std::string& path) {
  if (path.empty()) {
    auto shown = with.ask<control::ConfigShown>(control::DaemonConfig{});
    if (!shown) return tl::unexpected(shown.error());
    return std::move(shown->yaml);
  }
  const auto config = read_valid(path);
  if (!config) return tl::unexpected(config.error());
  return config::to_yaml(*config, true);
}

Outcome<> show_config(const Invocation& with, const std::string& path) {
  const auto yaml = yaml_of(with, path);
  if (!yaml) return tl::unexpected(yaml.error());
  if (with.format == Format::yaml) {
    with.around.out << *yaml;
  } else {
    with.print(*yaml, control::with_schema({{"yaml", *yaml}}));
  }
  return {};
}

std::string when(control::TakesEffect effect) {
  switch (effect) {
    case control::TakesEffect::on_reload: return "on reload";
    case control::TakesEffect::on_start: return "on restart";
    case control::TakesEffect::never: return "never";
  }
  return "";
}

control::TakesEffect to_control(config::TakesEffect effect) {
  switch (effect) {
    case config::TakesEffect::on_reload: return control::TakesEffect::on_reload;
    case config::TakesEffect::on_start: return control::TakesEffect::on_start;
    case config::TakesEffect::never: return control::TakesEffect::never;
  }
  return control::TakesEffect::on_reload;
}

using Changes = std::vector<control::ConfigChange>;

Outcome<Changes> changes_of_files(const Files& files) {
  const auto before = files.other.empty() ? Outcome<config::Config>(config::Config{}) : read_valid(files.other);
  if (!before) return tl::unexpected(before.error());
  const auto after = read_valid(files.file);
  if (!after) return tl::unexpected(after.error());
  Changes out;
  for (const config::Difference& each : config::differences(*before, *after, true))
    out.push_back({each.field, each.before, each.after, to_control(config::takes_effect(each.field))});
  return out;
}

// Between what the daemon goes by and its own file, or between two files.
Outcome<Changes> changes_of(const Invocation& with, const Files& files) {
  if (!files.file.empty()) return changes_of_files(files);
  if (!files.other.empty())
    return wrong_usage({Code::malformed, "--from says what to begin with, and nothing says where that leads",
                        "name another file: smegctl config diff --file FILE --from FILE"});
  auto told = with.ask<control::ConfigDiffered>(control::DaemonConfigDiff{});
  if (!told) return tl::unexpected(told.error());
  return std::move(told->changes);
}

Outcome<> diff(const Invocation& with, const Files& files) {
  const auto changes = changes_of(with, files);
  if (!changes) return tl::unexpected(changes.error());
  const bool of_daemon = files.file.empty();
  const std::string before = of_daemon ? "RUNNING" : files.other.empty() ? "DEFAULT" : "BEFORE";
  control::Table table(0, with.look());
  table.head({"KEY", before, of_daemon ? "FILE" : "AFTER", "TAKES EFFECT"});
  control::JsonArray list;
  const auto shown = [](const std::string& value) { return value.empty() ? "-" : printable(value); };
  for (const control::ConfigChange& each : *changes) {
    table.row({each.field, shown(each.before), shown(each.after), when(each.takes_effect)});
    list.push_back(control::config_change_to_json(each));
  }
  with.print(changes->empty() ? "There is no difference.\n" : table.text(),
             control::with_schema({{"differences", std::move(list)}}));
  return {};
}

}  // namespace

void add_config(Grammar& to) {
  CLI::App& config = to.group("config", "what smegd is configured to do, and files of that");
  const auto files = std::make_shared<Files>();
  CLI::App& checked = to.command(config, "check", "say all that is wrong with a file, with line and field",
                                 [files](const Invocation& with) { return check(with, files->checked); });
  checked.add_option("FILE", files->checked, "the file (default " + std::string(kDefaultFile) + ")")->type_name("");
  CLI::App& shown =
      to.command(config, "show", "what smegd goes by: every key, those that nobody set with their defaults",
                 [files](const Invocation& with) { return show_config(with, files->file); });
  shown.add_option("--file", files->file, "what this file means, instead")->type_name("FILE");
  CLI::App& compared =
      to.command(config, "diff", "how the file of smegd differs from what it goes by, and what it takes to apply that",
                 [files](const Invocation& with) { return diff(with, *files); });
  compared.add_option("--file", files->file, "how this file differs from the defaults, instead")->type_name("FILE");
  compared.add_option("--from", files->other, "with --file: from this one")->type_name("FILE");
}

}  // namespace smeg::ctl
