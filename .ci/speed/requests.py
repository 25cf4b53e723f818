#!/usr/bin/env python3
"""Writes the requests of a log as a script for wrk. Usage: requests.py LOG >SCRIPT"""
import json
import sys
from urllib.parse import urlsplit


def lua(text):
    """A text as a literal of Lua."""
    plain = (chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\' else f"\\{byte:03}" for byte in text.encode())
    return '"' + "".join(plain) + '"'


def path(url):
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


print("local all = {}")
with open(sys.argv[1], encoding="utf-8") as log:
    for line in log:
        step = json.loads(line)
        if step["kind"] == "step":
            headers = ", ".join(f"[{lua(name)}] = {lua(value)}" for name, value in step["request_headers"])
            words = f"{lua(step['method'])}, {lua(path(step['url']))}, {{{headers}}}, {lua(step['request'])}"
            print(f"all[#all + 1] = {{{words}}}")
print("""local made, at = {}, 0
function init() for number, it in ipairs(all) do made[number] = wrk.format(it[1], it[2], it[3], it[4]) end end
function request() at = at % #made + 1 return made[at] end""")
