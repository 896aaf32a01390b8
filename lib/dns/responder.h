// The answer to one DNS message.
#pragma once

#include "dns/zone.h"

namespace smeg::dns {

enum class Transport { udp, tcp };

// Writes the answer to a query, without TCP's length, and returns its size; zero: nothing is to be said to that. out
// takes limits::kDnsUdpAnswerBytes or kTcpAnswerBytes. A zone of null is one that is not known yet: the server has
// failed (SERVFAIL). Any thread. Never fails: what is wrong with the query is in the answer.
std::size_t answer(const Zone* zone, ByteView query, Transport transport, MutableByteView out);

// Writes what was found out elsewhere. ttl: for how long, at most, it may be kept that there is nothing, in seconds.
enum class Outcome { found, missing, failed };
std::size_t answer_as(const Zone& zone, ByteView query, Outcome outcome, const Node& node, std::uint32_t ttl,
                      Transport transport, MutableByteView out);
// Says no to who may not ask that.
std::size_t answer_refused(ByteView query, MutableByteView out);

// Says that the answer is too large, so that whoever did ask comes again by TCP: for one whose address may be a lie.
std::size_t answer_truncated(ByteView query, MutableByteView out);

}  // namespace smeg::dns
