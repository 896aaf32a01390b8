#!/usr/bin/env python3
"""Types a line into an interactive bash that knows smegctl's completion, presses TAB, and waits for a line.

usage: type_in_bash.py SMEGCTL LINE WANTED"""

import os
import pathlib
import pty
import select
import signal
import sys
import time

smegctl, line, wanted = sys.argv[1:4]
folder = str(pathlib.Path(smegctl).parent)
pid, terminal = pty.fork()
if pid == 0:
    environment = {**os.environ, "PS1": "$ ", "TERM": "dumb", "PATH": folder + ":" + os.environ["PATH"]}
    os.execvpe("bash", ["bash", "--norc", "--noprofile", "-i"], environment)

seen = ""


def read_until(text, seconds):
    """True once the text has come since the last call."""
    global seen
    deadline = time.monotonic() + seconds
    seen = ""
    while text not in seen:
        ready, _, _ = select.select([terminal], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            return False
        seen += os.read(terminal, 4096).decode(errors="replace")
    return True


os.write(terminal, b"bind 'set bell-style none'; source <(smegctl completion bash); echo rea''dy\n")
good = read_until("ready\r\n", 20)
if good:
    os.write(terminal, line.encode() + b"\t")
    good = read_until(wanted, 20)
os.kill(pid, signal.SIGKILL)
os.waitpid(pid, 0)
if not good:
    sys.exit(f"typed {line!r}, wanted {wanted!r}, saw {seen!r}")
