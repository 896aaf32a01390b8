#include "control/rpc.h"

#include "control/codec.h"

namespace smeg::control {
namespace {

Json id_to_json(const RpcId& id) {
  if (const auto* number = std::get_if<std::int64_t>(&id)) return *number;
  if (const auto* text = std::get_if<std::string>(&id)) return *text;
  return {};
}

// An id that a reply can carry; nothing where it is none of ours (JSON-RPC 2.0 section 4).
std::optional<RpcId> id_from_json(const Json& json) {
  if (const auto* number = json.as<std::int64_t>()) return *number;
  if (const auto* number = json.as<std::uint64_t>(); number && *number <= INT64_MAX)
    return static_cast<std::int64_t>(*number);
  if (const auto* text = json.as<std::string>(); text && text->size() <= limits::kRpcIdBytes) return *text;
  return std::nullopt;
}

std::string line(JsonObject message) { return Json(std::move(message)).dump() + '\n'; }

tl::unexpected<RpcError> refuse(RpcId id, RpcErrorCode code, Error error) {
  return tl::unexpected(RpcError{std::move(id), code, std::move(error)});
}

tl::unexpected<RpcError> refuse_request(RpcId id, std::string message) {
  return refuse(
      std::move(id), RpcErrorCode::invalid_request,
      {Code::malformed, std::move(message), R"(write {"jsonrpc":"2.0","id":NUMBER,"method":"NAME","params":{...}})"});
}

// The members of the envelope, of a request or of an answer.
struct Envelope {
  RpcId id;
  bool has_id = false;
  std::string method;
  const Json* params = nullptr;
};

tl::expected<Envelope, RpcError> open_request(const Json& json) {
  if (json.as<JsonArray>()) return refuse_request({}, "requests come one a line, not in a list");
  if (!json.as<JsonObject>()) return refuse_request({}, "a request is an object");
  FieldReader fields(json);
  Envelope out;
  if (const Json* id = fields.find("id")) {
    const auto known = id_from_json(*id);
    if (!known)
      return refuse_request(
          {}, "id must be a whole number or a text of at most " + std::to_string(limits::kRpcIdBytes) + " bytes");
    out.id = *known;
    out.has_id = true;
  }
  if (fields.text_or_empty("jsonrpc") != "2.0") return refuse_request(out.id, "jsonrpc must be \"2.0\"");
  out.method = fields.text("method");
  out.params = fields.find("params");
  if (const auto ok = fields.finish(true); !ok) return refuse_request(out.id, ok.error().message);
  if (!out.has_id) return refuse_request(out.id, "a request needs an id, so that it can be answered");
  return out;
}

RpcErrorCode rpc_code(const Error& error) {
  return error.code == Code::unsupported ? RpcErrorCode::method_not_found : RpcErrorCode::invalid_params;
}

std::string with_result(const RpcId& id, std::string_view result) {
  std::string out = R"({"jsonrpc":"2.0","id":)" + id_to_json(id).dump() + R"(,"result":)";
  out.append(result).append("}\n");
  return out;
}

constexpr Code kCodes[] = {Code::malformed, Code::too_large, Code::unsupported, Code::invalid, Code::unauthenticated,
                           Code::forbidden, Code::expired,   Code::used_up,     Code::revoked, Code::not_found,
                           Code::exists,    Code::conflict,  Code::unavailable, Code::io};

// The Error of an answer that is one. A code of a later version counts as invalid: the words say the rest.
Error error_from_json(const Json& json) {
  FieldReader fields(json, "error");
  Error out{Code::invalid, fields.text("message")};
  if (const Json* data = fields.find("data")) {
    FieldReader more(*data, "error.data");
    const std::string code = more.text_or_empty("code");
    for (const Code each : kCodes)
      if (name(each) == code) out.code = each;
    out.hint = more.text_or_empty("hint");
  }
  if (out.message.empty()) out.message = "the daemon refused without saying why";
  return out;
}

tl::unexpected<Error> bad_answer(const std::string& why) {
  return fail(Code::malformed, "the daemon's answer " + why, "use the smegctl of the daemon's version");
}

// The result of an answer, or the Error that it carries.
Result<const Json*> open_answer(FieldReader& fields) {
  if (const Json* error = fields.find("error")) return fail(error_from_json(*error));
  const Json* result = fields.find("result");
  if (!result) return bad_answer("holds neither a result nor an error");
  return result;
}

}  // namespace

tl::expected<RpcRequest, RpcError> decode_request(std::string_view text) {
  if (text.size() > limits::kControlLineBytes)
    return refuse(
        {}, RpcErrorCode::invalid_request,
        {Code::too_large, "a request is at most " + std::to_string(limits::kControlLineBytes) + " bytes long"});
  const auto json = Json::parse(text);
  if (!json)
    return refuse(
        {}, RpcErrorCode::parse_error,
        {Code::malformed, "the request " + json.error().message, "write one JSON-RPC 2.0 request on one line"});
  auto envelope = open_request(*json);
  if (!envelope) return tl::unexpected(std::move(envelope).error());
  auto request = request_from_json(envelope->method, envelope->params ? *envelope->params : Json(JsonObject()));
  if (!request) return refuse(envelope->id, rpc_code(request.error()), request.error());
  return RpcRequest{std::move(envelope->id), *std::move(request)};
}

std::string encode_reply(const RpcId& id, const Reply& reply) { return with_result(id, reply_to_json(reply).dump()); }

std::string encode_error(const RpcError& error) {
  const JsonObject data{{"code", name(error.error.code)}, {"hint", text_or_null(error.error.hint)}};
  const JsonObject body{
      {"code", static_cast<std::int32_t>(error.code)}, {"message", error.error.message}, {"data", data}};
  return line({{"jsonrpc", "2.0"}, {"id", id_to_json(error.id)}, {"error", body}});
}

std::string to_json(const Snapshot& snapshot) { return snapshot_to_json(snapshot).dump(); }

std::string encode_snapshot_reply(const RpcId& id, std::string_view snapshot_json) {
  return with_result(id, snapshot_json);
}

std::string encode_snapshot_notice(std::string_view snapshot_json) {
  std::string out = R"({"jsonrpc":"2.0","method":"snapshot","params":)";
  out.append(snapshot_json).append("}\n");
  return out;
}

std::string encode_request(const RpcRequest& request) {
  return line({{"jsonrpc", "2.0"},
               {"id", id_to_json(request.id)},
               {"method", method(request.request)},
               {"params", params_to_json(request.request)}});
}

Result<Reply> decode_reply(std::string_view text, const RpcId& id, const Command& asked) {
  const auto json = Json::parse(text);
  if (!json) return bad_answer(json.error().message);
  FieldReader fields(*json);
  const Json* answered = fields.find("id");
  const auto result = open_answer(fields);
  // An error without an id is about a request that could not be read: ours, as there is no other.
  if (!result && !answered) return fail(result.error());
  if (!answered || id_from_json(*answered) != id) return bad_answer("is to another request");
  if (!result) return fail(result.error());
  auto reply = reply_from_json(**result, asked);
  if (!reply) return bad_answer("makes no sense: " + reply.error().message);
  return reply;
}

Result<Snapshot> decode_snapshot(std::string_view text) {
  const auto json = Json::parse(text);
  if (!json) return bad_answer(json.error().message);
  FieldReader fields(*json);
  const Json* body = fields.text_or_empty("method") == "snapshot" ? fields.find("params") : nullptr;
  if (!body) {
    const auto result = open_answer(fields);
    if (!result) return fail(result.error());
    body = *result;
  }
  auto snapshot = snapshot_from_json(*body);
  if (!snapshot) return bad_answer("makes no sense: " + snapshot.error().message);
  return snapshot;
}

}  // namespace smeg::control
