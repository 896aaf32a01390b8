// Snapshots to make zones of, and queries to ask them.
#pragma once

#include <string>

#include "control/control.h"
#include "dns/dns.h"

namespace smeg::dns {

inline crypto::IdentityKey key_of(std::uint8_t first, std::uint8_t last) {
  crypto::IdentityKey key;
  key.bytes.fill(first);
  key.bytes.back() = last;
  return key;
}

inline MeshId mesh_id_of(std::uint8_t fill) {
  MeshId id;
  id.bytes.fill(fill);
  return id;
}

inline addr::IpAddress ip(const std::string& text) { return *addr::IpAddress::parse(text); }

inline control::MemberView member_of(const crypto::IdentityKey& key, const std::string& address, std::string alias) {
  control::MemberView member;
  member.public_key = key;
  if (!address.empty()) member.address = ip(address);
  member.alias = std::move(alias);
  return member;
}

// The mesh "office" with alice, bob and one without a name, and bob's guest "phone".
inline control::Snapshot office() {
  control::Snapshot snapshot;
  snapshot.generated = *parse_rfc3339("2026-03-01T12:00:00Z");
  control::MeshView mesh;
  mesh.id = mesh_id_of(1);
  mesh.name = "office";
  mesh.prefix = *addr::Prefix::parse("fd00:1:2:3::/64");
  mesh.members = {member_of(key_of(1, 1), "fd00:1:2:3::a", "alice"), member_of(key_of(2, 2), "fd00:1:2:3::b", "bob"),
                  member_of(key_of(3, 3), "fd00:1:2:3::c", "")};
  mesh.members.change(0, [](auto& member) {
    member.services = {{"http", ServiceProtocol::tcp, 80, {"path=/status", "title=Alice"}},
                       {"dns", ServiceProtocol::udp, 53, {}}};
  });
  mesh.guests = {{"phone", {}, ip("fd00:1:2:3:4:5:6:7"), key_of(2, 2), control::GuestState::active, {}, {}, {}}};
  snapshot.meshes = {mesh};
  return snapshot;
}

inline ZoneOptions sample_options() { return {*Name::parse("smeg"), 10, {ip("::1"), ip("127.0.0.1")}}; }

inline void put16(Bytes& out, std::uint16_t number) {
  out.push_back(static_cast<std::uint8_t>(number >> 8));
  out.push_back(static_cast<std::uint8_t>(number));
}

// What a client asks, labels as they are written.
struct Ask {
  std::string name;
  std::uint16_t type = static_cast<std::uint16_t>(Type::aaaa);
  std::uint16_t qclass = 1;
  std::uint16_t id = 0x1234;
  std::uint16_t flags = 0x0100;  // RD
  bool edns = false;
  std::uint8_t version = 0;
  std::uint16_t payload = 1'232;
  bool dnssec_ok = false;
  Bytes options = {};

  Bytes encode() const {
    Bytes out;
    for (const std::uint16_t field : {id, flags, std::uint16_t{1}, std::uint16_t{0}, std::uint16_t{0}})
      put16(out, field);
    put16(out, edns ? 1 : 0);
    for (std::size_t at = 0; at < name.size();) {
      const std::size_t end = std::min(name.find('.', at), name.size());
      out.push_back(static_cast<std::uint8_t>(end - at));
      out.insert(out.end(), name.begin() + static_cast<std::ptrdiff_t>(at),
                 name.begin() + static_cast<std::ptrdiff_t>(end));
      at = end + 1;
    }
    out.push_back(0);
    put16(out, type);
    put16(out, qclass);
    if (!edns) return out;
    out.push_back(0);
    put16(out, static_cast<std::uint16_t>(Type::opt));
    put16(out, payload);
    out.push_back(0);
    out.push_back(version);
    put16(out, dnssec_ok ? 0x8000 : 0);
    put16(out, static_cast<std::uint16_t>(options.size()));
    out.insert(out.end(), options.begin(), options.end());
    return out;
  }
};

}  // namespace smeg::dns
