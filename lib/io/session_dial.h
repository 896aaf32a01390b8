// One dial: all the ways to a host, tried side by side until the first one leads to a session. Internal to io.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <vector>

#include "io/session_link.h"

namespace smeg::io {

// Job: Happy Eyeballs (RFC 8305) over TCP and TLS together, so that an address at which something else answers costs
// one attempt and not the dial. Names are resolved meanwhile, literal addresses are tried at once. Thread: the loop of
// the sessions. Ends by calling done once, with an open link or an error, unless it was cancelled.
class Race final : public LinkListener, public std::enable_shared_from_this<Race> {
 public:
  using Done = std::function<void(Result<std::shared_ptr<Link>>)>;

  Race(boost::asio::io_context& loop, TlsContext& tls, boost::asio::ssl::context& context, SessionOptions options,
       DialRequest request, Done done);

  void start();
  void cancel();

  void on_open(Link& link) override;
  void on_message(Link& link, Bytes message) override;
  void on_end(Link& link, const std::string& reason) override;

 private:
  using Failure = boost::system::error_code;
  // An address under way: a socket that connects, then a link that shakes hands.
  struct Attempt {
    addr::Endpoint to;
    std::unique_ptr<Tcp::socket> socket;
    std::shared_ptr<Link> link;
  };

  void resolve(const Candidate& candidate);
  void on_resolved(const Candidate& candidate, const Failure& failure, const Tcp::resolver::results_type& results);
  void next();
  bool begin(const addr::Endpoint& to);
  void on_connected(std::list<Attempt>::iterator attempt, const Failure& failure);
  void lost(std::list<Attempt>::iterator attempt, const std::string& reason);
  void note(const std::string& where, const std::string& reason);
  void finish(Result<std::shared_ptr<Link>> result);
  void stop_everything();

  boost::asio::io_context& loop_;
  TlsContext& tls_;
  boost::asio::ssl::context& context_;
  SessionOptions options_;
  DialRequest request_;
  Done done_;  // empty once it was called
  Tcp::resolver resolver_;
  boost::asio::steady_timer deadline_;
  boost::asio::steady_timer stagger_;
  std::vector<addr::Endpoint> waiting_;
  std::list<Attempt> attempts_;
  std::size_t resolving_ = 0;
  std::size_t begun_ = 0;
  bool pacing_ = false;  // the next address waits for its turn
  std::string complaints_;
};

}  // namespace smeg::io
