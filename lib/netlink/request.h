// A netlink request that grows: header, fixed part, attributes (libmnl). Used inside this module only.
#pragma once

#include <libmnl/libmnl.h>

#include "addr/addr.h"
#include "crypto/crypto.h"

namespace smeg::netlink {

// The caller sees to it that all fits: has_room() where that isn't clear from the start.
class Request {
 public:
  Request(std::uint16_t type, int flags, std::size_t capacity = 1'024)
      : buffer_(capacity), header_(mnl_nlmsg_put_header(buffer_.data())) {
    header_->nlmsg_type = type;
    header_->nlmsg_flags = static_cast<std::uint16_t>(flags);
  }
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  template <class Fixed>
  Fixed& fixed() {
    return *static_cast<Fixed*>(mnl_nlmsg_put_extra_header(header_, sizeof(Fixed)));
  }
  void put(std::uint16_t type, std::uint32_t value) { mnl_attr_put_u32(header_, type, value); }
  void put_short(std::uint16_t type, std::uint16_t value) { mnl_attr_put_u16(header_, type, value); }
  void put_byte(std::uint16_t type, std::uint8_t value) { mnl_attr_put_u8(header_, type, value); }
  void put(std::uint16_t type, const std::string& text) { mnl_attr_put_strz(header_, type, text.c_str()); }
  void put(std::uint16_t type, ByteView bytes) { mnl_attr_put(header_, type, bytes.size(), bytes.data()); }
  void put(std::uint16_t type, const addr::IpAddress& address) { put(type, address.view()); }
  nlattr* open(std::uint16_t type) { return mnl_attr_nest_start(header_, type); }
  void close(nlattr* nest) { mnl_attr_nest_end(header_, nest); }

  bool has_room(std::size_t bytes) const { return buffer_.size() - header_->nlmsg_len >= bytes; }
  // The request, which is then this object's no more.
  Bytes take() {
    buffer_.resize(header_->nlmsg_len);
    return std::move(buffer_);
  }

 private:
  Bytes buffer_;
  nlmsghdr* header_;
};

}  // namespace smeg::netlink
