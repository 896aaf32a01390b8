# Drives every operation of the OpenAPI document of a running smeg-api, and holds each response against the document:
# its status, its media type, its body's schema. Fails where an operation isn't driven. Run by `contract`.
import http.client
import json
import re
import sys
import time

import jsonschema

WORK = sys.argv[1]
NORTH, EAST = ("127.0.0.1", 21911), ("192.0.2.2", 21911)
WG_KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE="


def token(host, scope):
    return open(f"{WORK}/{host}-{scope}.token").read().strip()


def send(place, method, path, body=None, headers=None, raw=None):
    connection = http.client.HTTPConnection(*place, timeout=30)
    headers = dict(headers or {})
    data = raw
    if body is not None:
        data = json.dumps(body)
        headers.setdefault("Content-Type", "application/json")
    connection.request(method, path, body=data, headers=headers)
    response = connection.getresponse()
    text = response.read().decode()
    fields = {name.lower(): value for name, value in response.getheaders()}
    return response.status, fields, text


document = json.loads(send(NORTH, "GET", "/api/v1/openapi.json")[2])
operations = {}
for path, methods in document["paths"].items():
    for method, described in methods.items():
        operations[described["operationId"]] = (method.upper(), path, described)
driven = set()


def resolve(thing):
    while "$ref" in thing:
        target = document
        for part in thing["$ref"].lstrip("#/").split("/"):
            target = target[part]
        thing = target
    return thing


def check(what, described, status, fields, text):
    assert str(status) in described["responses"], f"{what}: {status} is not in the document: {text}"
    response = resolve(described["responses"][str(status)])
    content = response.get("content")
    if not content:
        assert text == "", f"{what}: {status} has a body: {text}"
        return None
    kind = fields["content-type"].split(";")[0]
    assert kind in content, f"{what}: {status} comes as {kind}"
    body = json.loads(text) if kind.endswith("json") else text
    resolver = jsonschema.RefResolver("", document)
    jsonschema.Draft202012Validator(content[kind]["schema"], resolver=resolver).validate(body)
    for name in response.get("headers", {}):
        assert name.lower() in fields, f"{what}: no {name}"
    return body


def call(name, *values, expect=None, host="north", scope="admin", body=None, query="", headers=None):
    """Calls an operation by its id; values fill the braces of its path. Gives its body and fields."""
    method, path, described = operations[name]
    for value in values:
        path = re.sub(r"\{[a-z]+\}", value, path, count=1)
    headers = dict(headers or {})
    if scope:
        headers["Authorization"] = "Bearer " + token(host, scope)
    place = NORTH if host == "north" else EAST
    status, fields, text = send(place, method, path + query, body, headers)
    what = f"{name} ({method} {path})"
    good = expect or next(int(code) for code in described["responses"] if code.startswith("2"))
    assert status == good, f"{what}: {status} in place of {good}: {text}"
    answer = check(what, described, status, fields, text)
    if good < 400:
        driven.add(name)
        if described["security"]:
            refuse_strangers(name, place, method, path + query, described, host)
    return answer, fields


def refuse_strangers(name, place, method, path, described, host):
    status, fields, text = send(place, method, path)
    assert status == 401 and fields["www-authenticate"].startswith("Bearer"), f"{name}: {status} without a token"
    check(name, described, status, fields, text)
    scope = re.search(r"scope (\w+)", described["description"]).group(1)
    if scope != "read":
        status, fields, text = send(place, method, path, headers={"Authorization": "Bearer " + token(host, "read")})
        assert status == 403, f"{name}: {status} for the scope read"
        check(name, described, status, fields, text)


def until(what, probe, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = probe()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited in vain for {what}")


class Events:
    """Follows events on a connection of its own."""

    def __init__(self, last=None):
        self.connection = http.client.HTTPConnection(*NORTH, timeout=30)
        headers = {"Authorization": "Bearer " + token("north", "read")}
        if last:
            headers["Last-Event-ID"] = last
        self.connection.request("GET", "/api/v1/events", headers=headers)
        self.response = self.connection.getresponse()
        assert self.response.status == 200 and self.response.getheader("Content-Type") == "text/event-stream"
        self.last = None

    def next(self, wanted):
        event = {}
        while True:
            line = self.response.readline().decode().rstrip("\n")
            if line.startswith(":") or line.startswith("retry:"):
                continue
            if line:
                name, _, value = line.partition(": ")
                event[name] = value
            elif event:
                self.last = event["id"]
                if event["event"] == wanted:
                    return json.loads(event["data"])
                event = {}


# ---- Health
for name in ("getHealth", "getReadiness", "getOpenApi"):
    call(name, scope=None)
status, _ = call("getStatus", scope="read")
assert status["daemon"]["connected"] and status["meshes"] == []
events = Events()
events.next("ready")
driven.add("followEvents")

# ---- A mesh, and what is in it
made, fields = call("createMesh", body={"name": "office", "wgport": 51820})
MESH = made["id"]
assert fields["location"] == f"/api/v1/meshes/{MESH}"
assert events.next("mesh.added")["mesh"]["name"] == "office"
page, _ = call("listMeshes", scope="read")
assert page["total"] == 1 and page["items"][0]["id"] == MESH and page["next"] is None
for path in ("/api/v1/meshes/", f"/api/v1/mesh/{MESH}"):
    assert send(NORTH, "GET", path, headers={"Authorization": "Bearer " + token("north", "read")})[0] == 200, path
mesh, fields = call("getMesh", MESH, scope="read")
assert mesh["hasRoot"] and mesh["counts"]["members"] == 1
call("getMesh", "office", scope="read", expect=304, headers={"If-None-Match": fields["etag"]})
call("getMesh", "nowhere", scope="read", expect=404)
assert call("getMeshAsBefore", "office", scope="read")[0]["id"] == MESH
call("changeMesh", MESH, scope="operate", body={"alias": "gone"}, expect=412, headers={"If-Match": '"other"'})
mesh, _ = call("changeMesh", MESH, scope="operate", body={"alias": "gate"}, headers={"If-Match": fields["etag"]})
assert mesh["alias"] == "gate"
call("changeMesh", MESH, body={}, expect=400)
call("changeMesh", MESH, body={"alias": "No Name"}, expect=422)
assert call("getAlias", MESH, scope="read")[0] == {"alias": "gate"}
assert call("setAlias", MESH, scope="operate", body={"alias": "north"})[0] == {"alias": "north"}
call("removeAlias", MESH, scope="operate")
assert call("getAlias", MESH, scope="read")[0] == {"alias": None}
assert call("getAuthority", MESH, scope="read")[0] == {"canAdmit": True, "hasRoot": True}

# ---- What this host says of itself
mesh, _ = call("changeMesh", MESH, scope="operate", body={"description": "second floor", "alias": "gate"})
assert mesh["description"] == "second floor" and mesh["alias"] == "gate"
call("changeMesh", MESH, body={"description": "two\nlines"}, expect=422)
mesh, _ = call("changeMesh", MESH, scope="operate", body={"description": None})
assert mesh["description"] is None and mesh["alias"] == "gate"
service = {"name": "http", "protocol": "tcp", "port": 80, "text": ["path=/status"]}
assert call("setService", MESH, "http", scope="operate", body={"port": 80, "text": ["path=/status"]})[0] == service
shown, fields = call("getService", MESH, "http", scope="read")
assert shown == service
call("setService", MESH, "http", body={"port": 82}, expect=412, headers={"If-None-Match": "*"})
call("setService", MESH, "http", body=service, headers={"If-Match": fields["etag"]})
call("setService", MESH, "http", body={"name": "ssh", "port": 22}, expect=400)
call("setService", MESH, "http", scope="operate", body={"port": 81, "protocol": "udp"}, headers={"If-None-Match": "*"})
call("getService", MESH, "http", scope="read", expect=409)
call("setService", MESH, "HTTP", body={"port": 80}, expect=422)
call("setService", MESH, "http", body={"port": 0}, expect=422)
page, _ = call("listServices", MESH, scope="read", query="?member=gate")
assert page["total"] == 2 and {**page["items"][0], **service} == page["items"][0]
call("listServices", MESH, scope="read", query="?member=nobody", expect=404)
call("removeService", MESH, "http", scope="operate", query="?protocol=udp")
call("removeService", MESH, "http", scope="operate", query="?protocol=udp", expect=404)
assert call("listServices", MESH, scope="read")[0]["total"] == 1
call("removeService", MESH, "http", scope="operate")
call("removeAlias", MESH, scope="operate")

# ---- The daemon
assert call("changeDaemon", scope="admin", body={"logLevel": "debug"})[0]["logLevel"] == "debug"
call("changeDaemon", body={"logLevel": "loud"}, expect=422)
call("changeDaemon", body={"down": False, "logLevel": "info"}, expect=400)
assert call("changeDaemon", body={"down": True})[0]["down"]
assert call("getMesh", MESH, scope="read")[0]["state"] == "down"
assert not call("changeDaemon", body={"down": False})[0]["down"]
assert call("getDaemon", scope="read")[0]["logLevel"] == "debug"
assert call("reloadDaemon")[0] == {"applied": [], "waiting": [], "ignored": []}
assert "\nbackend: " in call("getConfig", scope="operate")[0]["yaml"]
assert call("getConfigDiff", scope="operate")[0] == {"differences": []}

# ---- Between meshes: nothing lies there yet
assert call("listRoutes", scope="read")[0]["total"] == 0
assert call("listBridges", scope="read")[0]["items"] == []
assert call("setDrain", scope="operate", body={"on": True})[0] == {"on": True}
assert call("getDrain", scope="read")[0] == {"on": True}
assert call("listExits", scope="read")[0] == {"draining": True, "items": []}
call("setDrain", scope="operate", body={"on": False})

# ---- Another host joins
invite, fields = call("createInvite", MESH, scope="operate", body={"uses": 2, "expires": "1h"})
assert fields["cache-control"] == "no-store" and fields["location"].endswith(invite["id"])
call("createInvite", MESH, scope="operate", body={"admin": True}, expect=403)
call("createInvite", MESH, scope="operate", body={"usages": 2}, expect=400)
call("createInvite", MESH, scope="operate", body={"uses": 0}, expect=422)
assert call("listInvites", MESH, scope="read")[0]["items"][0]["id"] == invite["id"]
call("joinMesh", host="east", body={"token": "smeg1nonsense"}, expect=422)
joined, fields = call("joinMesh", host="east", body={"token": invite["token"], "name": "work"})
assert joined["id"] == MESH
call("joinMesh", host="east", body={"token": invite["token"]}, expect=409)
until("the invite's use", lambda: call("getInvite", MESH, invite["id"], scope="read")[0]["used"] == 1)
call("revokeInvite", MESH, invite["id"], scope="operate")
assert call("getInvite", MESH, invite["id"], scope="read")[0]["revoked"]
call("setAlias", "work", host="east", scope="operate", body={"alias": "east"})
member = until("east's alias", lambda: next(
    (each for each in call("listMembers", MESH, scope="read")[0]["items"] if each["alias"] == "east"), None))
until("the event", lambda: events.next("member.changed")["member"]["alias"] == "east")
for name in ("east", member["publicKey"], member["address"]):
    assert call("getMember", MESH, name, scope="read")[0]["publicKey"] == member["publicKey"]
first, _ = call("listMembers", MESH, scope="read", query="?limit=1")
assert first["total"] == 2 and len(first["items"]) == 1
status, _, text = send(NORTH, "GET", first["next"], headers={"Authorization": "Bearer " + token("north", "read")})
assert json.loads(text)["items"][0] != first["items"][0] and json.loads(text)["next"] is None
call("listMembers", MESH, scope="read", query="?limit=0", expect=400)
call("listMembers", MESH, scope="read", query="?colour=red", expect=400)
assert call("listMembers", MESH, scope="read", query="?state=revoked")[0]["total"] == 0

# ---- East leaves, and asks to be let in again, without an invite
call("leaveMesh", "work", host="east")
asked, fields = call("askMesh", host="east", body={"mesh": MESH, "vias": ["192.0.2.1"], "note": "east again", "name": "work"})
assert fields["location"] == f"/api/v1/meshes/{MESH}"
call("askMesh", host="east", body={"mesh": MESH, "vias": []}, expect=400)
request = until("the request", lambda: call("listRequests", MESH, scope="read")[0]["items"])[0]
assert request["fingerprint"] == asked["fingerprint"] and request["note"] == "east again"
assert call("getMesh", MESH, host="east", scope="read")[0]["state"] == "joining"
assert call("getRequest", MESH, asked["fingerprint"], scope="read")[0] == request
call("refuseRequest", MESH, "nobody", expect=404)
call("admitRequest", MESH, request["publicKey"], body={})
until("east's return", lambda: call("getMesh", MESH, host="east", scope="read")[0]["state"] == "active", 90)
call("getRequest", MESH, request["publicKey"], scope="read", expect=404)
call("setAlias", MESH, host="east", scope="operate", body={"alias": "east"})
until("east's alias again", lambda: any(
    each["alias"] == "east" for each in call("listMembers", MESH, scope="read")[0]["items"]))

# ---- Guests and keys
assert call("getKey", MESH, scope="read")[0]["wgPublicKey"]
config, fields = call("addGuest", MESH, scope="operate", body={"name": "phone", "endpoint": "192.0.2.1:51820"})
assert fields["cache-control"] == "no-store" and "PrivateKey = " + config["privateKey"] in config["config"]
call("addGuest", MESH, scope="operate", body={"name": "phone"}, expect=409)
router, _ = call("addGuest", MESH, scope="operate", body={"name": "router", "wgPublicKey": WG_KEY})
assert "privateKey" not in router and router["wgPublicKey"] == WG_KEY
assert call("listGuests", MESH, scope="read")[0]["total"] == 2
status, _, text = send(NORTH, "GET", fields["location"], headers={"Authorization": "Bearer " + token("north", "read")})
assert status == 200 and json.loads(text)["name"] == "phone"
guest, _ = call("getGuest", MESH, "phone", scope="read")
assert guest["address"] == config["address"] and "presharedKey" not in guest
call("rotateKey", MESH, scope="operate", expect=409)
key, _ = call("rotateKey", MESH, scope="operate", body={"force": True})
assert call("getKey", MESH, scope="read")[0] == key
until("the guest at east", lambda: call("listGuests", "work", host="east", scope="read")[0]["total"] == 2)
call("removeGuest", "work", "phone", host="east", scope="operate", expect=403)
call("removeGuest", MESH, "phone", scope="operate")
call("removeGuest", MESH, guest["address"], scope="operate", expect=404)

# ---- The end of a membership
_, fields = call("getMember", MESH, "east", scope="read")
call("revokeMember", MESH, "east", query="?ban=perhaps", expect=400)
call("revokeMember", MESH, "east", query="?ban=true")
assert call("listMembers", MESH, scope="read", query="?state=revoked")[0]["total"] == 1

# ---- The protocol
admin = {"Authorization": "Bearer " + token("north", "admin")}
status, fields, _ = send(NORTH, "OPTIONS", f"/api/v1/meshes/{MESH}")
assert status == 204 and fields["allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH", fields
status, fields, _ = send(NORTH, "POST", f"/api/v1/meshes/{MESH}", headers=admin)
assert status == 405 and "PATCH" in fields["allow"]
length = send(NORTH, "GET", "/api/v1/meshes", headers=admin)[1]["content-length"]
status, fields, text = send(NORTH, "HEAD", "/api/v1/meshes", headers=admin)
assert status == 200 and text == "" and fields["content-length"] == length
assert send(NORTH, "GET", "/api/v1/nothing", headers=admin)[0] == 404
assert send(NORTH, "GET", "/api/v1/meshes", headers={**admin, "Accept": "text/html"})[0] == 406
assert send(NORTH, "POST", "/api/v1/meshes", raw="name=x", headers={**admin, "Content-Type": "text/plain"})[0] == 415
assert send(NORTH, "POST", "/api/v1/meshes", raw="{", headers={**admin, "Content-Type": "application/json"})[0] == 400
deep = "[" * 100 + "]" * 100
assert send(NORTH, "POST", "/api/v1/meshes", raw=deep, headers={**admin, "Content-Type": "application/json"})[0] == 400
big = json.dumps({"name": "x" * 200_000})
assert send(NORTH, "POST", "/api/v1/meshes", raw=big, headers={**admin, "Content-Type": "application/json"})[0] == 413
assert send(NORTH, "GET", "/api/v1/meshes", headers={**admin, "X": "y" * 20_000})[0] == 431
assert send(NORTH, "GET", "/api/v1/meshes?" + "x" * 3_000, headers=admin)[0] == 414
assert send(NORTH, "GET", "/api/v1/meshes", headers={**admin, "Host": "evil.example"})[0] == 421
assert send(NORTH, "GET", "/api/v1/meshes", headers={**admin, "Origin": "https://evil.example"})[0] == 403
east = {"Authorization": "Bearer " + token("east", "read"), "Host": "east.example", "Origin": "https://dashboard.example"}
status, fields, _ = send(EAST, "GET", "/api/v1/meshes", headers=east)
assert status == 200 and fields["access-control-allow-origin"] == east["Origin"], fields
status, fields, _ = send(EAST, "OPTIONS", "/api/v1/meshes", headers={
    "Host": "east.example", "Origin": east["Origin"], "Access-Control-Request-Method": "POST"})
assert status == 204 and "POST" in fields["access-control-allow-methods"], fields

# ---- Figures, and events once more
metrics = call("getMetrics", scope="read")[0]
assert 'smegmesh_members{mesh="%s",mesh_name="office",state="alive"} 1' % MESH in metrics, metrics
assert 'smegmesh_api_responses_total{operation="createMesh",status="201"} 1' in metrics
again = Events(events.last)
again.next("member.changed")
Events("elsewhere-7").next("reset")

# ---- The earlier shapes
before, _ = call("createMeshAsBefore", body={"name": "second"})
call("askMesh", host="east", body={"mesh": before["id"], "vias": ["192.0.2.1"]})
request = until("the second request", lambda: call("listRequests", "second", scope="read")[0]["items"])[0]
call("refuseRequest", "second", request["fingerprint"])
until("the refusal", lambda: call("getMesh", before["id"], host="east", scope="read")[0]["state"] == "refused", 90)
call("leaveMesh", before["id"], host="east")
invite, _ = call("createInvite", "second", body={})
call("joinMeshAsBefore", host="east", body={"token": invite["token"]})
call("leaveMesh", before["id"])
call("leaveMesh", before["id"], expect=404)
call("leaveMesh", MESH)
assert call("listMeshes", scope="read")[0]["total"] == 0

missing = set(operations) - driven
assert not missing, f"not driven: {missing}"
print(f"{len(driven)} of {len(operations)} operations driven")
