// News of one network interface from the kernel.
#pragma once

#include <optional>

#include "io/descriptor.h"

namespace smeg::io {

// How an interface stands.
struct LinkState {
  bool there = false;
  bool up = false;
  unsigned mtu = 0;  // bytes; 0 where unknown

  friend bool operator==(const LinkState&, const LinkState&) = default;
};

// Listens to the kernel's link messages (rtnetlink, RTM_NEWLINK and RTM_DELLINK) for one interface, in the network
// namespace in which it was opened. One thread. Sends nothing, so that it needs no privilege. Messages that were lost
// for want of room show as an unknown state: ask the interface itself then.
class LinkWatch {
 public:
  static Result<LinkWatch> open(unsigned index);

  int descriptor() const { return socket_.get(); }  // non-blocking; readable when there is news

  struct News {
    std::optional<LinkState> state;  // the newest; nothing where no message was about this interface
    bool lost = false;               // messages were lost
  };
  // Takes all messages that wait.
  News take();

 private:
  LinkWatch(Descriptor socket, unsigned index) : socket_(std::move(socket)), index_(index) {}
  Descriptor socket_;
  unsigned index_;
};

// What one datagram of rtnetlink says of that interface. Part of LinkWatch, for tests.
std::optional<LinkState> parse_link_messages(ByteView datagram, unsigned index);

}  // namespace smeg::io
