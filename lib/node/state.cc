#include "node/state.h"

#include "wire/state.pb.h"

namespace smeg::node {
namespace {

constexpr std::uint32_t kFormat = 1;

tl::unexpected<Error> within(const std::string& what, const Error& error) {
  return fail(error.code, what + ": " + error.message, error.hint);
}

Result<control::MembershipOptions> decode_options(const wire::MembershipOptions& kept) {
  control::MembershipOptions options;
  if (kept.role() != 0) {
    if (kept.role() > 2) return fail(Code::unsupported, "role " + std::to_string(kept.role()));
    options.role = static_cast<Role>(kept.role());
  }
  if (kept.wg_port() > 65'535) return fail(Code::malformed, "a port beyond 65535");
  if (kept.wg_port() != 0) options.wg_port = static_cast<std::uint16_t>(kept.wg_port());
  for (const std::string& text : kept.endpoints()) {
    auto endpoint = addr::HostPort::parse(text);
    if (!endpoint) return fail(endpoint.error());
    options.endpoints.push_back(std::move(*endpoint));
  }
  if (kept.has_keepalive_ms()) options.keepalive = std::chrono::milliseconds(kept.keepalive_ms());
  return options;
}

using Contacts = std::map<crypto::IdentityKey, std::vector<DialTarget>>;

Result<Contacts> decode_contacts(const wire::MeshState& kept) {
  Contacts out;
  for (const wire::Contact& contact : kept.contacts()) {
    const auto identity = crypto::IdentityKey::from(as_bytes(contact.identity()));
    if (!identity) return fail(identity.error());
    for (const auto& target : contact.targets()) {
      if (target.port() == 0 || target.port() > 65'535) return fail(Code::malformed, "a contact without a port");
      out[*identity].push_back({target.host(), static_cast<std::uint16_t>(target.port())});
    }
  }
  return out;
}

Result<std::vector<KeptGuest>> decode_guests(const wire::MeshState& kept) {
  if (static_cast<std::size_t>(kept.guests_size()) > limits::kGuestsPerMember)
    return fail(Code::too_large, "more than " + std::to_string(limits::kGuestsPerMember) + " guests");
  std::vector<KeptGuest> out;
  for (const wire::KeptGuest& guest : kept.guests()) {
    auto name = parse_label(guest.name(), "a guest's name");
    if (!name) return fail(name.error());
    const auto key = crypto::WgPublicKey::from(as_bytes(guest.wg_public_key()));
    if (!key) return fail(key.error());
    const auto preshared_key = crypto::Secret<32>::from(as_bytes(guest.preshared_key()));
    if (!preshared_key) return fail(preshared_key.error());
    out.push_back({std::move(*name), *key, crypto::PresharedKey(*preshared_key)});
  }
  return out;
}

Result<std::vector<KeptLane>> decode_lanes(const wire::MeshState& kept) {
  std::vector<KeptLane> out;
  for (const wire::KeptLane& lane : kept.lanes()) {
    const auto member = crypto::IdentityKey::from(as_bytes(lane.identity()));
    if (!member) return fail(member.error());
    const bool twice = std::ranges::any_of(
        out, [&](const KeptLane& other) { return other.number == lane.number() || other.member == *member; });
    if (lane.number() == 0 || lane.number() > netstate::kLanesPerMesh || twice || lane.listen_port() > 65'535)
      return fail(Code::malformed, "an impossible lane " + std::to_string(lane.number()));
    out.push_back({.number = lane.number(),
                   .member = *member,
                   .interface_number = lane.interface_number(),
                   .listen_port = static_cast<std::uint16_t>(lane.listen_port())});
  }
  return out;
}

Result<MembershipParts> decode_mesh(const wire::MeshState& kept, const crypto::Secret<32>& seed) {
  const std::string what = "mesh '" + kept.name() + "'";
  MeshId id;
  if (kept.mesh_id().size() != id.bytes.size()) return fail(Code::malformed, what + ": its id has the wrong length");
  std::ranges::copy(as_bytes(kept.mesh_id()), id.bytes.begin());
  auto ledger = trust::Ledger::from_proto(kept.trust(), id);
  if (!ledger) return within(what, ledger.error());
  auto certificate = trust::Certificate::parse(as_bytes(kept.certificate()));
  if (!certificate) return within(what, certificate.error());
  const auto wg_key = crypto::Secret<32>::from(as_bytes(kept.wg_private_key()));
  if (!wg_key) return within(what, wg_key.error());
  auto options = decode_options(kept.options());
  if (!options) return within(what, options.error());
  const auto identity = crypto::derive_identity(seed, id.bytes);
  if (certificate->identity() != crypto::signing_public_key(identity))
    return fail(Code::conflict, what + ": the certificate is not for this host's key",
                "the file was put together from those of two hosts; restore it as it was");
  MembershipParts parts{.name = kept.name(),
                        .options = std::move(*options),
                        .ledger = std::move(*ledger),
                        .certificate = std::move(*certificate),
                        .issuer = std::nullopt,
                        .root = std::nullopt,
                        .wg_key = crypto::WgPrivateKey(*wg_key),
                        .counter_reserved = kept.counter_reserved(),
                        .alias = kept.alias(),
                        .description = kept.description(),
                        .interface_number = std::nullopt,
                        .listen_port = static_cast<std::uint16_t>(kept.listen_port())};
  auto contacts = decode_contacts(kept);
  if (!contacts) return within(what, contacts.error());
  parts.contacts = std::move(*contacts);
  auto guests = decode_guests(kept);
  if (!guests) return within(what, guests.error());
  parts.guests = std::move(*guests);
  auto services = mesh::services_from_wire({kept.services().data(), static_cast<std::size_t>(kept.services_size())});
  if (!services) return within(what, services.error());
  parts.services = std::move(*services);
  auto lanes = decode_lanes(kept);
  if (!lanes) return within(what, lanes.error());
  parts.lanes = std::move(*lanes);
  if (kept.has_interface_number()) parts.interface_number = kept.interface_number();
  if (!kept.issuer().empty()) {
    auto issuer = trust::Issuer::decode(as_bytes(kept.issuer()), id, identity);
    if (!issuer) return within(what, issuer.error());
    parts.issuer = std::move(*issuer);
  }
  if (!kept.root().empty()) {
    auto root = trust::RootAuthority::decode(as_bytes(kept.root()));
    if (!root) return within(what, root.error());
    parts.root = std::move(*root);
  }
  return parts;
}

Result<KeptAsk> decode_ask(const wire::MeshAsk& kept) {
  KeptAsk out;
  MeshId& id = out.wanted.mesh;
  if (kept.mesh_id().size() != id.bytes.size()) return fail(Code::malformed, "a mesh's id of the wrong length");
  std::ranges::copy(as_bytes(kept.mesh_id()), id.bytes.begin());
  for (const std::string& text : kept.vias()) {
    auto via = addr::HostPort::parse(text);
    if (!via) return fail(via.error());
    out.wanted.vias.push_back(std::move(*via));
  }
  auto options = decode_options(kept.options());
  if (!options) return fail(options.error());
  out.wanted.options = std::move(*options);
  out.wanted.name = kept.name();
  out.wanted.note = kept.note();
  out.refusal = kept.refusal();
  return out;
}

Result<std::vector<KeptAsk>> decode_asks(const wire::HostState& state) {
  if (static_cast<std::size_t>(state.asks_size()) > limits::kJoinAsks)
    return fail(Code::too_large, "more than " + std::to_string(limits::kJoinAsks) + " meshes that are asked");
  std::vector<KeptAsk> out;
  for (const wire::MeshAsk& kept : state.asks()) {
    auto ask = decode_ask(kept);
    if (!ask) return within("what mesh '" + kept.name() + "' is asked", ask.error());
    out.push_back(std::move(*ask));
  }
  return out;
}

}  // namespace

Result<LoadedState> decode_state(ByteView contents) {
  wire::HostState state;
  if (!state.ParseFromArray(contents.data(), static_cast<int>(contents.size())))
    return fail(Code::malformed, "the state does not parse");
  if (state.format() != kFormat)
    return fail(Code::unsupported, "the state is of format " + std::to_string(state.format()),
                "it was written by another version of smegd; use that one");
  const auto seed = crypto::Secret<32>::from(as_bytes(state.seed()));
  if (!seed) return fail(Code::malformed, "the host's seed is missing");
  LoadedState out{*seed, state.draining(), state.down(), {}, {}};
  if (static_cast<std::size_t>(state.meshes_size()) > limits::kMeshesPerHost)
    return fail(Code::too_large, "more than " + std::to_string(limits::kMeshesPerHost) + " meshes");
  for (const wire::MeshState& mesh : state.meshes()) {
    auto parts = decode_mesh(mesh, *seed);
    if (!parts) return fail(parts.error());
    out.meshes.push_back(std::move(*parts));
  }
  auto asks = decode_asks(state);
  if (!asks) return fail(asks.error());
  out.asks = std::move(*asks);
  return out;
}

void save(const KeptAsk& ask, wire::HostState& out) {
  wire::MeshAsk& kept = *out.add_asks();
  kept.set_mesh_id(to_string(ask.wanted.mesh.bytes));
  kept.set_name(ask.wanted.name);
  for (const addr::HostPort& via : ask.wanted.vias) kept.add_vias(via.to_string());
  kept.set_note(ask.wanted.note);
  save(ask.wanted.options, *kept.mutable_options());
  kept.set_refusal(ask.refusal);
}

void save(const control::MembershipOptions& options, wire::MembershipOptions& out) {
  if (options.role) out.set_role(static_cast<std::uint32_t>(*options.role));
  if (options.wg_port) out.set_wg_port(*options.wg_port);
  for (const addr::HostPort& endpoint : options.endpoints) out.add_endpoints(endpoint.to_string());
  if (options.keepalive)
    out.set_keepalive_ms(
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(*options.keepalive).count()));
}

}  // namespace smeg::node
