#include "peers.h"

#include "control/codec.h"
#include "control/table.h"

namespace smeg::ctl {
namespace {

using control::Cell;
using control::GuestView;
using control::JsonObject;
using control::MemberView;
using control::MeshView;
using control::Style;

struct Peer {
  std::string label;
  std::string kind;
  std::string identity;  // of a member
  addr::IpAddress address;
  crypto::WgPublicKey key;
  std::optional<addr::Endpoint> endpoint;
  std::optional<WallTime> last_handshake;
  std::uint64_t rx_bytes = 0;
  std::uint64_t tx_bytes = 0;
  Cell state{""};
  control::DroppedView dropped = {};  // of a member
};

Peer peer_of(const MemberView& member) {
  return {control::label(member),
          "member",
          control::to_text(member.public_key),
          member.address,
          *member.wg_public_key,
          member.tunnel_endpoint,
          member.last_handshake,
          member.rx_bytes,
          member.tx_bytes,
          control::cell(member.state)};
}

Peer peer_of(const GuestView& guest) {
  const bool active = guest.state == control::GuestState::active;
  return {control::label(guest),
          "guest",
          "",
          guest.address,
          guest.wg_public_key,
          {},
          guest.last_handshake,
          guest.rx_bytes.value_or(0),
          guest.tx_bytes.value_or(0),
          {std::string(name(guest.state)), active ? Style::good : Style::bad}};
}

std::vector<Peer> peers_of(const MeshView& mesh) {
  std::vector<Peer> out;
  for (const MemberView& member : mesh.members) {
    if (member.self || !member.wg_public_key || member.state == control::MemberState::revoked) continue;
    out.push_back(peer_of(member));
    const auto dropped = std::ranges::find(mesh.dropped, member.public_key, &control::DroppedView::member);
    if (dropped != mesh.dropped.end()) out.back().dropped = *dropped;
  }
  for (const GuestView& guest : mesh.guests)
    if (guest.rx_bytes) out.push_back(peer_of(guest));  // of this host
  return out;
}

Cell handshake_of(const Peer& peer, WallTime now) {
  if (!peer.last_handshake) return {"never", Style::warning};
  const bool fresh = now - *peer.last_handshake <= kFreshHandshake;
  return {control::age(*peer.last_handshake, now), fresh ? Style::good : Style::plain};
}

control::Row row_of(const MeshView& mesh, const Peer& peer, WallTime now, const control::Look& look) {
  control::Row row = {peer.label,
                      control::label(mesh),
                      peer.endpoint ? peer.endpoint->to_string() : "-",
                      handshake_of(peer, now),
                      control::human_bytes(peer.rx_bytes),
                      control::human_bytes(peer.tx_bytes),
                      std::string(name(mesh.backend))};
  if (look.wide) {
    const std::string interface = mesh.interfaces.empty() ? "-" : printable(mesh.interfaces.front().name);
    row.insert(row.end(), {peer.kind, peer.state, peer.address.to_string(), interface,
                           std::to_string(peer.dropped.sum()), control::to_text(peer.key)});
  }
  return row;
}

JsonObject counts_of(const control::DroppedView& dropped) {
  JsonObject out = control::dropped_to_json(dropped);
  out.erase(out.begin());  // whose they are
  return out;
}

JsonObject json_of(const MeshView& mesh, const Peer& peer) {
  const auto at = [](const addr::Endpoint& endpoint) { return endpoint.to_string(); };
  return {{"mesh", control::to_text(mesh.id)},
          {"kind", peer.kind},
          {"name", peer.label},
          {"publicKey", control::text_or_null(peer.identity)},
          {"wgPublicKey", control::to_text(peer.key)},
          {"address", peer.address.to_string()},
          {"endpoint", control::or_null(peer.endpoint, at)},
          {"lastHandshake", control::or_null(peer.last_handshake, control::time_to_text)},
          {"rxBytes", peer.rx_bytes},
          {"txBytes", peer.tx_bytes},
          {"state", peer.state.text},
          {"dropped", peer.kind == "member" ? control::Json(counts_of(peer.dropped)) : control::Json()},
          {"backend", name(mesh.backend)},
          {"interface", mesh.interfaces.empty() ? control::Json() : control::Json(mesh.interfaces.front().name)}};
}

}  // namespace

std::string peers_table(const control::Snapshot& snapshot, WallTime now, const control::Look& look) {
  control::Table table(0, look);
  std::vector<std::string> head = {"PEER", "MESH", "ENDPOINT", "HANDSHAKE", "RECEIVED", "SENT", "BACKEND"};
  if (look.wide) head.insert(head.end(), {"KIND", "STATE", "ADDRESS", "INTERFACE", "DROPPED", "WIREGUARD KEY"});
  table.head(std::move(head));
  bool empty = true;
  for (const MeshView& mesh : snapshot.meshes)
    for (const Peer& peer : peers_of(mesh)) {
      table.row(row_of(mesh, peer, now, look));
      empty = false;
    }
  return empty ? "This host has no tunnels: nobody else in its meshes has a WireGuard key.\n" : table.text();
}

std::string peers_json(const control::Snapshot& snapshot) {
  control::JsonArray list;
  for (const MeshView& mesh : snapshot.meshes)
    for (const Peer& peer : peers_of(mesh)) list.push_back(json_of(mesh, peer));
  return control::with_schema({{"peers", std::move(list)}});
}

}  // namespace smeg::ctl
