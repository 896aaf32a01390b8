// smegctl dns: has the resolver of the host know of smeg-dns.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "control/codec.h"
#include "dns/dns.h"
#include "resolver.h"

namespace smeg::ctl {
namespace {

namespace fs = std::filesystem;

constexpr std::array kWithFiles = {Resolver::network_manager, Resolver::dnsmasq, Resolver::unbound};

std::string name_of(Resolver resolver) {
  switch (resolver) {
    case Resolver::resolved: return "systemd-resolved";
    case Resolver::network_manager: return "NetworkManager's dnsmasq";
    case Resolver::dnsmasq: return "dnsmasq";
    case Resolver::unbound: return "unbound";
  }
  return {};
}

// As --resolver has it.
std::string keyword_of(Resolver resolver) {
  switch (resolver) {
    case Resolver::resolved: return "resolved";
    case Resolver::network_manager: return "networkmanager";
    case Resolver::dnsmasq: return "dnsmasq";
    case Resolver::unbound: return "unbound";
  }
  return {};
}

std::vector<MeshDomains> domains_of(const control::Snapshot& snapshot) {
  std::vector<MeshDomains> out;
  for (const control::MeshView& mesh : snapshot.meshes)
    out.push_back({mesh.interfaces.empty() ? "" : mesh.interfaces.front().name, dns::reverse_name(mesh.prefix).text()});
  return out;
}

bool is_there(const Invocation& with, const std::string& path) {
  std::error_code ignored;
  return fs::exists(with.around.root + path, ignored);
}

// A line of NetworkManager.conf(5), in any of its files.
bool has_networkmanager_dnsmasq(const Invocation& with) {
  std::vector<fs::path> files = {with.around.root + "/etc/NetworkManager/NetworkManager.conf"};
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(with.around.root + "/etc/NetworkManager/conf.d", ignored))
    files.push_back(entry.path());
  return std::ranges::any_of(files, [](const fs::path& file) {
    std::ifstream stream(file);
    for (std::string line; std::getline(stream, line);) {
      std::erase_if(line, [](char c) { return c == ' ' || c == '\t' || c == '\r'; });
      if (line == "dns=dnsmasq") return true;
    }
    return false;
  });
}

std::optional<Resolver> find_resolver(const Invocation& with) {
  if (is_there(with, "/run/systemd/resolve/stub-resolv.conf")) return Resolver::resolved;
  if (has_networkmanager_dnsmasq(with)) return Resolver::network_manager;
  if (is_there(with, "/etc/dnsmasq.d")) return Resolver::dnsmasq;
  if (is_there(with, "/etc/unbound/unbound.conf.d")) return Resolver::unbound;
  return std::nullopt;
}

Outcome<Resolver> chosen(const Invocation& with, const DnsOptions& options) {
  const auto resolver = options.resolver ? options.resolver : find_resolver(with);
  if (resolver) return *resolver;
  return refused(
      {Code::not_found, "no resolver of this host is known to send some names elsewhere than others",
       "run systemd-resolved, NetworkManager with dns=dnsmasq, dnsmasq or unbound, or see `smegctl dns print "
       "--resolver dnsmasq`"});
}

Result<void> run_all(const Invocation& with, const std::vector<Words>& commands) {
  for (const Words& words : commands)
    if (auto done = with.around.run_program(words); !done) return done;
  return {};
}

bool is_ours(const std::string& path) {
  std::ifstream stream(path);
  std::string line;
  return std::getline(stream, line) && line.starts_with(kFileMark);
}

Error cannot_write(const std::string& path, const std::string& why) {
  return {Code::io, "can't write " + path + ": " + why, "this takes root"};
}

// Whole or not at all; anybody may read it, as the resolver must. Nobody else's file is touched.
Result<void> write_file(const std::string& path, const std::string& text) {
  if (std::error_code ignored; fs::exists(path, ignored) && !is_ours(path))
    return fail(Code::exists, path + " is there already, and isn't of smegctl's making", "look at it, and remove it");
  const std::string scratch = path + ".new";
  std::ofstream stream(scratch, std::ios::trunc);
  stream << text;
  stream.close();
  if (!stream) return fail(cannot_write(path, "is its folder there?"));
  std::error_code error;
  fs::rename(scratch, path, error);
  if (error) return fail(cannot_write(path, error.message()));
  return {};
}

// Of a file that is ours; none where there is none.
std::optional<std::string> text_of(const std::string& path) {
  if (!is_ours(path)) return std::nullopt;
  std::ifstream stream(path);
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

Result<void> put_back(const std::string& path, const std::optional<std::string>& before) {
  if (before) return write_file(path, *before);
  std::error_code error;
  fs::remove(path, error);
  if (error) return fail(cannot_write(path, error.message()));
  return {};
}

Result<void> install_file(const Invocation& with, const ResolverFile& file) {
  const std::string path = with.around.root + file.path;
  const auto before = text_of(path);
  if (auto written = write_file(path, file.text); !written) return written;
  auto reloaded = with.around.run_program(file.reload);
  if (reloaded) return {};
  // What the resolver doesn't take isn't left to break its next start. A restart that failed has stopped it, so it is
  // started again with what it took before.
  auto restored = put_back(path, before);
  if (restored) restored = with.around.run_program(file.reload);
  if (!restored)
    reloaded.error().hint = "it may be down now, for to go back to what it was failed too: " + restored.error().message;
  return reloaded;
}

// Takes back the files for resolvers that read some: how many those were, and what went wrong last.
struct Removed {
  std::size_t count = 0;
  std::optional<Error> wrong;
};
Removed remove_files(const Invocation& with) {
  Removed out;
  for (const Resolver resolver : kWithFiles) {
    const ResolverFile file = file_for(resolver, {}, {});
    const std::string path = with.around.root + file.path;
    if (!is_ours(path)) continue;
    std::error_code error;
    if (!fs::remove(path, error)) {
      out.wrong = cannot_write(path, error.message());
      continue;
    }
    ++out.count;
    if (auto reloaded = with.around.run_program(file.reload); !reloaded) out.wrong = reloaded.error();
  }
  return out;
}

// Only the daemon knows the interfaces, and some outlive it: whether systemd-resolved still asks for one isn't known.
Failure unknown_interfaces(Failure why) {
  why.error.message = "can't tell which interfaces systemd-resolved was told of: " + why.error.message;
  why.error.hint =
      "try again when smegd runs; or look for them in what `resolvectl domain` prints, and say `resolvectl revert "
      "INTERFACE` for each";
  return why;
}

std::string line_of(const Words& words) {
  std::string out;
  for (const std::string& word : words) out.append(out.empty() ? "" : " ").append(word);
  return out + '\n';
}

// What a program is given of that: the file to write, where the resolver reads one, and then the commands to run.
std::string by_hand_json(Resolver resolver, const std::optional<ResolverFile>& file,
                         const std::vector<Words>& commands) {
  control::JsonArray list;
  for (const Words& words : commands) {
    control::JsonArray command;
    for (const std::string& word : words) command.push_back(word);
    list.push_back(std::move(command));
  }
  control::Json written;
  if (file) written = control::JsonObject{{"path", file->path}, {"text", file->text}};
  return control::with_schema(
      {{"resolver", keyword_of(resolver)}, {"file", std::move(written)}, {"commands", std::move(list)}});
}

std::string done_json() { return control::reply_json(control::Done{}); }

}  // namespace

Outcome<> dns_install(const Invocation& with, const DnsOptions& options) {
  const auto snapshot = with.snapshot();
  if (!snapshot) return tl::unexpected(snapshot.error());
  const auto resolver = chosen(with, options);
  if (!resolver) return tl::unexpected(resolver.error());
  const auto meshes = domains_of(*snapshot);
  if (*resolver == Resolver::resolved) {
    const auto commands = resolved_install(options, meshes);
    if (commands.empty())
      return refused({Code::not_found, "no mesh has an interface that systemd-resolved could know",
                      "a mesh with the backend stub has none; `smegctl status` shows the rest"});
    if (const auto done = run_all(with, commands); !done) {
      (void)run_all(with, resolved_uninstall(meshes));  // as it was before
      return refused(done.error());
    }
  } else if (const auto done = install_file(with, file_for(*resolver, options, meshes)); !done) {
    return refused(done.error());
  }
  with.note("See whether it does: `getent ahosts ALIAS.MESH." + options.zone + "`.");
  with.print(name_of(*resolver) + " asks " + options.server.to_string() + " for names of members now.\n", done_json());
  return {};
}

Outcome<> dns_uninstall(const Invocation& with) {
  auto [removed, wrong] = remove_files(with);
  if (is_there(with, "/run/systemd/resolve/stub-resolv.conf")) {
    const auto snapshot = with.snapshot();
    if (!snapshot && !wrong) return tl::unexpected(unknown_interfaces(snapshot.error()));
    const auto commands = snapshot ? resolved_uninstall(domains_of(*snapshot)) : std::vector<Words>();
    for (const Words& words : commands) {
      ++removed;
      if (auto done = with.around.run_program(words); !done) wrong = done.error();
    }
  }
  if (wrong) return refused(*wrong);
  with.print(removed == 0 ? "Nothing was installed.\n" : "No resolver of this host asks smeg-dns any more.\n",
             done_json());
  return {};
}

Outcome<> dns_print(const Invocation& with, const DnsOptions& options) {
  const auto snapshot = with.snapshot();
  if (!snapshot) return tl::unexpected(snapshot.error());
  const auto resolver = chosen(with, options);
  if (!resolver) return tl::unexpected(resolver.error());
  const auto meshes = domains_of(*snapshot);
  if (*resolver == Resolver::resolved) {
    const auto commands = resolved_install(options, meshes);
    std::string lines;
    for (const Words& words : commands) lines += line_of(words);
    with.print(lines, by_hand_json(*resolver, std::nullopt, commands));
    return {};
  }
  const ResolverFile file = file_for(*resolver, options, meshes);
  with.note("For " + file.path + "; then `" + line_of(file.reload).substr(0, line_of(file.reload).size() - 1) + "`.");
  with.print(file.text, by_hand_json(*resolver, file, {file.reload}));
  return {};
}

}  // namespace smeg::ctl
