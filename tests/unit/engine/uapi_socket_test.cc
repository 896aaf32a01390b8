#include "engine/uapi_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <fstream>

#include "unit/engine/uapi_test_folder.h"

using namespace smeg;
using namespace smeg::engine;

namespace {

unsigned mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(lstat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

}  // namespace

TEST_CASE("the socket is the owner's alone, whatever the umask, and goes with its owner") {
  const UapiTestFolder at;
  const mode_t before = umask(0);
  {
    auto socket = UapiSocket::listen(at.folder, "wg0");
    REQUIRE(socket);
    CHECK(mode_of(at.folder) == 0700);
    CHECK(mode_of(at.path("wg0")) == 0600);
    CHECK(umask(0) == 0);
    CHECK_FALSE(socket->accept());
    CHECK(at.connect("wg0"));
    CHECK(socket->accept());
    CHECK_FALSE(socket->is_gone());
  }
  umask(before);
  CHECK_FALSE(std::filesystem::exists(at.path("wg0")));
}

TEST_CASE("a socket that is served is refused, one that a dead process left is replaced") {
  const UapiTestFolder at;
  auto socket = UapiSocket::listen(at.folder, "wg0");
  REQUIRE(socket);
  const auto second = UapiSocket::listen(at.folder, "wg0");
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Code::exists);
  CHECK(second.error().message.find("wg0") != std::string::npos);
  CHECK(UapiSocket::listen(at.folder, "wg1"));

  std::filesystem::rename(at.path("wg0"), at.path("stale"));
  { const auto owner = std::move(*socket); }  // closes it; the file has another name and stays
  REQUIRE(std::filesystem::exists(at.path("stale")));
  CHECK(UapiSocket::listen(at.folder, "stale"));
}

TEST_CASE("what is no socket stays where it is") {
  const UapiTestFolder at;
  std::filesystem::create_directory(at.folder);
  std::filesystem::permissions(at.folder, std::filesystem::perms::owner_all);
  std::ofstream(at.path("wg0")) << "precious";
  const auto socket = UapiSocket::listen(at.folder, "wg0");
  REQUIRE_FALSE(socket);
  CHECK(socket.error().code == Code::exists);
  CHECK(std::filesystem::file_size(at.path("wg0")) == 8);
}

TEST_CASE("a folder that others may write to is refused") {
  const UapiTestFolder at;
  std::filesystem::create_directory(at.folder);
  std::filesystem::permissions(at.folder, std::filesystem::perms::all);
  const auto socket = UapiSocket::listen(at.folder, "wg0");
  REQUIRE_FALSE(socket);
  CHECK(socket.error().code == Code::forbidden);
}

TEST_CASE("removal and replacement of the file are noticed, and a stranger's file is left alone") {
  const UapiTestFolder at;
  {
    auto socket = UapiSocket::listen(at.folder, "wg0");
    REQUIRE(socket);
    std::filesystem::remove(at.path("wg0"));
    CHECK(socket->is_gone());
    std::ofstream(at.path("wg0")) << "of somebody else";
    CHECK(socket->is_gone());
  }
  CHECK(std::filesystem::exists(at.path("wg0")));
}

TEST_CASE("a descriptor that is handed over must be a socket that listens") {
  const UapiTestFolder at;
  std::filesystem::create_directory(at.folder);
  io::Descriptor plain(open("/dev/null", O_RDWR | O_CLOEXEC));
  CHECK_FALSE(UapiSocket::adopt(std::move(plain), at.folder, "wg0"));
  io::Descriptor deaf(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  CHECK_FALSE(UapiSocket::adopt(std::move(deaf), at.folder, "wg0"));

  io::Descriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  at.path("wg0").copy(address.sun_path, sizeof(address.sun_path) - 1);
  REQUIRE(bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  REQUIRE(listen(listener.get(), 1) == 0);
  const auto adopted = UapiSocket::adopt(std::move(listener), at.folder, "wg0");
  REQUIRE(adopted);
  CHECK(at.connect("wg0"));
  CHECK(adopted->accept());
}
