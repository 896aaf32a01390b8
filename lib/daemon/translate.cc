#include "daemon/translate.h"

namespace smeg::daemon {
namespace {

static_assert(io::kDialledSession == node::kDialledSession);

node::SessionId to_node(io::SessionId session) { return node::SessionId{session.value}; }

node::Protocol to_node(io::Protocol protocol) {
  switch (protocol) {
    case io::Protocol::member: return node::Protocol::member;
    case io::Protocol::join: return node::Protocol::join;
  }
  return node::Protocol::join;
}

io::Protocol to_io(node::Protocol protocol) {
  switch (protocol) {
    case node::Protocol::member: return io::Protocol::member;
    case node::Protocol::join: return io::Protocol::join;
  }
  return io::Protocol::join;
}

struct Translator {
  node::SessionEvent operator()(io::SessionOpened& opened) const {
    return node::SessionOpened{.session = to_node(opened.session),
                               .mesh = opened.mesh,
                               .protocol = to_node(opened.protocol),
                               .inbound = opened.inbound,
                               .peer_certificate = std::move(opened.certificate),
                               .exporter = opened.exporter,
                               .remote = opened.remote,
                               .local = opened.local};
  }
  node::SessionEvent operator()(io::SessionMessage& message) const {
    return node::SessionMessage{to_node(message.session), std::move(message.message)};
  }
  node::SessionEvent operator()(io::SessionClosed& closed) const {
    return node::SessionClosed{to_node(closed.session), std::move(closed.reason)};
  }
};

}  // namespace

node::SessionEvent to_node(io::SessionEvent event) { return std::visit(Translator{}, event); }

io::DialRequest to_io(node::Dial dial) {
  io::DialRequest request;
  request.session = to_io(dial.session);
  request.mesh = dial.mesh;
  request.protocol = to_io(dial.protocol);
  request.expect = dial.peer;
  request.timeout = dial.patience;
  for (auto& target : dial.targets) request.candidates.push_back({std::move(target.host), target.port});
  return request;
}

}  // namespace smeg::daemon
