#include "ipc/connection.h"

#include <algorithm>
#include "control/control.h"

namespace smeg::ipc {

Connection::Connection(Socket socket, Owner& owner)
    : socket_(std::move(socket)), write_timer_(socket_.get_executor()), owner_(&owner) {}

void Connection::start() { read(); }

void Connection::read() {
  if (reading_ || last_ || !socket_.is_open()) return;
  reading_ = true;
  socket_.async_read_some(boost::asio::buffer(chunk_),
                          [self = shared_from_this()](const boost::system::error_code& error, std::size_t size) {
                            self->reading_ = false;
                            if (error) return self->end();
                            self->on_read(size);
                          });
}

void Connection::on_read(std::size_t size) {
  input_.append(chunk_.data(), size);
  next_line();
}

// At most one line is taken, the next when it has been answered: what is sent meanwhile waits in the socket, and a
// client that hangs up meanwhile is noticed when it is answered.
void Connection::next_line() {
  if (asked_ || last_ || !owner_) return;
  const auto begin = input_.find_first_not_of("\r\n");
  input_.erase(0, begin == std::string::npos ? input_.size() : begin);
  const auto end = std::min(input_.find('\n'), input_.size());
  if (end > limits::kControlLineBytes) {
    const Error error{Code::too_large,
                      "a request is at most " + std::to_string(limits::kControlLineBytes) + " bytes long"};
    return refuse(
        std::make_shared<std::string>(control::encode_error({{}, control::RpcErrorCode::invalid_request, error})));
  }
  if (end == input_.size()) return read();
  std::string line = input_.substr(0, end);
  input_.erase(0, end + 1);
  if (line.ends_with('\r')) line.pop_back();
  asked_ = true;
  owner_->on_line(shared_from_this(), line);
}

void Connection::answer(Line line) {
  answered_ = true;
  send(std::move(line));
}

void Connection::refuse(Line line) {
  last_ = true;
  notice_.reset();
  send(std::move(line));
}

void Connection::notify(Line line) {
  if (last_) return;
  if (!output_.empty()) {
    notice_ = std::move(line);
  } else {
    send(std::move(line));
  }
}

void Connection::abandon() {
  owner_ = nullptr;
  end();
}

void Connection::send(Line line) {
  if (!socket_.is_open()) return;
  output_.push_back(std::move(line));
  if (output_.size() == 1) write();
}

void Connection::write() {
  write_timer_.expires_after(limits::kControlWriteTimeout);
  write_timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (self && !error) self->end();
  });
  boost::asio::async_write(socket_, boost::asio::buffer(*output_.front()),
                           [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
                             if (error) return self->end();
                             self->on_written();
                           });
}

void Connection::on_written() {
  write_timer_.cancel();
  output_.pop_front();
  if (!output_.empty()) return write();
  if (last_) return end();
  if (answered_) asked_ = answered_ = false;
  if (notice_) send(std::exchange(notice_, nullptr));
  next_line();
}

void Connection::end() {
  if (socket_.is_open()) {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }
  write_timer_.cancel();
  if (Owner* owner = std::exchange(owner_, nullptr)) owner->on_gone(shared_from_this());
}

}  // namespace smeg::ipc
