// The core's and the session host's words for the same things.
#pragma once

#include "io/io.h"
#include "node/node.h"

namespace smeg::daemon {

node::SessionEvent to_node(io::SessionEvent event);
io::DialRequest to_io(node::Dial dial);
inline io::SessionId to_io(node::SessionId session) { return io::SessionId{session.value}; }

}  // namespace smeg::daemon
