#include "engine/privilege.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "io/io.h"

namespace smeg::engine {
namespace {

constexpr std::uint32_t kKept = 1u << CAP_NET_ADMIN | 1u << CAP_NET_BIND_SERVICE;
static_assert(CAP_NET_ADMIN < 32 && CAP_NET_BIND_SERVICE < 32);

}  // namespace

Result<void> keep_memory_private() {
  const rlimit none{0, 0};
  if (setrlimit(RLIMIT_CORE, &none) < 0) return fail(io::os_error("can't turn core dumps off", errno));
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) return fail(io::os_error("can't turn core dumps off", errno));
  return {};
}

Result<void> drop_privileges() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return fail(io::os_error("can't give up privileges", errno));
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> sets{};
  if (syscall(SYS_capget, &header, sets.data()) < 0) return fail(io::os_error("can't read the capabilities", errno));
  sets[0].permitted &= kKept;
  sets[0].effective = sets[0].permitted;
  sets[0].inheritable = 0;
  sets[1] = {};
  if (syscall(SYS_capset, &header, sets.data()) < 0) return fail(io::os_error("can't give up privileges", errno));
  return {};
}

}  // namespace smeg::engine
