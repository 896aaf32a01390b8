#include "engine_command.h"

#include <fcntl.h>
#include <malloc.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>

#include "base/version.h"
#include "engine/engine.h"

namespace smeg {
namespace {

using io::Descriptor;

constexpr const char* kUsage =
    "usage: smegd engine [-f|--foreground] INTERFACE     (or smegd-engine instead of the first two words)\n"
    "Serves one WireGuard interface in userspace; configure it with `wg set INTERFACE ...`.\n"
    "  -f, --foreground  stay in the foreground; otherwise it goes to the background once it answers\n"
    "  --version         print the version\n"
    "environment:\n"
    "  LOG_LEVEL               silent, error (the default), verbose or debug; set, it logs in the background too\n"
    "  WG_TUN_FD, WG_UAPI_FD   numbers of open descriptors: a TUN queue, a listening UAPI socket\n"
    "  WG_PROCESS_FOREGROUND   1: as -f\n";

const std::string kVersionLine = "smegd " + std::string(kVersion) + "\n";

struct Arguments {
  bool help = false;
  bool version = false;
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
    } else if (argument == "--version") {
      parsed.version = true;
    } else if (argument == "-f" || argument == "--foreground") {
      parsed.foreground = true;
    } else if (argument.starts_with('-') || !parsed.interface.empty()) {
      return fail(Code::invalid, "unexpected argument '" + std::string(argument) + "'");
    } else {
      parsed.interface = argument;
    }
  }
  const bool serves = !parsed.help && !parsed.version;
  if (serves && parsed.interface.empty()) return fail(Code::invalid, "no interface is named");
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

// Started with a standard descriptor closed, the next thing opened would get its number, and be written to as a log.
void fill_standard_descriptors() {
  int fd = STDIN_FILENO;
  while (fd >= 0 && fd <= STDERR_FILENO) fd = open("/dev/null", O_RDWR);
  if (fd > STDERR_FILENO) close(fd);
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

// Lets the parent go, and the terminal that it was started from.
void detach(Descriptor& ready) {
  leave_terminal(std::getenv("LOG_LEVEL") != nullptr);
  const char done = 1;
  [[maybe_unused]] const ssize_t written = write(ready.get(), &done, 1);
  ready.reset();
}

// Makes the engine and serves until the end. ready, where there is one, is told once the UAPI socket answers.
int serve(engine::EngineOptions options, Descriptor ready) {
  if (auto is_private = engine::keep_memory_private(); !is_private) return complain(is_private.error());
  auto engine = engine::Engine::create(std::move(options));
  if (!engine) return complain(engine.error());
  const auto served = (*engine)->run([&ready] {
    if (ready) detach(ready);
  });
  if (!served) return complain(served.error());
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

int engine_command(int count, char** arguments, const wireguard::Timing& timing) {
  const auto parsed = parse(count, arguments);
  if (!parsed) {
    complain(parsed.error());
    std::fputs(kUsage, stderr);
    return 2;
  }
  if (parsed->help || parsed->version) {
    std::fputs(parsed->help ? kUsage : kVersionLine.c_str(), stdout);
    return 0;
  }
  fill_standard_descriptors();
  auto tun = inherited("WG_TUN_FD");
  if (!tun) return complain(tun.error());
  auto listener = inherited("WG_UAPI_FD");
  if (!listener) return complain(listener.error());
  if (*tun && tun->get() == listener->get()) {
    return complain({Code::invalid, "WG_TUN_FD and WG_UAPI_FD are the same descriptor", ""});
  }
  close_others(tun->get(), listener->get());
  mallopt(M_ARENA_MAX, 1);  // the workers allocate next to nothing
  engine::EngineOptions options;
  options.interface = parsed->interface;
  options.log_level = engine::log_level_of(std::getenv("LOG_LEVEL"));
  options.tun = std::move(*tun);
  options.uapi_listener = std::move(*listener);
  options.timing = timing;
  if (parsed->foreground) return serve(std::move(options), Descriptor());
  return serve_in_background(std::move(options));
}

}  // namespace smeg
