// The state directory: small files that must never be lost, torn or read by others.
#pragma once

#include <optional>
#include <string>

#include "base/base.h"
#include "io/descriptor.h"

namespace smeg::io {

// The content of a file of at most limit bytes; not_found, too_large or io, each naming the path.
Result<Bytes> read_file(const std::string& path, std::size_t limit);

// Replaces a file as a whole: temporary file, fsync, rename, fsync of the directory. A reader sees the old content or
// the new, whatever crashes. mode is that of the new file, whatever the umask.
Result<void> replace_file(const std::string& path, ByteView content, unsigned mode);

// A directory of its own for one smegd: mode 0700, locked, each file in an envelope with magic and checksum.
// Called from the disk thread after open(); keeps no state but the lock, so that any one thread at a time may use it.
// Never repairs, removes or replaces by itself: a torn or foreign file is an error that names it, and stays.
class StateDirectory {
 public:
  // Creates the directory (0700; its parent must be there) or takes an existing one that belongs to us and that nobody
  // else may write to. conflict where another smegd holds it.
  static Result<StateDirectory> open(const std::string& path);

  // name is a plain file name. Nothing where there is no such file; malformed where it is torn or not ours, forbidden
  // where others may read it.
  Result<std::optional<Bytes>> read(std::string_view name) const;
  // Mode 0600. On disk when it returns.
  Result<void> replace(std::string_view name, ByteView content) const;
  // Renames a file that can't be used, so that it is kept and out of the way; returns its new path.
  Result<std::string> set_aside(std::string_view name) const;
  const std::string& path() const { return path_; }

 private:
  StateDirectory(std::string path, Descriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::string path_;
  Descriptor lock_;  // given up with the object, or by the kernel
};

// The envelope, for tests and fuzzing: a line that says what it is, a checksum over name and content, the content.
Bytes seal_state(std::string_view name, ByteView content);
Result<Bytes> open_state(std::string_view name, ByteView file);

}  // namespace smeg::io
