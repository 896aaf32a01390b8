// What each command does once its arguments are there. Prints its result; a Failure is printed by the caller.
#pragma once

#include "api/api.h"
#include "invocation.h"

namespace smeg::ctl {

Outcome<> mesh_create(const Invocation& with, const control::MeshCreate& command);
// A token of "-" is read from standard input.
Outcome<> mesh_join(const Invocation& with, control::MeshJoin command);
Outcome<> mesh_leave(const Invocation& with);
Outcome<> mesh_list(const Invocation& with);
Outcome<> mesh_show(const Invocation& with);
Outcome<> invite_create(const Invocation& with, control::InviteCreate command);
Outcome<> invite_list(const Invocation& with);
Outcome<> invite_revoke(const Invocation& with, const std::string& id);
Outcome<> member_revoke(const Invocation& with, const std::string& member, bool ban);
// Asks to be let in, and waits until somebody has decided, unless told not to.
Outcome<> mesh_ask(const Invocation& with, const control::MeshAsk& command, bool wait);
Outcome<> member_requests(const Invocation& with);
Outcome<> member_admit(const Invocation& with, const std::string& request, std::optional<Role> role);
Outcome<> member_refuse(const Invocation& with, const std::string& request);
// All meshes on or off.
Outcome<> up(const Invocation& with, bool on);
Outcome<> reload(const Invocation& with);
// Without a level: what it is.
Outcome<> log_level(const Invocation& with, const std::optional<control::LogLevel>& level);
Outcome<> key_rotate(const Invocation& with, bool force);
Outcome<> alias_set(const Invocation& with, const std::string& alias);
Outcome<> description_set(const Invocation& with, const std::string& text);
// Of a member: its services, or where none is named those of all.
Outcome<> service_list(const Invocation& with, const std::string& member);
Outcome<> service_set(const Invocation& with, const Service& service);
Outcome<> service_remove(const Invocation& with, const std::string& name, std::optional<ServiceProtocol> protocol);
Outcome<> route_list(const Invocation& with);
Outcome<> route_explain(const Invocation& with, const std::string& destination);
// Hop by hop; each is waited for so long. Refused where it doesn't arrive.
Outcome<> trace(const Invocation& with, const std::string& destination, Duration patience);
struct WhyOptions {
  std::string target;  // whoever can't be reached; or, with a second one, whoever can't reach that
  std::string other;
  Duration patience = std::chrono::seconds(1);  // for each packet
};
// The first thing that keeps a member from reaching another, or an address. Refused where there is one.
Outcome<> why(const Invocation& with, const WhyOptions& options);
// Whether this host can be reached, at which addresses, and how large packets may be.
Outcome<> netcheck(const Invocation& with, Duration patience);
// What would be lost without a member.
Outcome<> plan(const Invocation& with, const std::string& without);
Outcome<> exit_list(const Invocation& with);
Outcome<> exit_drain(const Invocation& with, bool on);
Outcome<> bridge_list(const Invocation& with);
Outcome<> status(const Invocation& with);
Outcome<> version(const Invocation& with);

struct GuestOptions {
  std::string name;
  std::optional<crypto::WgPublicKey> key;  // add: none has a key pair made
  std::optional<addr::HostPort> endpoint;  // of this host
  std::optional<bool> qr;                  // neither: where the output is a terminal
  std::string file;                        // for the configuration, mode 0600; empty: it is printed
};
Outcome<> guest_add(const Invocation& with, const GuestOptions& options);
Outcome<> guest_show(const Invocation& with, const GuestOptions& options);
Outcome<> guest_list(const Invocation& with);
Outcome<> guest_remove(const Invocation& with, const std::string& name);

struct AuthorityFile {
  std::string path;
  std::string passphrase_file;  // empty: SMEG_PASSPHRASE, or the terminal
  bool force = false;           // export: write over a file that is there
  bool remove = false;          // export: the host forgets the key afterwards
};
Outcome<> authority_export(const Invocation& with, const AuthorityFile& file);
Outcome<> authority_import(const Invocation& with, const AuthorityFile& file);

struct TokenOptions {
  std::string name;
  api::Scope scope = api::Scope::read;
  std::string file{api::kDefaultTokenFile};
};
// Tokens of smeg-api. They are in a file; no daemon is needed.
Outcome<> token_create(const Invocation& with, const TokenOptions& options);
Outcome<> token_list(const Invocation& with, const TokenOptions& options);
Outcome<> token_revoke(const Invocation& with, const TokenOptions& options);

enum class Resolver { resolved, network_manager, dnsmasq, unbound };
Result<Resolver> parse_resolver(std::string_view text);
struct DnsOptions {
  std::optional<Resolver> resolver;  // none: the one that is found
  addr::Endpoint server;             // where smeg-dns listens
  std::string zone;
};
// Has the host's resolver ask smeg-dns for the names of members, and for nothing else.
Outcome<> dns_install(const Invocation& with, const DnsOptions& options);
// Takes that back, whichever resolver it was.
Outcome<> dns_uninstall(const Invocation& with);
// What to put where, by hand.
Outcome<> dns_print(const Invocation& with, const DnsOptions& options);

struct PingOptions {
  std::string member;
  std::uint32_t count = 4;
  Duration interval = std::chrono::seconds(1);
  Duration timeout = std::chrono::seconds(2);  // for the last answer
};
// Refused where no answer came.
Outcome<> ping_member(const Invocation& with, const PingOptions& options);

}  // namespace smeg::ctl
