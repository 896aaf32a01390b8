// smeg-dns: arguments and exit status.
#include <CLI/CLI.hpp>

#include "base/paths.h"
#include "base/version.h"
#include "options.h"

namespace {

using namespace smeg;

// The value of an option that parse understands, or CLI11's way to say what is wrong.
template <class Parse>
auto read(const std::string& option, const std::string& text, Parse parse) {
  auto value = parse(text);
  if (!value) {
    const Error& error = value.error();
    throw CLI::ValidationError(option, error.message + (error.hint.empty() ? "" : " (" + error.hint + ")"));
  }
  return *std::move(value);
}

Result<addr::Endpoint> parse_listen(const std::string& text) {
  if (const auto address = addr::IpAddress::parse(text)) return addr::Endpoint{*address, dns::kDefaultPort};
  auto endpoint = addr::Endpoint::parse(text);
  if (!endpoint) endpoint.error().hint = "as in '[::1]:53', '192.0.2.1:53' or '::1'";
  return endpoint;
}

Result<dns::Name> parse_zone(const std::string& text) {
  auto zone = dns::Name::parse(text);
  if (zone && (zone->labels() == 0 || zone->wire().size() > limits::kDnsZoneBytes))
    return fail(Code::invalid, "a zone has a name, of at most 62 characters");
  return zone;
}

}  // namespace

int main(int count, char** values) {
  nameserver::Options options;
  std::vector<std::string> listen{"::1"};
  std::string zone(dns::kDefaultZone);
  options.socket = kDefaultControlSocket;
  CLI::App app{"Answers DNS for the members of this host's meshes: ALIAS.MESH.smeg. Knows what smegd knows."};
  app.add_option(
         "--listen", listen,
         "address, with a port if it isn't " + std::to_string(dns::kDefaultPort) + "; may be given several times")
      ->type_name("ADDRESS[:PORT]")
      ->capture_default_str();
  app.add_option("--zone", zone, "below which all names are")->type_name("NAME")->capture_default_str();
  app.add_option("--socket", options.socket, "the daemon's control socket")
      ->type_name("PATH")
      ->envname("SMEG_SOCKET")
      ->capture_default_str();
  app.add_option("--ttl", options.ttl, "how long others may keep an answer, in seconds")
      ->check(CLI::Range(std::uint32_t{0}, limits::kDnsMaxTtl))
      ->capture_default_str();
  app.add_option("--rate", options.rate, "answers a second to one client by UDP, loopback apart; 0: no limit")
      ->check(CLI::Range(0u, limits::kDnsRateMax))
      ->capture_default_str();
  app.add_flag("--members", options.members,
               "answer other members' smeg-dns too, at this host's addresses in its meshes: for bridges");
  app.set_version_flag("--version", "smeg-dns " + std::string(kVersion));
  try {
    app.parse(count, values);
    if (listen.size() > limits::kDnsListenAddresses) throw CLI::ValidationError("--listen", "that are too many");
    for (const std::string& text : listen) options.listen.push_back(read("--listen", text, parse_listen));
    options.zone = read("--zone", zone, parse_zone);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : nameserver::kExitUsage;
  }
  return nameserver::run(options);
}
