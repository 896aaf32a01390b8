#include "engine/uapi_server.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace smeg::engine {
namespace {

constexpr std::size_t kReadBytes = 16 * 1'024;

MutableByteView bytes_of(std::string& text) { return {reinterpret_cast<std::uint8_t*>(text.data()), text.size()}; }

}  // namespace

UapiServer::UapiServer(Loop& loop, UapiSocket& socket, Handler handler, Duration patience)
    : loop_(loop), socket_(socket), handler_(std::move(handler)), patience_(patience) {}

UapiServer::~UapiServer() {
  while (!clients_.empty()) close(clients_.begin());
  loop_.forget(socket_.listener());
}

Result<void> UapiServer::start() { return listen(); }

Result<void> UapiServer::listen() {
  if (listening_) return {};
  auto watched = loop_.watch(socket_.listener(), EPOLLIN, [this](std::uint32_t) { on_listener(); });
  listening_ = watched.has_value();
  return watched;
}

Instant UapiServer::next_deadline() const {
  return listening_ || clients_.empty() ? kNever : clients_.front().heard + patience_;
}

void UapiServer::on_deadline(Instant now) {
  if (next_deadline() <= now) (void)listen();  // on_listener() makes room
}

void UapiServer::on_listener() {
  const Instant now = io::OsClock::now();
  if (clients_.size() >= limits::kUapiClients) {
    if (clients_.front().heard + patience_ > now) {
      loop_.forget(socket_.listener());
      listening_ = false;
      return;
    }
    close(clients_.begin());
  }
  io::Descriptor accepted = socket_.accept();
  if (!accepted) return;
  Client& fresh = clients_.emplace_back();
  fresh.socket = std::move(accepted);
  fresh.heard = now;
  const auto client = std::prev(clients_.end());
  const auto watched =
      loop_.watch(client->socket.get(), EPOLLIN, [this, client](std::uint32_t events) { on_client(client, events); });
  if (!watched) clients_.erase(client);
}

void UapiServer::on_client(Clients::iterator client, std::uint32_t events) {
  client->heard = io::OsClock::now();
  clients_.splice(clients_.end(), clients_, client);
  const bool readable = (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && client->replies.empty();
  if (readable && !read_from(*client)) return close(client);
  if (!write_to(*client)) return close(client);
  // Who doesn't take the replies gets no further questions answered.
  loop_.change(client->socket.get(), client->replies.empty() ? EPOLLIN : EPOLLOUT);
}

bool UapiServer::read_from(Client& client) {
  std::array<char, kReadBytes> buffer;
  const ssize_t got = recv(client.socket.get(), buffer.data(), buffer.size(), 0);
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (got == 0) return false;
  const auto size = static_cast<std::size_t>(got);
  client.parser.feed({buffer.data(), size});
  crypto::wipe({reinterpret_cast<std::uint8_t*>(buffer.data()), size});
  answer(client);
  return true;
}

void UapiServer::answer(Client& client) {
  while (const auto request = client.parser.next()) {
    client.replies.push_back(*request ? handler_(**request)
                                      : wireguard::uapi_set_reply(tl::unexpected(request->error())));
  }
  if (client.parser.broken()) client.finished = true;
}

bool UapiServer::write_to(Client& client) {
  while (!client.replies.empty()) {
    std::string& reply = client.replies.front();
    const ssize_t sent =
        send(client.socket.get(), reply.data() + client.sent, reply.size() - client.sent, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return errno == EAGAIN;
    client.sent += static_cast<std::size_t>(sent);
    if (client.sent < reply.size()) continue;
    crypto::wipe(bytes_of(reply));
    client.replies.pop_front();
    client.sent = 0;
  }
  return !client.finished;
}

void UapiServer::close(Clients::iterator client) {
  loop_.forget(client->socket.get());
  for (std::string& reply : client->replies) crypto::wipe(bytes_of(reply));
  clients_.erase(client);
  (void)listen();  // whoever waited may come now; where it fails, the next to leave tries again
}

}  // namespace smeg::engine
