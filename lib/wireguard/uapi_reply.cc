// The client's side: requests out, replies in.
#include "wireguard/uapi.h"
#include "wireguard/uapi_values.h"

namespace smeg::wireguard {
namespace {

using internal::KeyValue;

std::size_t expected_bytes(const DeviceConfig& config) {
  std::size_t sum = 256;
  for (const PeerConfig& peer : config.peers) sum += 512 + 64 * (peer.allowed_ips.size() + peer.accepted_ips.size());
  return sum;
}

void write_changes(internal::LineWriter& out, std::string_view key, const std::vector<PrefixChange>& changes) {
  for (const PrefixChange& change : changes) out.line(key, (change.remove ? "-" : "") + change.prefix.to_string());
}

void write_peer(internal::LineWriter& out, const PeerConfig& peer) {
  out.key_line("public_key", peer.public_key.bytes);
  if (peer.remove) return out.line("remove", "true");
  if (peer.update_only) out.line("update_only", "true");
  if (peer.preshared_key) out.key_line("preshared_key", peer.preshared_key->expose());
  if (peer.endpoint) out.line("endpoint", internal::endpoint_text(*peer.endpoint, peer.zone));
  if (peer.persistent_keepalive)
    out.line("persistent_keepalive_interval", static_cast<std::uint64_t>(peer.persistent_keepalive->count()));
  if (peer.replace_allowed_ips) out.line("replace_allowed_ips", "true");
  write_changes(out, "allowed_ip", peer.allowed_ips);
  if (peer.replace_accepted_ips) out.line("replace_accepted_ips", "true");
  write_changes(out, "accepted_ip", peer.accepted_ips);
}

template <class To, class Value>
bool assign(To& to, std::optional<Value> value) {
  if (!value) return false;
  to = To(std::move(*value));
  return true;
}

}  // namespace

std::string uapi_get_request() { return "get=1\n\n"; }

std::string uapi_set_request(const DeviceConfig& config) {
  internal::LineWriter out(expected_bytes(config));
  out.line("set", 1);
  if (config.private_key) out.key_line("private_key", config.private_key->expose());
  if (config.listen_port) out.line("listen_port", *config.listen_port);
  if (config.fwmark) out.line("fwmark", *config.fwmark);
  if (config.replace_peers) out.line("replace_peers", "true");
  for (const PeerConfig& peer : config.peers) write_peer(out, peer);
  return out.finish();
}

// A reply that is still coming in.
struct UapiReplyParser::Get {
  DeviceStatus status;
  std::size_t prefixes = 0;  // of all peers
  std::optional<std::int64_t> error_number;

  // False for a value that can't be.
  bool on_line(std::string_view text) {
    const auto line = internal::split(text);
    if (!line) return false;
    if (line->key == "errno") return assign(error_number, internal::parse_decimal<std::int64_t>(line->value));
    if (line->key == "public_key") return begin_peer(line->value);
    return status.peers.empty() ? on_device_line(*line) : on_peer_line(*line, status.peers.back());
  }

 private:
  bool on_device_line(const KeyValue& line) {
    if (line.key == "private_key") return assign(status.private_key, internal::parse_key(line.value));
    if (line.key == "listen_port")
      return assign(status.listen_port, internal::parse_decimal<std::uint16_t>(line.value));
    if (line.key == "fwmark") return assign(status.fwmark, internal::parse_decimal<std::uint32_t>(line.value));
    return true;
  }

  bool begin_peer(std::string_view value) {
    const auto key = internal::parse_public_key(value);
    if (!key || status.peers.size() >= limits::kWireguardPeers) return false;
    status.peers.emplace_back().public_key = *key;
    return true;
  }

  bool on_peer_line(const KeyValue& line, PeerStatus& peer) {
    if (line.key == "preshared_key") return assign(peer.preshared_key, internal::parse_key(line.value));
    if (line.key == "endpoint") return set_endpoint(line.value, peer);
    if (line.key == "allowed_ip") return add_prefix(line.value, peer.allowed_ips);
    if (line.key == "accepted_ip") return add_prefix(line.value, peer.accepted_ips);
    if (line.key == "tx_bytes") return assign(peer.tx_bytes, internal::parse_decimal<std::uint64_t>(line.value));
    if (line.key == "rx_bytes") return assign(peer.rx_bytes, internal::parse_decimal<std::uint64_t>(line.value));
    if (line.key == "persistent_keepalive_interval")
      return assign(peer.persistent_keepalive, internal::parse_decimal<std::uint16_t>(line.value));
    if (line.key == "last_handshake_time_sec") return set_seconds(line.value, peer);
    if (line.key == "last_handshake_time_nsec") return set_nanoseconds(line.value, peer);
    return true;
  }

  static bool set_endpoint(std::string_view value, PeerStatus& peer) {
    auto parsed = internal::parse_endpoint(value);
    if (!parsed) return false;
    peer.endpoint = parsed->endpoint;
    peer.zone = std::move(parsed->zone);
    return true;
  }

  bool add_prefix(std::string_view value, std::vector<addr::Prefix>& to) {
    const auto prefix = internal::parse_allowed_ip(value);
    if (!prefix || ++prefixes > limits::kAllowedIps) return false;
    to.push_back(*prefix);
    return true;
  }

  // The two parts of the time come in lines of their own; each leaves the other as it is.
  static bool set_seconds(std::string_view value, PeerStatus& peer) {
    static constexpr auto kLimit = std::chrono::duration_cast<std::chrono::seconds>(HandshakeTime::max()).count() - 1;
    const auto count = internal::parse_decimal<std::int64_t>(value);
    if (!count || *count < 0 || *count > kLimit) return false;
    peer.last_handshake = std::chrono::seconds(*count) + peer.last_handshake % std::chrono::seconds(1);
    return true;
  }

  static bool set_nanoseconds(std::string_view value, PeerStatus& peer) {
    const auto count = internal::parse_decimal<std::uint32_t>(value);
    if (!count || *count >= 1'000'000'000) return false;
    peer.last_handshake += std::chrono::nanoseconds(*count) - peer.last_handshake % std::chrono::seconds(1);
    return true;
  }
};

UapiReplyParser::UapiReplyParser() : get_(std::make_unique<Get>()) {}
UapiReplyParser::~UapiReplyParser() = default;

void UapiReplyParser::feed(std::string_view bytes) {
  if (!broken_) lines_.feed(bytes);
}

std::optional<Result<DeviceStatus>> UapiReplyParser::next() {
  while (!broken_) {
    const auto line = lines_.next();
    if (lines_.overlong()) return break_off({Code::too_large, "a line of the engine's reply is too long"});
    if (!line) return std::nullopt;
    if (++lines_seen_ > limits::kUapiLines) return break_off({Code::too_large, "the engine's reply is too long"});
    if (line->empty()) return on_end();
    if (!error_ && !get_->on_line(*line)) error_ = Error{Code::malformed, "the engine's reply does not parse"};
  }
  return std::nullopt;
}

std::optional<Result<DeviceStatus>> UapiReplyParser::on_end() {
  const auto get = std::exchange(get_, std::make_unique<Get>());
  const auto error = std::exchange(error_, std::nullopt);
  lines_seen_ = 0;
  if (error) return fail(*error);
  if (!get->error_number) return fail(Code::malformed, "the engine's reply ends without 'errno'");
  if (*get->error_number != 0)
    return fail(Code::io, "the engine refused with error number " + std::to_string(*get->error_number));
  return std::move(get->status);
}

Result<DeviceStatus> UapiReplyParser::break_off(Error error) {
  broken_ = true;
  get_.reset();
  return fail(std::move(error));
}

}  // namespace smeg::wireguard
