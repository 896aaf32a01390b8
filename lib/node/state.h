// The content of the state file, as values.
#pragma once

#include <vector>

#include "node/membership.h"

namespace smeg::wire {
class HostState;
}

namespace smeg::node {

struct LoadedState {
  crypto::Secret<32> seed;
  bool draining = false;
  std::vector<MembershipParts> meshes;
};

// Fails (malformed, unsupported for a later format) naming what does not fit; anything that would be lost is an error.
Result<LoadedState> decode_state(ByteView contents);

}  // namespace smeg::node
