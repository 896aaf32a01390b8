// What the name server knows, made of a Snapshot.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "control/control.h"
#include "dns/name.h"
#include "dns/query.h"

namespace smeg::dns {

// The records of one owner and type, ready to be copied behind a question for that owner: each begins with a pointer to
// it.
struct RrSet {
  Type type{};
  std::uint16_t count = 0;
  std::string records;
  // What may be said beside them: whole records, with owners of their own.
  std::uint16_t additional_count = 0;
  std::string additionals = {};

  friend bool operator==(const RrSet&, const RrSet&) = default;
};

// What stands at one name. Without sets it only leads to names below it (an empty non-terminal, RFC 4592
// section 2.2.2).
struct Node {
  std::vector<RrSet> sets;

  friend bool operator==(const Node&, const Node&) = default;
};

// A name in a mesh that this host is not in, and who leads there.
struct RemoteName {
  std::string below;                     // the labels before the mesh's, in wire form without the root
  std::string mesh;                      // its whole id
  addr::Prefix prefix;                   // of the mesh
  std::vector<addr::IpAddress> bridges;  // the chosen one first; 1 to limits::kDnsRemoteServers

  std::string key() const { return below + mesh; }  // the same for the same name, whoever is to be asked

  friend bool operator==(const RemoteName&, const RemoteName&) = default;
};

// This host in one of its meshes.
struct OwnPlace {
  addr::IpAddress address;
  std::string interface;  // empty: none yet
  addr::Prefix prefix;    // of the mesh

  friend bool operator==(const OwnPlace&, const OwnPlace&) = default;
};

struct ZoneOptions {
  Name origin;                           // at most limits::kDnsZoneBytes long
  std::uint32_t ttl = 10;                // seconds, of everything; at most limits::kDnsMaxTtl
  std::vector<addr::IpAddress> servers;  // what `ns` below the origin stands for
};

// Job: the zones of one Snapshot, immutable: the names below the origin, and for each mesh the reverse of its prefix.
//
//   ALIAS.MESH.ORIGIN        a member; MESH is the mesh's name here, or its id
//   KEY.MESH.ORIGIN          the same by its identity key, or the beginning of it that fits one member only
//   GUEST.MEMBER.MESH.ORIGIN a guest, below its sponsor by whatever name
//   _NAME._PROTOCOL.MEMBER.MESH.ORIGIN a service of a member, by whatever name: where it is (SRV), what to know of it
//   (TXT) MESHID.ALIAS.ORIGIN      a member, in the older order
//
// Whole keys go before aliases, aliases before beginnings of keys, and this order before the older one. Any thread
// reads it.
class Zone {
 public:
  // before: what was served last; it is returned where the Snapshot changes nothing. Else the serial grows: it is the
  // time of the Snapshot, in seconds since 1970, or one more than the last (RFC 1982).
  static std::shared_ptr<const Zone> make(const ZoneOptions& options, const control::Snapshot& snapshot,
                                          const std::shared_ptr<const Zone>& before);

  struct Found {
    const Node* node = nullptr;  // null: there is no such name
    const RrSet* soa = nullptr;  // of the zone that it is in, or would be,
    std::size_t apex = 0;        // whose name begins there in the question's
  };
  // None: in no zone of ours.
  std::optional<Found> find(const Query& query) const;

  // KEY.MESHID.ORIGIN and ALIAS.MESHID.ORIGIN of a mesh to which bridges lead; of its id at least the first
  // limits::kDnsKeyPrefixBytes characters, which no other mesh's begins with. None for all other names.
  std::optional<RemoteName> find_remote(const Query& query) const;
  // How many labels stand before the origin. None: it isn't below it.
  std::optional<std::size_t> labels_below(const Query& query) const;
  const std::vector<OwnPlace>& own() const { return own_; }
  const Name& origin() const { return origin_; }

  std::uint32_t serial() const { return serial_; }
  std::size_t members() const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  // By the labels below the mesh, in wire form without the root.
  using Names = std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>>;

  struct Reverse {
    addr::IpAddress address;
    Node node;

    friend bool operator==(const Reverse&, const Reverse&) = default;
  };
  struct Mesh {
    std::vector<std::string> labels;  // its name and its id
    addr::Prefix prefix;
    std::vector<Node> nodes;
    Names names;
    std::vector<std::string> keys;  // of members, as text, sorted
    Name apex;                      // of the reverse zone
    Node apex_node;
    std::vector<Reverse> reverse;  // by address

    const Node* find(std::string_view below) const;
    // The same by the beginning of a key. label: that of the member, the last of below.
    const Node* find_by_key(std::string_view below, std::string_view label) const;
    // By the address that the digits before the reverse zone's name make.
    const Node* find_reverse(const Query& query, std::size_t digits) const;

    friend bool operator==(const Mesh& one, const Mesh& other) {
      // The apex holds the serial, which is not part of what is compared.
      return one.labels == other.labels && one.prefix == other.prefix && one.nodes == other.nodes &&
             one.names == other.names && one.keys == other.keys && one.reverse == other.reverse;
    }
  };
  // A mesh to which bridges lead.
  struct Remote {
    std::string mesh;  // its id
    addr::Prefix prefix;
    std::vector<addr::IpAddress> bridges;

    friend bool operator==(const Remote&, const Remote&) = default;
  };
  class Builder;

  // The one whose id that is, or begins so.
  const Remote* remote_of(std::string_view label) const;
  const Node* find_forward(const Query& query, std::size_t labels) const;
  const Node* find_older(const Query& query, std::size_t labels) const;

  Name origin_;
  std::size_t origin_labels_ = 0;
  std::uint32_t serial_ = 0;
  Node apex_;
  Node server_;
  std::vector<Mesh> meshes_;
  std::vector<Remote> remotes_;  // by id
  std::vector<OwnPlace> own_;
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> mesh_of_;  // by label, without its length
};

}  // namespace smeg::dns
