// `debug bundle`: all that is known of this host, but for its secrets.
#include <sys/utsname.h>

#include "api/metrics.h"
#include "base/version.h"
#include "bundle.h"
#include "control/codec.h"
#include "control/table.h"
#include "grammar.h"
#include "graph.h"
#include "peers.h"
#include "progress.h"
#include "tables.h"

namespace smeg::ctl {
namespace {

constexpr const char* kLogLines = "5000";

class Collector {
 public:
  explicit Collector(const Invocation& with) : with_(with), progress_(with.around, "looking at this host") {}

  std::vector<BundlePart> collect() {
    progress_.show();
    manifest_ = "smegctl " + std::string(kVersion) + "\nmade " + to_rfc3339(with_.around.now()) + '\n';
    utsname system{};
    if (::uname(&system) == 0)
      manifest_ += std::string(system.sysname) + ' ' + system.release + ' ' + system.machine + '\n';
    std::vector<std::string> interfaces;
    const auto snapshot = with_.snapshot();
    if (snapshot) {
      take_snapshot(*snapshot);
      for (const control::MeshView& mesh : snapshot->meshes)
        for (const control::InterfaceView& each : mesh.interfaces) interfaces.push_back(each.name);
    } else {
      manifest_ += "no snapshot: " + snapshot.error().error.message + '\n';
    }
    take_kernel(interfaces);
    take_output("log.txt", {"journalctl", "--unit=smegd", "--no-pager", "--output=short-iso", "--lines", kLogLines});
    parts_.push_back({"manifest.txt", manifest_});
    return std::move(parts_);
  }

 private:
  void take_snapshot(const control::Snapshot& snapshot) {
    manifest_ += "smegd " + printable(snapshot.daemon.version) + '\n';
    const WallTime now = with_.around.now();
    parts_.push_back({"status.json", control::status_json(snapshot)});
    parts_.push_back({"status.txt", control::status_table(snapshot, now, {.wide = true})});
    for (const control::MeshView& mesh : snapshot.meshes)
      parts_.push_back({"meshes/" + control::to_text(mesh.id) + ".json", control::mesh_json(mesh)});
    parts_.push_back({"routes.json", control::route_json(snapshot)});
    parts_.push_back({"exits.json", control::exit_json(snapshot)});
    parts_.push_back({"peers.json", peers_json(snapshot)});
    parts_.push_back({"graph.dot", graph_dot(graph_of(snapshot))});
    parts_.push_back({"metrics.txt", api::daemon_metrics_text(&snapshot)});
  }

  // Of interfaces that are ours; rules and the packet filter's table are few, and are ours by their numbers and name.
  void take_kernel(const std::vector<std::string>& interfaces) {
    for (const std::string& each : interfaces) {
      const std::string folder = "kernel/" + each + '/';
      take_output(folder + "link.json", {"ip", "-j", "-d", "-s", "link", "show", "dev", each});
      take_output(folder + "address.json", {"ip", "-j", "address", "show", "dev", each});
      take_output(folder + "route.json", {"ip", "-j", "-6", "route", "show", "table", "all", "dev", each});
    }
    take_output("kernel/rule.json", {"ip", "-j", "-6", "rule", "show"});
    take_output("kernel/nftables.txt", {"nft", "list", "table", "ip6", "smegmesh"});
  }

  void take_output(const std::string& name, const std::vector<std::string>& words) {
    if (!with_.around.output_of) return;
    auto text = with_.around.output_of(words);
    if (text) {
      parts_.push_back({name, *std::move(text)});
    } else {
      manifest_ += "no " + name + ": " + text.error().message + '\n';
    }
  }

  const Invocation& with_;
  Progress progress_;
  std::string manifest_;
  std::vector<BundlePart> parts_;
};

Outcome<> bundle(const Invocation& with, const std::string& path) {
  const std::vector<BundlePart> parts = Collector(with).collect();
  if (const auto written = write_bundle(path, "smegmesh", parts, with.around.now()); !written)
    return refused(written.error());
  control::JsonArray names;
  for (const BundlePart& part : parts) names.push_back(part.name);
  with.note("Names, addresses and endpoints of members are in it, and what the log says; no key that opens anything.");
  with.print(path + '\n', control::with_schema({{"file", path}, {"parts", std::move(names)}}));
  return {};
}

}  // namespace

void add_debug(Grammar& to) {
  CLI::App& debug = to.group("debug", "for those who look for what is wrong");
  const auto path = std::make_shared<std::string>();
  CLI::App& app = to.command(debug, "bundle", "write all that is known of this host, but for its secrets, into a tar",
                             [path](const Invocation& with) { return bundle(with, *path); });
  app.add_option("FILE", *path, "the tar; with .gz at its end it is compressed")->required()->type_name("");
}

}  // namespace smeg::ctl
