// YAML text to a validated Config, or to a list of everything that is wrong with it. yaml-cpp stays in the .cc files.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "addr/addr.h"
#include "config/changes.h"

namespace smeg::config {

// How this host learns at which address others reach it.
enum class IpDiscovery {
  outgoing,       // the source address of our own packets to other members
  public_address  // "public": the address at which most members see us
};

enum class LogLevel { debug, info, warning, error };

// What carries packets.
enum class Backend {
  automatic,  // "auto": the kernel's WireGuard where it works, else userspace
  kernel,     // the kernel's WireGuard; no tunnels where it doesn't work
  userspace,  // `smegd engine`
  stub        // nothing; for hosts that only take part in gossip, and for tests
};

inline constexpr Duration kHookTime = std::chrono::seconds(10);  // then it is ended
inline constexpr std::size_t kHookArguments = 32;                // the program among them
inline constexpr std::size_t kHookArgumentBytes = 4'096;

// Keys `preUp`, `postUp`, `preDown`, `postDown`: a program and its arguments, run when the interface of the mesh comes
// or goes; empty: none. No shell: a list, or text that is split at blanks.
struct Hooks {
  std::vector<std::string> pre_up;     // before the interface is made
  std::vector<std::string> post_up;    // after it is up
  std::vector<std::string> pre_down;   // before it is removed
  std::vector<std::string> post_down;  // after that

  friend bool operator==(const Hooks&, const Hooks&) = default;
};

// Key `baseConfiguration`: how the host takes part in its meshes, unless a command or an entry of `meshes` says
// otherwise.
struct BaseConfiguration {
  IpDiscovery ip_discovery = IpDiscovery::outgoing;  // ipDiscovery: outgoing | public
  std::optional<addr::HostPort> public_endpoint;     // publicEndpoint: where others reach us, HOST[:gRPCPort]
  Role role = Role::peer;                            // role: peer | client
  Duration keepalive = Duration::zero();             // keepAliveWg: whole seconds, 0 (off) to 65535
  // Routes between meshes, and networks behind hosts. A client announces nothing.
  bool advertise_route = false;     // advertiseRoute: bridge this mesh with the others of this host that say so too
  bool advertise_defaults = false;  // advertiseDefaults: be an exit to the internet (::/0)
  bool use_default = false;         // useDefault: send everything else through such an exit
  std::vector<addr::Prefix> advertise_prefixes;  // advertisePrefixes: IPv6 networks behind this host, one or a list
  std::vector<addr::Prefix> accept_routes;       // acceptRoutes: networks that members may announce without a grant
  std::uint32_t weight = 1;                      // weight: this exit's share against others as good, 0 to 1000
  std::uint32_t cost = 0;                        // cost: settles between exits with equal hops, 0 to 1000000
  Hooks hooks = {};
  // What members are told of this host, where no command says otherwise.
  std::string description = {};        // description: plain text, at most limits::kDescriptionBytes
  std::vector<Service> services = {};  // services: as check_services takes them

  friend bool operator==(const BaseConfiguration&, const BaseConfiguration&) = default;
};

// An entry of `meshes`: a mesh that the host creates or joins by itself when it isn't in one of that name.
struct MeshEntry {
  std::string name;                 // name: what the mesh is called here; a label, no other entry has it
  bool create = false;              // create: true, or
  std::string token_file;           // tokenFile: absolute path of a file that holds an invite token
  std::vector<addr::HostPort> via;  // via: hosts to dial before the token's own endpoints; one or a list
  BaseConfiguration base;           // any key of baseConfiguration, which stands in for those left out

  friend bool operator==(const MeshEntry&, const MeshEntry&) = default;
};

// Every default stands here and nowhere else: an empty file is Config{}.
struct Config {
  // gRPCPort: TCP port of sessions between hosts, 1 to 65535. (The key's name is that of an older format.)
  std::uint16_t control_port = 21'910;
  // listen: addresses to take sessions at, one or a list; "::" is every IPv6 and every IPv4 address.
  std::vector<addr::IpAddress> listen = {addr::IpAddress()};
  // timeout: how long a dial or an answer of another host may take, 100ms to 10m.
  Duration timeout = std::chrono::seconds(10);
  // heartbeatInterval (also heartBeatInterval): how often a host shows that it is alive, 100ms to 10m.
  Duration heartbeat_interval = std::chrono::seconds(2);
  // syncInterval: of an older format, without effect (docs/adr/0010-news-go-by-the-rings.md). 10ms to 10m.
  Duration sync_interval = std::chrono::seconds(1);
  // pullInterval: how often whole digests are compared with one other member, 1s to 24h; 0 turns it off.
  Duration pull_interval = std::chrono::seconds(30);
  // clusterSize: likewise, 1 to 16384.
  std::uint32_t cluster_size = 64;
  // interClusterChance: likewise, above 0 to 1.
  double inter_cluster_chance = 0.15;
  // branch: likewise, 1 to 64.
  std::uint32_t branch = 3;
  // infectionCount: likewise, 1 to 64.
  std::uint32_t infection_count = 3;
  // logLevel: debug | info | warning | error.
  LogLevel log_level = LogLevel::info;
  // backend: auto | kernel | userspace | stub. stubWg: true is the older way to write `backend: stub`.
  Backend backend = Backend::automatic;
  // interfacePrefix: interfaces are called this and a number; 1 to 10 of a-z, 0-9, '-', '_', a letter first.
  std::string interface_prefix = "smeg";
  // mtu: of the interfaces, 1280 to 65000. 1420 fits a path of 1500 over IPv6.
  std::uint32_t mtu = 1'420;
  // stateDirectory: absolute path; keys and memberships are kept here.
  std::string state_directory = "/var/lib/smegmesh";
  // controlSocket: absolute path of at most 107 bytes, where smegctl finds the daemon.
  std::string control_socket{kDefaultControlSocket};  // /run/smegmesh/control.sock
  // baseConfiguration
  BaseConfiguration base;
  // meshes: at most limits::kMeshesPerHost.
  std::vector<MeshEntry> meshes;

  friend bool operator==(const Config&, const Config&) = default;
};

// How much longer an orderly stop may take because something is to run then; all of it together.
Duration hook_patience(const Config& config);

// One thing that is wrong, and where.
struct Problem {
  std::size_t line = 0;    // from 1; 0: of the file as a whole
  std::size_t column = 0;  // from 1, in bytes
  std::string field;       // "meshes[2].role"; empty: of the file as a whole
  std::string message;
  std::string hint = {};  // what to write instead; may be empty

  friend bool operator==(const Problem&, const Problem&) = default;
};

// "FILE:3:5: meshes[2].role: 'per' is not a role; did you mean 'peer'?"
std::string to_string(const Problem& problem, std::string_view file);
// All of them, one a line.
std::string to_string(const std::vector<Problem>& problems, std::string_view file);

// Every problem is found at once, at most limits::kConfigurationProblems of them, in the order of the file. Text that
// is no YAML gives the first place where that shows. No file is read but the text itself: token files are the daemon's.
tl::expected<Config, std::vector<Problem>> parse(std::string_view text);

}  // namespace smeg::config
