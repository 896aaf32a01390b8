#include "wireguard/allowed_ip_trie.h"

#include <algorithm>

namespace smeg::wireguard {
namespace {

unsigned common_length(const addr::Prefix& a, const addr::Prefix& b) {
  const unsigned limit = std::min(a.length(), b.length());
  unsigned length = 0;
  while (length < limit && a.address().bit(length) == b.address().bit(length)) ++length;
  return length;
}

// A node without a peer is kept only where it forks.
void collapse(AllowedIpTrie::NodePtr& slot) {
  if (!slot || slot->peer || (slot->child[0] && slot->child[1])) return;
  auto only = slot->child[slot->child[0] ? 0 : 1];
  slot = std::move(only);
}

}  // namespace

AllowedIpTrie::NodePtr AllowedIpTrieEditor::make(const addr::Prefix& prefix) const {
  auto node = std::make_shared<Node>();
  node->prefix = prefix;
  node->edit = edit_;
  return node;
}

// The node of a slot, to be changed: a copy of it from now on where a snapshot may hold it.
AllowedIpNode& AllowedIpTrieEditor::own(NodePtr& slot) const {
  if (slot->edit != edit_) {
    slot = std::make_shared<Node>(*slot);
    slot->edit = edit_;
  }
  return *slot;
}

void AllowedIpTrieEditor::set(const addr::Prefix& prefix, PeerId peer) {
  NodePtr* slot = &root_for(prefix);
  while (*slot && (*slot)->prefix.contains(prefix)) {
    Node& node = own(*slot);
    if (node.prefix == prefix) {
      node.peer = peer;
      return;
    }
    slot = &node.child[prefix.address().bit(node.prefix.length())];
  }
  NodePtr fresh = make(prefix);
  fresh->peer = peer;
  *slot = *slot ? join(std::move(*slot), std::move(fresh)) : std::move(fresh);
}

// Puts two nodes, of which the old one doesn't hold the fresh one, under the longest prefix that they share.
AllowedIpTrie::NodePtr AllowedIpTrieEditor::join(NodePtr old, NodePtr fresh) const {
  const unsigned length = common_length(old->prefix, fresh->prefix);
  const bool old_side = old->prefix.address().bit(length);
  if (length == fresh->prefix.length()) {
    fresh->child[old_side] = std::move(old);
    return fresh;
  }
  NodePtr fork = make(addr::Prefix(fresh->prefix.address(), length));
  fork->child[old_side] = std::move(old);
  fork->child[!old_side] = std::move(fresh);
  return fork;
}

bool AllowedIpTrieEditor::holds(const addr::Prefix& prefix) {
  const Node* node = root_for(prefix).get();
  while (node && node->prefix != prefix && node->prefix.contains(prefix))
    node = node->child[prefix.address().bit(node->prefix.length())].get();
  return node && node->prefix == prefix && node->peer;
}

void AllowedIpTrieEditor::erase(const addr::Prefix& prefix) {
  if (!holds(prefix)) return;
  NodePtr* parent = nullptr;
  NodePtr* slot = &root_for(prefix);
  while ((*slot)->prefix != prefix) {
    Node& node = own(*slot);
    parent = slot;
    slot = &node.child[prefix.address().bit(node.prefix.length())];
  }
  own(*slot).peer.reset();
  collapse(*slot);
  if (parent) collapse(*parent);
}

std::shared_ptr<const AllowedIpTrie> AllowedIpTrieEditor::snapshot() {
  ++edit_;
  return std::make_shared<const AllowedIpTrie>(v4_, v6_);
}

}  // namespace smeg::wireguard
