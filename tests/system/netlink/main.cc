#define DOCTEST_CONFIG_IMPLEMENT
#include <unistd.h>

#include <cstdio>

#include "system/netlink/fixture.h"

int main(int count, char** arguments) {
  constexpr int kSkipped = 77;
  if (geteuid() != 0 || access("/dev/net/tun", R_OK | W_OK) != 0) {
    std::puts("skipped: needs root and /dev/net/tun");
    return kSkipped;
  }
  if (!smeg::netlink::test::isolate_files()) {
    std::perror("make a mount namespace");
    return 1;
  }
  doctest::Context context(count, arguments);
  return context.run();
}
