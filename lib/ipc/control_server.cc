#include "ipc/control_server.h"

#include <map>
#include <set>

#include "ipc/connection.h"
#include "ipc/listener.h"

namespace smeg::ipc {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr auto kAcceptPause = std::chrono::milliseconds(200);  // after an error such as too many open files

Line make_line(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

Line error_line(const control::RpcId& id, const Error& error) {
  return make_line(control::encode_error({id, control::RpcErrorCode::refused, error}));
}

}  // namespace

class ControlServer::Impl final : public Connection::Owner, public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& loop, Listener listener, OnCommand on_command)
      : listener_(std::move(listener)),
        acceptor_(loop),
        accept_timer_(loop),
        notice_timer_(loop),
        on_command_(std::move(on_command)) {}

  Result<void> start() {
    error_code error;
    acceptor_.assign(asio::local::stream_protocol(), listener_.fd, error);
    if (error) {
      close_listener(listener_);
      return fail(Code::io, "can't serve " + listener_.path + ": " + error.message());
    }
    accept();
    return {};
  }

  void stop() {
    stopped_ = true;
    // The acceptor has taken the descriptor over, and closes it.
    listener_.fd = -1;
    close_listener(listener_);
    error_code ignored;
    acceptor_.close(ignored);
    accept_timer_.cancel();
    notice_timer_.cancel();
    for (const auto& client : std::exchange(clients_, {})) client->abandon();
    watchers_.clear();
    waiting_.clear();
  }

  void publish(std::shared_ptr<const control::Snapshot> snapshot) {
    snapshot_ = std::move(snapshot);
    json_.reset();
    if (!notice_pause_) tell_watchers();
  }

  void answer(control::CommandId id, const Result<control::Reply>& result) {
    const auto found = waiting_.find(id);
    if (found == waiting_.end()) return;
    const Waiting waiting = std::move(found->second);
    waiting_.erase(found);
    const auto client = waiting.client.lock();
    if (!client) return;
    client->answer(result ? make_line(control::encode_reply(waiting.rpc_id, *result))
                          : error_line(waiting.rpc_id, result.error()));
  }

 private:
  struct Waiting {
    std::weak_ptr<Connection> client;
    control::RpcId rpc_id;
  };

  void accept() {
    acceptor_.async_accept([self = shared_from_this()](const error_code& error, Connection::Socket socket) {
      if (self->stopped_) return;
      if (error) return self->accept_later();
      self->take(std::move(socket));
      self->accept();
    });
  }

  void accept_later() {
    accept_timer_.expires_after(kAcceptPause);
    accept_timer_.async_wait([self = shared_from_this()](const error_code& error) {
      if (!error && !self->stopped_) self->accept();
    });
  }

  void take(Connection::Socket socket) {
    const auto allowed = check_peer(socket.native_handle(), listener_);
    const auto client = std::make_shared<Connection>(std::move(socket), *this);
    // One that is turned away counts until it has taken its last line, or the time for that is over.
    if (clients_.size() >= 2 * limits::kControlClients) return client->abandon();
    clients_.insert(client);
    if (!allowed) return client->refuse(error_line({}, allowed.error()));
    if (clients_.size() > limits::kControlClients)
      return client->refuse(error_line(
          {}, {Code::unavailable, "too many programs use the control socket", "end some of them and try again"}));
    client->start();
  }

  void on_line(const std::shared_ptr<Connection>& from, std::string_view line) override {
    auto request = control::decode_request(line);
    if (!request) return from->answer(make_line(control::encode_error(request.error())));
    if (auto* command = std::get_if<control::Command>(&request->request)) {
      const control::CommandId id{++last_command_};
      waiting_[id] = {from, request->id};
      return on_command_(id, std::move(*command));
    }
    if (!snapshot_)
      return from->answer(
          error_line(request->id, {Code::unavailable, "the daemon is still starting", "try again in a moment"}));
    from->answer(make_line(control::encode_snapshot_reply(request->id, *json())));
    if (std::holds_alternative<control::Watch>(request->request)) watchers_.insert(from);
  }

  void on_gone(const std::shared_ptr<Connection>& from) override {
    clients_.erase(from);
    watchers_.erase(from);
  }

  // The Snapshot's JSON, made when somebody wants it.
  Line json() {
    if (!json_) json_ = make_line(control::to_json(*snapshot_));
    return json_;
  }

  // Tells what is new, then says nothing more for a while.
  void tell_watchers() {
    told_ = snapshot_;
    if (watchers_.empty()) return;
    const Line notice = make_line(control::encode_snapshot_notice(*json()));
    for (const auto& watcher : std::set(watchers_)) watcher->notify(notice);
    notice_pause_ = true;
    notice_timer_.expires_after(limits::kNoticeInterval);
    notice_timer_.async_wait([self = shared_from_this()](const error_code& error) {
      if (error) return;
      self->notice_pause_ = false;
      if (self->told_ != self->snapshot_) self->tell_watchers();
    });
  }

  Listener listener_;
  asio::local::stream_protocol::acceptor acceptor_;
  asio::steady_timer accept_timer_;
  asio::steady_timer notice_timer_;
  OnCommand on_command_;
  bool stopped_ = false;
  bool notice_pause_ = false;
  std::set<std::shared_ptr<Connection>> clients_;
  std::set<std::shared_ptr<Connection>> watchers_;
  std::map<control::CommandId, Waiting> waiting_;
  std::uint64_t last_command_ = 0;
  std::shared_ptr<const control::Snapshot> snapshot_;
  std::shared_ptr<const control::Snapshot> told_;
  Line json_;
};

Result<std::unique_ptr<ControlServer>> ControlServer::open(asio::io_context& loop, const ControlServerOptions& options,
                                                           OnCommand on_command) {
  auto listener = open_listener(options.path, options.group);
  if (!listener) return fail(listener.error());
  auto impl = std::make_shared<Impl>(loop, *std::move(listener), std::move(on_command));
  if (auto ok = impl->start(); !ok) return fail(ok.error());
  return std::unique_ptr<ControlServer>(new ControlServer(std::move(impl)));
}

ControlServer::ControlServer(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
ControlServer::~ControlServer() { impl_->stop(); }

void ControlServer::publish(std::shared_ptr<const control::Snapshot> snapshot) { impl_->publish(std::move(snapshot)); }

void ControlServer::answer(control::CommandId id, const Result<control::Reply>& result) { impl_->answer(id, result); }

}  // namespace smeg::ipc
