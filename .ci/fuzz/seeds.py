"""Writes what fuzzing begins with: the project's own files, and what a run says and hears. Usage: seeds.py LOG FOLDER"""

import hashlib
import json
import pathlib
import sys

# Of each kind of input no more than so many, the shortest first: a small corpus is gone through quickly.
MOST = 150


def main(log, folder):
    seeds = {name: set() for name in ("answer", "query", "case", "target", "waivers", "log")}
    lines = pathlib.Path(log).read_text(encoding="utf-8").splitlines(keepends=True)
    cases = {}
    for line in lines:
        record = json.loads(line)
        kind = record["kind"]
        if kind == "step" and record.get("operation", "").isalpha():
            # The first byte chooses the operation, the next two are the status.
            seeds["answer"].add(b"\0\310\0" + record.get("body", "").encode())
            seeds["query"].add(record.get("request_body", "").encode())
        if "case" in record and kind != "header":
            cases.setdefault(record["case"], []).append(line)
    header, footer = lines[0], lines[-1]
    for own in cases.values():
        seeds["log"].add((header + "".join(own) + footer).encode())
    seeds["case"].update(path.read_bytes() for path in pathlib.Path("cases").rglob("*.toml"))
    seeds["target"].update(path.read_bytes() for path in pathlib.Path("snapshots").rglob("target.toml"))
    seeds["waivers"].update(path.read_bytes() for path in pathlib.Path("snapshots").rglob("waivers.toml"))
    for name, texts in seeds.items():
        into = pathlib.Path(folder, name)
        into.mkdir(parents=True, exist_ok=True)
        for text in sorted(texts, key=lambda text: (len(text), text))[:MOST]:
            (into / hashlib.sha1(text).hexdigest()).write_bytes(text)


main(*sys.argv[1:])
