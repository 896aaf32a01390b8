#include "io/files.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace smeg::io {
namespace {

// A directory of its own for each test, gone afterwards.
class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "smeg-files-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Scratch() { std::filesystem::remove_all(path_); }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

unsigned mode_of(const std::string& path) {
  struct stat facts {};
  REQUIRE(::stat(path.c_str(), &facts) == 0);
  return facts.st_mode & 07777u;
}

void write_raw(const std::string& path, ByteView content) {
  std::ofstream(path, std::ios::binary) << as_text(content);
  REQUIRE(::chmod(path.c_str(), 0600) == 0);
}

TEST_CASE("a state directory is made for its owner alone and keeps what it is given") {
  const Scratch scratch;
  const std::string path = scratch / "state";
  {
    auto directory = StateDirectory::open(path);
    REQUIRE(directory);
    CHECK(mode_of(path) == 0700);
    CHECK(directory->read("state").value() == std::nullopt);
    REQUIRE(directory->replace("state", as_bytes("one")));
    REQUIRE(directory->replace("state", as_bytes("two")));
    CHECK(mode_of(path + "/state") == 0600);
    CHECK_FALSE(std::filesystem::exists(path + "/state.new"));
  }
  auto again = StateDirectory::open(path);
  REQUIRE(again);
  CHECK(again->read("state").value() == to_bytes("two"));
  REQUIRE(again->replace("state", {}));
  CHECK(again->read("state").value() == Bytes{});
}

TEST_CASE("two smegd can't share a directory, and the second learns who holds it") {
  const Scratch scratch;
  const auto first = StateDirectory::open(scratch / "state");
  REQUIRE(first);
  const auto second = StateDirectory::open(scratch / "state");
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Code::conflict);
  CHECK(second.error().message.find("process " + std::to_string(::getpid())) != std::string::npos);
}

TEST_CASE("a directory that others may write to is refused") {
  const Scratch scratch;
  REQUIRE(::mkdir((scratch / "open").c_str(), 0700) == 0);
  REQUIRE(::chmod((scratch / "open").c_str(), 0770) == 0);
  CHECK(StateDirectory::open(scratch / "open").error().code == Code::forbidden);
  write_raw(scratch / "file", as_bytes("x"));
  CHECK_FALSE(StateDirectory::open(scratch / "file"));
  CHECK(StateDirectory::open(scratch / "missing/parent").error().code == Code::io);
}

TEST_CASE("torn, altered, foreign and readable files are named and left alone") {
  const Scratch scratch;
  const auto directory = StateDirectory::open(scratch / "state");
  REQUIRE(directory);
  const std::string path = scratch / "state/members";
  const Bytes whole = seal_state("members", as_bytes("content of some length"));

  Bytes torn = whole;
  torn.resize(torn.size() - 1);
  Bytes altered = whole;
  altered.back() ^= 1;
  const Bytes foreign = to_bytes("hosts: files dns\n");
  const Bytes other_name = seal_state("state", as_bytes("content of some length"));
  for (const Bytes& bad : {torn, altered, foreign, other_name, Bytes{}}) {
    write_raw(path, bad);
    const auto read = directory->read("members");
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Code::malformed);
    CHECK(read.error().message.find(path) != std::string::npos);
    CHECK(read_file(path, 1'000).value() == bad);
  }

  write_raw(path, whole);
  CHECK(directory->read("members").value() == to_bytes("content of some length"));
  REQUIRE(::chmod(path.c_str(), 0640) == 0);
  CHECK(directory->read("members").error().code == Code::forbidden);
}

TEST_CASE("every cut and every flipped bit of a state file is noticed") {
  const Bytes whole = seal_state("state", as_bytes("abc"));
  CHECK(open_state("state", whole).value() == to_bytes("abc"));
  for (std::size_t size = 0; size < whole.size(); ++size) CHECK_FALSE(open_state("state", ByteView(whole).first(size)));
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    Bytes bad = whole;
    bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ (1u << (bit % 8)));
    CHECK_FALSE(open_state("state", bad));
  }
}

TEST_CASE("reading has a limit, replacing keeps the mode and follows no link") {
  const Scratch scratch;
  const std::string path = scratch / "file";
  REQUIRE(replace_file(path, as_bytes("12345"), 0644));
  CHECK(mode_of(path) == 0644);
  CHECK(read_file(path, 5).value() == to_bytes("12345"));
  CHECK(read_file(path, 4).error().code == Code::too_large);
  CHECK(read_file(scratch / "none", 4).error().code == Code::not_found);
  CHECK(read_file(scratch / ".", 4).error().code == Code::invalid);

  // Somebody's link in the temporary file's place is removed, not written through.
  write_raw(scratch / "victim", as_bytes("keep"));
  REQUIRE(::symlink((scratch / "victim").c_str(), (path + ".new").c_str()) == 0);
  REQUIRE(replace_file(path, as_bytes("678"), 0600));
  CHECK(read_file(scratch / "victim", 9).value() == to_bytes("keep"));
  CHECK(read_file(path, 9).value() == to_bytes("678"));
}

TEST_CASE("a failed write leaves the old content") {
  const Scratch scratch;
  const auto directory = StateDirectory::open(scratch / "state");
  REQUIRE(directory);
  REQUIRE(directory->replace("state", as_bytes("old")));
  // A directory in the temporary file's place can't be opened for writing, whoever we are.
  REQUIRE(::mkdir((scratch / "state/state.new").c_str(), 0700) == 0);
  CHECK(directory->replace("state", as_bytes("new")).error().code == Code::io);
  CHECK(directory->read("state").value() == to_bytes("old"));
}

}  // namespace
}  // namespace smeg::io
