#include "dns/zone_builder.h"

#include <algorithm>

namespace smeg::dns {
namespace {

// Makes the name, and those between it and the mesh, if they are not there. New: whether it was not.
struct Added {
  Node& node;
  bool fresh;
};
template <class Mesh>
Added add_name(Mesh& mesh, std::string_view below) {
  const auto [place, fresh] = mesh.names.try_emplace(std::string(below), mesh.nodes.size());
  if (fresh) mesh.nodes.emplace_back();
  const std::uint32_t index = place->second;
  if (const auto parent = below.substr(1 + static_cast<std::uint8_t>(below.front())); fresh && !parent.empty())
    add_name(mesh, parent);
  return {mesh.nodes[index], fresh};
}

}  // namespace

void Zone::Builder::add(const control::Snapshot& snapshot) {
  std::vector<const control::MeshView*> views;
  for (const control::MeshView& view : snapshot.meshes)
    if (zone_.mesh_of_.try_emplace(control::to_text(view.id), views.size()).second) views.push_back(&view);
  zone_.meshes_.resize(views.size());
  for (std::size_t i = 0; i < views.size(); ++i) {
    Mesh& mesh = zone_.meshes_[i];
    // An id is its mesh's, whatever others are called here.
    if (!views[i]->name.empty() && zone_.mesh_of_.try_emplace(views[i]->name, i).second)
      mesh.labels.push_back(views[i]->name);
    mesh.labels.push_back(control::to_text(views[i]->id));
    add(mesh, *views[i]);
  }
  add_remotes(snapshot);
}

// A route to a mesh's own prefix, told under that mesh's id; the chosen exit first, none that is out of reach.
void Zone::Builder::add_remotes(const control::Snapshot& snapshot) {
  for (const control::RouteView& route : snapshot.routes) {
    Remote remote;
    remote.prefix = route.prefix;
    std::vector<const control::ExitView*> exits;
    for (const control::ExitView& exit : route.exits)
      if (!exit.path.empty() && addr::mesh_prefix(exit.path.front()) == route.prefix &&
          exit.state != control::ExitState::unreachable)
        exits.push_back(&exit);
    std::stable_partition(exits.begin(), exits.end(),
                          [](const auto* exit) { return exit->state == control::ExitState::chosen; });
    for (const control::ExitView* exit : exits) {
      const auto mesh = control::find_mesh(snapshot, {control::to_text(exit->mesh)});
      if (!mesh || remote.bridges.size() == limits::kDnsRemoteServers) continue;
      for (const control::MemberView& member : (*mesh)->members)
        if (member.public_key == exit->member && !member.address.is_unspecified())
          remote.bridges.push_back(member.address);
      remote.mesh = control::to_text(exit->path.front());
    }
    if (!remote.bridges.empty()) zone_.remotes_.push_back(std::move(remote));
  }
  std::ranges::sort(zone_.remotes_, {}, &Remote::mesh);
}

void Zone::Builder::add(Mesh& mesh, const control::MeshView& view) {
  mesh.prefix = view.prefix;
  mesh.apex = reverse_name(view.prefix);
  for (const control::MemberView& member : view.members)
    if (member.self && !member.address.is_unspecified())
      zone_.own_.push_back(
          {member.address, view.interfaces.empty() ? std::string() : view.interfaces.front().name, view.prefix});
  for (const control::MemberView& member : view.members)
    if (member.state != control::MemberState::revoked) mesh.keys.push_back(control::to_text(member.public_key));
  std::ranges::sort(mesh.keys);
  alias_.clear();
  // A whole key is its member's, whatever others call themselves.
  for (const std::string& key : mesh.keys) add_name(mesh, wire_label(key));
  for (const control::MemberView& member : view.members)
    if (member.state != control::MemberState::revoked) add_member(mesh, member);
  for (const control::GuestView& guest : view.guests)
    if (guest.state == control::GuestState::active) add_guest(mesh, guest);
  std::ranges::sort(mesh.reverse, {}, &Reverse::address);
}

void Zone::Builder::add_member(Mesh& mesh, const control::MemberView& member) {
  if (member.address.is_unspecified()) return;  // it lost a clash, and has none
  const RrSet address = address_record(member.address, options_.ttl);
  std::string label = control::to_text(member.public_key);
  add_name(mesh, wire_label(label)).node.sets = {address};
  if (!member.alias.empty()) {
    const auto added = add_name(mesh, wire_label(member.alias));
    if (added.fresh) {
      added.node.sets = {address};
      label = alias_[member.public_key] = member.alias;
    }
  }
  add_reverse(mesh, member.address, {label});
  if (member.services.empty()) return;
  const auto above = options_.origin.child(mesh.labels.front());
  const auto target = above ? above->child(label) : std::nullopt;
  if (!target) return;
  const std::string key = control::to_text(member.public_key);
  add_services(mesh, member, key, *target);
  if (label != key) add_services(mesh, member, label, *target);
}

void Zone::Builder::add_services(Mesh& mesh, const control::MemberView& member, std::string_view label,
                                 const Name& target) {
  for (const Service& service : member.services)
    add_name(mesh,
             wire_label("_" + service.name) + wire_label("_" + std::string(name(service.protocol))) + wire_label(label))
        .node.sets = {service_record(service.port, target, member.address, options_.ttl),
                      text_record(service.texts, options_.ttl)};
}

void Zone::Builder::add_guest(Mesh& mesh, const control::GuestView& guest) {
  std::string sponsor = control::to_text(guest.sponsor);
  if (!std::ranges::binary_search(mesh.keys, sponsor)) return;
  const RrSet address = address_record(guest.address, options_.ttl);
  add_name(mesh, wire_label(guest.name) + wire_label(sponsor)).node.sets = {address};
  if (const auto alias = alias_.find(guest.sponsor); alias != alias_.end()) {
    sponsor = alias->second;
    add_name(mesh, wire_label(guest.name) + wire_label(sponsor)).node.sets = {address};
  }
  add_reverse(mesh, guest.address, {sponsor, guest.name});
}

void Zone::Builder::add_reverse(Mesh& mesh, const addr::IpAddress& address, const std::vector<std::string>& labels) {
  if (!mesh.prefix.contains(address)) return;
  std::optional<Name> name = options_.origin.child(mesh.labels.front());
  for (const std::string& label : labels)
    if (name) name = name->child(label);
  if (name) mesh.reverse.push_back({address, Node{{pointer_record(Type::ptr, *name, options_.ttl)}}});
}

void Zone::Builder::finish(std::uint32_t serial) {
  const Name server = options_.origin.child(kServerLabel).value_or(options_.origin);
  const Node apex{
      {start_record(options_.origin, serial, options_.ttl), pointer_record(Type::ns, server, options_.ttl)}};
  zone_.serial_ = serial;
  zone_.apex_ = apex;
  for (Mesh& mesh : zone_.meshes_) mesh.apex_node = apex;
  for (const bool v4 : {false, true})
    if (RrSet set = address_records(options_.servers, v4, options_.ttl); set.count != 0)
      zone_.server_.sets.push_back(std::move(set));
}

}  // namespace smeg::dns
