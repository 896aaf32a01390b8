#include "connection.h"

#include <array>

#include "beast.h"
#include "io/io.h"
#include "log.h"
#include "parse.h"
#include "server.h"

namespace smeg::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

namespace {

constexpr std::size_t kReadBytes = 4'096;
constexpr std::string_view kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::string_view kHeartbeat = ":\n\n";

}  // namespace

struct Connection::Wire {
  explicit Wire(Socket taken)
      : socket(std::move(taken)),
        deadline(socket.get_executor()),
        heartbeat(socket.get_executor()),
        // Room for a head, and for what comes behind it in the same packet.
        buffer(2 * limits::kHttpHeadBytes) {}

  Socket socket;
  asio::steady_timer deadline;
  asio::steady_timer heartbeat;
  beast::flat_buffer buffer;
  std::optional<Parser> parser;
  std::optional<beast::http::response<beast::http::string_body>> response;
  std::optional<beast::http::response_serializer<beast::http::string_body>> serializer;  // of response
  std::string text;                                                                      // on its way
  std::array<char, kReadBytes> scrap;
};

Connection::Connection(Socket socket, asio::ip::address client, Server& server)
    : wire_(std::make_unique<Wire>(std::move(socket))), client_(std::move(client)), server_(server) {}

Connection::~Connection() = default;

void Connection::start() {
  error_code ignored;
  wire_->socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  await_request();
}

void Connection::close() {
  if (closed_) return;
  closed_ = true;
  wire_->deadline.cancel();
  wire_->heartbeat.cancel();
  error_code ignored;
  wire_->socket.close(ignored);
  if (follow_) server_.api().unfollow(*follow_);
  server_.gone(shared_from_this());
}

void Connection::set_deadline(Duration time) {
  late_ = false;
  wire_->deadline.expires_after(time);
  wire_->deadline.async_wait([self = shared_from_this()](const error_code& error) {
    if (error || self->closed_ || self->wire_->deadline.expiry() > asio::steady_timer::clock_type::now()) return;
    self->late_ = true;
    error_code ignored;
    self->wire_->socket.cancel(ignored);
  });
}

// ---- A request

void Connection::await_request() {
  wire_->parser.emplace();
  limit(*wire_->parser);
  waiting_since_ = io::OsClock::now();
  if (wire_->buffer.size() > 0) return read_head();  // the client didn't wait for the last response
  set_deadline(limits::kHttpIdleTime);
  wire_->socket.async_read_some(wire_->buffer.prepare(kReadBytes),
                                [self = shared_from_this()](const error_code& error, std::size_t size) {
                                  if (error) return self->close();
                                  self->wire_->buffer.commit(size);
                                  self->read_head();
                                });
}

void Connection::read_head() {
  set_deadline(limits::kHttpRequestTime);
  beast::http::async_read_header(
      wire_->socket, wire_->buffer, *wire_->parser,
      [self = shared_from_this()](const error_code& error, std::size_t) { self->on_head(error); });
}

void Connection::on_head(const error_code& error) {
  if (closed_) return;
  if (error) return fail_read(error);
  keep_ = wire_->parser->get().keep_alive();
  server_.refresh_tokens();
  if (auto refused = server_.api().refuse(request_of(wire_->parser->get(), ""))) {
    server_.note_refusal(client_, *refused);
    keep_ = keep_ && wire_->parser->is_done();
    return respond(*std::move(refused));
  }
  if (!beast::iequals(wire_->parser->get()[beast::http::field::expect], "100-continue")) return read_body();
  asio::async_write(wire_->socket, asio::buffer(kGoOn),
                    [self = shared_from_this()](const error_code& failed, std::size_t) {
                      if (failed) return self->close();
                      self->read_body();
                    });
}

void Connection::read_body() {
  beast::http::async_read(wire_->socket, wire_->buffer, *wire_->parser,
                          [self = shared_from_this()](const error_code& error, std::size_t) {
                            if (self->closed_) return;
                            if (error) return self->fail_read(error);
                            self->on_request();
                          });
}

void Connection::fail_read(const error_code& error) {
  keep_ = false;
  if (late_) return respond(server_.api().refuse(408, {Code::unavailable, "the request took too long to arrive"}));
  const auto refusal = refusal_of(error);
  if (!refusal) return close();
  respond(server_.api().refuse(refusal->status, refusal->error));
}

void Connection::on_request() {
  waiting_since_.reset();
  wire_->deadline.cancel();
  server_.refresh_tokens();  // the body may have taken a while
  const api::Request request = request_of(wire_->parser->get(), std::move(wire_->parser->get().body()));
  api::Next next = server_.api().handle(request, io::OsClock::now());
  if (auto* response = std::get_if<api::Response>(&next)) return respond(std::move(*response));
  if (auto* pending = std::get_if<api::Pending>(&next)) return ask(std::move(*pending));
  follow(std::get<api::Follow>(std::move(next)));
}

void Connection::ask(api::Pending pending) {
  const std::string what =
      std::string(wire_->parser->get().method_string()) + ' ' + std::string(wire_->parser->get().target());
  control::Command command = pending.command;
  server_.daemon().ask(std::move(command), [self = shared_from_this(), what, pending = std::move(pending)](
                                               const Result<control::Reply>& reply, const DaemonLink::Snapshot& now) {
    if (now) self->server_.publish(now);
    api::Response response = self->server_.api().finish(pending, reply);
    log(Level::info, pending.caller + ": " + what + ": " + std::to_string(response.status));
    if (!self->closed_) self->respond(std::move(response));
  });
}

// ---- A response

void Connection::respond(api::Response response) {
  waiting_since_.reset();
  response.headers.push_back({"Date", api::http_date(io::OsClock::wall_now())});
  wire_->response.emplace(message_of(std::move(response), wire_->parser->get().version(), keep_));
  wire_->serializer.emplace(*wire_->response);
  set_deadline(limits::kHttpResponseTime);
  write_some();
}

// Bit by bit, so that it shows when a client takes no more.
void Connection::write_some() {
  writing_since_ = io::OsClock::now();
  beast::http::async_write_some(wire_->socket, *wire_->serializer,
                                [self = shared_from_this()](const error_code& error, std::size_t) {
                                  if (error || self->closed_ || self->wire_->serializer->is_done())
                                    return self->on_responded(error);
                                  if (self->late_) return self->close();  // between two bits: nothing was cut off
                                  self->write_some();
                                });
}

void Connection::on_responded(const error_code& error) {
  writing_since_.reset();
  if (error || closed_) return close();
  wire_->serializer.reset();
  wire_->response.reset();
  if (keep_) return await_request();
  linger();
}

// Closing a socket that has something to read makes the client lose what it was told: it is let finish, for a moment.
void Connection::linger() {
  waiting_since_ = io::OsClock::now();
  error_code error;
  wire_->socket.shutdown(Socket::shutdown_send, error);
  if (error) return close();
  set_deadline(limits::kHttpLingerTime);
  drain();
}

void Connection::drain() {
  wire_->socket.async_read_some(asio::buffer(wire_->scrap),
                                [self = shared_from_this()](const error_code& error, std::size_t) {
                                  if (error || self->late_) return self->close();
                                  self->drain();
                                });
}

// ---- Events

void Connection::follow(api::Follow follow) {
  follow_ = std::move(follow);
  api::Response head = follow_->head;
  head.headers.push_back({"Connection", "close"});
  head.headers.push_back({"Date", api::http_date(io::OsClock::wall_now())});
  watch_for_end();
  heartbeat();
  send_events(head_text(head) + follow_->first);
}

void Connection::on_events() {
  if (!follow_ || sending_ || closed_) return;
  std::string text = server_.api().events().read(follow_->next);
  if (!text.empty()) send_events(std::move(text));
}

void Connection::send_events(std::string text) {
  sending_ = true;
  wire_->text = std::move(text);
  set_deadline(limits::kHttpResponseTime);
  const auto note_progress = [this](const error_code& error, std::size_t written) {
    writing_since_ = io::OsClock::now();
    return asio::transfer_all()(error, written);
  };
  asio::async_write(wire_->socket, asio::buffer(wire_->text), note_progress,
                    [self = shared_from_this()](const error_code& error, std::size_t) {
                      if (error || self->closed_) return self->close();
                      self->sending_ = false;
                      self->writing_since_.reset();
                      self->wire_->deadline.cancel();
                      self->on_events();
                    });
}

void Connection::heartbeat() {
  wire_->heartbeat.expires_after(limits::kHeartbeatInterval);
  wire_->heartbeat.async_wait([self = shared_from_this()](const error_code& error) {
    if (error || self->closed_) return;
    self->server_.refresh_tokens();
    if (!self->server_.api().may_follow(*self->follow_)) return self->close();
    if (!self->sending_) self->send_events(std::string(kHeartbeat));
    self->heartbeat();
  });
}

// Whatever else the client sends is of no interest, but its end is.
void Connection::watch_for_end() {
  wire_->socket.async_read_some(asio::buffer(wire_->scrap),
                                [self = shared_from_this()](const error_code& error, std::size_t) {
                                  if (error) return self->close();
                                  self->watch_for_end();
                                });
}

}  // namespace smeg::http
