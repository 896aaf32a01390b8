// What is answered to whom, for the sockets.
#pragma once

#include <memory>

#include "dns/dns.h"
#include "forwarder.h"

namespace smeg::nameserver {

// Who asks at a socket.
enum class Clients {
  local,    // whoever the operator lets: loopback, unless told otherwise
  members,  // members of this host's meshes, through their tunnels
};

// Job: holds the newest Zone and the limits of clients; decides what is answered at once and what has to be asked
// elsewhere. Caller: the sockets, on the loop's thread. Never fails.
class Answerer {
 public:
  Answerer(asio::io_context& loop, unsigned rate, std::uint64_t secret, std::uint16_t port)
      : limiter_(rate, secret), forwarder_(loop, port) {}

  void set_zone(std::shared_ptr<const dns::Zone> zone) { zone_ = std::move(zone); }

  // Whom an address stands for. Before the first Zone nobody is known for a member.
  addr::Prefix as_client(const addr::IpAddress& from) const {
    static const std::vector<dns::OwnPlace> kNowhere;
    return dns::client_of(from, zone_ ? zone_->own() : kNowhere);
  }

  // The size of the answer; zero: none, or none yet. out: limits::kDnsUdpAnswerBytes. later() gives what takes one that
  // comes later, and is called where there will be one.
  using Send = std::function<void(ByteView answer)>;
  template <class Later>
  std::size_t by_udp(ByteView query, const addr::IpAddress& client, Clients clients, Instant at, MutableByteView out,
                     Later later) {
    const bool member = clients == Clients::members;
    switch (limiter_.ask(as_client(client), at)) {
      case dns::RateLimiter::Verdict::pass: break;
      // Members find no TCP here. One that is told no goes on to the next bridge at once.
      case dns::RateLimiter::Verdict::truncate:
        return member ? dns::answer_refused(query, out) : dns::answer_truncated(query, out);
      case dns::RateLimiter::Verdict::drop: return 0;
    }
    if (member && (!is_member(client) || !dns::asks_by_mesh_id(*zone_, query))) return dns::answer_refused(query, out);
    const std::size_t size = dns::answer(zone_.get(), query, dns::Transport::udp, out);
    if (!member && !is_local(client) && !is_member(client)) return size;
    const auto name = is_missing(out.first(size)) ? dns::remote_name(*zone_, query) : std::nullopt;
    if (!name) return size;
    if (const auto known = forwarder_.known(*name))
      return dns::answer_remote(*zone_, query, known, dns::Transport::udp, out);
    forwarder_.ask(zone_, *name,
                   [zone = zone_, query = Bytes(query.begin(), query.end()),
                    send = Send(later())](const std::optional<dns::RemoteAnswer>& answer) {
                     Bytes bytes(limits::kDnsUdpAnswerBytes);
                     const std::size_t written = dns::answer_remote(*zone, query, answer, dns::Transport::udp, bytes);
                     if (written != 0) send(ByteView(bytes).first(written));
                   });
    return 0;
  }
  // What would have to be asked elsewhere is known already, or fails: UDP comes first, and its answers are small. out:
  // limits::kDnsTcpAnswerBytes.
  std::size_t by_tcp(ByteView query, MutableByteView out) {
    const std::size_t size = dns::answer(zone_.get(), query, dns::Transport::tcp, out);
    const auto name = is_missing(out.first(size)) ? dns::remote_name(*zone_, query) : std::nullopt;
    if (!name) return size;
    return dns::answer_remote(*zone_, query, forwarder_.known(*name), dns::Transport::tcp, out);
  }

 private:
  static bool is_missing(ByteView answer) {
    constexpr std::uint8_t kRcode = 0x0f;
    return answer.size() >= dns::kHeaderBytes && (answer[3] & kRcode) == static_cast<int>(dns::Rcode::nx_domain);
  }
  static bool is_local(const addr::IpAddress& client) { return client.is_loopback(); }
  bool is_member(const addr::IpAddress& client) const {
    return zone_ && std::ranges::any_of(zone_->own(), [&](const auto& own) { return own.prefix.contains(client); });
  }

  dns::RateLimiter limiter_;
  std::shared_ptr<const dns::Zone> zone_;
  Forwarder forwarder_;
};

}  // namespace smeg::nameserver
