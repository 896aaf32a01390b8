// Records in wire form, as answers hold them. For this module alone.
#pragma once

#include <string>
#include <string_view>

#include "addr/addr.h"
#include "dns/name.h"
#include "dns/query.h"
#include "dns/zone.h"

namespace smeg::dns {

// A set of one record, whose owner is what was asked.
RrSet address_record(const addr::IpAddress& address, std::uint32_t ttl);  // A or AAAA
RrSet pointer_record(Type type, const Name& target, std::uint32_t ttl);   // PTR or NS
// RFC 1035 section 3.3.13; its last field is the TTL of negative answers (RFC 2308 section 4).
RrSet start_record(const Name& origin, std::uint32_t serial, std::uint32_t ttl);
// Several addresses of one family.
RrSet address_records(const std::vector<addr::IpAddress>& addresses, bool v4, std::uint32_t ttl);

// RFC 2782, with the address of its target beside it.
RrSet service_record(std::uint16_t port, const Name& target, const addr::IpAddress& address, std::uint32_t ttl);
// One record of several texts, each at most 255 bytes; where there are none, of an empty one: RFC 6763 section 6.1.
RrSet text_record(const std::vector<std::string>& texts, std::uint32_t ttl);

inline constexpr std::string_view kServerLabel = "ns";
inline constexpr std::string_view kMailboxLabel = "hostmaster";

}  // namespace smeg::dns
