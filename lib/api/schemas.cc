// What goes in and comes out, as JSON Schema. Tests hold every answer against these.
#include "api/operation.h"

namespace smeg::api {
namespace {

constexpr std::string_view kSchemas = R"json({
"MeshId": {"type": "string", "pattern": "^[a-z2-7]{32}$", "description": "A mesh's id."},
"IdentityKey": {"type": "string", "pattern": "^[a-z2-7]{52}$", "description": "Who a member is: its Ed25519 key."},
"InviteId": {"type": "string", "pattern": "^[a-z2-7]{52}$", "description": "The public half of an invite's seed."},
"WgKey": {"type": "string", "pattern": "^[A-Za-z0-9+/]{43}=$", "description": "A WireGuard key, as `wg` prints it."},
"Label": {"type": "string", "pattern": "^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)$", "description": "One DNS label."},
"Address": {"type": "string", "description": "An IPv6 or IPv4 address."},
"Time": {"type": "string", "format": "date-time", "description": "In UTC, to the second."},
"HostPort": {"type": "string", "description": "HOST or HOST:PORT: a name, an IPv4 address, or an IPv6 address in brackets."},
"Duration": {"description": "Seconds, or a number with a unit.", "oneOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^[0-9.]+(ms|s|m|h|d)?$"}]},
"Role": {"type": "string", "enum": ["peer", "client"]},
"MemberState": {"type": "string", "enum": ["alive", "suspect", "offline", "down", "revoked"]},
"LogLevel": {"type": "string", "enum": ["debug", "info", "warning", "error"]},
"Daemon": {"type": "object", "required": ["version", "started", "draining", "down", "logLevel", "problems"], "additionalProperties": false, "properties": {
  "version": {"type": "string"}, "started": {"type": "string", "format": "date-time"}, "draining": {"type": "boolean"},
  "down": {"type": "boolean", "description": "All meshes are off."}, "logLevel": {"$ref": "#/components/schemas/LogLevel"},
  "problems": {"$ref": "#/components/schemas/Problems"}}},
"Problems": {"type": "array", "description": "What an operator should see to.", "items": {"type": "object", "required": ["kind", "message", "interface"], "additionalProperties": false, "properties": {
  "kind": {"type": "string", "enum": ["interface", "firewall", "backend", "storage", "joining"]}, "message": {"type": "string"},
  "interface": {"type": ["string", "null"]}}}},
"DaemonChange": {"type": "object", "description": "A merge patch (RFC 7396) of one of them.", "additionalProperties": false, "minProperties": 1, "maxProperties": 1, "properties": {
  "down": {"type": "boolean"}, "logLevel": {"$ref": "#/components/schemas/LogLevel"}}},
"Config": {"type": "object", "required": ["yaml"], "additionalProperties": false, "properties": {
  "yaml": {"type": "string", "description": "As smegd.yaml(5) says, with the defaults of what nobody set; without the arguments of hooks."}}},
"ConfigDiff": {"type": "object", "required": ["differences"], "additionalProperties": false, "properties": {
  "differences": {"type": "array", "items": {"type": "object", "required": ["field", "before", "after", "takesEffect"], "additionalProperties": false, "properties": {
    "field": {"type": "string", "examples": ["baseConfiguration.role"]},
    "before": {"type": ["string", "null"], "description": "What the daemon goes by."}, "after": {"type": ["string", "null"], "description": "What the file says."},
    "takesEffect": {"type": "string", "enum": ["reload", "restart", "never"]}}}}}},
"Reloaded": {"type": "object", "required": ["applied", "waiting", "ignored"], "additionalProperties": false, "properties": {
  "applied": {"type": "array", "items": {"type": "string"}, "description": "Keys of the configuration that are others now."},
  "waiting": {"type": "array", "items": {"type": "string"}, "description": "Those that wait for the next start."},
  "ignored": {"type": "array", "items": {"type": "string"}, "description": "Those that have no effect."}}},
"Request": {"type": "object", "required": ["fingerprint", "publicKey", "from", "role", "note", "since"], "additionalProperties": false, "properties": {
  "fingerprint": {"type": "string"}, "publicKey": {"$ref": "#/components/schemas/IdentityKey"}, "from": {"$ref": "#/components/schemas/Address"},
  "role": {"$ref": "#/components/schemas/Role"}, "note": {"type": ["string", "null"], "description": "What it says of itself."}, "since": {"$ref": "#/components/schemas/Time"}}},
"RequestPage": {"type": "object", "required": ["items", "total", "next"], "additionalProperties": false, "properties": {
  "items": {"type": "array", "items": {"$ref": "#/components/schemas/Request"}}, "total": {"type": "integer"}, "next": {"type": ["string", "null"]}}},
"Admit": {"type": "object", "additionalProperties": false, "properties": {"role": {"$ref": "#/components/schemas/Role"}}},
"MeshAsk": {"type": "object", "required": ["mesh", "vias"], "additionalProperties": false, "properties": {
  "mesh": {"$ref": "#/components/schemas/MeshId"},
  "vias": {"type": "array", "minItems": 1, "maxItems": 8, "items": {"$ref": "#/components/schemas/HostPort"}, "description": "Members that may admit."},
  "note": {"type": "string", "maxLength": 128, "description": "For whoever decides."},
  "name": {"$ref": "#/components/schemas/Label"}, "role": {"$ref": "#/components/schemas/Role"},
  "wgport": {"type": "integer", "minimum": 1, "maximum": 65535}, "keepalive": {"$ref": "#/components/schemas/Duration"},
  "endpoints": {"type": "array", "maxItems": 8, "items": {"$ref": "#/components/schemas/HostPort"}}}},
"MeshAsked": {"type": "object", "required": ["id", "name", "publicKey", "fingerprint"], "additionalProperties": false, "properties": {
  "id": {"$ref": "#/components/schemas/MeshId"}, "name": {"type": ["string", "null"]}, "publicKey": {"$ref": "#/components/schemas/IdentityKey"},
  "fingerprint": {"type": "string", "description": "Of this host's key: the other side sees the same."}}},
"MeshState": {"type": "string", "enum": ["joining", "refused", "active", "down", "standing-down", "leaving"]},
"Backend": {"type": "string", "enum": ["kernel", "userspace", "stub"]},
"Line": {"type": "string"},
"Metrics": {"type": "string", "description": "Prometheus' text format 0.0.4."},
"Document": {"type": "object", "description": "OpenAPI 3.1."},
"EventStream": {"type": "string", "description": "Server-sent events: `ready`, `reset`, `daemon.connected`, `daemon.lost`, `daemon.changed`, `routes.changed`, and `added`, `changed` and `removed` of `mesh`, `member`, `guest`, `invite` and `request`, such as `member.changed`."},
"Problem": {"type": "object", "description": "RFC 9457.", "required": ["type", "title", "status", "detail", "code"], "additionalProperties": false, "properties": {
  "type": {"type": "string", "pattern": "^urn:smegmesh:problem:[a-z_]+$"}, "title": {"type": "string"},
  "status": {"type": "integer", "minimum": 400, "maximum": 599}, "detail": {"type": "string", "description": "What is wrong."},
  "code": {"type": "string", "enum": ["malformed", "too_large", "unsupported", "invalid", "unauthenticated", "forbidden", "expired", "used_up", "revoked", "not_found", "exists", "conflict", "unavailable", "io"]},
  "hint": {"type": "string", "description": "What to do about it."}}},
"Status": {"type": "object", "required": ["api", "daemon", "generated", "meshes"], "additionalProperties": false, "properties": {
  "api": {"type": "object", "required": ["version"], "properties": {"version": {"type": "string"}}},
  "daemon": {"type": "object", "required": ["version", "started", "draining", "down", "logLevel", "problems", "connected"], "additionalProperties": false, "properties": {
    "down": {"type": "boolean", "description": "All meshes are off."}, "logLevel": {"$ref": "#/components/schemas/LogLevel"},
    "draining": {"type": "boolean", "description": "This host wants to be left by packets that only pass it."},
    "version": {"type": "string"}, "started": {"$ref": "#/components/schemas/Time"},
    "problems": {"$ref": "#/components/schemas/Problems"},
    "connected": {"type": "boolean", "description": "False: what is shown is the last that was heard."}}},
  "generated": {"$ref": "#/components/schemas/Time"},
  "meshes": {"type": "array", "items": {"type": "object", "required": ["id", "name", "state", "address", "members", "alive"], "additionalProperties": false, "properties": {
    "id": {"$ref": "#/components/schemas/MeshId"}, "name": {"type": ["string", "null"]}, "state": {"$ref": "#/components/schemas/MeshState"},
    "address": {"type": ["string", "null"]}, "members": {"type": "integer"}, "alive": {"type": "integer"}}}}}},
"Interface": {"type": "object", "required": ["name", "backend", "listenPort", "mtu"], "additionalProperties": false, "properties": {
  "name": {"type": "string"}, "backend": {"$ref": "#/components/schemas/Backend"}, "listenPort": {"type": ["integer", "null"]}, "mtu": {"type": "integer"}}},
"Mesh": {"type": "object", "required": ["id", "name", "prefix", "interfaces", "backend", "backendReason", "leader", "self", "state", "stateDetail", "canAdmit", "hasRoot", "address", "alias", "description", "counts"], "additionalProperties": false, "properties": {
  "id": {"$ref": "#/components/schemas/MeshId"},
  "name": {"type": ["string", "null"], "description": "What this host calls it."},
  "prefix": {"type": "string"}, "interfaces": {"type": "array", "items": {"$ref": "#/components/schemas/Interface"}},
  "backend": {"$ref": "#/components/schemas/Backend"}, "backendReason": {"type": ["string", "null"]},
  "leader": {"type": ["string", "null"]}, "self": {"$ref": "#/components/schemas/IdentityKey"},
  "state": {"$ref": "#/components/schemas/MeshState"}, "stateDetail": {"type": ["string", "null"]},
  "canAdmit": {"type": "boolean", "description": "This host may invite."},
  "hasRoot": {"type": "boolean", "description": "This host holds the root key."},
  "address": {"type": ["string", "null"], "description": "This host's."},
  "alias": {"type": ["string", "null"], "description": "This host's."},
  "description": {"type": ["string", "null"], "description": "This host's."},
  "counts": {"type": "object", "required": ["members", "alive", "suspect", "offline", "down", "revoked", "guests", "invites", "requests"], "additionalProperties": {"type": "integer"}}}},
"Endpoint": {"type": "object", "required": ["kind", "host", "port"], "additionalProperties": false, "properties": {
  "kind": {"type": "string"}, "host": {"type": "string"}, "port": {"type": ["integer", "null"]}}},
"ServiceText": {"type": "array", "maxItems": 8, "items": {"type": "string", "maxLength": 255}, "description": "KEY=VALUE each, for DNS (RFC 6763)."},
"Service": {"type": "object", "required": ["name", "protocol", "port", "text"], "additionalProperties": false, "properties": {
  "name": {"type": "string"}, "protocol": {"type": "string", "enum": ["tcp", "udp"]}, "port": {"type": "integer", "minimum": 1, "maximum": 65535},
  "text": {"$ref": "#/components/schemas/ServiceText"}}},
"ServiceOfMember": {"type": "object", "required": ["member", "alias", "address", "name", "protocol", "port", "text"], "additionalProperties": false, "properties": {
  "member": {"$ref": "#/components/schemas/IdentityKey"}, "alias": {"type": ["string", "null"]}, "address": {"$ref": "#/components/schemas/Address"},
  "name": {"type": "string"}, "protocol": {"type": "string", "enum": ["tcp", "udp"]}, "port": {"type": "integer", "minimum": 1, "maximum": 65535},
  "text": {"$ref": "#/components/schemas/ServiceText"}}},
"ServicePage": {"type": "object", "required": ["items", "total", "next"], "additionalProperties": false, "properties": {
  "items": {"type": "array", "items": {"$ref": "#/components/schemas/ServiceOfMember"}}, "total": {"type": "integer"}, "next": {"type": ["string", "null"]}}},
"ServiceSet": {"type": "object", "required": ["port"], "additionalProperties": false, "properties": {
  "name": {"type": "string", "description": "The one in the path, if it is said again."},
  "protocol": {"type": "string", "enum": ["tcp", "udp"], "default": "tcp"}, "port": {"type": "integer", "minimum": 1, "maximum": 65535},
  "text": {"$ref": "#/components/schemas/ServiceText"}}},
"Member": {"type": "object", "required": ["publicKey", "wgPublicKey", "address", "alias", "description", "role", "endpoints", "services", "state", "self", "since", "lastHandshake", "rxBytes", "txBytes", "tunnelEndpoint"], "additionalProperties": false, "properties": {
  "publicKey": {"$ref": "#/components/schemas/IdentityKey"}, "wgPublicKey": {"type": ["string", "null"]},
  "address": {"$ref": "#/components/schemas/Address"}, "alias": {"type": ["string", "null"]}, "description": {"type": ["string", "null"]},
  "role": {"$ref": "#/components/schemas/Role"}, "endpoints": {"type": "array", "items": {"$ref": "#/components/schemas/Endpoint"}},
  "services": {"type": "array", "items": {"$ref": "#/components/schemas/Service"}},
  "state": {"$ref": "#/components/schemas/MemberState"}, "self": {"type": "boolean"},
  "since": {"type": ["string", "null"]}, "lastHandshake": {"type": ["string", "null"]},
  "rxBytes": {"type": "integer"}, "txBytes": {"type": "integer"},
  "tunnelEndpoint": {"type": ["string", "null"], "description": "Where this host's tunnel to it leads now."}}},
"Guest": {"type": "object", "required": ["name", "wgPublicKey", "address", "sponsor", "state", "lastHandshake", "rxBytes", "txBytes"], "additionalProperties": false, "properties": {
  "name": {"type": "string"}, "wgPublicKey": {"$ref": "#/components/schemas/WgKey"}, "address": {"$ref": "#/components/schemas/Address"},
  "sponsor": {"$ref": "#/components/schemas/IdentityKey"}, "state": {"type": "string", "enum": ["active", "key-taken", "address-taken"]},
  "lastHandshake": {"type": ["string", "null"]}, "rxBytes": {"type": ["integer", "null"], "description": "Known at the sponsor alone."}, "txBytes": {"type": ["integer", "null"]}}},
"Invite": {"type": "object", "required": ["id", "role", "admin", "uses", "used", "expires", "revoked"], "additionalProperties": false, "properties": {
  "id": {"$ref": "#/components/schemas/InviteId"}, "role": {"$ref": "#/components/schemas/Role"}, "admin": {"type": "boolean"},
  "uses": {"type": "integer"}, "used": {"type": "integer"}, "expires": {"$ref": "#/components/schemas/Time"}, "revoked": {"type": "boolean"}}},
"MeshPage": {"type": "object", "required": ["items", "total", "next"], "additionalProperties": false, "properties": {
  "items": {"type": "array", "items": {"$ref": "#/components/schemas/Mesh"}}, "total": {"type": "integer"}, "next": {"type": ["string", "null"], "description": "The path of the next page."}}},
"MemberPage": {"type": "object", "required": ["items", "total", "next"], "additionalProperties": false, "properties": {
  "items": {"type": "array", "items": {"$ref": "#/components/schemas/Member"}}, "total": {"type": "integer"}, "next": {"type": ["string", "null"]}}},
"GuestPage": {"type": "object", "required": ["items", "total", "next"], "additionalProperties": false, "properties": {
  "items": {"type": "array", "items": {"$ref": "#/components/schemas/Guest"}}, "total": {"type": "integer"}, "next": {"type": ["string", "null"]}}},
"InvitePage": {"type": "object", "required": ["items", "total", "next"], "additionalProperties": false, "properties": {
  "items": {"type": "array", "items": {"$ref": "#/components/schemas/Invite"}}, "total": {"type": "integer"}, "next": {"type": ["string", "null"]}}},
"Exit": {"type": "object", "required": ["mesh", "member", "path", "hops", "cost", "weight", "mtu", "sequence", "state"], "additionalProperties": false, "properties": {
  "mesh": {"$ref": "#/components/schemas/MeshId"}, "member": {"$ref": "#/components/schemas/IdentityKey"},
  "path": {"type": "array", "items": {"$ref": "#/components/schemas/MeshId"}, "description": "From the mesh of the prefix to this one."},
  "hops": {"type": "integer"}, "cost": {"type": "integer"}, "weight": {"type": "integer"}, "mtu": {"type": "integer"}, "sequence": {"type": "integer"},
  "state": {"type": "string", "enum": ["chosen", "equal", "worse", "draining", "waiting", "unreachable"]}}},
"Route": {"type": "object", "required": ["prefix", "starving", "exits"], "additionalProperties": false, "properties": {
  "prefix": {"type": "string"}, "starving": {"type": "boolean", "description": "No way may be taken now."},
  "exits": {"type": "array", "items": {"$ref": "#/components/schemas/Exit"}, "description": "At most one is chosen."}}},
"RoutePage": {"type": "object", "required": ["items", "total", "next"], "additionalProperties": false, "properties": {
  "items": {"type": "array", "items": {"$ref": "#/components/schemas/Route"}}, "total": {"type": "integer"}, "next": {"type": ["string", "null"]}}},
"Exits": {"type": "object", "required": ["draining", "items"], "additionalProperties": false, "properties": {
  "draining": {"type": "boolean"}, "items": {"type": "array", "items": {"type": "object", "required": ["mesh", "member", "prefixes", "chosen", "state"], "additionalProperties": false, "properties": {
    "mesh": {"$ref": "#/components/schemas/MeshId"}, "member": {"$ref": "#/components/schemas/IdentityKey"},
    "prefixes": {"type": "integer", "description": "To how many it leads."}, "chosen": {"type": "integer", "description": "For how many it is chosen."},
    "state": {"type": "string", "enum": ["ready", "draining", "unreachable"]}}}}}},
"Bridges": {"type": "object", "required": ["items"], "additionalProperties": false, "properties": {
  "items": {"type": "array", "items": {"type": "object", "required": ["mesh", "member", "to", "reachable"], "additionalProperties": false, "properties": {
    "mesh": {"$ref": "#/components/schemas/MeshId"}, "member": {"$ref": "#/components/schemas/IdentityKey"},
    "to": {"$ref": "#/components/schemas/MeshId"}, "reachable": {"type": "boolean"}}}}}},
"Drain": {"type": "object", "required": ["on"], "additionalProperties": false, "properties": {"on": {"type": "boolean"}}},
"Alias": {"type": "object", "required": ["alias"], "additionalProperties": false, "properties": {"alias": {"type": ["string", "null"], "description": "One DNS label; null for none."}}},
"Key": {"type": "object", "required": ["wgPublicKey"], "additionalProperties": false, "properties": {"wgPublicKey": {"type": ["string", "null"]}}},
"Authority": {"type": "object", "required": ["canAdmit", "hasRoot"], "additionalProperties": false, "properties": {"canAdmit": {"type": "boolean"}, "hasRoot": {"type": "boolean"}}},
"MeshEntered": {"type": "object", "required": ["id", "name", "address"], "additionalProperties": false, "properties": {
  "id": {"$ref": "#/components/schemas/MeshId"}, "name": {"type": ["string", "null"]}, "address": {"$ref": "#/components/schemas/Address"}}},
"InviteCreated": {"type": "object", "required": ["token", "id", "expires", "uses"], "additionalProperties": false, "properties": {
  "token": {"type": "string", "description": "Whoever has it may join. Shown this once."}, "id": {"$ref": "#/components/schemas/InviteId"},
  "expires": {"$ref": "#/components/schemas/Time"}, "uses": {"type": "integer"}}},
"GuestConfig": {"type": "object", "required": ["name", "address", "wgPublicKey", "prefix", "sponsorWgPublicKey", "endpoint", "presharedKey", "mtu", "config"], "additionalProperties": false, "properties": {
  "name": {"type": "string"}, "address": {"$ref": "#/components/schemas/Address"}, "wgPublicKey": {"$ref": "#/components/schemas/WgKey"},
  "prefix": {"type": "string"}, "sponsorWgPublicKey": {"$ref": "#/components/schemas/WgKey"}, "endpoint": {"$ref": "#/components/schemas/HostPort"},
  "presharedKey": {"$ref": "#/components/schemas/WgKey"}, "mtu": {"type": "integer"},
  "privateKey": {"$ref": "#/components/schemas/WgKey"},
  "config": {"type": "string", "description": "The same for wg-quick(8) and the apps for phones."}}},
"MeshCreate": {"type": "object", "additionalProperties": false, "properties": {
  "name": {"$ref": "#/components/schemas/Label"}, "role": {"$ref": "#/components/schemas/Role"},
  "wgport": {"type": "integer", "minimum": 1, "maximum": 65535}, "keepalive": {"$ref": "#/components/schemas/Duration"},
  "endpoints": {"type": "array", "maxItems": 8, "items": {"$ref": "#/components/schemas/HostPort"}, "description": "Where others reach this host."}}},
"MeshJoin": {"type": "object", "required": ["token"], "additionalProperties": false, "properties": {
  "token": {"type": "string", "writeOnly": true, "description": "Of an invite."},
  "vias": {"type": "array", "maxItems": 8, "items": {"$ref": "#/components/schemas/HostPort"}, "description": "Whom to dial first."},
  "name": {"$ref": "#/components/schemas/Label"}, "role": {"$ref": "#/components/schemas/Role"},
  "wgport": {"type": "integer", "minimum": 1, "maximum": 65535}, "keepalive": {"$ref": "#/components/schemas/Duration"},
  "endpoints": {"type": "array", "maxItems": 8, "items": {"$ref": "#/components/schemas/HostPort"}}}},
"MeshChange": {"type": "object", "description": "A merge patch (RFC 7396).", "additionalProperties": false, "properties": {
  "alias": {"type": ["string", "null"], "description": "One DNS label; null for none."},
  "description": {"type": ["string", "null"], "description": "For people; null for that of the configuration, or none.", "maxLength": 256}}},
"KeyRotate": {"type": "object", "additionalProperties": false, "properties": {"force": {"type": "boolean", "default": false, "description": "Even if guests of this host have to be configured anew then."}}},
"GuestAdd": {"type": "object", "required": ["name"], "additionalProperties": false, "properties": {
  "name": {"$ref": "#/components/schemas/Label"},
  "wgPublicKey": {"type": "string", "pattern": "^[A-Za-z0-9+/]{43}=$", "description": "Of the guest, if it has a key pair. Otherwise one is made, and its private key is shown this once."},
  "endpoint": {"type": "string", "description": "Where the guest reaches this host, HOST[:PORT]; otherwise the best that is known."}}},
"InviteCreate": {"type": "object", "additionalProperties": false, "properties": {
  "uses": {"type": "integer", "minimum": 1, "maximum": 65535, "default": 1}, "expires": {"$ref": "#/components/schemas/Duration"},
  "role": {"$ref": "#/components/schemas/Role"},
  "admin": {"type": "boolean", "default": false, "description": "The joiner may invite others. Takes scope admin."},
  "grants": {"type": "array", "maxItems": 16, "items": {"type": "string"}, "description": "Networks (PREFIX/LENGTH) that the joiner may announce. Takes scope admin."}}}
})json";

}  // namespace

const control::JsonObject& schemas() {
  // Written above, and parsed in the tests: it is an object.
  static const control::Json parsed = control::Json::parse(kSchemas).value_or(control::Json(control::JsonObject()));
  return *parsed.as<control::JsonObject>();
}

}  // namespace smeg::api
