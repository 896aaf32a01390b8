// The one table of what can be asked for by HTTP: requests are dispatched by it, and the OpenAPI document is made of
// it, so that the two can't disagree. A new resource is a few lines here and its handlers. For this module alone.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "api/http.h"
#include "api/token.h"
#include "control/codec.h"

namespace smeg::api {

// A request as a handler sees it: whoever sent it may, and its parts are there.
struct Call {
  const control::Snapshot& snapshot;
  const control::MeshView* mesh = nullptr;  // the one in the path, where there is one
  std::string item;                         // what else the path names: a member, a guest, an invite
  const std::map<std::string, std::string>& query;
  std::string path;          // of the resource itself, for links
  control::JsonObject body;  // a Read has one where it tells whether a change's condition holds: that of the change
  Scope scope = Scope::read;
  bool connected = false;  // to the daemon
  KeySource& secrets;
};

// What a change is answered with. Without a body: 204.
struct Answer {
  std::optional<control::Json> body;
  std::string location;  // of what was made
};

// A change: the daemon is told, then answers. answer is called with the Snapshot that shows the change.
struct Work {
  control::Command command;
  std::function<Result<Answer>(const control::Reply&, const control::Snapshot&)> answer;
};

// Looks, at the newest Snapshot.
using Read = Result<control::Json> (*)(const Call&);
// Has the daemon change something, or tell what no Snapshot holds.
using Change = Result<Work> (*)(const Call&);
// Those that are neither, and that Api itself sees to.
enum class Special { health, readiness, metrics, document, events };
using Handler = std::variant<Read, Change, Special>;

struct Parameter {
  std::string_view name;
  std::string_view about;
  std::string_view schema;  // JSON
};

struct Operation {
  std::string_view method;  // "GET": answers to HEAD as well
  std::string_view path;    // "/api/v1/meshes/{mesh}"
  std::string_view id;      // "getMesh"
  std::string_view tag;     // what it is about; openapi.cc has a line on each
  std::string_view summary;
  std::optional<Scope> scope;  // none: anybody may
  Handler handler;
  unsigned status = 200;         // where all went well
  std::string_view answer = {};  // the schema of what comes then, in schemas.cc; empty: nothing comes
  std::string_view takes = {};   // the schema of the body; empty: none is looked at
  bool must_have_body = false;
  std::span<const Parameter> query = {};  // others are refused
  bool secret = false;                    // the answer holds what is shown this once
  bool deprecated = false;                // the shape of an earlier version

  bool has_mesh() const { return path.find("{mesh}") != std::string_view::npos; }
  bool is_change() const { return std::holds_alternative<Change>(handler); }
};

std::span<const Operation> operations();

// What a path of the table means for the segments of a target: nothing where they don't fit, else the values in braces.
std::optional<std::map<std::string, std::string>> match(std::string_view path, std::span<const std::string> segments);

// The document that describes all of them: OpenAPI 3.1, as JSON.
std::string openapi_document();
// The schemas that the table names: an object of JSON Schema (2020-12), by name.
const control::JsonObject& schemas();

}  // namespace smeg::api
