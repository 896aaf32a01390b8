#include "sim/converged.h"

#include <algorithm>
#include <deque>
#include <map>

#include "mesh/mesh.h"
#include "trust/trust.h"
#include "wire/state.pb.h"

namespace smeg::sim {
namespace {

constexpr std::uint32_t kFormat = 1;
constexpr std::uint64_t kCountersReserved = 1'024;
constexpr std::uint16_t kTunnelPort = 51'820;

using Seeds = std::map<HostIndex, crypto::Secret<32>>;

struct Member {
  HostIndex host;
  std::uint16_t control_port;
  crypto::Secret<32> seed;
  crypto::IdentityPrivateKey key;
  trust::Certificate certificate;
  crypto::WgPrivateKey tunnel;
  unsigned slot = 0;  // which of its host's meshes this is
};

// What is the same for all.
struct Shared {
  bool tunnels = false;
  trust::Founding founding;
  std::string mesh_name = "simulated";
  std::vector<Member> members;
};

const crypto::Secret<32>& seed_of(HostIndex host, Seeds& seeds, SeededKeySource& keys) {
  const auto known = seeds.find(host);
  return known != seeds.end() ? known->second : seeds.emplace(host, crypto::Secret<32>::random(keys)).first->second;
}

Result<Member> admit(Shared& mesh, const trust::Invite& invite, const World& world, HostIndex host, Role role,
                     Seeds& seeds, SeededKeySource& keys) {
  const auto& seed = seed_of(host, seeds, keys);
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
    const auto port = static_cast<std::uint16_t>(mesh.tunnels ? kTunnelPort + member.slot : 0);
    for (const addr::IpAddress& address : {place.v6, place.v4})
      record.endpoints.push_back({mesh::EndpointKind::outgoing, address, port, member.control_port, 20});
  }
  return mesh::encode_item(mesh::sign_record(record, to_bytes(member.certificate.der()), member.key));
}

// All records, as they stand in a cache.
Bytes items_of(const Shared& mesh, const World& world) {
  std::map<crypto::IdentityKey, Bytes> records;
  for (const Member& member : mesh.members)
    records.emplace(member.certificate.identity(), record_of(mesh, member, world));
  std::vector<Bytes> items;
  items.reserve(records.size());
  for (auto& [identity, record] : records) items.push_back(std::move(record));
  return mesh::join_items(items);
}

void keep(const Shared& mesh, const Member& member, const World& world, wire::MeshState& kept) {
  kept.set_mesh_id(to_string(mesh.founding.ledger.mesh().bytes));
  kept.set_name(mesh.mesh_name);
  mesh.founding.ledger.to_proto(*kept.mutable_trust());
  kept.set_certificate(to_string(member.certificate.der()));
  kept.set_wg_private_key(to_string(member.tunnel.expose()));
  kept.set_counter_reserved(kCountersReserved);
  kept.set_alias(world.name(member.host));
  if (mesh.tunnels) {
    kept.set_interface_number(member.slot);
    kept.set_listen_port(kTunnelPort + member.slot);
  }
  const Member& founder = mesh.members.front();
  if (&member == &founder) {
    kept.set_issuer(to_string(mesh.founding.issuer.encode()));
    kept.set_root(to_string(mesh.founding.authority.encode()));
  }
}

// A mesh of these hosts, the last `clients` of them clients.
Result<Shared> make_mesh(const World& world, const std::vector<HostIndex>& hosts, std::size_t clients, Seeds& seeds,
                         SeededKeySource& keys) {
  const WallTime now = world.wall(hosts.front());
  const crypto::Secret<32>& founder_seed = seed_of(hosts.front(), seeds, keys);
  auto founding = trust::found_mesh(founder_seed, keys);
  if (!founding) return fail(founding.error());
  Shared mesh{.founding = std::move(*founding), .members = {}};
  const MeshId id = mesh.founding.ledger.mesh();
  mesh.members.push_back({hosts.front(),
                          world.network().place(hosts.front()).control_port,
                          founder_seed,
                          crypto::derive_identity(founder_seed, id.bytes),
                          mesh.founding.certificate,
                          {}});
  if (hosts.size() > 1) {
    trust::InviteTerms terms;
    terms.uses = static_cast<std::uint32_t>(hosts.size() - 1);
    const addr::HostPort contact{world.network().place(hosts.front()).v6, {}, mesh.members.front().control_port};
    auto invite = mesh.founding.issuer.create_invite(mesh.founding.ledger, terms, {contact}, true, now, keys);
    if (!invite) return fail(invite.error());
    for (std::size_t i = 1; i < hosts.size(); ++i) {
      const Role role = i + clients >= hosts.size() ? Role::client : Role::peer;
      auto member = admit(mesh, *invite, world, hosts[i], role, seeds, keys);
      if (!member) return fail(member.error());
      mesh.members.push_back(std::move(*member));
    }
  }
  for (Member& member : mesh.members) member.tunnel = crypto::generate_wg_key(keys);
  return mesh;
}

// What all of them would have left on their disks. A host at a time: the members' records are most of it, and a disk
// that is like another takes no room.
void fill_disks(World& world, const std::vector<Shared>& meshes) {
  struct Membership {
    const Shared& mesh;
    const Member& member;
    const std::string& items;
  };
  std::deque<std::string> items;
  std::map<HostIndex, std::vector<Membership>> memberships;
  for (const Shared& mesh : meshes) {
    items.push_back(to_string(items_of(mesh, world)));
    for (const Member& member : mesh.members) memberships[member.host].push_back({mesh, member, items.back()});
  }
  for (const auto& [host, its] : memberships) {
    wire::HostState state;
    wire::MemberCache cache;
    state.set_format(kFormat);
    state.set_seed(to_string(its.front().member.seed.expose()));
    cache.set_format(kFormat);
    for (const Membership& one : its) {
      keep(one.mesh, one.member, world, *state.add_meshes());
      wire::MeshCache& kept = *cache.add_meshes();
      kept.set_mesh_id(to_string(one.mesh.founding.ledger.mesh().bytes));
      kept.set_items(one.items);
    }
    world.disk(host).put(node::File::members, to_bytes(cache.SerializeAsString()));
    world.disk(host).put(node::File::state, to_bytes(state.SerializeAsString()));
  }
}

ConvergedMesh shown(const Shared& mesh) {
  ConvergedMesh out{.mesh = mesh.founding.ledger.mesh(), .hosts = {}, .members = {}};
  for (const Member& member : mesh.members) {
    out.hosts.push_back(member.host);
    out.members.push_back({member.certificate.identity(),
                           member.certificate.address(),
                           member.key,
                           to_bytes(member.certificate.der()),
                           {}});
    if (mesh.tunnels) out.members.back().tunnel = crypto::wg_public_key(member.tunnel);
  }
  return out;
}

}  // namespace

Result<ConvergedMesh> add_converged(World& world, const ConvergedOptions& options, std::uint64_t seed) {
  SeededKeySource keys(seed);
  Seeds seeds;
  std::vector<HostIndex> hosts;
  for (std::size_t i = 0; i < options.members; ++i) hosts.push_back(world.add_host(options.host(i)));
  auto mesh = make_mesh(world, hosts, options.clients, seeds, keys);
  if (!mesh) return fail(mesh.error());
  mesh->tunnels = options.tunnels;
  std::vector<Shared> meshes;
  meshes.push_back(std::move(*mesh));
  fill_disks(world, meshes);
  return shown(meshes.front());
}

Result<std::vector<ConvergedMesh>> add_converged(World& world, const ConvergedMeshesOptions& options,
                                                 std::uint64_t seed) {
  SeededKeySource keys(seed);
  Seeds seeds;
  std::size_t count = 0;
  for (const auto& members : options.meshes)
    for (const std::size_t host : members) count = std::max(count, host + 1);
  std::vector<HostIndex> hosts;
  for (std::size_t i = 0; i < count; ++i) hosts.push_back(world.add_host(options.host(i)));
  std::map<HostIndex, unsigned> slots;  // taken
  std::vector<Shared> meshes;
  std::vector<ConvergedMesh> out;
  for (const auto& numbers : options.meshes) {
    std::vector<HostIndex> members;
    members.reserve(numbers.size());
    for (const std::size_t number : numbers) members.push_back(hosts[number]);
    auto mesh = make_mesh(world, members, 0, seeds, keys);
    if (!mesh) return fail(mesh.error());
    mesh->tunnels = true;
    mesh->mesh_name += "-" + std::to_string(meshes.size());
    for (Member& member : mesh->members) member.slot = slots[member.host]++;
    out.push_back(shown(*mesh));
    meshes.push_back(std::move(*mesh));
  }
  fill_disks(world, meshes);
  return out;
}

void share_cache(World& world, HostIndex from, HostIndex to, const MeshId& mesh) {
  const auto cache_of = [&](HostIndex host) {
    wire::MemberCache out;
    if (const auto file = world.disk(host).files().members) (void)out.ParseFromString(to_string(*file));
    return out;
  };
  const auto is_it = [&](const wire::MeshCache& one) { return one.mesh_id() == to_string(mesh.bytes); };
  const wire::MemberCache theirs = cache_of(from);
  wire::MemberCache ours = cache_of(to);
  const auto met = std::ranges::find_if(theirs.meshes(), is_it);
  if (met == theirs.meshes().end()) return;
  for (wire::MeshCache& one : *ours.mutable_meshes())
    if (is_it(one)) one.set_items(met->items());
  world.disk(to).put(node::File::members, to_bytes(ours.SerializeAsString()));
}

}  // namespace smeg::sim
