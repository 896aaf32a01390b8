// The engine's side: requests in, replies out.
#include <cerrno>

#include "wireguard/uapi.h"
#include "wireguard/uapi_values.h"

namespace smeg::wireguard {
namespace {

using internal::KeyValue;

tl::unexpected<Error> bad_value(std::string_view key) {
  return fail(Code::invalid, "'" + std::string(key) + "' has an impossible value");
}
tl::unexpected<Error> unknown_key() { return fail(Code::invalid, "there is no such key, or not here"); }

// Puts a value where it belongs, or says that it is impossible.
template <class To, class Value>
Result<> assign(To& to, std::string_view key, std::optional<Value> value) {
  if (!value) return bad_value(key);
  to = To(std::move(*value));
  return {};
}

Result<> assign_true(bool& to, const KeyValue& line) {
  if (line.value != "true") return bad_value(line.key);
  to = true;
  return {};
}

}  // namespace

// A `set` request that is still coming in.
struct UapiRequestParser::Set {
  DeviceConfig config;
  std::size_t prefixes = 0;  // of all peers

  Result<> on_line(std::string_view text) {
    const auto line = internal::split(text);
    if (!line) return fail(Code::malformed, "a line without '='");
    if (line->key == "public_key") return begin_peer(*line);
    return config.peers.empty() ? on_device_line(*line) : on_peer_line(*line, config.peers.back());
  }

 private:
  Result<> on_device_line(const KeyValue& line) {
    if (line.key == "private_key") return assign(config.private_key, line.key, internal::parse_key(line.value));
    if (line.key == "listen_port")
      return assign(config.listen_port, line.key, internal::parse_decimal<std::uint16_t>(line.value));
    if (line.key == "fwmark")
      return assign(config.fwmark, line.key, internal::parse_decimal<std::uint32_t>(line.value));
    if (line.key == "replace_peers") return assign_true(config.replace_peers, line);
    return unknown_key();
  }

  Result<> begin_peer(const KeyValue& line) {
    if (config.peers.size() >= limits::kWireguardPeers) return fail(Code::too_large, "too many peers");
    const auto key = internal::parse_public_key(line.value);
    if (!key) return bad_value(line.key);
    config.peers.emplace_back().public_key = *key;
    return {};
  }

  Result<> on_peer_line(const KeyValue& line, PeerConfig& peer) {
    if (line.key == "remove") return assign_true(peer.remove, line);
    if (line.key == "update_only") return assign_true(peer.update_only, line);
    if (line.key == "preshared_key") return assign(peer.preshared_key, line.key, internal::parse_key(line.value));
    if (line.key == "endpoint") return set_endpoint(line, peer);
    if (line.key == "persistent_keepalive_interval") return set_keepalive(line, peer);
    if (line.key == "replace_allowed_ips") return assign_true(peer.replace_allowed_ips, line);
    if (line.key == "allowed_ip") return add_change(line, peer.allowed_ips);
    if (line.key == "replace_accepted_ips") return assign_true(peer.replace_accepted_ips, line);
    if (line.key == "accepted_ip") return add_change(line, peer.accepted_ips);
    if (line.key == "protocol_version") return line.value == "1" ? Result<>() : bad_value(line.key);
    return unknown_key();
  }

  static Result<> set_endpoint(const KeyValue& line, PeerConfig& peer) {
    auto parsed = internal::parse_endpoint(line.value);
    if (!parsed) return bad_value(line.key);
    peer.endpoint = parsed->endpoint;
    peer.zone = std::move(parsed->zone);
    return {};
  }

  static Result<> set_keepalive(const KeyValue& line, PeerConfig& peer) {
    const auto seconds = internal::parse_decimal<std::uint16_t>(line.value);
    if (!seconds) return bad_value(line.key);
    peer.persistent_keepalive = std::chrono::seconds(*seconds);
    return {};
  }

  Result<> add_change(const KeyValue& line, std::vector<PrefixChange>& to) {
    if (++prefixes > limits::kAllowedIps) return fail(Code::too_large, "too many allowed-ips and accepted-ips");
    const bool remove = line.value.starts_with('-');
    const bool sign = remove || line.value.starts_with('+');
    const auto prefix = internal::parse_allowed_ip(line.value.substr(sign ? 1 : 0));
    if (!prefix) return bad_value(line.key);
    to.push_back({*prefix, remove});
    return {};
  }
};

UapiRequestParser::UapiRequestParser() = default;
UapiRequestParser::~UapiRequestParser() = default;

void UapiRequestParser::feed(std::string_view bytes) {
  if (!broken_) lines_.feed(bytes);
}

std::optional<Result<UapiRequest>> UapiRequestParser::next() {
  while (!broken_) {
    const auto line = lines_.next();
    if (lines_.overlong()) return break_off({Code::too_large, "a line is too long"});
    if (!line) return std::nullopt;
    if (++lines_seen_ > limits::kUapiLines) return break_off({Code::too_large, "a request has too many lines"});
    if (auto request = on_line(*line)) return request;
  }
  return std::nullopt;
}

std::optional<Result<UapiRequest>> UapiRequestParser::on_line(std::string_view line) {
  if (state_ == State::between) return on_operation(line);
  if (line.empty()) return on_end();
  if (error_) return std::nullopt;
  const Result<> taken = state_ == State::in_set ? set_->on_line(line) : Result<>(unknown_key());
  if (!taken) error_ = taken.error();
  return std::nullopt;
}

std::optional<Result<UapiRequest>> UapiRequestParser::on_operation(std::string_view line) {
  if (line == "get=1") {
    state_ = State::in_get;
  } else if (line == "set=1") {
    state_ = State::in_set;
    set_ = std::make_unique<Set>();
  } else {
    return break_off({Code::malformed, "a request begins with neither 'get=1' nor 'set=1'"});
  }
  return std::nullopt;
}

std::optional<Result<UapiRequest>> UapiRequestParser::on_end() {
  const bool is_set = state_ == State::in_set;
  const auto set = std::move(set_);
  const auto error = std::exchange(error_, std::nullopt);
  state_ = State::between;
  lines_seen_ = 0;
  if (error) return fail(*error);
  if (is_set) return UapiRequest(std::move(set->config));
  return UapiRequest(GetRequest{});
}

Result<UapiRequest> UapiRequestParser::break_off(Error error) {
  broken_ = true;
  set_.reset();
  return fail(std::move(error));
}

int uapi_errno(const Error& error) {
  switch (error.code) {
    case Code::malformed: return EPROTO;
    case Code::too_large: return E2BIG;
    case Code::unsupported: return EOPNOTSUPP;
    case Code::not_found: return ENOENT;
    case Code::exists:
    case Code::conflict: return EADDRINUSE;
    case Code::unauthenticated:
    case Code::forbidden: return EACCES;
    case Code::unavailable: return EAGAIN;
    case Code::io: return EIO;
    case Code::invalid:
    case Code::expired:
    case Code::used_up:
    case Code::revoked: return EINVAL;
  }
  return EINVAL;
}

namespace {

void write_peer(internal::LineWriter& out, const PeerStatus& peer) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(peer.last_handshake);
  out.key_line("public_key", peer.public_key.bytes);
  out.key_line("preshared_key", peer.preshared_key.expose());
  out.line("protocol_version", 1);
  if (peer.endpoint) out.line("endpoint", internal::endpoint_text(*peer.endpoint, peer.zone));
  out.line("last_handshake_time_sec", static_cast<std::uint64_t>(seconds.count()));
  out.line("last_handshake_time_nsec", static_cast<std::uint64_t>((peer.last_handshake - seconds).count()));
  out.line("tx_bytes", peer.tx_bytes);
  out.line("rx_bytes", peer.rx_bytes);
  out.line("persistent_keepalive_interval", static_cast<std::uint64_t>(peer.persistent_keepalive.count()));
  for (const addr::Prefix& prefix : peer.allowed_ips) out.line("allowed_ip", prefix.to_string());
  for (const addr::Prefix& prefix : peer.accepted_ips) out.line("accepted_ip", prefix.to_string());
}

std::size_t expected_bytes(const DeviceStatus& status) {
  std::size_t sum = 256;
  for (const PeerStatus& peer : status.peers) sum += 512 + 64 * (peer.allowed_ips.size() + peer.accepted_ips.size());
  return sum;
}

}  // namespace

std::string uapi_get_reply(const DeviceStatus& status) {
  internal::LineWriter out(expected_bytes(status));
  if (status.private_key) out.key_line("private_key", status.private_key->expose());
  if (status.listen_port != 0) out.line("listen_port", status.listen_port);
  if (status.fwmark != 0) out.line("fwmark", status.fwmark);
  for (const PeerStatus& peer : status.peers) write_peer(out, peer);
  out.line("errno", 0);
  return out.finish();
}

std::string uapi_set_reply(const Result<>& outcome) {
  return "errno=" + std::to_string(outcome ? 0 : -uapi_errno(outcome.error())) + "\n\n";
}

}  // namespace smeg::wireguard
