#include "api/metrics.h"

#include "unit/api/world.h"

using namespace smeg;
using namespace smeg::api;

namespace {

bool has(const std::string& text, const std::string& line) {
  return ('\n' + text).find('\n' + line + '\n') != std::string::npos;
}

}  // namespace

TEST_CASE("figures of meshes and peers") {
  const auto snapshot = control::sample_snapshot();
  const std::string text = metrics_text(&snapshot, true, {});
  const std::string mesh = "mesh=\"" + control::to_text(snapshot.meshes[0].id) + "\",mesh_name=\"office\"";
  CHECK(has(text, "smegmesh_daemon_up 1"));
  CHECK(has(text, R"(smegmesh_daemon_problems{kind="storage"} 1)"));
  CHECK(has(text, "smegmesh_members{" + mesh + ",state=\"alive\"} 2"));
  CHECK(has(text, "smegmesh_members{" + mesh + ",state=\"suspect\"} 1"));
  CHECK(has(text, "smegmesh_mesh_state{" + mesh + ",state=\"active\"} 1"));
  CHECK(has(text, "smegmesh_guests{" + mesh + ",state=\"address-taken\"} 1"));
  const std::string bob = mesh + ",kind=\"member\",peer=\"" +
                          control::to_text(snapshot.meshes[0].members[1].public_key) + "\",alias=\"bob\"";
  CHECK(has(text, "smegmesh_peer_received_bytes_total{" + bob + "} 1536"));
  CHECK(has(text, "smegmesh_peer_sent_bytes_total{" + mesh + ",kind=\"guest\",peer=\"fd00:1::7\",alias=\"phone\"} 20"));
  CHECK(text.find("smegmesh_peer_last_handshake_timestamp_seconds{" + bob) != std::string::npos);
  const std::string of_bob = mesh + ",member=\"" + control::to_text(snapshot.meshes[0].members[1].public_key) + '"';
  CHECK(has(text, "smegmesh_dropped_total{" + of_bob + ",reason=\"malformed\"} 3"));
  CHECK(has(text, "smegmesh_dropped_total{" + mesh + ",member=\"\",reason=\"overflow\"} 5"));
  // Neither this host itself, nor one without a tunnel, nor other members' guests.
  CHECK(text.find("alias=\"alice\"") == std::string::npos);
  CHECK(text.find("fd00:1::8") == std::string::npos);
}

TEST_CASE("the daemon's figures without the API's") {
  const auto snapshot = control::sample_snapshot();
  const std::string text = daemon_metrics_text(&snapshot);
  CHECK(has(text, "smegmesh_daemon_up 1"));
  CHECK(text.find("smegmesh_peer_sent_bytes_total{") != std::string::npos);
  CHECK(text.find("smegmesh_api_") == std::string::npos);
  CHECK(has(daemon_metrics_text(nullptr), "smegmesh_daemon_up 0"));
}

TEST_CASE("names of others can't make lines of their own") {
  auto snapshot = control::sample_snapshot();
  snapshot.meshes[0].name = "a\"} 1\nevil 1\n\\";
  const std::string text = metrics_text(&snapshot, true, {});
  CHECK(text.find("\nevil") == std::string::npos);
}

TEST_CASE("without a daemon there are the API's own figures") {
  Counters counters;
  counters.responses[{"getMesh", 200}] = 3;
  counters.event_clients = 2;
  const std::string text = metrics_text(nullptr, false, counters);
  CHECK(has(text, "smegmesh_daemon_up 0"));
  CHECK(has(text, "smegmesh_api_responses_total{operation=\"getMesh\",status=\"200\"} 3"));
  CHECK(has(text, "smegmesh_api_event_clients 2"));
  CHECK(text.find("smegmesh_members") == std::string::npos);
}
