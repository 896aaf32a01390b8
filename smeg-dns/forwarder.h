// Asks the name servers of bridges.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "dns/dns.h"
#include "sockets.h"

namespace smeg::nameserver {

// Job: finds out what a name in another mesh stands for, from the name servers of the bridges that lead there, one
// after the other, each with a socket and a port of its own; keeps what it was told for as long as that is good.
// Caller: the loop's thread. Fails by having no answer. At most limits::kDnsRemotePending names are asked for at once,
// for at most limits::kDnsRemoteWaiting clients each.
class Forwarder {
 public:
  // Nothing: nobody could be asked, or nobody knew.
  using Done = std::function<void(const std::optional<dns::RemoteAnswer>&)>;

  Forwarder(asio::io_context& loop, std::uint16_t port) : loop_(loop), port_(port) {}

  // What is known already, with the TTL that is left of it.
  std::optional<dns::RemoteAnswer> known(const dns::RemoteName& name) const;
  // done is called later; at once where too much is under way.
  void ask(const std::shared_ptr<const dns::Zone>& zone, const dns::RemoteName& name, Done done);

 private:
  using Key = std::string;  // the name's labels and its mesh
  struct Question {
    Question(asio::io_context& loop, dns::RemoteName wanted) : name(std::move(wanted)), socket(loop), patience(loop) {}
    dns::RemoteName name;
    std::shared_ptr<const dns::Zone> zone;
    std::vector<Done> waiting;
    std::size_t asked = 0;  // how many of its bridges
    Bytes sent;
    Bytes buffer;
    asio::ip::udp::socket socket;
    asio::steady_timer patience;
  };

  void ask_next(const std::shared_ptr<Question>& question);
  void listen(const std::shared_ptr<Question>& question);
  void finish(const std::shared_ptr<Question>& question, const std::optional<dns::RemoteAnswer>& answer);

  asio::io_context& loop_;
  std::uint16_t port_;
  std::random_device chance_;
  dns::RemoteCache known_;
  std::map<Key, std::shared_ptr<Question>> questions_;
};

}  // namespace smeg::nameserver
