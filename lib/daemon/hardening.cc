#include "daemon/hardening.h"

#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>

namespace smeg::daemon {
namespace {

// Threads share two heaps instead of having one of 64 MB of address space each.
constexpr int kHeaps = 2;
// What is freed at the top of a heap goes back to the system from this size on.
constexpr int kTrimBytes = 128 * 1'024;

}  // namespace

void harden_process() {
  (void)::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  const rlimit none{0, 0};
  (void)::setrlimit(RLIMIT_CORE, &none);
  (void)std::signal(SIGPIPE, SIG_IGN);
  (void)::mallopt(M_ARENA_MAX, kHeaps);
  (void)::mallopt(M_TRIM_THRESHOLD, kTrimBytes);
}

}  // namespace smeg::daemon
