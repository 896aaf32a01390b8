#include "parse.h"

namespace smeg::http {

namespace beast = boost::beast;
using boost::system::error_code;
using HttpError = beast::http::error;

void limit(Parser& parser) {
  parser.header_limit(limits::kHttpHeadBytes);
  parser.body_limit(limits::kHttpBodyBytes);
}

api::Request request_of(const beast::http::request_header<>& head, std::string body) {
  api::Request out{std::string(head.method_string()), std::string(head.target()), {}, std::move(body)};
  for (const auto& field : head) out.headers.push_back({std::string(field.name_string()), std::string(field.value())});
  return out;
}

std::optional<Refusal> refusal_of(const error_code& error) {
  if (error == HttpError::header_limit || error == HttpError::buffer_overflow)
    return Refusal{431,
                   {Code::too_large,
                    "the head of a request has " + std::to_string(limits::kHttpHeadBytes) + " bytes at the most"}};
  if (error == HttpError::body_limit)
    return Refusal{413,
                   {Code::too_large, "a body has " + std::to_string(limits::kHttpBodyBytes) + " bytes at the most"}};
  if (error == HttpError::end_of_stream || error == HttpError::partial_message) return std::nullopt;
  static const auto& kinds = beast::http::make_error_code(HttpError::bad_version).category();
  if (error.category() != kinds) return std::nullopt;
  return Refusal{400, {Code::malformed, "this is not HTTP/1.1: " + error.message()}};
}

beast::http::response<beast::http::string_body> message_of(api::Response response, unsigned version, bool keep) {
  beast::http::response<beast::http::string_body> out;
  out.version(version == 10 ? 10 : 11);
  out.result(response.status);
  const std::string_view reason = api::reason(response.status);
  out.reason({reason.data(), reason.size()});
  for (const api::Header& header : response.headers) out.insert(header.name, header.value);
  out.keep_alive(keep);
  const bool has_length = response.status != 204 && response.status != 304;
  if (has_length) out.content_length(response.body.size());
  if (!response.without_body) out.body() = std::move(response.body);
  return out;
}

std::string head_text(const api::Response& response) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + ' ' + std::string(api::reason(response.status));
  for (const api::Header& header : response.headers) out += "\r\n" + header.name + ": " + header.value;
  return out + "\r\n\r\n";
}

}  // namespace smeg::http
