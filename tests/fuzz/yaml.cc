// A configuration file: it gives a Config within its documented ranges, or problems that can be shown.
#include <cstdlib>

#include "config/config.h"

namespace {

void must(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace smeg;
  const auto parsed = config::parse(as_text({data, size}));
  if (!parsed) {
    must(!parsed.error().empty() && parsed.error().size() <= limits::kConfigurationProblems);
    must(!config::to_string(parsed.error(), "configuration.yaml").empty());
    return 0;
  }
  must(parsed->control_port > 0 && parsed->mtu >= 1'280 && parsed->mtu <= 65'000);
  must(parsed->inter_cluster_chance > 0 && parsed->inter_cluster_chance <= 1);
  must(!parsed->listen.empty() && parsed->state_directory.starts_with('/'));
  for (const auto& mesh : parsed->meshes) must(!mesh.name.empty() && mesh.create != !mesh.token_file.empty());
  return 0;
}
