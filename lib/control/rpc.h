// JSON-RPC 2.0 on the control socket: one message a line, requests one way, answers and snapshots the other.
//
//   {"jsonrpc":"2.0","id":1,"method":"invite.create","params":{"mesh":"office","uses":3}}
//   {"jsonrpc":"2.0","id":1,"result":{"token":"smeg1...","id":"...","expires":"2026-03-01T12:00:00Z","uses":3}}
//   {"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"...","data":{"code":"forbidden","hint":"..."}}}
//   {"jsonrpc":"2.0","method":"snapshot","params":{"schema":1,...}}      to who has asked to `watch`, after each change
//
// Decoders take a line without its newline; encoders return one with it. Decoders are strict: unknown methods, unknown
// or doubled parameters, wrong types and impossible values are refused with words on what to write instead.
#pragma once

#include <memory>
#include <variant>

#include "control/command.h"
#include "control/reply.h"
#include "control/snapshot.h"

namespace smeg::control {

// A client's own number or text for a request; nothing (null) where none could be read.
using RpcId = std::variant<std::monostate, std::int64_t, std::string>;

// error.code of JSON-RPC 2.0 section 5.1. A Command that the core refused has refused.
enum class RpcErrorCode : std::int32_t {
  parse_error = -32'700,
  invalid_request = -32'600,
  method_not_found = -32'601,
  invalid_params = -32'602,
  refused = -32'000,
};

struct RpcError {
  RpcId id;
  RpcErrorCode code = RpcErrorCode::refused;
  Error error;
};

struct RpcRequest {
  RpcId id;
  Request request;
};

// The daemon's side. A request has an id, a number or a text of at most 64 bytes: what is not answered is not carried
// out.
tl::expected<RpcRequest, RpcError> decode_request(std::string_view line);
std::string encode_reply(const RpcId& id, const Reply& reply);
std::string encode_error(const RpcError& error);
// A Snapshot is turned to JSON once, however many read it.
std::string to_json(const Snapshot& snapshot);
std::string encode_snapshot_reply(const RpcId& id, std::string_view snapshot_json);
std::string encode_snapshot_notice(std::string_view snapshot_json);

// A client's side.
std::string encode_request(const RpcRequest& request);
// A refusal comes as the Error that the daemon gave; malformed is an answer that is none, or not to this request.
Result<Reply> decode_reply(std::string_view line, const RpcId& id, const Command& asked);
// The answer to `get` or `watch`, or a later notice.
Result<Snapshot> decode_snapshot(std::string_view line);

}  // namespace smeg::control
