#include "io/descriptor.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace smeg::io {
namespace {

Code code_of(int error_number) {
  switch (error_number) {
    case EEXIST:
    case EADDRINUSE: return Code::exists;
    case ENOENT: return Code::not_found;
    case EPERM:
    case EACCES: return Code::forbidden;
    case EAGAIN:
    case EBUSY:
    case ENOBUFS: return Code::unavailable;
    default:  // errno is open-ended
      return Code::io;
  }
}

}  // namespace

void Descriptor::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

Error os_error(std::string_view what, int error_number, std::string hint) {
  return {code_of(error_number), std::string(what) + ": " + std::generic_category().message(error_number),
          std::move(hint)};
}

}  // namespace smeg::io
