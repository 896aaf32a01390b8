#include "api/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <sstream>

#include "api/resources.h"

namespace smeg::api {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

MetricFamily family(std::string name, std::string help, MetricType type) {
  MetricFamily out;
  out.name = std::move(name);
  out.help = std::move(help);
  out.type = type;
  return out;
}

void add(MetricFamily& to, Labels labels, double value) {
  ClientMetric metric;
  metric.label = std::move(labels);
  if (to.type == MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  to.metric.push_back(std::move(metric));
}

double seconds_of(WallTime time) { return static_cast<double>(time.time_since_epoch().count()) / 1'000; }

Labels of_mesh(const control::MeshView& mesh) {
  return {{"mesh", control::to_text(mesh.id)}, {"mesh_name", mesh.name}};
}

Labels with(Labels labels, std::string name, std::string_view value) {
  labels.push_back({std::move(name), std::string(value)});
  return labels;
}

MetricFamily mesh_states(const control::Snapshot& snapshot) {
  using enum control::MeshState;
  MetricFamily out = family("smegmesh_mesh_state", "1 for the state that this host is in.", MetricType::Gauge);
  for (const control::MeshView& mesh : snapshot.meshes)
    for (const auto state : std::array{joining, refused, active, down, standing_down, leaving})
      add(out, with(of_mesh(mesh), "state", control::name(state)), mesh.state == state);
  return out;
}

MetricFamily members_by_state(const control::Snapshot& snapshot) {
  using enum control::MemberState;
  MetricFamily out = family("smegmesh_members", "Members by the state that this host sees them in.", MetricType::Gauge);
  for (const control::MeshView& mesh : snapshot.meshes)
    for (const auto state : std::array{alive, suspect, offline, down, revoked})
      add(out, with(of_mesh(mesh), "state", control::name(state)), static_cast<double>(count_in(mesh, state)));
  return out;
}

// Guests count with their sponsors' word: only those of this host have figures, here and below.
MetricFamily guests_by_state(const control::Snapshot& snapshot) {
  using enum control::GuestState;
  MetricFamily out = family("smegmesh_guests", "Guests of all members by state.", MetricType::Gauge);
  for (const control::MeshView& mesh : snapshot.meshes)
    for (const auto state : std::array{active, key_taken, address_taken}) {
      const auto count = std::ranges::count(mesh.guests, state, &control::GuestView::state);
      add(out, with(of_mesh(mesh), "state", control::name(state)), static_cast<double>(count));
    }
  return out;
}

// A route is led by an exit, waits for one, or has none.
void add_routes(const control::Snapshot& snapshot, std::vector<MetricFamily>& out) {
  std::map<std::string, double> states{{"chosen", 0}, {"waiting", 0}, {"unreachable", 0}};
  std::map<std::pair<MeshId, crypto::IdentityKey>, double> chosen;
  for (const control::RouteView& route : snapshot.routes) {
    bool led = false;
    for (const control::ExitView& exit : route.exits) {
      const bool is_chosen = exit.state == control::ExitState::chosen;
      chosen[{exit.mesh, exit.member}] += is_chosen;
      led |= is_chosen;
    }
    states[led ? "chosen" : route.starving ? "waiting" : "unreachable"] += 1;
  }
  MetricFamily routes =
      family("smegmesh_routes", "Prefixes outside this host's meshes, by how they are reached.", MetricType::Gauge);
  for (const auto& [state, count] : states) add(routes, {{"state", state}}, count);
  MetricFamily exits =
      family("smegmesh_exit_chosen_prefixes", "For how many prefixes this host has chosen an exit.", MetricType::Gauge);
  for (const auto& [exit, count] : chosen)
    add(exits, {{"mesh", control::to_text(exit.first)}, {"exit", control::to_text(exit.second)}}, count);
  out.push_back(std::move(routes));
  out.push_back(std::move(exits));
}

struct PeerFamilies {
  MetricFamily handshake =
      family("smegmesh_peer_last_handshake_timestamp_seconds",
             "When the last WireGuard handshake with a peer was; absent where there was none.", MetricType::Gauge);
  MetricFamily received =
      family("smegmesh_peer_received_bytes_total", "Bytes received through the tunnel.", MetricType::Counter);
  MetricFamily sent = family("smegmesh_peer_sent_bytes_total", "Bytes sent through the tunnel.", MetricType::Counter);

  void take(const Labels& labels, const std::optional<WallTime>& last, std::uint64_t rx, std::uint64_t tx) {
    if (last) add(handshake, labels, seconds_of(*last));
    add(received, labels, static_cast<double>(rx));
    add(sent, labels, static_cast<double>(tx));
  }
};

void add_peers(const control::Snapshot& snapshot, std::vector<MetricFamily>& out) {
  PeerFamilies peers;
  for (const control::MeshView& mesh : snapshot.meshes) {
    for (const control::MemberView& member : mesh.members) {
      if (member.self || !member.wg_public_key || member.state == control::MemberState::revoked) continue;
      const Labels labels =
          with(with(with(of_mesh(mesh), "kind", "member"), "peer", control::to_text(member.public_key)), "alias",
               member.alias);
      peers.take(labels, member.last_handshake, member.rx_bytes, member.tx_bytes);
    }
    for (const control::GuestView& guest : mesh.guests) {
      if (!guest.rx_bytes) continue;
      const Labels labels =
          with(with(with(of_mesh(mesh), "kind", "guest"), "peer", guest.address.to_string()), "alias", guest.name);
      peers.take(labels, guest.last_handshake, *guest.rx_bytes, guest.tx_bytes.value_or(0));
    }
  }
  out.push_back(std::move(peers.handshake));
  out.push_back(std::move(peers.received));
  out.push_back(std::move(peers.sent));
}

// With a bound: of the members of a mesh, and one of all others.
MetricFamily dropped(const control::Snapshot& snapshot) {
  MetricFamily out =
      family("smegmesh_dropped_total",
             "What was dropped of what members sent, by reason; without a member: of strangers.", MetricType::Counter);
  for (const control::MeshView& mesh : snapshot.meshes)
    for (const control::DroppedView& each : mesh.dropped) {
      const Labels labels = with(of_mesh(mesh), "member", each.member ? control::to_text(*each.member) : "");
      const std::pair<std::string_view, std::uint64_t> counts[] = {{"malformed", each.malformed},
                                                                   {"refused", each.refused},
                                                                   {"overflow", each.overflow},
                                                                   {"sessions", each.sessions}};
      for (const auto& [reason, count] : counts) add(out, with(labels, "reason", reason), static_cast<double>(count));
    }
  return out;
}

void add_daemon(const control::Snapshot& snapshot, std::vector<MetricFamily>& out) {
  MetricFamily info = family("smegmesh_daemon_info", "1, with the daemon's version.", MetricType::Gauge);
  add(info, {{"version", snapshot.daemon.version}}, 1);
  MetricFamily started =
      family("smegmesh_daemon_start_time_seconds", "When the daemon was started.", MetricType::Gauge);
  add(started, {}, seconds_of(snapshot.daemon.started));
  MetricFamily problems =
      family("smegmesh_daemon_problems", "Things that an operator should see to.", MetricType::Gauge);
  using Kind = control::ProblemKind;
  for (const Kind kind : {Kind::interface, Kind::firewall, Kind::backend, Kind::storage, Kind::joining})
    add(problems, {{"kind", std::string(name(kind))}},
        static_cast<double>(std::ranges::count(snapshot.daemon.problems, kind, &control::Problem::kind)));
  MetricFamily generated = family("smegmesh_snapshot_timestamp_seconds",
                                  "Of when the daemon's state is that the rest shows.", MetricType::Gauge);
  add(generated, {}, seconds_of(snapshot.generated));
  for (MetricFamily* each : {&info, &started, &problems, &generated}) out.push_back(std::move(*each));
}

void add_up(bool connected, std::vector<MetricFamily>& out) {
  out.push_back(family("smegmesh_daemon_up", "Whether the daemon answers at its control socket.", MetricType::Gauge));
  add(out.back(), {}, connected);
}

void add_own(const Counters& counters, std::vector<MetricFamily>& out) {
  MetricFamily info = family("smegmesh_api_info", "1, with the version of smeg-api.", MetricType::Gauge);
  add(info, {{"version", std::string(kVersion)}}, 1);
  MetricFamily responses =
      family("smegmesh_api_responses_total", "Responses by operation and status.", MetricType::Counter);
  for (const auto& [what, count] : counters.responses)
    add(responses, {{"operation", std::string(what.first)}, {"status", std::to_string(what.second)}},
        static_cast<double>(count));
  MetricFamily clients = family("smegmesh_api_event_clients", "Clients that follow events.", MetricType::Gauge);
  add(clients, {}, static_cast<double>(counters.event_clients));
  MetricFamily commands =
      family("smegmesh_api_commands_in_flight", "Commands that the daemon is at.", MetricType::Gauge);
  add(commands, {}, static_cast<double>(counters.commands_in_flight));
  for (MetricFamily* each : {&info, &responses, &clients, &commands}) out.push_back(std::move(*each));
}

void add_snapshot(const control::Snapshot& snapshot, std::vector<MetricFamily>& out) {
  add_daemon(snapshot, out);
  out.push_back(mesh_states(snapshot));
  out.push_back(members_by_state(snapshot));
  out.push_back(guests_by_state(snapshot));
  add_routes(snapshot, out);
  add_peers(snapshot, out);
  out.push_back(dropped(snapshot));
}

std::string text_of(std::vector<MetricFamily> families) {
  // A family without a sample tells nothing.
  std::erase_if(families, [](const MetricFamily& each) { return each.metric.empty(); });
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return out.str();
}

}  // namespace

std::string metrics_text(const control::Snapshot* snapshot, bool connected, const Counters& counters) {
  std::vector<MetricFamily> families;
  add_own(counters, families);
  add_up(connected, families);
  if (snapshot) add_snapshot(*snapshot, families);
  return text_of(std::move(families));
}

std::string daemon_metrics_text(const control::Snapshot* snapshot) {
  std::vector<MetricFamily> families;
  add_up(snapshot != nullptr, families);
  if (snapshot) add_snapshot(*snapshot, families);
  return text_of(std::move(families));
}

}  // namespace smeg::api
