// What the resolvers of hosts want to be told. Texts and command lines alone: nothing is done here.
#pragma once

#include <string>
#include <vector>

#include "commands.h"

namespace smeg::ctl {

// A mesh as resolvers see it.
struct MeshDomains {
  std::string interface;  // empty: the mesh has none
  std::string reverse;    // the zone of its prefix, "....ip6.arpa."
};

using Words = std::vector<std::string>;  // of a command line

// systemd-resolved, one link each (resolvectl(1)): it asks the server for these domains and for nothing else, and
// forgets it with the interface.
std::vector<Words> resolved_install(const DnsOptions& options, const std::vector<MeshDomains>& meshes);
std::vector<Words> resolved_uninstall(const std::vector<MeshDomains>& meshes);

// A file for a resolver that reads some: what it holds, where it belongs, and what makes the resolver read it.
struct ResolverFile {
  std::string path;
  std::string text;
  Words reload;
};
// Not for resolved. The first line says whose file it is.
ResolverFile file_for(Resolver resolver, const DnsOptions& options, const std::vector<MeshDomains>& meshes);
inline constexpr std::string_view kFileMark = "# smegmesh: ";

}  // namespace smeg::ctl
