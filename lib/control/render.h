// What a Snapshot or a Reply looks like on a terminal and to a script. Pure. Everything ends with a newline.
// What other hosts have chosen, such as descriptions, can't send a terminal anything but letters.
#pragma once

#include <optional>
#include <string>

#include "control/look.h"
#include "control/reply.h"
#include "control/snapshot.h"

namespace smeg::control {

// Tables for people. now is the reader's clock, for ages.
std::string status_table(const Snapshot& snapshot, WallTime now, const Look& look = {});
std::string mesh_list_table(const Snapshot& snapshot, const Look& look = {});
std::string mesh_table(const MeshView& mesh, WallTime now, const Look& look = {});
std::string guest_table(const MeshView& mesh, WallTime now, const Look& look = {});
// Of all members, or of one.
std::string service_table(const MeshView& mesh, const MemberView* member, const Look& look = {});
std::string invite_table(const MeshView& mesh, WallTime now, const Look& look = {});
std::string request_table(const MeshView& mesh, WallTime now, const Look& look = {});

// JSON for programs, indented, with "schema": 1.
std::string status_json(const Snapshot& snapshot);
std::string mesh_list_json(const Snapshot& snapshot);
std::string mesh_json(const MeshView& mesh);
std::string guest_json(const MeshView& mesh);
std::string service_json(const MeshView& mesh, const MemberView* member);
std::string invite_json(const MeshView& mesh);
std::string request_json(const MeshView& mesh);
std::string reply_json(const Reply& reply);
struct PingResult {
  std::string address;
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  double least_ms = 0;  // round trips; of no meaning where nothing was received
  double mean_ms = 0;
  double most_ms = 0;
};
std::string ping_json(const PingResult& result);
// An export says where the sealed key is, not what it is.
std::string authority_json(const MeshId& mesh, const std::string& file, bool removed);
// The configuration of a guest, in wg-quick(8)'s form, which the apps for phones and most routers read too. Without a
// private key there is a comment in its place.
SecretText guest_config(const GuestConfig& config, const std::optional<crypto::WgPrivateKey>& private_key);
// Its parts, and `text` as "config".
SecretText guest_config_json(const GuestConfig& config, const SecretText& text);
std::string log_level_json(LogLevel level);
// daemon is empty where none runs.
std::string version_json(const std::string& smegctl, const std::string& daemon);

// "12s", "5m", "3h 20m", "4d 2h": how long ago, in the two largest units; "0s" for what is still to come.
std::string age(WallTime then, WallTime now);
// "0 B", "1.5 KiB", "20 MiB": IEC units, two digits or more.
std::string human_bytes(std::uint64_t bytes);
// What a person calls a member: its alias, or the beginning of its key; and a guest.
std::string label(const MemberView& member);
std::string label(const GuestView& guest);
std::string label(const MeshView& mesh);

}  // namespace smeg::control
