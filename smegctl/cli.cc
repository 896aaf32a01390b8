#include "cli.h"

#include "commands.h"
#include "dns/dns.h"
#include "grammar.h"
#include "tables.h"

namespace smeg::ctl {
namespace {

using namespace std::chrono_literals;

constexpr const char* kExamples = R"(
Two hosts, one mesh:
  smegctl mesh create office      on the first host; prints the mesh's id
  smegctl invite create           prints a token: whoever has it may join, once, for a day
  smegctl mesh join TOKEN         on the second host
  smegctl status                  who is there, since when, how much traffic

Exit status: 0 done, 1 refused, 2 wrong usage, 3 no daemon.
)";

Result<std::string> parse_mesh_name(std::string_view text) { return parse_label(text, "a mesh name"); }
Result<std::string> parse_guest_name(std::string_view text) { return parse_label(text, "a guest's name"); }
Result<std::string> parse_token_name(std::string_view text) { return parse_label(text, "a token's name"); }
Result<control::SecretText> parse_token(std::string_view text) {
  if (text.size() > limits::kTokenBytes) return fail(Code::too_large, "is longer than any token");
  return control::SecretText(std::string(text));
}

Result<addr::Endpoint> parse_dns_server(std::string_view text) {
  if (const auto address = addr::IpAddress::parse(text)) return addr::Endpoint{*address, dns::kDefaultPort};
  return addr::Endpoint::parse(text);
}
Result<std::string> parse_zone(std::string_view text) {
  return dns::Name::parse(text).map([](const dns::Name& name) { return name.text(); });
}

// The commands that speak to the daemon of meshes and members.
class CommandLine : public Grammar {
 public:
  explicit CommandLine(const Surroundings& around) : Grammar(around) {
    token_.file = around.environment("SMEG_TOKENS").value_or(std::string(api::kDefaultTokenFile));
    add_mesh();
    add_invite();
    add_member();
    add_guest();
    add_authority();
    add_routes();
    add_token();
    add_dns();
    add_services();
    add_others();
    add_looking(*this);
    add_drawing(*this);
    add_debug(*this);
    add_config(*this);
    add_completion(*this);
    add_older(*this);
    app_.footer(kExamples);  // its own, now that the commands have theirs
  }

 private:
  static void add_membership(CLI::App& app, control::MembershipOptions& out) {
    add(app, "-r,--role", out.role, parse_role, "peer: others can reach this host; client: it dials out only")
        ->type_name("ROLE");
    add(app, "-p,--wgport", out.wg_port, number_from<std::uint16_t>(1, 65'535),
        "UDP port of WireGuard (default: a free one)")
        ->type_name("PORT");
    add_hosts(app, "-e,--endpoint", out.endpoints,
              "where others reach this host (port: of its sessions, gRPCPort); may be given several times");
    add(app, "-k,--keepalive", out.keepalive, parse_keepalive, "keep NAT open by a packet this often; 0 is off")
        ->type_name("DURATION");
  }

  void add_mesh() {
    CLI::App& mesh = group("mesh", "make, join, leave and look at meshes");
    CLI::App& create = command(mesh, "create", "make a mesh; this host is its first member and holds its root key",
                               [this](const Invocation& with) { return mesh_create(with, create_); });
    add(create, "NAME", create_.name, parse_mesh_name, "what to call it here")->type_name("");
    add_membership(create, create_.options);
    CLI::App& join = command(mesh, "join", "join a mesh by an invite, or ask a member to be let in",
                             [this](const Invocation& with) { return join_or_ask(with); });
    add(join, "TOKEN|ID", join_.token, parse_token,
        "what `smegctl invite create` printed (- reads it from standard input); or a mesh's id, with --via")
        ->required()
        ->type_name("");
    add_hosts(join, "--via", join_.vias,
              "dial this host first; by a mesh's id: a member that may admit; may be given several times");
    join.add_option("--note", note_, "by a mesh's id: what whoever decides is to know of this host")->type_name("TEXT");
    join.add_flag("--no-wait", no_wait_, "by a mesh's id: don't wait until somebody has decided");
    add(join, "--name", join_.name, parse_mesh_name, "what to call the mesh here")->type_name("NAME");
    add_membership(join, join_.options);
    command(mesh, "leave", "leave a mesh for good; to come back takes a new invite", mesh_leave);
    view(mesh, "list", "the meshes that this host is in", mesh_list);
    view(mesh, "show", "one mesh with its members, keys and endpoints", mesh_show);
  }

  // A mesh's id is no secret and no token: to know it lets nobody in.
  Outcome<> join_or_ask(const Invocation& with) {
    const auto mesh = control::parse_mesh_id(join_.token.expose());
    if (!mesh) return mesh_join(with, join_);
    return mesh_ask(with, {*mesh, join_.vias, join_.name, note_, join_.options}, !no_wait_);
  }

  void add_invite() {
    CLI::App& invite = group("invite", "let other hosts in");
    CLI::App& create = command(invite, "create", "make an invite and print its token; whoever has the token may join",
                               [this](const Invocation& with) { return invite_create(with, invite_); });
    add(create, "--uses", invite_.uses, number_from<std::uint32_t>(1, limits::kInviteUses),
        "how many hosts may join by it (default 1)")
        ->type_name("N");
    add(create, "--expires", invite_.expires, duration_from(1s, 24h * 36'525),
        "how long it is good for: 30m, 1h, 7d (default 1d)")
        ->type_name("DURATION");
    add(create, "--role", invite_.role, parse_role, "what those who join by it may be: peer or client (default peer)")
        ->type_name("ROLE");
    create.add_flag("--admin", invite_.admin, "those who join by it may invite others (needs the root key here)");
    add_several(create, "--grant", invite_.grants, addr::Prefix::parse,
                "a network that those who join by it may announce; may be given several times")
        ->type_name("PREFIX");
    view(invite, "list", "the invites that this host made, and what has become of them", invite_list);
    CLI::App& revoke = command(invite, "revoke", "take an invite back; who has joined by it stays",
                               [this](const Invocation& with) { return invite_revoke(with, text_); });
    revoke.add_option("ID", text_, "its id, or the beginning of it, from `smegctl invite list`")
        ->required()
        ->type_name("");
  }

  void add_member() {
    CLI::App& member = group("member", "let in who asks without an invite, and remove members");
    view(member, "requests", "the hosts that ask this one to be let in", member_requests);
    CLI::App& admit = command(member, "admit", "let one in",
                              [this](const Invocation& with) { return member_admit(with, text_, role_); });
    add_request(admit);
    add(admit, "--role", role_, parse_role, "what it may be: peer or client (default: what it asks for)")
        ->type_name("ROLE");
    add_request(command(member, "refuse", "refuse one; it is told so",
                        [this](const Invocation& with) { return member_refuse(with, text_); }));
    CLI::App& revoke = command(member, "revoke", "remove a member; to come back takes a new invite",
                               [this](const Invocation& with) { return member_revoke(with, text_, flag_); });
    revoke.add_option("MEMBER", text_, "by alias, address, identity key, or the beginning of one")
        ->required()
        ->type_name("");
    revoke.add_flag("--ban", flag_, "for good: no invite lets this identity in again");
  }

  void add_request(CLI::App& app) {
    app.add_option("FINGERPRINT", text_, "its fingerprint or identity key, or the beginning of either")
        ->required()
        ->type_name("");
  }

  void add_authority() {
    CLI::App& authority = group("authority", "the root key of a mesh, which makes and unmakes those who may invite");
    CLI::App& out = command(authority, "export", "write the root key to a file, encrypted with a passphrase",
                            [this](const Invocation& with) { return authority_export(with, file_); });
    add_authority_file(out);
    out.add_flag("--force", file_.force, "write over a file that is there");
    out.add_flag("--remove", file_.remove, "this host forgets the key once the file is written");
    CLI::App& in = command(authority, "import", "take the root key from such a file",
                           [this](const Invocation& with) { return authority_import(with, file_); });
    add_authority_file(in);
  }

  void add_guest() {
    CLI::App& guest = group("guest", "peers that speak only WireGuard: phones, routers");
    CLI::App& added = command(guest, "add", "take a guest in, and print its WireGuard configuration and QR code",
                              [this](const Invocation& with) { return guest_add(with, guest_); });
    add_guest_name(added);
    add(added, "--public-key", guest_.key, control::parse_wg_key,
        "the guest has a private key already, and this is its public one (default: a pair is made)")
        ->type_name("KEY");
    add_guest_output(added);
    CLI::App& show = command(guest, "show", "print a guest's configuration anew, but for its private key",
                             [this](const Invocation& with) { return guest_show(with, guest_); });
    add_guest_name(show);
    add_guest_output(show);
    view(guest, "list", "the guests of the mesh, and at whom they are guests", guest_list);
    CLI::App& remove = command(guest, "remove", "send a guest of this host away",
                               [this](const Invocation& with) { return guest_remove(with, guest_.name); });
    add_guest_name(remove);
  }

  void add_guest_name(CLI::App& app) {
    add(app, "NAME", guest_.name, parse_guest_name, "what this host calls the guest")->required()->type_name("");
  }
  void add_guest_output(CLI::App& app) {
    add(app, "-e,--endpoint", guest_.endpoint, addr::HostPort::parse,
        "where the guest reaches this host; the port is WireGuard's (default: the best that is known)")
        ->type_name("HOST[:PORT]");
    app.add_option("-f,--file", guest_.file, "write the configuration there, readable by you alone; it is not printed")
        ->type_name("FILE");
    app.add_flag_callback(
        "--qr", [this] { guest_.qr = true; }, "draw the QR code, whatever the output is");
    app.add_flag_callback(
        "--no-qr", [this] { guest_.qr = false; }, "draw no QR code");
  }

  void add_authority_file(CLI::App& app) {
    app.add_option("FILE", file_.path, "the file")->required()->type_name("");
    app.add_option("--passphrase-file", file_.passphrase_file,
                   "take the passphrase from here, not from the terminal (or set SMEG_PASSPHRASE)")
        ->type_name("FILE");
  }

  void add_routes() {
    CLI::App& route = group("route", "the way to other meshes, and to networks behind members");
    view(route, "list", "every prefix outside this host's meshes, and the exit that packets take", route_list);
    CLI::App& explain = view(route, "explain", "where packets for a destination go, and why",
                             [this](const Invocation& with) { return route_explain(with, text_); });
    explain.add_option("DESTINATION", text_, "an address, a prefix, a mesh's id, or a member's alias")
        ->required()
        ->type_name("");
    CLI::App& traced = command(app_, "trace", "the hosts on the way to a destination, with their round-trip times",
                               [this](const Invocation& with) { return trace(with, text_, patience_); });
    traced.add_option("DESTINATION", text_, "an address, or a member's alias")->required()->type_name("");
    add(traced, "-W,--timeout", patience_, duration_from(1ms, 1min), "for each answer (default 2s)")
        ->type_name("DURATION");
    CLI::App& asked = command(app_, "why", "what keeps this host from a member or address, or one member from another",
                              [this](const Invocation& with) { return why(with, why_); });
    asked.add_option("WHO", why_.target, "a member or guest by name, address or key; or any IPv6 address")
        ->required()
        ->type_name("");
    asked.add_option("OTHER", why_.other, "whom WHO doesn't reach (default: it is this host that doesn't reach WHO)")
        ->type_name("");
    add(asked, "-W,--timeout", why_.patience, duration_from(1ms, 1min), "for each packet (default 1s)")
        ->type_name("DURATION");
    CLI::App& checked =
        command(app_, "netcheck", "whether this host can be reached, where, and how large packets may be",
                [this](const Invocation& with) { return netcheck(with, why_.patience); });
    add(checked, "-W,--timeout", why_.patience, duration_from(1ms, 1min), "for each packet (default 1s)")
        ->type_name("DURATION");
    CLI::App& planned = command(app_, "plan", "what would be lost, before it is",
                                [this](const Invocation& with) { return plan(with, text_); });
    planned
        .add_option("--remove", text_, "without this member: by alias, address, identity key, or the beginning of one")
        ->required()
        ->type_name("MEMBER");
    CLI::App& exit = group("exit", "members that lead out of their mesh");
    view(exit, "list", "who they are, and what they are chosen for", exit_list);
    command(exit, "drain", "ask others to leave this host for other exits, before it stops",
            [](const Invocation& with) { return exit_drain(with, true); });
    command(exit, "undrain", "be an exit like the others again",
            [](const Invocation& with) { return exit_drain(with, false); });
    CLI::App& bridge = group("bridge", "members that are in several meshes and join them");
    view(bridge, "list", "which members of this host's meshes lead to which other meshes", bridge_list);
  }

  void add_token() {
    CLI::App& token = group("token", "tokens for smeg-api; whoever has one may steer this host by HTTP");
    CLI::App& create = command(token, "create", "make a token and print it, this once",
                               [this](const Invocation& with) { return token_create(with, token_); });
    add(create, "--name", token_.name, parse_token_name, "what to call it: who or what will use it")
        ->required()
        ->type_name("NAME");
    add(create, "--scope", token_.scope, api::parse_scope,
        "read: look; operate: invites, guests, alias and key too; admin: everything")
        ->required()
        ->type_name("SCOPE");
    add_token_file(create);
    add_token_file(command(token, "list", "the tokens that count, but not what they are",
                           [this](const Invocation& with) { return token_list(with, token_); }));
    CLI::App& revoke = command(token, "revoke", "take a token back, at once",
                               [this](const Invocation& with) { return token_revoke(with, token_); });
    revoke.add_option("NAME", token_.name, "its name, from `smegctl token list`")->required()->type_name("");
    add_token_file(revoke);
  }

  void add_token_file(CLI::App& app) {
    app.add_option("--file", token_.file, "the file of tokens that smeg-api reads (also SMEG_TOKENS)")
        ->type_name("FILE")
        ->capture_default_str();
  }

  void add_dns() {
    CLI::App& dns = group("dns", "have this host's resolver ask smeg-dns for the names of members");
    CLI::App& install = command(dns, "install", "tell the resolver; other names go where they went",
                                [this](const Invocation& with) { return dns_install(with, dns_); });
    command(dns, "uninstall", "take that back", dns_uninstall);
    CLI::App& print = command(dns, "print", "what to put where, by hand",
                              [this](const Invocation& with) { return dns_print(with, dns_); });
    for (CLI::App* each : {&install, &print}) {
      add(*each, "--resolver", dns_.resolver, parse_resolver,
          "resolved, networkmanager, dnsmasq or unbound (default: the one that is found)")
          ->type_name("RESOLVER");
      add(*each, "--server", dns_.server, parse_dns_server, "where smeg-dns listens (default [::1]:21953)")
          ->type_name("ADDRESS[:PORT]");
      add(*each, "--zone", dns_.zone, parse_zone, "its --zone (default smeg)")->type_name("NAME");
    }
  }

  void add_services() {
    CLI::App& description = group("description", "what this host says of itself in a mesh");
    CLI::App& described = command(description, "set", "say it; an empty one takes it away",
                                  [this](const Invocation& with) { return description_set(with, text_); });
    described.add_option("TEXT", text_, "one line, for people")->required()->type_name("");
    CLI::App& service = group("service", "what members offer, and DNS knows of");
    CLI::App& set = command(service, "set", "announce a service of this host",
                            [this](const Invocation& with) { return service_set(with, service_); });
    add_service_name(set);
    add(set, "--port", service_.port, number_from<std::uint16_t>(1, 65'535), "where it listens")
        ->required()
        ->type_name("PORT");
    add(set, "--protocol", service_.protocol, parse_service_protocol, "tcp or udp (default tcp)")
        ->type_name("PROTOCOL");
    add_several(set, "--text", service_.texts, parse_service_text,
                "what to know of it, for DNS; may be given several times")
        ->type_name("KEY=VALUE");
    CLI::App& remove = command(service, "rm", "announce it no more", [this](const Invocation& with) {
      return service_remove(with, service_.name, protocol_);
    });
    add_service_name(remove);
    add(remove, "--protocol", protocol_, parse_service_protocol, "that one alone, where there are two of the name")
        ->type_name("PROTOCOL");
    CLI::App& list = view(service, "list", "the services of all members, or of one",
                          [this](const Invocation& with) { return service_list(with, text_); });
    list.add_option("MEMBER", text_, "by alias, address, identity key, or the beginning of one")->type_name("");
  }

  void add_service_name(CLI::App& app) {
    add(app, "NAME", service_.name, parse_service_name, "what it speaks: http, ssh, my-app")->required()->type_name("");
  }

  void add_others() {
    CLI::App& key = group("key", "the WireGuard key of this host in a mesh");
    CLI::App& rotate = command(key, "rotate", "change to a new one; the address stays",
                               [this](const Invocation& with) { return key_rotate(with, flag_); });
    rotate.add_flag("--force", flag_, "even if guests of this host have to be configured anew then");
    CLI::App& alias = group("alias", "the name of this host in a mesh");
    CLI::App& set = command(alias, "set", "claim an alias; an empty one gives it up",
                            [this](const Invocation& with) { return alias_set(with, text_); });
    add(set, "NAME", text_, parse_alias, "letters a-z, digits and '-'")->required()->type_name("");
    command(app_, "up", "take part in all meshes again", [](const Invocation& with) { return up(with, true); });
    command(app_, "down", "turn all meshes off, without leaving them; kept over restarts",
            [](const Invocation& with) { return up(with, false); });
    command(app_, "reload", "have smegd read its configuration anew, and apply what needs no restart", reload);
    CLI::App& level = command(app_, "log-level", "how much smegd logs, or another level for now",
                              [this](const Invocation& with) { return log_level(with, level_); });
    add(level, "LEVEL", level_, control::parse_log_level, "debug, info, warning or error")->type_name("");
    view(app_, "status", "all meshes: who is there, since when, how much traffic", status);
    CLI::App& ping = command(app_, "ping", "see whether packets reach a member or guest and come back",
                             [this](const Invocation& with) { return ping_member(with, ping_); });
    ping.add_option("MEMBER", ping_.member,
                    "by alias, address, identity key, or the beginning of one; a guest by name or address")
        ->required()
        ->type_name("");
    add(ping, "-c,--count", ping_.count, number_from<std::uint32_t>(1, 1'000'000), "how many packets (default 4)")
        ->type_name("N");
    add(ping, "-i,--interval", ping_.interval, duration_from(10ms, 1h), "between two of them (default 1s)")
        ->type_name("DURATION");
    add(ping, "-W,--timeout", ping_.timeout, duration_from(1ms, 1h), "for the last answer (default 2s)")
        ->type_name("DURATION");
    command(app_, "version", "of smegctl and of the daemon", version);
  }

  control::MeshCreate create_;
  control::MeshJoin join_;
  control::InviteCreate invite_;
  GuestOptions guest_;
  AuthorityFile file_;
  TokenOptions token_;
  PingOptions ping_;
  WhyOptions why_;
  DnsOptions dns_{std::nullopt, {*addr::IpAddress::parse("::1"), dns::kDefaultPort}, std::string(dns::kDefaultZone)};
  Service service_;
  std::optional<Role> role_;
  std::optional<control::LogLevel> level_;
  std::string note_;
  bool no_wait_ = false;
  std::optional<ServiceProtocol> protocol_;
  std::string text_;
  Duration patience_ = 2s;
  bool flag_ = false;
};

}  // namespace

int run(const std::vector<std::string>& arguments, const Surroundings& around) {
  return CommandLine(around).run(arguments);
}

}  // namespace smeg::ctl
