// What comes over a connection of smeg-api: bytes to requests, each to a response that is whole and says what it must,
// with a token and without. And the file of tokens.
#include <cstdlib>

#include "control/json.h"
#include "parse.h"
#include "unit/control/sample.h"

namespace {

using namespace smeg;
using namespace smeg::api;

void must(bool holds) {
  if (!holds) std::abort();
}

class ZeroSource final : public KeySource {
 public:
  void fill(MutableByteView out) override { std::ranges::fill(out, std::uint8_t{7}); }
};

void check(const Response& response) {
  must(response.status >= 200 && response.status < 600 && reason(response.status) != "Unknown");
  for (const Header& header : response.headers) must(header.value.find_first_of("\r\n") == std::string::npos);
  if (response.status >= 400) must(control::Json::parse(response.body).has_value());
}

void handle(Api& api, Request request, bool with_token) {
  std::erase_if(request.headers, [](const Header& each) { return equal_ignoring_case(each.name, "Authorization"); });
  if (with_token) request.headers.push_back({"Authorization", "Bearer admin"});
  static Instant now{std::chrono::hours(1)};
  now += std::chrono::seconds(1);
  Next next = api.handle(request, now);
  if (const auto* follow = std::get_if<Follow>(&next)) {
    must(with_token);
    api.unfollow(*follow);
    return;
  }
  if (const auto* pending = std::get_if<Pending>(&next)) {
    must(with_token);
    next = api.finish(*pending, control::Reply(control::Done{}));
  }
  check(std::get<Response>(next));
  http::message_of(std::get<Response>(next), 11, true);
}

void as_requests(std::string_view bytes, Api& api) {
  while (!bytes.empty()) {
    http::Parser parser;
    http::limit(parser);
    parser.eager(true);
    boost::system::error_code error;
    const std::size_t taken = parser.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
    if (error) {
      if (const auto refusal = http::refusal_of(error)) check(api.refuse(refusal->status, refusal->error));
      return;
    }
    if (!parser.is_done()) return;
    for (const bool with_token : {false, true})
      handle(api, http::request_of(parser.get(), std::string(parser.get().body())), with_token);
    bytes.remove_prefix(taken);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = as_text({data, size});
  if (const auto tokens = Tokens::parse(bytes)) must(Tokens::parse(tokens->to_text()) == *tokens);
  ZeroSource secrets;
  Api api({}, secrets, "run");
  Tokens tokens;
  must(tokens.add({"admin", Scope::admin, {}, hash_of_token("admin")}).has_value());
  api.set_tokens(tokens);
  api.set_connected(true);
  api.publish(std::make_shared<const control::Snapshot>(control::sample_snapshot()));
  as_requests(bytes, api);
  return 0;
}
