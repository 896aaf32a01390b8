// The JSON of each value that crosses the control socket. The socket's own callers use rpc.h; lib/api shows the same
// values by HTTP.
#pragma once

#include "control/command.h"
#include "control/json.h"
#include "control/reply.h"
#include "control/snapshot.h"

namespace smeg::control {

// The parameters of a request. Strict: an unknown method is unsupported, anything wrong with a parameter names it.
Result<Request> request_from_json(std::string_view method, const Json& params);
Json params_to_json(const Request& request);

// The result of a Command that was carried out. Tolerant of fields of later versions, as a client must be.
Json reply_to_json(const Reply& reply);
Result<Reply> reply_from_json(const Json& json, const Command& asked);

JsonObject config_change_to_json(const ConfigChange& change);
JsonObject guest_config_to_json(const GuestConfig& config);
JsonObject guest_to_json(const GuestView& guest);
Json route_to_json(const RouteView& route);
// Members that lead out of this host's meshes, and those that are in two meshes.
JsonArray exits_to_json(const Snapshot& snapshot);
JsonArray bridges_to_json(const Snapshot& snapshot);
Json problem_to_json(const Problem& problem);
JsonObject daemon_to_json(const DaemonView& daemon);
JsonObject service_to_json(const Service& service);
// The same, with who offers it.
JsonObject service_of_member_to_json(const MemberView& member, const Service& service);
JsonObject member_to_json(const MemberView& member);
// All of a mesh but its lists of members, guests and invites.
JsonObject mesh_facts_to_json(const MeshView& mesh);
Json mesh_to_json(const MeshView& mesh);
JsonObject invite_to_json(const InviteView& invite);
JsonObject request_to_json(const RequestView& request);
JsonObject dropped_to_json(const DroppedView& dropped);
Json snapshot_to_json(const Snapshot& snapshot);
Result<Snapshot> snapshot_from_json(const Json& json);

// What a script is given: {"schema": 1, fields...}, indented.
std::string with_schema(JsonObject fields);

// RFC 3339, whose years have four digits: a time beyond them is shown as the last or first of them.
std::string time_to_text(WallTime time);

// For FieldReader::parsed, as parse_wg_key is.
template <class Tag>
Result<crypto::PublicKey<Tag>> parse_key(std::string_view text) {
  const auto bytes = crypto::from_base32(text);
  if (!bytes || bytes->size() != 32)
    return fail(Code::malformed, "is not a key", "a key is 52 of the letters a-z and digits 2-7");
  return crypto::PublicKey<Tag>::from(*bytes);
}

}  // namespace smeg::control
