// A long and untidy wire, for daemon/forty: two TAP devices, and what enters one leaves the other DELAY_MS later, and
// up to JITTER_MS more, so that frames overtake one another.
//
//   slow_link NEAR FAR DELAY_MS JITTER_MS SEED
//
// Makes both devices in its network namespace, from where they may be moved. Ends at SIGTERM, and says then how many
// frames it passed on and how many of them were overtaken.
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <random>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kFrameBytes = 65'536;
constexpr std::size_t kFramesWaiting = 65'536;

volatile sig_atomic_t ending = 0;

[[noreturn]] void refuse(const char* why) {
  std::fprintf(stderr, "slow_link: %s: %s\n", why, std::strerror(errno));
  std::exit(2);
}

int open_tap(const char* name) {
  const int fd = ::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) refuse("/dev/net/tun");
  ifreq request{};
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (::ioctl(fd, TUNSETIFF, &request) < 0) refuse(name);
  return fd;
}

unsigned number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) refuse("not a number");
  return value;
}

// One direction.
class Wire {
 public:
  Wire(int from, int to, unsigned delay_ms, unsigned jitter_ms, unsigned seed)
      : from_(from), to_(to), delay_(delay_ms), jitter_us_(0, jitter_ms * 1'000), random_(seed) {}

  void take(Clock::time_point now) {
    static std::array<char, kFrameBytes> frame;
    ssize_t size = 0;
    while ((size = ::read(from_, frame.data(), frame.size())) > 0) {
      if (waiting_.size() >= kFramesWaiting) continue;
      const auto due = now + delay_ + std::chrono::microseconds(jitter_us_(random_));
      const auto place = waiting_.emplace(due, std::vector<char>(frame.data(), frame.data() + size));
      overtaken_ += std::next(place) != waiting_.end();
    }
  }

  void give(Clock::time_point now) {
    while (!waiting_.empty() && waiting_.begin()->first <= now) {
      const auto& frame = waiting_.begin()->second;
      // A device that is down takes nothing: such a frame is lost, as on any wire.
      passed_ += ::write(to_, frame.data(), frame.size()) == static_cast<ssize_t>(frame.size());
      waiting_.erase(waiting_.begin());
    }
  }

  Clock::time_point next() const { return waiting_.empty() ? Clock::time_point::max() : waiting_.begin()->first; }
  unsigned long passed() const { return passed_; }
  unsigned long overtaken() const { return overtaken_; }

 private:
  int from_;
  int to_;
  std::chrono::milliseconds delay_;
  std::uniform_int_distribution<unsigned> jitter_us_;
  std::minstd_rand random_;
  std::multimap<Clock::time_point, std::vector<char>> waiting_;
  unsigned long passed_ = 0;
  unsigned long overtaken_ = 0;
};

timespec until(Clock::time_point due) {
  constexpr auto kLongest = std::chrono::nanoseconds(std::chrono::seconds(1));
  auto left = kLongest;
  if (due != Clock::time_point::max()) left = std::clamp(std::chrono::nanoseconds(due - Clock::now()), {}, kLongest);
  return {left.count() / 1'000'000'000, left.count() % 1'000'000'000};
}

}  // namespace

int main(int count, char** values) {
  if (count != 6) {
    std::fprintf(stderr, "usage: slow_link NEAR FAR DELAY_MS JITTER_MS SEED\n");
    return 2;
  }
  const int near = open_tap(values[1]);
  const int far = open_tap(values[2]);
  const unsigned delay_ms = number(values[3]);
  const unsigned jitter_ms = number(values[4]);
  const unsigned seed = number(values[5]);
  Wire out(near, far, delay_ms, jitter_ms, seed);
  Wire in(far, near, delay_ms, jitter_ms, seed + 1);
  struct sigaction action {};
  action.sa_handler = [](int) { ending = 1; };
  ::sigaction(SIGTERM, &action, nullptr);
  while (ending == 0) {
    std::array<pollfd, 2> ready{pollfd{near, POLLIN, 0}, pollfd{far, POLLIN, 0}};
    const timespec wait = until(std::min(out.next(), in.next()));
    if (::ppoll(ready.data(), ready.size(), &wait, nullptr) < 0 && errno != EINTR) refuse("ppoll");
    const auto now = Clock::now();
    out.take(now);
    in.take(now);
    out.give(now);
    in.give(now);
  }
  std::printf("%lu passed, %lu overtaken\n", out.passed() + in.passed(), out.overtaken() + in.overtaken());
  return 0;
}
