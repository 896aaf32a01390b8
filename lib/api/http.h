// Requests and responses of HTTP (RFC 9110) as values, and the parts of them that have a grammar of their own. Whoever
// reads them off the network and writes them to it is no business of this module.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/base.h"

namespace smeg::api {

struct Header {
  std::string name;
  std::string value;

  friend bool operator==(const Header&, const Header&) = default;
};

struct Request {
  std::string method;
  std::string target;  // as it was sent: "/api/v1/meshes?limit=2"
  std::vector<Header> headers;
  std::string body;

  // Of a name, whatever its case. nullptr where there is none.
  const std::string* find(std::string_view name) const;
  // How often a name is there.
  std::size_t count(std::string_view name) const;
};

struct Response {
  unsigned status = 200;
  std::vector<Header> headers;  // without Content-Length, Date and what else belongs to the connection
  std::string body;
  bool without_body = false;  // to HEAD: only its length is sent

  const std::string* find(std::string_view name) const;
};

// "Not Found"
std::string_view reason(unsigned status);

// A target in its parts, decoded.
struct Target {
  std::vector<std::string> path;  // {"api", "v1", "meshes"}; one '/' at the end is of no meaning
  std::map<std::string, std::string> query;
};

// RFC 3986, in origin form. malformed where it isn't, or where a parameter comes twice.
Result<Target> parse_target(std::string_view text);
// A segment or a parameter's value, with '%' and two digits for all but letters, digits, '-', '.', '_', '~' and ':'.
std::string escape(std::string_view text);

// Whether a client that sends this Accept takes the media type (RFC 9110 section 12.5.1), which is in lower case.
bool accepts(std::string_view accept, std::string_view media_type);
// The media type of a Content-Type, in lower case, without parameters.
std::string media_type(std::string_view content_type);
// Whether a list of entity tags, as in If-None-Match, holds "*" or this one. weak: W/ makes no difference (RFC 9110
// section 8.8.3.2).
bool matches_tag(std::string_view list, std::string_view tag, bool weak);

// "Sun, 01 Mar 2026 12:00:00 GMT": IMF-fixdate (RFC 9110 section 5.6.7).
std::string http_date(WallTime time);

bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace smeg::api
