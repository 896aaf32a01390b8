#include "io/udp_receive.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>

#include "io/sockaddr.h"

namespace smeg::io {
namespace {

using internal::ControlBuffer;
using internal::SocketAddress;

// Room for the largest datagram. 17 pages, an odd number: slots a power of two apart would fight for the same lines of
// the caches.
constexpr std::size_t kSlotBytes = 17 * 4'096;
static_assert(kSlotBytes >= limits::kPacketBytes);

// Pages that are there only once they are touched. Huge ones would be there as a whole.
class LazyMemory {
 public:
  explicit LazyMemory(std::size_t bytes) : bytes_(bytes) {
    void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) std::abort();  // out of address space, as operator new would end it
    madvise(at, bytes, MADV_NOHUGEPAGE);
    at_ = static_cast<std::uint8_t*>(at);
  }
  LazyMemory(const LazyMemory&) = delete;
  LazyMemory& operator=(const LazyMemory&) = delete;
  ~LazyMemory() { munmap(at_, bytes_); }
  std::uint8_t* at(std::size_t offset) const { return at_ + offset; }

 private:
  std::uint8_t* at_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace

struct UdpReceiveBatch::State {
  explicit State(std::size_t capacity)
      : memory(capacity * kSlotBytes), headers(capacity), pieces(capacity), addresses(capacity), controls(capacity) {
    for (std::size_t i = 0; i < capacity; ++i) prepare(i);
  }

  // The kernel writes lengths into the header that it reads again at the next call.
  void prepare(std::size_t index) {
    msghdr& header = headers[index].msg_hdr;
    pieces[index] = {memory.at(index * kSlotBytes), limits::kPacketBytes};
    header.msg_name = &addresses[index].any;
    header.msg_namelen = sizeof(sockaddr_in6);
    header.msg_iov = &pieces[index];
    header.msg_iovlen = 1;
    header.msg_control = controls[index].bytes.data();
    header.msg_controllen = controls[index].bytes.size();
    header.msg_flags = 0;
  }

  // Cuts a message into its datagrams.
  void append(std::size_t index) {
    const std::size_t size = headers[index].msg_len;
    const msghdr& header = headers[index].msg_hdr;
    if (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) return;
    const std::size_t together = internal::load_segment_bytes(header);
    const std::size_t each = together > 0 ? together : std::max<std::size_t>(size, 1);
    for (std::size_t at = 0, count = 0; at < size && count < limits::kUdpSegments; at += each, ++count) {
      datagrams.push_back(
          {{memory.at(index * kSlotBytes) + at, std::min(each, size - at)}, static_cast<std::uint32_t>(index)});
    }
  }

  LazyMemory memory;
  std::vector<mmsghdr> headers;
  std::vector<iovec> pieces;
  std::vector<SocketAddress> addresses;
  std::vector<ControlBuffer> controls;
  std::vector<UdpDatagram> datagrams;
  std::size_t filled = 0;
};

UdpReceiveBatch::UdpReceiveBatch(std::size_t capacity) : state_(std::make_unique<State>(capacity)) {}
UdpReceiveBatch::~UdpReceiveBatch() = default;

std::span<const UdpDatagram> UdpReceiveBatch::receive(const UdpSockets& sockets, Family family) {
  State& state = *state_;
  state.datagrams.clear();
  for (std::size_t i = 0; i < state.filled; ++i) state.prepare(i);
  state.filled = 0;
  const int fd = sockets.descriptor(family);
  if (fd < 0) return {};
  const int got =
      recvmmsg(fd, state.headers.data(), static_cast<unsigned>(state.headers.size()), MSG_DONTWAIT, nullptr);
  if (got <= 0) return {};  // nothing there, or the late error of a datagram that was sent: the next call is clean
  state.filled = static_cast<std::size_t>(got);
  for (std::size_t i = 0; i < state.filled; ++i) state.append(i);
  return state.datagrams;
}

UdpArrival UdpReceiveBatch::arrival(std::uint32_t index) const {
  const msghdr& header = state_->headers[index].msg_hdr;
  const internal::ReceiveControl control = internal::load_control(header);
  SocketAddress from = state_->addresses[index];
  from.size = header.msg_namelen;
  return {{internal::to_endpoint(from), control.local, control.interface}, control.traffic_class};
}

}  // namespace smeg::io
