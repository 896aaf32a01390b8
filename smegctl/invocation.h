// One run of smegctl: what all commands share.
#pragma once

#include <functional>

#include "cli.h"
#include "format.h"
#include "ipc/ipc.h"

namespace smeg::ctl {

// Ends a command: what to print, and the exit status.
struct Failure {
  Error error;  // without a message where the command has said all
  int status = kRefused;
};
template <class T = void>
using Outcome = tl::expected<T, Failure>;

inline tl::unexpected<Failure> refused(Error error) { return tl::unexpected(Failure{std::move(error), kRefused}); }
inline tl::unexpected<Failure> wrong_usage(Error error) {
  return tl::unexpected(Failure{std::move(error), kWrongUsage});
}

// Of a result of the daemon's: the failure tells whether there was one.
template <class T>
Outcome<T> outcome(Result<T> result, const ipc::ControlClient& client) {
  if (result) return *std::move(result);
  return tl::unexpected(Failure{std::move(result).error(), client.lost() ? kNoDaemon : kRefused});
}

// The options that every command takes, and the way to the daemon.
struct Invocation {
  const Surroundings& around;
  std::string socket = {};
  Format format = Format::table;
  bool no_color = false;
  bool watch = false;  // of commands that can be watched
  control::MeshSelector mesh = {};

  bool for_programs() const { return ctl::for_programs(format); }
  control::Look look() const;

  Outcome<control::Snapshot> snapshot() const;
  // The mesh that -m or the lack of it means.
  Outcome<control::MeshView> chosen_mesh() const;
  // A command that the daemon answers with a Reply of this kind.
  template <class Kind>
  Outcome<Kind> ask(const control::Command& command) const {
    auto reply = call(command);
    if (!reply) return tl::unexpected(std::move(reply).error());
    if (auto* kind = std::get_if<Kind>(&*reply)) return std::move(*kind);
    return refused({Code::malformed, "the daemon answered with something else", "use the smegctl of its version"});
  }
  Outcome<ipc::ControlClient> connect() const;

  // Prints the text, or the JSON where a format for programs was asked for.
  void print(const std::string& text, const std::string& json_text) const;
  // The same of what takes a while to write in a large mesh: only what is asked for is made.
  using Write = std::function<std::string()>;
  void print_either(const Write& text, const Write& json_text) const;
  std::string either(const Write& text, const Write& json_text) const;
  // Something to know beside the output proper: on stderr, and not for programs.
  void note(const std::string& text) const;

 private:
  Outcome<control::Reply> call(const control::Command& command) const;
};

}  // namespace smeg::ctl
