// smeg-api: arguments and exit status.
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iostream>

#include "base/version.h"
#include "log.h"
#include "server.h"

namespace {

using namespace smeg;

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;
constexpr std::string_view kFooter = R"(
Clients need a token: `smegctl token create --scope read|operate|admin --name NAME` makes one.
  curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:21911/api/v1/meshes)";

struct Arguments {
  std::vector<std::string> listen{"127.0.0.1:21911", "[::1]:21911"};
  std::vector<std::string> hosts;
  std::vector<std::string> origins;
  std::string socket{kDefaultControlSocket};
  std::string tokens{api::kDefaultTokenFile};
  bool document = false;
};

int complain(const Error& error, int status) {
  std::cerr << "smeg-api: " << error.message << '\n';
  if (!error.hint.empty()) std::cerr << "  " << error.hint << '\n';
  return status;
}

Result<http::Options> options_of(const Arguments& arguments) {
  http::Options out{{}, arguments.socket, arguments.tokens, {}};
  for (const std::string& text : arguments.listen) {
    const auto at = addr::Endpoint::parse(text);
    if (!at) return fail(Code::malformed, "--listen " + text + ": " + at.error().message, "write ADDRESS:PORT");
    out.listen.push_back(*at);
  }
  for (const std::string& text : arguments.hosts) {
    const auto host = addr::HostPort::parse(text);
    if (!host || host->port)
      return fail(Code::malformed, "--host " + text + ": is not a name", "write it without a port");
    out.settings.hosts.insert(host->host());
  }
  out.settings.origins.insert(arguments.origins.begin(), arguments.origins.end());
  return out;
}

// A socket for each connection, and some more: the usual soft limit has no room for them.
void make_room_for_sockets() {
  constexpr rlim_t kSpare = 128;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = limits::kHttpConnections + kSpare;
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int serve(const http::Options& options) {
  boost::asio::io_context loop;
  boost::asio::signal_set signals(loop, SIGTERM, SIGINT);
  auto server = http::Server::open(loop, options);
  if (!server) return complain(server.error(), kFailed);
  signals.async_wait([&](const boost::system::error_code&, int) { loop.stop(); });
  for (const addr::Endpoint& at : options.listen)
    http::log(http::Level::info, "smeg-api " + std::string(kVersion) + " listens at http://" + at.to_string());
  loop.run();
  // Nothing is kept, and threads may be waiting for the daemon: the process ends as it stands.
  std::_Exit(kDone);
}

}  // namespace

int main(int argc, char** argv) {
  // Tokens pass through here: no core dump, no peeking by other programs of this user.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  ::mallopt(M_ARENA_MAX, 2);  // the threads that ask the daemon do so now and then: none needs a heap of its own
  make_room_for_sockets();
  Arguments arguments;
  CLI::App app{"smeg-api serves REST for the smegd of this host."};
  app.footer(std::string(kFooter));
  app.add_option("--listen", arguments.listen, "where to listen, ADDRESS:PORT; may be given several times")
      ->allow_extra_args(false)
      ->type_name("ADDRESS:PORT")
      ->capture_default_str();
  app.add_option("--socket", arguments.socket, "the daemon's control socket")
      ->type_name("PATH")
      ->envname("SMEG_SOCKET")
      ->capture_default_str();
  app.add_option("--tokens", arguments.tokens, "the file that `smegctl token` writes")
      ->envname("SMEG_TOKENS")
      ->type_name("FILE")
      ->capture_default_str();
  app.add_option("--host", arguments.hosts, "a name by which clients call this server, beside localhost and addresses")
      ->allow_extra_args(false)
      ->type_name("NAME");
  app.add_option("--origin", arguments.origins, "the origin of web pages that may ask: https://dashboard.example.org")
      ->allow_extra_args(false)
      ->type_name("ORIGIN");
  app.add_flag("--openapi", arguments.document, "print the OpenAPI document and exit");
  app.set_version_flag("--version", "smeg-api " + std::string(kVersion));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kWrongUsage;
  }
  if (arguments.document) {
    std::cout << api::openapi_document();
    return kDone;
  }
  const auto options = options_of(arguments);
  if (!options) return complain(options.error(), kWrongUsage);
  return serve(*options);
}
