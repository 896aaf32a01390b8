// Both sides of WireGuard's cross-platform userspace interface (https://www.wireguard.com/xplatform/, "Configuration
// Protocol"): requests and replies of KEY=VALUE lines, each closed by an empty line. Pure: text in, values out, and
// back.
//
// The texts hold private and pre-shared keys: whoever keeps them wipes them, and nobody logs them. No error message of
// this codec quotes a value.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "wireguard/config.h"
#include "wireguard/uapi_lines.h"

namespace smeg::wireguard {

struct GetRequest {
  friend bool operator==(GetRequest, GetRequest) = default;
};
using UapiRequest = std::variant<GetRequest, DeviceConfig>;

// The engine's side of one connection: bytes in as they come, requests out. After an error within a request the rest of
// that request is skipped, so that the connection stays usable: nothing of a request with an error is carried out.
// Single-threaded. Never throws; memory is bounded by the limits of base/limits.h.
class UapiRequestParser {
 public:
  UapiRequestParser();
  ~UapiRequestParser();

  // Bytes that came from the client. Take all requests by next() before feeding more.
  void feed(std::string_view bytes);
  // The next whole request, or why it is refused; nullopt where more bytes are needed.
  std::optional<Result<UapiRequest>> next();
  // Not the protocol, or over a limit: send the reply to the error that next() gave and close the connection.
  bool broken() const { return broken_; }

 private:
  struct Set;
  std::optional<Result<UapiRequest>> on_line(std::string_view line);
  std::optional<Result<UapiRequest>> on_operation(std::string_view line);
  std::optional<Result<UapiRequest>> on_end();
  Result<UapiRequest> break_off(Error error);

  enum class State { between, in_get, in_set };
  State state_ = State::between;
  bool broken_ = false;
  std::size_t lines_seen_ = 0;
  UapiLines lines_;
  std::optional<Error> error_;
  std::unique_ptr<Set> set_;
};

// The errno for an error: 22 (EINVAL), 71 (EPROTO), 98 (EADDRINUSE), 5 (EIO) and so on, positive. Replies carry it with
// a minus sign, as wireguard-go's do and as `wg` expects it.
int uapi_errno(const Error& error);
// Whole replies, with "errno=" and the empty line.
std::string uapi_get_reply(const DeviceStatus& status);
std::string uapi_set_reply(const Result<>& outcome);

// The client's side. Whole requests, with the empty line.
std::string uapi_get_request();
std::string uapi_set_request(const DeviceConfig& config);

// The client's side of one connection: bytes in, replies out. Keys that it doesn't know are skipped, so that a newer
// engine may say more. Single-threaded, never throws, bounded as the other parser is.
class UapiReplyParser {
 public:
  UapiReplyParser();
  ~UapiReplyParser();

  void feed(std::string_view bytes);
  // The next whole reply: the device's state (empty for the reply to a set), or an Error for "errno=" other than 0 (io)
  // and for a malformed reply (malformed); nullopt where more bytes are needed.
  std::optional<Result<DeviceStatus>> next();
  // Not the protocol, or over a limit: close the connection.
  bool broken() const { return broken_; }

 private:
  struct Get;
  std::optional<Result<DeviceStatus>> on_end();
  Result<DeviceStatus> break_off(Error error);

  bool broken_ = false;
  std::size_t lines_seen_ = 0;
  UapiLines lines_;
  std::optional<Error> error_;
  std::unique_ptr<Get> get_;
};

}  // namespace smeg::wireguard
