#include "token_file.h"

#include <doctest/doctest.h>

#include <fstream>

#include "unit/ipc/test_daemon.h"

using namespace smeg;
using namespace smeg::http;

namespace {

void write(const std::string& path, const std::string& text) {
  std::ofstream(path + ".new") << text;
  std::filesystem::rename(path + ".new", path);
}

std::string line(const std::string& name) {
  return name + " read 2026-03-01T12:00:00Z " + crypto::to_base32(api::hash_of_token(name)) + '\n';
}

}  // namespace

TEST_CASE("the file is read when it has changed, and not otherwise") {
  const ipc::ScratchFolder folder;
  const std::string path = folder / "tokens";
  TokenFile file(path);
  auto found = file.changed();
  REQUIRE(found);
  CHECK((*found)->all().empty());  // no file, no tokens
  CHECK_FALSE(file.changed());
  write(path, line("a"));
  found = file.changed();
  REQUIRE(found);
  CHECK((*found)->find("a"));
  CHECK_FALSE(file.changed());
  write(path, line("b"));  // of the same size, perhaps within one tick of the clock
  found = file.changed();
  REQUIRE(found);
  CHECK((*found)->find("b"));
  CHECK_FALSE((*found)->find("a"));
  write(path, "nonsense");
  found = file.changed();
  REQUIRE(found);
  REQUIRE_FALSE(*found);
  CHECK(found->error().message.starts_with(path + ": line 1: "));
  std::filesystem::remove(path);
  CHECK((*file.changed())->all().empty());
}
