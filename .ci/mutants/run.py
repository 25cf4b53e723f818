"""Which changes of the model and the oracle no trial notices.

cargo-mutants names the changes; one build holds them all, each behind a switch (weave.py), so that a mutant costs what its
trials cost and not a build. The trials are those of the kinds in STAGES, in that order, until one fails.

Usage: .ci/mutants/run [--out DIR] [--sample N [--seed S]] [--jobs N] [FILE…]
"""

import argparse
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

sys.path.insert(0, str(Path(__file__).parent))
from weave import SWITCH, Source  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
# What is played for a mutant, the cheapest first: unit tests of two modules, and trials by their kind, of which some only.
STAGES = {
    "lib": ("model::", "oracle::"),
    "model": (),
    "desk": (),
    "law": (),
    "overlap": (),
    "case": ("all::keep_every_clause",),
    "kill": (),
}
# Trials wait more than they work.
THREADS = 12


def words(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, **options).stdout


def listed(files):
    """What cargo-mutants would change."""
    chosen = [word for file in files for word in ("--file", file)]
    return json.loads(words("cargo", "mutants", "--list", "--json", *chosen))


PROFILE = """
[profile.mutants]
inherits = "release"
opt-level = 1
lto = false
codegen-units = 16
"""


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
    """A copy of the source, with mutants in it."""

    def __init__(self, folder, mutants):
        self.folder, self.mutants, self.unviable = folder, mutants, {}
        # The kinds of trials that are run are chosen from outside.
        only = 'let only = std::env::var("COPYSNAP_KIND").unwrap_or_default();'
        chosen = "trials.retain(|trial| trial.kind() == only);"
        self.edits = {
            "src/lib.rs": lambda text: text + SWITCH,
            "src/trials.rs": lambda text: edited(text, "    Ok(trials)\n}", f"    {only}\n    {chosen}\n    Ok(trials)\n}}"),
            # Lints have nothing to say of a mutant.
            "Cargo.toml": lambda text: edited(text, "[lints", "[package.metadata.lints") + PROFILE,
        }
        woven = {mutant["file"] for mutant in mutants.values()}
        for file in words("git", "ls-files").splitlines():
            if file not in woven and (ROOT / file).is_file():
                text = (ROOT / file).read_bytes()
                edit = self.edits.get(file)
                write(folder / file, edit(text.decode()).encode() if edit else text)

    def weave(self):
        files = {}
        for number, mutant in self.mutants.items():
            if number not in self.unviable:
                files.setdefault(mutant["file"], {})[number] = mutant
        self.places = {}
        for file in {mutant["file"] for mutant in self.mutants.values()}:
            source = Source(ROOT / file)
            text, places, without = source.woven(files.get(file, {}))
            write(self.folder / file, text)
            self.places[file] = places
            self.unviable |= {number: "no place for a switch" for number in without}

    def cargo(self, *command):
        return subprocess.run(["cargo", *command], cwd=self.folder, capture_output=True, text=True)

    def settle(self):
        """Leaves out what does not compile, until the rest does."""
        known = self.folder.parent / "unviable.json"
        if known.exists():
            why = json.loads(known.read_text(encoding="utf-8"))
            self.unviable |= {number: why[m["name"]] for number, m in self.mutants.items() if m["name"] in why}
        while True:
            self.weave()
            why = {self.mutants[number]["name"]: reason for number, reason in self.unviable.items()}
            known.write_text(json.dumps(why, indent=1), encoding="utf-8")
            said = self.cargo("check", "--offline", "--lib", "--profile", "mutants", "--message-format", "json")
            if said.returncode == 0:
                return
            wrong = self.blamed(said.stdout)
            print(f"{len(wrong)} do not compile", flush=True)
            if not wrong:
                errors = [m["message"]["rendered"] for m in map(json.loads, said.stdout.splitlines()) if m["reason"] == "compiler-message" and m["message"]["level"] == "error"]
                sys.exit("what does not compile is none of the mutants:\n" + "\n".join(errors[:5]) + said.stderr[-2000:])
            self.unviable |= wrong

    def blamed(self, output):
        """The mutants that errors of the compiler lie in."""
        wrong = {}
        for line in output.splitlines():
            message = json.loads(line)
            if message["reason"] != "compiler-message" or message["message"]["level"] != "error":
                continue
            message = message["message"]
            # What a constant is made by can have no switch in it.
            if constant := re.search(r"call non-const .* `(.*)` in constants", message["message"]):
                of = (number for number, mutant in self.mutants.items() if (mutant["function"] or {}).get("function_name") == constant[1])
                wrong |= {number: message["message"] for number in of}
                continue
            spans = [span for span in message["spans"] if span["is_primary"]]
            spans += [span for span in message["spans"] if not span["is_primary"]]
            for child in message["children"]:
                spans += child["spans"]
            for span in spans:
                hit = [
                    number
                    for number, places in self.places.get(span["file_name"], {}).items()
                    for start, end in places
                    if start <= span["byte_start"] and span["byte_end"] <= end
                ]
                if hit:
                    wrong |= {number: message["message"] for number in hit}
                    break
        return wrong

    def build(self):
        """Builds the trials; returns the programs of the unit tests and of the conformance trials."""
        said = self.cargo("test", "--offline", "--no-run", "--profile", "mutants", "--lib", "--test", "conformance", "--message-format", "json")
        if said.returncode:
            sys.exit(said.stderr[-4000:])
        programs = {}
        for line in said.stdout.splitlines():
            message = json.loads(line)
            if message["reason"] == "compiler-artifact" and message.get("executable") and message["profile"]["test"]:
                programs[message["target"]["kind"][0]] = message["executable"]
        return programs["lib"], programs["test"]


def stage(folder, programs, kind, number, limit):
    """Plays the trials of a kind; tells the first that fails, or that they took too long, or nothing."""
    environment = os.environ | {"COPYSNAP_MUTANT": str(number), "COPYSNAP_KIND": kind, "RUST_BACKTRACE": "0"}
    command = [programs[kind != "lib"], *STAGES[kind], "--test-threads", str(THREADS)]
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, errors="replace",
        start_new_session=True,
    ) as program:
        late = threading.Event()

        def end():
            late.set()
            kill(program)

        timer = threading.Timer(limit, end)
        timer.start()
        try:
            ran = 0
            for line in program.stdout:
                if line.startswith("test ") or line.startswith("["):
                    ran += 1
                if line.rstrip().endswith("FAILED") and "test result" not in line:
                    name = line.split(" ... ")[0].removeprefix("test ").strip()
                    return f"{kind}: {name}"
            code = program.wait()
        finally:
            timer.cancel()
            kill(program)
    if late.is_set():
        return f"{kind}: took over {limit:.0f} s"
    if code:
        return f"{kind}: exit code {code}"
    return None


def kill(program):
    try:
        os.killpg(program.pid, 9)
    except ProcessLookupError:
        pass


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, default=Path("target/mutants"))
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--stages", type=lambda words: words.split(","), default=list(STAGES))
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    out = options.out.resolve()
    mutants = dict(enumerate(listed(options.files or ["src/model/**", "src/oracle/**"]), 1))
    print(f"{len(mutants)} mutants", flush=True)
    tree = Tree(out / "tree", mutants)
    tree.settle()
    programs = tree.build()
    limits = {}
    for kind in options.stages:
        began = time.monotonic()
        failed = stage(tree.folder, programs, kind, 0, 600)
        took = time.monotonic() - began
        limits[kind] = 30 + 4 * took
        print(f"{kind}: {took:.1f} s", flush=True)
        if failed:
            sys.exit(f"without any mutant: {failed}")
    file = out / "results.jsonl"
    known = {}
    if file.exists():
        known = {row["name"]: row for row in map(json.loads, file.read_text(encoding="utf-8").splitlines())}
    chosen = [number for number in mutants if number not in tree.unviable]
    if options.sample:
        chosen = sorted(random.Random(options.seed).sample(chosen, options.sample))
    left = [number for number in chosen if mutants[number]["name"] not in known]
    random.Random(options.seed).shuffle(left)
    lock = threading.Lock()

    def judge(number):
        began = time.monotonic()
        caught = None
        for kind in options.stages:
            caught = stage(tree.folder, programs, kind, number, limits[kind])
            if caught:
                break
        row = {"name": mutants[number]["name"], "caught": caught, "seconds": round(time.monotonic() - began, 1)}
        with lock, file.open("a", encoding="utf-8") as log:
            known[row["name"]] = row
            log.write(json.dumps(row) + "\n")
            if not caught:
                print("survives:", row["name"], flush=True)

    with ThreadPoolExecutor(options.jobs) as pool:
        for _ in pool.map(judge, left):
            pass
    rows = [known[mutants[number]["name"]] for number in chosen]
    caught = sum(bool(row["caught"]) for row in rows)
    print(Counter((row["caught"] or "survives").split(":")[0] for row in rows))
    print(f"{caught} of {len(rows)} caught ({100 * caught / len(rows):.1f} %); {len(tree.unviable)} do not compile")


if __name__ == "__main__":
    main()
