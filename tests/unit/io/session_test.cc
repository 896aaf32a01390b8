#include "io/session.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <mutex>

#include "io/descriptor.h"
#include "io/session_link.h"
#include "unit/io/session_fixture.h"

namespace smeg::io {
namespace {

// Far more than anything here takes; only a failure waits for so long.
constexpr auto kPatience = std::chrono::seconds(20);

// Stands in for the core's thread: runs what was posted, on the thread of the test.
class Core {
 public:
  SessionHost::Post post() {
    return [this](SessionHost::Task task) {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
      arrived_.notify_one();
    };
  }
  // Runs tasks until the condition holds; false where it never does.
  template <class Condition>
  bool run_until(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
      std::unique_lock lock(mutex_);
      if (!arrived_.wait_until(lock, deadline, [this] { return !tasks_.empty(); })) return false;
      const auto task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
    }
    return true;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<SessionHost::Task> tasks_;
};

// A session host and all that it said.
struct Side {
  std::vector<SessionOpened> opened;
  std::vector<SessionMessage> messages;
  std::vector<SessionClosed> closed;
  SessionHost host;

  explicit Side(Core& core, SessionOptions options = {})
      : host(options, core.post(), [this](SessionEvent event) { take(std::move(event)); }) {}

  void take(SessionEvent event) {
    if (auto* open = std::get_if<SessionOpened>(&event)) opened.push_back(std::move(*open));
    if (auto* message = std::get_if<SessionMessage>(&event)) messages.push_back(std::move(*message));
    if (auto* close = std::get_if<SessionClosed>(&event)) closed.push_back(std::move(*close));
  }
  std::uint16_t listen() { return host.listen({{addr::IpAddress::v4({127, 0, 0, 1}), 0}}).value().front().port; }
};

const MeshId kMesh = mesh_number(1);
const SessionId kFirst{kDialledSession | 1};

DialRequest dial_to(std::uint16_t port, SessionId session = kFirst) {
  DialRequest request;
  request.session = session;
  request.mesh = kMesh;
  request.candidates = {{"127.0.0.1", port}};
  return request;
}

// Two hosts of one mesh with a session between them.
struct Two {
  Core core;
  Person alice{1};
  Person bob{2};
  Side a;
  Side b;
  std::uint16_t port;

  explicit Two(SessionOptions options = {}) : a(core, options), b(core, options), port(a.listen()) {
    REQUIRE(a.host.use_identity(kMesh, alice.certificate, alice.key, true));
    REQUIRE(b.host.use_identity(kMesh, bob.certificate, bob.key, false));
  }
  void connect() {
    b.host.dial(dial_to(port));
    REQUIRE(core.run_until([this] { return !a.opened.empty() && !b.opened.empty(); }));
    a.host.accept(a.opened[0].session);
  }
};

// A session from writer to reader, each of which has a core of its own, so that one can be slow.
struct TwoCores {
  Core reader_core;
  Core writer_core;
  Person alice{1};
  Person bob{2};
  Side reader{reader_core};
  Side writer{writer_core};

  TwoCores() {
    const auto port = reader.listen();
    REQUIRE(reader.host.use_identity(kMesh, alice.certificate, alice.key, true));
    REQUIRE(writer.host.use_identity(kMesh, bob.certificate, bob.key, false));
    writer.host.dial(dial_to(port));
    REQUIRE(reader_core.run_until([&] { return !reader.opened.empty(); }));
    REQUIRE(writer_core.run_until([&] { return !writer.opened.empty(); }));
  }
  void accept() { reader.host.accept(reader.opened[0].session); }
};

TEST_CASE("two members open a session, talk and part") {
  Two two;
  two.connect();
  const auto& at_a = two.a.opened[0];
  const auto& at_b = two.b.opened[0];
  CHECK(at_a.inbound);
  CHECK_FALSE(at_b.inbound);
  CHECK(at_a.session == SessionId{1});
  CHECK(at_b.session == kFirst);
  CHECK(at_a.mesh == kMesh);
  CHECK(at_a.certificate == two.bob.certificate);
  CHECK(at_b.certificate == two.alice.certificate);
  CHECK(at_a.exporter == at_b.exporter);
  CHECK(at_a.remote == at_b.local);
  CHECK(at_a.local == at_b.remote);
  CHECK(at_a.remote.address == addr::IpAddress::v4({127, 0, 0, 1}));

  two.a.host.send(at_a.session, to_bytes("from a"));
  two.b.host.send(kFirst, to_bytes("from b"));
  two.b.host.close(kFirst);  // what was sent before still goes out
  REQUIRE(two.core.run_until([&] { return !two.a.messages.empty() && !two.a.closed.empty(); }));
  CHECK(two.a.messages[0].message == to_bytes("from b"));
  CHECK(two.a.closed[0].session == at_a.session);
  CHECK(two.a.closed[0].reason == "the other side closed the session");
  CHECK(two.b.closed.empty());
  CHECK(two.a.host.counters().handshakes == 1);
  CHECK(two.b.host.counters().messages_out == 1);
}

TEST_CASE("messages of every size come whole and in order, both ways at once") {
  Two two;
  two.connect();
  const auto message = [](std::size_t number) {
    const std::size_t size = number % 10 == 9 ? limits::kFrameBytes : 1 + number * 97;
    return Bytes(size, static_cast<std::uint8_t>(number));
  };
  constexpr std::size_t kCount = 100;
  // In batches, for a queue is not a place to keep things.
  for (std::size_t batch = 0; batch < kCount; batch += 20) {
    for (std::size_t n = batch; n < batch + 20; ++n) {
      two.a.host.send(two.a.opened[0].session, message(n));
      two.b.host.send(kFirst, message(n));
    }
    REQUIRE(
        two.core.run_until([&] { return two.a.messages.size() == batch + 20 && two.b.messages.size() == batch + 20; }));
  }
  for (std::size_t n = 0; n < kCount; ++n) {
    CHECK(two.a.messages[n].message == message(n));
    CHECK(two.b.messages[n].message == message(n));
  }
}

TEST_CASE("a newcomer reaches the protocol for joining") {
  Two two;
  auto request = dial_to(two.port);
  request.protocol = Protocol::join;
  two.b.host.dial(request);
  REQUIRE(two.core.run_until([&] { return !two.a.opened.empty() && !two.b.opened.empty(); }));
  CHECK(two.a.opened[0].protocol == Protocol::join);
  CHECK(two.b.opened[0].protocol == Protocol::join);
}

TEST_CASE("a mesh that is not served there is refused, and nobody is told") {
  Two two;
  two.a.host.drop_identity(kMesh);
  two.b.host.dial(dial_to(two.port));
  REQUIRE(two.core.run_until([&] { return !two.b.closed.empty(); }));
  CHECK(two.b.closed[0].session == kFirst);
  CHECK(two.b.closed[0].reason.find("the other side is not in that mesh") != std::string::npos);
  CHECK(two.b.opened.empty());
  CHECK(two.a.opened.empty());
  CHECK(two.a.closed.empty());
}

TEST_CASE("an address where somebody else answers is passed over") {
  Two two;
  Side other(two.core);
  const auto elsewhere = other.listen();
  const Person stranger(3);
  REQUIRE(other.host.use_identity(kMesh, stranger.certificate, stranger.key, true));
  auto request = dial_to(elsewhere);
  request.candidates.push_back({"127.0.0.1", two.port});
  request.expect = crypto::signing_public_key(two.alice.key);
  two.b.host.dial(request);
  REQUIRE(two.core.run_until([&] { return !two.b.opened.empty(); }));
  CHECK(two.b.opened[0].certificate == two.alice.certificate);

  auto only_wrong = dial_to(elsewhere, SessionId{kDialledSession | 2});
  only_wrong.expect = request.expect;
  two.b.host.dial(only_wrong);
  REQUIRE(two.core.run_until([&] { return !two.b.closed.empty(); }));
  CHECK(two.b.closed[0].reason.find("somebody else answers") != std::string::npos);
}

TEST_CASE("names are resolved, and dead addresses cost one attempt and not the dial") {
  Two two;
  auto request = dial_to(two.port);
  request.candidates = {{"127.0.0.1", 1}, {"0.0.0.0", two.port}, {"localhost", two.port}};
  two.b.host.dial(request);
  REQUIRE(two.core.run_until([&] { return !two.b.opened.empty(); }));
  CHECK(two.b.closed.empty());
}

TEST_CASE("a dial that leads nowhere says what it tried") {
  Two two;
  auto refused = dial_to(1);
  two.b.host.dial(refused);
  REQUIRE(two.core.run_until([&] { return two.b.closed.size() == 1; }));
  CHECK(two.b.closed[0].reason == "127.0.0.1:1: Connection refused");

  auto nothing = dial_to(1, SessionId{kDialledSession | 2});
  nothing.candidates.clear();
  two.b.host.dial(nothing);
  REQUIRE(two.core.run_until([&] { return two.b.closed.size() == 2; }));
  CHECK(two.b.closed[1].reason == "there is no address to dial");

  auto foreign = dial_to(two.port, SessionId{kDialledSession | 3});
  foreign.mesh = mesh_number(9);
  two.b.host.dial(foreign);
  REQUIRE(two.core.run_until([&] { return two.b.closed.size() == 3; }));
  CHECK(two.b.closed[2].reason.find("no certificate for that mesh") != std::string::npos);
}

// A TCP connection that keeps to no rules.
Descriptor connect_raw(std::uint16_t port) {
  Descriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
  return fd;
}

// Reads until the other side hangs up.
void wait_for_end(const Descriptor& fd) {
  timeval patience{20, 0};
  REQUIRE(::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0);
  char buffer[512];
  ssize_t got = 0;
  do {
    got = ::recv(fd.get(), buffer, sizeof buffer, 0);
  } while (got > 0);
  CHECK((got == 0 || errno == ECONNRESET));
}

TEST_CASE("a dialler who never answers is given up in time, and so is a stranger who never speaks") {
  SessionOptions hasty;
  hasty.handshake_timeout = std::chrono::milliseconds(50);
  Two two(hasty);
  const auto silent = connect_raw(two.port);
  wait_for_end(silent);

  // A listener that accepts by the kernel alone.
  const Descriptor mute(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(::listen(mute.get(), 4) == 0);
  sockaddr_in at{};
  socklen_t size = sizeof at;
  REQUIRE(::getsockname(mute.get(), reinterpret_cast<sockaddr*>(&at), &size) == 0);
  auto request = dial_to(ntohs(at.sin_port));
  two.b.host.dial(request);
  REQUIRE(two.core.run_until([&] { return !two.b.closed.empty(); }));
  CHECK(two.b.closed[0].reason.find("the TLS handshake took too long") != std::string::npos);

  auto hurried = dial_to(ntohs(at.sin_port), SessionId{kDialledSession | 2});
  hurried.timeout = std::chrono::milliseconds(20);
  two.b.host.dial(hurried);
  REQUIRE(two.core.run_until([&] { return two.b.closed.size() == 2; }));
  CHECK(two.b.closed[1].reason == "no answer in time");
}

TEST_CASE("garbage ends its own connection and nothing else") {
  Two two;
  two.connect();
  SeededRng rng(1);
  for (int round = 0; round < 20; ++round) {
    const auto fd = connect_raw(two.port);
    Bytes garbage(1 + rng.below(2'000));
    for (auto& byte : garbage) byte = static_cast<std::uint8_t>(rng.next());
    // Half of them look like a handshake record at first.
    if (round % 2 == 0 && garbage.size() > 5) {
      garbage[0] = 22;
      garbage[1] = 3;
      garbage[2] = 1;
      store_be(&garbage[3], static_cast<std::uint16_t>(garbage.size() - 5));
    }
    (void)::send(fd.get(), garbage.data(), garbage.size(), MSG_NOSIGNAL);
    ::shutdown(fd.get(), SHUT_WR);
    wait_for_end(fd);
  }
  two.b.host.send(kFirst, to_bytes("still here"));
  REQUIRE(two.core.run_until([&] { return !two.a.messages.empty(); }));
  CHECK(two.a.opened.size() == 1);
  CHECK(two.a.closed.empty());
}

TEST_CASE("who is not accepted in time has to go, who is stays") {
  SessionOptions hasty;
  hasty.accept_timeout = std::chrono::seconds(2);  // within which a busy machine must get to accept()
  Two two(hasty);
  two.connect();  // accepted
  two.b.host.dial(dial_to(two.port, SessionId{kDialledSession | 2}));
  REQUIRE(two.core.run_until([&] { return !two.a.closed.empty() && !two.b.closed.empty(); }));
  CHECK(two.a.closed[0].session == SessionId{2});
  CHECK(two.b.closed[0].session == SessionId{kDialledSession | 2});
  two.b.host.send(kFirst, to_bytes("still here"));
  CHECK(two.core.run_until([&] { return !two.a.messages.empty(); }));
}

TEST_CASE("strangers beyond the limit push each other out, never a member") {
  Two two;
  two.connect();
  std::vector<Descriptor> crowd;
  for (std::size_t n = 0; n <= limits::kUnauthenticatedSessions; ++n) crowd.push_back(connect_raw(two.port));
  wait_for_end(crowd.front());
  CHECK(two.a.host.counters().turned_away == 1);
  two.b.host.send(kFirst, to_bytes("still here"));
  CHECK(two.core.run_until([&] { return !two.a.messages.empty(); }));
}

TEST_CASE("a peer that takes nothing is closed once its queue is full, and does not fill our memory either") {
  TwoCores two;
  two.accept();
  // The reader's core is busy with something else: its tasks are not run. Socket buffers take some megabytes as well.
  for (int n = 0; n < 256; ++n) two.writer.host.send(kFirst, Bytes(limits::kFrameBytes, 1));
  REQUIRE(two.writer_core.run_until([&] { return !two.writer.closed.empty(); }));
  CHECK(two.writer.closed[0].reason == "the other side takes too little of what it is sent");
  CHECK(two.reader.host.counters().bytes_in <= limits::kSessionInboxBytes + 2 * limits::kFrameBytes);
}

TEST_CASE("of tiny messages no more wait for a slow core than it can deal with soon") {
  TwoCores two;
  two.accept();
  // The reader's core does nothing: of what is sent as much is read as may wait, then buffers and the queue fill up.
  constexpr std::size_t kSize = 64;
  for (std::size_t n = 0; n < 32 * 1'024 * 1'024 / kSize; ++n) two.writer.host.send(kFirst, Bytes(kSize, 1));
  REQUIRE(two.writer_core.run_until([&] { return !two.writer.closed.empty(); }));
  const std::size_t at_once = 8 * 1'024 / kSize;  // what one read brings is not held back
  CHECK(two.reader.host.counters().messages_in <= limits::kSessionInboxBytes / kMessageOverhead + 2 * at_once);
}

TEST_CASE("a slow core makes the other side wait and loses nothing") {
  TwoCores two;
  constexpr std::size_t kCount = 24;  // 6 MB: over the inbox, within the queue
  for (std::size_t n = 0; n < kCount; ++n) two.writer.host.send(kFirst, Bytes(limits::kFrameBytes, 1));
  CHECK(two.reader_core.run_until([&] { return two.reader.messages.size() == kCount; }));
}

TEST_CASE("what was called off is not heard of again") {
  Two two;
  two.b.host.dial(dial_to(two.port));
  two.b.host.close(kFirst);
  two.connect();  // under the same id, which a core would not do
  CHECK(two.b.opened.size() == 1);
  const auto session = two.a.opened.back().session;
  two.a.host.close(session);
  two.a.host.close(session);
  two.a.host.send(session, to_bytes("to nobody"));
  REQUIRE(two.core.run_until([&] { return !two.b.closed.empty(); }));
  CHECK(two.b.messages.empty());
}

TEST_CASE("draining sends what is queued, closes everything and says when it is done") {
  Two two;
  two.connect();
  bool done = false;
  two.b.host.send(kFirst, to_bytes("last words"));
  two.b.host.drain([&] { done = true; });
  REQUIRE(two.core.run_until([&] { return done && !two.a.closed.empty(); }));
  CHECK(two.a.messages.at(0).message == to_bytes("last words"));
  two.b.host.dial(dial_to(two.port, SessionId{kDialledSession | 2}));
  REQUIRE(two.core.run_until([&] { return !two.b.closed.empty(); }));
  CHECK(two.b.closed[0].reason == "this host is stopping");
}

TEST_CASE("draining waits neither for who is closed already nor for who has not finished the handshake") {
  Two two;
  two.connect();
  const auto silent = connect_raw(two.port);
  REQUIRE(two.core.run_until([&] {
    // A session behind the silent one: that one is in its handshake now.
    if (two.b.opened.size() == 1) two.b.host.dial(dial_to(two.port, SessionId{kDialledSession | 2}));
    return two.b.opened.size() == 2;
  }));
  bool done = false;
  two.a.host.close(two.a.opened[0].session);
  two.a.host.drain([&] { done = true; });
  CHECK(two.core.run_until([&] { return done; }));
  wait_for_end(silent);
}

TEST_CASE("one port serves both families, and an address that is taken is an error") {
  Core core;
  Side side(core);
  const auto bound = side.host.listen({{addr::IpAddress(), 0}});
  REQUIRE(bound);
  wait_for_end([&] {
    auto fd = connect_raw(bound->front().port);
    (void)::send(fd.get(), "GET / HTTP/1.0\r\n\r\n", 18, MSG_NOSIGNAL);
    return fd;
  }());
  Side second(core);
  const auto taken = second.host.listen({bound->front()});
  REQUIRE_FALSE(taken);
  CHECK(taken.error().message.find(bound->front().to_string()) != std::string::npos);
  CHECK_FALSE(taken.error().hint.empty());
  // IPv4 and IPv6 by name, side by side at one port.
  Side third(core);
  const auto both = third.host.listen({{addr::IpAddress::v4({127, 0, 0, 1}), 0}});
  REQUIRE(both);
  CHECK(third.host.listen(
      {{addr::IpAddress::v4({127, 0, 0, 2}), both->front().port}, {addr::IpAddress(), both->front().port}}));
}

}  // namespace
}  // namespace smeg::io
