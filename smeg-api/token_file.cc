#include "token_file.h"

#include <cerrno>

#include "io/io.h"

namespace smeg::http {
namespace {

Result<api::Tokens> read_tokens(const std::string& path) {
  const auto text = io::read_file(path, limits::kApiTokenFileBytes);
  if (!text && text.error().code == Code::not_found) return api::Tokens();
  if (!text) return fail(text.error());
  auto tokens = api::Tokens::parse(as_text(*text));
  if (!tokens) return fail(tokens.error().code, path + ": " + tokens.error().message, tokens.error().hint);
  return tokens;
}

}  // namespace

TokenFile::Mark TokenFile::look() const {
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0) return {.error = errno};
  return {status.st_dev, status.st_ino, status.st_size, status.st_mtim, 0};
}

std::optional<Result<api::Tokens>> TokenFile::changed() {
  const Mark mark = look();
  if (seen_ == mark) return std::nullopt;
  seen_ = mark;
  return read_tokens(path_);
}

}  // namespace smeg::http
