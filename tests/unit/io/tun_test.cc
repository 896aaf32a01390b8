#include "io/io.h"

#include <doctest/doctest.h>
#include <fcntl.h>

using namespace smeg;
using namespace smeg::io;

TEST_CASE("names of interfaces are those that the kernel takes") {
  for (const char* good : {"wg0", "a", "smeg-office0", "fifteen-letters", "a.b", "tun_1"}) {
    CAPTURE(good);
    CHECK(is_interface_name(good));
  }
  for (const char* bad : {"", ".", "..", "sixteen-letters!", "a b", "a/b", "a:b", "wg%d", "a\n", "\x7f"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_interface_name(bad));
  }
  const auto made = Tun::create("no/name");
  REQUIRE_FALSE(made);
  CHECK(made.error().code == Code::invalid);
}

TEST_CASE("what is no TUN queue is refused") {
  CHECK_FALSE(Tun::adopt(Descriptor(open("/dev/null", O_RDWR | O_CLOEXEC))));
}
