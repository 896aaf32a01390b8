#include "manual.h"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <vector>

namespace smeg::ctl {
namespace {

// What scdoc(5) would make something of.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '*' || c == '_' || c == '\\' || c == '#' || c == '`' || c == '<' || c == '>') out += '\\';
    out += c;
  }
  return out;
}

// A sentence of words that stand behind an option in --help.
std::string sentence(std::string text) {
  if (!text.empty()) text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  return escaped(text) + (text.ends_with('.') ? "" : ".");
}

std::string names_of(const CLI::Option& option) {
  std::string out;
  for (const std::string& name : option.get_snames()) out += (out.empty() ? "" : ", ") + ("*-" + escaped(name) + "*");
  for (const std::string& name : option.get_lnames()) out += (out.empty() ? "" : ", ") + ("*--" + escaped(name) + "*");
  if (option.get_items_expected_max() > 0 && !option.get_type_name().empty())
    out += " _" + escaped(option.get_type_name()) + "_";
  return out;
}

std::string options_of(const CLI::App& command) {
  std::string out;
  for (const CLI::Option* option : command.get_options())
    if (option->get_positional())
      out += "_" + escaped(option->get_name(true)) + "_\n\t" + sentence(option->get_description()) + '\n';
  const bool with_help = command.get_parent() == nullptr;
  for (const CLI::Option* option : command.get_options()) {
    const bool is_help = option->check_name("--help") || option->check_name("--help-all");
    if (option->nonpositional() && (with_help || !is_help) && !option->get_group().empty())
      out += names_of(*option) + "\n\t" + sentence(option->get_description()) + '\n';
  }
  return out;
}

std::string usage_of(const CLI::App& command, const std::string& line) {
  std::string out = "*smegctl " + escaped(line) + "*";
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_positional()) continue;
    const std::string name = "_" + escaped(option->get_name(true)) + "_";
    out += ' ' + (option->get_required() ? name : '[' + name + ']');
  }
  return out;
}

// Those that do something, in the order of the table: "mesh", then "mesh create" ...
void add_commands(const CLI::App& in, const std::string& before, std::string& out) {
  for (const CLI::App* each : in.get_subcommands([](const CLI::App*) { return true; })) {
    const std::string line = before.empty() ? each->get_name() : before + ' ' + each->get_name();
    if (!each->get_subcommands([](const CLI::App*) { return true; }).empty()) {
      add_commands(*each, line, out);
      continue;
    }
    out += "## smegctl " + line + "\n\n" + usage_of(*each, line) + "\n\n" + sentence(each->get_description()) + '\n';
    const std::string options = options_of(*each);
    out += (options.empty() ? "" : '\n' + options) + '\n';
  }
}

}  // namespace

std::string filled_manual(const CLI::App& root, const std::string& page) {
  std::istringstream lines(page);
  std::string out;
  for (std::string line; std::getline(lines, line);) {
    if (line == "@OPTIONS@") {
      out += options_of(root);
    } else if (line == "@COMMANDS@") {
      std::string commands;
      add_commands(root, "", commands);
      out += commands.substr(0, commands.size() - 1);
    } else {
      out += line + '\n';
    }
  }
  return out;
}

}  // namespace smeg::ctl
