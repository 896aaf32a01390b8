#include <doctest/doctest.h>

#include "unit/dns/sample.h"

using namespace smeg;
using namespace smeg::dns;

namespace {

Reading reading(const Bytes& message) { return Query().read(message); }

}  // namespace

TEST_CASE("a question is taken apart") {
  Query query;
  const Bytes message = Ask{.name = "Alice.OFFICE.smeg", .edns = true, .dnssec_ok = true}.encode();
  REQUIRE(query.read(message) == Reading::good);
  CHECK(query.id == 0x1234);
  CHECK(query.recursion_desired);
  CHECK(query.asks(Type::aaaa));
  CHECK(query.qclass == kClassIn);
  REQUIRE(query.labels == 3);
  CHECK(query.label(0) == "alice");
  CHECK(query.label(2) == "smeg");
  CHECK(query.from_label(2) == std::string_view("\4smeg\0", 6));
  CHECK(query.from_label(3) == std::string_view("\0", 1));
  CHECK(query.question_bytes == 19 + 4);
  REQUIRE(query.edns);
  CHECK(query.edns->payload == 1'232);
  CHECK(query.edns->dnssec_ok);
}

TEST_CASE("the root can be asked for") {
  Query query;
  REQUIRE(query.read(Ask{.name = ""}.encode()) == Reading::good);
  CHECK(query.labels == 0);
  CHECK(query.name_bytes == 1);
}

TEST_CASE("what is no question is ignored") {
  CHECK(reading({}) == Reading::ignore);
  CHECK(reading(Bytes(11)) == Reading::ignore);
  CHECK(reading(Ask{.name = "a", .flags = 0x8000}.encode()) == Reading::ignore);
}

TEST_CASE("other opcodes are told from bad messages") {
  for (std::uint16_t opcode = 1; opcode < 16; ++opcode)
    CHECK(reading(Ask{.name = "a", .flags = static_cast<std::uint16_t>(opcode << 11)}.encode()) ==
          Reading::unknown_opcode);
}

TEST_CASE("every beginning of a message is malformed, and so is what has something behind it") {
  const Bytes whole = Ask{.name = "alice.office.smeg", .edns = true, .options = {0, 10, 0, 2, 7, 7}}.encode();
  REQUIRE(reading(whole) == Reading::good);
  for (std::size_t size = 12; size < whole.size(); ++size)
    CHECK(reading(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))) == Reading::malformed);
  Bytes longer = whole;
  longer.push_back(0);
  CHECK(reading(longer) == Reading::malformed);
}

TEST_CASE("names: too long, with pointers, with unknown kinds of labels") {
  const std::string label(62, 'x');
  const std::string longest = label + "." + label + "." + label + "." + label + ".y";
  CHECK(reading(Ask{.name = longest}.encode()) == Reading::good);
  CHECK(reading(Ask{.name = longest + "y"}.encode()) == Reading::malformed);
  for (const unsigned length : {0xc0u, 0x40u, 0x80u, 0xffu}) {
    Bytes message = Ask{.name = "alice"}.encode();
    message[12] = static_cast<std::uint8_t>(length);
    CHECK(reading(message) == Reading::malformed);
  }
  std::string many;
  for (int i = 0; i < 127; ++i) many += i == 0 ? "a" : ".a";
  Query query;
  REQUIRE(query.read(Ask{.name = many}.encode()) == Reading::good);
  CHECK(query.labels == 127);
  CHECK(reading(Ask{.name = many + ".a"}.encode()) == Reading::malformed);
}

TEST_CASE("counts that can't be") {
  const Bytes good = Ask{.name = "a"}.encode();
  for (const std::size_t field : {4u, 6u, 8u, 10u}) {
    Bytes message = good;
    message[field + 1] = static_cast<std::uint8_t>(message[field + 1] + 1);
    CHECK(reading(message) == Reading::malformed);
  }
  Bytes none = good;
  none[5] = 0;
  CHECK(reading(none) == Reading::malformed);
}

TEST_CASE("an OPT is one, of the root, and whole") {
  const Bytes one = Ask{.name = "a", .edns = true}.encode();
  const Bytes opt(one.end() - 11, one.end());
  Bytes two = one;
  two.insert(two.end(), opt.begin(), opt.end());
  two[11] = 2;
  CHECK(reading(two) == Reading::malformed);
  Bytes named = one;
  const Bytes name = {1, 'x', 0};
  named.erase(named.end() - 11);
  named.insert(named.end() - 10, name.begin(), name.end());
  CHECK(reading(named) == Reading::malformed);
  CHECK(reading(Ask{.name = "a", .edns = true, .options = {0, 10, 0, 3, 1, 2}}.encode()) == Reading::malformed);
  CHECK(reading(Ask{.name = "a", .edns = true, .options = {0, 10, 0}}.encode()) == Reading::malformed);
  CHECK(reading(Ask{.name = "a", .edns = true, .options = {0xfd, 0xe9, 0, 1, 7, 0, 12, 0, 0}}.encode()) ==
        Reading::good);
  Bytes elsewhere = one;  // in the authority section
  elsewhere[9] = 1;
  elsewhere[11] = 0;
  CHECK(reading(elsewhere) == Reading::malformed);
}

TEST_CASE("other records behind the question are passed over, up to a number") {
  const Bytes record = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 2, 7, 7};
  for (const std::size_t count : {std::size_t{1}, limits::kDnsExtraRecords, limits::kDnsExtraRecords + 1}) {
    Bytes message = Ask{.name = "a"}.encode();
    message[11] = static_cast<std::uint8_t>(count);
    for (std::size_t i = 0; i < count; ++i) message.insert(message.end(), record.begin(), record.end());
    CHECK(reading(message) == (count <= limits::kDnsExtraRecords ? Reading::good : Reading::malformed));
  }
}
