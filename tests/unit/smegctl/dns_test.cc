// smegctl dns, with a folder for the operating system's files and nothing run.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli.h"
#include "control/json.h"
#include "process.h"
#include "unit/control/sample.h"
#include "unit/ipc/test_daemon.h"

using namespace smeg;
using namespace smeg::ctl;

namespace {

namespace fs = std::filesystem;

class NoKeys final : public KeySource {
 public:
  void fill(MutableByteView bytes) override { std::ranges::fill(bytes, std::uint8_t{0}); }
};

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out.append(out.empty() ? "" : " ").append(word);
  return out;
}

// A host with the mesh "office" on smeg0, prefix fd00:1::/64.
class Host {
 public:
  Host()
      : daemon(folder / "s",
               [](control::CommandId, const control::Command&) { return control::Reply(control::Done{}); }) {
    control::Snapshot snapshot = control::sample_snapshot();
    snapshot.meshes = {control::sample_mesh()};
    daemon.publish(snapshot);
  }

  int run(std::vector<std::string> arguments) {
    out.str("");
    err.str("");
    ran.clear();
    const Surroundings around{
        out,
        err,
        in,
        [this](const std::string& name) { return name == "SMEG_SOCKET" ? std::optional(folder / "s") : std::nullopt; },
        [](const std::string&) { return control::SecretText(); },
        [] { return control::sample_time(0); },
        secrets,
        false,
        [this](const std::vector<std::string>& words) -> Result<void> {
          ran.push_back(joined(words));
          if (ran.back().starts_with(broken) && failures-- > 0) return fail(Code::io, "`" + ran.back() + "` failed");
          return {};
        },
        folder / "root"};
    arguments.insert(arguments.begin(), "dns");
    return ctl::run(arguments, around);
  }

  void put(const std::string& path, const std::string& text) const {
    fs::create_directories(fs::path(folder / ("root" + path)).parent_path());
    std::ofstream(folder / ("root" + path)) << text;
  }
  std::string text(const std::string& path) const {
    std::ifstream stream(folder / ("root" + path));
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  ipc::ScratchFolder folder;
  ipc::TestDaemon daemon;
  std::vector<std::string> ran;
  std::string broken = "nothing";  // the beginning of a command line that fails
  int failures = 100;              // so many times
  std::ostringstream out;
  std::ostringstream err;
  std::istringstream in;
  NoKeys secrets;
};

const std::string kReverse = "0.0.0.0.0.0.0.0.1.0.0.0.0.0.d.f.ip6.arpa";
const std::string kDnsmasq = "/etc/dnsmasq.d/smegmesh.conf";

}  // namespace

TEST_CASE("systemd-resolved learns each mesh's names on its interface, and nothing else") {
  Host host;
  host.put("/run/systemd/resolve/stub-resolv.conf", "");
  CHECK(host.run({"install"}) == kDone);
  CHECK(host.ran == std::vector<std::string>{"resolvectl dns smeg0 [::1]:21953",
                                             "resolvectl domain smeg0 ~smeg ~" + kReverse,
                                             "resolvectl default-route smeg0 no", "resolvectl dnssec smeg0 no",
                                             "resolvectl llmnr smeg0 no", "resolvectl mdns smeg0 no"});
  CHECK(host.run({"uninstall"}) == kDone);
  CHECK(host.ran == std::vector<std::string>{"resolvectl revert smeg0"});
  CHECK(host.run({"install", "--server", "127.0.0.1:53", "--zone", "mesh.example"}) == kDone);
  CHECK(host.ran[0] == "resolvectl dns smeg0 127.0.0.1:53");
  CHECK(host.ran[1] == "resolvectl domain smeg0 ~mesh.example ~" + kReverse);
}

TEST_CASE("what fails half-way is taken back") {
  Host host;
  host.put("/run/systemd/resolve/stub-resolv.conf", "");
  host.broken = "resolvectl domain";
  CHECK(host.run({"install"}) == kRefused);
  CHECK(host.ran.back() == "resolvectl revert smeg0");
  CHECK(host.err.str().find("resolvectl domain") != std::string::npos);
  Host other;
  other.put("/etc/dnsmasq.d/README", "");
  other.broken = "systemctl";
  CHECK(other.run({"install"}) == kRefused);
  CHECK(other.text(kDnsmasq).empty());
}

TEST_CASE("a file that worked is put back where the resolver doesn't take a newer one, and it is started again") {
  Host host;
  host.put("/etc/dnsmasq.d/README", "");
  CHECK(host.run({"install"}) == kDone);
  const std::string before = host.text(kDnsmasq);
  host.broken = "systemctl";
  CHECK(host.run({"install", "--server", "[::1]:53"}) == kRefused);
  CHECK(host.text(kDnsmasq) == before);
  CHECK(host.ran == std::vector<std::string>{"systemctl restart dnsmasq", "systemctl restart dnsmasq"});
  CHECK(host.err.str().find("it may be down now") != std::string::npos);
  // It took the older one.
  host.failures = 1;
  CHECK(host.run({"install", "--server", "[::1]:53"}) == kRefused);
  CHECK(host.text(kDnsmasq) == before);
  CHECK(host.ran.size() == 2);
  CHECK(host.err.str().find("it may be down now") == std::string::npos);
}

TEST_CASE("without the daemon, what can't be taken back is said") {
  Host host;
  const std::string nobody = host.folder / "nobody";
  host.put("/etc/dnsmasq.d/README", "");
  CHECK(host.run({"install"}) == kDone);
  host.put("/run/systemd/resolve/stub-resolv.conf", "");
  CHECK(host.run({"uninstall", "--socket", nobody}) == kNoDaemon);
  CHECK(host.text(kDnsmasq).empty());
  CHECK(host.ran == std::vector<std::string>{"systemctl restart dnsmasq"});
  CHECK(host.err.str().find("resolvectl revert") != std::string::npos);
  CHECK(host.out.str().empty());
  CHECK(host.run({"uninstall"}) == kDone);
  CHECK(host.ran == std::vector<std::string>{"resolvectl revert smeg0"});
  // Where no systemd-resolved is, the daemon isn't asked.
  Host other;
  CHECK(other.run({"uninstall", "--socket", nobody}) == kDone);
}

TEST_CASE("a file for dnsmasq, written, replaced, removed") {
  Host host;
  host.put("/etc/dnsmasq.d/README", "");
  CHECK(host.run({"install"}) == kDone);
  const std::string text = host.text(kDnsmasq);
  CHECK(text.starts_with("# smegmesh: "));
  CHECK(text.find("\nserver=/smeg/::1#21953\nserver=/" + kReverse + "/::1#21953\nrebind-domain-ok=/smeg/\n") !=
        std::string::npos);
  CHECK(host.ran == std::vector<std::string>{"systemctl restart dnsmasq"});
  CHECK(host.run({"install", "--server", "nowhere"}) == kWrongUsage);
  CHECK(host.run({"install", "--server", "[::1]:53"}) == kDone);
  CHECK(host.text(kDnsmasq).find("server=/smeg/::1#53\n") != std::string::npos);
  CHECK(host.run({"uninstall"}) == kDone);
  CHECK(host.text(kDnsmasq).empty());
  CHECK(host.ran == std::vector<std::string>{"systemctl restart dnsmasq"});
  CHECK(host.run({"uninstall"}) == kDone);
  CHECK(host.ran.empty());
}

TEST_CASE("somebody else's file stays") {
  Host host;
  host.put(kDnsmasq, "server=/smeg/192.0.2.1\n");
  CHECK(host.run({"install"}) == kRefused);
  CHECK(host.run({"uninstall"}) == kDone);
  CHECK(host.text(kDnsmasq) == "server=/smeg/192.0.2.1\n");
}

TEST_CASE("NetworkManager counts where it runs dnsmasq") {
  Host host;
  host.put("/etc/NetworkManager/dnsmasq.d/README", "");
  host.put("/etc/NetworkManager/NetworkManager.conf", "[main]\n#dns=dnsmasq\n");
  CHECK(host.run({"install"}) == kRefused);
  CHECK(host.err.str().find("smegctl dns print") != std::string::npos);
  host.put("/etc/NetworkManager/conf.d/dns.conf", "[main]\ndns = dnsmasq\n");
  CHECK(host.run({"install"}) == kDone);
  CHECK(host.text("/etc/NetworkManager/dnsmasq.d/smegmesh.conf").starts_with("# smegmesh: "));
  CHECK(host.ran == std::vector<std::string>{"nmcli general reload dns-full"});
}

TEST_CASE("by hand") {
  Host host;
  CHECK(host.run({"print"}) == kRefused);
  CHECK(host.run({"print", "--resolver", "unbound"}) == kDone);
  CHECK(host.out.str().find("stub-zone:\n  name: \"smeg\"\n  stub-addr: ::1@21953\n") != std::string::npos);
  CHECK(host.run({"print", "--resolver", "resolved"}) == kDone);
  CHECK(host.out.str().starts_with("resolvectl dns smeg0 [::1]:21953\n"));
  CHECK(host.run({"print", "--resolver", "bind"}) == kWrongUsage);
  CHECK(host.ran.empty());
}

TEST_CASE("what to put where, for programs") {
  Host host;
  const auto said = [&](const std::string& part) { return host.out.str().find(part) != std::string::npos; };
  CHECK(host.run({"print", "--resolver", "resolved", "-o", "json-line"}) == kDone);
  CHECK(
      host.out.str().starts_with(R"({"schema":1,"resolver":"resolved","file":null,"commands":[["resolvectl","dns",)"));
  CHECK(host.run({"print", "--resolver", "dnsmasq", "-o", "json-line"}) == kDone);
  CHECK(said(R"("resolver":"dnsmasq","file":{"path":"/etc/dnsmasq.d/smegmesh.conf","text":"# smegmesh: )"));
  CHECK(said(R"("commands":[["systemctl","restart","dnsmasq"]])"));
  CHECK(host.run({"print", "--resolver", "unbound", "-o", "json"}) == kDone);
  CHECK(control::Json::parse(host.out.str()));
  CHECK(host.err.str().empty());
}

TEST_CASE("programs are run as they are named, by no shell") {
  CHECK(run_program({"true"}));
  CHECK(run_program({"test", "$(echo x) y", "=", "$(echo x) y"}));
  CHECK(run_program({"false"}).error().code == Code::io);
  CHECK(run_program({"no-such-program-of-smegmesh"}).error().code == Code::not_found);
}
