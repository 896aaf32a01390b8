#include "completion.h"

#include <algorithm>
#include <set>

#include "condition.h"
#include "control/table.h"
#include "format.h"

namespace smeg::ctl {
namespace {

using control::MeshView;
using control::Snapshot;

constexpr const char* kShown = "Subcommands";  // CLI11's name for the commands that help shows

// Where the cursor is.
struct Place {
  const CLI::App* command = nullptr;
  const CLI::Option* value_of = nullptr;  // of an option, or of a positional argument
  std::string before;                     // what the word has before the value: "--mesh="
  std::string begun;                      // the value so far
  bool takes_options = true;              // no "--" came yet
  bool takes_commands = true;             // no argument came yet
  Whereabouts at;
};

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

// An option by its name, of the command or of those around it.
const CLI::Option* find_option(const CLI::App* command, const std::string& name) {
  for (const CLI::App* at = command; at; at = at->get_parent())
    for (const CLI::Option* option : at->get_options())
      if (option->nonpositional() && option->check_name(name)) return option;
  return nullptr;
}

std::vector<const CLI::Option*> positionals(const CLI::App& command) {
  std::vector<const CLI::Option*> out;
  for (const CLI::Option* option : command.get_options())
    if (option->get_positional()) out.push_back(option);
  return out;
}

const CLI::App* find_command(const CLI::App& in, const std::string& name) {
  for (const CLI::App* each : in.get_subcommands([](const CLI::App*) { return true; }))
    if (each->check_name(name)) return each;
  return nullptr;
}

// "--mesh=office": the name and the value; "-moffice" likewise.
struct Joined {
  std::string name;
  std::optional<std::string> value;
};
Joined split(const std::string& word) {
  if (!word.starts_with("--")) {
    if (word.size() <= 2) return {word, {}};
    return {word.substr(0, 2), word.substr(2)};
  }
  const auto equals = word.find('=');
  if (equals == std::string::npos) return {word, {}};
  return {word.substr(0, equals), word.substr(equals + 1)};
}

class Walk {
 public:
  explicit Walk(const CLI::App& root) { place_.command = &root; }

  Place to_end(const std::vector<std::string>& words) {
    for (std::size_t i = 0; i + 1 < words.size(); ++i) pass(words[i]);
    arrive(words.empty() ? std::string() : words.back());
    return place_;
  }

 private:
  void note(const CLI::Option& option, const std::string& value) {
    if (option.check_name("--socket")) place_.at.socket = value;
    if (option.check_name("--mesh") || option.check_name("-m")) place_.at.mesh = value;
  }

  void pass(const std::string& word) {
    if (waiting_) {
      note(*waiting_, word);
      waiting_ = nullptr;
    } else if (place_.takes_options && word == "--") {
      place_.takes_options = false;
    } else if (place_.takes_options && word.starts_with('-') && word != "-") {
      pass_option(split(word));
    } else if (const CLI::App* next = place_.takes_commands ? find_command(*place_.command, word) : nullptr) {
      place_.command = next;
    } else {
      place_.takes_commands = false;
      ++arguments_;
    }
  }

  void pass_option(const Joined& joined) {
    const CLI::Option* option = find_option(place_.command, joined.name);
    if (!option || !takes_value(*option)) return;
    if (joined.value) {
      note(*option, *joined.value);
    } else {
      waiting_ = option;
    }
  }

  void arrive(const std::string& word) {
    place_.begun = word;
    if (waiting_) {
      place_.value_of = waiting_;
      return;
    }
    if (place_.takes_options && word.starts_with("--")) {
      const Joined joined = split(word);
      const CLI::Option* option = joined.value ? find_option(place_.command, joined.name) : nullptr;
      if (!option || !takes_value(*option)) return;
      place_.value_of = option;
      place_.before = joined.name + '=';
      place_.begun = *joined.value;
      return;
    }
    if (place_.takes_options && word.starts_with('-')) return;
    const auto arguments = positionals(*place_.command);
    if (arguments_ < arguments.size()) place_.value_of = arguments[arguments_];
  }

  Place place_;
  const CLI::Option* waiting_ = nullptr;  // for its value
  std::size_t arguments_ = 0;
};

// Meshes that -m leaves.
std::vector<const MeshView*> meshes_of(const Snapshot& snapshot, const std::string& selector) {
  std::vector<const MeshView*> out;
  if (!selector.empty()) {
    if (const auto one = control::find_mesh(snapshot, {selector})) out.push_back(*one);
    return out;
  }
  for (const MeshView& mesh : snapshot.meshes) out.push_back(&mesh);
  return out;
}

// The names that a daemon's Snapshot has.
class Names {
 public:
  Names(const Ask& ask, const Whereabouts& at) : snapshot_(ask(at)), at_(at) {}

  void meshes(std::vector<Candidate>& out, const std::string& before = "") const {
    if (!snapshot_) return;
    for (const MeshView& mesh : snapshot_->meshes)
      out.push_back({before + control::label(mesh), std::to_string(mesh.members.size()) + " members"});
  }
  void members(std::vector<Candidate>& out, const std::string& before = "") const {
    each_mesh([&](const MeshView& mesh) {
      for (const control::MemberView& member : mesh.members)
        if (member.state != control::MemberState::revoked)
          out.push_back({before + (member.alias.empty() ? control::to_text(member.public_key) : control::label(member)),
                         std::string(name(member.state)) + " in " + control::label(mesh)});
    });
  }
  void guests(std::vector<Candidate>& out, bool ours) const {
    each_mesh([&](const MeshView& mesh) {
      for (const control::GuestView& guest : mesh.guests)
        if (!ours || guest.rx_bytes) out.push_back({control::label(guest), "guest in " + control::label(mesh)});
    });
  }
  void invites(std::vector<Candidate>& out) const {
    each_mesh([&](const MeshView& mesh) {
      for (const control::InviteView& invite : mesh.invites)
        if (!invite.revoked)
          out.push_back({control::to_text(invite.id),
                         std::to_string(invite.used) + " of " + std::to_string(invite.uses) + " used"});
    });
  }
  void prefixes(std::vector<Candidate>& out, const std::string& before = "") const {
    if (!snapshot_) return;
    for (const control::RouteView& route : snapshot_->routes)
      out.push_back({before + route.prefix.to_string(), "route"});
    for (const MeshView& mesh : snapshot_->meshes)
      out.push_back({before + mesh.prefix.to_string(), "mesh " + control::label(mesh)});
  }

 private:
  template <class Visit>
  void each_mesh(Visit visit) const {
    if (!snapshot_) return;
    for (const MeshView* mesh : meshes_of(*snapshot_, at_.mesh)) visit(*mesh);
  }

  std::optional<Snapshot> snapshot_;
  Whereabouts at_;
};

std::vector<Candidate> list_of(const std::vector<std::string>& texts) {
  std::vector<Candidate> out;
  out.reserve(texts.size());
  for (const std::string& text : texts) out.push_back({text, ""});
  return out;
}

std::vector<Candidate> conditions(const Names& names) {
  std::vector<Candidate> out = {{"ready", "all meshes are active"},    {"mesh=", "this host is in it"},
                                {"members=", "so many are alive"},     {"member=", "is alive"},
                                {"peer=", "its tunnel has a session"}, {"route=", "there is a way"}};
  names.meshes(out, "mesh=");
  names.members(out, "member=");
  names.members(out, "peer=");
  names.prefixes(out, "route=");
  return out;
}

// A value's kind is what the table of commands calls it in its help.
std::string kind_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  return type.empty() || option.get_positional() ? option.get_name(true) : type;
}

bool is_under(const CLI::App& command, const std::string& group) {
  return command.get_parent() && command.get_parent()->get_name() == group;
}

Completion values(const Place& place, const Ask& ask) {
  const std::string kind = kind_of(*place.value_of);
  Completion out;
  out.files = kind == "FILE" || kind == "PATH";
  auto& to = out.candidates;
  const std::vector<std::pair<std::string, std::vector<std::string>>> kLists = {
      {"ROLE", {"peer", "client"}},
      {"FORMAT", format_names()},
      {"SCOPE", {"read", "operate", "admin"}},
      {"CHECK", {"live", "ready"}},
      {"SHELL", {"bash", "zsh", "fish"}},
      {"RESOLVER", {"resolved", "networkmanager", "dnsmasq", "unbound"}}};
  for (const auto& [name, texts] : kLists)
    if (name == kind) to = list_of(texts);
  if (out.files || !to.empty()) return out;
  const std::set<std::string> kLive = {"MESH", "MEMBER", "WHOM", "DESTINATION", "CONDITION",
                                       "ID",   "NAME",   "WHO",  "OTHER"};
  if (!kLive.contains(kind)) return out;
  const Names names(ask, place.at);
  const bool whose = kind == "WHOM" || kind == "WHO" || kind == "OTHER";
  const bool any = whose || kind == "DESTINATION";
  if (kind == "MESH" || kind == "WHOM") names.meshes(to);
  if (kind == "MEMBER" || any) names.members(to);
  if (whose || (kind == "MEMBER" && place.command->get_name() == "ping")) names.guests(to, false);
  if (any) names.prefixes(to);
  if (kind == "CONDITION") to = conditions(names);
  if (kind == "ID" && is_under(*place.command, "invite")) names.invites(to);
  const bool known = place.command->get_name() == "show" || place.command->get_name() == "remove";
  if (kind == "NAME" && is_under(*place.command, "guest") && known) names.guests(to, true);
  return out;
}

void add_options(const CLI::App* command, std::vector<Candidate>& out) {
  for (const CLI::App* at = command; at; at = at->get_parent())
    for (const CLI::Option* option : at->get_options()) {
      if (!option->nonpositional() || option->get_group().empty()) continue;
      for (const std::string& name : option->get_lnames())
        if (at == command || name != "help-all") out.push_back({"--" + name, option->get_description()});
      for (const std::string& name : option->get_snames()) out.push_back({"-" + name, option->get_description()});
    }
}

void add_commands(const Place& place, std::vector<Candidate>& out) {
  for (const CLI::App* each : place.command->get_subcommands([](const CLI::App*) { return true; }))
    if (each->get_group() == kShown || (!place.begun.empty() && !each->get_group().empty()))
      out.push_back({each->get_name(), each->get_description()});
}

}  // namespace

Completion complete(const CLI::App& root, const std::vector<std::string>& words, const Ask& ask) {
  const Place place = Walk(root).to_end(words);
  Completion found;
  if (place.value_of) found = values(place, ask);
  if (!place.value_of && place.takes_options && place.begun.starts_with('-')) {
    add_options(place.command, found.candidates);
  } else if (place.takes_commands && place.before.empty()) {
    if (!place.value_of || place.value_of->get_positional()) add_commands(place, found.candidates);
  }
  Completion out;
  out.files = found.files;
  std::set<std::string> seen;
  for (Candidate& each : found.candidates) {
    const bool fits = each.text.starts_with(place.begun) && seen.size() < kMostCandidates;
    if (fits && seen.insert(each.text).second) out.candidates.push_back({place.before + each.text, each.help});
  }
  return out;
}

std::string completion_lines(const Completion& completion) {
  if (completion.files) return ":files\n";
  std::string out;
  for (const Candidate& each : completion.candidates)
    out += each.text + (each.help.empty() ? "" : '\t' + printable(each.help)) + '\n';
  return out;
}

}  // namespace smeg::ctl
