#include "control/secret_text.h"

#include <doctest/doctest.h>

using smeg::control::SecretText;

TEST_CASE("a secret text can be copied, moved and compared") {
  SecretText secret("open sesame");
  const SecretText copy = secret;
  CHECK(copy == secret);
  const SecretText moved = std::move(secret);
  CHECK(moved.expose() == "open sesame");
  CHECK(secret.expose() == std::string(11, '\0'));
  secret = moved;
  CHECK(secret == copy);
  CHECK_FALSE(SecretText("a") == SecretText("b"));
  CHECK(SecretText().empty());
}
