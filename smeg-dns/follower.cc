#include "follower.h"

#include <chrono>

#include "log.h"

namespace smeg::nameserver {
namespace {

constexpr auto kPatience = std::chrono::milliseconds(500);  // for news, before the end is looked for
constexpr auto kFirstAnswer = std::chrono::seconds(10);     // for the daemon to say what there is
constexpr auto kBetweenTries = std::chrono::milliseconds(500);

}  // namespace

Follower::Follower(std::string socket, dns::ZoneOptions options, OnZone on_zone)
    : socket_(std::move(socket)),
      options_(std::move(options)),
      on_zone_(std::move(on_zone)),
      thread_([this] { run(); }) {}

Follower::~Follower() {
  ending_ = true;
  thread_.join();
}

void Follower::run() {
  while (!ending_) {
    if (const auto done = follow(); !done) complain(done.error());
    if (!ending_) std::this_thread::sleep_for(kBetweenTries);
  }
}

Result<void> Follower::follow() {
  auto client = ipc::ControlClient::connect(socket_);
  if (!client) return fail(client.error());
  auto snapshot = client->watch(kFirstAnswer);
  while (snapshot && !ending_) {
    take(*snapshot);
    // A silence is no error here: nothing has changed.
    for (auto ready = client->wait(kPatience); ready && !*ready && !ending_;) ready = client->wait(kPatience);
    if (!ending_) snapshot = client->next(kFirstAnswer);
  }
  if (!snapshot) return fail(snapshot.error());
  return {};
}

void Follower::take(const control::Snapshot& snapshot) {
  if (!complaint_.empty()) log("the daemon is back");
  complaint_.clear();
  auto zone = dns::Zone::make(options_, snapshot, zone_);
  if (zone == zone_) return;
  zone_ = std::move(zone);
  on_zone_(zone_);
}

void Follower::complain(const Error& error) {
  if (error.message == complaint_) return;
  complaint_ = error.message;
  log(zone_ ? "goes on with what was known" : "knows nothing yet", error);
}

}  // namespace smeg::nameserver
