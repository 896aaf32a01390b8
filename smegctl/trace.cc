// The way of packets, hop by hop: ICMPv6 echo requests with growing hop limits (RFC 4443 section 3.3).
#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ostream>
#include <system_error>

#include "commands.h"

namespace smeg::ctl {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kMostHops = 16;
constexpr std::size_t kSilentHops = 3;  // in a row; then nobody further will answer
constexpr std::size_t kPayloadBytes = 56;

addr::IpAddress from_kernel(const sockaddr_in6& address) {
  ByteArray<16> bytes;
  std::memcpy(bytes.data(), address.sin6_addr.s6_addr, bytes.size());
  return addr::IpAddress::v6(bytes);
}

// One socket of the unprivileged kind, or a raw one for root; errors that routers send back are read from its queue.
class Probe {
 public:
  Probe() {
    fd_ = ::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMPV6);
    raw_ = fd_ < 0;
    if (raw_) fd_ = ::socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
  }
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;
  ~Probe() {
    if (fd_ >= 0) ::close(fd_);
  }

  Result<void> open(const addr::IpAddress& to) {
    if (fd_ < 0)
      return fail(Code::forbidden,
                  "this user may not send ICMPv6 echo requests: " + std::generic_category().message(errno),
                  "ask as root");
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    std::ranges::copy(to.view(), address.sin6_addr.s6_addr);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      return fail(Code::unavailable,
                  "there is no way to " + to.to_string() + ": " + std::generic_category().message(errno),
                  "see `smegctl route explain " + to.to_string() + "`");
    return {};
  }

  control::TraceHop ask(int hop_limit, Duration patience) {
    drain();
    ::setsockopt(fd_, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &hop_limit, sizeof hop_limit);
    std::array<std::uint8_t, sizeof(icmp6_hdr) + kPayloadBytes> packet{};
    icmp6_hdr header{};
    header.icmp6_type = ICMP6_ECHO_REQUEST;
    header.icmp6_id = id();
    header.icmp6_seq = htons(static_cast<std::uint16_t>(hop_limit));
    std::memcpy(packet.data(), &header, sizeof header);
    const auto sent = Clock::now();
    (void)::send(fd_, packet.data(), packet.size(), 0);
    while (true) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(sent + patience - Clock::now()).count();
      pollfd entry{fd_, POLLIN, 0};
      if (left <= 0 || ::poll(&entry, 1, static_cast<int>(left)) == 0) return {};
      auto hop = entry.revents & POLLERR ? take_error() : take_reply(hop_limit);
      if (!hop) continue;
      hop->rtt_ms = std::chrono::duration<double, std::milli>(Clock::now() - sent).count();
      return *hop;
    }
  }

 private:
  static std::uint16_t id() { return htons(static_cast<std::uint16_t>(::getpid() & 0xffff)); }

  // What came late belongs to an earlier request.
  void drain() {
    while (take_error()) {
    }
    std::array<std::uint8_t, 2'048> packet;
    while (::recv(fd_, packet.data(), packet.size(), MSG_DONTWAIT) > 0) {
    }
  }

  std::optional<control::TraceHop> take_reply(int hop_limit) const {
    std::array<std::uint8_t, 2'048> packet;
    sockaddr_in6 from{};
    socklen_t size = sizeof from;
    const ssize_t got =
        ::recvfrom(fd_, packet.data(), packet.size(), MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&from), &size);
    icmp6_hdr header{};
    if (got < static_cast<ssize_t>(sizeof header)) return std::nullopt;
    std::memcpy(&header, packet.data(), sizeof header);
    if (header.icmp6_type != ICMP6_ECHO_REPLY || (raw_ && header.icmp6_id != id())) return std::nullopt;
    if (ntohs(header.icmp6_seq) != hop_limit) return std::nullopt;
    return control::TraceHop{.from = from_kernel(from), .arrived = true};
  }

  std::optional<control::TraceHop> take_error() const {
    std::array<std::uint8_t, 512> text;
    alignas(cmsghdr) std::array<std::uint8_t, 512> control;
    iovec part{text.data(), text.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    if (::recvmsg(fd_, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return std::nullopt;
    for (cmsghdr* each = CMSG_FIRSTHDR(&message); each; each = CMSG_NXTHDR(&message, each)) {
      if (each->cmsg_level != IPPROTO_IPV6 || each->cmsg_type != IPV6_RECVERR) continue;
      struct {
        sock_extended_err error;
        sockaddr_in6 offender;
      } what{};
      std::memcpy(&what, CMSG_DATA(each), std::min<std::size_t>(sizeof what, each->cmsg_len - CMSG_LEN(0)));
      if (what.error.ee_origin != SO_EE_ORIGIN_ICMP6) continue;
      return control::TraceHop{.from = from_kernel(what.offender),
                               .unreachable = what.error.ee_type == ICMP6_DST_UNREACH};
    }
    return control::TraceHop{};
  }

  int fd_ = -1;
  bool raw_ = false;
};

bool is_over(const std::vector<control::TraceHop>& hops) {
  if (hops.back().arrived || hops.back().unreachable) return true;
  const auto silent = std::find_if(hops.rbegin(), hops.rend(), [](const auto& hop) { return hop.from.has_value(); });
  return static_cast<std::size_t>(silent - hops.rbegin()) >= kSilentHops;
}

}  // namespace

Outcome<> trace(const Invocation& with, const std::string& destination, Duration patience) {
  const auto snapshot = with.snapshot();
  if (!snapshot) return tl::unexpected(snapshot.error());
  const auto to = control::find_destination(*snapshot, destination);
  if (!to) return refused(to.error());
  if (!to->is_v6()) return refused({Code::unsupported, "meshes carry IPv6 alone", "write an IPv6 address"});
  Probe probe;
  if (auto ok = probe.open(*to); !ok) return refused(ok.error());
  std::vector<control::TraceHop> hops;
  do {
    hops.push_back(probe.ask(static_cast<int>(hops.size()) + 1, patience));
    if (!with.for_programs()) with.around.out << control::trace_line(*snapshot, hops.size(), hops.back()) << std::flush;
  } while (hops.size() < kMostHops && !is_over(hops));
  if (with.for_programs()) with.around.out << formatted(with.format, control::trace_json(*snapshot, *to, hops));
  const std::string verdict = control::trace_verdict(*snapshot, *to, hops);
  if (verdict.empty()) return {};
  return refused({Code::unavailable, verdict, "`smegctl route explain " + to->to_string() + "` says what is told"});
}

}  // namespace smeg::ctl
