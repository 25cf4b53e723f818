"""What the endpoint keeps: snapshots, clusters and groups, each of which knows its status at any moment."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from breaks import broken

NEVER = float("inf")


@dataclass
class Owner:
    """A cluster, or a replication group: what a snapshot is taken of."""

    id: str
    kind: str  # "cluster" or "group"
    facts: dict
    tags: dict
    born: float
    ready: float
    node_groups: int = 1
    replicas: int = 0
    born_tags: dict = field(default_factory=dict)  # those that it was made with
    members: list = field(default_factory=list)  # a group's clusters, by id
    group: "Owner" = None  # a member's group
    busy_until: float = 0.0
    gone_at: float = NEVER
    deleting: bool = False

    def status(self, now):
        if self.group:
            return self.group.status(now)
        if self.deleting:
            return "deleting"
        if now < self.ready:
            return "creating"
        return "snapshotting" if now < self.busy_until else "available"

    def gone(self, now):
        return now >= self.gone_at or bool(self.group and self.group.gone(now))


@dataclass
class Snapshot:
    name: str
    owner: str  # the id of the cluster or group
    by_group: bool
    facts: dict  # members as they are shown
    shards: list  # NodeSnapshots as they are shown
    source: str  # "manual" or "automated"
    kms: str
    tags: dict
    born: float
    ready: float
    first_status: str = "creating"
    second_status: str = ""  # what it shows in the second half of the time until `ready`, where that is something else
    is_copy: bool = False
    generation: int = 0  # how many copies, each of the one before, end with this one
    was_copied: bool = False
    capitals: bool = False  # whether it was asked for in upper case
    of_automatic: bool = False
    complete: bool = True  # False: sizes and times come with `ready`
    fails: bool = False  # ends as failed
    of_export: bool = False  # shown only while an export runs
    busy: list = field(default_factory=list)  # (status meanwhile, until, the copy or cluster that is made)
    origin_name: str = ""
    origin: "Snapshot" = None  # these two only for breaks
    former: "Snapshot" = None  # the deleted one that had the name
    copies: list = field(default_factory=list)
    deleting_since: float = NEVER
    gone_at: float = NEVER
    unseen_until: dict = field(default_factory=dict)  # view -> moment: see Service.lags
    stale_for: dict = field(default_factory=dict)
    lingers_for: dict = field(default_factory=dict)

    def status(self, now):
        if now >= self.deleting_since:
            return "deleting"
        if self.is_copy and broken("copy-back-to-creating") and self.ready + 0.3 < now < self.ready + 1.5:
            return "creating"
        if now < self.ready:
            late = self.second_status and now > (self.born + self.ready) / 2
            return self.second_status if late else self.first_status
        if self.fails:
            return "failed"
        doing = [status for status, until, whose in self.busy if now < until and not whose.gone(now)]
        return next((status for status in ("restoring", "exporting", "copying") if status in doing), "available")

    def gone(self, now):
        return now >= self.gone_at

    def alive(self, now):
        return self.born <= now < self.gone_at


class World:
    """One account in one region."""

    def __init__(self, account, region):
        self.account, self.region = account, region
        self.snapshots = {}  # gone ones stay while a describe may still show them
        self.clusters = {}
        self.groups = {}
        self.copied = set()  # names of snapshots that were copied, for the break that remembers them
        self.untagged = set()  # names whose tags were asked for in vain, for the break that remembers them
        self.burnt = set()  # names of deleted snapshots, for the breaks that remember them
        self.old_tags = {}
        self.refused_tags = {}
        self.created = []  # (owner, moment) of each snapshot that counts towards the quota

    def arn(self, kind, name):
        account = "000000000000" if broken("arn-account") else "123456789012" if broken("arn-home-account") else self.account
        region = "us-west-1" if broken("arn-region") else "us-east-1" if broken("arn-home-region") else self.region
        if kind == "snapshot" and broken("arn-type"):
            kind = "backup"
        return f"arn:aws:elasticache:{region}:{account}:{kind}:{name}"


def timestamp(seconds, choice, fraction=3):
    """The moment in ISO 8601, in one of its spellings. Data with milliseconds keep them."""
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    if broken("wire-time-epoch"):
        return f"{seconds:.3f}"
    if broken("wire-time-words"):
        return moment.strftime("%a, %d %b %Y %H:%M:%S GMT")
    offset = choice.pick("offset of times", "Z", "+00:00", "+02:00")
    if offset == "+02:00":
        moment += timedelta(hours=2)
    digits = choice.pick(f"digits of times {fraction}", *((3, 6) if fraction else (0, 3)))
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    return text + (f".{moment.microsecond:06}"[:digits + 1] if digits else "") + offset
