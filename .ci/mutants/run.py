"""Which changes of the model and the oracle no trial notices.

cargo-mutants says what to change. A build for each of some three thousand changes would take days: one build holds them
all, each behind a switch (weave.py), so that a mutant costs what its trials cost. Those of STAGES are played one after
the other until one fails, or takes far longer than it does without a mutant.

Usage: .ci/mutants/run [--sample N] [--seed S] [--jobs N] [--stages NAME,…] [--least PERCENT] [--out DIR]
       [FILE…]

FILE is a pattern of source files; `src/model/**` and `src/oracle/**` unless given. What is known already of the same source
is not tried again. Mutants that survivors.txt has a reason for are no matter; it fails where less than LEAST per cent of the
others are caught.
"""

import argparse
import hashlib
import json
import os
import random
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
from weave import SWITCH, Source  # noqa: E402

ROOT = HERE.resolve().parents[1]
# What is played for a mutant, the cheapest first: unit tests of two modules, then trials by their kind, of one kind some only.
STAGES = {
    "lib": ("model::", "oracle::"),
    "model": (),
    "desk": (),
    "law": (),
    "overlap": (),
    "case": ("all::keep_every_clause",),
    "kill": (),
}
# How many trials run side by side: most wait more than they work, and what fails is to be known soon of those that only work.
THREADS = {"desk": 1}
OTHERWISE = 12
# A stage may take so much longer than without a mutant, and so many seconds more.
LATE = (4, 30)
PROFILE = """
[profile.mutants]
inherits = "release"
opt-level = 2
lto = false
codegen-units = 16
"""


def words(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout


def edited(text, old, new):
    """The text with what stands in it changed."""
    if old not in text:
        sys.exit(f"{old!r} is not there any more")
    return text.replace(old, new)


def write(file, text):
    """Writes a file unless it is so already: what is older than what was built of it is not built anew."""
    if not file.exists() or file.read_bytes() != text:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text)


class Tree:
    """A copy of the source with mutants in it: `mutants` by their numbers."""

    def __init__(self, folder, mutants):
        self.folder, self.mutants = folder, mutants
        self.files = sorted({mutant["file"] for mutant in mutants.values()})
        self.unviable, self.places = {}, {}
        # The kind of the trials that are run is chosen from outside.
        only = 'let only = std::env::var("COPYSNAP_KIND").unwrap_or_default();'
        chosen = "trials.retain(|trial| trial.kind() == only);"
        edits = {
            "src/lib.rs": lambda text: text + SWITCH,
            "src/trials.rs": lambda text: edited(text, "    Ok(trials)\n}", f"    {only}\n    {chosen}\n    Ok(trials)\n}}"),
            # Lints have nothing to say of a mutant.
            "Cargo.toml": lambda text: edited(text, "[lints", "[package.metadata.lints") + PROFILE,
        }
        for file in words("git", "ls-files").splitlines():
            if file not in self.files and (ROOT / file).is_file():
                text = (ROOT / file).read_bytes()
                write(folder / file, edits[file](text.decode()).encode() if file in edits else text)

    def cargo(self, *command):
        words = ["cargo", *command, "--offline", "--profile", "mutants", "--message-format", "json"]
        said = subprocess.run(words, cwd=self.folder, capture_output=True, text=True)
        return said, [json.loads(line) for line in said.stdout.splitlines()]

    def weave(self):
        for file in self.files:
            here = {n: m for n, m in self.mutants.items() if m["file"] == file and n not in self.unviable}
            text, self.places[file], without = Source(ROOT / file).woven(here)
            write(self.folder / file, text)
            self.unviable |= dict.fromkeys(without, "no place for a switch")

    def settle(self, known):
        """Leaves out what does not compile, until the rest does; `known` is where that is written down."""
        if known.exists():
            self.unviable = {int(number): why for number, why in json.loads(known.read_text(encoding="utf-8")).items()}
        while True:
            self.weave()
            said, messages = self.cargo("check", "--lib")
            if said.returncode == 0:
                break
            errors = [m["message"] for m in messages if m["reason"] == "compiler-message" and m["message"]["level"] == "error"]
            wrong = {number: error["message"] for error in errors for number in self.blamed(error)}
            if not wrong:
                sys.exit("what does not compile is no mutant:\n" + "\n".join(e["rendered"] for e in errors) + said.stderr)
            self.unviable |= wrong
        known.write_text(json.dumps(self.unviable, indent=1), encoding="utf-8")

    def blamed(self, error):
        """The mutants that an error of the compiler lies in, at the first of its places where there is one."""
        # What a constant is made by can have no switch in it.
        if constant := re.search(r"call non-const .* `(.*)` in constants", error["message"]):
            of = {number: (mutant["function"] or {}).get("function_name") for number, mutant in self.mutants.items()}
            return [number for number, name in of.items() if name == constant[1]]
        spans = sorted(error["spans"], key=lambda span: not span["is_primary"])
        for span in spans + [span for child in error["children"] for span in child["spans"]]:
            inside = [
                number
                for number, places in self.places.get(span["file_name"], {}).items()
                if any(start <= span["byte_start"] and span["byte_end"] <= end for start, end in places)
            ]
            if inside:
                return inside
        return []

    def build(self):
        """Builds the trials; returns the programs of the unit tests and of the conformance trials."""
        said, messages = self.cargo("test", "--no-run", "--lib", "--test", "conformance")
        if said.returncode:
            sys.exit(said.stderr)
        built = [m for m in messages if m["reason"] == "compiler-artifact" and m.get("executable") and m["profile"]["test"]]
        programs = {m["target"]["kind"][0]: m["executable"] for m in built}
        return programs["lib"], programs["test"]


def play(tree, programs, stage, number, limit):
    """Plays the trials of a stage; returns the first that fails, or that they took too long, or nothing."""
    environment = os.environ | {"COPYSNAP_MUTANT": str(number), "COPYSNAP_KIND": stage, "INSTA_UPDATE": "no"}
    command = [programs[stage != "lib"], *STAGES[stage], "--test-threads", str(THREADS.get(stage, OTHERWISE))]
    pipe, null = subprocess.PIPE, subprocess.DEVNULL
    late = threading.Event()
    with subprocess.Popen(
        command, cwd=tree.folder, env=environment, stdout=pipe, stderr=null, text=True, errors="replace", start_new_session=True
    ) as program:

        def end():
            # It has a group of its own, with all that it started.
            late.set()
            os.killpg(program.pid, 9)

        timer = threading.Timer(limit, end)
        timer.start()
        failed = next((line for line in program.stdout if line.startswith("test ") and line.endswith("FAILED\n")), None)
        timer.cancel()
        if failed and program.poll() is None:
            os.killpg(program.pid, 9)
    if failed:
        return f"{stage}: {failed.split(' ... ')[0].removeprefix('test ').strip()}"
    if late.is_set():
        return f"{stage}: took over {limit:.0f} s"
    return f"{stage}: exit code {program.returncode}" if program.returncode else None


def caught_by(tree, programs, stage, number, limit):
    """Plays a stage, once more where it took too long: the machine may have been busy."""
    caught = play(tree, programs, stage, number, limit)
    return play(tree, programs, stage, number, limit) if caught and " took over " in caught else caught


def reasons():
    """Why mutants may survive: by their names without the place, which moves with every change."""
    lines = (HERE / "survivors.txt").read_text(encoding="utf-8").splitlines()
    return {line.split(" # ")[0] for line in lines if line and not line.startswith("#")}


def without_place(name):
    file, _, rest = name.partition(":")
    return f"{file}: {rest.split(': ', 1)[1]}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--stages", type=lambda names: names.split(","), default=list(STAGES))
    parser.add_argument("--least", type=float, default=95)
    parser.add_argument("--out", type=Path, default=ROOT / "target/mutants")
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    chosen = [word for file in options.files or ["src/model/**", "src/oracle/**"] for word in ("--file", file)]
    listed = json.loads(words("cargo", "mutants", "--list", "--json", *chosen))
    mutants = dict(enumerate(listed, 1))
    tree = Tree(options.out / "tree", mutants)
    source = hashlib.sha256(json.dumps(listed).encode())
    for file in tree.files:
        source.update((ROOT / file).read_bytes())
    known = options.out / source.hexdigest()[:12]
    known.mkdir(parents=True, exist_ok=True)
    tree.settle(known / "unviable.json")
    programs = tree.build()

    limits = {}
    for stage in options.stages:
        began = time.monotonic()
        if failed := play(tree, programs, stage, 0, 1200):
            sys.exit(f"without any mutant: {failed}")
        limits[stage] = LATE[0] * (time.monotonic() - began) + LATE[1]

    viable = [number for number in mutants if number not in tree.unviable]
    if options.sample:
        viable = random.Random(options.seed).sample(viable, min(options.sample, len(viable)))
    print(f"{len(mutants)} mutants, of which {len(tree.unviable)} do not compile; {len(viable)} are tried", flush=True)
    results, rows = known / "results.jsonl", {}
    if results.exists():
        rows = {row["name"]: row["caught"] for row in map(json.loads, results.read_text(encoding="utf-8").splitlines())}
    lock = threading.Lock()

    def judge(number):
        name = mutants[number]["name"]
        if rows.get(name):
            return rows[name]
        stages = (caught_by(tree, programs, stage, number, limits[stage]) for stage in options.stages)
        caught = next(filter(None, stages), None)
        with lock, results.open("a", encoding="utf-8") as log:
            log.write(json.dumps({"name": name, "caught": caught}) + "\n")
        return caught

    excused, caught, survive = reasons(), Counter(), 0
    with ThreadPoolExecutor(options.jobs) as pool:
        for number, by in zip(viable, pool.map(judge, viable)):
            name = mutants[number]["name"]
            if by:
                caught[by.split(":")[0]] += 1
            elif without_place(name) not in excused:
                survive += 1
                print("survives:", name, flush=True)
    share = 100 * caught.total() / max(caught.total() + survive, 1)
    print(", ".join(f"{stage} {caught[stage]}" for stage in options.stages))
    print(f"{caught.total()} of {caught.total() + survive} are caught, {share:.1f} %")
    sys.exit(share < options.least)


if __name__ == "__main__":
    main()
