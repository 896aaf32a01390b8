// One client's connection.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "api/api.h"
#include "daemon_link.h"
#include "ipc/asio.h"

namespace smeg::http {

class Server;

// Reads one request after the other and writes what the Api makes of them. Used on the loop's thread; never waits on
// it. A client that is slow is cut off when its time is over (api/limits.h), and holds up nobody till then: it costs a
// socket and a few kilobytes, no thread. Ends by itself, and then says so to the Server, which outlives it.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  Connection(Socket socket, boost::asio::ip::address client, Server& server);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start();
  // There is something in the log of events.
  void on_events();
  // Ends at once.
  void close();

  const boost::asio::ip::address& client() const { return client_; }
  // Since when it waits for a request, or for the rest of one; none while there is something to do for it.
  std::optional<Instant> waiting_since() const { return waiting_since_; }
  // Since when the client has taken nothing of what is being written to it; none while nothing is.
  std::optional<Instant> writing_since() const { return writing_since_; }

 private:
  struct Wire;  // Beast's part, which stays in the .cc file

  void await_request();
  void read_head();
  void on_head(const boost::system::error_code& error);
  void read_body();
  void on_request();
  void ask(api::Pending pending);
  void fail_read(const boost::system::error_code& error);
  void respond(api::Response response);
  void write_some();
  void on_responded(const boost::system::error_code& error);
  void linger();
  void drain();

  void follow(api::Follow follow);
  void send_events(std::string text);
  void heartbeat();
  void watch_for_end();

  // Cuts off whatever is under way after a time, unless it is set anew.
  void set_deadline(Duration time);

  std::unique_ptr<Wire> wire_;
  boost::asio::ip::address client_;
  Server& server_;
  std::optional<Instant> waiting_since_;
  std::optional<Instant> writing_since_;
  bool late_ = false;  // the deadline is over
  bool closed_ = false;
  bool keep_ = true;      // another request may follow
  bool sending_ = false;  // events are on their way
  std::optional<api::Follow> follow_;
};

}  // namespace smeg::http
