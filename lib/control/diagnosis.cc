#include "control/diagnosis.h"

#include <algorithm>
#include <array>
#include <functional>

#include "control/codec.h"
#include "control/render.h"

namespace smeg::control {
namespace {

using namespace std::chrono_literals;

constexpr Duration kTunnelStands = 180s;    // WireGuard's REJECT_AFTER_TIME: an older handshake carries nothing
constexpr std::uint32_t kLeastMtu = 1'280;  // RFC 8200 section 5

using Found = std::optional<Finding>;

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

// Those to whom a tunnel or a session might lead.
bool is_there(const MemberView& member) {
  return !member.self && (member.state == MemberState::alive || member.state == MemberState::suspect);
}
bool might_be_there(const MemberView& member) {
  return is_there(member) || (!member.self && member.state == MemberState::down);
}

bool tunnel_stands(const Snapshot& snapshot, const MemberView& member) {
  return member.last_handshake && snapshot.generated - *member.last_handshake <= kTunnelStands;
}

std::string hosts_of(const MemberView& member) {
  std::string out;
  for (const EndpointView& endpoint : member.endpoints) {
    const std::string host = endpoint.at.host();
    if (out.find(host) == std::string::npos) out += (out.empty() ? "" : ", ") + host;
  }
  return out.empty() ? "no address that it tells" : out;
}

std::string how_long(const Snapshot& snapshot, const MemberView& member) {
  return member.since ? ", for " + age(*member.since, snapshot.generated) : "";
}

// ---- This host in the mesh

Found turned_off(const Snapshot&, const MeshView& mesh) {
  if (mesh.state != MeshState::down) return std::nullopt;
  return Finding{Layer::membership, "turned-off", "all meshes of this host are turned off",
                 "`smegctl up` turns them on"};
}

Found refused(const Snapshot&, const MeshView& mesh) {
  if (mesh.state != MeshState::refused) return std::nullopt;
  return Finding{Layer::membership, "refused",
                 "this host asked to be let into " + label(mesh) + ", and was not: " + mesh.state_detail,
                 "talk to whoever runs the member that was asked; `smegctl mesh leave` forgets the mesh"};
}

Found joining(const Snapshot&, const MeshView& mesh) {
  if (mesh.state != MeshState::joining) return std::nullopt;
  return Finding{
      Layer::membership, "joining",
      "this host is not in the mesh " + label(mesh) + " yet; it is " +
          (mesh.state_detail.empty() ? "joining" : mesh.state_detail),
      "let the TCP port of that host through (gRPCPort, 21910 unless told otherwise), or name another way to "
      "it with --via"};
}

Found removed(const Snapshot&, const MeshView& mesh) {
  const MemberView* self = self_of(mesh);
  if (!self || self->state != MemberState::revoked) return std::nullopt;
  return Finding{
      Layer::membership, "removed", "this host was removed from the mesh " + label(mesh),
      "ask a member that may invite for a new token, and join again: `smegctl mesh leave`, then `smegctl mesh "
      "join TOKEN`"};
}

Found identity_twice(const Snapshot&, const MeshView& mesh) {
  if (mesh.state != MeshState::standing_down) return std::nullopt;
  return Finding{
      Layer::membership, "identity-twice",
      "another host uses this one's identity in " + label(mesh) +
          (mesh.state_detail.empty() ? "" : ": " + mesh.state_detail),
      "its state was copied: stop smegd on the copy and empty its stateDirectory, then let it join by an invite "
      "of its own"};
}

Found no_tunnel_here(const Snapshot&, const MeshView& mesh) {
  if (mesh.backend != Backend::stub) return std::nullopt;
  return Finding{Layer::tunnel, "no-tunnel-here", "this host carries no packets: its backend is stub",
                 "set `backend: auto` in its configuration and restart smegd"};
}

Found no_interface(const Snapshot& snapshot, const MeshView& mesh) {
  const std::vector<Problem>& problems = snapshot.daemon.problems;
  for (const InterfaceView& interface : mesh.interfaces) {
    const auto told = std::ranges::find(problems, interface.name, &Problem::interface);
    if (told == problems.end()) continue;
    return Finding{Layer::tunnel, "interface-faulty",
                   "something is wrong with the interface " + interface.name + ": " + told->message,
                   "`smegctl status` lists what smegd finds wrong; it tries again by itself once that is mended"};
  }
  if (!mesh.interfaces.empty()) return std::nullopt;
  const std::string why = problems.empty() ? mesh.backend_reason : problems.front().message;
  return Finding{Layer::tunnel, "no-interface",
                 "this host has no interface for the mesh " + label(mesh) + (why.empty() ? "" : ": " + why),
                 "smegd needs CAP_NET_ADMIN and /dev/net/tun, or a kernel with WireGuard; it tries again by itself"};
}

// Nobody is heard, while somebody should be: that is this host's own network.
Found isolated(const Snapshot&, const MeshView& mesh) {
  const auto others = std::ranges::count_if(mesh.members, might_be_there);
  const bool heard =
      std::ranges::any_of(mesh.members, is_there) || std::ranges::any_of(mesh.sessions, &SessionView::open);
  if (others == 0 || heard) return std::nullopt;
  const auto tried = std::ranges::find_if(mesh.sessions, [](const SessionView& at) { return !at.error.empty(); });
  return Finding{Layer::session, "isolated",
                 "this host hears none of the " + std::to_string(others) + " others of " + label(mesh) +
                     (tried == mesh.sessions.end() ? "" : "; the last attempt ended with: " + tried->error),
                 "see whether this host has a network, and whether TCP to the others' sessions (gRPCPort, 21910 unless "
                 "told otherwise) passes a firewall on the way; they are dialled again every few seconds"};
}

using OfMesh = Found (*)(const Snapshot&, const MeshView&);
constexpr std::array<OfMesh, 8> kOfMesh = {turned_off,     refused,        joining,      removed,
                                           identity_twice, no_tunnel_here, no_interface, isolated};

Found first_of_mesh(const Snapshot& snapshot, const MeshView& mesh) {
  for (const OfMesh each : kOfMesh)
    if (auto found = each(snapshot, mesh)) return found;
  return std::nullopt;
}

// ---- A member, and a guest

Found gone(const Snapshot& snapshot, const MeshView& mesh, const MemberView& member) {
  const std::string who = label(member);
  const std::string where = who + " in " + label(mesh);
  switch (member.state) {
    case MemberState::alive:
    case MemberState::suspect: break;
    case MemberState::revoked:
      return Finding{Layer::membership, "revoked", where + " was removed from the mesh, or has left it",
                     "let it in again with `smegctl invite create`, unless it was banned"};
    case MemberState::offline:
      return Finding{Layer::membership, "offline",
                     who + " said that it goes, and is offline" + how_long(snapshot, member),
                     "start smegd there (`systemctl start smegd`), or bring it up with `smegctl up`"};
    case MemberState::down:
      return Finding{Layer::session, "down",
                     "nobody in " + label(mesh) + " hears " + who + how_long(snapshot, member) + "; it was last at " +
                         hosts_of(member),
                     "see whether that host runs, has a network, and runs smegd; and whether its TCP port for sessions "
                     "(gRPCPort) can be reached"};
  }
  if (!member.wg_public_key)
    return Finding{Layer::tunnel, "no-tunnel-there", who + " tells no tunnel: its backend is stub, or has no interface",
                   "`smegctl status` on " + who + " says which, and what is wrong"};
  return std::nullopt;
}

Found of_guest(const Snapshot& snapshot, const MeshView& mesh, const GuestView& guest) {
  const MemberView* sponsor = member_of(snapshot, mesh.id, guest.sponsor);
  const std::string who = "the guest " + label(guest);
  if (guest.state != GuestState::active)
    return Finding{Layer::membership, "guest-clash",
                   who + (guest.state == GuestState::key_taken ? " has a WireGuard key that a member uses"
                                                               : " has an address that somebody else has"),
                   "remove it at its sponsor and add it again with another key: `smegctl guest remove`, `guest add`"};
  if (!sponsor) return std::nullopt;
  if (!sponsor->self) {
    auto at = gone(snapshot, mesh, *sponsor);
    if (at) at->cause = who + " is reached through its sponsor alone, and " + at->cause;
    return at;
  }
  if (guest.last_handshake && snapshot.generated - *guest.last_handshake <= kTunnelStands) return std::nullopt;
  return Finding{
      Layer::handshake, "guest-silent",
      who + (guest.last_handshake ? " has not been heard of for " + age(*guest.last_handshake, snapshot.generated)
                                  : " has never shaken hands with this host"),
      "see whether it is switched on, whether its configuration is what `smegctl guest show " + guest.name +
          "` prints (keys and endpoint), and whether its UDP packets come through to this host"};
}

// ---- Ways out of the mesh

Found no_route(const Snapshot& snapshot, const Target& target) {
  const bool of_a_mesh = target.address.view()[0] == 0xfd;
  if (snapshot.meshes.empty()) return std::nullopt;
  return Finding{Layer::route, "no-route", "no member of this host's meshes leads to " + target.label,
                 of_a_mesh
                     ? "a host that is in both meshes has to bridge them: `advertiseRoute: true` in its configuration; "
                       "and it must be up"
                     : "a member has to offer it: `advertiseDefaults` with `useDefault` here, or `advertisePrefixes` "
                       "with `acceptRoutes` here or a grant (docs/internet-exit.md)"};
}

Found no_exit(const Snapshot& snapshot, const RouteView& route, const Target& target) {
  if (route.starving)
    return Finding{Layer::route, "starving",
                   "the ways to " + target.label + " that are told might lead in a circle; none may be taken yet",
                   "wait some seconds: the mesh of the destination has been asked for a newer announcement"};
  std::string who;
  const Finding* reason = nullptr;
  std::optional<Finding> last;
  for (const ExitView& exit : route.exits) {
    who += (who.empty() ? "" : ", ") + exit_label(snapshot, exit);
    const MeshView* mesh = mesh_of(snapshot, exit.mesh);
    const MemberView* member = member_of(snapshot, exit.mesh, exit.member);
    if (mesh && member && !reason && (last = gone(snapshot, *mesh, *member))) reason = &*last;
  }
  return Finding{
      Layer::exit, "no-exit",
      "none of those that lead to " + target.label + " can be used: " + who + (reason ? "; " + reason->cause : ""),
      reason ? reason->remedy : "`smegctl route explain " + target.address.to_string() + "` has each one's state"};
}

Found narrow(const Snapshot& snapshot, const ExitView& exit, const Target& target) {
  if (exit.mtu == 0 || exit.mtu >= kLeastMtu) return std::nullopt;
  return Finding{Layer::mtu, "mtu-below-floor",
                 "the way to " + target.label + " through " + exit_label(snapshot, exit) + " carries " +
                     std::to_string(exit.mtu) + " bytes, and IPv6 needs 1280",
                 "raise `mtu` on the hosts of the way to 1280 at the least, or the MTU of what is below them"};
}

// ---- What was tried

Found too_large(const Target& target, const Evidence& evidence) {
  return Finding{Layer::mtu, "mtu",
                 "small packets come back from " + target.label + ", but those of " +
                     std::to_string(evidence.large_bytes) +
                     " bytes get lost: something below the tunnel carries less than it should, and doesn't say so",
                 "set a smaller `mtu` on both hosts (1280 always does) and restart smegd, or let ICMP \"too big\" "
                 "through on the way"};
}

Found refused_here(const Snapshot&, const Target& target, const Evidence& evidence) {
  if (!evidence.send_error) return std::nullopt;
  const std::string& words = evidence.send_error->message;
  if (evidence.send_error->code == Code::forbidden)
    return Finding{Layer::firewall, "firewall-here", "this host refuses to send to " + target.label + ": " + words,
                   "a rule of this host's own firewall drops it: see `nft list ruleset`, chains with `hook output`"};
  return Finding{
      Layer::route, "no-way-out", "this host has no way to " + target.label + ": " + words,
      "the kernel lacks the mesh's address or route, which smegd keeps making: see `smegctl status` for problems, "
      "and whether IPv6 is switched off here (net.ipv6.conf.all.disable_ipv6)"};
}

// The tunnel to the member that packets go to next.
Found no_handshake(const Snapshot& snapshot, const MeshView& mesh, const MemberView& next) {
  const MemberView* self = self_of(mesh);
  // A client has tunnels to two peers, and is reached through one of them: whichever that is, one must stand.
  const bool carried = next.role == Role::client || (self && self->role == Role::client);
  const auto stands = [&](const MemberView& member) { return tunnel_stands(snapshot, member); };
  if (carried ? std::ranges::any_of(mesh.members, stands) : stands(next)) return std::nullopt;
  const std::uint16_t port = mesh.interfaces.empty() ? std::uint16_t{0} : mesh.interfaces.front().listen_port;
  return Finding{
      Layer::handshake, "no-handshake",
      label(next) + " is alive, but there is no WireGuard handshake with it" +
          (next.last_handshake ? " (the last one was " + age(*next.last_handshake, snapshot.generated) + " ago)" : "") +
          "; it is at " + hosts_of(next),
      "let UDP through between the two: to the port of its tunnel (`smegctl mesh show` there), and to port " +
          std::to_string(port) +
          " here; where a NAT is in between, `keepAliveWg: 25` on the host behind it. After a "
          "clock was set back, a peer refuses handshakes until it is right again"};
}

Found silent(const Snapshot& snapshot, const Target& target, const Evidence& evidence) {
  const auto answered = std::find_if(evidence.hops.rbegin(), evidence.hops.rend(),
                                     [](const TraceHop& hop) { return hop.from.has_value() && !hop.arrived; });
  if (answered != evidence.hops.rend())
    return Finding{Layer::firewall, "broken-way",
                   "the way breaks after " + answered->from->to_string() + ": " +
                       trace_verdict(snapshot, target.address, evidence.hops),
                   "run `smegctl why " + target.address.to_string() +
                       "` on that host: what it passes on is dropped there or at the next one"};
  const auto obstacle = std::ranges::find(snapshot.daemon.problems, ProblemKind::firewall, &Problem::kind);
  if (obstacle != snapshot.daemon.problems.end())
    return Finding{Layer::firewall, "firewall-here", "a firewall on this host stands in the way: " + obstacle->message,
                   "let what comes and goes over the mesh's interface pass there"};
  return Finding{
      Layer::firewall, "firewall-there", "the tunnel stands, but " + target.label + " does not answer",
      "a firewall there drops what comes over its mesh interface, or echo requests: see `nft list ruleset` on it"};
}

// Who packets for the target go to next, and in which mesh.
struct Next {
  const MeshView* mesh = nullptr;
  const MemberView* member = nullptr;
};

Next next_of(const Snapshot& snapshot, const Target& target) {
  if (target.mesh && target.guest) return {target.mesh, member_of(snapshot, target.mesh->id, target.guest->sponsor)};
  if (target.mesh) return {target.mesh, target.member};
  const ExitView* exit = exit_for(snapshot, target.address);
  if (!exit) return {};
  return {mesh_of(snapshot, exit->mesh), member_of(snapshot, exit->mesh, exit->member)};
}

// What is known before anything is tried.
Found known_before(const Snapshot& snapshot, const Target& target) {
  if (target.mesh) {
    if (auto found = first_of_mesh(snapshot, *target.mesh)) return found;
    if (target.guest) return of_guest(snapshot, *target.mesh, *target.guest);
    if (target.member) return target.member->self ? std::nullopt : gone(snapshot, *target.mesh, *target.member);
    return Finding{Layer::name, "nobody", "nobody in " + label(*target.mesh) + " has the address " + target.label,
                   "`smegctl mesh show` lists who there is; an address follows from a member's key and never changes"};
  }
  const RouteView* route = route_for(snapshot, target.address);
  if (!route) return no_route(snapshot, target);
  const ExitView* exit = chosen(*route);
  if (!exit) return no_exit(snapshot, *route, target);
  if (const MeshView* mesh = mesh_of(snapshot, exit->mesh))
    if (auto found = first_of_mesh(snapshot, *mesh)) return found;
  return narrow(snapshot, *exit, target);
}

Found no_mesh(const Snapshot& snapshot) {
  if (!snapshot.meshes.empty()) return std::nullopt;
  if (!snapshot.daemon.problems.empty())
    return Finding{
        Layer::membership, "not-joined", "this host is in no mesh: " + snapshot.daemon.problems.front().message,
        "mend that, or get a new token from a member: `smegctl invite create` there; smegd tries again by itself"};
  return Finding{Layer::membership, "no-mesh", "this host is in no mesh",
                 "make one with `smegctl mesh create`, or join one with `smegctl mesh join TOKEN`"};
}

Target target_of(const MeshView& mesh, const MemberView& member) {
  return {label(member), member.address, &mesh, &member, nullptr};
}

Target at_address(const Snapshot& snapshot, const addr::IpAddress& address) {
  Target out{address.to_string(), address, own_mesh(snapshot, address), nullptr, nullptr};
  if (!out.mesh) return out;
  for (const MemberView& member : out.mesh->members)
    if (member.address == address && (!out.member || member.state != MemberState::revoked)) out.member = &member;
  const auto guest = std::ranges::find(out.mesh->guests, address, &GuestView::address);
  if (!out.member && guest != out.mesh->guests.end()) out.guest = &*guest;
  if (out.member) out.label = label(*out.member);
  if (out.guest) out.label = label(*out.guest);
  return out;
}

}  // namespace

std::string_view name(Layer layer) {
  switch (layer) {
    case Layer::daemon: return "daemon";
    case Layer::name: return "name";
    case Layer::membership: return "membership";
    case Layer::session: return "session";
    case Layer::tunnel: return "tunnel";
    case Layer::handshake: return "handshake";
    case Layer::route: return "route";
    case Layer::exit: return "exit";
    case Layer::mtu: return "mtu";
    case Layer::firewall: return "firewall";
  }
  return "";
}

tl::expected<Target, Finding> find_target(const Snapshot& snapshot, const MeshSelector& mesh, std::string_view text) {
  if (auto none = no_mesh(snapshot)) return tl::unexpected(*std::move(none));
  if (const auto address = addr::IpAddress::parse(text)) return at_address(snapshot, *address);
  if (const auto id = parse_mesh_id(text)) return at_address(snapshot, addr::mesh_prefix(*id).address());
  std::vector<Target> found;
  Error problem;
  for (const MeshView& each : snapshot.meshes) {
    const auto wanted = mesh.text.empty() ? Result<const MeshView*>(&each) : find_mesh(snapshot, mesh);
    if (!wanted)
      return tl::unexpected(Finding{Layer::name, "unknown-name", wanted.error().message, wanted.error().hint});
    if (*wanted != &each) continue;
    const auto member = find_member(each, {std::string(text)});
    const auto guest = find_guest(each, text);
    if (member)
      found.push_back(target_of(each, **member));
    else if (guest)
      found.push_back({label(**guest), (*guest)->address, &each, nullptr, *guest});
    else if (problem.message.empty() || member.error().code == Code::conflict)
      problem = member.error();
  }
  if (found.size() == 1) return found.front();
  if (found.size() > 1)
    return tl::unexpected(Finding{Layer::name, "ambiguous-name",
                                  "several meshes of this host have somebody called " + quoted(text),
                                  "say which with -m, or write the address"});
  const bool several = problem.code == Code::conflict;
  return tl::unexpected(
      Finding{Layer::name, several ? "ambiguous-name" : "unknown-name", problem.message, problem.hint});
}

Found diagnose(const Snapshot& snapshot, const Target& target, const std::optional<Evidence>& evidence) {
  if (evidence && evidence->arrives()) return std::nullopt;
  if (evidence && evidence->answered) return too_large(target, *evidence);
  if (auto found = known_before(snapshot, target)) return found;
  if (!evidence) return std::nullopt;
  if (auto found = refused_here(snapshot, target, *evidence)) return found;
  const Next next = next_of(snapshot, target);
  if (next.mesh && next.member && !next.member->self)
    if (auto found = no_handshake(snapshot, *next.mesh, *next.member)) return found;
  return silent(snapshot, target, *evidence);
}

Found diagnose_from(const Snapshot& snapshot, const Target& from, const Target& target) {
  if (!from.mesh || !from.member)
    return Finding{Layer::name, "not-a-member", from.label + " is no member of this host's meshes",
                   "ask on a host that shares a mesh with it"};
  if (auto found = gone(snapshot, *from.mesh, *from.member)) return found;
  if (auto found = known_before(snapshot, target)) return found;
  return std::nullopt;
}

std::string why_text(const std::string& from, const Target& target, const Found& found) {
  const std::string who = from.empty() ? "this host" : from;
  if (found)
    return who + " does not reach " + target.label + ".\n" + std::string(name(found->layer)) + ": " +
           printable(found->cause) + ".\n  " + printable(found->remedy) + ".\n";
  if (from.empty()) return "Nothing does: " + target.label + " answers, with packets of full size too.\n";
  return "Nothing that this host is told keeps " + from + " from reaching " + target.label +
         ". Packets can be tried there alone: `smegctl why " + target.label + "` on " + from + ".\n";
}

std::string why_json(const std::string& from, const std::string& target, const std::optional<addr::IpAddress>& address,
                     const Found& found) {
  Json finding;
  if (found)
    finding = JsonObject{
        {"layer", name(found->layer)}, {"code", found->code}, {"cause", found->cause}, {"remedy", found->remedy}};
  return with_schema({{"from", from.empty() ? Json() : Json(from)},
                      {"target", target},
                      {"address", address ? Json(address->to_string()) : Json()},
                      {"reached", from.empty() && !found},
                      {"finding", std::move(finding)}});
}

}  // namespace smeg::control
