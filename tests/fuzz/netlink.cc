// Datagrams from the kernel: link, address, route and setting messages, news of the packet filter, errors with the
// kernel's own text, ends of dumps.
#include <cstdlib>

#include "netlink/codec.h"

namespace {

// Text that goes into logs and replies stays on one line and in bounds.
void check_ack(const smeg::netlink::Ack& ack) {
  if (ack.error_number < 0 || ack.text.size() > smeg::limits::kKernelTextBytes) std::abort();
  for (const char c : smeg::netlink::to_error(ack, "test").message) {
    if (static_cast<unsigned char>(c) < 0x20) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const smeg::Bytes datagram(data, data + size);  // aligned, as a socket's buffer is
  (void)smeg::netlink::decode_netfilter(datagram);
  const auto messages = smeg::netlink::decode(datagram);
  if (!messages) return 0;
  for (const auto& message : *messages) {
    if (const auto* ack = std::get_if<smeg::netlink::Ack>(&message.body)) check_ack(*ack);
    if (const auto* done = std::get_if<smeg::netlink::Done>(&message.body)) check_ack(done->ack);
    if (const auto* link = std::get_if<smeg::netlink::LinkMessage>(&message.body)) {
      (void)smeg::netstate::owner_of(link->alias);
      (void)smeg::netstate::InterfaceName::parse(link->name);
    }
    const auto* filter = std::get_if<smeg::netlink::FilterMessage>(&message.body);
    if (filter && filter->destination && !filter->destination->address().is_v6()) std::abort();
    const auto* address = std::get_if<smeg::netlink::AddressMessage>(&message.body);
    if (address && address->address.prefix_length > address->address.address.bits()) std::abort();
  }
  return 0;
}
