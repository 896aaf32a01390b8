#include "daemon/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdlib>

namespace smeg::daemon {
namespace {

spdlog::level::level_enum to_spdlog(config::LogLevel level) {
  switch (level) {
    case config::LogLevel::debug: return spdlog::level::debug;
    case config::LogLevel::info: return spdlog::level::info;
    case config::LogLevel::warning: return spdlog::level::warn;
    case config::LogLevel::error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

// "<6>" and the like: how journald learns of a line's priority (sd-daemon(3)).
class JournalPriority final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    const std::string_view priority = of(message.level);
    out.append(priority.data(), priority.data() + priority.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<JournalPriority>(); }

 private:
  static std::string_view of(spdlog::level::level_enum level) {
    if (level >= spdlog::level::err) return "<3>";
    if (level >= spdlog::level::warn) return "<4>";
    if (level >= spdlog::level::info) return "<6>";
    return "<7>";
  }
};

// Made at the first line, and never torn down: threads may log until the very end.
spdlog::logger& logger() {
  static auto* const instance = [] {
    auto* made = new spdlog::logger("smegd", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    auto formatter = std::make_unique<spdlog::pattern_formatter>();
    if (std::getenv("JOURNAL_STREAM") != nullptr) {
      formatter->add_flag<JournalPriority>('*').set_pattern("%*%v");
    } else {
      formatter->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %-7l %v");
    }
    made->set_formatter(std::move(formatter));
    return made;
  }();
  return *instance;
}

}  // namespace

void start_log(config::LogLevel least) { set_log_level(least); }
void set_log_level(config::LogLevel least) { logger().set_level(to_spdlog(least)); }

void log(config::LogLevel level, std::string_view text) {
  if (logger().should_log(to_spdlog(level))) logger().log(to_spdlog(level), printable(text));
}

void log_error(const Error& error) {
  log_error(std::string_view(error.hint.empty() ? error.message : error.message + " (" + error.hint + ")"));
}

void log_error(std::string_view what, const Error& error) {
  log_error(Error{error.code, std::string(what) + ": " + error.message, error.hint});
}

}  // namespace smeg::daemon
