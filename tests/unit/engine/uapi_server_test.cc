#include "engine/uapi_server.h"

#include <poll.h>
#include <unistd.h>

#include <thread>

#include "engine/wake.h"
#include "unit/engine/uapi_test_folder.h"

using namespace smeg;
using namespace smeg::engine;

namespace {

// A server in a thread of its own, as the engine's clients see it.
class Served {
 public:
  explicit Served(std::size_t reply_bytes = 0, Duration patience = std::chrono::hours(1)) : reply_bytes_(reply_bytes) {
    auto socket = UapiSocket::listen(at.folder, "wg0");
    auto loop = Loop::make();
    auto stop = Wake::make();
    REQUIRE(socket);
    REQUIRE(loop);
    REQUIRE(stop);
    socket_ = std::make_unique<UapiSocket>(std::move(*socket));
    loop_ = std::move(*loop);
    stop_ = std::make_unique<Wake>(std::move(*stop));
    server_ = std::make_unique<UapiServer>(
        *loop_, *socket_, [this](const wireguard::UapiRequest& request) { return answer(request); }, patience);
    REQUIRE(server_->start());
    REQUIRE(loop_->watch(stop_->descriptor(), 1, [this](std::uint32_t) { loop_->stop(); }));
    thread_ = std::thread([this] { ran_ = loop_->run([] {}).has_value(); });
  }
  ~Served() {
    stop_->ring();
    thread_.join();
    CHECK(ran_);
  }

  const UapiTestFolder at;

 private:
  std::string answer(const wireguard::UapiRequest& request) const {
    if (std::holds_alternative<wireguard::DeviceConfig>(request)) return wireguard::uapi_set_reply({});
    return reply_bytes_ > 0 ? std::string(reply_bytes_, 'x') : "listen_port=7\nerrno=0\n\n";
  }

  std::size_t reply_bytes_;
  std::unique_ptr<UapiSocket> socket_;
  std::unique_ptr<Loop> loop_;
  std::unique_ptr<Wake> stop_;
  std::unique_ptr<UapiServer> server_;
  std::thread thread_;
  bool ran_ = false;
};

void send_text(const io::Descriptor& to, std::string_view text) {
  REQUIRE(write(to.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

// Reads until that many bytes came, or the end.
std::string receive_text(const io::Descriptor& from, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) {
    pollfd wait{from.get(), POLLIN, 0};
    if (poll(&wait, 1, 20'000) != 1) break;
    std::string piece(bytes - text.size(), '\0');
    const ssize_t got = read(from.get(), piece.data(), piece.size());
    if (got <= 0) break;
    text.append(piece, 0, static_cast<std::size_t>(got));
  }
  return text;
}

constexpr std::string_view kGetReply = "listen_port=7\nerrno=0\n\n";

}  // namespace

TEST_CASE("a client may ask as often as it likes, in pieces and in a row") {
  const Served served;
  const auto client = served.at.connect("wg0");
  REQUIRE(client);
  send_text(client, "get=1\n\n");
  CHECK(receive_text(client, kGetReply.size()) == kGetReply);
  for (const char letter : std::string_view("get=1\n\n")) send_text(client, {&letter, 1});
  CHECK(receive_text(client, kGetReply.size()) == kGetReply);
  send_text(client, "get=1\n\nset=1\nlisten_port=9\n\nget=1\n\n");
  const std::string all = std::string(kGetReply) + "errno=0\n\n" + std::string(kGetReply);
  CHECK(receive_text(client, all.size()) == all);
}

TEST_CASE("several clients are served side by side") {
  const Served served;
  std::vector<io::Descriptor> clients;
  for (std::size_t i = 0; i < limits::kUapiClients; ++i) clients.push_back(served.at.connect("wg0"));
  for (const auto& client : clients) send_text(client, "get=1\n");
  for (const auto& client : clients) send_text(client, "\n");
  for (const auto& client : clients) CHECK(receive_text(client, kGetReply.size()) == kGetReply);
}

TEST_CASE("one more than may be there waits until another leaves") {
  const Served served;
  std::vector<io::Descriptor> clients;
  for (std::size_t i = 0; i < limits::kUapiClients + 1; ++i) clients.push_back(served.at.connect("wg0"));
  send_text(clients.back(), "get=1\n\n");
  for (std::size_t i = 0; i < limits::kUapiClients; ++i) {
    send_text(clients[i], "get=1\n\n");
    CHECK(receive_text(clients[i], kGetReply.size()) == kGetReply);
  }
  pollfd wait{clients.back().get(), POLLIN, 0};
  CHECK(poll(&wait, 1, 0) == 0);
  clients[3].reset();
  CHECK(receive_text(clients.back(), kGetReply.size()) == kGetReply);
}

TEST_CASE("where patience is at an end, the one that was silent longest makes room") {
  const Served served(0, Duration::zero());
  std::vector<io::Descriptor> clients;
  for (std::size_t i = 0; i < limits::kUapiClients + 1; ++i) {
    clients.push_back(served.at.connect("wg0"));
    send_text(clients.back(), "get=1\n\n");
    CHECK(receive_text(clients.back(), kGetReply.size()) == kGetReply);
  }
  CHECK(receive_text(clients.front(), 1).empty());
  send_text(clients[1], "get=1\n\n");
  CHECK(receive_text(clients[1], kGetReply.size()) == kGetReply);
}

TEST_CASE("a large reply goes out in pieces, and only then the next question is answered") {
  constexpr std::size_t kBytes = 3'000'000;
  const Served served(kBytes);
  const auto slow = served.at.connect("wg0");
  send_text(slow, "get=1\n\nget=1\n\n");
  const auto other = served.at.connect("wg0");  // nobody waits for the slow one
  send_text(other, "set=1\n\n");
  CHECK(receive_text(other, 9) == "errno=0\n\n");
  CHECK(receive_text(slow, 2 * kBytes) == std::string(2 * kBytes, 'x'));
}

TEST_CASE("a request that can't be understood gets an error, and one beyond all bounds the end") {
  const Served served;
  const auto client = served.at.connect("wg0");
  send_text(client, "set=1\nlisten_port=many\n\n");
  CHECK(receive_text(client, 11) == "errno=-22\n\n");
  send_text(client, "get=1\n\n");
  CHECK(receive_text(client, kGetReply.size()) == kGetReply);
  const auto rude = served.at.connect("wg0");
  send_text(rude, std::string(10'000, 'a'));
  const std::string last = receive_text(rude, 100);
  CHECK(last.starts_with("errno="));
  CHECK(last.ends_with("\n\n"));
}

TEST_CASE("a client that leaves in the middle of a reply leaves the server whole") {
  const Served served(3'000'000);
  for (int i = 0; i < 3; ++i) {
    const auto client = served.at.connect("wg0");
    send_text(client, "get=1\n\n");
    CHECK(receive_text(client, 10) == std::string(10, 'x'));
  }
  const auto client = served.at.connect("wg0");
  send_text(client, "set=1\n\n");
  CHECK(receive_text(client, 9) == "errno=0\n\n");
}
