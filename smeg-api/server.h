// The listening end.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "api/api.h"
#include "connection.h"
#include "daemon_link.h"
#include "io/io.h"
#include "ipc/asio.h"
#include "token_file.h"

namespace smeg::http {

struct Options {
  std::vector<addr::Endpoint> listen;
  std::string socket;  // the daemon's
  std::string token_file;
  api::Settings settings;
};

// Takes connections, within limits, and brings together what they need: the Api, the daemon, the tokens. One thread but
// for what DaemonLink says.
class Server {
 public:
  static Result<std::unique_ptr<Server>> open(boost::asio::io_context& loop, const Options& options);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  api::Api& api() { return api_; }
  DaemonLink& daemon() { return daemon_; }
  void publish(std::shared_ptr<const control::Snapshot> snapshot, bool first = false);  // as Api::publish
  void refresh_tokens();
  // A line in the log for who was refused for what it is, not for what it asked; not too many of them.
  void note_refusal(const boost::asio::ip::address& client, const api::Response& response);
  void gone(const std::shared_ptr<Connection>& connection);

 private:
  using Acceptor = boost::asio::ip::tcp::acceptor;

  Server(boost::asio::io_context& loop, const Options& options);
  Result<void> listen(const addr::Endpoint& at);
  void accept(Acceptor& acceptor);
  void accept_later(Acceptor& acceptor);
  void take(Connection::Socket socket);
  bool make_room(const boost::asio::ip::address& client);
  void on_lost(const Error& why);
  void tell_followers();

  boost::asio::io_context& loop_;
  io::OsKeySource secrets_;
  api::Api api_;
  TokenFile token_file_;
  DaemonLink daemon_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  std::set<std::shared_ptr<Connection>> connections_;
  std::map<boost::asio::ip::address, std::size_t> clients_;  // connections by address
  api::Throttle refusals_;
  bool lost_ = false;
  std::uint64_t told_ = 0;  // events
};

}  // namespace smeg::http
