// DNS by UDP at one address.
#pragma once

#include <sys/socket.h>

#include <memory>
#include <string>
#include <vector>

#include "answerer.h"
#include "sockets.h"

namespace smeg::nameserver {

// Job: takes what has come in batches, has it answered, sends the answers. Caller: the loop's thread. Fails by
// dropping: a client asks again. Answers leave from the address that was asked, also where the socket is bound to all.
class UdpServer {
 public:
  static Result<std::unique_ptr<UdpServer>> open(asio::io_context& loop, const addr::Endpoint& at, Answerer& answerer);
  // For members: at this host's address in a mesh, which may not be there yet. What comes by another interface than
  // that of the mesh is dropped: only through the tunnels is it sure who asks.
  static Result<std::unique_ptr<UdpServer>> open_for_members(asio::io_context& loop, const addr::Endpoint& at,
                                                             std::string interface, Answerer& answerer);
  ~UdpServer();

 private:
  struct Batch;
  struct Return;
  UdpServer(asio::io_context& loop, Answerer& answerer);
  static Result<std::unique_ptr<UdpServer>> open_at(asio::io_context& loop, const addr::Endpoint& at,
                                                    bool may_be_absent, Answerer& answerer);
  Result<void> tell_address(const addr::Endpoint& at);
  bool is_from_mesh(const msghdr& message) const;
  void wait();
  void serve();
  // How many messages came.
  unsigned serve_batch();

  asio::ip::udp::socket socket_;
  Answerer& answerer_;
  std::unique_ptr<Batch> batch_;
  bool tells_address_ = false;  // which address was asked, and by which interface
  Clients clients_ = Clients::local;
  std::string interface_;  // of the mesh, for members
  // Answers that come later are sent only as long as this is there.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace smeg::nameserver
