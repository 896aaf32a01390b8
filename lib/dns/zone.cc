#include "dns/zone.h"

#include <algorithm>

#include "dns/zone_builder.h"

namespace smeg::dns {
namespace {

constexpr unsigned kNibbleBits = 4;

// The value of a label of one hexadecimal digit, in lower case; none for any other.
std::optional<unsigned> nibble(std::string_view label) {
  if (label.size() != 1) return std::nullopt;
  if (label[0] >= '0' && label[0] <= '9') return label[0] - '0';
  if (label[0] >= 'a' && label[0] <= 'f') return label[0] - 'a' + 10;
  return std::nullopt;
}

// A serial of sequence space arithmetic, RFC 1982.
std::uint32_t serial_after(std::uint32_t last, WallTime time) {
  const auto now =
      static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
  return static_cast<std::int32_t>(now - last) > 0 ? now : last + 1;
}

}  // namespace

const Node* Zone::Mesh::find(std::string_view below) const {
  const auto found = names.find(below);
  return found == names.end() ? nullptr : &nodes[found->second];
}

const Node* Zone::Mesh::find_by_key(std::string_view below, std::string_view label) const {
  if (label.size() < limits::kDnsKeyPrefixBytes) return nullptr;
  const auto first = std::ranges::lower_bound(keys, label);
  if (first == keys.end() || !first->starts_with(label)) return nullptr;
  if (const auto next = std::next(first); next != keys.end() && next->starts_with(label)) return nullptr;
  const std::string whole(below.substr(0, below.size() - label.size() - 1));
  return find(whole + wire_label(*first));
}

const Node* Zone::Mesh::find_reverse(const Query& query, std::size_t digits) const {
  ByteArray<16> bytes{};
  std::ranges::copy(prefix.address().view(), bytes.begin());
  unsigned bit = prefix.length();
  for (std::size_t i = digits; i-- > 0; bit += kNibbleBits) {
    const auto digit = nibble(query.label(i));
    if (!digit || bit >= 128) return nullptr;
    bytes[bit / 8] |= static_cast<std::uint8_t>(*digit << (bit % 8 == 0 ? kNibbleBits : 0));
  }
  static const Node kLeadsOn;
  const auto address = addr::IpAddress::v6(bytes);
  const auto first = std::ranges::lower_bound(reverse, address, {}, &Reverse::address);
  if (first == reverse.end() || !addr::Prefix(address, bit).contains(first->address)) return nullptr;
  return bit == 128 ? &first->node : &kLeadsOn;
}

// MESHID.ALIAS, and ALIAS alone, which leads to it.
const Node* Zone::find_older(const Query& query, std::size_t labels) const {
  if (labels > 2) return nullptr;
  static const Node kLeadsOn;
  const std::string alias = wire_label(query.label(labels - 1));
  if (labels == 1)
    return std::ranges::any_of(meshes_, [&](const Mesh& mesh) { return mesh.find(alias) != nullptr; }) ? &kLeadsOn
                                                                                                       : nullptr;
  const auto mesh = mesh_of_.find(query.label(0));
  if (mesh == mesh_of_.end() || query.label(0) != meshes_[mesh->second].labels.back()) return nullptr;
  return meshes_[mesh->second].find(alias);
}

// labels: how many stand before the origin.
const Node* Zone::find_forward(const Query& query, std::size_t labels) const {
  if (labels == 0) return &apex_;
  const std::string_view top = query.label(labels - 1);
  if (labels == 1 && top == kServerLabel) return &server_;
  static const Node kLeadsOn;
  // Names are below it, so it is one itself (RFC 8020), whoever knows them.
  if (labels == 1 && remote_of(top)) return &kLeadsOn;
  const auto mesh = mesh_of_.find(top);
  if (mesh == mesh_of_.end()) return find_older(query, labels);
  if (labels == 1) return &kLeadsOn;
  const Mesh& in = meshes_[mesh->second];
  const std::string_view below(query.name.data(), query.label_at[labels - 1]);
  if (const Node* node = in.find(below)) return node;
  const std::size_t member_at = query.label_at[labels - 2];
  if (!in.find(below.substr(member_at)))
    if (const Node* node = in.find_by_key(below, query.label(labels - 2))) return node;
  return find_older(query, labels);
}

std::optional<std::size_t> Zone::labels_below(const Query& query) const {
  if (query.labels < origin_labels_) return std::nullopt;
  const std::size_t labels = query.labels - origin_labels_;
  if (query.from_label(labels) != origin_.wire()) return std::nullopt;
  return labels;
}

const Zone::Remote* Zone::remote_of(std::string_view label) const {
  if (label.size() < limits::kDnsKeyPrefixBytes || mesh_of_.contains(label)) return nullptr;
  const auto first = std::ranges::lower_bound(remotes_, label, {}, &Remote::mesh);
  if (first == remotes_.end() || !first->mesh.starts_with(label)) return nullptr;
  if (const auto next = std::next(first); next != remotes_.end() && next->mesh.starts_with(label)) return nullptr;
  return &*first;
}

std::optional<RemoteName> Zone::find_remote(const Query& query) const {
  if (remotes_.empty()) return std::nullopt;
  const auto labels = labels_below(query);
  if (!labels || *labels < 2) return std::nullopt;
  const Remote* const remote = remote_of(query.label(*labels - 1));
  if (!remote) return std::nullopt;
  return RemoteName{std::string(query.name.data(), query.label_at[*labels - 1]), remote->mesh, remote->prefix,
                    remote->bridges};
}

std::optional<Zone::Found> Zone::find(const Query& query) const {
  if (const auto labels = labels_below(query))
    return Found{find_forward(query, *labels), &apex_.sets.front(), query.label_at[*labels]};
  for (const Mesh& mesh : meshes_) {
    const std::size_t size = mesh.apex.wire().size();
    const std::string_view name(query.name.data(), query.name_bytes);
    if (!name.ends_with(mesh.apex.wire())) continue;
    const auto begin = std::ranges::find(query.label_at.begin(), query.label_at.begin() + query.labels,
                                         static_cast<std::uint8_t>(name.size() - size));
    const auto labels = static_cast<std::size_t>(begin - query.label_at.begin());
    if (labels == query.labels) continue;  // it ends so, but within a label
    return Found{labels == 0 ? &mesh.apex_node : mesh.find_reverse(query, labels), &mesh.apex_node.sets.front(),
                 query.label_at[labels]};
  }
  return std::nullopt;
}

std::size_t Zone::members() const {
  std::size_t out = 0;
  for (const Mesh& mesh : meshes_) out += mesh.keys.size();
  return out;
}

std::shared_ptr<const Zone> Zone::make(const ZoneOptions& options, const control::Snapshot& snapshot,
                                       const std::shared_ptr<const Zone>& before) {
  auto zone = std::make_shared<Zone>();
  zone->origin_ = options.origin;
  zone->origin_labels_ = options.origin.labels();
  Builder builder(options, *zone);
  builder.add(snapshot);
  const bool same = before && before->meshes_ == zone->meshes_;
  if (same && before->remotes_ == zone->remotes_ && before->own_ == zone->own_) return before;
  // The names are the same where only those who lead elsewhere are others, and lead to the same meshes.
  const bool same_names =
      same && std::ranges::equal(before->remotes_, zone->remotes_, {}, &Remote::mesh, &Remote::mesh);
  builder.finish(same_names ? before->serial_ : serial_after(before ? before->serial_ : 0, snapshot.generated));
  return zone;
}

}  // namespace smeg::dns
