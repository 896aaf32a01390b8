#include "crypto/seal.h"

#include <doctest/doctest.h>

namespace smeg::crypto {
namespace {

class CountingSource final : public KeySource {
 public:
  void fill(MutableByteView out) override {
    for (auto& byte : out) byte = next_++;
  }

 private:
  std::uint8_t next_ = 1;
};

constexpr SealCost kCheap{1, 64};

std::string seal_with_passphrase(ByteView secret, std::string_view passphrase, KeySource& source,
                                 const SealCost& cost) {
  return seal(secret, *SealingKey::derive(passphrase, SealRecipe::draw(source, cost)), source);
}

Result<Bytes> open_with_passphrase(std::string_view sealed, std::string_view passphrase) {
  const auto recipe = SealRecipe::of(sealed);
  if (!recipe) return fail(recipe.error());
  return open(sealed, *SealingKey::derive(passphrase, *recipe));
}

std::string sealed_example() {
  CountingSource source;
  return seal_with_passphrase(as_bytes("a secret"), "correct horse", source, kCheap);
}

}  // namespace

TEST_CASE("what is sealed opens with its passphrase, and with no other") {
  const std::string sealed = sealed_example();
  CHECK(sealed.starts_with("smegmesh-sealed-1 1 64 "));
  CHECK(open_with_passphrase(sealed, "correct horse") == to_bytes("a secret"));
  const auto wrong = open_with_passphrase(sealed, "correct horsf");
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().code == Code::unauthenticated);
  CHECK(wrong.error().message == "the passphrase is wrong, or the file was changed");
}

TEST_CASE("the cost that is the default opens") {
  CountingSource source;
  const std::string sealed = seal_with_passphrase({}, "p", source, {});
  CHECK(sealed.starts_with("smegmesh-sealed-1 3 65536 "));
  CHECK(open_with_passphrase(sealed, "p") == Bytes());
}

TEST_CASE("two sealings of one secret differ") {
  CountingSource source;
  CHECK(seal_with_passphrase(as_bytes("x"), "p", source, kCheap) !=
        seal_with_passphrase(as_bytes("x"), "p", source, kCheap));
}

TEST_CASE("white space around the file does not matter") {
  CHECK(open_with_passphrase("\n  " + sealed_example() + "\r\n\n", "correct horse"));
}

TEST_CASE("a changed file is refused") {
  const std::string sealed = sealed_example();
  for (std::size_t i = 0; i + 1 < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    CAPTURE(i);
    CHECK_FALSE(open_with_passphrase(changed, "correct horse"));
  }
}

TEST_CASE("the cost is authenticated") {
  std::string cheaper = sealed_example();
  cheaper.replace(cheaper.find(" 64 "), 4, " 65 ");
  CHECK(open_with_passphrase(cheaper, "correct horse").error().code == Code::unauthenticated);
}

TEST_CASE("what isn't such a file, is of a later version, or would take too much work, is refused at once") {
  const std::string body = sealed_example().substr(std::string("smegmesh-sealed-1 1 64 ").size());
  const auto code = [](const std::string& text) { return open_with_passphrase(text, "p").error().code; };
  CHECK(code("") == Code::malformed);
  CHECK(code("smegmesh-sealed-1") == Code::malformed);
  CHECK(code("-----BEGIN PRIVATE KEY-----") == Code::malformed);
  CHECK(code("smegmesh-sealed-1 1 64 AAAA") == Code::malformed);
  CHECK(code("smegmesh-sealed-1 one 64 " + body) == Code::malformed);
  CHECK(code("smegmesh-sealed-2 1 64 " + body) == Code::unsupported);
  CHECK(code("smegmesh-sealed-1 0 64 " + body) == Code::unsupported);
  CHECK(code("smegmesh-sealed-1 17 64 " + body) == Code::unsupported);
  CHECK(code("smegmesh-sealed-1 1 4294967295 " + body) == Code::unsupported);
  CHECK(code(std::string(limits::kSealedBytes + 1, 'x')) == Code::too_large);
}

TEST_CASE("a key survives its text, and that text is no other") {
  CountingSource source;
  const auto key = SealingKey::derive("correct horse", SealRecipe::draw(source, kCheap));
  REQUIRE(key);
  const std::string text = key->expose_text();
  CHECK(text.starts_with("smegmesh-key-1 1 64 "));
  CHECK(SealingKey::parse(text) == *key);
  CHECK(open(sealed_example(), *SealingKey::parse(text)) == to_bytes("a secret"));
  const auto code = [](const std::string& other) { return SealingKey::parse(other).error().code; };
  CHECK(code(sealed_example()) == Code::malformed);
  CHECK(code(text.substr(0, text.size() - 8)) == Code::malformed);
  CHECK(code("smegmesh-key-2" + text.substr(14)) == Code::unsupported);
  CHECK(code("") == Code::malformed);
  CHECK(SealingKey::derive("", key->recipe()).error().code == Code::invalid);
}

TEST_CASE("the key of the right passphrase with another salt opens nothing") {
  CountingSource source;
  ByteArray<8> passed_over;
  source.fill(passed_over);
  const auto key = SealingKey::derive("correct horse", SealRecipe::draw(source, kCheap));
  REQUIRE(key);
  CHECK(open(sealed_example(), *key).error().code == Code::unauthenticated);
}

// Sealed by the first release: has to open for ever.
TEST_CASE("a file of the first release opens") {
  CHECK(open_with_passphrase("smegmesh-sealed-1 1 64 "
                             "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSYnKHkw0AtBIr75Mf38lZRKOKZOlbatqenS0w==",
                             "correct horse") == to_bytes("a secret"));
}

}  // namespace smeg::crypto
