#include "daemon/hook.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "io/io.h"

namespace smeg::daemon {
namespace {

constexpr std::string_view kPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

tl::unexpected<Error> system_error(int number, const std::string& what) {
  return fail(Code::io, "cannot " + what + ": " + std::generic_category().message(number));
}

// How the program starts out: no input, both outputs in one, no other descriptor, no signal blocked or ignored.
class Setup {
 public:
  explicit Setup(int output) {
    posix_spawn_file_actions_init(&files_);
    posix_spawn_file_actions_addopen(&files_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files_, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files_, output, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&files_, STDERR_FILENO + 1);
    posix_spawn_file_actions_addchdir_np(&files_, "/");
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setflags(&attributes_,
                             static_cast<short>(POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
  }
  Setup(const Setup&) = delete;
  Setup& operator=(const Setup&) = delete;
  ~Setup() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }

  Result<pid_t> spawn(std::vector<std::string> command, std::vector<std::string> environment) const {
    pid_t process = 0;
    const int error = posix_spawn(&process, command.front().c_str(), &files_, &attributes_, pointers(command).data(),
                                  pointers(environment).data());
    if (error != 0) return system_error(error, "start " + command.front());
    return process;
  }

 private:
  static std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> out;
    out.reserve(words.size() + 1);
    for (std::string& word : words) out.push_back(word.data());
    out.push_back(nullptr);
    return out;
  }

  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
};

// What has come by now. False at the end of it.
bool read_some(int from, std::string& output) {
  std::array<char, 4'096> buffer{};
  const auto got = ::read(from, buffer.data(), buffer.size());
  if (got <= 0) return got < 0 && (errno == EAGAIN || errno == EINTR);
  const auto room =
      std::min(static_cast<std::size_t>(got), kHookOutputBytes - std::min(kHookOutputBytes, output.size()));
  output.append(buffer.data(), room);
  return true;
}

// Until the program has ended; false where it hasn't in time.
bool wait_for_end(int ended, int from, std::string& output, Instant until) {
  pollfd both[2] = {{ended, POLLIN, 0}, {from, POLLIN, 0}};
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - io::OsClock::now()).count();
    if (left <= 0) return false;
    if (::poll(both, 2, static_cast<int>(left)) < 0 && errno != EINTR) return false;
    if (both[1].revents != 0 && !read_some(from, output)) both[1].fd = -1;
    if (both[0].revents == 0) continue;
    while (both[1].fd >= 0 && ::poll(&both[1], 1, 0) > 0 && output.size() < kHookOutputBytes)
      if (!read_some(from, output)) break;
    return true;
  }
}

// In one line, without what a terminal would make something of.
std::string one_line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return text;
}

Result<std::string> outcome(int status, std::string output) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return output;
  const std::string how = WIFSIGNALED(status) ? "was ended by signal " + std::to_string(WTERMSIG(status))
                                              : "failed with status " + std::to_string(WEXITSTATUS(status));
  return fail(Code::io, "it " + how + (output.empty() ? "" : ": " + output));
}

}  // namespace

std::vector<std::string> hook_environment(const node::RunHook& hook) {
  return {std::string(kPath),
          "SMEG_HOOK=" + hook.hook,
          "SMEG_MESH=" + hook.name,
          "SMEG_MESH_ID=" + crypto::to_base32(hook.mesh.bytes),
          "SMEG_INTERFACE=" + hook.interface.text(),
          "SMEG_ADDRESS=" + (hook.address ? hook.address->to_string() : std::string())};
}

Result<std::string> run_hook(const std::vector<std::string>& command, const std::vector<std::string>& environment,
                             Duration limit) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return system_error(errno, "make a pipe");
  const io::Descriptor from(ends[0]);
  io::Descriptor to(ends[1]);
  // The program's end blocks, as programs expect.
  (void)::fcntl(to.get(), F_SETFL, 0);
  const auto process = Setup(to.get()).spawn(command, environment);
  to = io::Descriptor();
  if (!process) return fail(process.error());
  const io::Descriptor ended(static_cast<int>(::syscall(SYS_pidfd_open, *process, 0)));
  std::string output;
  const bool in_time = wait_for_end(ended.get(), from.get(), output, io::OsClock::now() + limit);
  if (!in_time) (void)::kill(-*process, SIGKILL);
  int status = 0;
  while (::waitpid(*process, &status, 0) < 0 && errno == EINTR) {
  }
  if (in_time) return outcome(status, one_line(std::move(output)));
  return fail(Code::unavailable,
              "it took longer than " + std::to_string(std::chrono::duration_cast<std::chrono::seconds>(limit).count()) +
                  " s and was ended",
              "let it start what takes longer in the background");
}

}  // namespace smeg::daemon
