// The file of tokens, read anew when it has changed.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>

#include "api/api.h"

namespace smeg::http {

// One thread. A file that isn't there holds no tokens. One that can't be read or makes no sense is an error: those that
// were good before may have been revoked in it.
class TokenFile {
 public:
  explicit TokenFile(std::string path) : path_(std::move(path)) {}

  // What is in it, if that is not what was found before.
  std::optional<Result<api::Tokens>> changed();

 private:
  struct Mark {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    timespec modified{};
    int error = 0;

    bool operator==(const Mark& other) const {
      return device == other.device && inode == other.inode && size == other.size && error == other.error &&
             modified.tv_sec == other.modified.tv_sec && modified.tv_nsec == other.modified.tv_nsec;
    }
  };
  Mark look() const;

  std::string path_;
  std::optional<Mark> seen_;
};

}  // namespace smeg::http
