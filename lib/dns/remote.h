// Names in meshes that this host is not in: the name servers of bridges that lead there are asked for them.
#pragma once

#include <optional>
#include <vector>

#include "addr/addr.h"
#include "dns/responder.h"
#include "dns/zone.h"

namespace smeg::dns {

// What a bridge's name server said.
struct RemoteAnswer {
  bool exists = false;
  std::vector<addr::IpAddress> addresses;  // of that mesh; empty: there is such a name, and it has none
  std::uint32_t ttl = 0;                   // seconds, at most limits::kDnsRemoteTtl; of what there is not, too

  friend bool operator==(const RemoteAnswer&, const RemoteAnswer&) = default;
};

// The name that a query asks for, if it is one of those: none for anything else, and for what is no good query.
std::optional<RemoteName> remote_name(const Zone& zone, ByteView query);

// Whether it asks for a name by the whole id of its mesh. All that other hosts' name servers are answered: whoever
// knows the id has it from a bridge that leads there, or is a member itself.
bool asks_by_mesh_id(const Zone& zone, ByteView query);

// The question to a bridge's name server: for the address, by the whole id of the mesh.
Bytes remote_question(const Zone& zone, const RemoteName& name, std::uint16_t id);

// What the answer to that question says. None where it is no answer to it, or not what our own name server answers: an
// address outside the mesh, another record, a failure.
std::optional<RemoteAnswer> read_remote_answer(ByteView message, ByteView question, const RemoteName& name);

// Whether it answers that question by saying that it can't.
bool is_failure(ByteView message, ByteView question);

// What the client is told, as answer() writes it. Without an answer: the server has failed (SERVFAIL).
std::size_t answer_remote(const Zone& zone, ByteView query, const std::optional<RemoteAnswer>& remote,
                          Transport transport, MutableByteView out);

}  // namespace smeg::dns
