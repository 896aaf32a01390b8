#include "wire/quiet.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <array>

#include "base/base.h"
#include "wire/record.pb.h"

namespace smeg::wire {
namespace {

// What a parse of text that is no UTF-8 writes to the standard error.
std::string said_while_parsing() {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const int before = ::dup(STDERR_FILENO);
  ::dup2(ends[1], STDERR_FILENO);
  Record record;
  const Bytes alias{0x5a, 0x02, 0xff, 0xfe};  // field 11, two bytes
  const bool parsed = record.ParseFromArray(alias.data(), static_cast<int>(alias.size()));
  ::dup2(before, STDERR_FILENO);
  ::close(before);
  ::close(ends[1]);
  std::array<char, 512> text{};
  const auto got = ::read(ends[0], text.data(), text.size());
  ::close(ends[0]);
  CHECK_FALSE(parsed);
  return {text.data(), static_cast<std::size_t>(got)};
}

TEST_CASE("bytes of others write nothing to our standard error") {
  silence_parser();
  CHECK(said_while_parsing().empty());
}

}  // namespace
}  // namespace smeg::wire
