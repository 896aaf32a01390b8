#include "io/udp_send.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "io/sockaddr.h"

namespace smeg::io {
namespace {

using internal::ControlBuffer;
using internal::SendControl;
using internal::SocketAddress;

constexpr std::size_t kMessagesPerCall = 1'024;  // UIO_MAXIOV: sendmmsg takes no more

bool wait_for_room(int fd, int wait_ms) {
  pollfd wait{fd, POLLOUT, 0};
  return poll(&wait, 1, wait_ms) > 0;
}

// One datagram, or a whole group that the kernel cuts.
struct Message {
  UdpPath path;
  std::uint8_t traffic_class = 0;
  std::span<const MutableByteView> datagrams;
  std::size_t first_piece = 0;
  SocketAddress to;
  ControlBuffer control;
};

}  // namespace

struct UdpSendBatch::State {
  void add_message(const UdpGroup& group, std::span<const MutableByteView> datagrams) {
    Message& message = messages.emplace_back();
    message.path = group.path;
    message.traffic_class = group.traffic_class;
    message.datagrams = datagrams;
    message.first_piece = pieces.size();
    for (const MutableByteView& datagram : datagrams) pieces.push_back({datagram.data(), datagram.size()});
  }

  void build_headers() {
    headers.resize(messages.size());
    for (std::size_t i = 0; i < messages.size(); ++i) {
      Message& message = messages[i];
      SendControl control{.traffic_class = message.traffic_class};
      if (message.datagrams.size() > 1) control.segment_bytes = static_cast<std::uint16_t>(message.datagrams[0].size());
      internal::to_socket_address(message.path.remote, message.path.interface, message.to);
      msghdr& header = headers[i].msg_hdr;
      header = {};
      header.msg_name = &message.to.any;
      header.msg_namelen = message.to.size;
      header.msg_iov = &pieces[message.first_piece];
      header.msg_iovlen = message.datagrams.size();
      header.msg_controllen = internal::store_control(message.path, control, message.control);
      if (header.msg_controllen > 0) header.msg_control = message.control.bytes.data();
    }
  }

  std::size_t run_end(std::size_t from) const {
    const bool v4 = messages[from].path.remote.address.is_v4();
    std::size_t end = from + 1;
    while (end < messages.size() && end - from < kMessagesPerCall && messages[end].path.remote.address.is_v4() == v4) {
      ++end;
    }
    return end;
  }

  // What the fast way can't send goes one by one, with all the care that UdpSockets::send takes.
  void send_singly(const UdpSockets& sockets, const Message& message, int wait_ms, Outcome& outcome) {
    const int fd = sockets.descriptor(family_of(message.path.remote.address));
    UdpPath path = message.path;
    for (const MutableByteView& datagram : message.datagrams) {
      Sent sent = sockets.send(datagram, path, message.traffic_class);
      if (sent == Sent::blocked && wait_for_room(fd, wait_ms))
        sent = sockets.send(datagram, path, message.traffic_class);
      if (sent == Sent::without_local) {
        outcome.without_local = path;
        path.local.reset();
      }
      const bool done = sent == Sent::done || sent == Sent::without_local;
      ++(done ? outcome.sent : outcome.failed);
    }
  }

  void send_run(const UdpSockets& sockets, std::size_t from, std::size_t end, int wait_ms, Outcome& outcome) {
    const int fd = sockets.descriptor(family_of(messages[from].path.remote.address));
    while (from < end) {
      const int sent = fd < 0 ? -1 : sendmmsg(fd, &headers[from], static_cast<unsigned>(end - from), MSG_NOSIGNAL);
      if (sent > 0) {
        for (int i = 0; i < sent; ++i) outcome.sent += messages[from++].datagrams.size();
        continue;
      }
      if (fd >= 0 && errno == EINTR) continue;
      if (fd >= 0 && errno == EAGAIN) {
        if (wait_for_room(fd, wait_ms)) continue;
        for (; from < end; ++from) outcome.failed += messages[from].datagrams.size();
        return;
      }
      // EIO: the network card or a transformation on the way can't cut (udp(7)).
      if (fd >= 0 && errno == EIO && messages[from].datagrams.size() > 1) segmentation = false;
      send_singly(sockets, messages[from++], wait_ms, outcome);
    }
  }

  std::vector<Message> messages;
  std::vector<mmsghdr> headers;
  std::vector<iovec> pieces;
  bool segmentation = true;
};

UdpSendBatch::UdpSendBatch() : state_(std::make_unique<State>()) {}
UdpSendBatch::~UdpSendBatch() = default;

void UdpSendBatch::add(const UdpGroup& group) {
  if (state_->segmentation) return state_->add_message(group, group.datagrams);
  for (std::size_t i = 0; i < group.datagrams.size(); ++i) state_->add_message(group, group.datagrams.subspan(i, 1));
}

UdpSendBatch::Outcome UdpSendBatch::flush(const UdpSockets& sockets, int wait_ms) {
  Outcome outcome;
  state_->build_headers();
  for (std::size_t from = 0; from < state_->messages.size();) {
    const std::size_t end = state_->run_end(from);
    state_->send_run(sockets, from, end, wait_ms, outcome);
    from = end;
  }
  state_->messages.clear();
  state_->pieces.clear();
  return outcome;
}

}  // namespace smeg::io
