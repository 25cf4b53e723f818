#!/usr/bin/env python3
"""The peer: a Hypothesis state machine that does with boto3 what copysnap's sequences do, against an endpoint.

Usage: peer.py URL SEQUENCES     prints requests and seconds, with 20 steps a sequence.

It looks whether a describe by name shows another, remembers what it has to remove, and lets pass what the endpoint refuses: it
is here to be timed, so it does the least that such a test would.
"""
import sys
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, Phase, settings, strategies
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, rule, run_state_machine_as_test

url, sequences = sys.argv[1], int(sys.argv[2])
client = boto3.client(
    "elasticache",
    endpoint_url=url,
    region_name="us-east-1",
    aws_access_key_id="test",
    aws_secret_access_key="test",
    config=Config(retries={"total_max_attempts": 1}),
)
sent = 0
tags = strategies.lists(strategies.sampled_from("abcdef"), max_size=3, unique=True)


def count(**_):
    global sent
    sent += 1


client.meta.events.register("before-send.elasticache", count)


def call(operation, **arguments):
    try:
        return getattr(client, operation)(**arguments)
    except ClientError:
        return None


class Snapshots(RuleBasedStateMachine):
    made = Bundle("made")
    number = 0

    def __init__(self):
        super().__init__()
        self.there = set()

    def new(self):
        Snapshots.number += 1
        return f"peer-{Snapshots.number}"

    @rule(target=made, keys=tags)
    def create(self, keys):
        name = self.new()
        if call("create_snapshot", ReplicationGroupId="peer", SnapshotName=name, Tags=[{"Key": key} for key in keys]):
            self.there.add(name)
        return name

    @rule(target=made, source=made, keys=tags)
    def copy(self, source, keys):
        name = self.new()
        arguments = {"SourceSnapshotName": source, "TargetSnapshotName": name, "Tags": [{"Key": key} for key in keys]}
        if call("copy_snapshot", **arguments):
            self.there.add(name)
        return name

    @rule(name=made)
    def describe(self, name):
        shown = call("describe_snapshots", SnapshotName=name)
        names = {snapshot["SnapshotName"] for snapshot in shown["Snapshots"]} if shown else set()
        assert names <= {name}

    @rule(name=consumes(made))
    def delete(self, name):
        if call("delete_snapshot", SnapshotName=name):
            self.there.discard(name)

    @rule(name=made)
    def list_tags(self, name):
        call("list_tags_for_resource", ResourceName=f"arn:aws:elasticache:us-east-1:123456789012:snapshot:{name}")

    def teardown(self):
        for name in self.there:
            call("delete_snapshot", SnapshotName=name)


call("create_replication_group", ReplicationGroupId="peer", ReplicationGroupDescription="of a test", CacheNodeType="cache.t3.micro", Engine="redis")
sent, begun = 0, time.monotonic()
run_state_machine_as_test(
    Snapshots,
    settings=settings(
        max_examples=sequences,
        stateful_step_count=20,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    ),
)
seconds = time.monotonic() - begun
call("delete_replication_group", ReplicationGroupId="peer")
print(sent, f"{seconds:.3f}")
