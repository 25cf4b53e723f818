"""The AWS CLI plays the steps, a process for each. Usage: cli.py PLAN.JSON AWS"""

import json
import os
import re
import subprocess
import sys

import play

#: The exit codes for an error of the service: 255 for version 1, 254 for version 2.
REFUSED = {"1": 255, "2": 254}


class Cli:
    # It prints the code and the message; it joins pages.
    shows_pages = shows_types = is_quick = can_be_meddled_with = False

    def __init__(self, aws):
        self.aws = aws
        said = subprocess.run([aws, "--version"], capture_output=True, text=True, check=True).stdout
        version = re.match(r"aws-cli/(\S+)", said)[1]
        self.name = f"AWS CLI {version}"
        self.refused = REFUSED[version.split(".")[0]]

    def run(self, url, words, caller="right"):
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("AWS_")},
            "AWS_ACCESS_KEY_ID": play.STRANGER if caller == "stranger" else "test",
            "AWS_SECRET_ACCESS_KEY": "wrong" if caller == "wrong" else "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_PAGER": "",
            "PYTHONUTF8": "1",
        }
        command = [self.aws, *words, "--endpoint-url", url, "--output", "json"]
        if caller == "nobody":
            command.append("--no-sign-request")
        ended = subprocess.run(command, capture_output=True, env=environment, encoding="utf-8", timeout=120)
        if ended.returncode == 0:
            return json.loads(ended.stdout) if ended.stdout.strip() else {}
        # A message may go over several lines.
        pattern = r"\s*(?:aws: \[ERROR\]: )?An error occurred \((\S+)\) when calling the (\w+) operation: (.*?)\n*"
        found = re.fullmatch(pattern, ended.stderr, re.DOTALL)
        if not found or ended.returncode != self.refused:
            raise ValueError(f"exit code {ended.returncode}: {ended.stderr}")
        if found[2] != words[0] and kebab(found[2]) != words[1]:
            raise ValueError(f"the error is of {found[2]}")
        raise play.Refused(None, found[1], None, found[3])

    def call(self, url, operation, given, caller):
        service = "sts" if operation == "GetCallerIdentity" else "elasticache"
        return self.run(url, [service, kebab(operation), "--cli-input-json", json.dumps(given)], caller)

    def pages(self, url, operation, given, size):
        return [self.run(url, ["elasticache", kebab(operation), "--page-size", str(size)])]

    def wait(self, url, waiter, given):
        options = [word for key, value in given.items() for word in (f"--{kebab(key)}", value)]
        self.run(url, ["elasticache", "wait", kebab(waiter), *options])


def kebab(name):
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


if __name__ == "__main__":
    sys.exit(play.play(Cli(sys.argv[2]), sys.argv[1]))
