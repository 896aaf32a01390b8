#include "engine/wake.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

namespace smeg::engine {

Result<Wake> Wake::make() {
  io::Descriptor event(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event) return fail(io::os_error("can't make an eventfd", errno));
  return Wake(std::move(event));
}

void Wake::ring() const {
  const std::uint64_t one = 1;
  // It fails only where the counter is full, and then the bell rings already.
  [[maybe_unused]] const ssize_t written = write(event_.get(), &one, sizeof(one));
}

void Wake::quiet() const {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = read(event_.get(), &count, sizeof(count));
}

}  // namespace smeg::engine
