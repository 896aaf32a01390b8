// Initiations that cost an engine a lot if it looks at them, and from addresses that prove nothing.
#include <fmt/format.h>

#include "fleet.h"
#include "pace.h"
#include "wireguard/cookie.h"

namespace smeg::fleet {

int send_junk(const Task& task) {
  auto sockets = io::UdpSockets::open(0, 0);
  if (!sockets) return 2;
  SeededRng chance(1);
  wireguard::CookieJar jar(task.engine);
  const Pace pace(task.rate);
  std::uint64_t sent = 0;
  std::uint64_t lost = 0;
  while (pace.elapsed() < std::chrono::seconds(task.seconds)) {
    for (const std::uint64_t due = pace.due(); sent + lost < due;) {
      wireguard::Initiation initiation;
      initiation.sender = static_cast<std::uint32_t>(chance.next());
      for (auto& byte : initiation.ephemeral) byte = static_cast<std::uint8_t>(chance.next());
      Bytes bytes = encode(initiation);
      jar.stamp(bytes, io::OsClock::now());
      const auto from = address_of(task, static_cast<std::uint32_t>(chance.next() % task.count));
      const bool done = sockets->send(bytes, {task.at, from, 0}, 0) == io::Sent::done;
      ++(done ? sent : lost);
    }
    Pace::rest();
  }
  const double seconds = std::chrono::duration<double>(pace.elapsed()).count();
  fmt::print("{} sent, {:.0f} a second, {} not sent\n", sent, static_cast<double>(sent) / seconds, lost);
  return 0;
}

}  // namespace smeg::fleet
