#include "query.h"

extern "C" {
#include <jq.h>
#include <jv.h>
}

#include <memory>

namespace smeg::ctl {
namespace {

std::string text_of(jv value) {
  std::string out(jv_string_value(value), static_cast<std::size_t>(jv_string_length_bytes(jv_copy(value))));
  jv_free(value);
  return out;
}

struct Closer {
  void operator()(jq_state* state) const { jq_teardown(&state); }
};

// The first complaint; those after it follow from it.
void keep_first(void* kept, jv message) {
  auto& first = *static_cast<std::string*>(kept);
  jv shown = jq_format_error(message);
  std::string text = text_of(shown);
  if (first.empty()) first = text.substr(0, text.find('\n'));
}

// "jq: error: syntax error, unexpected ... at <top-level>, line 1:" without what is jq's alone.
std::string plain(std::string text) {
  constexpr std::string_view kBegin = "jq: error: ";
  if (text.starts_with(kBegin)) text.erase(0, kBegin.size());
  text = text.substr(0, text.find(" (Unix shell quoting issues?)"));
  text = text.substr(0, text.find(" at <top-level>"));
  while (text.ends_with(':') || text.ends_with(',')) text.pop_back();
  return text;
}

std::string shown(jv value, const QueryLook& look) {
  if (look.raw && jv_get_kind(value) == JV_KIND_STRING) return text_of(value);
  const unsigned indented = static_cast<unsigned>(JV_PRINT_PRETTY) | JV_PRINT_INDENT_FLAGS(2u);
  const unsigned flags = (look.indented ? indented : 0u) | (look.colour ? static_cast<unsigned>(JV_PRINT_COLOR) : 0u);
  return text_of(jv_dump_string(value, static_cast<int>(flags)));
}

}  // namespace

Result<std::vector<std::string>> query(const std::string& filter, const std::string& json_text, const QueryLook& look) {
  const std::unique_ptr<jq_state, Closer> state(jq_init());
  if (!state) return fail(Code::io, "jq can't be started: there is no memory");
  std::string complaint;
  jq_set_error_cb(state.get(), keep_first, &complaint);
  if (filter.find('\0') != std::string::npos || jq_compile(state.get(), filter.c_str()) == 0)
    return fail(Code::malformed, "the filter is none: " + plain(complaint), "jq(1) has the language; try '.' first");
  jv input = jv_parse_sized(json_text.data(), static_cast<int>(json_text.size()));
  if (jv_get_kind(input) == JV_KIND_INVALID) {
    jv_free(input);
    return fail(Code::malformed, "the daemon's answer is no JSON that jq takes");
  }
  jq_start(state.get(), input, 0);
  std::vector<std::string> out;
  std::size_t bytes = 0;
  jv result = jq_next(state.get());
  for (; jv_is_valid(result); result = jq_next(state.get())) {
    out.push_back(shown(result, look));
    bytes += out.back().size();
    if (out.size() > kQueryResults || bytes > kQueryBytes)
      return fail(Code::too_large, "the filter has no end of results", "limit them: 'limit(10; ...)'");
  }
  const bool failed = jv_invalid_has_msg(jv_copy(result)) != 0;
  jv message = jv_invalid_get_msg(result);
  if (!failed) {
    jv_free(message);
    return out;
  }
  const std::string why =
      jv_get_kind(message) == JV_KIND_STRING ? text_of(message) : text_of(jv_dump_string(message, 0));
  return fail(Code::invalid, "the filter fails: " + why, "`smegctl query .` shows what there is");
}

}  // namespace smeg::ctl
