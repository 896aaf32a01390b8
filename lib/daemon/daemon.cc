#include "daemon/daemon.h"

#include "daemon/core.h"
#include "daemon/log.h"

namespace smeg::daemon {

tl::expected<config::Config, std::string> load_configuration(const std::string& path) {
  const auto text = io::read_file(path, limits::kConfigurationBytes);
  if (!text) {
    return tl::unexpected<std::string>(text.error().message +
                                       "\n  write one (an empty file will do), or name another with --config");
  }
  auto config = config::parse(as_text(*text));
  if (!config) return tl::unexpected<std::string>(config::to_string(config.error(), path));
  return std::move(*config);
}

int run(const config::Config& config, const std::string& path) {
  start_log(config.log_level);
  log_info("smegd " + std::string(kVersion) + " is starting");
  auto core = Core::create(config, [path] { return load_configuration(path); });
  if (!core) {
    log_error("smegd can't start", core.error());
    return kExitRefused;
  }
  const bool well = (*core)->run();
  core->reset();
  log_info("smegd has stopped");
  return well ? kExitOrderly : kExitRefused;
}

}  // namespace smeg::daemon
