#include "daemon/translate.h"

#include <doctest/doctest.h>

namespace smeg::daemon {
namespace {

TEST_CASE("what the core wants dialled is what is dialled") {
  node::Dial dial;
  dial.session = node::SessionId{node::kDialledSession | 7};
  dial.mesh.bytes[0] = 1;
  dial.protocol = node::Protocol::join;
  dial.targets = {{"192.0.2.1", 21'910}, {"gate.example.org", 443}};
  dial.peer.emplace().bytes[3] = 9;
  dial.patience = std::chrono::seconds(3);
  const auto request = to_io(dial);
  CHECK(request.session == io::SessionId{io::kDialledSession | 7});
  CHECK(request.mesh == dial.mesh);
  CHECK(request.protocol == io::Protocol::join);
  CHECK(request.candidates == std::vector<io::Candidate>{{"192.0.2.1", 21'910}, {"gate.example.org", 443}});
  CHECK(request.expect == dial.peer);
  CHECK(request.timeout == std::chrono::seconds(3));
}

TEST_CASE("what sessions tell reaches the core whole") {
  io::SessionOpened opened;
  opened.session = io::SessionId{5};
  opened.mesh.bytes[2] = 2;
  opened.inbound = true;
  opened.certificate = to_bytes("der");
  opened.exporter[31] = 4;
  opened.local = addr::Endpoint::parse("192.0.2.1:1").value();
  opened.remote = addr::Endpoint::parse("[2001:db8::1]:2").value();
  const auto event = std::get<node::SessionOpened>(to_node(opened));
  CHECK(event.session == node::SessionId{5});
  CHECK(event.mesh == opened.mesh);
  CHECK(event.protocol == node::Protocol::member);
  CHECK(event.inbound);
  CHECK(event.peer_certificate == opened.certificate);
  CHECK(event.exporter == opened.exporter);
  CHECK(event.local == opened.local);
  CHECK(event.remote == opened.remote);

  const auto message = std::get<node::SessionMessage>(to_node(io::SessionMessage{io::SessionId{5}, to_bytes("m")}));
  CHECK(message.message == to_bytes("m"));
  const auto closed = std::get<node::SessionClosed>(to_node(io::SessionClosed{io::SessionId{5}, "why"}));
  CHECK(closed.reason == "why");
}

}  // namespace
}  // namespace smeg::daemon
