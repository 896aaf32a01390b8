// A TUN interface: the end of a tunnel that the kernel routes whole IP packets into.
#pragma once

#include <string>

#include "io/descriptor.h"

namespace smeg::io {

// What one attempt to read or write brought.
enum class Transfer {
  done,
  blocked,  // nothing there, or no room; wait with poll
  down,     // the interface is down: what was written is lost
  gone,     // the interface was deleted; nothing will ever come again
  failed,   // this packet only: the kernel didn't take it
};

// One queue of a TUN interface, without packet information, non-blocking. The interface lives as long as the queue.
// read() from one thread, write() from one thread, at the same time; the rest from any. Fails by results.
class Tun {
 public:
  // Makes the interface; fails with exists where there is one of that name, whoever holds it. Needs CAP_NET_ADMIN.
  static Result<Tun> create(const std::string& name);
  // Takes a queue that somebody else has opened (as wireguard-go's WG_TUN_FD): IFF_TUN and IFF_NO_PI, no
  // IFF_VNET_HDR.
  static Result<Tun> adopt(Descriptor queue);

  int descriptor() const { return queue_.get(); }
  const std::string& name() const { return name_; }  // at the time of creation
  unsigned index() const { return index_; }

  // Bytes, without any header; 68 to 65535.
  Result<unsigned> mtu() const;
  Result<void> set_mtu(unsigned mtu) const;
  Result<bool> is_up() const;
  // How many packets wait in the kernel while nobody reads; further ones are dropped. 500 at first.
  Result<void> set_queue_length(unsigned packets) const;

  // One packet. A buffer that is too small gets the front of it. size is set where the result is done.
  Transfer read(MutableByteView into, std::size_t& size) const;
  Transfer write(ByteView packet) const;

 private:
  Tun(Descriptor queue, std::string name, unsigned index);

  Descriptor queue_;
  std::string name_;
  unsigned index_ = 0;
};

// Whether the kernel takes that as the name of an interface: 1 to 15 bytes, no space, slash or colon, not "." or "..".
bool is_interface_name(std::string_view name);

}  // namespace smeg::io
