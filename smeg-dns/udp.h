// DNS by UDP at one address.
#pragma once

#include <memory>
#include <vector>

#include "answerer.h"
#include "sockets.h"

namespace smeg::nameserver {

// Job: takes what has come in batches, has it answered, sends the answers. Caller: the loop's thread. Fails by
// dropping: a client asks again. Answers leave from the address that was asked, also where the socket is bound to all.
class UdpServer {
 public:
  static Result<std::unique_ptr<UdpServer>> open(asio::io_context& loop, const addr::Endpoint& at, Answerer& answerer);
  ~UdpServer();

 private:
  struct Batch;
  UdpServer(asio::io_context& loop, Answerer& answerer);
  void wait();
  void serve();
  // How many messages came.
  unsigned serve_batch();

  asio::ip::udp::socket socket_;
  Answerer& answerer_;
  std::unique_ptr<Batch> batch_;
  bool any_address_ = false;
};

}  // namespace smeg::nameserver
