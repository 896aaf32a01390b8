// What is answered to whom, for the sockets.
#pragma once

#include <memory>

#include "dns/dns.h"

namespace smeg::nameserver {

// Job: holds the newest Zone and the limits of clients. Caller: the sockets, on the loop's thread. Never fails.
class Answerer {
 public:
  Answerer(unsigned rate, std::uint64_t secret) : limiter_(rate, secret) {}

  void set_zone(std::shared_ptr<const dns::Zone> zone) { zone_ = std::move(zone); }

  // The size of the answer; zero: none. out: limits::kDnsUdpAnswerBytes.
  std::size_t by_udp(ByteView query, const addr::IpAddress& client, Instant now, MutableByteView out) {
    switch (limiter_.ask(client, now)) {
      case dns::RateLimiter::Verdict::pass: return dns::answer(zone_.get(), query, dns::Transport::udp, out);
      case dns::RateLimiter::Verdict::truncate: return dns::answer_truncated(query, out);
      case dns::RateLimiter::Verdict::drop: break;
    }
    return 0;
  }
  // out: limits::kDnsTcpAnswerBytes.
  std::size_t by_tcp(ByteView query, MutableByteView out) {
    return dns::answer(zone_.get(), query, dns::Transport::tcp, out);
  }

 private:
  dns::RateLimiter limiter_;
  std::shared_ptr<const dns::Zone> zone_;
};

}  // namespace smeg::nameserver
