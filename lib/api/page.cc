#include <algorithm>
#include <charconv>

#include "api/handlers.h"
#include "api/limits.h"

namespace smeg::api {
namespace {

using control::Json;
using control::JsonArray;
using control::JsonObject;

const std::string* parameter(const Call& call, const std::string& name) {
  const auto found = call.query.find(name);
  return found == call.query.end() ? nullptr : &found->second;
}

Result<std::size_t> limit_of(const Call& call) {
  const std::string* text = parameter(call, "limit");
  if (!text) return limits::kPageDefault;
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error == std::errc() && end == text->data() + text->size() && value >= 1 && value <= limits::kPageMost)
    return value;
  return fail(Code::malformed, "limit: must be a whole number from 1 to " + std::to_string(limits::kPageMost));
}

// This same list from another place on.
std::string link(const Call& call, const std::string& after) {
  std::string out = call.path + "?after=" + escape(after);
  for (const auto& [name, value] : call.query)
    if (name != "after") out += '&' + escape(name) + '=' + escape(value);
  return out;
}

}  // namespace

Result<Json> page_of(const Call& call, std::vector<Entry> entries, const std::function<Json(std::size_t)>& show) {
  const auto limit = limit_of(call);
  if (!limit) return fail(limit.error());
  std::ranges::sort(entries, {}, &Entry::key);
  const std::string* after = parameter(call, "after");
  auto from = after ? std::ranges::upper_bound(entries, *after, {}, &Entry::key) : entries.begin();
  const auto left = static_cast<std::size_t>(entries.end() - from);
  const auto to = from + static_cast<std::ptrdiff_t>(std::min(*limit, left));
  JsonArray items;
  for (auto each = from; each != to; ++each) items.push_back(show(each->index));
  const bool more = to != entries.end();
  return Json(JsonObject{{"items", std::move(items)},
                         {"total", entries.size()},
                         {"next", more ? Json(link(call, std::prev(to)->key)) : Json()}});
}

Result<void> add_from_path(JsonObject& body, std::string_view name, const std::string& value) {
  const auto found = std::ranges::find(body, name, &control::JsonField::name);
  if (found == body.end()) {
    body.push_back({std::string(name), value});
    return {};
  }
  const auto* said = found->value.as<std::string>();
  if (said && *said == value) return {};
  return fail(Code::malformed, std::string(name) + ": is another one than in the path", "the path says which it is");
}

Result<control::Command> command_of(const Call& call, std::string_view method) {
  JsonObject params = call.body;
  if (call.mesh) {
    if (std::ranges::find(params, "mesh", &control::JsonField::name) != params.end())
      return fail(Code::malformed, "'mesh' is not known here", "the path says which mesh it is");
    params.push_back({"mesh", control::to_text(call.mesh->id)});
  }
  auto request = control::request_from_json(method, Json(std::move(params)));
  if (!request) return fail(request.error());
  auto* command = std::get_if<control::Command>(&*request);
  if (!command) return fail(Code::unsupported, "this is not a command");
  return std::move(*command);
}

}  // namespace smeg::api
