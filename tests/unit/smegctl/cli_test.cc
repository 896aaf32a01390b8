#include "cli.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>

#include "api/api.h"
#include "unit/smegctl/host.h"

using namespace smeg;
using namespace smeg::ctl;
using namespace std::chrono_literals;

namespace {

const control::MeshEntered kEntered{control::sample_mesh_id(1), "office", *addr::IpAddress::parse("fd00:1::1")};

// As export makes it here, where chance is zero; import with the cost of a file that is cheap to open.
crypto::SealingKey key_of(const std::string& passphrase, const crypto::SealCost& cost = {}) {
  ZeroSource zero;
  return *crypto::SealingKey::derive(passphrase, crypto::SealRecipe::draw(zero, cost));
}

std::string text_of(const std::string& path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

TEST_CASE("mesh create prints the id alone on standard output") {
  Host host{control::Reply(kEntered)};
  CHECK(host.run({"mesh", "create", "office", "-r", "client", "-p", "51820", "-e", "gate:1", "-e", "192.0.2.1", "-k",
                  "25"}) == 0);
  CHECK(host.out.str() == "aeaqcaibaeaqcaibaeaqcaibaeaqcaib\n");
  CHECK(has(host.err.str(), "fd00:1::1"));
  const control::MembershipOptions options{Role::client,
                                           std::uint16_t{51'820},
                                           {*addr::HostPort::parse("gate:1"), *addr::HostPort::parse("192.0.2.1")},
                                           25s};
  CHECK(host.seen.at(0) == control::Command(control::MeshCreate{"office", options}));
  CHECK(host.run({"mesh", "create"}) == 0);
  CHECK(host.seen.at(1) == control::Command(control::MeshCreate{}));
  CHECK(host.run({"-o", "json", "mesh", "create"}) == 0);
  CHECK(has(host.out.str(), "\"schema\": 1,\n  \"id\": \"aeaqcaib"));
  CHECK(host.err.str().empty());
}

TEST_CASE("mesh join takes the token as an argument or from standard input") {
  Host host{control::Reply(kEntered)};
  CHECK(host.run({"mesh", "join", "--via", "gate:5", "smeg1abc", "--via", "::1", "--name", "home"}) == 0);
  CHECK(host.seen.at(0) ==
        control::Command(control::MeshJoin{control::SecretText("smeg1abc"),
                                           {*addr::HostPort::parse("gate:5"), *addr::HostPort::parse("::1")},
                                           "home",
                                           {}}));
  CHECK(has(host.out.str(), "This host is in the mesh office now. Its address there is fd00:1::1."));
  host.in.str("  smeg1xyz \n");
  CHECK(host.run({"mesh", "join", "-"}) == 0);
  CHECK(host.seen.at(1) == control::Command(control::MeshJoin{control::SecretText("smeg1xyz"), {}, {}, {}}));
  host.in.str("");
  CHECK(host.run({"mesh", "join", "-"}) == kWrongUsage);
}

TEST_CASE("invite create prints the token alone on standard output") {
  Host host{
      control::Reply(control::InviteCreated{control::SecretText("smeg1token"), {}, control::sample_time(3'600), 3})};
  CHECK(host.run({"invite", "create", "--uses", "3", "--expires", "1h", "--role", "client", "--admin", "-m",
                  "office"}) == 0);
  CHECK(host.out.str() == "smeg1token\n");
  CHECK(has(host.err.str(), "Good for 3 hosts until 2026-03-01T13:00:00Z"));
  CHECK(host.seen.at(0) == control::Command(control::InviteCreate{{"office"}, 3, 1h, Role::client, true}));
}

TEST_CASE("the other commands reach the daemon as they were meant") {
  Host host;
  const auto sends = [&](std::vector<std::string> arguments, control::Command command) {
    host.seen.clear();
    CHECK(host.run(std::move(arguments)) == 0);
    CHECK(host.seen == std::vector{std::move(command)});
    CHECK(!host.out.str().empty());
  };
  sends({"mesh", "leave", "-m", "office"}, control::MeshLeave{{"office"}});
  sends({"-m", "office", "invite", "revoke", "abc"}, control::InviteRevoke{{"office"}, "abc"});
  sends({"member", "revoke", "bob"}, control::MemberRevoke{{}, {"bob"}, false});
  sends({"member", "revoke", "bob", "--ban"}, control::MemberRevoke{{}, {"bob"}, true});
  sends({"alias", "set", "carol"}, control::AliasSet{{}, "carol"});
  sends({"alias", "set", ""}, control::AliasSet{{}, ""});
  sends({"description", "set", "the one in the cellar"},
        control::SelfChange{{}, std::nullopt, "the one in the cellar"});
  sends({"service", "set", "http", "--port", "80", "--text", "path=/", "--text", "a=b"},
        control::ServiceSet{{}, {"http", ServiceProtocol::tcp, 80, {"path=/", "a=b"}}});
  sends({"service", "rm", "dns", "--protocol", "udp"}, control::ServiceRemove{{}, "dns", ServiceProtocol::udp});
  sends({"member", "admit", "abcd", "--role", "client"}, control::MemberAdmit{{}, "abcd", Role::client});
  sends({"member", "refuse", "abcd"}, control::MemberRefuse{{}, "abcd"});
  sends({"up"}, control::DaemonUp{true});
  sends({"down"}, control::DaemonUp{false});
  sends({"log-level", "debug"}, control::DaemonLogLevel{control::LogLevel::debug});
  CHECK(host.run({"log-level"}) == 0);
  CHECK(host.out.str() == "info\n");
  CHECK(host.run({"service", "set", "http"}) == kWrongUsage);
  CHECK(host.run({"service", "set", "HTTP", "--port", "80"}) == kWrongUsage);
  CHECK(host.run({"log-level", "loud"}) == kWrongUsage);
  CHECK(host.run({"-o", "json", "mesh", "leave"}) == 0);
  CHECK(host.out.str() == "{\n  \"schema\": 1\n}\n");
}

TEST_CASE("services and requests are listed") {
  Host host;
  CHECK(host.run({"service", "list"}) == 0);
  CHECK(has(host.out.str(), "bob     http     80/tcp  fd00:1::2  path=/status, title=Cellar"));
  CHECK(host.run({"service", "list", "alice"}) == 0);
  CHECK_FALSE(has(host.out.str(), "http"));
  CHECK(host.run({"service", "list", "nobody"}) == kRefused);
  CHECK(host.run({"member", "requests"}) == 0);
  const std::string fingerprint = control::fingerprint(control::sample_key<crypto::IdentityKey>(8));
  CHECK(fingerprint.size() == 29);
  CHECK(has(host.out.str(), fingerprint + "  192.0.2.8  client  5m     the new one"));
  CHECK(host.run({"-o", "json", "member", "requests"}) == 0);
  CHECK(has(host.out.str(), fingerprint));
}

TEST_CASE("mesh join by an id asks to be let in, and says whom to show which fingerprint") {
  const MeshId lab = control::sample_mesh_id(9);
  Host host{control::Reply(control::MeshAsked{lab, "", control::sample_key<crypto::IdentityKey>(1)})};
  CHECK(host.run({"mesh", "join", control::to_text(lab)}) == kWrongUsage);
  CHECK(has(host.err.str(), "--via"));
  CHECK(host.run({"mesh", "join", control::to_text(lab), "--via", "gate", "--note", "me", "--no-wait"}) == 0);
  CHECK(host.seen.back() == control::Command(control::MeshAsk{lab, {*addr::HostPort::parse("gate")}, "", "me", {}}));
  CHECK(has(host.err.str(), control::fingerprint(control::sample_key<crypto::IdentityKey>(1))));
  // What it waits for has been decided already.
  control::Snapshot refused = control::sample_snapshot();
  refused.meshes[1].id = lab;
  refused.meshes[1].state = control::MeshState::refused;
  refused.meshes[1].state_detail = "a member that may admit has refused this host";
  host.daemon.publish(refused);
  CHECK(host.run({"mesh", "join", control::to_text(lab), "--via", "gate"}) == kRefused);
  CHECK(has(host.err.str(), "a member that may admit has refused this host"));
  control::Snapshot entered = control::sample_snapshot();
  entered.meshes[0].id = lab;
  host.daemon.publish(entered);
  CHECK(host.run({"mesh", "join", control::to_text(lab), "--via", "gate"}) == 0);
  CHECK(has(host.out.str(), "This host is in the mesh office now. Its address there is fd00:1::1."));
}

TEST_CASE("reload tells what was applied and what waits") {
  Host host{control::Reply(control::Reloaded{{"logLevel"}, {"listen"}, {"branch"}})};
  CHECK(host.run({"reload"}) == 0);
  CHECK(host.out.str() ==
        "Applied:\n  logLevel\nThese wait for the next start of smegd:\n  listen\n"
        "These have no effect, now or after a restart:\n  branch\n");
}

TEST_CASE("key rotate prints the new key") {
  Host host{control::Reply(control::KeyRotated{control::sample_key<crypto::WgPublicKey>(2)})};
  CHECK(host.run({"key", "rotate"}) == 0);
  CHECK(host.out.str() == "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=\n");
}

TEST_CASE("key rotate may have to be forced") {
  Host host{control::Reply(control::KeyRotated{})};
  CHECK(host.run({"key", "rotate", "--force"}) == 0);
  CHECK(host.seen.at(0) == control::Command(control::KeyRotate{{}, true}));
}

TEST_CASE("guest add makes a key pair, and tells the daemon the public half") {
  Host host{control::Reply(control::sample_guest_config())};
  CHECK(host.run({"guest", "add", "phone", "-m", "office", "-e", "gate:5"}) == 0);
  ZeroSource zero;
  const crypto::WgPrivateKey made = crypto::generate_wg_key(zero);
  CHECK(host.seen == std::vector<control::Command>{control::GuestAdd{
                         {"office"}, "phone", crypto::wg_public_key(made), *addr::HostPort::parse("gate:5")}});
  CHECK(host.out.str() == control::guest_config(control::sample_guest_config(), made).expose());
  CHECK(has(host.err.str(), "this is the only time that it is shown"));
}

TEST_CASE("guest add takes the public key of a pair that the guest has") {
  Host host{control::Reply(control::sample_guest_config())};
  const auto key = control::sample_key<crypto::WgPublicKey>(7);
  CHECK(host.run({"guest", "add", "phone", "--public-key", control::to_text(key)}) == 0);
  CHECK(host.seen.at(0) == control::Command(control::GuestAdd{{}, "phone", key, {}}));
  CHECK(has(host.out.str(), "# PrivateKey = the one whose public key is BwcH"));
  CHECK(host.err.str().find("the only time") == std::string::npos);
  CHECK(host.run({"guest", "add", "phone", "-o", "json"}) == 0);
  CHECK(has(host.out.str(), "\"schema\": 1,\n  \"name\": \"phone\""));
  CHECK(has(host.out.str(), "\"config\": \"[Interface]\\nPrivateKey = "));
  CHECK(host.err.str().empty());
  CHECK(host.run({"guest", "add", "phone", "--public-key", "short"}) == kWrongUsage);
  CHECK(has(host.err.str(), "is not a WireGuard key; it is 32 bytes in base64"));
  CHECK(host.run({"guest", "add", "My Phone"}) == kWrongUsage);
  CHECK(host.run({"guest", "add"}) == kWrongUsage);
}

TEST_CASE("the QR code is drawn at a terminal, or where it is asked for") {
  Host host{control::Reply(control::sample_guest_config())};
  const auto draws = [&](bool at_terminal, std::vector<std::string> arguments) {
    host.at_terminal = at_terminal;
    CHECK(host.run(std::move(arguments)) == 0);
    return host.out.str().find("\u2580") != std::string::npos;
  };
  CHECK(draws(true, {"guest", "add", "phone"}));
  CHECK(!draws(false, {"guest", "add", "phone"}));
  CHECK(!draws(true, {"guest", "show", "phone"}));  // no app takes it
  CHECK(!draws(false, {"guest", "show", "phone"}));
  CHECK(draws(false, {"guest", "show", "phone", "--qr"}));
  CHECK(!draws(true, {"guest", "add", "phone", "--no-qr"}));
  CHECK(!draws(true, {"guest", "add", "phone", "-o", "json"}));
  CHECK(host.run({"guest", "show", "phone"}) == 0);
  CHECK(host.seen.back() == control::Command(control::GuestShow{{}, "phone", {}}));
}

TEST_CASE("a guest's configuration may go to a file that nobody else reads") {
  Host host{control::Reply(control::sample_guest_config())};
  const std::string file = host.folder / "phone.conf";
  CHECK(host.run({"guest", "show", "phone", "-f", file}) == 0);
  CHECK(host.out.str() == "The configuration is in " + file + ".\n");
  CHECK(text_of(file) == control::guest_config(control::sample_guest_config(), std::nullopt).expose());
  struct stat status {};
  CHECK(::stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
  // Nothing is asked for that could then not be kept.
  host.seen.clear();
  CHECK(host.run({"guest", "add", "phone", "-f", file}) == kRefused);
  CHECK(has(host.err.str(), "is there already"));
  CHECK(host.seen.empty());
  CHECK(host.run({"guest", "add", "phone", "-f", host.folder / "no/such/folder"}) == kRefused);
  CHECK(has(host.err.str(), "`smegctl guest remove phone`, and add it again"));
}

TEST_CASE("guests are listed, and sent away") {
  Host host;
  CHECK(host.run({"guest", "list"}) == 0);
  CHECK(host.out.str() == control::guest_table(control::sample_mesh(), control::sample_time(0)));
  CHECK(host.run({"guest", "list", "-o", "json"}) == 0);
  CHECK(host.out.str() == control::guest_json(control::sample_mesh()));
  CHECK(host.seen.empty());
  CHECK(host.run({"guest", "remove", "phone"}) == 0);
  CHECK(host.out.str() == "The guest phone is removed.\n");
  CHECK(host.seen.at(0) == control::Command(control::GuestRemove{{}, "phone"}));
}

TEST_CASE("queries, for people and for programs") {
  Host host;
  CHECK(host.run({"status"}) == 0);
  CHECK(has(host.out.str(), "mesh office: active"));
  CHECK(host.run({"status", "-m", "off", "-o", "json"}) == 0);
  CHECK(has(host.out.str(), "\"schema\": 1,"));
  CHECK(host.run({"mesh", "list"}) == 0);
  CHECK(has(host.out.str(), "NAME    ID "));
  CHECK(host.run({"mesh", "show", "-o", "json"}) == 0);
  CHECK(host.out.str() == control::mesh_json(control::sample_mesh()));
  CHECK(host.run({"invite", "list"}) == 0);
  CHECK(has(host.out.str(), "1 of 3"));
  CHECK(host.run({"version"}) == 0);
  CHECK(has(host.out.str(), "\nsmegd 0.1.0\n"));
  CHECK(host.seen.empty());
}

TEST_CASE("five forms of output") {
  Host host;
  CHECK(host.run({"-o", "json-line", "mesh", "list"}) == 0);
  CHECK(host.out.str().starts_with("{\"schema\":1,\"meshes\":[{\"id\":\"aeaqcaib"));
  CHECK(std::ranges::count(host.out.str(), '\n') == 1);
  CHECK(host.run({"mesh", "list", "-o", "yaml"}) == 0);
  CHECK(has(host.out.str(), "schema: 1\nmeshes:\n  - id: aeaqcaib"));
  CHECK(host.run({"mesh", "list", "-o", "wide"}) == 0);
  CHECK(has(host.out.str(), "  PREFIX "));
  CHECK(host.run({"route", "list", "-o", "wide"}) == 0);
  CHECK(has(host.out.str(), "  COST  WEIGHT  PATH\n"));
  CHECK(host.run({"status", "-o", "wide"}) == 0);
  CHECK(has(host.out.str(), "  IDENTITY KEY "));
  CHECK(host.run({"mesh", "leave", "-o", "yaml"}) == 0);
  CHECK(host.out.str() == "schema: 1\n");
  CHECK(host.err.str().empty());
}

TEST_CASE("colours are for terminals whose user wants them") {
  Host host;
  const auto colours = [&](std::vector<std::string> arguments) {
    CHECK(host.run(std::move(arguments)) == 0);
    return host.out.str().find('\033') != std::string::npos;
  };
  CHECK(!colours({"status"}));
  host.at_terminal = true;
  CHECK(colours({"status"}));
  CHECK(has(host.out.str(), "\033[32malive\033[0m "));
  CHECK(colours({"mesh", "list"}));
  CHECK(!colours({"status", "--no-color"}));
  CHECK(!colours({"status", "-o", "json"}));
  host.environment["NO_COLOR"] = "1";
  CHECK(!colours({"status"}));
  host.environment["NO_COLOR"] = "";
  CHECK(colours({"status"}));
  host.environment["TERM"] = "dumb";
  CHECK(!colours({"status"}));
}

TEST_CASE("every error says what to do next") {
  Host host{fail(Code::io, "the disk is full")};
  CHECK(host.run({"mesh", "leave"}) == kRefused);
  CHECK(host.err.str() == "smegctl: the disk is full\n  smegd's log may say more\n");
}

TEST_CASE("exit statuses") {
  Host host{fail(Code::forbidden, "this host may not invite", "ask the creator")};
  CHECK(host.run({"invite", "create"}) == kRefused);
  CHECK(host.err.str() == "smegctl: this host may not invite\n  ask the creator\n");
  CHECK(host.out.str().empty());
  CHECK(host.run({"mesh", "show", "-m", "nope"}) == kRefused);
  CHECK(has(host.err.str(), "there is no mesh 'nope'\n  there is office (aeaqcaib...)"));
  CHECK(host.run({"ping", "nobody"}) == kRefused);
  CHECK(host.run({"--socket", host.folder / "none", "status"}) == kNoDaemon);
  CHECK(has(host.err.str(), "no daemon listens at"));
  CHECK(host.run({"--socket", host.folder / "none", "mesh", "leave"}) == kNoDaemon);
  CHECK(host.run({"--socket", host.folder / "none", "version"}) == kDone);
  CHECK(host.run({"--help"}) == kDone);
  CHECK(has(host.out.str(), "Exit status: 0 done"));
  CHECK(host.run({"mesh", "create", "--help"}) == kDone);
}

TEST_CASE("wrong usage is told what is right, and nothing is sent") {
  Host host;
  const auto wrong = [&](std::vector<std::string> arguments) {
    CHECK(host.run(std::move(arguments)) == kWrongUsage);
    CHECK(host.out.str().empty());
    return host.err.str();
  };
  CHECK(has(wrong({}), "`smegctl` needs a command"));
  CHECK(has(wrong({"mesh", "crate"}), "did you mean `smegctl mesh create`?"));
  CHECK(has(wrong({"member"}), "there is requests, admit, refuse, revoke; see `smegctl member --help`"));
  CHECK(has(wrong({"mesh", "create", "My Mesh"}), "'My Mesh' is not a mesh name; use 1 to 63"));
  CHECK(has(wrong({"mesh", "create", "-p", "0"}), "must be a whole number from 1 to 65535"));
  CHECK(has(wrong({"mesh", "create", "-e", "a b"}), "is neither a host name nor an IP address"));
  CHECK(has(wrong({"mesh", "create", "-k", "1500ms"}), "must be whole seconds"));
  CHECK(has(wrong({"invite", "create", "--uses", "0"}), "from 1 to 65535"));
  CHECK(has(wrong({"invite", "create", "--expires", "soon"}), "'soon' is not a duration; write a number and a unit"));
  CHECK(has(wrong({"invite", "create", "--role", "boss"}), "'boss' is not a role"));
  CHECK(has(wrong({"mesh", "join"}), "TOKEN|ID is required"));
  CHECK(has(wrong({"-o", "xml", "status"}), "xml"));
  CHECK(has(wrong({"status", "--colour"}), "--colour"));
  CHECK(host.seen.empty());
}

TEST_CASE("authority export writes a file of its own mode, once") {
  Host host{control::Reply(
      control::AuthorityExported{control::sample_mesh_id(1), control::SecretText("smegmesh-sealed-1 x")})};
  const std::string file = host.folder / "root.key";
  host.typed = {"open sesame", "open sesame"};
  CHECK(host.run({"authority", "export", file}) == 0);
  CHECK(text_of(file) == "smegmesh-sealed-1 x\n");
  struct stat status {};
  CHECK(::stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
  CHECK(host.seen == std::vector<control::Command>{control::AuthorityExport{{}, key_of("open sesame"), false}});
  CHECK((host.out.str() + host.err.str()).find("sesame") == std::string::npos);

  host.seen.clear();
  CHECK(host.run({"authority", "export", file}) == kRefused);
  CHECK(has(host.err.str(), "is there already"));
  CHECK(host.seen.empty());
  host.environment["SMEG_PASSPHRASE"] = "from outside";
  CHECK(host.run({"authority", "export", file, "--force", "--remove"}) == 0);
  const control::MeshSelector whole{control::to_text(control::sample_mesh_id(1))};
  CHECK(host.seen == std::vector<control::Command>{control::AuthorityExport{{}, key_of("from outside"), false},
                                                   control::AuthorityExport{whole, key_of("from outside"), true}});
}

TEST_CASE("authority export asks nothing of the daemon where the passphrase is no good") {
  Host host;
  const std::string file = host.folder / "root.key";
  host.typed = {"one", "two"};
  CHECK(host.run({"authority", "export", file}) == kRefused);
  CHECK(has(host.err.str(), "the two passphrases differ"));
  host.typed = {""};
  CHECK(host.run({"authority", "export", file}) == kRefused);
  CHECK(host.run({"authority", "export", file}) == kRefused);  // no terminal
  CHECK(host.run({"authority", "export", file, "--passphrase-file", host.folder / "none"}) == kRefused);
  CHECK(host.run({"authority", "export", host.folder / "no/such/folder", "--passphrase-file", host.folder / "none"}) ==
        kRefused);
  CHECK(host.seen.empty());
}

TEST_CASE("authority import") {
  Host host;
  const crypto::SealingKey key = key_of("open sesame", {1, 64});
  const std::string sealed = crypto::seal(as_bytes("the root's key"), key, host.secrets);
  std::ofstream(host.folder / "root.key") << sealed;
  std::ofstream(host.folder / "pass") << "open sesame\n";
  CHECK(host.run({"authority", "import", host.folder / "root.key", "--passphrase-file", host.folder / "pass"}) == 0);
  REQUIRE(host.seen.size() == 1);
  const auto* import = std::get_if<control::AuthorityImport>(&host.seen.front());
  REQUIRE(import != nullptr);
  CHECK(import->sealed.expose() + "\n" == sealed);
  CHECK(import->key == key);
  std::ofstream(host.folder / "other") << "-----BEGIN PRIVATE KEY-----\n";
  CHECK(host.run({"authority", "import", host.folder / "other", "--passphrase-file", host.folder / "pass"}) ==
        kRefused);
  CHECK(has(host.err.str(), "not a file that smegmesh encrypted"));
  std::ofstream(host.folder / "big") << std::string(limits::kSealedBytes + 1, 'x');
  CHECK(host.run({"authority", "import", host.folder / "big", "--passphrase-file", host.folder / "pass"}) == kRefused);
  std::ofstream(host.folder / "empty") << "\n";
  CHECK(host.run({"authority", "import", host.folder / "empty", "--passphrase-file", host.folder / "pass"}) ==
        kRefused);
  CHECK(host.seen.size() == 1);
}

TEST_CASE("tokens of smeg-api are made, shown once, listed and taken back") {
  Host host;
  const std::string file = host.folder / "tokens";
  CHECK(host.run({"token", "create", "--name", "grafana", "--scope", "read", "--file", file}) == kDone);
  std::string text = host.out.str();
  CHECK(text.starts_with("smegapi_"));
  text.pop_back();
  CHECK(host.err.str().find("this is the only time") != std::string::npos);
  struct stat status {};
  CHECK(::stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0640);
  std::ostringstream kept;
  kept << std::ifstream(file).rdbuf();
  CHECK(kept.str().find(text) == std::string::npos);
  const auto tokens = api::Tokens::parse(kept.str());
  REQUIRE(tokens);
  REQUIRE(tokens->find(text));
  CHECK(tokens->find(text)->scope == api::Scope::read);

  CHECK(host.run({"token", "create", "--name", "grafana", "--scope", "admin", "--file", file}) == kRefused);
  CHECK(host.run({"token", "create", "--name", "x", "--scope", "look", "--file", file}) == kWrongUsage);
  CHECK(host.run({"token", "create", "--name", "X Y", "--scope", "read", "--file", file}) == kWrongUsage);
  CHECK(host.run({"token", "create", "--name", "x", "--file", file}) == kWrongUsage);
  // Whose the file is stays as it was.
  CHECK(::chmod(file.c_str(), 0600) == 0);
  CHECK(host.run({"-o", "json", "token", "create", "--name", "ops", "--scope", "operate", "--file", file}) == kDone);
  CHECK(host.out.str().find("\"token\": \"smegapi_") != std::string::npos);
  CHECK(host.run({"token", "list", "--file", file}) == kDone);
  CHECK(host.out.str() ==
        "NAME     SCOPE    CREATED\ngrafana  read     2026-03-01T12:00:00Z\nops      operate  2026-03-01T12:00:00Z\n");
  CHECK(host.run({"token", "revoke", "grafana", "--file", file}) == kDone);
  CHECK(host.run({"token", "revoke", "grafana", "--file", file}) == kRefused);
  CHECK(host.err.str().find("there is ops") != std::string::npos);
  CHECK(host.run({"token", "create", "--name", "x", "--scope", "read", "--file", host.folder / "no/tokens"}) ==
        kRefused);
  std::ofstream(file) << "nonsense\n";
  CHECK(host.run({"token", "list", "--file", file}) == kRefused);
  CHECK(host.err.str().find("line 1") != std::string::npos);
}

TEST_CASE("ping finds guests too, by their whole names") {
  Host host;
  control::Snapshot snapshot = control::sample_snapshot();
  snapshot.meshes.pop_back();
  snapshot.meshes[0].members.change(1, [](control::MemberView& member) { member.alias = "phonebook"; });
  snapshot.meshes[0].guests[0].address = *addr::IpAddress::parse("::1");
  host.daemon.publish(snapshot);
  const int status = host.run({"ping", "phone", "-c", "1"});
  if (host.err.str().find("may not send ICMPv6") != std::string::npos) return;  // neither root nor in ping_group_range
  CHECK(status == 0);
  CHECK(host.out.str().starts_with("PING phone (::1)\n"));
  CHECK(host.run({"ping", "nobody", "-c", "1"}) == kRefused);
  CHECK(has(host.err.str(), "there is no member 'nobody'"));
}

TEST_CASE("ping prints what comes back") {
  Host host;
  control::Snapshot snapshot = control::sample_snapshot();
  snapshot.meshes.pop_back();
  snapshot.meshes[0].members.change(
      1, [](control::MemberView& member) { member.address = *addr::IpAddress::parse("::1"); });
  host.daemon.publish(snapshot);
  const int status = host.run({"ping", "bob", "-c", "2", "-i", "10ms"});
  if (host.err.str().find("may not send ICMPv6") != std::string::npos) return;  // neither root nor in ping_group_range
  CHECK(status == 0);
  CHECK(host.out.str().starts_with("PING bob (::1)\n64 bytes from ::1: seq=1 time="));
  CHECK(has(host.out.str(), "--- bob: 2 sent, 2 received, 0% lost\nrtt min/avg/max = "));
  CHECK(host.run({"ping", "bob", "-c", "1", "-o", "json"}) == 0);
  CHECK(has(host.out.str(), "\"received\": 1,\n  \"rttMinMs\": "));
}
