// Files of configuration: whether one is right, what it means, and how two differ.
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
  std::string file = kDefaultFile;
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

Outcome<> show_config(const Invocation& with, const std::string& path) {
  if (with.for_programs() && with.format != Format::yaml)
    return wrong_usage({Code::unsupported, "a configuration is shown as YAML alone", "leave -o out"});
  const auto config = read_valid(path);
  if (!config) return tl::unexpected(config.error());
  with.around.out << config::to_yaml(*config, true);
  return {};
}

// What is handed to a hook is nobody's business.
std::string shown(const config::Difference& of, const std::string& value) {
  if (value.empty()) return "-";
  const bool is_hook = of.field.ends_with("Up") || of.field.ends_with("Down");
  const auto comma = is_hook ? value.find(',') : std::string::npos;
  return control::printable(comma == std::string::npos ? value : value.substr(0, comma) + ", ...]");
}

Outcome<> diff(const Invocation& with, const Files& files) {
  const auto before = files.other.empty() ? Outcome<config::Config>(config::Config{}) : read_valid(files.other);
  if (!before) return tl::unexpected(before.error());
  const auto after = read_valid(files.file);
  if (!after) return tl::unexpected(after.error());
  control::Table table(0, with.look());
  table.head({"KEY", files.other.empty() ? "DEFAULT" : "BEFORE", "AFTER"});
  control::JsonArray list;
  const auto found = config::differences(*before, *after);
  for (const config::Difference& each : found) {
    const std::string before_shown = shown(each, each.before);
    const std::string after_shown = shown(each, each.after);
    table.row({each.field, before_shown, after_shown});
    list.push_back(control::JsonObject{{"field", each.field},
                                       {"before", each.before.empty() ? control::Json() : control::Json(before_shown)},
                                       {"after", each.after.empty() ? control::Json() : control::Json(after_shown)}});
  }
  with.print(found.empty() ? "There is no difference.\n" : table.text(),
             control::with_schema({{"differences", std::move(list)}}));
  return {};
}

}  // namespace

void add_config(Grammar& to) {
  CLI::App& config = to.group("config", "files of configuration of smegd");
  const auto files = std::make_shared<Files>();
  CLI::App& checked = to.command(config, "check", "say all that is wrong with one, with line and field",
                                 [files](const Invocation& with) { return check(with, files->file); });
  CLI::App& shown =
      to.command(config, "show", "what one means: every key, those that it leaves out with their defaults",
                 [files](const Invocation& with) { return show_config(with, files->file); });
  CLI::App& compared = to.command(config, "diff", "how one differs from another, or from the defaults",
                                  [files](const Invocation& with) { return diff(with, *files); });
  for (CLI::App* each : {&checked, &shown, &compared})
    each->add_option("FILE", files->file, "the file (default " + std::string(kDefaultFile) + ")")->type_name("");
  compared.add_option("--from", files->other, "the file to begin with (default: none but the defaults)")
      ->type_name("FILE");
}

}  // namespace smeg::ctl
