#include "daemon_link.h"

#include <chrono>
#include <thread>

#include "ipc/ipc.h"

namespace smeg::http {
namespace {

using namespace std::chrono_literals;

constexpr Duration kAnswerTime = 10s;  // for a Snapshot
constexpr Duration kSilence = 60s;     // without a newer one: is the daemon still there?
constexpr auto kRetryPause = 500ms;
constexpr auto kSnapshotsApart =
    200ms;  // what comes in between is skipped by the daemon: a large one takes time to read

DaemonLink::Snapshot shared(control::Snapshot snapshot) {
  return std::make_shared<const control::Snapshot>(std::move(snapshot));
}

}  // namespace

DaemonLink::DaemonLink(boost::asio::io_context& loop, std::string socket, OnSnapshot on_snapshot, OnLost on_lost)
    : loop_(loop),
      socket_(std::move(socket)),
      on_snapshot_(std::move(on_snapshot)),
      on_lost_(std::move(on_lost)),
      workers_(limits::kCommandsInFlight) {}

void DaemonLink::start() {
  std::thread([this] { follow(); }).detach();
}

void DaemonLink::ask(control::Command command, OnReply on_reply) {
  boost::asio::post(workers_, [this, command = std::move(command), on_reply = std::move(on_reply)]() mutable {
    auto client = ipc::ControlClient::connect(socket_);
    Result<control::Reply> reply =
        client ? client->call(command, limits::kCommandTime) : Result<control::Reply>(fail(client.error()));
    Snapshot now;
    // The daemon publishes before it answers: this is the state that the command made.
    if (reply)
      if (auto snapshot = client->get(kAnswerTime)) now = shared(*std::move(snapshot));
    boost::asio::post(loop_, [on_reply = std::move(on_reply), reply = std::move(reply), now = std::move(now)] {
      on_reply(reply, now);
    });
  });
}

void DaemonLink::follow() {
  while (true) {
    boost::asio::post(loop_, [this, why = follow_once()] { on_lost_(why); });
    std::this_thread::sleep_for(kRetryPause);
  }
}

Error DaemonLink::follow_once() {
  while (true) {
    auto client = ipc::ControlClient::connect(socket_);
    if (!client) return client.error();
    auto snapshot = client->watch(kAnswerTime);
    if (!snapshot) return snapshot.error();
    // A daemon that has nothing new to say and one that hangs look alike: from time to time it is asked afresh.
    for (bool first = true; snapshot; first = false) {
      boost::asio::post(loop_, [this, first, taken = shared(*std::move(snapshot))] { on_snapshot_(taken, first); });
      std::this_thread::sleep_for(kSnapshotsApart);
      snapshot = client->next(kSilence);
    }
  }
}

}  // namespace smeg::http
