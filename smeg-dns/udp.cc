#include "udp.h"

#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>

namespace smeg::nameserver {
namespace {

constexpr unsigned kBatch = 64;               // messages taken at once
constexpr unsigned kBatchesBeforeOthers = 8;  // then TCP, signals and the daemon's news have their turn
constexpr int kReceiveBytes = 1 << 20;        // of the kernel's queue: some thousand queries

addr::IpAddress client_of(const sockaddr_storage& from) {
  if (from.ss_family == AF_INET) {
    ByteArray<4> bytes;
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in&>(from).sin_addr, bytes.size());
    return addr::IpAddress::v4(bytes);
  }
  ByteArray<16> bytes;
  std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(from).sin6_addr, bytes.size());
  return addr::IpAddress::v6(bytes);
}

}  // namespace

// The buffers of one batch: queries as they come, and answers in the same order.
struct UdpServer::Batch {
  // Which of our addresses was asked: IP_PKTINFO or IPV6_PKTINFO, and the same one sends from it.
  union Control {
    cmsghdr head;
    std::array<std::uint8_t, CMSG_SPACE(sizeof(in6_pktinfo))> bytes;
  };
  std::array<mmsghdr, kBatch> in{};
  std::array<mmsghdr, kBatch> out{};
  std::array<iovec, kBatch> queries{};
  std::array<iovec, kBatch> answers{};
  std::array<sockaddr_storage, kBatch> from{};
  std::array<Control, kBatch> control{};
  std::array<ByteArray<limits::kDnsQueryBytes>, kBatch> query_bytes;
  std::array<ByteArray<limits::kDnsUdpAnswerBytes>, kBatch> answer_bytes;

  void prepare(bool tells_address) {
    for (unsigned i = 0; i < kBatch; ++i) {
      queries[i] = {query_bytes[i].data(), query_bytes[i].size()};
      in[i].msg_hdr = {&from[i], sizeof from[i], &queries[i], 1, nullptr, 0, 0};
      if (tells_address) {
        in[i].msg_hdr.msg_control = control[i].bytes.data();
        in[i].msg_hdr.msg_controllen = control[i].bytes.size();
      }
    }
  }
};

UdpServer::UdpServer(asio::io_context& loop, Answerer& answerer)
    : socket_(loop), answerer_(answerer), batch_(std::make_unique<Batch>()) {}

UdpServer::~UdpServer() = default;

Result<std::unique_ptr<UdpServer>> UdpServer::open(asio::io_context& loop, const addr::Endpoint& at,
                                                   Answerer& answerer) {
  auto server = open_at(loop, at, false, answerer);
  if (server && at.address.is_unspecified())
    if (auto told = (*server)->tell_address(at); !told) return fail(told.error());
  if (server) (*server)->wait();
  return server;
}

Result<std::unique_ptr<UdpServer>> UdpServer::open_for_members(asio::io_context& loop, const addr::Endpoint& at,
                                                               std::string interface, Answerer& answerer) {
  auto server = open_at(loop, at, true, answerer);
  if (!server) return server;
  if (auto told = (*server)->tell_address(at); !told) return fail(told.error());
  (*server)->clients_ = Clients::members;
  (*server)->interface_ = std::move(interface);
  (*server)->wait();
  return server;
}

Result<std::unique_ptr<UdpServer>> UdpServer::open_at(asio::io_context& loop, const addr::Endpoint& at,
                                                      bool may_be_absent, Answerer& answerer) {
  std::unique_ptr<UdpServer> server(new UdpServer(loop, answerer));
  asio::ip::udp::socket& socket = server->socket_;
  boost::system::error_code error;
  socket.open(at.address.is_v4() ? asio::ip::udp::v4() : asio::ip::udp::v6(), error);
  if (!error && at.address.is_v6()) socket.set_option(asio::ip::v6_only(true), error);
  const int on = 1;
  if (!error && may_be_absent && ::setsockopt(socket.native_handle(), IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof on) != 0)
    error = {errno, boost::system::system_category()};
  if (!error) socket.bind({to_asio(at.address), at.port}, error);
  if (!error) socket.non_blocking(true, error);
  if (error) return fail(cannot_listen(at, error));
  boost::system::error_code ignored;  // a smaller queue serves too
  socket.set_option(asio::socket_base::receive_buffer_size(kReceiveBytes), ignored);
  return server;
}

Result<void> UdpServer::tell_address(const addr::Endpoint& at) {
  const int on = 1;
  const bool v4 = at.address.is_v4();
  tells_address_ = true;
  if (::setsockopt(socket_.native_handle(), v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_PKTINFO : IPV6_RECVPKTINFO, &on,
                   sizeof on) == 0)
    return {};
  return fail(cannot_listen(at, {errno, boost::system::system_category()}));
}

bool UdpServer::is_from_mesh(const msghdr& message) const {
  if (clients_ == Clients::local) return true;
  const cmsghdr* const head = CMSG_FIRSTHDR(&message);
  if (!head || head->cmsg_level != IPPROTO_IPV6 || head->cmsg_type != IPV6_PKTINFO) return false;
  in6_pktinfo info{};
  std::memcpy(&info, CMSG_DATA(head), sizeof info);
  std::array<char, IF_NAMESIZE> name{};
  return ::if_indextoname(info.ipi6_ifindex, name.data()) != nullptr && interface_ == name.data();
}

// Where an answer goes that comes later, and from which of our addresses.
struct UdpServer::Return {
  sockaddr_storage to{};
  socklen_t to_bytes = 0;
  std::array<std::uint8_t, CMSG_SPACE(sizeof(in6_pktinfo))> control{};
  std::size_t control_bytes = 0;
  int socket = -1;
  std::weak_ptr<bool> alive;

  void send(ByteView answer) const {
    if (alive.expired()) return;
    iovec bytes{const_cast<std::uint8_t*>(answer.data()), answer.size()};
    sockaddr_storage client = to;
    Batch::Control from;
    from.bytes = control;
    const msghdr message{&client,       to_bytes, &bytes, 1, control_bytes != 0 ? from.bytes.data() : nullptr,
                         control_bytes, 0};
    ::sendmsg(socket, &message, MSG_DONTWAIT);
  }
};

void UdpServer::wait() {
  socket_.async_wait(asio::socket_base::wait_read, [this](const boost::system::error_code& error) {
    if (error == asio::error::operation_aborted) return;
    serve();
    wait();
  });
}

void UdpServer::serve() {
  for (unsigned i = 0; i < kBatchesBeforeOthers; ++i)
    if (serve_batch() < kBatch) return;
}

unsigned UdpServer::serve_batch() {
  Batch& batch = *batch_;
  batch.prepare(tells_address_);
  const int received = ::recvmmsg(socket_.native_handle(), batch.in.data(), kBatch, MSG_DONTWAIT, nullptr);
  if (received <= 0) return 0;
  const Instant at = now();
  unsigned ready = 0;
  for (unsigned i = 0; i < static_cast<unsigned>(received); ++i) {
    const msghdr& came = batch.in[i].msg_hdr;
    if ((came.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 || !is_from_mesh(came)) continue;
    const ByteView query(batch.query_bytes[i].data(), batch.in[i].msg_len);
    const auto later = [&] {
      const Return back{batch.from[i],       came.msg_namelen,        batch.control[i].bytes,
                        came.msg_controllen, socket_.native_handle(), alive_};
      return [back](ByteView answer) { back.send(answer); };
    };
    const std::size_t size =
        answerer_.by_udp(query, client_of(batch.from[i]), clients_, at, batch.answer_bytes[ready], later);
    if (size == 0) continue;
    batch.answers[ready] = {batch.answer_bytes[ready].data(), size};
    batch.out[ready].msg_hdr = {
        came.msg_name, came.msg_namelen, &batch.answers[ready], 1, came.msg_control, came.msg_controllen, 0};
    ++ready;
  }
  // One that can't be sent, to an address that is none or into a full queue, doesn't keep the others.
  for (unsigned sent = 0; sent < ready;) {
    const int done = ::sendmmsg(socket_.native_handle(), &batch.out[sent], ready - sent, MSG_DONTWAIT);
    sent += done > 0 ? static_cast<unsigned>(done) : 1;
  }
  return static_cast<unsigned>(received);
}

}  // namespace smeg::nameserver
