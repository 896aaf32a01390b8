#include "api/token.h"

#include "api/limits.h"
#include "unit/api/world.h"

using namespace smeg;
using namespace smeg::api;

TEST_CASE("tokens survive their file") {
  const Tokens tokens = sample_tokens();
  const auto again = Tokens::parse(tokens.to_text());
  REQUIRE(again);
  CHECK(*again == tokens);
  CHECK(Tokens::parse("").value().all().empty());
  CHECK(Tokens::parse("# nothing\n\n  \t\n").value().all().empty());
}

TEST_CASE("a token is found by its text alone") {
  CountingSource secrets;
  const auto text = new_token_text(secrets);
  CHECK(text.expose().size() == 8 + 52);
  CHECK(text.expose().starts_with("smegapi_"));
  Tokens tokens = sample_tokens();
  CHECK(tokens.add({"mine", Scope::admin, control::sample_time(1), hash_of_token(text.expose())}));
  REQUIRE(tokens.find(text.expose()));
  CHECK(tokens.find(text.expose())->name == "mine");
  CHECK(tokens.find("read")->scope == Scope::read);
  CHECK_FALSE(tokens.find(""));
  CHECK_FALSE(tokens.find(text.expose().substr(1)));
  // The file tells nobody what the token is.
  CHECK(tokens.to_text().find(text.expose()) == std::string::npos);
  CHECK(new_token_text(secrets).expose() != text.expose());
}

TEST_CASE("names are unique, and what was removed is gone") {
  Tokens tokens = sample_tokens();
  CHECK(tokens.add({"read", Scope::admin, {}, {}}).error().code == Code::exists);
  CHECK(tokens.remove("nobody").error().hint == "there is read, operate, admin");
  CHECK(tokens.remove("read"));
  CHECK_FALSE(tokens.find("read"));
  CHECK(tokens.remove("read").error().code == Code::not_found);
}

TEST_CASE("a file that makes no sense is refused by its line") {
  const std::string good = sample_tokens().to_text();
  const std::string hash = crypto::to_base32(hash_of_token("x"));
  const std::string when = "2026-03-01T12:00:00Z";
  for (const std::string& line :
       {std::string("x"), "x read " + when, "x read " + when + " " + hash + " more", "X read " + when + " " + hash,
        "x look " + when + " " + hash, "x read yesterday " + hash, "x read " + when + " " + hash.substr(1),
        "read read " + when + " " + hash}) {
    const auto parsed = Tokens::parse(good + line + "\n");
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().message.starts_with("line 5: "));
  }
  CHECK(Tokens::parse(std::string(limits::kApiTokenFileBytes + 1, '\n')).error().code == Code::too_large);
}

TEST_CASE("there is a limit, and as many as it says fit the file") {
  Tokens tokens;
  for (std::size_t i = 0; i < limits::kApiTokens; ++i)
    REQUIRE(tokens.add({"t" + std::to_string(i) + std::string(limits::kAliasBytes - 5, 'x'),
                        Scope::operate,
                        control::sample_time(0),
                        {}}));
  CHECK(tokens.add({"more", Scope::read, {}, {}}).error().code == Code::too_large);
  CHECK(Tokens::parse(tokens.to_text()));
}
