// Serves the UAPI socket.
#pragma once

#include <deque>
#include <list>

#include "engine/loop.h"
#include "engine/uapi_socket.h"
#include "wireguard/wireguard.h"

namespace smeg::engine {

// Accepts clients, cuts their bytes into requests, and sends back what the handler answers: at most
// limits::kUapiClients at once, each with any number of requests; a further one takes the place of the one that was
// silent longest. Runs in the loop's thread. A client that breaks the protocol or reads no replies harms nobody but
// itself. Wipes what it sent, since replies hold keys.
class UapiServer {
 public:
  // The whole reply to one request.
  using Handler = std::function<std::string(const wireguard::UapiRequest&)>;

  // Loop and socket must outlive the server.
  UapiServer(Loop& loop, UapiSocket& socket, Handler handler);
  ~UapiServer();
  UapiServer(const UapiServer&) = delete;
  UapiServer& operator=(const UapiServer&) = delete;

  Result<void> start();

 private:
  struct Client {
    io::Descriptor socket;
    wireguard::UapiRequestParser parser;
    std::deque<std::string> replies;
    std::size_t sent = 0;   // of the first reply
    bool finished = false;  // no more requests: close once all is sent
  };
  using Clients = std::list<Client>;

  void on_listener();
  void on_client(Clients::iterator client, std::uint32_t events);
  // Each false where the client is to be closed.
  bool read_from(Client& client);
  bool write_to(Client& client);
  void answer(Client& client);
  void close(Clients::iterator client);

  Loop& loop_;
  UapiSocket& socket_;
  Handler handler_;
  Clients clients_;  // the one that was heard longest ago first
};

}  // namespace smeg::engine
