// ICMPv6 echo (RFC 4443 section 4) to a member, printed as ping prints it.
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ostream>
#include <system_error>

#include "commands.h"

namespace smeg::ctl {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kPayloadBytes = 56;  // as ping's
constexpr std::size_t kRememberedSends = 1'024;

struct Totals {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  double least_ms = 0;
  double most_ms = 0;
  double sum_ms = 0;
};

// Sends echo requests to one address and takes the answers. A socket of the unprivileged kind where the kernel has one
// (ping_group_range), else a raw one, for root.
class Echo {
 public:
  explicit Echo(const addr::IpAddress& to) : to_(to) {
    fd_ = ::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMPV6);
    if (fd_ < 0) {
      fd_ = ::socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
      raw_ = true;
    }
  }
  Echo(const Echo&) = delete;
  Echo& operator=(const Echo&) = delete;
  ~Echo() {
    if (fd_ >= 0) ::close(fd_);
  }

  Result<void> open() {
    if (fd_ < 0)
      return fail(Code::forbidden,
                  "this user may not send ICMPv6 echo requests: " + std::generic_category().message(errno),
                  "ask as root");
    if (raw_) filter();
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    std::ranges::copy(to_.view(), address.sin6_addr.s6_addr);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      return fail(Code::unavailable,
                  "there is no way to " + to_.to_string() + ": " + std::generic_category().message(errno),
                  "see `smegctl status`");
    return {};
  }

  Result<void> send(std::uint16_t sequence) {
    std::array<std::uint8_t, sizeof(icmp6_hdr) + kPayloadBytes> packet{};
    icmp6_hdr header{};
    header.icmp6_type = ICMP6_ECHO_REQUEST;
    header.icmp6_id = id();  // the unprivileged kind puts its own
    header.icmp6_seq = htons(sequence);
    std::memcpy(packet.data(), &header, sizeof header);
    sent_at_[sequence % kRememberedSends] = Clock::now();
    if (::send(fd_, packet.data(), packet.size(), 0) >= 0) return {};
    return fail(Code::unavailable, std::generic_category().message(errno));
  }

  // The next answer before the deadline: its sequence number and round trip. Nothing if there is none.
  struct Answer {
    std::uint16_t sequence;
    std::size_t bytes;
    double rtt_ms;
  };
  std::optional<Answer> receive(Clock::time_point deadline) {
    std::array<std::uint8_t, 2'048> packet;
    while (true) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
      pollfd entry{fd_, POLLIN, 0};
      if (left <= 0 || ::poll(&entry, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000))) == 0)
        return std::nullopt;
      const ssize_t size = ::recv(fd_, packet.data(), packet.size(), MSG_DONTWAIT);
      // An error here is an ICMPv6 message about a request: no answer, but more may come.
      if (size < static_cast<ssize_t>(sizeof(icmp6_hdr))) continue;
      icmp6_hdr header{};
      std::memcpy(&header, packet.data(), sizeof header);
      if (header.icmp6_type != ICMP6_ECHO_REPLY || (raw_ && header.icmp6_id != id())) continue;
      const std::uint16_t sequence = ntohs(header.icmp6_seq);
      const auto rtt = Clock::now() - sent_at_[sequence % kRememberedSends];
      return Answer{sequence, static_cast<std::size_t>(size), std::chrono::duration<double, std::milli>(rtt).count()};
    }
  }

 private:
  static std::uint16_t id() { return htons(static_cast<std::uint16_t>(::getpid() & 0xffff)); }
  void filter() const {
    icmp6_filter only;
    ICMP6_FILTER_SETBLOCKALL(&only);
    ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &only);
    ::setsockopt(fd_, IPPROTO_ICMPV6, ICMP6_FILTER, &only, sizeof only);
  }

  addr::IpAddress to_;
  int fd_ = -1;
  bool raw_ = false;
  std::array<Clock::time_point, kRememberedSends> sent_at_{};
};

std::string milliseconds(double value) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), value < 10 ? "%.2f" : "%.1f", value);
  return text.data();
}

void note(Totals& totals, double rtt_ms) {
  totals.least_ms = totals.received ? std::min(totals.least_ms, rtt_ms) : rtt_ms;
  totals.most_ms = std::max(totals.most_ms, rtt_ms);
  totals.sum_ms += rtt_ms;
  ++totals.received;
}

// Sends one request and prints what comes until the next is due. last: waits for its own answer alone.
void round(Echo& echo, const std::string& from, Totals& totals, Clock::time_point until, bool last, std::ostream& out) {
  const auto sequence = static_cast<std::uint16_t>(++totals.sent);
  if (const auto sent = echo.send(sequence); !sent)
    out << "seq=" << sequence << ": " << sent.error().message << std::endl;
  while (const auto answer = echo.receive(until)) {
    note(totals, answer->rtt_ms);
    out << answer->bytes << " bytes from " << from << ": seq=" << answer->sequence
        << " time=" << milliseconds(answer->rtt_ms) << " ms" << std::endl;
    if (last && totals.received == totals.sent) return;
  }
}

void print_totals(const Totals& totals, const std::string& to, std::ostream& out) {
  const std::uint64_t lost = totals.sent - std::min(totals.sent, totals.received);
  out << "--- " << to << ": " << totals.sent << " sent, " << totals.received << " received, "
      << (totals.sent ? lost * 100 / totals.sent : 0) << "% lost\n";
  if (totals.received)
    out << "rtt min/avg/max = " << milliseconds(totals.least_ms) << '/'
        << milliseconds(totals.sum_ms / static_cast<double>(totals.received)) << '/' << milliseconds(totals.most_ms)
        << " ms\n";
}

struct Target {
  addr::IpAddress address;
  std::string label;
};

// A member, or a guest. A guest's name is given in full, so that it goes before the beginning of a member's, but not
// before an alias.
Result<Target> find_target(const control::MeshView& mesh, const std::string& text) {
  const auto member = control::find_member(mesh, {text});
  const auto guest = control::find_guest(mesh, text);
  if (member && (!guest || (*member)->alias == text)) return Target{(*member)->address, control::label(**member)};
  if (guest) return Target{(*guest)->address, control::label(**guest)};
  return fail(guest.error().code == Code::conflict ? guest.error() : member.error());
}

}  // namespace

Outcome<> ping_member(const Invocation& with, const PingOptions& options) {
  const auto mesh = with.chosen_mesh();
  if (!mesh) return tl::unexpected(mesh.error());
  const auto target = find_target(*mesh, options.member);
  if (!target) return refused(target.error());
  const std::string address = target->address.to_string();
  Echo echo(target->address);
  if (auto ok = echo.open(); !ok) return refused(ok.error());
  std::ostream& out = with.around.out;
  if (!with.for_programs()) out << "PING " << target->label << " (" << address << ")" << std::endl;
  std::ostream nowhere(nullptr);
  Totals totals;
  while (totals.sent < options.count) {
    const bool last = totals.sent + 1 == options.count;
    const auto wait = last ? options.timeout : options.interval;
    round(echo, address, totals, Clock::now() + wait, last, with.for_programs() ? nowhere : out);
  }
  if (with.for_programs()) {
    const double mean_ms = totals.received ? totals.sum_ms / static_cast<double>(totals.received) : 0;
    out << formatted(with.format, control::ping_json({address, totals.sent, totals.received, totals.least_ms, mean_ms,
                                                      totals.most_ms}));
  } else {
    print_totals(totals, target->label, out);
  }
  if (totals.received) return {};
  return refused({Code::unavailable, "no answer from " + target->label, "`smegctl status` says how it is seen"});
}

}  // namespace smeg::ctl
