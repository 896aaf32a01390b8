#include "sim/converged.h"

#include "mesh/mesh.h"
#include "trust/trust.h"
#include "wire/state.pb.h"

namespace smeg::sim {
namespace {

constexpr std::uint32_t kFormat = 1;
constexpr std::uint64_t kCountersReserved = 1'024;
constexpr std::uint16_t kTunnelPort = 51'820;

struct Member {
  HostIndex host;
  std::uint16_t control_port;
  crypto::Secret<32> seed;
  crypto::IdentityPrivateKey key;
  trust::Certificate certificate;
  crypto::WgPrivateKey tunnel;
};

// What is the same for all.
struct Shared {
  bool tunnels = false;
  trust::Founding founding;
  std::string mesh_name = "simulated";
  std::vector<Member> members;
};

Result<Member> admit(Shared& mesh, const trust::Invite& invite, const World& world, HostIndex host, Role role,
                     SeededKeySource& keys) {
  const auto seed = crypto::Secret<32>::random(keys);
  auto key = crypto::derive_identity(seed, mesh.founding.ledger.mesh().bytes);
  const auto identity = crypto::signing_public_key(key);
  const trust::TlsExporter exporter = keys.bytes<32>();
  const auto request = trust::make_join_request(invite, identity, exporter, {}, role);
  auto admitted = mesh.founding.issuer.redeem(request, identity, exporter, mesh.founding.ledger, {},
                                              &mesh.founding.authority, world.wall(host));
  if (!admitted) return fail(admitted.error());
  return Member{host,           world.network().place(host).control_port, seed,
                std::move(key), std::move(admitted->certificate),         {}};
}

// Just as the host will say it when it starts, so that it has nothing new to tell: as if it had run all the time.
Bytes record_of(const Shared& mesh, const Member& member, const World& world) {
  mesh::Record record;
  record.mesh = mesh.founding.ledger.mesh();
  record.identity = member.certificate.identity();
  record.version = {member.certificate.incarnation().value, 1};
  record.boot_id = world.next_boot(member.host);
  record.alias = world.name(member.host);
  record.software = "smegmesh " + std::string(kVersion);
  if (mesh.tunnels) record.wg_public_key = crypto::wg_public_key(member.tunnel);
  if (member.certificate.rights().role == Role::peer) {
    const Place& place = world.network().place(member.host);
    const std::uint16_t port = mesh.tunnels ? kTunnelPort : std::uint16_t{0};
    for (const addr::IpAddress& address : {place.v6, place.v4})
      record.endpoints.push_back({mesh::EndpointKind::outgoing, address, port, member.control_port, 20});
  }
  return mesh::encode_item(mesh::sign_record(record, to_bytes(member.certificate.der()), member.key));
}

Bytes cache_of(const Shared& mesh, const World& world) {
  std::map<crypto::IdentityKey, Bytes> records;
  for (const Member& member : mesh.members)
    records.emplace(member.certificate.identity(), record_of(mesh, member, world));
  std::vector<Bytes> items;
  items.reserve(records.size());
  for (auto& [identity, record] : records) items.push_back(std::move(record));
  wire::MemberCache cache;
  cache.set_format(kFormat);
  wire::MeshCache& kept = *cache.add_meshes();
  kept.set_mesh_id(to_string(mesh.founding.ledger.mesh().bytes));
  kept.set_items(to_string(mesh::join_items(items)));
  return to_bytes(cache.SerializeAsString());
}

Bytes state_of(const Shared& mesh, const Member& member, const World& world) {
  wire::HostState state;
  state.set_format(kFormat);
  state.set_seed(to_string(member.seed.expose()));
  wire::MeshState& kept = *state.add_meshes();
  kept.set_mesh_id(to_string(mesh.founding.ledger.mesh().bytes));
  kept.set_name(mesh.mesh_name);
  mesh.founding.ledger.to_proto(*kept.mutable_trust());
  kept.set_certificate(to_string(member.certificate.der()));
  kept.set_wg_private_key(to_string(member.tunnel.expose()));
  kept.set_counter_reserved(kCountersReserved);
  kept.set_alias(world.name(member.host));
  const Member& founder = mesh.members.front();
  if (&member == &founder) {
    kept.set_issuer(to_string(mesh.founding.issuer.encode()));
    kept.set_root(to_string(mesh.founding.authority.encode()));
  }
  return to_bytes(state.SerializeAsString());
}

}  // namespace

Result<ConvergedMesh> add_converged(World& world, const ConvergedOptions& options, std::uint64_t seed) {
  SeededKeySource keys(seed);
  std::vector<HostIndex> hosts;
  for (std::size_t i = 0; i < options.members; ++i) hosts.push_back(world.add_host(options.host(i)));
  const WallTime now = world.wall(hosts.front());
  const auto founder_seed = crypto::Secret<32>::random(keys);
  auto founding = trust::found_mesh(founder_seed, keys);
  if (!founding) return fail(founding.error());
  Shared mesh{.tunnels = options.tunnels, .founding = std::move(*founding), .members = {}};
  const MeshId id = mesh.founding.ledger.mesh();
  mesh.members.push_back({hosts.front(),
                          world.network().place(hosts.front()).control_port,
                          founder_seed,
                          crypto::derive_identity(founder_seed, id.bytes),
                          mesh.founding.certificate,
                          {}});
  if (options.members > 1) {
    trust::InviteTerms terms;
    terms.uses = static_cast<std::uint32_t>(options.members - 1);
    const addr::HostPort contact{world.network().place(hosts.front()).v6, {}, mesh.members.front().control_port};
    auto invite = mesh.founding.issuer.create_invite(mesh.founding.ledger, terms, {contact}, true, now, keys);
    if (!invite) return fail(invite.error());
    for (std::size_t i = 1; i < options.members; ++i) {
      const Role role = i + options.clients >= options.members ? Role::client : Role::peer;
      auto member = admit(mesh, *invite, world, hosts[i], role, keys);
      if (!member) return fail(member.error());
      mesh.members.push_back(std::move(*member));
    }
  }
  for (Member& member : mesh.members) member.tunnel = crypto::generate_wg_key(keys);
  const Bytes cache = cache_of(mesh, world);
  ConvergedMesh out{id, std::move(hosts), {}};
  for (const Member& member : mesh.members) {
    world.disk(member.host).put(node::File::members, cache);
    world.disk(member.host).put(node::File::state, state_of(mesh, member, world));
    out.members.push_back(
        {member.certificate.identity(), member.certificate.address(), member.key, to_bytes(member.certificate.der())});
  }
  return out;
}

}  // namespace smeg::sim
