#!/usr/bin/env python3
"""Looks for secrets, in any form that they are written in, in all files of a folder: the seed in a state file of smegd
(field 2 of lib/wire/state.proto's outermost message), and keys that a file lists in base64, one a line.

usage: no_secret.py STATE-FILE KEY-FILE FOLDER"""

import base64
import pathlib
import sys

state, keys, folder = map(pathlib.Path, sys.argv[1:4])
content = state.read_bytes()
at = content.index(b"\x12\x20") + 2
secrets = [content[at : at + 32]]
secrets += [base64.b64decode(line) for line in keys.read_text().split() if line != "(none)"]
assert len(secrets) > 1 and all(len(each) == 32 and any(each) for each in secrets), "the secrets can't be read"
# A search that finds nothing anywhere is no search: the seed is in the state file.
assert secrets[0] in content


def forms(secret):
    yield secret
    for text in (secret.hex(), base64.b64encode(secret).decode().rstrip("="), base64.b32encode(secret).decode().rstrip("=")):
        yield text.encode()
        yield text.lower().encode()


files = [path for path in folder.rglob("*") if path.is_file()]
assert files, "there are no files"
for path in files:
    text = path.read_bytes()
    for number, secret in enumerate(secrets):
        if any(form in text for form in forms(secret)):
            sys.exit(f"secret {number} is in {path}")
print(f"none of {len(secrets)} secrets is in {len(files)} files")
