#include "ipc/listener.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "unit/ipc/test_daemon.h"

using namespace smeg;
using namespace smeg::ipc;

namespace {

mode_t mode_of(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

bool is_there(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

}  // namespace

TEST_CASE("the socket is for owner and group alone, whatever the umask") {
  const ScratchFolder folder;
  for (const mode_t mask : {0u, 077u}) {
    const mode_t before = ::umask(mask);
    auto listener = open_listener(folder / "made/s", "no-such-group");
    ::umask(before);
    REQUIRE(listener);
    CHECK(mode_of(folder / "made/s") == 0660);
    CHECK(mode_of(folder / "made") == 0755);
    close_listener(*listener);
    CHECK(!is_there(folder / "made/s"));
    ::rmdir((folder / "made").c_str());
  }
}

TEST_CASE("a socket left behind is replaced, one in use is not") {
  const ScratchFolder folder;
  auto listener = open_listener(folder / "s", "");
  REQUIRE(listener);
  const auto second = open_listener(folder / "s", "");
  REQUIRE(!second);
  CHECK(second.error().code == Code::exists);
  CHECK(second.error().message.starts_with("another daemon listens at "));
  ::close(listener->fd);  // as a killed daemon leaves it
  auto third = open_listener(folder / "s", "");
  REQUIRE(third);
  // Whoever was first must not remove the file of whoever came after.
  listener->fd = -1;
  listener->inode += 1;
  close_listener(*listener);
  CHECK(is_there(folder / "s"));
  close_listener(*third);
}

TEST_CASE("what is no socket stays") {
  const ScratchFolder folder;
  std::ofstream(folder / "s") << "precious";
  CHECK(open_listener(folder / "s", "").error().code == Code::exists);
  CHECK(is_there(folder / "s"));
}

TEST_CASE("a folder that anybody may write to is no place for the socket") {
  const ScratchFolder folder;
  ::mkdir((folder / "open").c_str(), 0777);
  ::chmod((folder / "open").c_str(), 0777);
  CHECK(open_listener(folder / "open/s", "").error().code == Code::forbidden);
  ::chmod((folder / "open").c_str(), 01777);
  auto listener = open_listener(folder / "open/s", "");
  CHECK(listener.has_value());
  if (listener) close_listener(*listener);
}

TEST_CASE("paths that can't be") {
  const ScratchFolder folder;
  CHECK(open_listener("", "").error().code == Code::too_large);
  CHECK(open_listener(folder / std::string(108, 'x'), "").error().code == Code::too_large);
  CHECK(open_listener(folder / "no/such/folder/s", "").error().message.starts_with("can't make the folder"));
}

TEST_CASE("this process's own user may ask") {
  int pair[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
  CHECK(check_peer(pair[0], Listener{}).has_value());
  ::close(pair[0]);
  ::close(pair[1]);
  CHECK(!check_peer(-1, Listener{}));
}
