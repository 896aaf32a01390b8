#include "daemon/daemon.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "daemon/log.h"
#include "daemon/notify.h"
#include "io/io.h"

namespace smeg::daemon {
namespace {

// A file of its own for a test.
struct ScratchFile {
  std::string path = (std::filesystem::temp_directory_path() / "smeg-daemon-XXXXXX").string();
  ScratchFile() {
    const int fd = ::mkstemp(path.data());
    REQUIRE(fd >= 0);
    ::close(fd);
  }
  ~ScratchFile() { ::unlink(path.c_str()); }
};

TEST_CASE("an empty configuration is valid, a wrong one is named with file and line") {
  const ScratchFile file;
  CHECK(load_configuration(file.path).value() == config::Config{});
  std::ofstream(file.path) << "timeout: 5\nlogLevle: info\n";
  const auto wrong = load_configuration(file.path);
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().find(file.path + ":2:") != std::string::npos);
  CHECK(wrong.error().find("logLevel") != std::string::npos);
  CHECK(load_configuration(file.path + ".none").error().find("there is no file") != std::string::npos);
}

TEST_CASE("a process that holds keys leaves no core dump") {
  harden_process();
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_CORE, &limit) == 0);
  CHECK(limit.rlim_max == 0);
}

TEST_CASE("the service manager is told, where there is one") {
  ::unsetenv("NOTIFY_SOCKET");
  CHECK(notify_service_manager("READY=1"));

  // The abstract namespace, so that nothing is left behind.
  const std::string place = "@smeg-notify-test-" + std::to_string(::getpid());
  const io::Descriptor listener(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  std::copy(place.begin(), place.end(), at.sun_path);
  at.sun_path[0] = '\0';
  REQUIRE(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&at),
                 static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + place.size())) == 0);
  ::setenv("NOTIFY_SOCKET", place.c_str(), 1);
  CHECK(notify_service_manager("READY=1"));
  char heard[32] = {};
  CHECK(::recv(listener.get(), heard, sizeof heard - 1, MSG_DONTWAIT) == 7);
  CHECK(std::string(heard) == "READY=1");

  ::setenv("NOTIFY_SOCKET", "relative", 1);
  CHECK(notify_service_manager("READY=1").error().code == Code::invalid);
  ::setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1);
  CHECK(notify_service_manager("READY=1").error().code == Code::not_found);
  ::unsetenv("NOTIFY_SOCKET");
}

}  // namespace
}  // namespace smeg::daemon
