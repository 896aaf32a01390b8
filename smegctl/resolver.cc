#include "resolver.h"

namespace smeg::ctl {
namespace {

// "smeg" and the reverse zones, without the last dot.
std::vector<std::string> domains(const DnsOptions& options, const std::vector<MeshDomains>& meshes) {
  std::vector<std::string> out = {options.zone};
  for (const MeshDomains& mesh : meshes) out.push_back(mesh.reverse);
  for (std::string& name : out)
    if (name.ends_with('.')) name.pop_back();
  return out;
}

std::string at_sign(const addr::Endpoint& server, char between) {
  return server.address.to_string() + between + std::to_string(server.port);
}

std::string head() {
  return std::string(kFileMark) +
         "names of members, made by `smegctl dns install`; `smegctl dns uninstall` removes it\n";
}

// dnsmasq(8). Answers are private addresses, which it may have been told to be wary of.
std::string dnsmasq_text(const DnsOptions& options, const std::vector<MeshDomains>& meshes) {
  std::string out = head();
  const auto names = domains(options, meshes);
  for (const std::string& name : names) out += "server=/" + name + '/' + at_sign(options.server, '#') + '\n';
  return out + "rebind-domain-ok=/" + names.front() + "/\n";
}

// unbound.conf(5). It answers for private reverse zones itself, and asks no server on its own host, unless told
// otherwise.
std::string unbound_text(const DnsOptions& options, const std::vector<MeshDomains>& meshes) {
  const auto names = domains(options, meshes);
  std::string out = head() + "server:\n  do-not-query-localhost: no\n";
  for (const std::string& name : names) out += "  domain-insecure: \"" + name + "\"\n";
  out += "  private-domain: \"" + names.front() + "\"\n";
  for (std::size_t i = 1; i < names.size(); ++i) out += "  local-zone: \"" + names[i] + "\" transparent\n";
  for (const std::string& name : names)
    out += "stub-zone:\n  name: \"" + name + "\"\n  stub-addr: " + at_sign(options.server, '@') + '\n';
  return out;
}

}  // namespace

Result<Resolver> parse_resolver(std::string_view text) {
  if (text == "resolved" || text == "systemd-resolved") return Resolver::resolved;
  if (text == "networkmanager") return Resolver::network_manager;
  if (text == "dnsmasq") return Resolver::dnsmasq;
  if (text == "unbound") return Resolver::unbound;
  return fail(Code::malformed, "must be resolved, networkmanager, dnsmasq or unbound");
}

std::vector<Words> resolved_install(const DnsOptions& options, const std::vector<MeshDomains>& meshes) {
  std::vector<Words> out;
  for (const MeshDomains& mesh : meshes) {
    if (mesh.interface.empty()) continue;
    out.push_back({"resolvectl", "dns", mesh.interface, options.server.to_string()});
    Words domain = {"resolvectl", "domain", mesh.interface};
    for (const std::string& name : domains(options, {mesh})) domain.push_back('~' + name);
    out.push_back(domain);
    out.push_back({"resolvectl", "default-route", mesh.interface, "no"});
    out.push_back({"resolvectl", "dnssec", mesh.interface, "no"});
    out.push_back({"resolvectl", "llmnr", mesh.interface, "no"});
    out.push_back({"resolvectl", "mdns", mesh.interface, "no"});
  }
  return out;
}

std::vector<Words> resolved_uninstall(const std::vector<MeshDomains>& meshes) {
  std::vector<Words> out;
  for (const MeshDomains& mesh : meshes)
    if (!mesh.interface.empty()) out.push_back({"resolvectl", "revert", mesh.interface});
  return out;
}

ResolverFile file_for(Resolver resolver, const DnsOptions& options, const std::vector<MeshDomains>& meshes) {
  switch (resolver) {
    case Resolver::resolved: break;
    case Resolver::network_manager:
      return {"/etc/NetworkManager/dnsmasq.d/smegmesh.conf",
              dnsmasq_text(options, meshes),
              {"nmcli", "general", "reload", "dns-full"}};
    case Resolver::dnsmasq:
      return {"/etc/dnsmasq.d/smegmesh.conf", dnsmasq_text(options, meshes), {"systemctl", "restart", "dnsmasq"}};
    case Resolver::unbound:
      return {"/etc/unbound/unbound.conf.d/smegmesh.conf",
              unbound_text(options, meshes),
              {"systemctl", "reload", "unbound"}};
  }
  return {};
}

}  // namespace smeg::ctl
