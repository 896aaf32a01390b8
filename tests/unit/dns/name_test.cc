#include <doctest/doctest.h>

#include "dns/dns.h"

using namespace smeg::dns;

TEST_CASE("a name is read, written and put into lower case") {
  CHECK(Name::parse("smeg")->text() == "smeg.");
  CHECK(Name::parse("sMeg.")->text() == "smeg.");
  CHECK(Name::parse("a.b-c._tcp.example")->text() == "a.b-c._tcp.example.");
  CHECK(Name::parse(".")->text() == ".");
  CHECK(Name::parse("smeg")->wire() == std::string("\4smeg\0", 6));
  CHECK(Name::parse("a.b.c")->labels() == 3);
  CHECK(Name().labels() == 0);
}

TEST_CASE("what is no name is refused") {
  for (const char* text : {"", "..", "a..b", ".a", "a b", "a\\.b", "\xc3\xa4", "a.b..", "*"}) CHECK(!Name::parse(text));
  CHECK(Name::parse(std::string(63, 'a')));
  CHECK(!Name::parse(std::string(64, 'a')));
}

TEST_CASE("a name has 255 bytes at the most") {
  const std::string label(62, 'x');  // 63 bytes with its length
  Name name;
  for (int i = 0; i < 4; ++i) name = *name.child(label);
  CHECK(name.wire().size() == 253);
  CHECK(!name.child("yy"));
  CHECK(name.child("y")->wire().size() == 255);
  CHECK(!name.child(""));
  CHECK(Name::parse(name.child("y")->text()) == *name.child("y"));
  CHECK(!Name::parse("yy." + name.text()));
}
