#!/usr/bin/env python3
"""Checks the endpoint itself: one long conversation with the sound server, one with each break, which has to go
differently, and some with seeds, which have to go without accident.

    python3 check.py [-v] [NAME ...]     the named breaks only; -v shows the first difference that each makes
"""

import http.client
import os
import re
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote_plus

HERE = os.path.dirname(os.path.abspath(__file__))
SETTLE = 0.15
ARN = "arn:aws:elasticache:us-east-1:123456789012:snapshot:"
KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
OTHER_KEY = KEY.replace("1111", "9999")


class Talk:
    """A client that writes down every reply."""

    def __init__(self, port):
        self.port, self.heard, self.local = port, [], threading.local()

    def send(self, params, method="POST", region="us-east-1", account="AKIATEST"):
        if not hasattr(self.local, "connection"):
            self.local.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        body = "&".join(f"{key}={quote_plus(value)}" for key, value in params.items())
        headers = {"Content-Type": "application/x-www-form-urlencoded",
                   "Authorization": f"AWS4-HMAC-SHA256 Credential={account}/20260101/{region}/elasticache/aws4_request"}
        if method == "GET":
            self.local.connection.request("GET", "/?" + body, headers=headers)
        else:
            self.local.connection.request("POST", "/", body, headers)
        reply = self.local.connection.getresponse()
        text = reply.read().decode()
        fields = {name.lower(): value for name, value in reply.getheaders()}
        same = fields.get("x-amzn-requestid", "none") in text
        return reply.status, fields.get("content-type"), same, text

    def __call__(self, action, where=None, **params):
        params = {"Action": action, "Version": "2015-02-02"} | {key.replace("_", "."): value for key, value in params.items()}
        reply = self.send(params, **(where or {}))
        self.heard.append((action, params, *reply))
        return reply[3]

    def copy(self, source, target, **more):
        return self("CopySnapshot", SourceSnapshotName=source, TargetSnapshotName=target, **more)

    def look(self, *names):
        for name in names:
            self("DescribeSnapshots", SnapshotName=name)

    def tags(self, *names):
        for name in names:
            self("ListTagsForResource", ResourceName=ARN + name)

    def delete(self, *names):
        for name in names:
            self("DeleteSnapshot", SnapshotName=name)

    @staticmethod
    def rest(share=1.0):
        time.sleep(SETTLE * share + (0.03 if share >= 1 else 0))


def some_tags(count, first=0, value="v"):
    tags = {}
    for number in range(count):
        tags |= {f"Tags_Tag_{number + 1}_Key": f"k{first + number}", f"Tags_Tag_{number + 1}_Value": value}
    return tags


def converse(t):
    """Everything that a break could show itself in."""
    create_group = {"ReplicationGroupDescription": "a & b <c>", "Tags_Tag_1_Key": "owner", "Tags_Tag_1_Value": "gröup +1"}
    t("CreateReplicationGroup", ReplicationGroupId="Grp", **create_group)
    t("CreateReplicationGroup", ReplicationGroupId="shards", NumNodeGroups="3", ReplicasPerNodeGroup="1", KmsKeyId=KEY,
      **create_group)
    t("CreateReplicationGroup", ReplicationGroupId="keep", SnapshotRetentionLimit="1", **create_group)
    t("CreateCacheCluster", CacheClusterId="clu", CacheNodeType="cache.t3.micro", Engine="redis", NumCacheNodes="1")
    t("CreateCacheCluster", CacheClusterId="mem", Engine="memcached", NumCacheNodes="2")
    t("CreateSnapshot", SnapshotName="early", ReplicationGroupId="grp")
    t.rest(2.5)
    t("DescribeReplicationGroups", ReplicationGroupId="grp")
    t("DescribeCacheClusters", CacheClusterId="clu", ShowCacheNodeInfo="true")

    # creating snapshots, and copying what is not ready
    t("CreateSnapshot", SnapshotName="Base", ReplicationGroupId="grp")
    t.copy("base", "too-early")
    t("CreateSnapshot", SnapshotName="shards", ReplicationGroupId="shards", Tags_Tag_1_Key="own", Tags_Tag_1_Value="x")
    t("CreateSnapshot", SnapshotName="clu-1", CacheClusterId="clu")
    t.tags("base")
    t.look("base", "clu-1", "too-early", "shards")
    t("DescribeReplicationGroups", ReplicationGroupId="grp")
    t.rest()
    t.look("base", "Base", "clu-1", "shards", "too-early", "early")
    t.tags("base", "shards", "clu-1")
    t("CreateSnapshot", SnapshotName="base", ReplicationGroupId="grp")
    t("CreateSnapshot", SnapshotName="BASE", ReplicationGroupId="grp")
    t.rest()
    for params in ({"CacheClusterId": "no"}, {"ReplicationGroupId": "no"}, {"CacheClusterId": "mem"}, {}):
        t("CreateSnapshot", SnapshotName="none", **params)
    for name in ("", "a--b", "9a", "a-", "a.b", "a_b"):
        t("CreateSnapshot", SnapshotName=name, CacheClusterId="clu")
        t.rest(1.2)
    t.look("none")

    # copies
    t.copy("base", "Copy")
    t.tags("copy", "base")
    t.look("copy", "base", "Copy")
    t.copy("base", "copy")
    t.rest()
    t.look("copy", "base", "Copy")
    t.tags("copy", "base")
    t.look("copy")
    t.copy("base", "COPY", Tags_Tag_1_Key="intruder", Tags_Tag_1_Value="1")
    t.copy("base", "clu-1")
    t.look("copy", "clu-1")
    t.rest(1.5)
    t.look("copy", "clu-1")
    t.tags("copy")
    t.copy("base", "base")
    t.copy("none", "lost")
    t.copy("none", "copy")
    t.copy("base", "x" * 48)
    t.copy("base", "empty-bucket", TargetBucket="")
    t.copy("base", "exported", TargetBucket="nowhere")
    t.copy("base", "exported", TargetBucket="nowhere", KmsKeyId=KEY)
    t.rest()
    t.look("lost", "exported", "empty-bucket", "x" * 48)
    for source, target in (("base", ""), ("", "target"), (" ", "target"), ("base", "a--b")):
        t.copy(source, target)
    t("CopySnapshot", SourceSnapshotName="base")
    t("CopySnapshot", TargetSnapshotName="sourceless")
    t.rest()
    t("DescribeSnapshots")
    t.copy("shards", "shards-2")
    t.copy("shards", "shards-3", KmsKeyId=OTHER_KEY)
    t.rest()
    t.look("shards", "shards-2", "shards-3")
    t("DescribeSnapshots", SnapshotName="shards-2", ShowNodeGroupConfig="true")
    t.copy("clu-1", "clu-2")
    t.rest()
    t.look("clu-2", "clu-1")
    both = ThreadPoolExecutor(2)
    racers = [both.submit(t.send, {"Action": "CopySnapshot", "SourceSnapshotName": "base", "TargetSnapshotName": "race"})
              for _ in "ab"]
    t.heard.append(("race", {}, *sorted(racer.result()[0] for racer in racers), "", ""))
    t.rest()

    # tags on copies
    t.copy("shards", "tagged", Tags_Tag_1_Key="Env", Tags_Tag_1_Value="a+b c", Tags_Tag_2_Key="env", Tags_Tag_2_Value="ü<&>",
           Tags_Tag_3_Key="bare")
    t.copy("base", "fifty", **some_tags(50))
    for count in (51, 52, 101):
        t.copy("base", f"over-{count}", **some_tags(count))
    for name, key, value in (("aws", "aws:x", "v"), ("long-key", "k" * 129, "v"), ("longest-key", "k" * 128, "v"),
                             ("long-value", "k", "v" * 257), ("longest-value", "k", "v" * 256), ("no-key", "", "v")):
        t.copy("base", "bad-" + name, Tags_Tag_1_Key=key, Tags_Tag_1_Value=value)
    t.rest()
    t.look("over-51", "over-52", "over-101", "bad-aws", "bad-long-key")
    t.tags("tagged", "shards", "fifty", "over-51", "bad-longest-value")
    for source, target in (("tagged", "tagged-2"), ("fifty", "fifty-2")):
        t.copy(source, target)
        t.rest()
        t.tags(source, target)
    change = {"ResourceName": ARN + "tagged-2"}
    t("AddTagsToResource", **change, Tags_Tag_1_Key="Env", Tags_Tag_1_Value="new", Tags_Tag_2_Key="Environment",
      Tags_Tag_2_Value="more")
    t.tags("tagged", "tagged-2")
    t("AddTagsToResource", **change, **some_tags(47))
    t.tags("tagged-2")
    t("AddTagsToResource", **change, **some_tags(46))
    t("AddTagsToResource", **change, **some_tags(46, value="w"))
    t.tags("tagged-2")
    t("RemoveTagsFromResource", **change, TagKeys_member_1="ENV", TagKeys_member_2="k3")
    t("RemoveTagsFromResource", **change, TagKeys_member_1="Env", TagKeys_member_2="k3")
    t.tags("tagged", "tagged-2")
    for action, more in (("ListTagsForResource", {}), ("AddTagsToResource", some_tags(1)),
                         ("RemoveTagsFromResource", {"TagKeys_member_1": "k0"})):
        for arn in (ARN + "no-such", "nonsense", ""):
            t(action, ResourceName=arn, **more)

    # describing
    for params in ({"SnapshotSource": "user"}, {"SnapshotSource": "system"}, {"CacheClusterId": "clu"},
                   {"ReplicationGroupId": "shards"}, {"ReplicationGroupId": "no"}, {"SnapshotName": "no"},
                   {"SnapshotName": "shard"}, {"SnapshotName": "clu-2", "SnapshotSource": "user"}, {"MaxRecords": "19"},
                   {"MaxRecords": "51"}, {"MaxRecords": "100"}, {"MaxRecords": "50"}, {"MaxRecords": "20"}, {}):
        t("DescribeSnapshots", **params)
    t("DescribeSnapshots", ShowNodeGroupConfig="true")
    for number in range(45):
        t.copy("clu-1", f"many-{number:02}")
    t.rest()
    for first in ({"MaxRecords": "20"}, {"MaxRecords": "20", "CacheClusterId": "clu"}, {}):
        marker = ""
        for _ in range(5):
            text = t("DescribeSnapshots", **first, **({"Marker": marker} if marker else {}))
            marker = (re.findall(r"<Marker>([^<]+)</Marker>", text) or [""])[0]
            if not marker:
                break
    t("DescribeSnapshots", where={"region": "eu-west-1"}, SnapshotName="base")
    t("DescribeSnapshots", where={"account": "210987654321"}, SnapshotName="base")
    t("GetCallerIdentity", where={"account": "210987654321"})
    t("DescribeSnapshots", where={"method": "GET"}, SnapshotName="base")

    # deleting
    t("DeleteSnapshot", SnapshotName="no")
    t.copy("base", "twin")
    t.copy("base", "twin-a", **some_tags(2))
    t.rest()
    t.copy("twin", "twin-b")
    t.rest()
    t.delete("twin")
    t.copy("twin", "from-deleting")
    t.look("twin", "twin-a", "twin-b", "base", "clu-1")
    t.delete("twin")
    t.tags("twin")
    t.rest()
    t.look("twin", "twin-a", "twin-b", "base", "from-deleting")
    t("DescribeSnapshots", ReplicationGroupId="grp", MaxRecords="50")
    t.copy("twin", "from-deleted")
    t.delete("twin-a", "twin-b")
    t.rest(1.5)
    t.look("base", "twin-a", "from-deleted")
    t.tags("twin-a")
    t.copy("base", "twin-a", **some_tags(1, first=5))
    t("CreateSnapshot", SnapshotName="twin-b", ReplicationGroupId="grp")
    t.rest()
    t.look("twin-a", "twin-b", "copy", "clu-1")
    t.tags("twin-a", "twin-b")
    t("DeleteReplicationGroup", ReplicationGroupId="keep", FinalSnapshotIdentifier="twin-b")
    t("DeleteReplicationGroup", ReplicationGroupId="keep", FinalSnapshotIdentifier="final")
    t("DeleteCacheCluster", CacheClusterId="clu")
    t.rest()
    t("DescribeReplicationGroups", ReplicationGroupId="keep")
    t("DescribeSnapshots", ReplicationGroupId="keep")
    t("DescribeSnapshots", SnapshotSource="system")
    t.look("clu-1", "final", "twin-b")
    t.delete("base")
    t.rest()
    t.look("copy", "race", "base")
    t("MakeCoffee")
    t("")


def times_of(text):
    return re.findall(r"<(?:SnapshotCreateTime|CacheClusterCreateTime)>([^<]*)<", text)


def plain(heard):
    """The conversation without what differs every time; a time that a copy shares with its source is kept as that."""
    lines, names = [], {}
    known = {}
    for action, params, status, kind, same, text in heard:
        name = params.get("SnapshotName")
        if action == "DescribeSnapshots" and name and times_of(text):
            known[name] = times_of(text)
            if source := {"copy": "base", "clu-2": "clu-1"}.get(name):
                text += f" times as {source}'s: {known[name] == known.get(source)}"
        text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f-]+", "UUID", text)
        text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", "TIME", re.sub(r"\.\d{3}Z", ".mmmZ", text))
        text = re.sub(r"(automatic\.keep-)[\d-]+", r"\1DATE", text)
        text = re.sub(r"vpc-[0-9a-f]{8}", lambda m: names.setdefault(m[0], f"VPC{len(names)}"), text)
        text = re.sub(r"<Marker>[^<]+<", "<Marker>M<", text)
        shown = {key: value for key, value in params.items() if key != "Marker"}
        lines.append(f"{action} {shown} -> {status} {kind} {same} {text}")
    return lines


def run(*options):
    """Returns what was heard, and the server's complaints."""
    command = [sys.executable, os.path.join(HERE, "endpoint.py"), "--settle", str(SETTLE), "--automatic", *options]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        port = int(server.stdout.readline().rsplit(":", 1)[1])
        talk = Talk(port)
        converse(talk)
        return talk.heard
    finally:
        server.kill()
        complaints = server.communicate()[1]
        if complaints:
            print(f"{options}: {complaints}")


def main():
    listing = subprocess.run([sys.executable, os.path.join(HERE, "endpoint.py"), "--list-breaks"], capture_output=True, text=True)
    every = [line.split("\t")[0] for line in listing.stdout.splitlines()]
    verbose = "-v" in sys.argv
    named = [name for name in sys.argv[1:] if name != "-v"]
    wanted = named or every
    bad = 0
    sound = plain(run())
    if plain(run()) != sound:
        print("two sound conversations differ")
        bad += 1
    with ThreadPoolExecutor(6) as pool:
        for name, lines in zip(wanted, pool.map(lambda name: attempt("--break", name), wanted)):
            if isinstance(lines, str):
                print(f"{name}: {lines}")
                bad += 1
                continue
            different = [(a, b) for a, b in zip(lines, sound) if a != b]
            if not different and len(lines) == len(sound):
                print(f"{name}: can't be noticed")
                bad += 1
            elif different and verbose:
                print(f"{name}: {len(different)} of {len(sound)}\n    {different[0][0][:700]}\n    {different[0][1][:700]}")
        if not named:
            for seed, lines in zip(range(30), pool.map(lambda seed: attempt("--choice", f"{seed}"), range(30))):
                if not isinstance(lines, list):
                    print(f"--choice {seed}: {lines}")
                    bad += 1
    print(f"{len(wanted)} breaks, {bad} complaints")
    sys.exit(bool(bad))


def attempt(*options):
    """The conversation, or what went wrong in it."""
    try:
        heard = run(*options)
    except (OSError, http.client.HTTPException) as error:
        return f"broke off: {error!r}"
    if options[0] == "--choice":
        for action, params, status, kind, same, text in heard:
            try:
                ElementTree.fromstring(text or "<race/>")
            except ElementTree.ParseError as error:
                return f"{action} {params}: {error} in {text}"
    return plain(heard)


if __name__ == "__main__":
    main()
