#include "server.h"

#include <algorithm>

#include "log.h"

namespace smeg::http {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr auto kAcceptPause = std::chrono::milliseconds(200);  // after an error such as too many open files
constexpr unsigned kRefusalsPerSecond = 5;                     // in the log
constexpr unsigned kRefusalsAtOnce = 20;

// Names this run in the ids of events.
std::string draw_run(KeySource& secrets) { return crypto::to_hex(secrets.bytes<8>()); }

asio::ip::tcp::endpoint to_asio(const addr::Endpoint& at) {
  return {asio::ip::make_address(at.address.to_string()), at.port};
}

}  // namespace

Server::Server(asio::io_context& loop, const Options& options)
    : loop_(loop),
      api_(options.settings, secrets_, draw_run(secrets_)),
      token_file_(options.token_file),
      daemon_(
          loop, options.socket,
          [this](const DaemonLink::Snapshot& snapshot, bool first) {
            if (lost_) log(Level::info, "the daemon answers again");
            lost_ = false;
            api_.set_connected(true);
            publish(snapshot, first);
          },
          [this](const Error& why) { on_lost(why); }),
      refusals_(kRefusalsPerSecond, kRefusalsAtOnce) {}

Result<std::unique_ptr<Server>> Server::open(asio::io_context& loop, const Options& options) {
  auto server = std::unique_ptr<Server>(new Server(loop, options));
  server->refresh_tokens();
  for (const addr::Endpoint& at : options.listen)
    if (auto ok = server->listen(at); !ok) return fail(ok.error());
  server->daemon_.start();
  return server;
}

Result<void> Server::listen(const addr::Endpoint& at) {
  auto acceptor = std::make_unique<Acceptor>(loop_);
  const auto endpoint = to_asio(at);
  error_code error;
  acceptor->open(endpoint.protocol(), error);
  if (!error) acceptor->set_option(Acceptor::reuse_address(true), error);
  if (!error && at.address.is_v6()) acceptor->set_option(asio::ip::v6_only(true), error);
  if (!error) acceptor->bind(endpoint, error);
  if (!error) acceptor->listen(Acceptor::max_listen_connections, error);
  if (error)
    return fail(Code::io, "can't listen at " + at.to_string() + ": " + error.message(),
                "is another program there? --listen chooses another place");
  if (!at.address.is_loopback())
    log(Level::warning,
        "listening at " + at.to_string() +
            ", where others may reach it: this is plain HTTP, for a network that you trust or a proxy with TLS");
  acceptors_.push_back(std::move(acceptor));
  accept(*acceptors_.back());
  return {};
}

// ---- Connections

void Server::accept(Acceptor& acceptor) {
  acceptor.async_accept([this, &acceptor](const error_code& error, Connection::Socket socket) {
    if (error) return accept_later(acceptor);
    take(std::move(socket));
    accept(acceptor);
  });
}

void Server::accept_later(Acceptor& acceptor) {
  const auto pause = std::make_shared<asio::steady_timer>(loop_, kAcceptPause);
  pause->async_wait([this, pause, &acceptor](const error_code&) { accept(acceptor); });
}

void Server::take(Connection::Socket socket) {
  error_code error;
  const auto from = socket.remote_endpoint(error).address();
  if (error || !make_room(from)) return;  // closes it
  ++clients_[from];
  const auto connection = std::make_shared<Connection>(std::move(socket), from, *this);
  connections_.insert(connection);
  connection->start();
}

// Whether there is room for one more. Where there isn't, the one that keeps us waiting for a request the longest goes,
// or, where none does, the one that has taken nothing of its answer for the longest: of this client, if it has too
// many, else of all. So a crowd that says nothing, or that asks and doesn't listen, keeps nobody out.
bool Server::make_room(const asio::ip::address& client) {
  const auto known = clients_.find(client);
  const bool its_own = known != clients_.end() && known->second >= limits::kHttpConnectionsPerClient;
  if (!its_own && connections_.size() < limits::kHttpConnections) return true;
  const auto longest = [&](std::optional<Instant> (Connection::*since)() const) {
    std::shared_ptr<Connection> found;
    for (const auto& each : connections_) {
      if (!(*each.*since)() || (its_own && each->client() != client)) continue;
      if (!found || (*each.*since)() < (*found.*since)()) found = each;
    }
    return found;
  };
  auto goes = longest(&Connection::waiting_since);
  if (!goes) goes = longest(&Connection::writing_since);
  if (goes) goes->close();
  return goes != nullptr;
}

void Server::gone(const std::shared_ptr<Connection>& connection) {
  if (connections_.erase(connection) == 0) return;
  const auto found = clients_.find(connection->client());
  if (found != clients_.end() && --found->second == 0) clients_.erase(found);
}

// ---- What they need

void Server::publish(std::shared_ptr<const control::Snapshot> snapshot, bool first) {
  api_.publish(std::move(snapshot), first);
  tell_followers();
}

void Server::on_lost(const Error& why) {
  if (!lost_) log(Level::warning, why.message);
  lost_ = true;
  api_.set_connected(false, why.message);
  tell_followers();
}

void Server::tell_followers() {
  if (api_.events().end() == told_) return;
  told_ = api_.events().end();
  for (const auto& each : std::vector(connections_.begin(), connections_.end())) each->on_events();
}

void Server::refresh_tokens() {
  auto tokens = token_file_.changed();
  if (!tokens) return;
  if (!*tokens) {
    log(Level::warning, (*tokens).error().message + "; nobody is let in until that is mended");
  } else if ((*tokens)->all().empty()) {
    log(Level::warning, "there are no tokens: `smegctl token create` makes one");
  }
  api_.set_tokens(*std::move(tokens));
}

void Server::note_refusal(const asio::ip::address& client, const api::Response& response) {
  const bool of_caller = response.status == 401 || response.status == 403 || response.status == 421;
  if (of_caller && refusals_.wait("", io::OsClock::now()) == Duration::zero())
    log(Level::warning, client.to_string() + " was refused: " + std::to_string(response.status));
}

}  // namespace smeg::http
