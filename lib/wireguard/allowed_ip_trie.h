// Which peer an inner address belongs to: a trie like addr::PrefixTrie, but one whose snapshots are cheap and never
// change.
#pragma once

#include <array>
#include <memory>
#include <optional>

#include "wireguard/path.h"

namespace smeg::wireguard {

// One node of a path-compressed binary trie (Sedgewick's PATRICIA). What a snapshot holds never changes again.
struct AllowedIpNode {
  addr::Prefix prefix;
  std::optional<PeerId> peer;                             // nullopt: it only forks
  std::array<std::shared_ptr<AllowedIpNode>, 2> child{};  // by the bit behind the prefix
  std::uint64_t edit = 0;                                 // which one made it
};

// What the workers read. Const for everybody, on any thread.
class AllowedIpTrie {
 public:
  using NodePtr = std::shared_ptr<AllowedIpNode>;

  AllowedIpTrie() = default;
  AllowedIpTrie(NodePtr v4, NodePtr v6) : v4_(std::move(v4)), v6_(std::move(v6)) {}

  // The owner of the longest prefix that holds the address; null where none does.
  const PeerId* find(const addr::IpAddress& address) const {
    const PeerId* best = nullptr;
    const AllowedIpNode* node = (address.is_v4() ? v4_ : v6_).get();
    while (node && node->prefix.contains(address)) {
      if (node->peer) best = &*node->peer;
      if (node->prefix.length() == address.bits()) break;
      node = node->child[address.bit(node->prefix.length())].get();
    }
    return best;
  }

 private:
  NodePtr v4_;
  NodePtr v6_;
};

// Where the control thread changes it. A change copies the nodes on its way that a snapshot may share, a few dozen at
// the most, so that one prefix more or less costs the same in a large trie as in a small one.
class AllowedIpTrieEditor {
 public:
  void set(const addr::Prefix& prefix, PeerId peer);
  // Does nothing where the prefix isn't there.
  void erase(const addr::Prefix& prefix);
  // As it is now.
  std::shared_ptr<const AllowedIpTrie> snapshot();

 private:
  using Node = AllowedIpNode;
  using NodePtr = AllowedIpTrie::NodePtr;

  NodePtr& root_for(const addr::Prefix& prefix) { return prefix.address().is_v4() ? v4_ : v6_; }
  bool holds(const addr::Prefix& prefix);
  NodePtr make(const addr::Prefix& prefix) const;
  Node& own(NodePtr& slot) const;
  NodePtr join(NodePtr old, NodePtr fresh) const;

  NodePtr v4_;
  NodePtr v6_;
  std::uint64_t edit_ = 1;  // counts snapshots: nodes made since the last one are this editor's alone
};

}  // namespace smeg::wireguard
