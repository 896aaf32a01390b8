#include "daemon/disk.h"

#include <doctest/doctest.h>

#include "unit/daemon/mailbox.h"

namespace smeg::daemon {
namespace {

using node::File;
using node::Ticket;

struct Written {
  File file;
  std::string contents;
  friend bool operator==(const Written&, const Written&) = default;
};

TEST_CASE("what is superseded while the disk is busy is not written, but answered") {
  Mailbox core;
  Gate gate;
  std::vector<Written> written;
  std::vector<std::uint64_t> answered;
  {
    Disk disk(
        [&](File file, ByteView contents) -> Result<void> {
          if (written.empty()) gate.pass();
          written.push_back({file, to_string(contents)});
          return {};
        },
        core.post(),
        [&](Ticket ticket, const Result<void>& result) {
          CHECK(result);
          answered.push_back(ticket.value);
        });
    disk.write({Ticket{1}, File::members, to_bytes("m1")});
    gate.wait_for_visitor();
    disk.write({Ticket{2}, File::members, to_bytes("m2")});
    disk.write({Ticket{3}, File::state, to_bytes("s3")});
    disk.write({Ticket{4}, File::members, to_bytes("m4")});
    disk.write({Ticket{5}, File::state, to_bytes("s5")});
    gate.open();
    REQUIRE(core.run_until([&] { return answered.size() == 5; }));
  }
  // What must not be lost goes first.
  CHECK(written == std::vector<Written>{{File::members, "m1"}, {File::state, "s5"}, {File::members, "m4"}});
  CHECK(answered == std::vector<std::uint64_t>{1, 3, 5, 2, 4});
}

TEST_CASE("a failed write is answered with its error") {
  Mailbox core;
  std::vector<Code> answers;
  Disk disk([](File, ByteView) -> Result<void> { return fail(Code::io, "no room"); }, core.post(),
            [&](Ticket, const Result<void>& result) { answers.push_back(result.error().code); });
  disk.write({Ticket{1}, File::state, to_bytes("x")});
  REQUIRE(core.run_until([&] { return !answers.empty(); }));
  CHECK(answers == std::vector{Code::io});
}

TEST_CASE("the end waits for what is queued") {
  Mailbox core;
  int writes = 0;
  {
    Disk disk([&](File, ByteView) -> Result<void> { return ++writes, Result<void>(); }, core.post(),
              [](Ticket, const Result<void>&) {});
    disk.write({Ticket{1}, File::state, to_bytes("x")});
    disk.write({Ticket{2}, File::members, to_bytes("y")});
  }
  CHECK(writes == 2);
}

}  // namespace
}  // namespace smeg::daemon
