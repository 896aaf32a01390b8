// Replicated state that converges in whatever order it arrives: versions, a two-phase map, and an index by which two
// replicas find what either lacks. Knows nothing of what it carries, and hashes nothing by itself: hash values and the
// hash function come from the caller.
#pragma once

#include "crdt/index.h"
#include "crdt/map.h"
#include "crdt/version.h"
