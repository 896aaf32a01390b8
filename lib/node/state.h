// The content of the state file, as values.
#pragma once

#include <vector>

#include "node/membership.h"

namespace smeg::wire {
class HostState;
class MembershipOptions;
}  // namespace smeg::wire

namespace smeg::node {

// A mesh that this host asks to be let into, without an invite.
struct KeptAsk {
  control::MeshAsk wanted;
  std::string refusal;  // the answer, where it was no
};

struct LoadedState {
  crypto::Secret<32> seed;
  bool draining = false;
  bool down = false;  // it takes part in none of its meshes
  std::vector<MembershipParts> meshes;
  std::vector<KeptAsk> asks;
};

// Fails (malformed, unsupported for a later format) naming what does not fit; anything that would be lost is an error.
Result<LoadedState> decode_state(ByteView contents);
void save(const KeptAsk& ask, wire::HostState& out);
void save(const control::MembershipOptions& options, wire::MembershipOptions& out);

}  // namespace smeg::node
