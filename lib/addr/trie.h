// A trie of prefixes, IPv4 and IPv6 apart: the longest prefix that holds an address wins.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "addr/ip.h"

namespace smeg::addr {

// What a PrefixTrie held at one moment. Never changes; a copy costs two reference counts. Any number of threads.
template <class Value>
class PrefixSnapshot {
 public:
  // The value of the longest prefix that holds the address; null where none does.
  const Value* find(const IpAddress& address) const {
    const Value* best = nullptr;
    for (const Node* node = root_for(address).get(); node && node->prefix.contains(address);) {
      if (node->value) best = &*node->value;
      if (node->prefix.length() == address.bits()) break;
      node = node->child[address.bit(node->prefix.length())].get();
    }
    return best;
  }

  const Value* find_exact(const Prefix& prefix) const {
    const Node* node = root_for(prefix.address()).get();
    while (node && node->prefix != prefix) {
      if (!node->prefix.contains(prefix)) return nullptr;
      node = node->child[prefix.address().bit(node->prefix.length())].get();
    }
    return node && node->value ? &*node->value : nullptr;
  }

  // In order of address, the shorter prefix first. visit(const Prefix&, const Value&).
  template <class Visit>
  void for_each(Visit visit) const {
    walk(v4_.get(), visit);
    walk(v6_.get(), visit);
  }

 private:
  template <class>
  friend class PrefixTrie;

  struct Node {
    Prefix prefix;
    std::optional<Value> value;                    // nullopt: it only forks
    std::array<std::shared_ptr<Node>, 2> child{};  // by the bit behind the prefix
    std::uint64_t edit = 0;                        // PrefixTrie::edit_ at its making
  };
  using NodePtr = std::shared_ptr<Node>;

  const NodePtr& root_for(const IpAddress& address) const { return address.is_v4() ? v4_ : v6_; }

  template <class Visit>
  static void walk(const Node* node, Visit& visit) {
    if (!node) return;
    if (node->value) visit(node->prefix, *node->value);
    walk(node->child[0].get(), visit);
    walk(node->child[1].get(), visit);
  }

  NodePtr v4_;
  NodePtr v6_;
};

// Path-compressed binary trie (Sedgewick's PATRICIA, as routers use it) that gives out snapshots. A change copies the
// nodes on its way that a snapshot may hold, a few dozen at the most, so that one prefix more costs a large trie no
// more than a small one. One thread.
template <class Value>
class PrefixTrie {
 public:
  using Snapshot = PrefixSnapshot<Value>;

  PrefixTrie() = default;
  PrefixTrie(PrefixTrie&&) noexcept = default;
  PrefixTrie& operator=(PrefixTrie&&) noexcept = default;

  // Sets the value of a prefix; true where the prefix is new.
  bool set(const Prefix& prefix, Value value) {
    NodePtr* slot = &root_for(prefix);
    while (*slot && (*slot)->prefix.contains(prefix)) {
      Node& node = own(*slot);
      if (node.prefix == prefix) return set_value(node, std::move(value));
      slot = &node.child[prefix.address().bit(node.prefix.length())];
    }
    NodePtr fresh = make(prefix);
    set_value(*fresh, std::move(value));
    *slot = *slot ? join(std::move(*slot), std::move(fresh)) : std::move(fresh);
    return true;
  }

  // True where the prefix was there.
  bool erase(const Prefix& prefix) {
    if (!find_exact(prefix)) return false;
    NodePtr* parent = nullptr;
    NodePtr* slot = &root_for(prefix);
    while ((*slot)->prefix != prefix) {
      Node& node = own(*slot);
      parent = slot;
      slot = &node.child[prefix.address().bit(node.prefix.length())];
    }
    own(*slot).value.reset();
    --size_;
    collapse(*slot);
    if (parent) collapse(*parent);
    return true;
  }

  // As PrefixSnapshot's.
  const Value* find(const IpAddress& address) const { return now_.find(address); }
  const Value* find_exact(const Prefix& prefix) const { return now_.find_exact(prefix); }
  template <class Visit>
  void for_each(Visit visit) const {
    now_.for_each(visit);
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  void clear() { *this = PrefixTrie(); }

  // As it is now.
  Snapshot snapshot() {
    ++edit_;
    return now_;
  }

 private:
  using Node = typename Snapshot::Node;
  using NodePtr = typename Snapshot::NodePtr;

  NodePtr& root_for(const Prefix& prefix) { return prefix.address().is_v4() ? now_.v4_ : now_.v6_; }

  NodePtr make(const Prefix& prefix) const {
    auto node = std::make_shared<Node>();
    node->prefix = prefix;
    node->edit = edit_;
    return node;
  }

  // The node of a slot, to be changed: a copy of it from now on where a snapshot may hold it.
  Node& own(NodePtr& slot) const {
    if (slot->edit != edit_) {
      slot = std::make_shared<Node>(*slot);
      slot->edit = edit_;
    }
    return *slot;
  }

  bool set_value(Node& node, Value value) {
    const bool fresh = !node.value;
    node.value = std::move(value);
    if (fresh) ++size_;
    return fresh;
  }

  static unsigned common_length(const Prefix& a, const Prefix& b) {
    const unsigned limit = std::min(a.length(), b.length());
    unsigned length = 0;
    while (length < limit && a.address().bit(length) == b.address().bit(length)) ++length;
    return length;
  }

  // Puts two nodes, of which the old one doesn't hold the fresh one, under the longest prefix that they share.
  NodePtr join(NodePtr old, NodePtr fresh) const {
    const unsigned length = common_length(old->prefix, fresh->prefix);
    const bool old_side = old->prefix.address().bit(length);
    if (length == fresh->prefix.length()) {
      fresh->child[old_side] = std::move(old);
      return fresh;
    }
    NodePtr fork = make(Prefix(fresh->prefix.address(), length));
    fork->child[old_side] = std::move(old);
    fork->child[!old_side] = std::move(fresh);
    return fork;
  }

  // A node without a value is kept only where it forks.
  static void collapse(NodePtr& slot) {
    if (!slot || slot->value || (slot->child[0] && slot->child[1])) return;
    NodePtr only = slot->child[slot->child[0] ? 0 : 1];
    slot = std::move(only);
  }

  Snapshot now_;
  std::size_t size_ = 0;
  std::uint64_t edit_ = 1;  // counts snapshots: nodes made since the last one are this trie's alone
};

}  // namespace smeg::addr
