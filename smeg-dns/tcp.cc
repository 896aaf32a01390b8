#include "tcp.h"

namespace smeg::nameserver {
namespace {

constexpr std::size_t kLengthBytes = 2;
constexpr int kBacklog = 64;
constexpr auto kPause = std::chrono::milliseconds(100);
constexpr auto kSweepInterval = std::chrono::seconds(1);

}  // namespace

// ---- TcpConnection

TcpConnection::TcpConnection(asio::ip::tcp::socket socket, TcpServer& server, addr::Prefix client)
    : socket_(std::move(socket)), server_(server), client_(client), moved_(now()) {}

void TcpConnection::close() {
  boost::system::error_code ignored;
  if (!socket_.is_open()) return;
  socket_.close(ignored);
  server_.forget(*this);
}

void TcpConnection::read() {
  if (reading_ || ended_ || output_.size() + sending_.size() > limits::kDnsTcpOutputBytes) return;
  reading_ = true;
  socket_.async_read_some(asio::buffer(chunk_),
                          [self = shared_from_this()](const boost::system::error_code& error, std::size_t size) {
                            self->reading_ = false;
                            if (error == asio::error::operation_aborted || !self->socket_.is_open()) return;
                            if (error && error != asio::error::eof) return self->close();
                            self->ended_ = error == asio::error::eof;
                            self->on_read(size);
                          });
}

void TcpConnection::on_read(std::size_t size) {
  input_.insert(input_.end(), chunk_.begin(), chunk_.begin() + static_cast<std::ptrdiff_t>(size));
  if (!answer_all()) return close();
  write();
  if (ended_ && sending_.empty()) return close();
  read();
}

bool TcpConnection::answer_all() {
  ByteView left = input_;
  while (left.size() >= kLengthBytes) {
    const std::size_t size = load_be<std::uint16_t>(left.data());
    if (size < dns::kHeaderBytes || size > limits::kDnsQueryBytes) return false;
    if (left.size() < kLengthBytes + size) break;
    server_.append_answer(left.subspan(kLengthBytes, size), output_);
    left = left.subspan(kLengthBytes + size);
    moved_ = now();
  }
  input_.erase(input_.begin(), input_.end() - static_cast<std::ptrdiff_t>(left.size()));
  return true;
}

void TcpConnection::write() {
  if (!sending_.empty() || output_.empty()) return;
  sending_.swap(output_);
  asio::async_write(socket_, asio::buffer(sending_),
                    [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
                      if (error == asio::error::operation_aborted || !self->socket_.is_open()) return;
                      if (error) return self->close();
                      self->on_written();
                    });
}

void TcpConnection::on_written() {
  sending_.clear();
  moved_ = now();
  write();
  if (ended_ && sending_.empty()) return close();
  read();
}

// ---- TcpServer

TcpServer::TcpServer(asio::io_context& loop, Answerer& answerer)
    : acceptor_(loop), pause_(loop), sweep_(loop), answerer_(answerer), scratch_(limits::kDnsTcpAnswerBytes) {}

TcpServer::~TcpServer() {
  while (!connections_.empty()) connections_.front()->close();
}

Result<std::unique_ptr<TcpServer>> TcpServer::open(asio::io_context& loop, const addr::Endpoint& at,
                                                   Answerer& answerer) {
  std::unique_ptr<TcpServer> server(new TcpServer(loop, answerer));
  asio::ip::tcp::acceptor& acceptor = server->acceptor_;
  boost::system::error_code error;
  acceptor.open(at.address.is_v4() ? asio::ip::tcp::v4() : asio::ip::tcp::v6(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error && at.address.is_v6()) acceptor.set_option(asio::ip::v6_only(true), error);
  if (!error) acceptor.bind({to_asio(at.address), at.port}, error);
  if (!error) acceptor.listen(kBacklog, error);
  if (error) return fail(cannot_listen(at, error));
  server->accept();
  server->sweep();
  return server;
}

void TcpServer::accept() {
  acceptor_.async_accept([this](const boost::system::error_code& error, asio::ip::tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) {
      admit(std::move(socket));
      return accept();
    }
    // Out of descriptors, most likely.
    pause_.expires_after(kPause);
    pause_.async_wait([this](const boost::system::error_code& ended) {
      if (!ended) accept();
    });
  });
}

void TcpServer::admit(asio::ip::tcp::socket socket) {
  boost::system::error_code error;
  const auto from = socket.remote_endpoint(error);
  if (error) return;
  const addr::Prefix client = answerer_.as_client(from_asio(from.address()));
  std::vector<dns::Holder> open;
  for (const auto& connection : connections_) open.push_back({connection->client(), connection->moved()});
  if (const auto idlest = dns::who_makes_room(open, client)) {
    const auto goes = *std::next(connections_.begin(), static_cast<std::ptrdiff_t>(*idlest));
    goes->close();
  }
  socket.set_option(asio::ip::tcp::no_delay(true), error);
  connections_.push_back(std::make_shared<TcpConnection>(std::move(socket), *this, client));
  connections_.back()->start();
}

void TcpServer::sweep() {
  const Instant at = now();
  const auto connections = connections_;  // each that is closed takes itself off the list
  for (const auto& connection : connections)
    if (at - connection->moved() > limits::kDnsTcpIdle) connection->close();
  sweep_.expires_after(kSweepInterval);
  sweep_.async_wait([this](const boost::system::error_code& ended) {
    if (!ended) sweep();
  });
}

void TcpServer::forget(const TcpConnection& connection) {
  std::erase_if(connections_, [&](const auto& each) { return each.get() == &connection; });
}

void TcpServer::append_answer(ByteView query, Bytes& out) {
  const std::size_t size = answerer_.by_tcp(query, scratch_);
  if (size == 0) return;
  ByteArray<kLengthBytes> length;
  store_be(length.data(), static_cast<std::uint16_t>(size));
  out.insert(out.end(), length.begin(), length.end());
  out.insert(out.end(), scratch_.begin(), scratch_.begin() + static_cast<std::ptrdiff_t>(size));
}

}  // namespace smeg::nameserver
