# Times the answers of a smeg-api that knows thousands of members. Run by `thousands`. The bounds have room for a machine
# that is busy with something else.
import http.client
import json
import statistics
import sys
import time

TOKEN, PID, MEMBERS = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
TIMES = 31
connection = http.client.HTTPConnection("127.0.0.1", 21911, timeout=10)


def send(method, path, body=None):
    headers = {"Authorization": f"Bearer {TOKEN}"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    connection.request(method, path, body=body, headers=headers)
    response = connection.getresponse()
    text = response.read()
    assert response.status == 200, (path, response.status, text)
    return text


mesh = json.loads(send("GET", "/api/v1/meshes"))["items"][0]["id"]
deadline = time.monotonic() + 30
while json.loads(send("GET", f"/api/v1/meshes/{mesh}/members"))["total"] != MEMBERS:
    assert time.monotonic() < deadline, "it doesn't come to know all members"
    time.sleep(0.1)
time.sleep(5)

broken = False


def bound(what, most_ms, *request):
    global broken
    times = []
    for _ in range(TIMES):
        began = time.monotonic()
        text = send(*request)
        times.append((time.monotonic() - began) * 1000)
    median = statistics.median(times)
    broken |= median > most_ms
    print(f"{what:34} {median:7.1f} ms of {most_ms}, {max(times):7.1f} at worst, {len(text)} bytes")


bound("a mesh", 20, "GET", f"/api/v1/meshes/{mesh}")
bound("a page of members", 50, "GET", f"/api/v1/meshes/{mesh}/members")
bound("a thousand members", 150, "GET", f"/api/v1/meshes/{mesh}/members?limit=1000")
bound("status", 20, "GET", "/api/v1/status")
bound("metrics", 400, "GET", "/metrics")
TIMES = 5
bound("a change", 1000, "PUT", f"/api/v1/meshes/{mesh}/alias", '{"alias":"lone"}')
pss = next(int(line.split()[1]) for line in open(f"/proc/{PID}/smaps_rollup") if line.startswith("Pss:"))
print(f"{'memory':34} {pss} kB of {96 * 1024}")
sys.exit(broken or pss > 96 * 1024)
