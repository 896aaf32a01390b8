#include "io/session_link.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace smeg::io {
namespace {

namespace asio = boost::asio;

constexpr auto kGoodbye = std::chrono::seconds(2);

addr::Endpoint name_of(const Tcp::socket& socket,
                       Tcp::endpoint (Tcp::socket::*which)(boost::system::error_code&) const) {
  boost::system::error_code error;
  const auto endpoint = (socket.*which)(error);
  return error ? addr::Endpoint{} : from_asio(endpoint);
}

// Why OpenSSL stopped, in words. Alerts that the other side sends are told apart, for they say what to do.
std::string explain_tls(const boost::system::error_code& failure) {
  switch (ERR_GET_REASON(static_cast<unsigned long>(failure.value()))) {
    case SSL_R_TLSV1_UNRECOGNIZED_NAME: return "the other side is not in that mesh";
    case SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_WRONG_VERSION_NUMBER: return "the other side speaks another protocol";
    default:  // OpenSSL's reasons are open-ended
      return "TLS failed: " + failure.message();
  }
}

}  // namespace

Link::Link(SessionId id, Tcp::socket socket, TlsContext& tls, asio::ssl::context& context, LinkListener& listener)
    : id_(id),
      tls_(tls),
      listener_(&listener),
      local_(name_of(socket, &Tcp::socket::local_endpoint)),
      remote_(name_of(socket, &Tcp::socket::remote_endpoint)),
      stream_(std::move(socket), context),
      timer_(stream_.get_executor()) {}

Link::~Link() = default;

void Link::answer(Duration timeout) {
  inbound_ = true;
  tls_.prepare_server(stream_.native_handle(), about_);
  handshake(asio::ssl::stream_base::server, timeout);
}

void Link::greet(const MeshId& mesh, Protocol protocol, const std::optional<crypto::IdentityKey>& expect,
                 Duration timeout) {
  about_.mesh = mesh;
  about_.protocol = protocol;
  about_.expect = expect;
  if (auto ready = tls_.prepare_client(stream_.native_handle(), about_); !ready) return end(ready.error().message);
  handshake(asio::ssl::stream_base::client, timeout);
}

void Link::handshake(asio::ssl::stream_base::handshake_type type, Duration timeout) {
  state_ = State::handshaking;
  arm(timeout, "the TLS handshake took too long");
  stream_.async_handshake(type, [self = shared_from_this()](const Failure& failure) { self->on_handshake(failure); });
}

void Link::on_handshake(const Failure& failure) {
  if (state_ != State::handshaking) return;
  if (failure) return end(explain(failure));
  if (auto fine = TlsContext::check_finished(stream_.native_handle(), about_); !fine) return end(fine.error().message);
  disarm();
  state_ = State::open;
  opened_ = true;
  listener_->on_open(*this);
  if (state_ == State::open) read();
}

SessionOpened Link::description() const {
  auto* tls = const_cast<Link*>(this)->stream_.native_handle();
  return {id_, about_.mesh, about_.protocol, inbound_, about_.certificate, TlsContext::exporter(tls), local_, remote_};
}

void Link::expect_trust(Duration within) { arm(within, "the other side did not prove in time that it may be here"); }

void Link::trust() {
  if (state_ == State::open) disarm();
}

void Link::read() {
  if (reading_ || (state_ == State::open && unread_ > limits::kSessionInboxBytes)) return;
  reading_ = true;
  stream_.async_read_some(asio::buffer(input_), [self = shared_from_this()](const Failure& failure, std::size_t size) {
    self->reading_ = false;
    self->on_read(failure, size);
  });
}

void Link::on_read(const Failure& failure, std::size_t size) {
  if (state_ == State::ended) return;
  if (failure) return end(explain(failure));
  // While we say goodbye, what still comes is of no interest, but must not choke the connection.
  if (state_ == State::open && !deliver(ByteView(input_).first(size))) return;
  read();
}

// False where the link is over.
bool Link::deliver(ByteView bytes) {
  deframer_.feed(bytes);
  while (state_ == State::open) {
    auto message = deframer_.next();
    if (!message) {
      end("the other side sent " + message.error().message);
      return false;
    }
    if (!*message) return true;
    unread_ += inbox_bytes(**message);
    listener_->on_message(*this, std::move(**message));
  }
  return state_ != State::ended;
}

void Link::consumed(std::size_t bytes) {
  unread_ -= std::min(bytes, unread_);
  if (state_ == State::open) read();
}

void Link::send(ByteView message) {
  if (state_ != State::open) return;
  if (queued_.size() + writing_.size() + message.size() > limits::kSendQueueBytes) {
    return abort("the other side takes too little of what it is sent");
  }
  const Bytes framed = wire::frame(message);
  queued_.insert(queued_.end(), framed.begin(), framed.end());
  if (writing_.empty()) write();
}

void Link::write() {
  writing_ = std::exchange(queued_, {});
  asio::async_write(stream_, asio::buffer(writing_),
                    [self = shared_from_this()](const Failure& failure, std::size_t) { self->on_write(failure); });
}

void Link::on_write(const Failure& failure) {
  writing_ = Bytes();
  if (state_ == State::ended) return;
  if (failure) return end(explain(failure));
  if (!queued_.empty()) return write();
  if (state_ == State::shutting) say_goodbye();
}

void Link::shut() {
  if (state_ == State::shutting || state_ == State::ended) return;
  if (state_ != State::open) return end({});
  state_ = State::shutting;
  arm(kGoodbye, {});
  read();
  if (writing_.empty()) say_goodbye();
}

void Link::say_goodbye() {
  stream_.async_shutdown([self = shared_from_this()](const Failure&) {
    if (self->state_ != State::ended) self->end({});
  });
}

void Link::abort(const std::string& reason) {
  if (state_ != State::ended) end(reason);
}

void Link::discard() {
  if (state_ == State::ended) return;
  state_ = State::ended;
  disarm();
  Failure ignored;
  stream_.lowest_layer().close(ignored);
}

void Link::arm(Duration after, const std::string& reason) {
  const auto round = ++timer_round_;
  timer_.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(after));
  timer_.async_wait([self = shared_from_this(), reason, round](const Failure& failure) {
    if (!failure && round == self->timer_round_ && self->state_ != State::ended) self->end(reason);
  });
}

void Link::disarm() {
  ++timer_round_;
  timer_.cancel();
}

void Link::end(const std::string& reason) {
  const auto self = shared_from_this();
  const bool by_us = state_ == State::shutting;
  discard();
  listener_->on_end(*this, by_us ? std::string() : reason);
}

std::string Link::explain(const Failure& failure) const {
  if (!about_.refusal.empty()) return (inbound_ ? "a stranger was refused: " : "refused: ") + about_.refusal;
  if (failure == asio::error::eof) return "the other side closed the session";
  if (failure == asio::ssl::error::stream_truncated) return "the connection broke off";
  if (failure.category() == asio::error::get_ssl_category()) return explain_tls(failure);
  return failure.message();
}

}  // namespace smeg::io
