#include "io/session_socket.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

#include "io/descriptor.h"

namespace smeg::io {
namespace {

constexpr int kBacklog = 128;
constexpr int kKeepAliveIdleSeconds = 30;
constexpr int kKeepAliveIntervalSeconds = 5;

void set_option(int fd, int level, int name, int value) { (void)::setsockopt(fd, level, name, &value, sizeof value); }

tl::unexpected<Error> cannot_listen(const addr::Endpoint& at, const boost::system::error_code& error) {
  return fail(os_error("can't listen at " + at.to_string(), error.value(),
                       "is another program at that port? Choose another one with `gRPCPort` or `listen`"));
}

}  // namespace

Tcp::endpoint to_asio(const addr::Endpoint& endpoint) {
  const ByteView bytes = endpoint.address.view();
  if (endpoint.address.is_v4()) {
    boost::asio::ip::address_v4::bytes_type v4;
    std::copy(bytes.begin(), bytes.end(), v4.begin());
    return {boost::asio::ip::address_v4(v4), endpoint.port};
  }
  boost::asio::ip::address_v6::bytes_type v6;
  std::copy(bytes.begin(), bytes.end(), v6.begin());
  return {boost::asio::ip::address_v6(v6), endpoint.port};
}

addr::Endpoint from_asio(const Tcp::endpoint& endpoint) {
  const auto address = endpoint.address();
  if (address.is_v4()) return {addr::IpAddress::v4(address.to_v4().to_bytes()), endpoint.port()};
  const auto v6 = address.to_v6();
  if (!v6.is_v4_mapped()) return {addr::IpAddress::v6(v6.to_bytes()), endpoint.port()};
  const auto bytes = v6.to_bytes();
  return {addr::IpAddress::v4({bytes[12], bytes[13], bytes[14], bytes[15]}), endpoint.port()};
}

Result<void> mark_socket(int fd, std::uint32_t mark) {
  if (mark == 0 || ::setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof mark) == 0) return {};
  return fail(os_error("can't mark a socket", errno, "smegd needs the capability CAP_NET_ADMIN"));
}

void tune_socket(int fd, Duration dead_after) {
  const auto dead_ms = std::chrono::duration_cast<std::chrono::milliseconds>(dead_after).count();
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(dead_ms));
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, kKeepAliveIdleSeconds);
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, kKeepAliveIntervalSeconds);
}

Result<Tcp::acceptor> listen_at(boost::asio::io_context& loop, const addr::Endpoint& at, bool v6_only,
                                std::uint32_t mark) {
  Tcp::acceptor acceptor(loop);
  const auto where = to_asio(at);
  boost::system::error_code error;
  acceptor.open(where.protocol(), error);
  if (error) return cannot_listen(at, error);
  if (auto marked = mark_socket(acceptor.native_handle(), mark); !marked) return fail(marked.error());
  acceptor.set_option(Tcp::acceptor::reuse_address(true), error);
  if (!error && at.address.is_v6()) acceptor.set_option(boost::asio::ip::v6_only(v6_only), error);
  if (!error) acceptor.bind(where, error);
  if (!error) acceptor.listen(kBacklog, error);
  if (error) return cannot_listen(at, error);
  return acceptor;
}

}  // namespace smeg::io
