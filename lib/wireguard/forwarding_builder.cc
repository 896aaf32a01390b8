#include "wireguard/forwarding_builder.h"

namespace smeg::wireguard {

void ForwardingBuilder::update(Peer& peer) {
  draft_.peers.set(peer.id.value, {peer.id, peer.path, peer.sessions.current(), peer.sessions.next(), peer.activity,
                                   peer.accepted_ips.trie()});
  set_receiving(peer, peer.sessions.all());
  changed_ = true;
}

void ForwardingBuilder::remove(const Peer& peer) {
  allowed_ips_.take_all(peer.id);
  draft_.peers.erase(peer.id.value);
  set_receiving(peer, {});
  indexes_.erase(peer.id);
  changed_ = true;
}

void ForwardingBuilder::set_receiving(const Peer& peer, const std::array<KeypairPtr, 3>& sessions) {
  auto& indexes = indexes_[peer.id];
  for (const std::uint32_t index : indexes)
    if (index != 0) draft_.receiving.erase(index);
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    indexes[i] = sessions[i] ? sessions[i]->local_index() : 0;
    if (sessions[i]) draft_.receiving.set(indexes[i], sessions[i]);
  }
}

const Keypair* ForwardingBuilder::session(std::uint32_t local_index) const {
  const KeypairPtr* found = draft_.receiving.find(local_index);
  return found ? found->get() : nullptr;
}

ForwardingTablePtr ForwardingBuilder::table() {
  auto trie = allowed_ips_.trie();
  if (changed_ || trie != draft_.allowed_ips) {
    draft_.allowed_ips = std::move(trie);
    table_ = std::make_shared<const ForwardingTable>(draft_);
    changed_ = false;
  }
  return table_;
}

}  // namespace smeg::wireguard
