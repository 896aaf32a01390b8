#include "process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace smeg::ctl {
namespace {

// Nothing to read, and what it prints is no output of ours.
class Files {
 public:
  Files() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions_, STDERR_FILENO, STDOUT_FILENO);
  }
  ~Files() { ::posix_spawn_file_actions_destroy(&actions_); }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

}  // namespace

Result<void> run_program(const std::vector<std::string>& words) {
  std::vector<char*> values;
  values.reserve(words.size() + 1);
  for (const std::string& word : words) values.push_back(const_cast<char*>(word.c_str()));
  values.push_back(nullptr);
  const Files files;
  pid_t child = 0;
  if (const int error = ::posix_spawnp(&child, values[0], files.get(), nullptr, values.data(), environ); error != 0)
    return fail(error == ENOENT ? Code::not_found : Code::io, "can't run " + words[0] + ": " + std::strerror(error));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return fail(Code::io, "can't wait for " + words[0] + ": " + std::strerror(errno));
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  std::string line;
  for (const std::string& word : words) line.append(line.empty() ? "" : " ").append(word);
  return fail(Code::io, "`" + line + "` failed");
}

}  // namespace smeg::ctl
