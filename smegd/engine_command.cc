#include "engine_command.h"

#include <fcntl.h>
#include <malloc.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>

#include "engine/engine.h"

namespace smeg {
namespace {

using io::Descriptor;

constexpr const char* kUsage =
    "usage: smegd engine [-f|--foreground] INTERFACE\n"
    "Serves one WireGuard interface in userspace; configure it with `wg set INTERFACE ...`.\n"
    "  -f, --foreground  stay in the foreground\n"
    "environment: LOG_LEVEL=silent|error|verbose, WG_TUN_FD, WG_UAPI_FD, WG_PROCESS_FOREGROUND=1\n";

struct Arguments {
  bool help = false;
  bool foreground = false;
  std::string interface;
};

Result<Arguments> parse(int count, char** arguments) {
  Arguments parsed;
  const char* foreground = std::getenv("WG_PROCESS_FOREGROUND");
  parsed.foreground = foreground && std::string_view(foreground) == "1";
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "-h" || argument == "--help") {
      parsed.help = true;
    } else if (argument == "-f" || argument == "--foreground") {
      parsed.foreground = true;
    } else if (argument.starts_with('-') || !parsed.interface.empty()) {
      return fail(Code::invalid, "unexpected argument '" + std::string(argument) + "'");
    } else {
      parsed.interface = argument;
    }
  }
  if (parsed.interface.empty() && !parsed.help) return fail(Code::invalid, "no interface is named");
  return parsed;
}

int complain(const Error& error) {
  std::fprintf(stderr, "smegd engine: %s\n", error.message.c_str());
  if (!error.hint.empty()) std::fprintf(stderr, "hint: %s\n", error.hint.c_str());
  return 1;
}

// A descriptor that the parent hands over by its number; invalid where it hands over none.
Result<Descriptor> inherited(const char* variable) {
  const char* text = std::getenv(variable);
  if (!text) return Descriptor();
  const std::string_view number = text;
  int fd = -1;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), fd);
  const bool whole = error == std::errc() && end == number.data() + number.size();
  if (!whole || fd < 3 || fcntl(fd, F_GETFD) < 0) {
    return fail(Code::invalid, std::string(variable) + " is no open descriptor");
  }
  unsetenv(variable);
  return Descriptor(fd);
}

// Whatever else the parent had open must not stay open for as long as this process lives.
void close_others(int first_kept, int second_kept) {
  unsigned from = 3;
  for (const int kept : {std::min(first_kept, second_kept), std::max(first_kept, second_kept)}) {
    if (kept < static_cast<int>(from)) continue;
    if (static_cast<unsigned>(kept) > from) syscall(SYS_close_range, from, static_cast<unsigned>(kept) - 1, 0u);
    from = static_cast<unsigned>(kept) + 1;
  }
  syscall(SYS_close_range, from, ~0u, 0u);
}

void leave_terminal(bool keep_log) {
  const Descriptor null(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null) return;
  dup2(null.get(), STDIN_FILENO);
  dup2(null.get(), STDOUT_FILENO);
  if (!keep_log) dup2(null.get(), STDERR_FILENO);
}

// Makes the engine, says so on the pipe (where there is one), and serves until the end.
int serve(engine::EngineOptions options, Descriptor ready) {
  if (auto is_private = engine::keep_memory_private(); !is_private) return complain(is_private.error());
  auto engine = engine::Engine::create(std::move(options));
  if (!engine) return complain(engine.error());
  if (ready) {
    leave_terminal(std::getenv("LOG_LEVEL") != nullptr);
    const char done = 1;
    [[maybe_unused]] const ssize_t written = write(ready.get(), &done, 1);
    ready.reset();
  }
  if (auto served = (*engine)->run(); !served) return complain(served.error());
  return 0;
}

// The parent returns once the child serves, or has said why it doesn't.
int serve_in_background(engine::EngineOptions options) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return complain(io::os_error("can't make a pipe", errno));
  Descriptor ours(ends[0]);
  Descriptor theirs(ends[1]);
  const pid_t child = fork();
  if (child < 0) return complain(io::os_error("can't start a process", errno));
  if (child > 0) {
    theirs.reset();
    char done = 0;
    return TEMP_FAILURE_RETRY(read(ours.get(), &done, 1)) == 1 ? 0 : 1;
  }
  ours.reset();
  setsid();
  if (chdir("/") < 0) return complain(io::os_error("can't change to /", errno));
  return serve(std::move(options), std::move(theirs));
}

}  // namespace

int engine_command(int count, char** arguments) {
  const auto parsed = parse(count, arguments);
  if (!parsed) {
    complain(parsed.error());
    std::fputs(kUsage, stderr);
    return 2;
  }
  if (parsed->help) {
    std::fputs(kUsage, stdout);
    return 0;
  }
  auto tun = inherited("WG_TUN_FD");
  if (!tun) return complain(tun.error());
  auto listener = inherited("WG_UAPI_FD");
  if (!listener) return complain(listener.error());
  close_others(tun->get(), listener->get());
  mallopt(M_ARENA_MAX, 1);  // the workers allocate next to nothing
  engine::EngineOptions options;
  options.interface = parsed->interface;
  options.log_level = engine::log_level_of(std::getenv("LOG_LEVEL"));
  options.tun = std::move(*tun);
  options.uapi_listener = std::move(*listener);
  if (parsed->foreground) return serve(std::move(options), Descriptor());
  return serve_in_background(std::move(options));
}

}  // namespace smeg
