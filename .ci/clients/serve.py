"""Starts reference endpoints, plans what has to be seen on them by AWS's own API model, and runs clients against them.

Usage: serve.py COPYSNAP SCRATCH_FOLDER [--defect NAME] -- COMMAND… [-- COMMAND…]… [--once COMMAND…]…

Each command gets servers of its own, and the plan's file in place of the word PLAN; after that, but for --once, a server
for each of some choices. Ends with 1 where one of the commands does.
"""

import json
import subprocess
import sys

from botocore.loaders import Loader
from botocore.model import ServiceModel

import buckets

VERSION = "2015-02-02"

#: The lists of steps.json, each with its server. Exports need the snapshots and buckets that are on the first one.
LISTS = [["quick", "quick"], ["quick", "exports"], ["slow", "slow"], ["signed", "signed"]]

#: The choices of the reference that clients have to be able to read.
CHOICES = [str(seed) for seed in range(1, 9)]


class Servers:
    """Servers that end with the block."""

    def __init__(self, copysnap):
        self.copysnap, self.running = copysnap, []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for server in self.running:
            server.kill()
            server.wait()
            server.stdout.close()

    def start(self, wanted):
        """Starts a server for each name with its options, all at once, and returns their URLs by name."""
        servers = {}
        for name, options in wanted.items():
            servers[name] = subprocess.Popen([self.copysnap, "serve", *options], stdout=subprocess.PIPE, text=True)
            self.running.append(servers[name])
        return {name: self.url(server) for name, server in servers.items()}

    @staticmethod
    def url(server):
        line = server.stdout.readline()
        if not line.startswith("listening on "):
            raise RuntimeError(f"`{' '.join(server.args)}` says {line!r}")
        return line.removeprefix("listening on ").strip()


def faults(copysnap):
    """What AWS's model says of the operations that copysnap has: shapes and statuses by code, codes by operation."""
    said = json.loads(subprocess.run([copysnap, "service"], capture_output=True, check=True).stdout)
    model = ServiceModel(Loader().load_service_model("elasticache", "service-2", VERSION), "elasticache")
    shapes, statuses, operations, judged = {}, {}, {}, set()
    for operation in said["operations"]:
        if operation["version"] != VERSION:
            continue
        errors = model.operation_model(operation["name"]).error_shapes
        operations[operation["name"]] = [error.error_code for error in errors]
        for error in errors:
            shapes[error.error_code] = error.name
            statuses[error.error_code] = error.metadata["error"]["httpStatusCode"]
        if operation["judged"]:
            judged.update(operations[operation["name"]])
    return {"shapes": shapes, "statuses": statuses, "operations": operations}, sorted(judged)


def run(command, plan, scratch):
    file = f"{scratch}/plan.json"
    with open(file, "w", encoding="utf-8") as out:
        json.dump(plan, out)
    return subprocess.run([file if word == "PLAN" else word for word in command]).returncode


def main(copysnap, scratch, *words):
    options, commands, choosing = [], [], []
    for word in words:
        if word in ("--", "--once"):
            commands.append([])
            if word == "--":
                choosing.append(commands[-1])
        else:
            (commands[-1] if commands else options).append(word)
    plan, judged = faults(copysnap)
    code = 0
    with Servers(copysnap) as always:
        plan["controls"] = always.start({code: ["--control", f"always-fault-{code}"] for code in judged})
        # Where a rule is broken, the first step that shows it is enough.
        plan["brief"] = bool(options)
        for command in commands:
            with Servers(copysnap) as own:
                servers = {"quick": ["--settle", "200ms"], "slow": ["--settle", "1h"], "signed": ["--require-sigv4"]}
                plan["servers"] = own.start({name: [*given, *options] for name, given in servers.items()})
                buckets.prepare(plan["servers"]["quick"])
                if not options:
                    buckets.signed(plan["servers"]["signed"])
                code |= run(command, {**plan, "lists": LISTS, "lenient": False}, scratch)
                for line in [] if options else buckets.check(plan["servers"]["quick"]):
                    print(line, file=sys.stderr)
                    code = 1
        for command in [] if options else choosing:
            for choice in CHOICES:
                with Servers(copysnap) as own:
                    url = own.start({"quick": ["--settle", "200ms", "--choice", choice]})
                    given = {"servers": url, "lists": LISTS[:1], "controls": {}, "lenient": True}
                    code |= run(command, {**plan, **given}, scratch)
    return 1 if code else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
