#include "layering/rules.h"

#include <algorithm>
#include <array>
#include <regex>
#include <string_view>

namespace smeg::layering {
namespace {

constexpr int kFirstShellLayer = 5;

struct Ban {
  const char* pattern;
  const char* what;
};

// In code, strings emptied.
constexpr std::array kBannedCode{
    Ban{R"(::\s*now\s*\()", "reads a clock: time is an argument"},
    Ban{R"(\b(clock_gettime|clock_nanosleep|gettimeofday|timespec_get|nanosleep|usleep|sleep_for|sleep_until)\b)",
        "reads a clock: time is an argument"},
    Ban{R"(\btime\s*\(\s*(nullptr|NULL|0|&\s*\w+)\s*\))", "reads a clock: time is an argument"},
    Ban{R"(\b(random_device|getrandom|getentropy|arc4random\w*|randombytes\w*|RAND_(priv_)?bytes|srand|rand_r)\b)",
        "draws randomness: chance is injected"},
    Ban{R"(\brand\s*\(\s*\))", "draws randomness: chance is injected"},
    Ban{R"(\b(crypto_(sign|box|kx|kem)_keypair|crypto_\w+_keygen|EVP_PKEY_(keygen|generate|Q_keygen))\b)",
        "draws randomness: secrets come from a KeySource"},
    Ban{R"(\bstd\s*::\s*(thread|jthread|async|mutex|recursive_mutex|timed_mutex|shared_mutex|condition_variable\w*|)"
        R"(counting_semaphore|binary_semaphore|latch|barrier|promise|future)\b)",
        "starts or synchronises threads"},
    Ban{R"(\bpthread_\w+)", "starts or synchronises threads"},
    Ban{R"((^|[^\w.>])(::\s*)?(socket|socketpair|epoll_create1|getaddrinfo)\s*\()", "opens a socket"},
    Ban{R"(\b(fopen|popen|mkstemp)\s*\(|(^|[^\w:.>])::\s*(open|read|write|send|recv|ioctl)\s*\()", "does I/O"},
    Ban{R"(\bYAML\s*::\s*Load(All)?(FromFile|File)\b)", "does I/O"},
    Ban{R"(\bstd\s*::\s*(cout|cerr|clog|cin)\b|\bspdlog\b|\bsyslog\s*\(|\bperror\s*\()", "writes a log"},
    Ban{R"(\b(printf|puts|putchar|vprintf)\s*\(|\bstderr\b|\bstdout\b|\bfmt\s*::\s*print\b)", "writes a log"},
    Ban{R"(\bboost\s*::\s*asio\b|\basio\s*::)", "uses Asio"},
};

// In strings.
constexpr std::array kBannedText{
    Ban{R"(/dev/(u?random|hwrng))", "draws randomness: chance is injected"},
};

// Included files that only the shell has a use for.
constexpr std::array kBannedHeaders{
    Ban{R"(thread|mutex|shared_mutex|condition_variable|future|semaphore|latch|barrier|stop_token|pthread\.h)",
        "is for threads"},
    Ban{R"(iostream|fstream|filesystem|syslog\.h|unistd\.h|fcntl\.h|poll\.h|netdb\.h|sys/.*)", "is for I/O"},
    Ban{R"((boost/)?asio(\.hpp|/.*)|spdlog/.*|libmnl/.*|openssl/(ssl|rand)\.h)", "belongs to the shell"},
};
constexpr const char* kThirdParty =
    R"((boost|openssl|yaml-cpp|nlohmann|libmnl|spdlog|fmt|google|CLI|doctest)/.*|sodium.*|simdjson\.h|tl/.*)";

void check_quoted_include(const Table& table, const Module& module, const std::string& target,
                          std::vector<std::string>& found) {
  const auto slash = target.find('/');
  if (slash == std::string::npos) {
    if (!module.program) found.push_back("\"" + target + "\" lacks its module's folder");
    return;
  }
  const auto owner = target.substr(0, slash);
  if (owner == module.name) return;
  if (!table.contains(owner)) {
    found.push_back("\"" + target + "\" is of no module");
  } else if (!module.may_include.contains(owner)) {
    found.push_back(module.name + " may not use " + owner);
  } else if (!table.at(owner).public_headers.contains(target) && !(owner == "wire" && target.ends_with(".pb.h"))) {
    found.push_back("\"" + target + "\" is no public header of " + owner);
  }
}

void check_angled_include(const Module& module, bool exposed, const std::string& target,
                          std::vector<std::string>& found) {
  if (module.layer >= kFirstShellLayer) return;
  for (const auto& ban : kBannedHeaders) {
    if (std::regex_match(target, std::regex(ban.pattern))) found.push_back("<" + target + "> " + ban.what);
  }
  const bool result = module.name == "base" && target == "tl/expected.hpp";
  if (exposed && !result && std::regex_match(target, std::regex(kThirdParty))) {
    found.push_back("<" + target + "> in what the public header includes: libraries stay in .cc files");
  }
}

void check_include(const Table& table, const Module& module, bool exposed, const std::string& text,
                   std::vector<std::string>& found) {
  static const std::regex include(R"(^\s*#\s*include\s*(["<])([^">]+)[">])");
  std::smatch match;
  if (!std::regex_search(text, match, include)) return;
  if (match[1] == "\"") {
    check_quoted_include(table, module, match[2], found);
  } else {
    check_angled_include(module, exposed, match[2], found);
  }
}

template <std::size_t N>
void check_bans(const std::array<Ban, N>& bans, const std::string& text, std::vector<std::string>& found) {
  static const std::vector<std::regex> patterns = [&] {
    std::vector<std::regex> compiled;
    for (const auto& ban : bans) compiled.emplace_back(ban.pattern, std::regex::optimize);
    return compiled;
  }();
  for (std::size_t i = 0; i < N; ++i) {
    if (std::regex_search(text, patterns[i])) found.emplace_back(bans[i].what);
  }
}

}  // namespace

std::vector<std::string> own_includes(const Module& module, const std::vector<Line>& lines) {
  static const std::regex include(R"re(^\s*#\s*include\s*"([^"]+)")re");
  std::vector<std::string> targets;
  for (const auto& line : lines) {
    std::smatch match;
    if (std::regex_search(line.text, match, include) && match.str(1).starts_with(module.name + "/")) {
      targets.push_back(match[1]);
    }
  }
  return targets;
}

void check_file(const Table& table, const Module& module, const std::string& name, bool exposed,
                const std::vector<Line>& lines, std::vector<Violation>& violations) {
  for (const auto& line : lines) {
    std::vector<std::string> found;
    check_include(table, module, exposed, line.text, found);
    if (module.layer < kFirstShellLayer) {
      check_bans(kBannedCode, line.code, found);
      check_bans(kBannedText, line.text, found);
    }
    for (const auto& what : found) violations.push_back({name, line.number, what});
  }
}

}  // namespace smeg::layering
