#include "dns/records.h"

#include <array>

namespace smeg::dns {
namespace {

constexpr std::uint16_t kToQuestion = 0xc000 | kHeaderBytes;  // a pointer to the name that was asked

// For secondary servers, of which there are none: RFC 1912 section 2.2 has the proportions.
constexpr std::uint32_t kRefresh = 60;
constexpr std::uint32_t kRetry = 30;
constexpr std::uint32_t kExpire = 86'400;

template <class Number>
void put(std::string& out, Number number) {
  std::array<std::uint8_t, sizeof(Number)> bytes;
  store_be(bytes.data(), number);
  out += as_text(bytes);
}

void put_record(RrSet& set, std::uint32_t ttl, std::string_view data) {
  put(set.records, kToQuestion);
  put(set.records, static_cast<std::uint16_t>(set.type));
  put(set.records, kClassIn);
  put(set.records, ttl);
  put(set.records, static_cast<std::uint16_t>(data.size()));
  set.records += data;
  ++set.count;
}

}  // namespace

RrSet address_record(const addr::IpAddress& address, std::uint32_t ttl) {
  return address_records({address}, address.is_v4(), ttl);
}

RrSet address_records(const std::vector<addr::IpAddress>& addresses, bool v4, std::uint32_t ttl) {
  RrSet out{v4 ? Type::a : Type::aaaa, 0, {}};
  for (const addr::IpAddress& address : addresses)
    if (address.is_v4() == v4) put_record(out, ttl, as_text(address.view()));
  return out;
}

RrSet pointer_record(Type type, const Name& target, std::uint32_t ttl) {
  RrSet out{type, 0, {}};
  put_record(out, ttl, target.wire());
  return out;
}

RrSet start_record(const Name& origin, std::uint32_t serial, std::uint32_t ttl) {
  std::string data = origin.child(kServerLabel).value_or(origin).wire();
  data += origin.child(kMailboxLabel).value_or(origin).wire();
  for (const std::uint32_t field : {serial, kRefresh, kRetry, kExpire, ttl}) put(data, field);
  RrSet out{Type::soa, 0, {}};
  put_record(out, ttl, data);
  return out;
}

}  // namespace smeg::dns
