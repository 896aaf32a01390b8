// What the library of the wire format says by itself.
#pragma once

namespace smeg::wire {

// protobuf writes a line to the standard error for text that is no UTF-8, and others decide what comes in: whoever
// holds a session could fill the log. Whether a message parses the caller learns anyhow. Once, before the first
// message.
void silence_parser();

}  // namespace smeg::wire
