// The wiring of smeg-dns.
#include <sys/prctl.h>

#include <csignal>
#include <random>

#include "base/version.h"
#include "follower.h"
#include "log.h"
#include "options.h"
#include "tcp.h"
#include "udp.h"

namespace smeg::nameserver {
namespace {

// A loop, its sockets and the thread that follows the daemon.
class Server {
 public:
  explicit Server(const Options& options)
      : answerer_(loop_, options.rate, secret(), dns::kDefaultPort),
        members_(options.members),
        signals_(loop_, SIGTERM, SIGINT) {}

  Result<void> open(const Options& options) {
    for (const addr::Endpoint& at : options.listen) {
      auto udp = UdpServer::open(loop_, at, answerer_);
      if (!udp) return fail(udp.error());
      udp_.push_back(std::move(*udp));
      auto tcp = TcpServer::open(loop_, at, answerer_);
      if (!tcp) return fail(tcp.error());
      tcp_.push_back(std::move(*tcp));
      log("listens at " + at.to_string());
    }
    return {};
  }

  void run(const Options& options) {
    signals_.async_wait([this](const boost::system::error_code&, int) { loop_.stop(); });
    const Follower follower(options.socket, zone_options(options), [this](std::shared_ptr<const dns::Zone> zone) {
      asio::post(loop_, [this, zone = std::move(zone)]() mutable {
        if (members_) serve_members(zone->own());
        answerer_.set_zone(std::move(zone));
      });
    });
    loop_.run();
  }

 private:
  // At the addresses that are ours now.
  void serve_members(const std::vector<dns::OwnPlace>& own) {
    std::erase_if(for_members_, [&](const auto& each) { return std::ranges::find(own, each.first) == own.end(); });
    for (const dns::OwnPlace& place : own) {
      const bool known = std::ranges::any_of(for_members_, [&](const auto& each) { return each.first == place; });
      if (known || place.interface.empty()) continue;
      const addr::Endpoint at{place.address, dns::kDefaultPort};
      auto udp = UdpServer::open_for_members(loop_, at, place.interface, answerer_);
      if (!udp) {
        log("members can't ask here", udp.error());
        continue;
      }
      for_members_.emplace_back(place, std::move(*udp));
      log("members may ask at " + at.to_string());
    }
  }

  // So that nobody can tell who shares a place in the table of clients.
  static std::uint64_t secret() {
    std::random_device chance;
    return (std::uint64_t{chance()} << 32) | chance();
  }

  // What `ns` stands for: where we listen; loopback where that is everywhere, for the addresses of a host change.
  static dns::ZoneOptions zone_options(const Options& options) {
    dns::ZoneOptions out{options.zone, options.ttl, {}};
    for (const addr::Endpoint& at : options.listen) {
      const addr::IpAddress loopback = *addr::IpAddress::parse(at.address.is_v4() ? "127.0.0.1" : "::1");
      const addr::IpAddress& address = at.address.is_unspecified() ? loopback : at.address;
      if (std::ranges::find(out.servers, address) == out.servers.end()) out.servers.push_back(address);
    }
    return out;
  }

  asio::io_context loop_{1};
  Answerer answerer_;
  bool members_;
  asio::signal_set signals_;
  std::vector<std::unique_ptr<UdpServer>> udp_;
  std::vector<std::pair<dns::OwnPlace, std::unique_ptr<UdpServer>>> for_members_;
  std::vector<std::unique_ptr<TcpServer>> tcp_;
};

}  // namespace

int run(const Options& options) {
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  Server server(options);
  if (const auto opened = server.open(options); !opened) {
    log("can't start", opened.error());
    return kExitRefused;
  }
  log("smeg-dns " + std::string(kVersion) + " answers for " + options.zone.text());
  server.run(options);
  log("has stopped");
  return 0;
}

}  // namespace smeg::nameserver
