#include "netlink/attributes.h"

#include <algorithm>

namespace smeg::netlink {

std::string attribute_text(ByteView payload) {
  const auto end = std::find(payload.begin(), payload.end(), std::uint8_t{0});
  return std::string(payload.begin(), end);
}

tl::unexpected<Error> attribute_too_short() {
  return fail(Code::malformed, "the kernel sent a netlink attribute that is too short");
}
tl::unexpected<Error> attribute_cut_off() {
  return fail(Code::malformed, "the kernel sent a netlink attribute that is cut off");
}
tl::unexpected<Error> message_too_short() {
  return fail(Code::malformed, "the kernel sent a netlink message that is too short");
}

}  // namespace smeg::netlink
