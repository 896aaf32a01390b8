// All sessions, dials and listening sockets, on their own thread. Internal to io; SessionHost is the way to it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "io/session_dial.h"
#include "io/session_strangers.h"

namespace smeg::io {

// Job: owns what the loop of the sessions works on, and keeps the limits on how much of it there is. Thread: that
// loop's, but for counters(). Never fails. Tells `tell` what happened.
class Hub : public LinkListener {
 public:
  using Tell = std::function<void(SessionEvent)>;

  Hub(boost::asio::io_context& loop, SessionOptions options, Tell tell);
  ~Hub();

  void use(const MeshId& mesh, std::shared_ptr<const TlsIdentity> identity, bool serve);
  void drop(const MeshId& mesh);
  void take_connections_of(Tcp::acceptor acceptor);
  void dial(DialRequest request);
  void accept(SessionId session);
  void send(SessionId session, ByteView message);
  void consumed(SessionId session, std::size_t bytes);
  void close(SessionId session);
  void drain(std::function<void()> done);
  // Ends everything at once, telling nobody.
  void stop();
  // Any thread.
  SessionCounters counters() const;

  void on_open(Link& link) override;
  void on_message(Link& link, Bytes message) override;
  void on_end(Link& link, const std::string& reason) override;

 private:
  using Failure = boost::system::error_code;
  // A socket that listens, and the pause it makes when the system has no descriptors left.
  struct Door {
    explicit Door(Tcp::acceptor socket) : acceptor(std::move(socket)), pause(acceptor.get_executor()) {}
    Tcp::acceptor acceptor;
    boost::asio::steady_timer pause;
  };
  struct Counters {
    std::atomic<std::uint64_t> accepted, turned_away, handshakes, handshakes_failed, dials, dials_failed, messages_in,
        messages_out, bytes_in, bytes_out;
  };

  void wait_at(const std::shared_ptr<Door>& door);
  void on_connection(const std::shared_ptr<Door>& door, const Failure& failure, Tcp::socket socket);
  void answer(Tcp::socket socket);
  void on_dialled(SessionId session, Result<std::shared_ptr<Link>> result);
  void turn_away(SessionId session);
  void forget(SessionId session);
  Link* find(SessionId session);

  boost::asio::io_context& loop_;
  SessionOptions options_;
  Tell tell_;
  TlsContext tls_;
  boost::asio::ssl::context context_;
  std::vector<std::shared_ptr<Door>> doors_;
  std::unordered_map<SessionId, std::shared_ptr<Link>> links_;
  std::unordered_map<SessionId, std::shared_ptr<Race>> dials_;
  Strangers strangers_;
  std::uint64_t last_inbound_ = 0;
  bool draining_ = false;
  std::function<void()> drained_;  // called once, when the last link is gone
  Counters counters_{};
};

}  // namespace smeg::io
