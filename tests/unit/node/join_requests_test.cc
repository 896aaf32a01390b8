#include "node/join_requests.h"

#include <doctest/doctest.h>

#include <map>

namespace smeg::node {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

AskingHost host(std::uint8_t number, const std::string& from, Instant when) {
  AskingHost out;
  out.identity.bytes.fill(number);
  out.from = *addr::IpAddress::parse(from);
  out.last = when;
  return out;
}

std::vector<std::uint8_t> numbers(const JoinRequests& requests) {
  std::vector<std::uint8_t> out;
  for (const AskingHost& each : requests.waiting()) out.push_back(each.identity.bytes[0]);
  return out;
}

const Instant kStart{std::chrono::hours(1)};

TEST_CASE("one that asks again is the same request, and keeps its place") {
  JoinRequests requests;
  AskingHost first = host(1, "192.0.2.1", kStart);
  first.since = WallTime(seconds(5));
  CHECK(requests.ask(first));
  CHECK(requests.ask(host(2, "192.0.2.2", kStart)));
  AskingHost again = host(1, "192.0.2.9", kStart + minutes(1));
  again.since = WallTime(seconds(65));
  again.note = "from elsewhere";
  CHECK(requests.ask(again));
  CHECK(numbers(requests) == std::vector<std::uint8_t>{1, 2});
  CHECK(requests.waiting()[0].since == WallTime(seconds(5)));
  CHECK(requests.waiting()[0].note == "from elsewhere");
}

TEST_CASE("who doesn't ask any more is forgotten, and who was refused is not heard for as long") {
  JoinRequests requests;
  CHECK(requests.next_deadline() == kNever);
  CHECK(requests.ask(host(1, "192.0.2.1", kStart)));
  CHECK(requests.ask(host(2, "192.0.2.2", kStart + minutes(1))));
  requests.refuse(host(2, "192.0.2.2", kStart).identity, kStart + minutes(2));
  CHECK(numbers(requests) == std::vector<std::uint8_t>{1});
  const auto refused = requests.ask(host(2, "192.0.2.2", kStart + minutes(3)));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::forbidden);
  CHECK(requests.next_deadline() == kStart + limits::kJoinRequestLife);
  CHECK_FALSE(requests.expire(kStart + limits::kJoinRequestLife - seconds(1)));
  CHECK(requests.expire(kStart + limits::kJoinRequestLife));
  CHECK(requests.waiting().empty());
  CHECK(requests.next_deadline() == kStart + minutes(2) + limits::kJoinRequestLife);
  CHECK_FALSE(requests.expire(requests.next_deadline()));
  CHECK(requests.ask(host(2, "192.0.2.2", kStart + minutes(3) + limits::kJoinRequestLife)));
}

TEST_CASE("one source has few of them") {
  JoinRequests requests;
  for (std::uint8_t i = 0; i < limits::kJoinRequestsPerSource; ++i)
    CHECK(requests.ask(host(i, "2001:db8::" + std::to_string(i), kStart)));
  const auto more = requests.ask(host(100, "2001:db8::ffff", kStart));
  REQUIRE_FALSE(more);
  CHECK(more.error().code == Code::unavailable);
  CHECK(requests.ask(host(101, "2001:db8:0:1::1", kStart)));
  CHECK(requests.ask(host(0, "2001:db8::1", kStart)));  // known before
}

TEST_CASE("one network can't keep others out, and all together no more than so many wait") {
  JoinRequests requests;
  std::uint8_t number = 0;
  const auto from = [](unsigned network, unsigned source) {
    return "2001:db8:" + std::to_string(network) + ":" + std::to_string(source) + "::1";
  };
  while (requests.waiting().size() < limits::kJoinRequests) {
    const unsigned source = number;
    CHECK(requests.ask(host(number++, from(1, source), kStart)));
  }
  CHECK_FALSE(requests.ask(host(200, from(1, 999), kStart)));  // no more of that network
  for (std::uint8_t i = 0; i < 31; ++i)
    CHECK(requests.ask(host(static_cast<std::uint8_t>(100 + i), from(2, i), kStart)));
  std::map<unsigned, std::size_t> count;
  for (const AskingHost& each : requests.waiting()) ++count[each.identity.bytes[0] >= 100 ? 2 : 1];
  CHECK(count[1] == 33);
  CHECK(count[2] == 31);
  CHECK(requests.waiting().front().identity.bytes[0] == 31);  // the oldest went
  CHECK(requests.waiting().size() == limits::kJoinRequests);
}

TEST_CASE("refusals that are remembered are bounded") {
  JoinRequests requests;
  for (std::size_t i = 0; i < limits::kJoinDecisions + 10; ++i) {
    AskingHost one = host(0, "192.0.2.1", kStart);
    store_be(one.identity.bytes.data(), static_cast<std::uint32_t>(i));
    requests.refuse(one.identity, kStart);
  }
  AskingHost first = host(0, "192.0.2.1", kStart);
  store_be(first.identity.bytes.data(), std::uint32_t{0});
  CHECK(requests.ask(first));
}

}  // namespace
}  // namespace smeg::node
