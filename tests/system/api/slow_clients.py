# Badly behaved clients against smeg-api, and one that behaves and must not notice them. Run by `slow_clients`.
import http.client
import socket
import sys
import threading
import time

TOKEN, PID = sys.argv[1], int(sys.argv[2])
PLACE = ("127.0.0.1", 21911)
PATIENCE = 2.0  # seconds for an answer; a good one takes a few milliseconds
AUTHORIZATION = f"Authorization: Bearer {TOKEN}\r\n"


def connect():
    client = socket.create_connection(PLACE, timeout=10)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    return client


def memory_kib():
    return next(int(line.split()[1]) for line in open(f"/proc/{PID}/status") if line.startswith("VmRSS"))


def threads():
    return next(int(line.split()[1]) for line in open(f"/proc/{PID}/status") if line.startswith("Threads"))


def processor_time():
    return sum(int(each) for each in open(f"/proc/{PID}/stat").read().rsplit(")", 1)[1].split()[11:13])


def until_stuck():
    """Waits till smeg-api has nothing left to do: whoever it writes to takes no more."""
    spent = -1
    while processor_time() - spent > 1:
        spent = processor_time()
        time.sleep(0.1)


slowest = 0.0


def ask_properly():
    global slowest
    began = time.monotonic()
    client = http.client.HTTPConnection(*PLACE, timeout=PATIENCE)
    client.request("GET", "/api/v1/meshes", headers={"Authorization": f"Bearer {TOKEN}"})
    response = client.getresponse()
    assert response.status == 200, response.status
    response.read()
    slowest = max(slowest, time.monotonic() - began)


def status_of(client):
    client.settimeout(20)
    text = b""
    while b"\r\n" not in text:
        got = client.recv(4096)
        if not got:
            break
        text += got
    return int(text.split()[1]) if text else None


ask_properly()
before = memory_kib(), threads()

idle = [connect() for _ in range(150)]
slow = [connect() for _ in range(200)]
for client in slow:
    client.send(b"GET /api/v1/meshes HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
deaf = [connect() for _ in range(16)]
for client in deaf:
    client.send(f"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n{AUTHORIZATION}\r\n".encode())
surplus = connect()
surplus.send(f"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n{AUTHORIZATION}\r\n".encode())
assert status_of(surplus) == 429, "one token has too many streams of events"

answers = []


def drip():
    began = time.monotonic()
    while time.monotonic() - began < 9:
        for client in slow:
            try:
                client.send(b"a")
            except OSError:
                pass
        time.sleep(0.5)


dripping = threading.Thread(target=drip)
dripping.start()
for _ in range(50):
    client = connect()
    try:
        client.send(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"y" * 100_000)
    except OSError:
        pass  # it is cut off while it still talks
    answers.append(client)
for _ in range(50):
    ask_properly()
    time.sleep(0.02)
assert all(status_of(client) in (431, None) for client in answers), "a head without end is refused"

# Bodies that never come, from somebody without a token and from somebody with one that may not: refused by the head.
for head, expected in (("", 401), (AUTHORIZATION, 403)):
    client = connect()
    client.send(f"POST /api/v1/meshes HTTP/1.1\r\nHost: localhost\r\n{head}Content-Type: application/json\r\n"
                f"Content-Length: 100000\r\n\r\n".encode())
    assert status_of(client) == expected, "who may not isn't waited for"

dripping.join()
ask_properly()
# Who takes longer than the time for a request is told so, however busily it sends.
assert status_of(slow[0]) == 408 and status_of(slow[-1]) == 408, "the slow are cut off"
after = memory_kib(), threads()
assert after[1] == before[1], f"threads: {before[1]}, then {after[1]}"
assert after[0] - before[0] < 64 * 1024, f"memory: {before[0]} KiB, then {after[0]} KiB"

# More connections than one client may have, without a word: those that are silent longest go, and who asks is answered.
crowd = []
for number in range(1200):
    crowd.append(connect())
    if number % 50 == 0:
        ask_properly()
ask_properly()
# As many that ask without a pause and read nothing, and need no token for that: who takes nothing goes.
for client in crowd + idle + slow + deaf + answers:
    client.close()
greedy = []
for number in range(520):
    client = connect()
    client.setblocking(False)
    try:
        client.send(b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200)
    except OSError:
        pass
    greedy.append(client)
    if number % 20 == 19:
        until_stuck()
for _ in range(20):
    ask_properly()
print(f"the slowest proper answer took {slowest * 1000:.0f} ms; {after[0] - before[0]} KiB more memory")
