// From Beast's messages to the Api's and back. Pure.
#pragma once

#include <optional>

#include "api/api.h"
#include "beast.h"

namespace smeg::http {

using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

void limit(Parser& parser);
api::Request request_of(const boost::beast::http::request_header<>& head, std::string body);

// What a request that can't be read as one is answered with; nothing where there is nobody to answer.
struct Refusal {
  unsigned status;
  Error error;
};
std::optional<Refusal> refusal_of(const boost::system::error_code& error);

boost::beast::http::response<boost::beast::http::string_body> message_of(api::Response response, unsigned version,
                                                                         bool keep);
// The head alone, of a response whose body comes bit by bit.
std::string head_text(const api::Response& response);

}  // namespace smeg::http
