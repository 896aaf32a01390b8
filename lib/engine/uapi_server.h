// Serves the UAPI socket.
#pragma once

#include <deque>
#include <list>

#include "engine/loop.h"
#include "engine/uapi_socket.h"
#include "wireguard/wireguard.h"

namespace smeg::engine {

// Accepts clients, cuts their bytes into requests, and sends back what the handler answers: at most
// limits::kUapiClients at once, each with any number of requests. A further one waits until somebody leaves, or has
// been silent for so long that it is made to. Runs in the loop's thread. A client that breaks the protocol or reads no
// replies harms nobody but itself. Wipes what it sent, since replies hold keys.
class UapiServer {
 public:
  // The whole reply to one request.
  using Handler = std::function<std::string(const wireguard::UapiRequest&)>;

  // Loop and socket must outlive the server.
  UapiServer(Loop& loop, UapiSocket& socket, Handler handler, Duration patience = limits::kUapiPatience);
  ~UapiServer();
  UapiServer(const UapiServer&) = delete;
  UapiServer& operator=(const UapiServer&) = delete;

  Result<void> start();
  // When on_deadline() is to be called next; kNever while there is room for all who wait.
  Instant next_deadline() const;
  void on_deadline(Instant now);

 private:
  struct Client {
    io::Descriptor socket;
    wireguard::UapiRequestParser parser;
    std::deque<std::string> replies;
    std::size_t sent = 0;   // of the first reply
    Instant heard{};        // when it last sent or took something
    bool finished = false;  // no more requests: close once all is sent
  };
  using Clients = std::list<Client>;

  Result<void> listen();
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
  const Duration patience_;
  bool listening_ = false;
  Clients clients_;  // the one that was heard longest ago first
};

}  // namespace smeg::engine
