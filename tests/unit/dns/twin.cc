#include "unit/dns/twin.h"

#include <algorithm>

namespace smeg::dns {
namespace {

std::string type_name(Type type) {
  switch (type) {
    case Type::a: return "A";
    case Type::ns: return "NS";
    case Type::soa: return "SOA";
    case Type::ptr: return "PTR";
    case Type::txt: return "TXT";
    case Type::aaaa: return "AAAA";
    case Type::srv: return "SRV";
    case Type::opt:
    case Type::ixfr:
    case Type::axfr:
    case Type::any: break;
  }
  return "?";
}

std::string reverse(const addr::Prefix& prefix) {
  std::string out = "ip6.arpa.";
  for (unsigned bit = 0; bit < prefix.length(); bit += 4) {
    unsigned digit = 0;
    for (unsigned i = 0; i < 4; ++i) digit = digit * 2 + prefix.address().bit(bit + i);
    out = std::string(1, "0123456789abcdef"[digit]) + "." + out;
  }
  return out;
}

bool is_in(const control::MemberView& member) { return member.state != control::MemberState::revoked; }

}  // namespace

void Twin::claim(const std::string& name, const Sets& sets) { names_.try_emplace(name, sets); }

// One of a member's names, and those of its guests below.
// called and top: by which name it is found, whichever it is asked by.
void Twin::add_member(const control::MeshView& mesh, const control::MemberView& member, const std::string& label,
                      const std::string& above, const std::string& called, const std::string& top) {
  const std::string name = label + "." + above;
  if (names_.contains(name) && !names_.at(name).empty()) return;
  claim(name, member.address.is_unspecified() ? Sets{} : Sets{{Type::aaaa, {member.address.to_string()}}});
  if (!member.address.is_unspecified())
    for (const Service& service : member.services) {
      std::string texts;
      for (const auto& text : service.texts) texts += (texts.empty() ? "\"" : " \"") + text + "\"";
      const std::string protocol = "_" + std::string(smeg::name(service.protocol)) + "." + name;
      claim(protocol, {});
      claim("_" + service.name + "." + protocol,
            {{Type::srv, {"0 0 " + std::to_string(service.port) + " " + called + "." + top}},
             {Type::txt, {texts.empty() ? "\"\"" : texts}}});
    }
  for (const auto& guest : mesh.guests)
    if (guest.sponsor == member.public_key && guest.state == control::GuestState::active)
      claim(guest.name + "." + name, {{Type::aaaa, {guest.address.to_string()}}});
}

Twin::Twin(const ZoneOptions& options, const control::Snapshot& snapshot, std::uint32_t serial)
    : options_(options), origin_(options.origin.text()) {
  apex_ = {{Type::soa,
            {"ns." + origin_ + " hostmaster." + origin_ + " " + std::to_string(serial) + " 60 30 86400 " +
             std::to_string(options.ttl)}},
           {Type::ns, {"ns." + origin_}}};
  zones_.insert(origin_);
  claim(origin_, apex_);
  Sets server;
  for (const auto& address : options.servers)
    server[address.is_v4() ? Type::a : Type::aaaa].push_back(address.to_string());
  claim("ns." + origin_, server);
  std::set<std::string> labels;
  std::vector<const control::MeshView*> meshes;
  for (const auto& mesh : snapshot.meshes)
    if (labels.insert(control::to_text(mesh.id)).second) meshes.push_back(&mesh);
  for (const auto* mesh : meshes) {
    std::vector<std::string> above = {control::to_text(mesh->id) + "." + origin_};
    if (!mesh->name.empty() && labels.insert(mesh->name).second)
      above.insert(above.begin(), mesh->name + "." + origin_);
    add_mesh(*mesh, above);
  }
  // The older order comes last.
  const auto normal = names_;
  for (const auto* mesh : meshes) add_older(*mesh, normal);
}

void Twin::add_mesh(const control::MeshView& mesh, const std::vector<std::string>& above) {
  for (const auto& name : above) claim(name, {});
  zones_.insert(reverse(mesh.prefix));
  claim(reverse(mesh.prefix), apex_);
  std::set<std::string> taken;
  std::map<crypto::IdentityKey, std::string> called;
  const auto call = [&](const control::MemberView& member, const std::string& label) {
    for (const auto& name : above) add_member(mesh, member, label, name, called.at(member.public_key), above.front());
  };
  std::set<std::string> claimed;
  for (const auto& member : mesh.members)
    if (is_in(member)) claimed.insert(called[member.public_key] = control::to_text(member.public_key));
  for (const auto& member : mesh.members)
    if (is_in(member) && !member.alias.empty() && !member.address.is_unspecified() &&
        claimed.insert(member.alias).second)
      called[member.public_key] = member.alias;
  for (const auto& member : mesh.members) {
    if (!is_in(member)) continue;
    taken.insert(control::to_text(member.public_key));
    call(member, control::to_text(member.public_key));
  }
  const std::set<std::string> keys = taken;
  for (const auto& member : mesh.members) {
    if (!is_in(member) || member.alias.empty() || member.address.is_unspecified()) continue;
    if (!taken.insert(member.alias).second) continue;
    call(member, member.alias);
  }
  for (const auto& member : mesh.members) {
    if (!is_in(member)) continue;
    const std::string key = control::to_text(member.public_key);
    for (std::size_t size = limits::kDnsKeyPrefixBytes; size < key.size(); ++size) {
      const std::string part = key.substr(0, size);
      const auto alike = std::ranges::count_if(keys, [&](const auto& other) { return other.starts_with(part); });
      if (alike == 1 && !taken.contains(part)) call(member, part);
    }
  }
  add_pointers(mesh, called, above.front());
}

void Twin::add_pointers(const control::MeshView& mesh, const std::map<crypto::IdentityKey, std::string>& called,
                        const std::string& above) {
  const auto point = [&](const addr::IpAddress& address, const std::string& name) {
    if (mesh.prefix.contains(address)) claim(reverse(addr::Prefix::host(address)), {{Type::ptr, {name}}});
  };
  for (const auto& member : mesh.members)
    if (called.contains(member.public_key) && !member.address.is_unspecified())
      point(member.address, called.at(member.public_key) + "." + above);
  for (const auto& guest : mesh.guests)
    if (guest.state == control::GuestState::active && called.contains(guest.sponsor))
      point(guest.address, guest.name + "." + called.at(guest.sponsor) + "." + above);
}

// Members by alias or whole key; not by the beginning of a key, and no guests.
void Twin::add_older(const control::MeshView& mesh, const std::map<std::string, Sets>& normal) {
  const std::string id = control::to_text(mesh.id);
  for (const auto& member : mesh.members) {
    if (!is_in(member)) continue;
    const std::string key = control::to_text(member.public_key);
    claim(id + "." + key + "." + origin_, normal.at(key + "." + id + "." + origin_));
    if (member.alias.empty() || member.address.is_unspecified()) continue;
    claim(id + "." + member.alias + "." + origin_, normal.at(member.alias + "." + id + "." + origin_));
  }
}

Twin::Answer Twin::ask(const std::string& name, Type type) const {
  std::string zone;
  for (const auto& each : zones_)
    if ((name == each || name.ends_with("." + each)) && each.size() > zone.size()) zone = each;
  if (zone.empty()) return {5, {}, {}};
  const auto line = [&](const std::string& owner, Type of, const std::string& data) {
    return owner + " " + std::to_string(options_.ttl) + " IN " + type_name(of) + " " + data;
  };
  const auto lower = [](std::string text) {
    for (char& c : text) c = dns::lower(c);
    return text;
  };
  Answer out;
  const auto found = names_.find(name);
  const bool leads_on = std::ranges::any_of(names_, [&](const auto& each) { return each.first.ends_with("." + name); });
  if (found != names_.end() && found->second.contains(type)) {
    for (const auto& data : found->second.at(type)) out.answers.push_back(lower(line(name, type, data)));
    return out;
  }
  out.rcode = found != names_.end() || leads_on ? 0 : 3;
  out.authorities = {lower(line(zone, Type::soa, names_.at(zone).at(Type::soa).front()))};
  return out;
}

std::vector<std::string> Twin::names() const {
  std::vector<std::string> out;
  for (const auto& [name, sets] : names_) out.push_back(name);
  return out;
}

}  // namespace smeg::dns
