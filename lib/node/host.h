// What the parts of a node share.
#pragma once

#include <functional>
#include <vector>

#include "config/config.h"
#include "mesh/mesh.h"
#include "node/outbox.h"
#include "node/pool.h"

namespace smeg::node {

// One for a Node, handed to its parts by reference. Holds no decision of its own.
struct Host {
  Host(const config::Config& configuration, Rng& rng, KeySource& keys, Pool* shared)
      : config(configuration), jitter(rng), secrets(keys), pool(shared) {}

  config::Config config;  // as it is applied
  Rng& jitter;
  KeySource& secrets;
  Pool* pool;           // null where this is the only node of its process
  mesh::BootId boot{};  // of this start of the daemon
  Outbox outbox;
  bool down = false;                      // this host takes part in none of its meshes
  bool state_changed = false;             // File::state has to be written before anything that follows leaves the host
  bool members_changed = false;           // the cache is behind
  bool view_changed = false;              // the Snapshot is behind
  bool view_urgent = false;               // by something that this host said or answered: it is not to wait
  bool desired_changed = false;           // what the operating system should hold may have changed
  bool routes_changed = false;            // what members tell of ways, or who of them is there, may have changed
  bool standing_changed = false;          // whose certificates count may have changed
  std::vector<addr::IpAddress> underlay;  // our own addresses, the preferred one first
  std::function<bool(const addr::IpAddress&)> inside_a_mesh;

  // baseConfiguration, or what the configuration says of the mesh of that name.
  const config::BaseConfiguration& base_for(const std::string& mesh) const {
    for (const config::MeshEntry& entry : config.meshes)
      if (!mesh.empty() && entry.name == mesh) return entry.base;
    return config.base;
  }
  WallTime wall(Instant at) const { return wall_at_ + std::chrono::duration_cast<WallTime::duration>(at - set_at_); }
  void set_wall_clock(WallTime wall, Instant now) {
    wall_at_ = wall;
    set_at_ = now;
  }
  SessionId next_session() { return SessionId{kDialledSession | ++sessions_}; }
  void note(Note::Level level, std::string text) { outbox.push(Note{level, std::move(text)}); }

 private:
  WallTime wall_at_{};
  Instant set_at_{};
  std::uint64_t sessions_ = 0;
};

}  // namespace smeg::node
