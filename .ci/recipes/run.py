#!/usr/bin/env python3
"""Does what README tells the author of an emulator to do in his own CI, word for word but for the installation and the port:
the workflow's line and the action as GitHub runs them, pytest, and the shell. Each has to be green on an endpoint that
conforms, and red on one that does not, with the clause named.

Usage: PYTHON .ci/recipes/run.py COPYSNAP     PYTHON has what .ci/recipes/requirements.txt names.
"""

import os
import re
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ACTION = ROOT / ".github/actions/copysnap"
# What README's recipes call the endpoint.
ENDPOINT = "http://localhost:4566"
DEFECT, CLAUSE = "copy-keeps-case", "copy.target.lower-case"


def recipe(language, after):
    """The first block in that language below the line that ends with those words."""
    below = README[README.index(after + "\n") :]
    return re.search(rf"```{language}\n(.*?)```", below, re.DOTALL)[1]


def bash(script, folder, **more):
    """Runs a script as a step with `shell: bash` is run; returns the exit code, and what it said."""
    words = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script]
    done = subprocess.run(words, cwd=folder, env=os.environ | more, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def on_github(steps, folder):
    """Runs steps one after another until one fails, with a page that they can fill."""
    page = Path(folder) / "page.md"
    page.touch()
    for script, values in steps:
        code, said = bash(script, folder, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(page), **values)
        if code:
            break
    if "copysnap" not in page.read_text(encoding="utf-8"):
        sys.exit(f"nothing stands on the page of the workflow's run: {said}")
    if ("::error" in said) != bool(code):
        sys.exit(f"exit code {code}, and the annotations are: {said}")
    return code, said


def workflow(url, folder):
    steps = yaml.safe_load(recipe("yaml", "with your emulator already started:"))
    run = [step["run"] for step in steps if step.get("run", "").startswith("copysnap ")]
    return on_github([(line.replace(ENDPOINT, url), {}) for line in run], folder)


def action(url, folder):
    """The action with an endpoint alone, its expressions replaced as GitHub does."""
    described = yaml.safe_load((ACTION / "action.yml").read_text(encoding="utf-8"))
    values = {f"inputs.{name}": what["default"] for name, what in described["inputs"].items()}
    values |= {"inputs.endpoint": url, "github.action_path": str(ACTION)}

    def replaced(text):
        return re.sub(r"\$\{\{ *([a-z._]+) *\}\}", lambda found: values[found[1]], text)

    steps = described["runs"]["steps"]
    run = [(replaced(step["run"]), {name: replaced(value) for name, value in step["env"].items()}) for step in steps]
    return on_github(run, folder)


def pytest(url, folder):
    fixture = f"import json, subprocess, pytest\n\n@pytest.fixture\ndef emulator_url():\n    return {url!r}\n\n"
    (Path(folder) / "test_emulator.py").write_text(fixture + recipe("python", "In pytest:"), encoding="utf-8")
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stdout


def shell(_, folder):
    """The recipe starts the emulator itself, on a port that is free a moment before."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = str(taken.getsockname()[1])
    return bash(recipe("sh", "In a shell:").replace("4566", port), folder)


def played(how, copysnap, broken):
    """Follows a recipe, with the commands in the path that it takes to be there; returns the exit code, and what it said."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as tools:
        (Path(tools) / "copysnap").symlink_to(copysnap)
        emulator = Path(tools) / "my-emulator"
        emulator.write_text(f'#!/bin/sh\nexec copysnap serve "$@" {" ".join(broken)}\n', encoding="utf-8")
        emulator.chmod(0o755)
        path = os.environ["PATH"]
        os.environ["PATH"] = f"{tools}:{path}"
        server = subprocess.Popen([copysnap, "serve", *broken], stdout=subprocess.PIPE, text=True)
        try:
            url = server.stdout.readline().removeprefix("listening on ").strip()
            return how(url, folder)
        finally:
            server.kill()
            server.wait()
            os.environ["PATH"] = path


def main():
    copysnap = Path(sys.argv[1]).resolve()
    wrong = 0
    for broken in [[], ["--defect", DEFECT]]:
        for how in [workflow, action, pytest, shell]:
            code, said = played(how, copysnap, broken)
            print(f"{how.__name__} on {' '.join(broken) or 'the reference'}: exit code {code}", flush=True)
            if bool(code) != bool(broken) or (broken and CLAUSE not in said):
                print(said, file=sys.stderr)
                wrong += 1
    sys.exit(f"{wrong} of README's recipes do not do what they say" if wrong else 0)


if __name__ == "__main__":
    main()
