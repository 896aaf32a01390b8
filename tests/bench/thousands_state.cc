// The state directory of a host in a mesh of thousands, as it would be left there by a daemon, for
// tests/bench/thousands.
//
//   thousands_state DIRECTORY MEMBERS [tunnels]      tunnels: the members' records name WireGuard keys
#include <cstdio>
#include <cstdlib>
#include <string>

#include "io/io.h"
#include "sim/sim.h"

using namespace smeg;

namespace {

Result<void> write_state(const std::string& directory, std::size_t members, bool tunnels) {
  sim::World world(1);
  sim::ConvergedOptions options;
  options.members = members;
  options.tunnels = tunnels;
  const auto mesh = sim::add_converged(world, options, 1);
  if (!mesh) return fail(mesh.error());
  const auto files = world.disk(mesh->hosts.back()).files();
  const auto open = io::StateDirectory::open(directory);
  if (!open) return fail(open.error());
  for (const auto& [name, contents] : {std::pair{"state", &files.state}, {"members", &files.members}})
    if (auto done = open->replace(name, contents->value()); !done) return done;
  return {};
}

}  // namespace

int main(int count, char** values) {
  const std::size_t members = count > 2 ? std::strtoul(values[2], nullptr, 10) : 0;
  if (count < 3 || count > 4 || members < 2 || (count == 4 && std::string(values[3]) != "tunnels")) {
    std::fprintf(stderr, "usage: thousands_state DIRECTORY MEMBERS [tunnels]\n");
    return 2;
  }
  if (const auto written = write_state(values[1], members, count == 4); !written) {
    std::fprintf(stderr, "thousands_state: %s\n", written.error().message.c_str());
    return 1;
  }
  return 0;
}
