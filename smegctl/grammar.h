// What the table of commands is made of: groups, commands, options. One command line is parsed by it.
#pragma once

#include <CLI/CLI.hpp>
#include <charconv>

#include "invocation.h"
#include "watch.h"

namespace smeg::ctl {

// Words that CLI11 prints behind the option's name; empty where the text is good.
inline std::string words(const Error& error) {
  return error.hint.empty() ? error.message : error.message + "; " + error.hint;
}

template <class Parse>
auto checked_by(Parse parse) {
  return [parse](const std::string& text) -> std::string {
    const auto value = parse(std::string_view(text));
    return value ? std::string() : words(value.error());
  };
}

// An option, or a positional argument, whose text parse (Result<T>(std::string_view)) understands.
template <class T, class Parse>
CLI::Option* add(CLI::App& app, const std::string& names, T& out, Parse parse, const std::string& help) {
  const auto take = [&out, parse](const std::string& text) {
    if (auto value = parse(std::string_view(text))) out = *std::move(value);
  };
  return app.add_option_function<std::string>(names, take, help)->check(checked_by(parse));
}

// One that may be given several times, each time with one value.
template <class T, class Parse>
CLI::Option* add_several(CLI::App& app, const std::string& names, std::vector<T>& out, Parse parse,
                         const std::string& help) {
  const auto take = [&out, parse](const std::vector<std::string>& texts) {
    for (const std::string& text : texts)
      if (auto value = parse(std::string_view(text))) out.push_back(*std::move(value));
  };
  return app.add_option_function<std::vector<std::string>>(names, take, help)
      ->allow_extra_args(false)
      ->check(checked_by(parse));
}

inline CLI::Option* add_hosts(CLI::App& app, const std::string& names, std::vector<addr::HostPort>& out,
                              const std::string& help) {
  return add_several(app, names, out, addr::HostPort::parse, help)->type_name("HOST[:PORT]");
}

template <class Number>
auto number_from(Number least, Number most) {
  return [least, most](std::string_view text) -> Result<Number> {
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size() && value >= least && value <= most) return value;
    return fail(Code::malformed,
                "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  };
}

inline auto duration_from(Duration least, Duration most) {
  return [least, most](std::string_view text) -> Result<Duration> {
    auto value = parse_duration(text);
    if (value && (*value < least || *value > most))
      return fail(Code::invalid, "must be " + format_duration(least) + " to " + format_duration(most));
    return value;
  };
}

Result<Duration> parse_keepalive(std::string_view text);  // whole seconds, as WireGuard's
Result<std::string> parse_alias(std::string_view text);   // may be empty

// All commands with their options, and what was found on one command line. Single use.
class Grammar {
 public:
  using Action = std::function<Outcome<>(const Invocation&)>;

  explicit Grammar(const Surroundings& around);
  Grammar(const Grammar&) = delete;
  Grammar& operator=(const Grammar&) = delete;

  CLI::App& app() { return app_; }
  CLI::App& group(const std::string& name, const std::string& help);
  CLI::App& command(CLI::App& in, const std::string& name, const std::string& help, Action action);
  // A command that shows something (watch.h), and takes --watch.
  CLI::App& view(CLI::App& in, const std::string& name, const std::string& help, Action action);

  int run(std::vector<std::string> arguments);

 protected:
  CLI::App app_{"Steers smegd, which makes encrypted IPv6 meshes of hosts anywhere."};
  Invocation with_;

 private:
  int print_manual() const;
  int print_completion(const std::vector<std::string>& words) const;
  int complain(std::string message) const;
  int complain(const Failure& failure) const;

  Action action_;
  std::string command_;  // the one that was found: "mesh create"
};

}  // namespace smeg::ctl
