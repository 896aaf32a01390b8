#include "netlink/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <system_error>

extern char** environ;  // NOLINT: POSIX declares it nowhere

namespace smeg::netlink {
namespace {

using Clock = std::chrono::steady_clock;

pid_t native(ProcessId process) { return static_cast<pid_t>(process.value); }

tl::unexpected<Error> system_error(int number, const std::string& what, std::string hint = {}) {
  return fail(Code::io, "cannot " + what + ": " + std::generic_category().message(number), std::move(hint));
}

std::string proc_path(ProcessId process, std::string_view file) {
  return "/proc/" + std::to_string(process.value) + "/" + std::string(file);
}

// How the new process starts out: see EngineProcesses.
class SpawnSetup {
 public:
  explicit SpawnSetup(bool keep_stderr) {
    posix_spawn_file_actions_init(&files_);
    posix_spawn_file_actions_addopen(&files_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (!keep_stderr) posix_spawn_file_actions_addopen(&files_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
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
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;
  ~SpawnSetup() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }

  const posix_spawn_file_actions_t* files() const { return &files_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
};

// The arguments of a process; empty where it is gone or has more than a command line of ours.
std::vector<std::string> arguments_of(ProcessId process) {
  const Fd file(open(proc_path(process, "cmdline").c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return {};
  std::array<char, limits::kProcessLineBytes> text;
  const ssize_t size = read(file.get(), text.data(), text.size());
  if (size <= 0 || static_cast<std::size_t>(size) == text.size()) return {};
  std::vector<std::string> arguments;
  std::string_view rest(text.data(), static_cast<std::size_t>(size));
  while (!rest.empty()) {
    const std::size_t end = rest.find('\0');
    arguments.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return arguments;
}

std::string ending(int status) {
  if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
  return "exit status " + std::to_string(WEXITSTATUS(status));
}

// A pidfd names one process for good, whatever becomes of its number. (Linux 5.3; glibc has no calls for it
// before 2.36.)
Fd open_process(ProcessId process) { return Fd(static_cast<int>(syscall(SYS_pidfd_open, native(process), 0))); }

bool send_signal(const Fd& process, int number) {
  return syscall(SYS_pidfd_send_signal, process.get(), number, nullptr, 0) == 0;
}

}  // namespace

EngineProcesses::EngineProcesses(EngineProgram program)
    : program_(std::move(program)), namespace_(namespace_at("/proc/thread-self/ns/net")) {}

std::vector<std::string> EngineProcesses::command_line(const netstate::InterfaceName& name) const {
  std::vector<std::string> line{program_.name};
  line.insert(line.end(), program_.arguments.begin(), program_.arguments.end());
  line.push_back(name.text());
  return line;
}

Result<ProcessId> EngineProcesses::start(const netstate::InterfaceName& name) {
  reap();
  std::vector<std::string> line = command_line(name);
  std::vector<char*> arguments;
  arguments.reserve(line.size() + 1);
  for (std::string& argument : line) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  const SpawnSetup setup(program_.inherit_stderr);
  pid_t process = 0;
  const int error =
      posix_spawnp(&process, program_.path.c_str(), setup.files(), setup.attributes(), arguments.data(), environ);
  if (error != 0) {
    return system_error(error, "start the engine " + program_.path, "check that the program is installed and may run");
  }
  const ProcessId id{static_cast<std::uint32_t>(process)};
  children_.insert_or_assign(name, id);
  return id;
}

bool EngineProcesses::is_ours(ProcessId process, const netstate::InterfaceName& name) const {
  return process.value != 0 && arguments_of(process) == command_line(name) && in_our_namespace(process);
}

EngineProcesses::NamespaceId EngineProcesses::namespace_at(const std::string& path) {
  struct stat file {};
  if (stat(path.c_str(), &file) < 0) return {};
  return {file.st_dev, file.st_ino};
}

bool EngineProcesses::in_our_namespace(ProcessId process) const {
  const NamespaceId other = namespace_at(proc_path(process, "ns/net"));
  return other == NamespaceId{} || namespace_ == NamespaceId{} || other == namespace_;
}

std::optional<std::string> EngineProcesses::ended(ProcessId process) {
  int status = 0;
  if (waitpid(native(process), &status, WNOHANG) != native(process)) return std::nullopt;
  std::erase_if(children_, [&](const auto& child) { return child.second == process; });
  return ending(status);
}

Result<void> EngineProcesses::end(ProcessId process, std::chrono::milliseconds patience) {
  const Fd handle = open_process(process);
  if (!handle && errno == ESRCH) return {};
  if (!handle) return system_error(errno, "find the engine's process " + std::to_string(process.value));
  for (const int number : {SIGTERM, SIGKILL}) {
    if (!send_signal(handle, number) && errno != ESRCH) {
      return system_error(errno, "end the engine's process " + std::to_string(process.value),
                          "run as the user that started it, or as root");
    }
    if (wait_for(handle.get(), POLLIN, Clock::now() + patience)) {
      ended(process);
      return {};
    }
  }
  return fail(Code::io, "the engine's process " + std::to_string(process.value) + " does not end");
}

std::optional<ProcessId> EngineProcesses::child_of(const netstate::InterfaceName& name) const {
  const auto at = children_.find(name);
  if (at == children_.end()) return std::nullopt;
  return at->second;
}

void EngineProcesses::reap() {
  std::erase_if(children_, [](const auto& child) {
    return waitpid(native(child.second), nullptr, WNOHANG) == native(child.second);
  });
}

}  // namespace smeg::netlink
