// Watches many daemons at once, for daemon/forty: what each of them shows of every member, from the first to the last
// change.
//
//   witness HOST=SOCKET...
//
// A line for every change, flushed at once: MILLISECONDS HOST MEMBER STATE, the time since the witness began, MEMBER an
// alias, or an address where there is none. `MILLISECONDS HOST - gone` when a daemon goes; it is looked for until it is
// back. Runs until it is ended.
#include <chrono>
#include <cstdio>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "ipc/ipc.h"

using namespace smeg;

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kPatience = std::chrono::seconds(10);           // for the first Snapshot
constexpr auto kBetweenTries = std::chrono::milliseconds(50);  // while no daemon is there

// Shared by the threads; a line is written whole.
class Protocol {
 public:
  void say(const std::string& host, std::string_view member, std::string_view state) {
    const std::scoped_lock lock(mutex_);
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun_).count();
    std::printf("%lld %s %.*s %.*s\n", static_cast<long long>(ms), host.c_str(), static_cast<int>(member.size()),
                member.data(), static_cast<int>(state.size()), state.data());
    std::fflush(stdout);
  }

 private:
  std::mutex mutex_;
  Clock::time_point begun_ = Clock::now();
};

// What one host shows. One thread.
class Watch {
 public:
  Watch(std::string host, std::string socket, Protocol& protocol)
      : host_(std::move(host)), socket_(std::move(socket)), protocol_(protocol) {}

  [[noreturn]] void run() {
    while (true) {
      if (auto client = ipc::ControlClient::connect(socket_)) follow(*client);
      std::this_thread::sleep_for(kBetweenTries);
    }
  }

 private:
  void follow(ipc::ControlClient& client) {
    auto snapshot = client.watch(kPatience);
    if (!snapshot) return;
    for (; snapshot; snapshot = client.next(std::nullopt)) compare(*snapshot);
    protocol_.say(host_, "-", "gone");
  }

  void compare(const control::Snapshot& snapshot) {
    for (const auto& mesh : snapshot.meshes)
      for (const auto& member : mesh.members) {
        const std::string who = member.alias.empty() ? member.address.to_string() : member.alias;
        const auto [known, fresh] = shown_.try_emplace(who, member.state);
        if (!fresh && known->second == member.state) continue;
        known->second = member.state;
        protocol_.say(host_, who, name(member.state));
      }
  }

  std::string host_;
  std::string socket_;
  Protocol& protocol_;
  std::map<std::string, control::MemberState> shown_;
};

}  // namespace

int main(int count, char** values) {
  Protocol protocol;
  std::vector<std::thread> threads;
  for (const std::string_view word : std::vector<std::string_view>(values + 1, values + count)) {
    const auto mark = word.find('=');
    if (mark == std::string_view::npos) {
      std::fprintf(stderr, "witness: not HOST=SOCKET: %.*s\n", static_cast<int>(word.size()), word.data());
      return 2;
    }
    threads.emplace_back([&protocol, host = std::string(word.substr(0, mark)),
                          socket = std::string(word.substr(mark + 1))] { Watch(host, socket, protocol).run(); });
  }
  for (auto& thread : threads) thread.join();
  return 0;
}
