#include "daemon/hook.h"

#include <doctest/doctest.h>

namespace smeg::daemon {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 30s;

Result<std::string> run(std::vector<std::string> command, Duration limit = kPatience) {
  const node::RunHook hook{.hook = "postUp",
                           .command = {},
                           .mesh = {},
                           .name = "office",
                           .interface = netstate::InterfaceName::make("smeg", 0).value(),
                           .address = addr::IpAddress::parse("fd00::1").value()};
  return run_hook(command, hook_environment(hook), limit);
}

}  // namespace

TEST_CASE("a hook is told what it is about, and nothing else") {
  CHECK(run({"/usr/bin/env"}).value() ==
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin SMEG_HOOK=postUp SMEG_MESH=office "
        "SMEG_MESH_ID=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa SMEG_INTERFACE=smeg0 SMEG_ADDRESS=fd00::1");
}

TEST_CASE("arguments go to the program as they are") {
  CHECK(run({"/usr/bin/printf", "%s|%s", "$HOME; a b", "*"}).value() == "$HOME; a b|*");
}

TEST_CASE("what it writes is kept in one line, and not without end") {
  CHECK(run({"/bin/sh", "-c", "echo one; echo two >&2"}).value() == "one two");
  CHECK(run({"/bin/sh", "-c", "yes | head -c 1000000"}).value().size() <= kHookOutputBytes);
}

TEST_CASE("one that fails, or is not there, is an error") {
  CHECK(run({"/bin/sh", "-c", "echo why; exit 3"}).error().message == "it failed with status 3: why");
  CHECK(run({"/bin/sh", "-c", "kill -TERM $$"}).error().message == "it was ended by signal 15");
  CHECK(run({"/nonexistent/program"}).error().message.starts_with("cannot start /nonexistent/program"));
}

TEST_CASE("one that takes too long is ended, with what it started") {
  const auto late = run({"/bin/sh", "-c", "sleep 1000 & wait"}, 50ms);
  REQUIRE_FALSE(late);
  CHECK(late.error().code == Code::unavailable);
}

TEST_CASE("what it leaves in the background is not waited for") {
  CHECK(run({"/bin/sh", "-c", "setsid sleep 2 & echo started"}).value() == "started");
}

}  // namespace smeg::daemon
