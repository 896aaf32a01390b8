#include "parse.h"

#include <doctest/doctest.h>

#include <sstream>

using namespace smeg;
using namespace smeg::http;

namespace {

// A request out of bytes, or why it is none.
struct Parsed {
  std::optional<api::Request> request;
  std::optional<Refusal> refusal;
};

Parsed parse(std::string_view bytes) {
  Parser parser;
  limit(parser);
  parser.eager(true);
  boost::system::error_code error;
  parser.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
  if (error) return {{}, refusal_of(error)};
  if (!parser.is_done()) return {};
  return {request_of(parser.get(), parser.get().body()), {}};
}

std::string written(const boost::beast::http::response<boost::beast::http::string_body>& message) {
  std::ostringstream out;
  out << message;
  return out.str();
}

unsigned refused(std::string_view bytes) {
  const auto parsed = parse(bytes);
  return parsed.refusal ? parsed.refusal->status : 0;
}

}  // namespace

TEST_CASE("a request in its parts") {
  const auto parsed =
      parse("PUT /a%20b?c=d HTTP/1.1\r\nHost: x\r\nX-Twice: 1\r\nx-twice: 2\r\nContent-Length: 3\r\n\r\nabc");
  REQUIRE(parsed.request);
  CHECK(parsed.request->method == "PUT");
  CHECK(parsed.request->target == "/a%20b?c=d");
  CHECK(parsed.request->count("X-TWICE") == 2);
  CHECK(parsed.request->body == "abc");
  CHECK(parse("BREW / HTTP/1.1\r\n\r\n").request->method == "BREW");
}

TEST_CASE("what is too large or no HTTP is refused as such") {
  const std::string long_head = "GET / HTTP/1.1\r\nX: " + std::string(limits::kHttpHeadBytes, 'a') + "\r\n\r\n";
  CHECK(refused(long_head) == 431);
  CHECK(refused("GET /" + std::string(limits::kHttpHeadBytes, 'a') + " HTTP/1.1\r\n\r\n") == 431);
  CHECK(refused("POST / HTTP/1.1\r\nContent-Length: " + std::to_string(limits::kHttpBodyBytes + 1) + "\r\n\r\n") ==
        413);
  CHECK(parse("POST / HTTP/1.1\r\nContent-Length: " + std::to_string(limits::kHttpBodyBytes) + "\r\n\r\n" +
              std::string(limits::kHttpBodyBytes, 'x'))
            .request);
  for (const char* bad : {"GET / HTTP/2.0\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
                          "\x16\x03\x01\x02 hello", "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
                          "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                          "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"})
    CHECK_MESSAGE(refused(bad) == 400, bad);
  CHECK_FALSE(parse("GET / HTTP/1.1\r\nHost").request);
}

TEST_CASE("a response as it is written") {
  CHECK(written(message_of({200, {{"ETag", "\"a\""}}, "body"}, 11, true)) ==
        "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: 4\r\n\r\nbody");
  CHECK(written(message_of({404, {}, "body"}, 11, false)) ==
        "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody");
  api::Response head{200, {}, "body"};
  head.without_body = true;
  CHECK(written(message_of(head, 11, true)) == "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
  CHECK(written(message_of({204, {}, ""}, 11, true)) == "HTTP/1.1 204 No Content\r\n\r\n");
  CHECK(written(message_of({304, {}, ""}, 11, true)) == "HTTP/1.1 304 Not Modified\r\n\r\n");
  CHECK(head_text({200, {{"A", "b"}}, ""}) == "HTTP/1.1 200 OK\r\nA: b\r\n\r\n");
}
