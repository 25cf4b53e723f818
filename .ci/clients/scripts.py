"""Plays the scripts of cases on reference endpoints: every answer must be one that the script itself expects, and nothing
may be left behind.

Usage: scripts.py COPYSNAP TOOL [CASE-GLOB…]     TOOL is curl, boto3 or aws-cli; all cases unless some are named

Runs where `python3`, `aws` and `curl` are the ones that scripts are to be played with. Prints what differs, and ends with 1
where something does.
"""

import concurrent.futures
import fnmatch
import html
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

KEY = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000001"
#: What the reference has to have for a case, or the reader has to do, that no script can do by itself.
NOT_HERE = {"automatic-backups", "quota", "signatures", "at:other-account", "at:other-region", "other-account", "other-region"}
#: Its grants take a curl that signs them as S3 does: not every one has the fix of curl/curl#14370.
GRANTED_BY_HEADERS = "$bucket-by-acl"
AT_ONCE = 6
SETTLE_MS = 60


def fits(expected, observed):
    """Whether an answer, as a script prints it, is one of those that it says it expects."""
    status = re.match(r"(?:HTTP )?(\d{3})\b", observed)
    code = int(status[1]) if status else 0
    # The AWS CLI prints what it read of a reply, or the code of an error, and no status.
    said = re.match(r"An error occurred \((\w+)\)", observed)
    ways = expected.split(" or ")
    if expected == "it is there if it was made and not deleted":
        ways = ["a reply (200)", "SnapshotNotFoundFault (404)"]
    if said:
        return any(way.startswith(f"{said[1]} (") for way in ways)
    if observed.startswith("{"):
        code = 200
    if re.match("(perhaps )?objects ", expected):
        sure = re.match("objects (.*?)(; perhaps |$)", expected)
        keys = re.findall("<Key>(.*?)</Key>", html.unescape(observed))
        return code == 200 and set(sure[1].split(", ") if sure else []) <= set(keys)
    for way in ways:
        if way in ("a reply (200)", "the object") and code in (200, 206):
            return True
        if way == "done (2xx)" and 200 <= code < 300:
            return True
        if way == "no objects" and code == 200 and "<Key>" not in observed:
            return True
        fault = re.fullmatch(r"(.*?) \((\d+)\)", way)
        if fault and code == int(fault[2]) and (fault[1] in observed or "object" in way):
            return True
    return False


def answers(said):
    """What is asked, expected and observed, step by step."""
    return re.findall(r"^(.+)\n  expected  (.*)\n  observed *(.*(?:\n  [^e\n].*)*)", said, re.MULTILINE)


def play(copysnap, tool, case, url):
    with tempfile.NamedTemporaryFile("w", suffix=".script", encoding="utf-8") as file:
        told = [copysnap, "replay", case, "--as", tool, "--endpoint", url, "--kms-key", KEY, "--settle-limit", "20s"]
        script = subprocess.run(told, capture_output=True, text=True, check=True).stdout
        file.write(script)
        file.flush()
        with_ = sys.executable if tool == "boto3" else "bash"
        ran = subprocess.run([with_, file.name], capture_output=True, text=True, errors="replace", timeout=300)
    wrong = [f"{case}: ends with {ran.returncode}: {ran.stderr[-500:]}"] if ran.returncode else []
    seen = answers(ran.stdout)
    if not seen:
        wrong.append(f"{case}: shows nothing: {ran.stderr[-500:]}")
    for asked, expected, observed in seen:
        if not fits(expected, observed):
            wrong.append(f"{case}: {asked[:200]}\n    expected  {expected[:300]}\n    observed  {observed[:300]}")
    return wrong, len(seen)


def left(url, case):
    """What a script leaves behind."""
    # What is being deleted is shown for a while.
    time.sleep(10 * SETTLE_MS / 1000)
    kept = []
    for service, path in (("elasticache", "?Action=DescribeSnapshots&Version=2015-02-02"),
                          ("elasticache", "?Action=DescribeReplicationGroups&Version=2015-02-02"),
                          ("elasticache", "?Action=DescribeCacheClusters&Version=2015-02-02"), ("s3", "")):
        request = AWSRequest("GET", f"{url}/{path}")
        S3SigV4Auth(Credentials("test", "test"), service, "us-east-1").add_auth(request)
        asked = urllib.request.Request(request.url, headers=dict(request.headers))
        with urllib.request.urlopen(asked, timeout=30) as answer:
            kept += re.findall("cs-replay-[^<]*", answer.read().decode(), re.IGNORECASE)
    return [f"{case}: leaves {name} behind" for name in sorted(set(kept))]


def listed(tool):
    """The cases that can be played here with the tool, by their files."""
    for folder, _, names in os.walk("cases"):
        for name in names:
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                said = file.read()
            needs = re.search(r"^needs\s*=\s*\[(.*)\]", said, re.MULTILINE)
            can_be_granted = tool == "boto3" or GRANTED_BY_HEADERS not in said
            if can_be_granted and (not needs or not NOT_HERE & set(re.findall('"([^"]*)"', needs[1]))):
                yield os.path.relpath(os.path.join(folder, name), "cases").removesuffix(".toml")


def main():
    copysnap, tool, *globs = sys.argv[1:]
    cases = [case for case in sorted(listed(tool)) if not globs or any(fnmatch.fnmatch(case, glob) for glob in globs)]

    def one(case):
        server = subprocess.Popen([copysnap, "serve", "--settle", f"{SETTLE_MS}ms", "--require-sigv4"], stdout=subprocess.PIPE, text=True)
        with server:
            try:
                url = server.stdout.readline().strip().rpartition(" ")[2]
                wrong, count = play(copysnap, tool, case, url)
                return wrong + left(url, case), count
            finally:
                server.kill()

    wrong, answered = [], 0
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for found, count in pool.map(one, cases):
            wrong += found
            answered += count
    print(*wrong, sep="\n", end="\n" if wrong else "")
    print(f"{tool}: {len(cases)} scripts, {answered} answers, {len(wrong)} not as expected")
    return 1 if wrong or not cases else 0


sys.exit(main())
