#include "netstate/observed.h"

namespace smeg::netstate {

namespace {

constexpr std::size_t kNames = 2 * limits::kMeshesPerHost * (1 + kLanesPerMesh);  // that we may have to try

}  // namespace

const ObservedDevice* find_device(const Observed* observed, const InterfaceName& interface) {
  if (!observed) return nullptr;
  const auto seen = observed->interfaces.find(interface);
  return seen == observed->interfaces.end() || !seen->second.device ? nullptr : &*seen->second.device;
}

Result<InterfaceName> choose_interface(const Observed& observed, const std::set<InterfaceName>& taken,
                                       std::string_view prefix, const MeshId& mesh, Lane lane) {
  for (const auto& [name, interface] : observed.interfaces) {
    const bool its_own = interface.ours && interface.mesh == mesh && interface.lane == lane;
    if (its_own && !taken.contains(name) && is_numbered(name.text(), prefix)) return name;
  }
  // Each number that is passed over is observed or taken, so that this ends.
  const std::size_t bound = observed.interfaces.size() + taken.size() + 1;
  for (unsigned number = 0; number < bound && number < kNames; ++number) {
    auto name = InterfaceName::make(prefix, number);
    if (!name || (!observed.interfaces.contains(*name) && !taken.contains(*name))) return name;
  }
  return fail(Code::unavailable, "every interface name of the prefix \"" + std::string(prefix) + "\" is in use",
              "set interfacePrefix to one that nothing else on this host uses");
}

}  // namespace smeg::netstate
