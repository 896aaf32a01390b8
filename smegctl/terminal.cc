#include "terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

namespace smeg::ctl {
namespace {

constexpr std::size_t kReadBytes = 4'096;

Error os_error(const std::string& what, int number) {
  return {number == EEXIST ? Code::exists : Code::io, what + ": " + std::generic_category().message(number)};
}

// Closes its descriptor when it goes.
struct File {
  int fd;
  explicit File(int opened) : fd(opened) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd >= 0) ::close(fd);
  }
};

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = ::write(fd, text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

// Echo is off for as long as this lives.
class Silence {
 public:
  explicit Silence(int fd) : fd_(fd), known_(::tcgetattr(fd, &before_) == 0) {
    if (!known_) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(fd_, TCSAFLUSH, &silent);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;
  ~Silence() {
    if (known_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
  }

 private:
  int fd_;
  termios before_{};
  bool known_;
};

// Puts a finished file in its place. link() takes no place that is taken; rename() does.
bool place(const std::string& from, const std::string& to, bool replace) {
  if (replace) return ::rename(from.c_str(), to.c_str()) == 0;
  if (::link(from.c_str(), to.c_str()) != 0) return false;
  ::unlink(from.c_str());
  return true;
}

}  // namespace

Result<control::SecretText> ask_secret(const std::string& prompt) {
  const File terminal(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (terminal.fd < 0)
    return fail(Code::unavailable, "there is no terminal to ask for a passphrase",
                "give --passphrase-file FILE, or set SMEG_PASSPHRASE");
  const Silence silence(terminal.fd);
  write_all(terminal.fd, prompt);
  std::string line;
  bool ended = false;
  while (!ended && line.size() <= limits::kPassphraseBytes) {
    char c = 0;
    const ssize_t size = ::read(terminal.fd, &c, 1);
    if (size < 0 && errno == EINTR) continue;
    ended = size <= 0 || c == '\n';
    if (!ended) line += c;
  }
  write_all(terminal.fd, "\n");
  return control::SecretText(std::move(line));
}

std::size_t terminal_rows() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_row : 0;
}

bool is_there(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

Result<control::SecretText> read_secret_file(const std::string& path, std::size_t most) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.fd < 0) return fail(os_error("can't read " + path, errno));
  std::string text;
  std::array<char, kReadBytes> chunk;
  while (true) {
    const ssize_t size = ::read(file.fd, chunk.data(), chunk.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail(os_error("can't read " + path, errno));
    if (size == 0) break;
    text.append(chunk.data(), static_cast<std::size_t>(size));
    if (text.size() > most)
      return fail(Code::too_large, path + " is larger than " + std::to_string(most) + " bytes",
                  "is it the right file?");
  }
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  if (text.empty()) return fail(Code::malformed, path + " is empty");
  return control::SecretText(std::move(text));
}

Result<void> write_secret_file(const std::string& path, const std::string& text, bool replace) {
  const std::string scratch = path + ".new-" + std::to_string(::getpid());
  const File file(::open(scratch.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (file.fd < 0) return fail(os_error("can't write " + path, errno));
  if (write_all(file.fd, text) && ::fsync(file.fd) == 0 && place(scratch, path, replace)) return {};
  Error error = os_error("can't write " + path, errno);
  ::unlink(scratch.c_str());
  if (error.code == Code::exists) error.hint = "choose another name, or give --force to write over it";
  return fail(std::move(error));
}

}  // namespace smeg::ctl
