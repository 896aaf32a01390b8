#include "io/session.h"

#include <thread>
#include <unordered_map>

#include "io/session_hub.h"

namespace smeg::io {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kReportBytes = limits::kSessionInboxBytes / 16;

}  // namespace

// The core's side. Everything that crosses to the sessions' thread goes through tell_hub(), everything back through
// post_.
class SessionHost::Impl {
 public:
  Impl(SessionOptions options, Post post, Handler handler)
      : options_(options),
        post_(std::move(post)),
        handler_(std::move(handler)),
        work_(loop_.get_executor()),
        hub_(loop_, options, [this](SessionEvent event) { cross(std::move(event)); }),
        thread_([this] { loop_.run(); }) {}

  ~Impl() {
    *alive_ = false;
    loop_.stop();
    thread_.join();
  }

  Result<std::vector<addr::Endpoint>> listen(const std::vector<addr::Endpoint>& at);
  void dial(DialRequest request) {
    known_.try_emplace(request.session);
    tell_hub([this, request = std::move(request)]() mutable { hub_.dial(std::move(request)); });
  }
  void close(SessionId session) {
    if (known_.erase(session) != 0) tell_hub([this, session] { hub_.close(session); });
  }
  void drain(Task done) {
    known_.clear();
    tell_hub([this, done = std::move(done)] {
      hub_.drain([this, done] {
        post_([alive = alive_, done] {
          if (*alive) done();
        });
      });
    });
  }
  template <class Do>
  void tell_hub(Do what) {
    asio::post(loop_, std::move(what));
  }
  Hub& hub() { return hub_; }
  bool knows(SessionId session) const { return known_.contains(session); }

 private:
  void cross(SessionEvent event);
  void deliver(SessionEvent event);
  void report_consumed(SessionId session, std::size_t size);

  SessionOptions options_;
  Post post_;
  Handler handler_;
  asio::io_context loop_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  Hub hub_;
  // The core's thread only: sessions and dials of which it has not heard or said that they are over, and how much of
  // theirs, by inbox_bytes(), it has dealt with and not yet said so.
  std::unordered_map<SessionId, std::size_t> known_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::thread thread_;
};

Result<std::vector<addr::Endpoint>> SessionHost::Impl::listen(const std::vector<addr::Endpoint>& at) {
  const bool has_v4 = std::any_of(at.begin(), at.end(), [](const auto& endpoint) { return endpoint.address.is_v4(); });
  std::vector<Tcp::acceptor> acceptors;
  std::vector<addr::Endpoint> bound;
  for (const auto& endpoint : at) {
    auto acceptor = listen_at(loop_, endpoint, has_v4, options_.mark);
    if (!acceptor) return fail(acceptor.error());
    boost::system::error_code ignored;
    bound.push_back(from_asio(acceptor->local_endpoint(ignored)));
    acceptors.push_back(std::move(*acceptor));
  }
  tell_hub([this, acceptors = std::move(acceptors)]() mutable {
    for (auto& acceptor : acceptors) hub_.take_connections_of(std::move(acceptor));
  });
  return bound;
}

// On the sessions' thread.
void SessionHost::Impl::cross(SessionEvent event) {
  post_([this, alive = alive_, event = std::move(event)]() mutable {
    if (*alive) deliver(std::move(event));
  });
}

// On the core's thread. What the core has closed meanwhile, it hears no more of.
void SessionHost::Impl::deliver(SessionEvent event) {
  if (const auto* opened = std::get_if<SessionOpened>(&event)) {
    if (opened->inbound) known_.try_emplace(opened->session);
    if (!knows(opened->session)) return;
  } else if (const auto* message = std::get_if<SessionMessage>(&event)) {
    if (!knows(message->session)) return;
    report_consumed(message->session, inbox_bytes(message->message));
  } else if (known_.erase(std::get<SessionClosed>(event).session) == 0) {
    return;
  }
  handler_(std::move(event));
}

// Not for each message: that would wake the other thread as often as it wakes us.
void SessionHost::Impl::report_consumed(SessionId session, std::size_t size) {
  std::size_t& unsaid = known_.at(session);
  unsaid += size;
  if (unsaid < kReportBytes) return;
  tell_hub([this, session, bytes = std::exchange(unsaid, 0)] { hub_.consumed(session, bytes); });
}

SessionHost::SessionHost(SessionOptions options, Post post, Handler handler)
    : impl_(std::make_unique<Impl>(options, std::move(post), std::move(handler))) {}

SessionHost::~SessionHost() = default;

Result<std::vector<addr::Endpoint>> SessionHost::listen(const std::vector<addr::Endpoint>& at) {
  return impl_->listen(at);
}

Result<void> SessionHost::use_identity(const MeshId& mesh, ByteView certificate, const crypto::IdentityPrivateKey& key,
                                       bool serve) {
  auto identity = TlsIdentity::make(certificate, key);
  if (!identity) return fail(identity.error());
  impl_->tell_hub([this, mesh, identity = std::move(*identity), serve] { impl_->hub().use(mesh, identity, serve); });
  return {};
}

void SessionHost::drop_identity(const MeshId& mesh) {
  impl_->tell_hub([this, mesh] { impl_->hub().drop(mesh); });
}

void SessionHost::dial(DialRequest request) { impl_->dial(std::move(request)); }

void SessionHost::accept(SessionId session) {
  if (impl_->knows(session)) impl_->tell_hub([this, session] { impl_->hub().accept(session); });
}

void SessionHost::send(SessionId session, Bytes message) {
  if (!impl_->knows(session)) return;
  impl_->tell_hub([this, session, message = std::move(message)] { impl_->hub().send(session, message); });
}

void SessionHost::close(SessionId session) { impl_->close(session); }

void SessionHost::drain(Task done) { impl_->drain(std::move(done)); }

SessionCounters SessionHost::counters() const { return impl_->hub().counters(); }

}  // namespace smeg::io
