#include "icmp.h"

#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace smeg::ctl {
namespace {

constexpr int kMostHops = 16;
constexpr std::size_t kSilentHops = 3;  // in a row; then nobody further will answer
constexpr std::size_t kReadBytes = 65'536;

std::uint16_t own_id() { return htons(static_cast<std::uint16_t>(::getpid() & 0xffff)); }

std::string words_of(int number) { return std::generic_category().message(number); }

io::Descriptor open_socket(bool& raw) {
  io::Descriptor out(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMPV6));
  raw = !out;
  if (raw) out = io::Descriptor(::socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6));
  return out;
}

Result<void> connect(const io::Descriptor& socket, const addr::IpAddress& to) {
  if (!socket)
    return fail(Code::forbidden, "this user may not send ICMPv6 echo requests: " + words_of(errno), "ask as root");
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  std::ranges::copy(to.view(), address.sin6_addr.s6_addr);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return {};
  return fail(Code::unavailable, "there is no way to " + to.to_string() + ": " + words_of(errno),
              "see `smegctl why " + to.to_string() + "`");
}

// An echo request of that payload; the unprivileged kind of socket puts its own id.
std::vector<std::uint8_t> request(std::uint16_t sequence, std::size_t payload) {
  std::vector<std::uint8_t> packet(sizeof(icmp6_hdr) + std::min(payload, kEchoMostPayload));
  icmp6_hdr header{};
  header.icmp6_type = ICMP6_ECHO_REQUEST;
  header.icmp6_id = own_id();
  header.icmp6_seq = htons(sequence);
  std::memcpy(packet.data(), &header, sizeof header);
  return packet;
}

int poll_until(const io::Descriptor& socket, Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  pollfd entry{socket.get(), POLLIN, 0};
  if (left <= 0 || ::poll(&entry, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000))) == 0) return 0;
  return entry.revents;
}

addr::IpAddress from_kernel(const sockaddr_in6& address) {
  ByteArray<16> bytes;
  std::memcpy(bytes.data(), address.sin6_addr.s6_addr, bytes.size());
  return addr::IpAddress::v6(bytes);
}

bool is_over(const std::vector<control::TraceHop>& hops) {
  if (hops.back().arrived || hops.back().unreachable) return true;
  const auto silent = std::find_if(hops.rbegin(), hops.rend(), [](const auto& hop) { return hop.from.has_value(); });
  return static_cast<std::size_t>(silent - hops.rbegin()) >= kSilentHops;
}

}  // namespace

// ---- Echo

Echo::Echo(const addr::IpAddress& to) : to_(to), socket_(open_socket(raw_)) {}

Result<void> Echo::open() {
  if (raw_ && socket_) {
    icmp6_filter only;
    ICMP6_FILTER_SETBLOCKALL(&only);
    ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &only);
    ::setsockopt(socket_.get(), IPPROTO_ICMPV6, ICMP6_FILTER, &only, sizeof only);
  }
  const int whole = 1;
  ::setsockopt(socket_.get(), IPPROTO_IPV6, IPV6_DONTFRAG, &whole, sizeof whole);
  return connect(socket_, to_);
}

Result<void> Echo::send(std::uint16_t sequence, std::size_t payload) {
  const auto packet = request(sequence, payload);
  sent_at_[sequence % kRememberedSends] = Clock::now();
  if (::send(socket_.get(), packet.data(), packet.size(), 0) >= 0) return {};
  const int error = errno;
  return fail(error == EPERM ? Code::forbidden : Code::unavailable, words_of(error));
}

std::optional<Echo::Answer> Echo::receive(Clock::time_point deadline) {
  std::vector<std::uint8_t> packet(kReadBytes);
  while (poll_until(socket_, deadline) != 0) {
    const ssize_t size = ::recv(socket_.get(), packet.data(), packet.size(), MSG_DONTWAIT);
    // An error here is an ICMPv6 message about a request: no answer, but more may come.
    if (size < static_cast<ssize_t>(sizeof(icmp6_hdr))) continue;
    icmp6_hdr header{};
    std::memcpy(&header, packet.data(), sizeof header);
    if (header.icmp6_type != ICMP6_ECHO_REPLY || (raw_ && header.icmp6_id != own_id())) continue;
    const std::uint16_t sequence = ntohs(header.icmp6_seq);
    const auto rtt = Clock::now() - sent_at_[sequence % kRememberedSends];
    return Answer{sequence, static_cast<std::size_t>(size), std::chrono::duration<double, std::milli>(rtt).count()};
  }
  return std::nullopt;
}

std::optional<std::size_t> Echo::path_mtu() const {
  int value = 0;
  socklen_t size = sizeof value;
  if (::getsockopt(socket_.get(), IPPROTO_IPV6, IPV6_MTU, &value, &size) != 0 || value <= 0) return std::nullopt;
  return static_cast<std::size_t>(value);
}

// ---- Probe

Probe::Probe() : socket_(open_socket(raw_)) {}

Result<void> Probe::open(const addr::IpAddress& to) {
  const int on = 1;
  ::setsockopt(socket_.get(), IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
  return connect(socket_, to);
}

control::TraceHop Probe::ask(int hop_limit, Duration patience) {
  drain();
  ::setsockopt(socket_.get(), IPPROTO_IPV6, IPV6_UNICAST_HOPS, &hop_limit, sizeof hop_limit);
  const auto packet = request(static_cast<std::uint16_t>(hop_limit), kEchoPayload);
  const auto sent = Clock::now();
  (void)::send(socket_.get(), packet.data(), packet.size(), 0);
  while (const int events = poll_until(socket_, sent + patience)) {
    auto hop = events & POLLERR ? take_error() : take_reply(hop_limit);
    if (!hop) continue;
    hop->rtt_ms = std::chrono::duration<double, std::milli>(Clock::now() - sent).count();
    return *hop;
  }
  return {};
}

// What came late belongs to an earlier request.
void Probe::drain() {
  while (take_error()) {
  }
  std::array<std::uint8_t, 2'048> packet;
  while (::recv(socket_.get(), packet.data(), packet.size(), MSG_DONTWAIT) > 0) {
  }
}

std::optional<control::TraceHop> Probe::take_reply(int hop_limit) const {
  std::array<std::uint8_t, 2'048> packet;
  sockaddr_in6 from{};
  socklen_t size = sizeof from;
  const ssize_t got =
      ::recvfrom(socket_.get(), packet.data(), packet.size(), MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&from), &size);
  icmp6_hdr header{};
  if (got < static_cast<ssize_t>(sizeof header)) return std::nullopt;
  std::memcpy(&header, packet.data(), sizeof header);
  if (header.icmp6_type != ICMP6_ECHO_REPLY || (raw_ && header.icmp6_id != own_id())) return std::nullopt;
  if (ntohs(header.icmp6_seq) != hop_limit) return std::nullopt;
  return control::TraceHop{.from = from_kernel(from), .arrived = true};
}

std::optional<control::TraceHop> Probe::take_error() const {
  std::array<std::uint8_t, 512> text;
  alignas(cmsghdr) std::array<std::uint8_t, 512> control;
  iovec part{text.data(), text.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (::recvmsg(socket_.get(), &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return std::nullopt;
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

std::vector<control::TraceHop> trace_way(Probe& probe, Duration patience,
                                         const std::function<void(std::size_t, const control::TraceHop&)>& seen) {
  std::vector<control::TraceHop> hops;
  do {
    hops.push_back(probe.ask(static_cast<int>(hops.size()) + 1, patience));
    if (seen) seen(hops.size(), hops.back());
  } while (hops.size() < kMostHops && !is_over(hops));
  return hops;
}

}  // namespace smeg::ctl
