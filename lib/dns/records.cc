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

// All of a record that stands behind its owner.
void put_rest(std::string& out, Type type, std::uint32_t ttl, std::string_view data) {
  put(out, static_cast<std::uint16_t>(type));
  put(out, kClassIn);
  put(out, ttl);
  put(out, static_cast<std::uint16_t>(data.size()));
  out += data;
}

void put_record(RrSet& set, std::uint32_t ttl, std::string_view data) {
  put(set.records, kToQuestion);
  put_rest(set.records, set.type, ttl, data);
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

RrSet service_record(std::uint16_t port, const Name& target, const addr::IpAddress& address, std::uint32_t ttl) {
  constexpr std::uint16_t kOnly = 0;  // priority and weight: one member offers one of them
  std::string data;
  for (const std::uint16_t field : {kOnly, kOnly, port}) put(data, field);
  RrSet out{Type::srv, 0, {}};
  put_record(out, ttl, data + target.wire());
  out.additionals = target.wire();
  put_rest(out.additionals, address.is_v4() ? Type::a : Type::aaaa, ttl, as_text(address.view()));
  out.additional_count = 1;
  return out;
}

RrSet text_record(const std::vector<std::string>& texts, std::uint32_t ttl) {
  std::string data;
  for (const std::string& text : texts) {
    data += static_cast<char>(text.size());
    data += text;
  }
  RrSet out{Type::txt, 0, {}};
  put_record(out, ttl, data.empty() ? std::string(1, '\0') : data);
  return out;
}

}  // namespace smeg::dns
