// A daemon with a mesh in it, and command lines that find it.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <sstream>

#include "cli.h"
#include "unit/control/sample.h"
#include "unit/ipc/test_daemon.h"

namespace smeg::ctl {

class ZeroSource final : public KeySource {
 public:
  void fill(MutableByteView bytes) override { std::ranges::fill(bytes, std::uint8_t{0}); }
};

class Host {
 public:
  explicit Host(Result<control::Reply> reply = control::Reply(control::Done{}))
      : daemon(folder / "s", [this, reply](control::CommandId, const control::Command& command) {
          seen.push_back(command);
          return reply;
        }) {
    control::Snapshot snapshot = control::sample_snapshot();
    snapshot.meshes.pop_back();
    daemon.publish(snapshot);
  }

  int run(std::vector<std::string> arguments) {
    out.str("");
    err.str("");
    const Surroundings around{out,
                              err,
                              in,
                              [this](const std::string& name) -> std::optional<std::string> {
                                const auto found = environment.find(name);
                                return found == environment.end() ? std::nullopt : std::optional(found->second);
                              },
                              [this](const std::string&) -> Result<control::SecretText> {
                                if (typed.empty()) return fail(Code::unavailable, "no terminal");
                                control::SecretText next(typed.front());
                                typed.erase(typed.begin());
                                return next;
                              },
                              [] { return control::sample_time(0); },
                              secrets,
                              at_terminal,
                              {},
                              {},
                              at_terminal,
                              [] { return std::size_t{24}; },
                              [this](const std::vector<std::string>& words) -> Result<std::string> {
                                if (words[0] == "nft") return fail(Code::not_found, "can't run nft");
                                asked.push_back(words);
                                return "[]";
                              }};
    return ctl::run(arguments, around);
  }

  ipc::ScratchFolder folder;
  std::vector<control::Command> seen;
  ipc::TestDaemon daemon;
  std::map<std::string, std::string> environment = {{"SMEG_SOCKET", folder / "s"}};
  std::vector<std::string> typed;
  std::vector<std::vector<std::string>> asked;  // of other programs
  std::ostringstream out;
  std::ostringstream err;
  std::istringstream in;
  ZeroSource secrets;
  bool at_terminal = false;
};

inline bool has(const std::string& text, std::string_view part) {
  if (text.find(part) != std::string::npos) return true;
  MESSAGE(text);
  return false;
}

}  // namespace smeg::ctl
