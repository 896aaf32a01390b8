#include "io/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "crypto/crypto.h"

namespace smeg::io {
namespace {

constexpr std::string_view kMagic = "smegmesh state 1\n";
constexpr std::size_t kChecksumBytes = 32;
constexpr std::size_t kHeaderBytes = kMagic.size() + kChecksumBytes;
constexpr std::string_view kLockName = "lock";

std::string reason() { return std::strerror(errno); }

ByteArray<kChecksumBytes> checksum(std::string_view name, ByteView content) {
  return crypto::hash<kChecksumBytes>("smegmesh state file 1", {as_bytes(name), content});
}

Result<Bytes> read_all(int fd, const std::string& path, std::size_t limit) {
  struct stat facts {};
  if (::fstat(fd, &facts) != 0) return fail(Code::io, "can't read " + path + ": " + reason());
  if (!S_ISREG(facts.st_mode)) return fail(Code::invalid, path + " is not a regular file");
  if (static_cast<std::uint64_t>(facts.st_size) > limit) {
    return fail(Code::too_large, path + " is longer than " + std::to_string(limit) + " bytes");
  }
  // One byte more than expected, so that a file that grows under our hands shows.
  Bytes content(static_cast<std::size_t>(facts.st_size) + 1);
  std::size_t have = 0;
  while (have < content.size()) {
    const ssize_t got = ::read(fd, content.data() + have, content.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(Code::io, "can't read " + path + ": " + reason());
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  if (have == content.size()) return fail(Code::io, path + " changed while it was read");
  content.resize(have);
  return content;
}

Result<Descriptor> open_for_reading(const std::string& path) {
  // O_NONBLOCK: a pipe in the file's place must not hold us up.
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() >= 0) return file;
  if (errno == ENOENT) return fail(Code::not_found, "there is no file " + path);
  return fail(Code::io, "can't open " + path + ": " + reason());
}

bool write_all(int fd, ByteView content) {
  while (!content.empty()) {
    const ssize_t wrote = ::write(fd, content.data(), content.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return false;
    content = content.subspan(static_cast<std::size_t>(wrote));
  }
  return true;
}

Result<void> sync_directory(const std::string& path) {
  const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || ::fsync(directory.get()) != 0) {
    return fail(Code::io, "can't write directory " + path + ": " + reason());
  }
  return {};
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> check_directory(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return fail(Code::io, "can't use " + path + ": " + reason());
  if (!S_ISDIR(facts.st_mode)) return fail(Code::invalid, path + " is not a directory", "name another stateDirectory");
  if (facts.st_uid != ::geteuid()) {
    return fail(Code::forbidden, "state directory " + path + " belongs to another user",
                "chown it to the user that smegd runs as");
  }
  if ((facts.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return fail(Code::forbidden, "others may write to state directory " + path, "chmod 0700 " + path);
  }
  return {};
}

// Whoever holds the lock writes its process number there, for this message alone.
std::string holder_of(int lock) {
  char text[16] = {};
  const ssize_t got = ::pread(lock, text, sizeof text - 1, 0);
  const std::string_view digits(text, got > 0 ? static_cast<std::size_t>(got) : 0);
  const auto end = digits.find_first_not_of("0123456789");
  const auto number = digits.substr(0, end);
  return number.empty() ? "another smegd" : "process " + std::string(number);
}

Result<Descriptor> take_lock(const std::string& path) {
  Descriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.get() < 0) return fail(Code::io, "can't open " + path + ": " + reason());
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail(Code::io, "can't lock " + path + ": " + reason());
    return fail(Code::conflict, "state directory " + parent_of(path) + " is in use by " + holder_of(lock.get()),
                "stop that one, or give this one a stateDirectory of its own");
  }
  const std::string number = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock.get(), 0) != 0 || !write_all(lock.get(), as_bytes(number))) {
    return fail(Code::io, "can't write " + path + ": " + reason());
  }
  return lock;
}

}  // namespace

Result<Bytes> read_file(const std::string& path, std::size_t limit) {
  auto file = open_for_reading(path);
  if (!file) return fail(file.error());
  return read_all(file->get(), path, limit);
}

Result<void> replace_file(const std::string& path, ByteView content, unsigned mode) {
  const std::string fresh = path + ".new";
  // What an interrupted write left behind may be anybody's: begin with a file of our own.
  if (::unlink(fresh.c_str()) != 0 && errno != ENOENT)
    return fail(Code::io, "can't replace " + fresh + ": " + reason());
  const Descriptor file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file.get() < 0) return fail(Code::io, "can't create " + fresh + ": " + reason());
  if (!write_all(file.get(), content) || ::fchmod(file.get(), mode) != 0 || ::fsync(file.get()) != 0) {
    auto error = fail(Code::io, "can't write " + fresh + ": " + reason(), "make room on that file system");
    ::unlink(fresh.c_str());
    return error;
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) return fail(Code::io, "can't replace " + path + ": " + reason());
  return sync_directory(parent_of(path));
}

Bytes seal_state(std::string_view name, ByteView content) {
  Bytes out = to_bytes(kMagic);
  const auto sum = checksum(name, content);
  out.reserve(kHeaderBytes + content.size());
  out.insert(out.end(), sum.begin(), sum.end());
  out.insert(out.end(), content.begin(), content.end());
  return out;
}

Result<Bytes> open_state(std::string_view name, ByteView file) {
  if (file.size() < kHeaderBytes || as_text(file.first(kMagic.size())) != kMagic) {
    return fail(Code::malformed, "not a state file of this version of smegmesh");
  }
  const ByteView content = file.subspan(kHeaderBytes);
  const auto sum = checksum(name, content);
  const ByteView stored = file.subspan(kMagic.size(), kChecksumBytes);
  if (!std::equal(sum.begin(), sum.end(), stored.begin())) {
    return fail(Code::malformed, "torn, altered or another file's: its checksum does not fit");
  }
  return to_bytes(content);
}

Result<StateDirectory> StateDirectory::open(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail(Code::io, "can't create state directory " + path + ": " + reason(),
                "create it, or name another stateDirectory");
  }
  if (auto checked = check_directory(path); !checked) return fail(checked.error());
  auto lock = take_lock(path + "/" + std::string(kLockName));
  if (!lock) return fail(lock.error());
  return StateDirectory(path, std::move(*lock));
}

Result<std::optional<Bytes>> StateDirectory::read(std::string_view name) const {
  const std::string path = path_ + "/" + std::string(name);
  auto file = open_for_reading(path);
  if (!file && file.error().code == Code::not_found) return std::nullopt;
  if (!file) return fail(file.error());
  struct stat facts {};
  if (::fstat(file->get(), &facts) != 0) return fail(Code::io, "can't read " + path + ": " + reason());
  if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fail(Code::forbidden, "others may read " + path + ", which holds secrets",
                "chmod 0600 " + path + ", and make new keys if anyone did");
  }
  auto sealed = read_all(file->get(), path, limits::kStateFileBytes + kHeaderBytes);
  if (!sealed) return fail(sealed.error());
  auto content = open_state(name, *sealed);
  crypto::wipe(*sealed);
  if (!content) {
    return fail(content.error().code, path + ": " + content.error().message,
                "put a backup of it back, or move it away to start anew");
  }
  return std::optional<Bytes>(std::move(*content));
}

Result<void> StateDirectory::replace(std::string_view name, ByteView content) const {
  if (content.size() > limits::kStateFileBytes) {
    return fail(Code::too_large, std::string(name) + " would be longer than a state file may be");
  }
  Bytes sealed = seal_state(name, content);
  auto written = replace_file(path_ + "/" + std::string(name), sealed, 0600);
  crypto::wipe(sealed);
  return written;
}

Result<std::string> StateDirectory::set_aside(std::string_view name) const {
  const std::string from = path_ + "/" + std::string(name);
  const std::string to = from + ".unreadable";
  if (::rename(from.c_str(), to.c_str()) != 0) {
    return fail(os_error("can't move " + from + " to " + to, errno));
  }
  if (auto synced = sync_directory(path_); !synced) return fail(synced.error());
  return to;
}

}  // namespace smeg::io
