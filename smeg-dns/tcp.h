// DNS by TCP at one address, RFC 7766.
#pragma once

#include <deque>
#include <list>
#include <memory>
#include <string>

#include "answerer.h"
#include "sockets.h"

namespace smeg::nameserver {

class TcpServer;

// One client: its queries are answered in their order, as many as it sends at once. Ends when the client is done,
// breaks the framing, or lets limits::kDnsTcpIdle pass without a whole query or without taking its answers.
class TcpConnection : public std::enable_shared_from_this<TcpConnection> {
 public:
  TcpConnection(asio::ip::tcp::socket socket, TcpServer& server, addr::Prefix client);

  void start() { read(); }
  void close();
  const addr::Prefix& client() const { return client_; }
  Instant moved() const { return moved_; }  // when it last came forward

 private:
  void read();
  void on_read(std::size_t size);
  // False where what came is no query.
  bool answer_all();
  void write();
  void on_written();

  asio::ip::tcp::socket socket_;
  TcpServer& server_;
  addr::Prefix client_;
  Instant moved_;
  std::array<std::uint8_t, 4'096> chunk_;
  Bytes input_;   // less than one query and its length
  Bytes output_;  // not yet under way
  Bytes sending_;
  bool reading_ = false;
  bool ended_ = false;  // the client says no more
};

// Job: accepts clients and bounds them: of one client, and in all; where there are too many, the one that has been idle
// for longest of that client, or of all, makes room. Caller: the loop's thread; it outlives its connections.
class TcpServer {
 public:
  static Result<std::unique_ptr<TcpServer>> open(asio::io_context& loop, const addr::Endpoint& at, Answerer& answerer);
  ~TcpServer();

 private:
  friend class TcpConnection;
  TcpServer(asio::io_context& loop, Answerer& answerer);
  void accept();
  void admit(asio::ip::tcp::socket socket);
  void sweep();
  void forget(const TcpConnection& connection);
  // With the length before it; nothing where there is no answer.
  void append_answer(ByteView query, Bytes& out);

  asio::ip::tcp::acceptor acceptor_;
  asio::steady_timer pause_;  // after an accept that failed
  asio::steady_timer sweep_;
  Answerer& answerer_;
  Bytes scratch_;
  std::list<std::shared_ptr<TcpConnection>> connections_;
};

}  // namespace smeg::nameserver
