#include "io/udp_batch.h"

#include <poll.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstdlib>

#include "io/sockaddr.h"

namespace smeg::io {
namespace {

using internal::PacketInfo;
using internal::SocketAddress;

constexpr std::size_t kPageBytes = 4'096;

// Pages that are there only once they are touched. Huge ones would be there as a whole.
class LazyMemory {
 public:
  explicit LazyMemory(std::size_t bytes) : bytes_(bytes) {
    void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) std::abort();  // as operator new would: out of address space
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

// Whole pages, an odd number of them: slots a power of two apart would fight for the same lines of the caches.
std::size_t stride_for(std::size_t datagram_bytes) {
  const std::size_t pages = (datagram_bytes + kPageBytes - 1) / kPageBytes;
  return (pages | 1) * kPageBytes;
}

bool wait_for_room(int fd, int wait_ms) {
  pollfd wait{fd, POLLOUT, 0};
  return poll(&wait, 1, wait_ms) > 0;
}

}  // namespace

struct UdpReceiveBatch::State {
  State(std::size_t capacity, std::size_t limit)
      : datagram_bytes(limit),
        stride(stride_for(limit)),
        memory(capacity * stride),
        headers(capacity),
        pieces(capacity),
        addresses(capacity),
        infos(capacity) {}

  void prepare(std::size_t index) {
    msghdr& header = headers[index].msg_hdr;
    pieces[index] = {memory.at(index * stride), datagram_bytes};
    header.msg_name = &addresses[index].any;
    header.msg_namelen = sizeof(sockaddr_in6);
    header.msg_iov = &pieces[index];
    header.msg_iovlen = 1;
    header.msg_control = infos[index].bytes.data();
    header.msg_controllen = infos[index].bytes.size();
    header.msg_flags = 0;
  }

  std::size_t datagram_bytes;
  std::size_t stride;
  LazyMemory memory;
  std::vector<mmsghdr> headers;
  std::vector<iovec> pieces;
  std::vector<SocketAddress> addresses;
  std::vector<PacketInfo> infos;
  std::size_t filled = 0;
};

UdpReceiveBatch::UdpReceiveBatch(std::size_t capacity, std::size_t datagram_bytes)
    : state_(std::make_unique<State>(capacity, datagram_bytes)) {
  for (std::size_t i = 0; i < capacity; ++i) state_->prepare(i);
}
UdpReceiveBatch::~UdpReceiveBatch() = default;

std::size_t UdpReceiveBatch::capacity() const {
  return state_->headers.size();
}

std::size_t UdpReceiveBatch::receive(const UdpSockets& sockets, Family family) {
  const int fd = sockets.descriptor(family);
  if (fd < 0) return 0;
  for (std::size_t i = 0; i < state_->filled; ++i) state_->prepare(i);  // the kernel wrote lengths into the headers
  state_->filled = 0;
  const int got = recvmmsg(fd, state_->headers.data(), static_cast<unsigned>(capacity()), MSG_DONTWAIT, nullptr);
  if (got <= 0) return 0;  // nothing there, or an error that an earlier datagram of ours met: the next call is clean
  for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i) {
    state_->addresses[i].size = state_->headers[i].msg_hdr.msg_namelen;
    if (state_->headers[i].msg_hdr.msg_flags & MSG_TRUNC) state_->headers[i].msg_len = 0;
  }
  return state_->filled = static_cast<std::size_t>(got);
}

MutableByteView UdpReceiveBatch::data(std::size_t index) {
  return {state_->memory.at(index * state_->stride), state_->headers[index].msg_len};
}

UdpPath UdpReceiveBatch::path(std::size_t index) const {
  UdpPath path;
  path.remote = internal::to_endpoint(state_->addresses[index]);
  internal::load_packet_info(state_->headers[index].msg_hdr, path);
  return path;
}

struct UdpSendBatch::State {
  explicit State(std::size_t capacity)
      : headers(capacity), pieces(capacity), addresses(capacity), infos(capacity), families(capacity) {}

  // The end of the run of one family that starts at index.
  std::size_t run_end(std::size_t index) const {
    std::size_t end = index + 1;
    while (end < size && families[end] == families[index]) ++end;
    return end;
  }

  // What to do about the datagram at which sendmmsg stopped.
  enum class Next { again, skip, wait };
  Next judge(std::size_t index, int error_number) {
    msghdr& header = headers[index].msg_hdr;
    if (error_number == EINTR) return Next::again;
    if (error_number == EAGAIN) return Next::wait;
    if (header.msg_controllen == 0 || !internal::blames_local(error_number)) return Next::skip;
    header.msg_control = nullptr;
    header.msg_controllen = 0;
    local_dropped = index;
    return Next::again;
  }

  void note_sent(std::size_t from, std::size_t count, Outcome& outcome) {
    outcome.sent += count;
    if (local_dropped < from || local_dropped >= from + count) return;
    ++outcome.without_local;
    outcome.last_without_local = internal::to_endpoint(addresses[local_dropped]);
  }

  void send_run(int fd, std::size_t from, std::size_t end, int wait_ms, Outcome& outcome) {
    while (from < end) {
      const int sent = sendmmsg(fd, &headers[from], static_cast<unsigned>(end - from), MSG_NOSIGNAL);
      if (sent > 0) {
        note_sent(from, static_cast<std::size_t>(sent), outcome);
        from += static_cast<std::size_t>(sent);
        continue;
      }
      const Next next = judge(from, sent < 0 ? errno : EAGAIN);
      if (next == Next::again || (next == Next::wait && wait_for_room(fd, wait_ms))) continue;
      const std::size_t lost = next == Next::skip ? 1 : end - from;
      outcome.failed += lost;
      from += lost;
    }
  }

  std::vector<mmsghdr> headers;
  std::vector<iovec> pieces;
  std::vector<SocketAddress> addresses;
  std::vector<PacketInfo> infos;
  std::vector<Family> families;
  std::size_t size = 0;
  std::size_t local_dropped = SIZE_MAX;  // the datagram that goes without its local address
};

UdpSendBatch::UdpSendBatch(std::size_t capacity) : state_(std::make_unique<State>(capacity)) {}
UdpSendBatch::~UdpSendBatch() = default;

bool UdpSendBatch::full() const {
  return state_->size == state_->headers.size();
}

void UdpSendBatch::add(ByteView datagram, const UdpPath& path) {
  const std::size_t index = state_->size++;
  state_->families[index] = family_of(path.remote.address);
  state_->pieces[index] = {const_cast<std::uint8_t*>(datagram.data()), datagram.size()};
  internal::to_socket_address(path.remote, path.interface, state_->addresses[index]);
  const std::size_t info_bytes = internal::store_packet_info(path, state_->infos[index]);
  msghdr& header = state_->headers[index].msg_hdr;
  header = {};
  header.msg_name = &state_->addresses[index].any;
  header.msg_namelen = state_->addresses[index].size;
  header.msg_iov = &state_->pieces[index];
  header.msg_iovlen = 1;
  header.msg_control = info_bytes > 0 ? state_->infos[index].bytes.data() : nullptr;
  header.msg_controllen = info_bytes;
}

UdpSendBatch::Outcome UdpSendBatch::flush(const UdpSockets& sockets, int wait_ms) {
  Outcome outcome;
  for (std::size_t from = 0; from < state_->size;) {
    const std::size_t end = state_->run_end(from);
    const int fd = sockets.descriptor(state_->families[from]);
    if (fd < 0) {
      outcome.failed += end - from;
    } else {
      state_->send_run(fd, from, end, wait_ms, outcome);
    }
    from = end;
  }
  state_->size = 0;
  state_->local_dropped = SIZE_MAX;
  return outcome;
}

}  // namespace smeg::io
