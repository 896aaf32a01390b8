#include "base/service.h"

#include <doctest/doctest.h>

#include "base/limits.h"
#include "base/text.h"

namespace smeg {
namespace {

Service service(std::string name, std::vector<std::string> texts = {}) {
  return {std::move(name), ServiceProtocol::tcp, 80, std::move(texts)};
}

Code refusal(const std::vector<Service>& services) {
  const auto checked = check_services(services);
  REQUIRE_FALSE(checked);
  return checked.error().code;
}

TEST_CASE("names of services are those of RFC 6335, in lower case") {
  for (const char* good : {"http", "a", "my-app", "x11", "9p", "fifteen-letters"}) CHECK(parse_service_name(good));
  for (const char* bad : {"", "HTTP", "80", "-a", "a-", "a--b", "a_b", "a.b", "sixteen-letters-", "ä"})
    CHECK_FALSE_MESSAGE(parse_service_name(bad), bad);
}

TEST_CASE("texts are KEY=VALUE") {
  for (const char* good : {"path=/status", "a=", "two words=x", "a=b=c", "title=Küche"})
    CHECK(parse_service_text(good));
  for (const char* bad : {"", "=x", "a", "\x01=x", "ä=x", "a=\n", "a=\xff"})
    CHECK_FALSE_MESSAGE(parse_service_text(bad), bad);
  CHECK(parse_service_text("a=" + std::string(limits::kServiceTextBytes - 2, 'x')));
  CHECK_FALSE(parse_service_text("a=" + std::string(limits::kServiceTextBytes - 1, 'x')));
}

TEST_CASE("services are bounded together") {
  std::vector<Service> many;
  for (std::size_t i = 0; i < limits::kServicesPerMember; ++i) many.push_back(service("a" + std::to_string(i)));
  CHECK(check_services(many));
  many.push_back(service("one-more"));
  CHECK(refusal(many) == Code::too_large);
  CHECK(refusal({service("a"), service("a")}) == Code::exists);
  Service udp = service("a");
  udp.protocol = ServiceProtocol::udp;
  CHECK(check_services(std::vector{service("a"), udp}));
  CHECK(refusal({service("a", {"x=1", "X=2"})}) == Code::invalid);
  CHECK(check_services(std::vector{service("a", {"x=1", "xy=2"})}));
  CHECK(refusal({service("a", std::vector<std::string>(limits::kServiceTexts + 1, "x=1"))}) == Code::too_large);
  std::vector<Service> wordy;
  for (std::size_t i = 0; i < 5; ++i) wordy.push_back(service("a" + std::to_string(i), {"k=" + std::string(203, 'x')}));
  CHECK(refusal(wordy) == Code::too_large);
  wordy.pop_back();
  CHECK(check_services(wordy));
}

TEST_CASE("plain text is UTF-8 that steers no terminal") {
  for (const char* good : {"", "a", "Küche, 2. Stock", "日本", "😀", "\xc2\xa0"})
    CHECK_MESSAGE(is_plain_text(good), good);
  const std::vector<std::string> bad = {"\n",
                                        "\x1b[2J",
                                        "\x7f",
                                        "\xc2\x9b",
                                        "\xff",
                                        "\xc2",
                                        "\xc0\x80",
                                        "\xed\xa0\x80",
                                        "\xf4\x90\x80\x80",
                                        "\xe2\x82",
                                        "\x80",
                                        "a\xc3(",
                                        std::string(1, '\0')};
  for (const std::string& text : bad) CHECK_FALSE_MESSAGE(is_plain_text(text), text);
}

}  // namespace
}  // namespace smeg
