#include "io/io.h"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <cerrno>

using namespace smeg;
using namespace smeg::io;

namespace {

bool is_open(int fd) { return fcntl(fd, F_GETFD) >= 0; }

}  // namespace

TEST_CASE("a descriptor is closed once, by its last owner") {
  int fd = -1;
  {
    Descriptor first(open("/dev/null", O_RDONLY | O_CLOEXEC));
    REQUIRE(first);
    fd = first.get();
    Descriptor second(std::move(first));
    CHECK_FALSE(first);
    CHECK(second.get() == fd);
    CHECK(is_open(fd));
    first = std::move(second);
    CHECK(is_open(fd));
  }
  CHECK_FALSE(is_open(fd));
}

TEST_CASE("errors of the system keep their words and get a kind") {
  CHECK(os_error("can't open it", ENOENT).code == Code::not_found);
  CHECK(os_error("can't open it", EACCES).code == Code::forbidden);
  CHECK(os_error("can't open it", EADDRINUSE).code == Code::exists);
  CHECK(os_error("can't open it", EBUSY).code == Code::unavailable);
  CHECK(os_error("can't open it", EIO).code == Code::io);
  CHECK(os_error("can't open it", ENOENT, "make it").hint == "make it");
  CHECK(os_error("can't open it", ENOENT).message == "can't open it: No such file or directory");
}
