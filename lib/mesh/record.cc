#include "mesh/record.h"

#include <algorithm>

#include "mesh/service.h"
#include "wire/record.pb.h"

namespace smeg::mesh {
namespace {

constexpr std::uint32_t kFormat = 1;
constexpr std::string_view kDomain = "smegmesh member record 1";

template <std::size_t N>
Result<ByteArray<N>> fixed(std::string_view bytes, std::string_view what) {
  if (bytes.size() != N) {
    return fail(Code::malformed, "a member record with a " + std::string(what) + " of " + std::to_string(bytes.size()) +
                                     " bytes instead of " + std::to_string(N));
  }
  ByteArray<N> out;
  std::copy_n(as_bytes(bytes).begin(), N, out.begin());
  return out;
}

Result<void> bounded(std::string_view text, std::size_t limit, std::string_view what) {
  if (text.size() <= limit) return {};
  return fail(Code::too_large,
              "a member record with a " + std::string(what) + " of " + std::to_string(text.size()) + " bytes");
}

// Nothing for a kind that a later version may know.
std::optional<EndpointKind> kind_from(wire::EndpointKind kind) {
  if (kind == wire::ENDPOINT_CONFIGURED) return EndpointKind::configured;
  if (kind == wire::ENDPOINT_OUTGOING) return EndpointKind::outgoing;
  if (kind == wire::ENDPOINT_OBSERVED) return EndpointKind::observed;
  return std::nullopt;
}

wire::EndpointKind to_wire(EndpointKind kind) {
  switch (kind) {
    case EndpointKind::configured: return wire::ENDPOINT_CONFIGURED;
    case EndpointKind::outgoing: return wire::ENDPOINT_OUTGOING;
    case EndpointKind::observed: return wire::ENDPOINT_OBSERVED;
  }
  return wire::ENDPOINT_UNKNOWN;
}

Result<std::uint16_t> port_from(std::uint32_t port) {
  if (port > 65'535) return fail(Code::invalid, "a member record with port " + std::to_string(port));
  return static_cast<std::uint16_t>(port);
}

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

Result<std::variant<addr::IpAddress, std::string>> host_from(const wire::RecordEndpoint& in) {
  if (in.name().empty()) {
    auto address = addr::IpAddress::from(as_bytes(in.address()));
    if (!address) return fail(Code::malformed, "a member record with an address of no known length");
    if (address->is_unspecified() || address->is_multicast()) {
      return fail(Code::invalid, "a member record with an endpoint at " + address->to_string());
    }
    return *address;
  }
  if (!in.address().empty()) return fail(Code::malformed, "a member record's endpoint with both a name and an address");
  if (auto ok = bounded(in.name(), limits::kHostNameBytes, "host name"); !ok) return fail(ok.error());
  if (!is_printable_ascii(in.name())) return fail(Code::invalid, "a member record with an impossible host name");
  return in.name();
}

Result<MemberEndpoint> endpoint_from(const wire::RecordEndpoint& in, EndpointKind kind) {
  auto host = host_from(in);
  if (!host) return fail(host.error());
  const auto port = port_from(in.port());
  if (!port) return fail(port.error());
  const auto control_port = port_from(in.control_port());
  if (!control_port) return fail(control_port.error());
  if (*port == 0 && *control_port == 0) return fail(Code::invalid, "a member record's endpoint without a port");
  return MemberEndpoint{kind, std::move(*host), *port, *control_port, in.priority()};
}

Result<void> read_endpoints(const wire::Record& in, Record& out) {
  if (static_cast<std::size_t>(in.endpoints_size()) > limits::kEndpointsPerRecord) {
    return fail(Code::too_large, "a member record with " + std::to_string(in.endpoints_size()) + " endpoints");
  }
  for (const auto& endpoint : in.endpoints()) {
    const auto kind = kind_from(endpoint.kind());
    if (!kind) continue;
    auto parsed = endpoint_from(endpoint, *kind);
    if (!parsed) return fail(parsed.error());
    out.endpoints.push_back(std::move(*parsed));
  }
  return {};
}

Result<void> read_identity(const wire::Record& in, Record& out) {
  const auto mesh = fixed<20>(in.mesh_id(), "mesh id");
  if (!mesh) return fail(mesh.error());
  const auto identity = fixed<32>(in.identity(), "identity key");
  if (!identity) return fail(identity.error());
  const auto boot = fixed<16>(in.boot_id(), "boot id");
  if (!boot) return fail(boot.error());
  if (!in.carrier().empty()) {
    const auto carrier = fixed<32>(in.carrier(), "carrier");
    if (!carrier) return fail(carrier.error());
    out.carrier = {*carrier};
  }
  out.mesh = {*mesh};
  out.identity = {*identity};
  out.boot_id = *boot;
  out.version = {in.incarnation(), in.counter()};
  if (in.counter() >= limits::kCounterEnd) {
    return fail(Code::invalid, "a member record with the impossible counter " + std::to_string(in.counter()));
  }
  return {};
}

Result<void> read_keys(const wire::Record& in, Record& out) {
  if (auto ok = bounded(in.kem_public_key(), limits::kKemKeyBytes, "KEM key"); !ok) return ok;
  out.kem_public_key = to_bytes(in.kem_public_key());
  if (in.wg_public_key().empty()) return {};
  const auto key = fixed<32>(in.wg_public_key(), "WireGuard key");
  if (!key) return fail(key.error());
  out.wg_public_key = {*key};
  return {};
}

Result<void> read_texts(const wire::Record& in, Record& out) {
  if (auto ok = bounded(in.description(), limits::kDescriptionBytes, "description"); !ok) return ok;
  if (auto ok = bounded(in.software(), limits::kSoftwareBytes, "software version"); !ok) return ok;
  if (!is_plain_text(in.description()) || !is_plain_text(in.software())) {
    return fail(Code::invalid, "a member record with control characters in its text");
  }
  if (!in.alias().empty()) {
    if (auto ok = parse_label(in.alias(), "the alias in a member record"); !ok) return fail(ok.error());
  }
  out.alias = in.alias();
  out.description = in.description();
  out.software = in.software();
  out.offline = in.offline();
  return {};
}

Result<AnnouncedGuest> guest_from(const wire::RecordGuest& in) {
  auto name = parse_label(in.name(), "the name of a guest in a member record");
  if (!name) return fail(name.error());
  const auto key = fixed<32>(in.wg_public_key(), "guest's WireGuard key");
  if (!key) return fail(key.error());
  return AnnouncedGuest{std::move(*name), {*key}};
}

// No guest in it is like another one, or like the member itself: a WireGuard device has one peer for each key.
Result<void> check_guest(const AnnouncedGuest& guest, const Record& record) {
  if (crypto::is_low_order(guest.key)) return fail(Code::invalid, "a member record with a guest's key of low order");
  if (guest.key == record.wg_public_key) return fail(Code::invalid, "a member record with its own key as a guest's");
  const bool twice = std::ranges::any_of(
      record.guests, [&](const auto& other) { return other.name == guest.name || other.key == guest.key; });
  if (twice) return fail(Code::invalid, "a member record with two guests of one name or key");
  return {};
}

// Behind read_keys: the owner's key is looked at.
Result<void> read_guests(const wire::Record& in, Record& out) {
  if (static_cast<std::size_t>(in.guests_size()) > limits::kGuestsPerMember) {
    return fail(Code::too_large, "a member record with " + std::to_string(in.guests_size()) + " guests");
  }
  for (const auto& each : in.guests()) {
    auto guest = guest_from(each);
    if (!guest) return fail(guest.error());
    if (auto ok = check_guest(*guest, out); !ok) return ok;
    out.guests.push_back(std::move(*guest));
  }
  return {};
}

Result<void> read_services(const wire::Record& in, Record& out) {
  auto services = services_from_wire({in.services().data(), static_cast<std::size_t>(in.services_size())});
  if (!services) return fail(services.error().code, "a member record with services: " + services.error().message);
  out.services = std::move(*services);
  return {};
}

Result<RecordLane> lane_from(const wire::RecordLane& in) {
  const auto member = fixed<32>(in.identity(), "lane's identity key");
  if (!member) return fail(member.error());
  const auto key = fixed<32>(in.wg_public_key(), "lane's WireGuard key");
  if (!key) return fail(key.error());
  const auto port = port_from(in.port());
  if (!port) return fail(port.error());
  if (*port == 0) return fail(Code::invalid, "a member record with a lane without a port");
  return RecordLane{{*member}, {*key}, *port};
}

// What a tunnel could be mistaken by: a WireGuard device is told from others by its key, a socket by its port.
Result<void> check_lane(const RecordLane& lane, const Record& record) {
  if (!record.wg_public_key) return fail(Code::invalid, "a member record with a lane and without tunnels");
  if (lane.member == record.identity) return fail(Code::invalid, "a member record with a lane to itself");
  if (!record.lanes.empty() && lane.member <= record.lanes.back().member)
    return fail(Code::invalid, "a member record with lanes out of order");
  if (crypto::is_low_order(lane.key)) return fail(Code::invalid, "a member record with a lane's key of low order");
  const bool known = lane.key == *record.wg_public_key ||
                     std::ranges::find(record.guests, lane.key, &AnnouncedGuest::key) != record.guests.end();
  const bool twice = std::ranges::any_of(
      record.lanes, [&](const auto& other) { return other.key == lane.key || other.port == lane.port; });
  if (known || twice) return fail(Code::invalid, "a member record with one key or port for two tunnels");
  return {};
}

// Behind read_keys and read_guests, at which it looks.
Result<void> read_lanes(const wire::Record& in, Record& out) {
  if (static_cast<std::size_t>(in.lanes_size()) > kLanesPerRecord)
    return fail(Code::too_large, "a member record with " + std::to_string(in.lanes_size()) + " lanes");
  for (const auto& each : in.lanes()) {
    auto lane = lane_from(each);
    if (!lane) return fail(lane.error());
    if (auto ok = check_lane(*lane, out); !ok) return ok;
    out.lanes.push_back(*lane);
  }
  return {};
}

// The certificate is bound in, so that nobody can put a record together with another certificate of its owner, which
// would look as if the owner had said two things at once.
Bytes signed_bytes(const SignedRecord& record) {
  const auto certificate = crypto::hash<32>("smegmesh record certificate 1", {record.certificate});
  Bytes out = to_bytes(certificate);
  out.insert(out.end(), record.payload.begin(), record.payload.end());
  return out;
}

}  // namespace

std::string_view name(EndpointKind kind) {
  switch (kind) {
    case EndpointKind::configured: return "configured";
    case EndpointKind::outgoing: return "outgoing";
    case EndpointKind::observed: return "observed";
  }
  return "";
}

const RecordLane* Record::lane_for(const crypto::IdentityKey& member) const {
  const auto lane = std::ranges::lower_bound(lanes, member, {}, &RecordLane::member);
  return lane == lanes.end() || lane->member != member ? nullptr : &*lane;
}

Result<Record> Record::decode(ByteView payload) {
  if (payload.size() > limits::kRecordBytes) {
    return fail(Code::too_large, "a member record of " + std::to_string(payload.size()) + " bytes");
  }
  wire::Record in;
  if (!in.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
    return fail(Code::malformed, "a member record that does not parse");
  }
  if (in.format() != kFormat) {
    return fail(Code::unsupported, "a member record of format " + std::to_string(in.format()),
                "this host runs an older version than that member; upgrade it");
  }
  Record out;
  for (const auto read :
       {read_identity, read_keys, read_endpoints, read_texts, read_guests, read_lanes, read_services}) {
    if (auto ok = read(in, out); !ok) return fail(ok.error());
  }
  return out;
}

Bytes Record::encode() const {
  wire::Record out;
  out.set_format(kFormat);
  out.set_mesh_id(to_string(mesh.bytes));
  out.set_identity(to_string(identity.bytes));
  out.set_incarnation(version.incarnation);
  out.set_counter(version.counter);
  out.set_boot_id(to_string(boot_id));
  if (wg_public_key) out.set_wg_public_key(to_string(wg_public_key->bytes));
  out.set_kem_public_key(to_string(kem_public_key));
  for (const MemberEndpoint& endpoint : endpoints) {
    auto* to = out.add_endpoints();
    to->set_kind(to_wire(endpoint.kind));
    if (const auto* address = std::get_if<addr::IpAddress>(&endpoint.host)) to->set_address(to_string(address->view()));
    if (const auto* host = std::get_if<std::string>(&endpoint.host)) to->set_name(*host);
    to->set_port(endpoint.port);
    to->set_control_port(endpoint.control_port);
    to->set_priority(endpoint.priority);
  }
  out.set_alias(alias);
  out.set_description(description);
  out.set_offline(offline);
  out.set_software(software);
  for (const AnnouncedGuest& guest : guests) {
    auto* to = out.add_guests();
    to->set_name(guest.name);
    to->set_wg_public_key(to_string(guest.key.bytes));
  }
  for (const RecordLane& lane : lanes) {
    auto* to = out.add_lanes();
    to->set_identity(to_string(lane.member.bytes));
    to->set_wg_public_key(to_string(lane.key.bytes));
    to->set_port(lane.port);
  }
  for (const Service& service : services) to_wire(service, *out.add_services());
  if (carrier) out.set_carrier(to_string(carrier->bytes));
  return to_bytes(out.SerializeAsString());
}

SignedRecord sign_record(const Record& record, Bytes certificate, const crypto::IdentityPrivateKey& key) {
  SignedRecord out{std::move(certificate), record.encode(), {}};
  out.signature = crypto::sign(key, kDomain, signed_bytes(out));
  return out;
}

bool verify_record(const SignedRecord& record, const crypto::IdentityKey& key) {
  return crypto::verify(key, kDomain, signed_bytes(record), record.signature);
}

}  // namespace smeg::mesh
