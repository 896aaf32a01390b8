#!/usr/bin/env python3
"""Holds the manual pages against what the programs say of themselves: every command, option and key of the configuration
stands in its page, and none that isn't there.

usage: check.py SOURCE-FOLDER PROGRAM-FOLDER"""

import pathlib
import re
import subprocess
import sys

source, programs = map(pathlib.Path, sys.argv[1:3])
complaints = []


def page(name):
    text = (source / "docs/man" / f"{name}.scd").read_text()
    return run(programs / "smegctl", "__manual", text=text)


def run(*words, text=""):
    return subprocess.run(words, input=text, capture_output=True, text=True, timeout=30).stdout


def help_of(*words):
    return run(programs / words[0], *words[1:], "--help")


def options_in_help(text):
    """Names at the beginning of lines, as in "  -p,--wgport PORT  ..."; what the lines say beside them is left out."""
    names = set()
    for line in text.splitlines():
        if match := re.match(r" +(-[-\w]+(?:, ?-[-\w]+)*)", line):
            names |= set(re.split(", ?", match.group(1)))
    return names


def options_in_page(text):
    """Those that are explained: lines of a definition that begins with an option."""
    names = set()
    for line in text.splitlines():
        if line.startswith("*-"):
            names |= set(re.findall(r"\*(--?[\w-]+)\*", line.replace("\\", "")))
    return names


def compare(where, said, explained):
    for name in sorted(said - explained):
        complaints.append(f"{where}: {name} is not in the page")
    for name in sorted(explained - said):
        complaints.append(f"{where}: there is no {name}")


def subcommands(text):
    """Of all groups of commands, which CLI11 puts behind the options."""
    names, within = [], False
    for line in text.splitlines():
        if re.match(r"\S.*:$", line):
            within = line in ("Subcommands:", "Older names:")
        elif within and (match := re.match(r"  (\S+)", line)):
            names.append(match.group(1))
    return names


def check_smegctl():
    text = page("smegctl.1")
    sections = dict(re.findall(r"^## smegctl ([^\n]+)\n(.*?)(?=^##? )", text, re.S | re.M))
    common = {"-h", "--help", "--help-all"}
    found = set()

    def visit(words):
        said = help_of("smegctl", *words)
        inner = subcommands(said)
        for name in inner:
            visit(words + [name])
        if not inner:
            line = " ".join(words)
            found.add(line)
            compare(f"smegctl {line}", options_in_help(said) - common, options_in_page(sections.get(line, "")))

    visit([])
    compare("smegctl.1", found, set(sections))
    top = text.split("\n# OPTIONS\n")[1].split("\n# ")[0]
    compare("smegctl.1", options_in_help(help_of("smegctl")), options_in_page(top))
    if len(found) < 20:
        complaints.append("smegctl --help: its commands can't be read any more")


def check_keys():
    """The keys that the parser asks for are those that there are."""
    parser = (source / "lib/config/parse.cc").read_text()
    keys = set(re.findall(r'(?:root_|section)\.(?:read|find)\("(\w+)"', parser))
    explained = set()
    for line in page("smegd.yaml.5").splitlines():
        if re.match(r"\*\w+\*(: |:$|, \*|$)", line):
            explained |= set(re.findall(r"\*(\w+)\*", line))
    compare("smegd.yaml.5", keys, explained)
    if len(keys) < 20:
        complaints.append("lib/config/parse.cc: its keys can't be read any more")


check_smegctl()
check_keys()
for program, name in (("smeg-api", "smeg-api.8"), ("smeg-dns", "smeg-dns.8")):
    compare(name, options_in_help(help_of(program)), options_in_page(page(name)))
own, engine = page("smegd.8").split("\n# OPTIONS OF THE ENGINE\n")
compare("smegd.8", options_in_help(help_of("smegd")), options_in_page(own))
said = options_in_help(help_of("smegd", "engine")) | {"-f", "--foreground", "-h", "--help"}
compare("smegd.8, engine", said, options_in_page(engine))
if complaints:
    sys.exit("\n".join(complaints))
print("the manual pages say what there is")
