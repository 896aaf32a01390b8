#include "io/session_hub.h"

#include <openssl/ssl.h>

namespace smeg::io {
namespace {

namespace asio = boost::asio;

constexpr auto kPauseWithoutDescriptors = std::chrono::seconds(1);

// asio's context frees what it is given.
SSL_CTX* shared(SSL_CTX* context) {
  SSL_CTX_up_ref(context);
  return context;
}

}  // namespace

Hub::Hub(asio::io_context& loop, SessionOptions options, Tell tell)
    : loop_(loop), options_(options), tell_(std::move(tell)), context_(shared(tls_.native())) {}

Hub::~Hub() { stop(); }

void Hub::use(const MeshId& mesh, std::shared_ptr<const TlsIdentity> identity, bool serve) {
  tls_.use(mesh, std::move(identity), serve);
}

void Hub::drop(const MeshId& mesh) { tls_.drop(mesh); }

void Hub::take_connections_of(Tcp::acceptor acceptor) {
  if (draining_) return;
  doors_.push_back(std::make_shared<Door>(std::move(acceptor)));
  wait_at(doors_.back());
}

void Hub::wait_at(const std::shared_ptr<Door>& door) {
  door->acceptor.async_accept(loop_, [this, door](const Failure& failure, Tcp::socket socket) {
    on_connection(door, failure, std::move(socket));
  });
}

void Hub::on_connection(const std::shared_ptr<Door>& door, const Failure& failure, Tcp::socket socket) {
  if (!door->acceptor.is_open() || failure == asio::error::operation_aborted) return;
  if (failure == asio::error::no_descriptors || failure == asio::error::no_memory) {
    door->pause.expires_after(kPauseWithoutDescriptors);
    door->pause.async_wait([this, door](const Failure& stopped) {
      if (!stopped) wait_at(door);
    });
    return;
  }
  if (!failure) answer(std::move(socket));
  wait_at(door);
}

void Hub::answer(Tcp::socket socket) {
  Failure failure;
  const auto source = socket.remote_endpoint(failure);
  if (failure) return;
  ++counters_.accepted;
  if (links_.size() + dials_.size() >= limits::kSessions) {
    ++counters_.turned_away;
    return;
  }
  tune_socket(socket.native_handle(), options_.dead_after);
  const SessionId id{++last_inbound_};
  const auto link = std::make_shared<Link>(id, std::move(socket), tls_, context_, *this);
  links_[id] = link;
  if (const auto gone = strangers_.enter(id, from_asio(source).address)) turn_away(*gone);
  link->answer(options_.handshake_timeout);
}

void Hub::turn_away(SessionId session) {
  ++counters_.turned_away;
  if (Link* link = find(session)) link->abort("closed to make room for others");
}

void Hub::dial(DialRequest request) {
  const SessionId id = request.session;
  ++counters_.dials;
  if (draining_ || links_.size() + dials_.size() >= limits::kSessions || dials_.contains(id) || links_.contains(id)) {
    ++counters_.dials_failed;
    return tell_(SessionClosed{id, draining_ ? "this host is stopping" : "there are too many sessions"});
  }
  const auto race =
      std::make_shared<Race>(loop_, tls_, context_, options_, std::move(request),
                             [this, id](Result<std::shared_ptr<Link>> result) { on_dialled(id, std::move(result)); });
  dials_[id] = race;
  race->start();
}

void Hub::on_dialled(SessionId session, Result<std::shared_ptr<Link>> result) {
  dials_.erase(session);
  if (!result) {
    ++counters_.dials_failed;
    return tell_(SessionClosed{session, result.error().message});
  }
  links_[session] = *result;
  (*result)->listen_to(*this);
  on_open(**result);
}

void Hub::on_open(Link& link) {
  ++counters_.handshakes;
  if (strangers_.holds(link.id())) link.expect_trust(options_.accept_timeout);
  tell_(link.description());
}

void Hub::on_message(Link& link, Bytes message) {
  ++counters_.messages_in;
  counters_.bytes_in += message.size();
  tell_(SessionMessage{link.id(), std::move(message)});
}

void Hub::on_end(Link& link, const std::string& reason) {
  const SessionId id = link.id();
  const bool opened = link.opened();
  if (!opened) ++counters_.handshakes_failed;
  forget(id);
  // Nobody was told of a stranger who came no further than the door.
  if (opened) tell_(SessionClosed{id, reason});
}

void Hub::forget(SessionId session) {
  strangers_.leave(session);
  links_.erase(session);
  if (drained_ && links_.empty()) std::exchange(drained_, nullptr)();
}

Link* Hub::find(SessionId session) {
  const auto found = links_.find(session);
  return found == links_.end() ? nullptr : found->second.get();
}

void Hub::accept(SessionId session) {
  strangers_.leave(session);
  if (Link* link = find(session)) link->trust();
}

void Hub::send(SessionId session, ByteView message) {
  Link* link = find(session);
  if (link == nullptr) return;
  ++counters_.messages_out;
  counters_.bytes_out += message.size();
  link->send(message);
}

void Hub::consumed(SessionId session, std::size_t bytes) {
  if (Link* link = find(session)) link->consumed(bytes);
}

void Hub::close(SessionId session) {
  if (const auto dial = dials_.find(session); dial != dials_.end()) {
    dial->second->cancel();
    dials_.erase(dial);
  }
  if (Link* link = find(session)) link->shut();
}

void Hub::drain(std::function<void()> done) {
  draining_ = true;
  for (const auto& door : doors_) door->acceptor.close();
  doors_.clear();
  for (const auto& dial : dials_) dial.second->cancel();
  dials_.clear();
  if (links_.empty()) return done();
  drained_ = std::move(done);
  // shut() may end a link at once and so change links_.
  const auto links = links_;
  for (const auto& link : links) link.second->shut();
}

void Hub::stop() {
  for (const auto& door : doors_) door->acceptor.close();
  doors_.clear();
  for (const auto& dial : dials_) dial.second->cancel();
  dials_.clear();
  for (const auto& link : links_) link.second->discard();
  links_.clear();
}

SessionCounters Hub::counters() const {
  return {counters_.accepted, counters_.turned_away,  counters_.handshakes,  counters_.handshakes_failed,
          counters_.dials,    counters_.dials_failed, counters_.messages_in, counters_.messages_out,
          counters_.bytes_in, counters_.bytes_out};
}

}  // namespace smeg::io
