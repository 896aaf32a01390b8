// A trie of prefixes, IPv4 and IPv6 apart: the longest prefix that holds an address wins.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "addr/ip.h"

namespace smeg::addr {

// Path-compressed binary trie (Sedgewick's PATRICIA, as routers use it). Not for several threads unless all only read.
template <class Value>
class PrefixTrie {
 public:
  // Sets the value of a prefix; true where the prefix is new.
  bool set(const Prefix& prefix, Value value) {
    std::unique_ptr<Node>* slot = root_for(prefix.address());
    while (*slot && (*slot)->prefix.contains(prefix)) {
      if ((*slot)->prefix == prefix) return set_value(**slot, std::move(value));
      slot = &(*slot)->child[prefix.address().bit((*slot)->prefix.length())];
    }
    auto fresh = std::make_unique<Node>(prefix);
    set_value(*fresh, std::move(value));
    if (!*slot) {
      *slot = std::move(fresh);
    } else {
      *slot = join(std::move(*slot), std::move(fresh));
    }
    return true;
  }

  // True where the prefix was there.
  bool erase(const Prefix& prefix) {
    std::unique_ptr<Node>* parent = nullptr;
    std::unique_ptr<Node>* slot = root_for(prefix.address());
    while (*slot && (*slot)->prefix != prefix) {
      if (!(*slot)->prefix.contains(prefix)) return false;
      parent = slot;
      slot = &(*slot)->child[prefix.address().bit((*slot)->prefix.length())];
    }
    if (!*slot || !(*slot)->value) return false;
    (*slot)->value.reset();
    --size_;
    collapse(*slot);
    if (parent) collapse(*parent);
    return true;
  }

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

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  void clear() { *this = PrefixTrie(); }

 private:
  struct Node {
    explicit Node(const Prefix& at) : prefix(at) {}
    Prefix prefix;
    std::optional<Value> value;
    std::array<std::unique_ptr<Node>, 2> child;
  };

  const std::unique_ptr<Node>& root_for(const IpAddress& address) const { return address.is_v4() ? v4_ : v6_; }
  std::unique_ptr<Node>* root_for(const IpAddress& address) { return address.is_v4() ? &v4_ : &v6_; }

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

  // Puts two nodes, neither of which holds old's place, under the longest prefix they share.
  static std::unique_ptr<Node> join(std::unique_ptr<Node> old, std::unique_ptr<Node> fresh) {
    const unsigned length = common_length(old->prefix, fresh->prefix);
    if (length == fresh->prefix.length()) {
      auto& place = fresh->child[old->prefix.address().bit(length)];
      place = std::move(old);
      return fresh;
    }
    auto fork = std::make_unique<Node>(Prefix(fresh->prefix.address(), length));
    auto& left = fork->child[old->prefix.address().bit(length)];
    auto& right = fork->child[fresh->prefix.address().bit(length)];
    left = std::move(old);
    right = std::move(fresh);
    return fork;
  }

  // A node without a value is kept only where it forks.
  static void collapse(std::unique_ptr<Node>& slot) {
    if (!slot || slot->value || (slot->child[0] && slot->child[1])) return;
    auto only = std::move(slot->child[slot->child[0] ? 0 : 1]);
    slot = std::move(only);
  }

  template <class Visit>
  static void walk(const Node* node, Visit& visit) {
    if (!node) return;
    if (node->value) visit(node->prefix, *node->value);
    walk(node->child[0].get(), visit);
    walk(node->child[1].get(), visit);
  }

  std::unique_ptr<Node> v4_;
  std::unique_ptr<Node> v6_;
  std::size_t size_ = 0;
};

}  // namespace smeg::addr
