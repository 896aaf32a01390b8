#include "token_file.h"

#include <cerrno>

#include "io/io.h"

namespace smeg::http {
TokenFile::Mark TokenFile::look() const {
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0) return {.error = errno};
  return {status.st_dev, status.st_ino, status.st_size, status.st_mtim, 0};
}

std::optional<Result<api::Tokens>> TokenFile::changed() {
  const Mark mark = look();
  if (seen_ == mark) return std::nullopt;
  seen_ = mark;
  return api::Tokens::from_file(io::read_file(path_, limits::kApiTokenFileBytes), path_);
}

}  // namespace smeg::http
