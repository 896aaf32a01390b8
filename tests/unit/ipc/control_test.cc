#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "unit/ipc/test_daemon.h"

using namespace smeg;
using namespace smeg::ipc;
using namespace std::chrono_literals;

namespace {

constexpr Duration kPatience = 10s;

control::Snapshot snapshot_of(std::uint64_t version) {
  control::Snapshot snapshot;
  snapshot.version = version;
  snapshot.daemon.version = "0.1.0";
  return snapshot;
}

TestDaemon::Answer always(Result<control::Reply> reply) {
  return [reply](control::CommandId, const control::Command&) { return reply; };
}

// A client that writes and reads plain bytes.
class RawClient {
 public:
  explicit RawClient(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() { ::close(fd_); }

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t size = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (size <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(size));
    }
  }
  // Up to a newline, which is left out; "(end)" where the daemon closes.
  std::string line() {
    std::string out;
    char c = 0;
    while (::recv(fd_, &c, 1, 0) == 1) {
      if (c == '\n') return out;
      out += c;
    }
    return out + "(end)";
  }

 private:
  int fd_;
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("commands are handed on and answered") {
  const ScratchFolder folder;
  control::Command seen;
  TestDaemon daemon(folder / "s", [&](control::CommandId, const control::Command& command) {
    seen = command;
    return control::Reply(control::Done{});
  });
  auto client = ControlClient::connect(folder / "s");
  REQUIRE(client);
  const control::Command asked = control::AliasSet{{"office"}, "carol"};
  CHECK(client->call(asked, kPatience).value() == control::Reply(control::Done{}));
  CHECK(client->call(asked, kPatience).has_value());
  daemon.on_loop([&] { CHECK(seen == asked); });
}

TEST_CASE("a refusal reaches the client as it was, and the connection stays good") {
  const ScratchFolder folder;
  const Error refusal{Code::forbidden, "this host may not invite", "ask the creator"};
  const TestDaemon daemon(folder / "s", always(fail(refusal)));
  auto client = ControlClient::connect(folder / "s");
  REQUIRE(client);
  CHECK(client->call(control::InviteCreate{}, kPatience).error() == refusal);
  CHECK(!client->lost());
  CHECK(client->call(control::KeyRotate{}, kPatience).error() == refusal);
}

TEST_CASE("an answer may come later, and to others first") {
  const ScratchFolder folder;
  std::vector<control::CommandId> waiting;
  std::promise<void> both;
  TestDaemon daemon(folder / "s",
                    [&](control::CommandId id, const control::Command&) -> std::optional<Result<control::Reply>> {
                      waiting.push_back(id);
                      if (waiting.size() == 2) both.set_value();
                      return std::nullopt;
                    });
  RawClient one(folder / "s");
  RawClient two(folder / "s");
  one.write(R"({"jsonrpc":"2.0","id":"one","method":"mesh.leave"})"
            "\n");
  two.write(R"({"jsonrpc":"2.0","id":"two","method":"mesh.leave"})"
            "\n");
  both.get_future().wait();
  daemon.answer(waiting[1], control::Reply(control::Done{}));
  daemon.answer(waiting[0], control::Reply(control::Done{}));
  CHECK(has(one.line(), R"("id":"one","result":{})"));
  CHECK(has(two.line(), R"("id":"two","result":{})"));
  daemon.answer(waiting[0], control::Reply(control::Done{}));  // a second answer is ignored
}

TEST_CASE("a client that goes before it is answered harms nobody") {
  const ScratchFolder folder;
  std::promise<control::CommandId> asked;
  TestDaemon daemon(folder / "s",
                    [&](control::CommandId id, const control::Command&) -> std::optional<Result<control::Reply>> {
                      asked.set_value(id);
                      return std::nullopt;
                    });
  {
    RawClient gone(folder / "s");
    gone.write(R"({"jsonrpc":"2.0","id":1,"method":"mesh.leave"})"
               "\n");
    daemon.answer(asked.get_future().get(), control::Reply(control::Done{}));
  }
  daemon.publish(snapshot_of(1));
  CHECK(ControlClient::connect(folder / "s")->get(kPatience)->version == 1);
}

TEST_CASE("get is answered from the newest snapshot, watch goes on with newer ones") {
  const ScratchFolder folder;
  TestDaemon daemon(folder / "s", always(control::Reply(control::Done{})));
  auto client = ControlClient::connect(folder / "s");
  REQUIRE(client);
  CHECK(client->get(kPatience).error().code == Code::unavailable);
  daemon.publish(snapshot_of(1));
  CHECK(client->get(kPatience)->version == 1);
  CHECK(client->watch(kPatience)->version == 1);
  CHECK(client->wait(0s) == false);
  daemon.publish(snapshot_of(2));
  CHECK(client->wait(kPatience) == true);
  CHECK(client->next(kPatience)->version == 2);
  // What comes in quick succession is told as one, and the last is never left out.
  for (std::uint64_t version = 3; version <= 50; ++version) daemon.publish(snapshot_of(version));
  std::uint64_t last = 0;
  int notices = 0;
  for (; last != 50; ++notices) {
    const auto next = client->next(kPatience);
    REQUIRE(next);
    CHECK(next->version > last);
    last = next->version;
  }
  CHECK(notices < 48);
  CHECK(client->next(0s).error().code == Code::unavailable);  // nothing more
}

TEST_CASE("a watcher that does not read holds up neither the daemon nor others") {
  const ScratchFolder folder;
  TestDaemon daemon(folder / "s", always(control::Reply(control::Done{})));
  control::Snapshot big = snapshot_of(1);
  big.daemon.problems.assign(limits::kProblemsShown, control::Problem{.message = std::string(64 * 1'024, 'x')});
  daemon.publish(big);
  RawClient slow(folder / "s");
  slow.write(R"({"jsonrpc":"2.0","id":1,"method":"watch"})"
             "\n");
  auto quick = ControlClient::connect(folder / "s");
  REQUIRE(quick);
  for (std::uint64_t version = 2; version < 20; ++version) {
    big.version = version;
    daemon.publish(big);
    CHECK(quick->get(kPatience)->version == version);
  }
}

TEST_CASE("what is no request is answered with an error") {
  const ScratchFolder folder;
  TestDaemon daemon(folder / "s", always(control::Reply(control::Done{})));
  RawClient client(folder / "s");
  client.write("\r\n\nnonsense\r\n{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"nothing\"}\n");
  CHECK(has(client.line(), R"("id":null,"error":{"code":-32700)"));
  CHECK(has(client.line(), R"("id":4,"error":{"code":-32601)"));
  // Several requests at once are answered in order; one may come in pieces.
  client.write(R"({"jsonrpc":"2.0","id":5,"method":"mesh.leave"})"
               "\n"
               R"({"jsonrpc":"2.0","id":6,)");
  CHECK(has(client.line(), R"("id":5,"result":{})"));
  client.write(R"("method":"mesh.leave"})"
               "\n");
  CHECK(has(client.line(), R"("id":6,"result":{})"));
}

TEST_CASE("a line without an end is cut off") {
  const ScratchFolder folder;
  TestDaemon daemon(folder / "s", always(control::Reply(control::Done{})));
  RawClient client(folder / "s");
  client.write(std::string(limits::kControlLineBytes + 1, ' ') + "x");
  client.write(std::string(limits::kControlLineBytes + 1, 'x'));
  CHECK(has(client.line(), "at most 131072 bytes"));
  CHECK(client.line() == "(end)");
}

TEST_CASE("clients beyond the limit are told so") {
  const ScratchFolder folder;
  TestDaemon daemon(folder / "s", always(control::Reply(control::Done{})));
  std::vector<std::unique_ptr<RawClient>> clients;
  for (std::size_t i = 0; i < limits::kControlClients; ++i) {
    clients.push_back(std::make_unique<RawClient>(folder / "s"));
    clients.back()->write(R"({"jsonrpc":"2.0","id":1,"method":"mesh.leave"})"
                          "\n");
    CHECK(has(clients.back()->line(), "result"));
  }
  auto late = ControlClient::connect(folder / "s");
  REQUIRE(late);
  const auto refused = late->call(control::MeshLeave{}, kPatience);
  CHECK(refused.error().message == "too many programs use the control socket");
  // A place that becomes free is taken.
  clients.pop_back();
  Result<control::Reply> reply = refused;
  for (int i = 0; i < 100 && !reply; ++i)
    reply = ControlClient::connect(folder / "s")->call(control::MeshLeave{}, kPatience);
  CHECK(reply.has_value());
}

TEST_CASE("a client without a daemon") {
  const ScratchFolder folder;
  CHECK(ControlClient::connect(folder / "s").error().code == Code::unavailable);
  CHECK(ControlClient::connect("").error().code == Code::unavailable);
  CHECK(ControlClient::connect(std::string(200, 'x')).error().code == Code::unavailable);
  { const TestDaemon daemon(folder / "s", always(control::Reply(control::Done{}))); }
  CHECK(ControlClient::connect(folder / "s").error().code == Code::unavailable);
}

TEST_CASE("a daemon that goes away or does not answer") {
  const ScratchFolder folder;
  auto daemon = std::make_unique<TestDaemon>(
      folder / "s", [](control::CommandId, const control::Command&) -> std::optional<Result<control::Reply>> {
        return std::nullopt;
      });
  auto client = ControlClient::connect(folder / "s");
  REQUIRE(client);
  CHECK(client->call(control::MeshLeave{}, 20ms).error().message == "the daemon does not answer");
  CHECK(client->lost());
  auto other = ControlClient::connect(folder / "s");
  REQUIRE(other);
  daemon.reset();
  CHECK(other->call(control::MeshLeave{}, kPatience).error().code == Code::unavailable);
  CHECK(other->lost());
}

TEST_CASE("a user who is neither root, the daemon's own nor in the group is refused") {
  if (::geteuid() != 0) return;  // nobody else can play another user
  const ScratchFolder folder;
  TestDaemon daemon(folder / "s", always(control::Reply(control::Done{})));
  daemon.publish(snapshot_of(1));
  // Even where somebody has opened the file to all.
  ::chmod((folder / "").c_str(), 0755);
  ::chmod((folder / "s").c_str(), 0666);
  const pid_t child = ::fork();
  if (child == 0) {
    constexpr unsigned kNobody = 65'534;
    if (::setgid(kNobody) != 0 || ::setuid(kNobody) != 0) ::_exit(2);
    auto client = ControlClient::connect(folder / "s");
    if (!client) ::_exit(3);
    const auto refused = client->get(kPatience);
    ::_exit(!refused && refused.error().code == Code::forbidden ? 0 : 1);
  }
  REQUIRE(child > 0);
  int status = -1;
  CHECK(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
