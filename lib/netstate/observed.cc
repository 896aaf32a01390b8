#include "netstate/observed.h"

namespace smeg::netstate {

Result<InterfaceName> choose_interface(const Observed& observed, const std::set<InterfaceName>& taken,
                                       std::string_view prefix, const MeshId& mesh) {
  for (const auto& [name, interface] : observed.interfaces) {
    if (interface.ours && interface.mesh == mesh && !taken.contains(name) && is_numbered(name.text(), prefix)) {
      return name;
    }
  }
  // Each number that is passed over is observed or taken, so that this ends.
  const std::size_t bound = observed.interfaces.size() + taken.size() + 1;
  for (unsigned number = 0; number < bound && number < 2 * limits::kMeshesPerHost; ++number) {
    auto name = InterfaceName::make(prefix, number);
    if (!name || (!observed.interfaces.contains(*name) && !taken.contains(*name))) return name;
  }
  return fail(Code::unavailable, "every interface name of the prefix \"" + std::string(prefix) + "\" is in use",
              "set interfacePrefix to one that nothing else on this host uses");
}

}  // namespace smeg::netstate
