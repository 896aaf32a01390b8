#include "process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "io/io.h"

namespace smeg::ctl {
namespace {

// Nothing to read. What it prints is no output of ours: it goes to standard error, or into pipes.
class Files {
 public:
  explicit Files(int out = STDERR_FILENO, int err = STDERR_FILENO) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions_, out, STDOUT_FILENO);
    if (err != STDERR_FILENO) ::posix_spawn_file_actions_adddup2(&actions_, err, STDERR_FILENO);
  }
  ~Files() { ::posix_spawn_file_actions_destroy(&actions_); }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

Result<pid_t> start(const std::vector<std::string>& words, const Files& files) {
  std::vector<char*> values;
  values.reserve(words.size() + 1);
  for (const std::string& word : words) values.push_back(const_cast<char*>(word.c_str()));
  values.push_back(nullptr);
  pid_t child = 0;
  if (const int error = ::posix_spawnp(&child, values[0], files.get(), nullptr, values.data(), environ); error != 0)
    return fail(error == ENOENT ? Code::not_found : Code::io, "can't run " + words[0] + ": " + std::strerror(error));
  return child;
}

// Whether it ended with 0.
Result<bool> end_of(pid_t child, const std::string& program) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return fail(Code::io, "can't wait for " + program + ": " + std::strerror(errno));
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::string line_of(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line.append(line.empty() ? "" : " ").append(word);
  return line;
}

// All that comes out of a pipe until its other end is closed; of much, the end.
std::string read_all(int fd) {
  std::string text;
  std::array<char, 64 * 1'024> chunk;
  while (true) {
    const ssize_t size = ::read(fd, chunk.data(), chunk.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return text;
    text.append(chunk.data(), static_cast<std::size_t>(size));
    if (text.size() > 2 * kOutputBytes) text.erase(0, text.size() - kOutputBytes);
  }
}

}  // namespace

Result<void> run_program(const std::vector<std::string>& words) {
  const auto child = start(words, Files());
  if (!child) return fail(child.error());
  const auto good = end_of(*child, words[0]);
  if (!good) return fail(good.error());
  if (*good) return {};
  return fail(Code::io, "`" + line_of(words) + "` failed");
}

Result<std::string> output_of(const std::vector<std::string>& words) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(Code::io, std::string("can't make a pipe: ") + std::strerror(errno));
  const io::Descriptor ours(ends[0]);
  io::Descriptor theirs(ends[1]);
  // Both into one: what it says of an error is told, and what there is besides is read in order.
  const auto child = start(words, Files(theirs.get(), theirs.get()));
  theirs.reset();
  if (!child) return fail(child.error());
  std::string text = read_all(ours.get());
  const auto good = end_of(*child, words[0]);
  if (!good) return fail(good.error());
  if (text.size() > kOutputBytes) text.erase(0, text.size() - kOutputBytes);
  if (*good) return text;
  return fail(Code::io, "`" + line_of(words) + "` failed: " + text.substr(0, text.find('\n')));
}

}  // namespace smeg::ctl
