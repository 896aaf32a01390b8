#include "cli.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>

#include "commands.h"
#include "dns/dns.h"

namespace smeg::ctl {
namespace {

using namespace std::chrono_literals;

constexpr const char* kExamples = R"(
Two hosts, one mesh:
  smegctl mesh create office      on the first host; prints the mesh's id
  smegctl invite create           prints a token: whoever has it may join, once, for a day
  smegctl mesh join TOKEN         on the second host
  smegctl status                  who is there, since when, how much traffic

Exit status: 0 done, 1 refused, 2 wrong usage, 3 no daemon.)";

// Words that CLI11 prints behind the option's name; empty where the text is good.
std::string words(const Error& error) { return error.hint.empty() ? error.message : error.message + "; " + error.hint; }

template <class Parse>
auto checked_by(Parse parse) {
  return [parse](const std::string& text) -> std::string {
    const auto value = parse(std::string_view(text));
    return value ? std::string() : words(value.error());
  };
}

// An option, or a positional argument, whose text parse (Result<T>(std::string_view)) understands.
template <class T, class Parse>
CLI::Option* add(CLI::App& app, const std::string& names, T& out, Parse parse, const std::string& help) {
  const auto take = [&out, parse](const std::string& text) {
    if (auto value = parse(std::string_view(text))) out = *std::move(value);
  };
  return app.add_option_function<std::string>(names, take, help)->check(checked_by(parse));
}

// One that may be given several times, each time with one value.
template <class T, class Parse>
CLI::Option* add_several(CLI::App& app, const std::string& names, std::vector<T>& out, Parse parse,
                         const std::string& help) {
  const auto take = [&out, parse](const std::vector<std::string>& texts) {
    for (const std::string& text : texts)
      if (auto value = parse(std::string_view(text))) out.push_back(*std::move(value));
  };
  return app.add_option_function<std::vector<std::string>>(names, take, help)
      ->allow_extra_args(false)
      ->check(checked_by(parse));
}

CLI::Option* add_hosts(CLI::App& app, const std::string& names, std::vector<addr::HostPort>& out,
                       const std::string& help) {
  return add_several(app, names, out, addr::HostPort::parse, help)->type_name("HOST[:PORT]");
}

template <class Number>
auto number_from(Number least, Number most) {
  return [least, most](std::string_view text) -> Result<Number> {
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size() && value >= least && value <= most) return value;
    return fail(Code::malformed,
                "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  };
}

auto duration_from(Duration least, Duration most) {
  return [least, most](std::string_view text) -> Result<Duration> {
    auto value = parse_duration(text);
    if (value && (*value < least || *value > most))
      return fail(Code::invalid, "must be " + format_duration(least) + " to " + format_duration(most));
    return value;
  };
}

Result<Duration> parse_keepalive(std::string_view text) {
  auto value = duration_from(0s, 65'535s)(text);
  if (value && *value % 1s != Duration::zero()) return fail(Code::invalid, "must be whole seconds");
  return value;
}

Result<std::string> parse_mesh_name(std::string_view text) { return parse_label(text, "a mesh name"); }
Result<std::string> parse_alias(std::string_view text) {
  return text.empty() ? Result<std::string>("") : parse_label(text, "an alias");
}
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

// The grammar, and what was found on one command line. Single use.
class CommandLine {
 public:
  explicit CommandLine(const Surroundings& around) : with_{around, {}, false, {}} {
    with_.socket = around.environment("SMEG_SOCKET").value_or(std::string(kDefaultControlSocket));
    token_.file = around.environment("SMEG_TOKENS").value_or(std::string(api::kDefaultTokenFile));
    app_.name("smegctl");
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.footer("\n-m, -o and --socket: see `smegctl --help`.");  // of each command
    app_.set_help_all_flag("--help-all", "help on all commands at once");
    app_.add_option("--socket", with_.socket, "the daemon's control socket (also SMEG_SOCKET)")
        ->type_name("PATH")
        ->capture_default_str();
    app_.add_option_function<std::string>(
            "-o,--output", [this](const std::string& format) { with_.json = format == "json"; },
            "table for people, json for programs")
        ->check(CLI::IsMember({"table", "json"}))
        ->type_name("FORMAT");
    app_.add_option("-m,--mesh", with_.mesh.text, "a mesh by its id, its name, or the beginning of either")
        ->type_name("MESH");
    add_mesh();
    add_invite();
    add_member();
    add_guest();
    add_authority();
    add_routes();
    add_token();
    add_dns();
    add_others();
    app_.footer(kExamples);  // its own, now that the commands have theirs
  }

  int run(std::vector<std::string> arguments) {
    std::ranges::reverse(arguments);  // as CLI11 wants them
    try {
      app_.parse(arguments);
    } catch (const CLI::ParseError& error) {
      if (error.get_exit_code() == 0) return app_.exit(error, with_.around.out, with_.around.err);
      return complain(error.what());
    }
    const auto outcome = action_(with_);
    with_.around.out.flush();
    if (outcome) return with_.around.out ? kDone : kRefused;
    const Failure& failure = outcome.error();
    with_.around.err << "smegctl: " << failure.error.message << '\n';
    if (!failure.error.hint.empty()) with_.around.err << "  " << failure.error.hint << '\n';
    return failure.status;
  }

 private:
  using Action = std::function<Outcome<>(const Invocation&)>;

  // The command line makes no sense. CLI11's words are good for options; for commands there is more to say.
  int complain(std::string message) const {
    const CLI::App* found = &app_;
    std::string line = "smegctl";
    for (auto parsed = found->get_subcommands(); !parsed.empty(); parsed = found->get_subcommands()) {
      found = parsed.front();
      line += ' ' + found->get_name();
    }
    std::string hint = "see `" + line + " --help`";
    const auto rest = app_.remaining(true);
    if (const auto known = command_names(*found); !known.empty() && (rest.empty() || !rest.front().starts_with('-'))) {
      const auto meant = rest.empty() ? std::nullopt : nearest(rest.front(), known);
      message =
          rest.empty() ? "`" + line + "` needs a command" : "there is no command `" + line + ' ' + rest.front() + "`";
      hint = meant ? "did you mean `" + line + ' ' + std::string(*meant) + "`?"
                   : "there is " + joined(known) + "; " + hint;
    }
    with_.around.err << "smegctl: " << message << "\n  " << hint << '\n';
    return kWrongUsage;
  }

  static std::vector<std::string_view> command_names(const CLI::App& of) {
    std::vector<std::string_view> names;
    for (const CLI::App* each : of.get_subcommands([](const CLI::App*) { return true; }))
      names.push_back(each->get_name());
    return names;
  }
  static std::string joined(const std::vector<std::string_view>& words) {
    std::string out;
    for (const std::string_view word : words) out.append(out.empty() ? "" : ", ").append(word);
    return out;
  }

  CLI::App& group(const std::string& name, const std::string& help) {
    CLI::App* group = app_.add_subcommand(name, help);
    group->require_subcommand(1);
    return *group;
  }
  CLI::App& command(CLI::App& in, const std::string& name, const std::string& help, Action action) {
    CLI::App* added = in.add_subcommand(name, help);
    added->callback([this, action = std::move(action)] { action_ = action; });
    return *added;
  }

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
    CLI::App& join = command(mesh, "join", "join a mesh by an invite",
                             [this](const Invocation& with) { return mesh_join(with, join_); });
    add(join, "TOKEN", join_.token, parse_token, "what `smegctl invite create` printed; - reads it from standard input")
        ->required()
        ->type_name("");
    add_hosts(join, "--via", join_.vias, "dial this host first; may be given several times");
    add(join, "--name", join_.name, parse_mesh_name, "what to call the mesh here")->type_name("NAME");
    add_membership(join, join_.options);
    command(mesh, "leave", "leave a mesh for good; to come back takes a new invite", mesh_leave);
    command(mesh, "list", "the meshes that this host is in", mesh_list);
    command(mesh, "show", "one mesh with its members, keys and endpoints", mesh_show);
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
    command(invite, "list", "the invites that this host made, and what has become of them", invite_list);
    CLI::App& revoke = command(invite, "revoke", "take an invite back; who has joined by it stays",
                               [this](const Invocation& with) { return invite_revoke(with, text_); });
    revoke.add_option("ID", text_, "its id, or the beginning of it, from `smegctl invite list`")
        ->required()
        ->type_name("");
  }

  void add_member() {
    CLI::App& member = group("member", "remove members");
    CLI::App& revoke = command(member, "revoke", "remove a member; to come back takes a new invite",
                               [this](const Invocation& with) { return member_revoke(with, text_, flag_); });
    revoke.add_option("MEMBER", text_, "by alias, address, identity key, or the beginning of one")
        ->required()
        ->type_name("");
    revoke.add_flag("--ban", flag_, "for good: no invite lets this identity in again");
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
    command(guest, "list", "the guests of the mesh, and at whom they are guests", guest_list);
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
    command(route, "list", "every prefix outside this host's meshes, and the exit that packets take", route_list);
    CLI::App& explain = command(route, "explain", "where packets for a destination go, and why",
                                [this](const Invocation& with) { return route_explain(with, text_); });
    explain.add_option("DESTINATION", text_, "an address, a prefix, a mesh's id, or a member's alias")
        ->required()
        ->type_name("");
    CLI::App& traced = command(app_, "trace", "the hosts on the way to a destination, with their round-trip times",
                               [this](const Invocation& with) { return trace(with, text_, patience_); });
    traced.add_option("DESTINATION", text_, "an address, or a member's alias")->required()->type_name("");
    add(traced, "-W,--timeout", patience_, duration_from(1ms, 1min), "for each answer (default 2s)")
        ->type_name("DURATION");
    CLI::App& planned = command(app_, "plan", "what would be lost, before it is",
                                [this](const Invocation& with) { return plan(with, text_); });
    planned
        .add_option("--remove", text_, "without this member: by alias, address, identity key, or the beginning of one")
        ->required()
        ->type_name("MEMBER");
    CLI::App& exit = group("exit", "members that lead out of their mesh");
    command(exit, "list", "who they are, and what they are chosen for", exit_list);
    command(exit, "drain", "ask others to leave this host for other exits, before it stops",
            [](const Invocation& with) { return exit_drain(with, true); });
    command(exit, "undrain", "be an exit like the others again",
            [](const Invocation& with) { return exit_drain(with, false); });
    CLI::App& bridge = group("bridge", "members that are in several meshes and join them");
    command(bridge, "list", "which members of this host's meshes lead to which other meshes", bridge_list);
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
          ->type_name("NAME");
      add(*each, "--server", dns_.server, parse_dns_server, "where smeg-dns listens (default [::1]:21953)")
          ->type_name("ADDRESS[:PORT]");
      add(*each, "--zone", dns_.zone, parse_zone, "its --zone (default smeg)")->type_name("NAME");
    }
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
    command(app_, "status", "all meshes: who is there, since when, how much traffic", status);
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

  CLI::App app_{"Steers smegd, which makes encrypted IPv6 meshes of hosts anywhere."};
  Invocation with_;
  Action action_;
  control::MeshCreate create_;
  control::MeshJoin join_;
  control::InviteCreate invite_;
  GuestOptions guest_;
  AuthorityFile file_;
  TokenOptions token_;
  PingOptions ping_;
  DnsOptions dns_{std::nullopt, {*addr::IpAddress::parse("::1"), dns::kDefaultPort}, std::string(dns::kDefaultZone)};
  std::string text_;
  Duration patience_ = 2s;
  bool flag_ = false;
};

}  // namespace

int run(const std::vector<std::string>& arguments, const Surroundings& around) {
  return CommandLine(around).run(arguments);
}

}  // namespace smeg::ctl
