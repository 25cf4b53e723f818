"""The operations. One lock holds the state; a request is answered while it is held, so none sees half a change."""

import base64
import random
import re
import threading
import time
from copy import deepcopy
from dataclasses import replace
from fnmatch import fnmatchcase
from hashlib import sha256

from breaks import CHANGED, broken
from export import AWS_KEY, Exports
from store import NEVER, Owner, Snapshot, World, timestamp
from wire import STS_NAMESPACE, XML_UNFIT, Fault, Many

VIEWS = ("name", "list")
VERSION = "2015-02-02"
OLD_VERSIONS = ("2012-11-15", "2013-06-15", "2014-03-24", "2014-07-15", "2014-09-30")
DAY = 24 * 3600
SHORT_RULE = re.compile(r"[A-Za-z](-?[A-Za-z0-9])*")
DEFAULTS = {"Port": "6379", "PreferredMaintenanceWindow": "thu:05:00-thu:06:00", "SnapshotWindow": "07:00-08:00",
            "AutoMinorVersionUpgrade": "true"}
DEFAULT_VERSIONS = {"redis": "7.1.0", "valkey": "8.0.1", "memcached": "1.6.22"}
IDENTIFIERS = ("Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; "
               "and must not end with a hyphen or contain two consecutive hyphens.")
KMS_KEY = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key/[\w-]+|alias/[\w/-]+)|alias/[\w/-]+|mrk-[0-9a-f]{32}"
                     r"|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NOT_FOUND_BY_KIND = {
    "cluster": ("CacheClusterNotFound", 404), "replicationgroup": ("ReplicationGroupNotFoundFault", 404),
    "snapshot": ("SnapshotNotFoundFault", 404), "parametergroup": ("CacheParameterGroupNotFound", 404),
    "securitygroup": ("CacheSecurityGroupNotFound", 404), "subnetgroup": ("CacheSubnetGroupNotFoundFault", 400),
    "reserved-instance": ("ReservedCacheNodeNotFound", 404), "user": ("UserNotFound", 404),
    "usergroup": ("UserGroupNotFound", 404), "serverlesscache": ("ServerlessCacheNotFoundFault", 404),
    "serverlesssnapshot": ("ServerlessCacheSnapshotNotFoundFault", 404)}


class Service(Exports):
    def __init__(self, choice, s3, lock, options):
        self.choice, self.s3, self.lock = choice, s3, lock
        self.settle, self.lag, self.gap = options.settle, options.lag, options.window
        self.tags_lag = options.tags_lag
        self.flicker = options.flicker
        self.keys = options.kms_key
        self.fail_copies, self.throttle = options.fail_copies, options.throttle
        self.quota = "copies" if options.count_copies else "creates" if options.quota else None
        self.cap, self.empty_pages = options.cap, options.empty_pages
        self.automatic = options.automatic or choice.once("automatic backups come at once", False, True)
        self.forbids = dict(each.partition(":")[::2] for each in options.forbid)
        self.worlds = {}
        self.asking = threading.local()  # the access key of the request that this thread answers
        self.operations = {
            name: getattr(self, re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()) for name in (
                "CreateReplicationGroup", "DescribeReplicationGroups", "DeleteReplicationGroup", "CreateCacheCluster",
                "DescribeCacheClusters", "DeleteCacheCluster", "CreateSnapshot", "CopySnapshot", "DescribeSnapshots",
                "DeleteSnapshot", "AddTagsToResource", "RemoveTagsFromResource", "ListTagsForResource")}

    def answer(self, request, writer):
        """Returns status, headers and body; raises Fault."""
        if random.random() < self.throttle:
            raise Fault("Throttling", "Rate exceeded", 400)
        if not request.action:
            if broken("front-no-action-code"):
                raise self.fault("InvalidParameterValue", "No Action is given.")
            raise self.fault("MissingAction", "The request must contain the parameter Action.", "Missing Action.")
        if request.action == "GetCallerIdentity":
            return writer.success(request.action, {
                "Arn": f"arn:aws:iam::{request.account}:root", "UserId": request.account, "Account": request.account,
            }, STS_NAMESPACE)
        version = request.params.get("Version", VERSION)
        known = version == VERSION or version in OLD_VERSIONS and self.choice.pick("older versions", "accepted", "refused") == \
            "accepted" or version not in OLD_VERSIONS and self.choice.pick("unknown versions", "refused", "accepted") == "accepted"
        if broken("front-no-version-refused") and "Version" not in request.params:
            raise self.fault("MissingParameter", "No Version is given.")
        operation = self.operations.get(request.action)
        if not operation or not known:
            if broken("front-unknown-action-ok") and not operation:
                return writer.success(request.action, {})
            code = "InvalidParameterValue" if broken("front-unknown-action-code") else "InvalidAction"
            raise self.fault(code, f"Could not find operation {request.action} for version {version}",
                             "The action or operation requested is invalid. Verify that the action is typed correctly.")
        if broken("front-unknown-parameter-refused") and "Unknown" in "".join(request.params):
            raise self.fault("InvalidParameterValue", "Unknown parameter.")
        self.asking.key = request.signature.key
        if self.forbidden() == "copy" and request.action == "CopySnapshot":
            raise Fault("AccessDenied", f"User: arn:aws:iam::{request.account}:user/{request.signature.key} is not authorized to "
                        "perform: elasticache:CopySnapshot because no identity-based policy allows the elasticache:CopySnapshot "
                        "action", self.choice.pick("status of AccessDenied", 403, 400))
        with self.lock:
            if request.action == "DeleteSnapshot" and request.method == "GET" and broken("wire-get-deletes-nothing"):
                operation = self.deletes_nothing
            params = request.params
            if request.action == "CopySnapshot" and request.method == "GET":
                ignored = "TargetBucket" if broken("wire-get-bucket-ignored") else "KmsKeyId" if broken("wire-get-key-ignored") else ""
                params = {member: value for member, value in params.items() if member != ignored}
            tree = operation(self.world(request), params, time.time())
        return writer.success(request.action, tree)

    def forbidden(self):
        """What the caller may not, if anything."""
        return self.forbids.get(self.asking.key, "")

    def window(self, name):
        """Lets other requests in between, if that rule is broken; returns whether it is."""
        if not broken(name):
            return False
        self.lock.release()
        time.sleep(self.gap)
        self.lock.acquire()
        return True

    def late(self, name, since, effect):
        """Does something more, two seconds after an instant, if that rule is broken."""
        def act():
            with self.lock:
                effect()
        if broken(name):
            timer = threading.Timer(since + 2 - time.time(), act)
            timer.daemon = True
            timer.start()

    def world(self, request):
        account = "any" if broken("accounts-shared") else request.account
        region = "any" if broken("regions-shared") else request.region
        if (account, region) not in self.worlds:
            self.worlds[account, region] = World(request.account, request.region)
        return self.worlds[account, region]

    # --- CopySnapshot ----------------------------------------------------------------------------

    def copy_snapshot(self, world, params, now):
        source_name, given = params.get("SourceSnapshotName", ""), params.get("TargetSnapshotName", "")
        if not given and broken("name-no-target"):
            given = f"copy-{time.time_ns()}"
        if not source_name and broken("name-no-source"):
            source_name = next((name for name, each in world.snapshots.items() if each.alive(now)), "")
        exports = params.get("TargetBucket") or broken("copy-empty-bucket-exports") and "TargetBucket" in params
        if exports and not broken("export-as-copy"):
            return self.export_snapshot(world, params, source_name, given, now)

        began, early = now, self.find(world, source_name, now, "sources ignore case") if broken("race-source-deleted") else None
        was_deleting = early and early.deleting_since != NEVER
        table, tags_before = dict(world.snapshots), dict(world.snapshots[source_name].tags) if source_name in world.snapshots else {}
        for name in ("race-refused-undoes", "race-copies-lost", "race-source-deleted", "race-inherits-torn"):
            if self.window(name):
                now = time.time()
        tags, tag_faults = self.given_tags(params, copying=True)
        kms = params.get("KmsKeyId", "")
        kms_faults = self.kms_faults(world, kms)
        syntax = self.blank("SourceSnapshotName", source_name) + self.blank("TargetSnapshotName", given)
        if not syntax:
            syntax = self.name_faults("TargetSnapshotName", given, copying=True)
        if syntax:
            raise self.any_of(syntax + tag_faults + kms_faults)

        source = self.find(world, source_name, now, "sources ignore case") or self.found_elsewhere(world, source_name, now)
        meanwhile = early and not was_deleting and early.deleting_since != NEVER
        source = early if meanwhile else source
        as_given = broken("name-copy-case") or broken("name-copy-case-long") and len(given) > 40
        target = given if as_given else given.lower()
        faults = [] if meanwhile else self.source_unfit(source, now) if source else self.source_missing(world, source_name, kms)
        faults += self.target_taken(world, source_name, given, target, now)
        if source:
            faults += self.over_quota(world, source.owner, now, of_copy=True)
        faults += tag_faults + kms_faults
        if faults:
            if broken("race-refused-undoes") and target in world.snapshots and world.snapshots[target].born >= began:
                del world.snapshots[target]
            self.leave_behind(world, faults, source, target, tags, now)
            if broken("tags-of-refused-kept") and tags:
                world.refused_tags[target] = tags
            raise self.any_of(faults)
        if broken("tags-of-refused-kept") and tags is None:
            tags = world.refused_tags.pop(target, None)

        self.window("copy-taken-race")
        old = world.snapshots.get(target)
        if old and old.alive(now) and broken("copy-taken-ignored"):
            return {"Snapshot": self.show(world, old, "creating")}
        kept = not broken("copy-nothing") and not meanwhile
        if broken("race-copies-lost"):
            world.snapshots = table
        if broken("race-inherits-torn") and tags is None:
            tags = self.halves(tags_before, source.tags)
        copy = self.make_copy(world, source or self.anything(world, source_name, now), target, tags, kms, now)
        copy.capitals = given != target
        if broken("kms-lost-in-other-case") and source and source.name != source_name:
            copy.kms = kms
        if kept:
            world.snapshots[target] = copy
        self.last_copy = copy
        if self.window("race-replies-swapped"):
            copy = self.last_copy
        return {"Snapshot": self.copy_reply(world, copy, source, given)}

    @staticmethod
    def halves(before, after):
        """Half of the one tags and half of the other."""
        keys = sorted(before | after)
        half = keys[:len(keys) // 2]
        return {key: (before if key in half else after)[key] for key in keys if key in (before if key in half else after)}

    def found_elsewhere(self, world, name, now):
        """Nothing, unless a rule is broken that keeps sources apart."""
        if broken("source-arn-ok"):
            return self.find(world, name.rpartition(":snapshot:")[2], now, "sources ignore case")
        for (account, region), other in self.worlds.items():
            if broken("source-of-other-region") and region != world.region or \
                    broken("source-of-other-account") and account != world.account:
                if found := self.find(other, name, now, "sources ignore case"):
                    return found
        return None

    def source_missing(self, world, name, kms=""):
        if broken("copy-no-source-ok") or (broken("copy-deleted-source-ok") and name.lower() in world.burnt) or \
                (broken("copy-remembers-sources") and name.lower() in world.copied):
            return []
        if broken("copy-no-source-wrong-fault") or kms and broken("copy-no-source-keyed-fault"):
            return [self.fault("InvalidParameterValue", "No such source.")]
        faults = [self.snapshot_not_found(name)]
        no_name = not SHORT_RULE.fullmatch(name) or len(name) > 255
        if no_name and self.choice.pick("malformed source names", "missing", "invalid") == "invalid":
            faults = [self.fault("InvalidParameterValue", f"The source {name} is not a valid snapshot name.")]
        return faults

    def source_unfit(self, source, now):
        status = source.status(now)
        refused = self.fault("InvalidSnapshotState", f"Snapshot {source.name} is in state {status}; it must be available.",
                             "Source snapshot is not in an available state.")
        if status == "creating":
            if broken("copy-creating-source-ok"):
                return []
            return [self.snapshot_not_found(source.name)] if broken("copy-creating-source-missing") else [refused]
        if status == "deleting":
            if broken("copy-deleting-source-ok"):
                return []
            missing = self.choice.pick("copies of deleting sources", False, True)
            return [self.snapshot_not_found(source.name)] if missing else [refused]
        if status == "failed":
            return [refused] if self.choice.pick("copies of failed sources", "refused", "accepted") == "refused" else []
        if broken("copy-automatic-refused") and source.source == "automated":
            return [refused]
        if source.of_export:
            return [refused]
        if broken("copy-of-lone-orphan-refused") and not source.by_group and \
                not any(self.owner(world.clusters, source.owner, now) for world in self.worlds.values()):
            return [refused]
        if status in ("copying", "restoring", "exporting"):
            return [refused] if self.choice.pick(f"copies of {status} sources", "accepted", "refused") == "refused" else []
        return []

    def target_taken(self, world, source_name, given, target, now):
        """The faults of a name in use, or of a copy onto its own source."""
        if broken("copy-taken-overwrites") or broken("copy-taken-ignored"):
            return []
        exact = broken("copy-taken-exact-case")
        if broken("copy-taken-created-exact-case") and target in world.snapshots:
            exact = not world.snapshots[target].is_copy
        owner = world.snapshots.get(given if exact else target)
        if not (owner and owner.alive(now)):
            burnt = broken("delete-name-burnt") and target in world.burnt
            source = world.snapshots.get(source_name)
            burnt = burnt or broken("copy-back-refused") and source and source.is_copy and source.origin_name == target
            near = broken("copy-taken-but-for-hyphens") and any(
                each.alive(now) and each.name.replace("-", "") == target.replace("-", "") for each in world.snapshots.values())
            return [self.name_taken(target)] if burnt or near else []
        if broken("copy-taken-only-available") and now < owner.ready:
            return []
        if broken("copy-taken-only-copies") and not owner.is_copy:
            return []
        if broken("copy-taken-wrong-fault"):
            return [self.fault("InvalidParameterValue", "The target exists.")]
        if owner.name == source_name.lower():
            code = self.choice.pick("copies onto themselves", "SnapshotAlreadyExistsFault", "InvalidParameterValue",
                                    "InvalidParameterCombination")
            if code != "SnapshotAlreadyExistsFault":
                return [self.fault(code, "Source and target must not be the same.")]
        if owner.status(now) == "deleting":
            answer = self.choice.pick("copies onto deleting names", "taken", "state", "accepted")
            if answer == "accepted":
                return []
            if answer == "state":
                return [self.fault("InvalidSnapshotState", f"Snapshot {target} is being deleted.")]
        return [self.name_taken(target)]

    def leave_behind(self, world, faults, source, target, tags, now):
        """Nothing, unless that rule is broken."""
        codes = {fault.code for fault in faults}
        owner = world.snapshots.get(target)
        alive = owner and owner.alive(now)
        if "SnapshotAlreadyExistsFault" in codes and alive:
            if broken("refused-taken-retags"):
                owner.tags = dict(tags or (source.tags if source else {}))
            if broken("refused-taken-restarts"):
                owner.ready = now + max(self.settle, 0.5)
        if alive:
            return
        kept = broken("refused-no-source-leaves") and "SnapshotNotFoundFault" in codes or \
            broken("refused-state-leaves") and "InvalidSnapshotState" in codes or \
            broken("refused-tag-quota-leaves") and "TagQuotaPerResourceExceeded" in codes or \
            broken("refused-tag-leaves") and "InvalidParameterValue" in codes
        if kept:
            world.snapshots[target] = self.make_copy(world, source or self.anything(world, target, now), target, {}, "", now)

    def make_copy(self, world, source, target, tags, kms, now):
        first, *second = self.choice.pick("statuses of new copies", ["creating"], ["copying"], ["copying", "creating"])
        copy = replace(
            source, name=target, source="manual", facts=dict(source.facts), shards=deepcopy(source.shards), is_copy=True,
            generation=source.generation + 1,
            origin_name=source.name, born=now, ready=now + self.choice.upto(self.settle, self.settle),
            first_status=first, second_status="".join(second),
            complete=True, busy=[], of_export=False, was_copied=False, copies=[], deleting_since=NEVER, gone_at=NEVER)
        copy.fails = source.fails or broken("copy-always-fails") or random.random() < self.fail_copies
        if broken("copy-automatic-stays-automated"):
            copy.source = source.source
        self.lags(world, copy)
        copy.tags = self.copied_tags(world, source, tags, kms)
        if not broken("kms-ignored"):
            copy.kms = kms or ("" if broken("kms-not-inherited") else source.kms)
        if broken("kms-lost-in-chain") and copy.generation > 2 or broken("kms-lost-on-reuse") and target in world.burnt:
            copy.kms = ""
        if kms and broken("kms-changes-source"):
            source.kms = kms
        if source.source == "automated" and self.choice.once("retention of copied automatic backups", "kept", "0") == "0":
            copy.facts["SnapshotRetentionLimit"] = "0"
        copy.of_automatic = source.source == "automated"
        self.break_facts(copy, now)
        if broken("tags-lost-on-reuse") and target in world.burnt and tags is None:
            copy.tags = {}
        if broken("tags-survive-reuse"):
            copy.tags = world.old_tags.get(target, {}) | copy.tags
        world.created += [(copy.owner, now)] if self.quota == "copies" else []

        shown = self.choice.pick("sources while they are copied", "available", "copying")
        source.busy = [each for each in source.busy if now < each[1]] + [(shown, copy.ready, copy)]
        source.was_copied = True
        world.copied.add(source.name)
        if broken("copy-source-stays-copying"):
            source.busy.append(("copying", NEVER, copy))
        if broken("copy-moves"):
            source.deleting_since = source.gone_at = now + self.settle
        if broken("copy-dies-with-source") or broken("copy-takes-source-along"):
            copy.origin = source
            source.copies.append(copy)
        if broken("copy-never-settles"):
            copy.ready = NEVER
        self.late("late-copy-expires", copy.ready, lambda: world.snapshots.pop(target, None))
        self.late("late-tags-expire", copy.ready, copy.tags.clear)
        self.late("late-copy-again", copy.ready, lambda: vars(copy).update(first_status="creating", ready=time.time() + 2))
        return copy

    def copied_tags(self, world, source, given, kms):
        """The request's tags alone, or else the source's."""
        if given is None:
            if broken("tags-not-inherited"):
                return {}
            if broken("tags-aliased"):
                return source.tags
            tags = dict(source.tags)
            if broken("tags-with-owners"):
                owner = (world.groups if source.by_group else world.clusters).get(source.owner)
                tags = owner.tags | tags if owner else tags
            if broken("tags-last-lost"):
                tags = dict(list(tags.items())[:-1])
            if broken("tags-values-dropped"):
                tags = dict.fromkeys(tags, "")
            if broken("tags-moved"):
                source.tags = {}
            return tags
        if broken("tags-merged") or broken("tags-merged-with-key") and kms:
            return source.tags | given
        if broken("tags-given-ignored"):
            return dict(source.tags)
        if broken("tags-given-last-lost"):
            return dict(list(given.items())[:-1])
        if broken("tags-given-to-source"):
            source.tags = source.tags | given
        if broken("tags-copy-shared-key"):
            return {key: source.tags.get(key, value) for key, value in given.items()}
        return dict(given)

    @staticmethod
    def break_facts(copy, now):
        """Nothing, unless a copy is to differ from its source."""
        for member, instead in CHANGED.items():
            if member in copy.facts and broken(f"copy-changes-{member}"):
                copy.facts[member] = instead
            if broken(f"copy-loses-{member}"):
                copy.facts.pop(member, None)
        if broken("copy-shows-defaults"):
            copy.facts |= {member: value for member, value in DEFAULTS.items() if member in copy.facts}
        if broken("copy-changes-CacheClusterCreateTime") and "CacheClusterCreateTime" in copy.facts:
            copy.facts["CacheClusterCreateTime"] = now
        for shard in copy.shards:
            if broken("copy-changes-CacheSize"):
                shard["CacheSize"] = "999 MB"
            if broken("copy-changes-SnapshotCreateTime"):
                shard["SnapshotCreateTime"] = int(now) + 60
            if broken("copy-changes-CacheNodeCreateTime"):
                shard["CacheNodeCreateTime"] = now
            if broken("copy-changes-NodeGroupId") and "NodeGroupId" in shard:
                shard["NodeGroupId"] = "0009"
            if broken("copy-changes-shard-CacheClusterId") and "CacheClusterId" in shard:
                shard["CacheClusterId"] = "somebody-else"
            if broken("copy-changes-Slots") and "NodeGroupConfiguration" in shard:
                shard["NodeGroupConfiguration"]["Slots"] = "0-1"
            if broken("copy-changes-ReplicaCount") and "NodeGroupConfiguration" in shard:
                shard["NodeGroupConfiguration"]["ReplicaCount"] = "5"
        if broken("copy-loses-NodeSnapshots"):
            copy.shards = []
        if broken("copy-loses-shard"):
            copy.shards = copy.shards[:-1]

    def copy_reply(self, world, copy, source, given):
        if broken("copy-reply-source") and source:
            return self.show(world, source, "creating")
        status = "available" if broken("copy-reply-available") else copy.first_status
        reply = self.show(world, copy, status)
        if broken("name-copy-reply-case"):
            reply["SnapshotName"] = given
        if broken("copy-reply-no-name"):
            reply["SnapshotName"] = ""
        return reply

    def anything(self, world, name, now):
        """An invented source, for the breaks that copy what is not there."""
        return Snapshot(name=name, owner="nothing", by_group=False, facts={"CacheClusterId": "nothing", "Engine": "redis"},
                        shards=[], source="manual", kms="", tags={}, born=now, ready=now)

    # --- CreateSnapshot, DeleteSnapshot ------------------------------------------------------------

    def create_snapshot(self, world, params, now):
        given = params.get("SnapshotName", "")
        group_id, cluster_id = params.get("ReplicationGroupId", ""), params.get("CacheClusterId", "")
        tags, tag_faults = self.given_tags(params)
        kms = params.get("KmsKeyId", "")
        syntax = self.blank("SnapshotName", given) or self.name_faults("SnapshotName", given)
        if bool(group_id) == bool(cluster_id):
            code = self.choice.pick("neither or both of cluster and group",
                                    "InvalidParameterCombination", "InvalidParameterValue")
            syntax.append(self.fault(code, "Name either a replication group or a cache cluster."))
        if syntax:
            raise self.any_of(syntax + tag_faults)

        name = given if broken("name-create-case") else given.lower()
        owner, faults = self.snapshot_owner(world, group_id, cluster_id, now)
        taken = world.snapshots.get(name)
        if taken and taken.alive(now) and not broken("create-taken-overwrites"):
            if broken("create-taken-wrong-fault"):
                faults.append(self.fault("InvalidSnapshotState", "The snapshot exists."))
            elif taken.status(now) != "deleting" or \
                    self.choice.pick("creates onto deleting names", "taken", "accepted") == "taken":
                faults.append(self.name_taken(name))
        if broken("delete-name-burnt-create") and name in world.burnt:
            faults.append(self.name_taken(name))
        faults += self.over_quota(world, owner.id, now) if owner else []
        faults += tag_faults + self.kms_faults(world, kms)
        if faults:
            if taken and broken("refused-create-keys"):
                taken.kms = kms
            raise self.any_of(faults)
        self.window("race-create-taken")
        snapshot = self.take(world, owner, name, "manual", tags, kms, now)
        status = "available" if broken("create-reply-available") else "creating"
        reply = self.show(world, snapshot, status)
        if broken("name-create-reply-case"):
            reply["SnapshotName"] = given
        return {"Snapshot": reply}

    def snapshot_owner(self, world, group_id, cluster_id, now):
        """The cluster or group that is to be snapshotted, and the faults of that."""
        if group_id:
            owner, kind = self.owner(world.groups, group_id, now), "group"
        else:
            owner, kind = self.owner(world.clusters, cluster_id, now), "cluster"
        if not owner:
            if broken(f"create-no-{kind}-ok"):
                return self.new_owner(kind, cluster_id or group_id, {}, {}, now), []
            swapped = {"group": "cluster", "cluster": "group"}[kind] if broken(f"create-no-{kind}-fault") else kind
            return None, [self.owner_not_found(swapped, cluster_id or group_id)]
        faults = []
        status = owner.status(now)
        if status not in ("available", "snapshotting") or (
                status == "snapshotting" and self.choice.pick("snapshots during one", "refused", "accepted") == "refused"):
            faults.append(self.owner_state(kind, owner, status))
        if (owner.facts["Engine"] == "memcached" or owner.facts["CacheNodeType"] == "cache.t1.micro") \
                and not broken("create-memcached-ok"):
            faults.append(self.fault("SnapshotFeatureNotSupportedFault", "Snapshots are not supported for this cluster."))
        return owner, faults

    def take(self, world, owner, name, source, tags, kms, now, started=None):
        """Begins a snapshot of a cluster or group."""
        started = now if started is None else started
        facts = {key: value for key, value in owner.facts.items() if not key.startswith("_")}
        by_group = owner.kind == "group"
        if by_group:
            for member in ("CacheClusterId", "NumCacheNodes", "PreferredAvailabilityZone", "CacheClusterCreateTime"):
                facts.pop(member, None)
            facts |= {"ReplicationGroupId": owner.id, "NumNodeGroups": str(owner.node_groups)}
            if broken("create-group-as-cluster"):
                facts |= {"CacheClusterId": self.member_ids(owner)[0], "NumCacheNodes": "1"}
        elif broken("create-wrong-cluster"):
            facts["CacheClusterId"] = "somebody-else"
        if broken("create-default-type"):
            facts["CacheNodeType"] = "cache.m3.large"
        if broken("create-default-port"):
            facts["Port"] = "6379"
        if broken("create-valkey-as-redis"):
            facts["Engine"] = "redis"
        if tags is None or broken("tags-create-ignored"):
            tags = {} if broken("tags-create-not-inherited") or broken("tags-create-ignored") else \
                dict(owner.born_tags if broken("tags-create-born") else owner.tags)
        elif broken("tags-create-merged"):
            tags = owner.tags | tags
        ready = started + self.choice.upto(self.settle, self.settle)
        snapshot = Snapshot(name=name, owner=owner.id, by_group=by_group, facts=facts,
                            shards=self.shards(owner, started), source=source,
                            kms="" if broken("create-key-ignored") else kms or owner.facts.get("_kms", ""),
                            tags=owner.tags if broken("tags-create-aliased") and tags == owner.tags else dict(tags),
                            born=started, ready=ready, complete=False)
        if broken("create-saved-1970"):
            for shard in snapshot.shards:
                shard["SnapshotCreateTime"] = 0
        if broken("create-source-automated"):
            snapshot.source = "automated"
        if broken("create-never-settles"):
            snapshot.ready = NEVER
        if broken("tags-survive-reuse"):
            snapshot.tags = world.old_tags.get(name, {}) | snapshot.tags
        self.lags(world, snapshot)
        busy = owner.group or owner
        busy.busy_until = max(busy.busy_until, ready)
        self.late("late-create-expires", ready, lambda: world.snapshots.pop(name, None))
        world.snapshots[name] = snapshot
        world.created += [(owner.id, now)] if self.quota and source == "manual" else []
        return snapshot

    def shards(self, owner, now):
        if owner.kind != "group":
            nodes = int(owner.facts.get("NumCacheNodes", "1"))
            return [{"CacheNodeId": f"{node + 1:04}", "CacheSize": "3 MB", "CacheNodeCreateTime": owner.born,
                     "SnapshotCreateTime": int(now)} for node in range(nodes)]
        shards = []
        ids = self.member_ids(owner)
        most = 1 if broken("create-one-shard") else 2 if broken("create-two-shards") else owner.node_groups
        for number in range(min(most, owner.node_groups)):
            first, last = 16384 * number // owner.node_groups, 16384 * (number + 1) // owner.node_groups - 1
            shards.append({
                "CacheClusterId": ids[number * (owner.replicas + 1)],
                "NodeGroupId": "0001" if broken("create-shards-alike") else f"{number + 1:04}", "CacheNodeId": "0001",
                "NodeGroupConfiguration": {"NodeGroupId": f"{number + 1:04}", "Slots": f"{first}-{last}",
                                           "ReplicaCount": str(owner.replicas), "PrimaryAvailabilityZone": "us-east-1a",
                                           "ReplicaAvailabilityZones": Many("AvailabilityZone",
                                                                            ["us-east-1b"] * owner.replicas)},
                "CacheSize": f"{3 + number} MB", "CacheNodeCreateTime": owner.born, "SnapshotCreateTime": int(now)})
        return shards

    def delete_snapshot(self, world, params, now):
        given = params.get("SnapshotName", "")
        if faults := self.blank("SnapshotName", given):
            raise self.any_of(faults)
        snapshot = self.find(world, given, now, "deletes ignore case")
        if not snapshot:
            if broken("delete-unknown-ok"):
                return {"Snapshot": self.show(world, self.anything(world, given, now), "deleting")}
            if broken("delete-unknown-wrong-fault"):
                raise self.fault("InvalidSnapshotState", "No such snapshot.")
            self.too_long("SnapshotName", given)
            raise self.snapshot_not_found(given)
        status = snapshot.status(now)
        at_work = snapshot.is_copy and now < snapshot.ready or \
            any(doing != "restoring" and now < until and not whose.gone(now) for doing, until, whose in snapshot.busy)
        refused = status in ("creating", "deleting", "restoring") or snapshot.of_export
        if broken("delete-automatic-refused") and snapshot.source == "automated":
            refused = True
        if at_work and not snapshot.of_export and status in ("creating", "copying", "exporting", "available"):
            refused = self.choice.pick("deletes while a copy runs", "refused", "accepted") == "refused"
        if status == "failed":
            refused = broken("delete-failed-refused")
        if broken("delete-restoring-ok") and status == "restoring":
            refused = False
        if broken("delete-source-refused") and snapshot.was_copied or broken("delete-copy-refused") and snapshot.is_copy:
            refused = True
        if refused:
            raise self.fault("InvalidSnapshotState",
                             f"Snapshot {snapshot.name} is not in an available state or failed state to allow deletion.")
        self.window("race-delete-twice")
        doomed = [snapshot]
        others = [each for each in world.snapshots.values() if each.alive(now) and each is not snapshot]
        if broken("delete-prefix"):
            doomed += [each for each in others if each.name.startswith(snapshot.name)]
        if broken("delete-siblings"):
            doomed += [each for each in others if each.owner == snapshot.owner]
        if broken("copy-dies-with-source"):
            doomed += snapshot.copies
        if broken("copy-takes-source-along") and snapshot.is_copy:
            doomed.append(snapshot.origin)
        if not broken("delete-no-effect"):
            for each in doomed:
                self.doom(world, each, now)
        if broken("delete-reply-empty"):
            return {}
        return {"Snapshot": self.show(world, snapshot, "available" if broken("delete-reply-available") else
                                      "deleted" if broken("delete-reply-deleted") else "deleting")}

    def deletes_nothing(self, world, params, now):
        """The reply to a deletion, and no deletion."""
        snapshots = world.snapshots
        world.snapshots = deepcopy(snapshots)
        try:
            return self.delete_snapshot(world, params, now)
        finally:
            world.snapshots = snapshots

    def doom(self, world, snapshot, now):
        """Begins a deletion."""
        if snapshot.deleting_since != NEVER:
            return
        snapshot.deleting_since, snapshot.gone_at = now, now + self.choice.upto(self.settle, self.settle)
        if self.lag:
            for view in VIEWS:
                snapshot.stale_for[view] = self.choice.upto(self.lag, 0)
                snapshot.lingers_for[view] = self.choice.upto(self.lag, self.lag / 2 if view == "name" else self.lag)
        world.burnt.add(snapshot.name)
        world.old_tags[snapshot.name] = dict(snapshot.tags)
        if broken("tags-cleared-by-beginning"):
            for name, other in world.snapshots.items():
                other.tags = {} if name.startswith(snapshot.name) and other is not snapshot else other.tags
        if broken("delete-lingers"):
            snapshot.gone_at = NEVER
        if broken("delete-lingers-in-lists"):
            snapshot.lingers_for["list"] = NEVER
        if broken("delete-lingers-by-name"):
            snapshot.lingers_for["name"] = NEVER
        self.late("late-deletion", snapshot.gone_at, lambda: world.snapshots.pop(snapshot.name, None))
        back = dict(deleting_since=NEVER, gone_at=NEVER)
        self.late("late-return", snapshot.gone_at,
                  lambda: vars(world.snapshots.setdefault(snapshot.name, snapshot)).update(back))
        if broken("delete-recovers"):
            snapshot.deleting_since = snapshot.gone_at = NEVER
            snapshot.first_status, snapshot.ready = "deleting", now + max(self.settle, 0.2)

    def lags(self, world, snapshot):
        """When a new snapshot is first seen, by name and, apart from that, in lists; until then the one before it may be."""
        snapshot.former = world.snapshots.get(snapshot.name)
        snapshot.stale_for, snapshot.lingers_for = {}, {}
        snapshot.unseen_until = {
            view: snapshot.born + self.choice.upto(self.lag, self.lag / 2 if view == "name" else self.lag) for view in VIEWS}

    # --- DescribeSnapshots -----------------------------------------------------------------------

    def describe_snapshots(self, world, params, now):
        name = "" if broken("describe-name-ignored") else params.get("SnapshotName", "")
        word, cluster, group = (params.get(key, "") for key in ("SnapshotSource", "CacheClusterId", "ReplicationGroupId"))
        size = self.page_size(params, 20, 50)
        self.too_long("SnapshotName", name)
        sources = self.sources(word)
        view = "name" if name else "list"
        self.forget(world, now)
        read = [self.read(each, now) for each in world.snapshots.values()]
        read += [] if name else self.beside(world, read, now)
        seen = [each for each in read if self.seen(each, view, now)]
        if broken("describe-owner-hides-automatic") and (group or cluster) and not word:
            seen = [each for each in seen if each.source != "automated"]
        if broken("describe-list-hides-capitals") and not name:
            seen = [each for each in seen if not each.capitals]
        if broken("describe-list-hides-long") and not name:
            seen = [each for each in seen if len(each.name) <= 40]
        if broken("describe-user-hides-keyed") and word == "user":
            seen = [each for each in seen if not each.kms]
        if broken("describe-list-hides-copies") and not name:
            seen = [each for each in seen if not each.is_copy]
        if broken("describe-list-hides-tagged") and not name:
            seen = [each for each in seen if len(each.tags) < 10]
        named = seen
        if name:
            fold = self.choice.pick("described names ignore case", False, True)
            named = [each for each in seen if each.name == (name.lower() if fold else name)]
            if broken("describe-name-pattern"):
                named = [each for each in seen if fnmatchcase(each.name, name.replace("%", "*"))]
            if broken("describe-name-prefix"):
                named = [each for each in seen if each.name.startswith(name)]
            if not named:
                if broken("describe-unknown-lists-all"):
                    named = seen
                elif broken("describe-unknown-invents"):
                    return {"Snapshots": Many("Snapshot", [self.show(world, self.anything(world, name, now), "available")])}
                elif self.choice.pick("describes of unknown names", "empty", "fault") == "fault":
                    raise self.snapshot_not_found(name)
        if params.get("Marker"):
            group = "" if broken("describe-group-first-page") else group
            cluster = "" if broken("describe-cluster-first-page") else cluster
        chosen = [each for each in named if self.passes(world, each, sources, cluster, group, now)]
        if broken("describe-list-ends") and not name:
            chosen = sorted(chosen, key=lambda each: each.born)[:100]
        if broken("describe-name-filtered") and name and word or broken("describe-cluster-excludes-name") and name and cluster:
            chosen = []
        if name and named and not chosen:
            answer = self.choice.pick("a name that other filters exclude", "empty", "combination", "missing")
            if answer == "combination":
                raise self.fault("InvalidParameterCombination", "SnapshotName can't be combined with other filters.")
            if answer == "missing":
                raise self.snapshot_not_found(name)
        if cluster and not name and not self.owner(world.clusters, cluster, now):
            answer = self.choice.pick("snapshots of unknown clusters", "those", "fault", "empty")
            if answer == "fault" and not broken("describe-cluster-ignored"):
                raise self.owner_not_found("cluster", cluster)
            if answer == "empty" and not broken("describe-cluster-ignored"):
                chosen = []
        if group and not self.owner(world.groups, group, now) and not broken("describe-group-ignored") and \
                self.choice.pick("snapshots of unknown groups", "those", "refused") == "refused":
            raise self.fault("InvalidParameterValue", f"Replication group {group} not found.")
        if broken("describe-list-twice") and not name:
            chosen = [each for each in chosen for _ in range(2 if each.is_copy else 1)]
        late = not name and chosen and self.choice.once("lists are filtered", "before they are cut", "page by page") == "page by page"
        begun = params.get("Marker", "")
        if self.empty_pages and not begun:
            return {"Snapshots": Many("Snapshot", []), "Marker": "begin"}
        begun = "" if begun == "begin" and self.empty_pages else begun
        page, marker = self.page(named if late else chosen, lambda each: (each.born, each.name), size, begun)
        page = [each for each in page if each in chosen]
        config = params.get("ShowNodeGroupConfig", "").lower() == "true"
        config = (config or broken("node-config-always")) and not broken("node-config-never")
        shown = [self.show(world, each, self.shown_status(each, view, now), now, config) for each in page]
        return {"Snapshots": Many("member" if broken("wire-snapshots-member") else "Snapshot", shown), "Marker": marker}

    def sources(self, word):
        """The SnapshotSource values that the filter lets through; None for all."""
        if not word or broken("describe-source-ignored"):
            return None
        if word == "system":
            if broken("describe-system-shows-none"):
                return ()
            return ("automated", "manual") if broken("describe-system-shows-manual") else ("automated",)
        if word == "user":
            return () if broken("describe-user-shows-none") else ("manual",)
        answer = self.choice.pick("other words for SnapshotSource", "refused", "plain", "ignored")
        if answer == "refused":
            raise self.fault("InvalidParameterValue", f"Invalid value for SnapshotSource: {word}.")
        return (word,) if answer == "plain" else None

    def passes(self, world, snapshot, sources, cluster, group, now):
        if sources is not None and snapshot.source not in sources:
            return False
        if sources == ("manual",) and snapshot.is_copy and broken("describe-user-hides-copies"):
            return False
        if (cluster or group) and snapshot.is_copy and broken("describe-cluster-hides-copies"):
            return False
        if cluster and not broken("describe-cluster-ignored") and not (sources and broken("describe-cluster-or-source")):
            if broken("describe-cluster-hides-generations") and snapshot.generation > 1:
                return False
            own = snapshot.owner == cluster.lower() and not snapshot.by_group
            if broken("describe-cluster-prefix") and not snapshot.by_group:
                own = snapshot.owner.startswith(cluster.lower())
            part = cluster.lower() in [shard.get("CacheClusterId") for shard in snapshot.shards] and \
                self.choice.once("a member's filter shows its group's snapshots", True, False)
            if not own and not part:
                return False
        if group and not broken("describe-group-ignored") and not (snapshot.by_group and snapshot.owner == group.lower()):
            return False
        return True

    def forget(self, world, now):
        """Drops the snapshots that no describe shows any more."""
        for snapshot in list(world.snapshots.values()):
            if snapshot.gone(now) and not any(self.seen(snapshot, view, now) for view in VIEWS) \
                    and now > snapshot.gone_at + self.lag + self.flicker and not broken("tags-list-deleted"):
                del world.snapshots[snapshot.name]

    def flickers(self, since, now):
        """Whether a read comes from where a change of then has not arrived."""
        return since <= now < since + self.flicker and random.random() < 0.5

    def read(self, snapshot, now):
        """The snapshot, or a deleted one that had its name, where a read comes from where that one is still."""
        former = snapshot.former
        if former and former.gone_at != NEVER and self.flickers(former.gone_at, now):
            return self.read(former, now)
        return snapshot

    def beside(self, world, read, now):
        """The deleted snapshots that a list shows beside those that have their names now."""
        if not self.choice.once("lists show who had a name before", False, True):
            return []
        shown = {id(each) for each in read}
        formers = [each.former for each in world.snapshots.values() if each.former and id(each.former) not in shown]
        return [each for each in formers if each.gone_at != NEVER and self.flickers(each.gone_at, now)]

    def seen(self, snapshot, view, now):
        if now < snapshot.born or now < snapshot.unseen_until.get(view, 0) or self.flickers(snapshot.born, now):
            return False
        if snapshot.gone_at != NEVER and self.flickers(snapshot.gone_at, now):
            return True
        return now < snapshot.gone_at + snapshot.lingers_for.get(view, 0)

    def shown_status(self, snapshot, view, now):
        if now < snapshot.deleting_since + snapshot.stale_for.get(view, 0) and snapshot.deleting_since != NEVER:
            return "available"
        if snapshot.deleting_since != NEVER and self.flickers(snapshot.deleting_since, now):
            return "available"
        used = [doing for doing, until, _ in snapshot.busy if self.flickers(until, now)]
        status = snapshot.status(now)
        if status in ("available", "failed") and self.flickers(snapshot.ready, now):
            return "creating"
        return used[0] if used and status == "available" else status

    def show(self, world, snapshot, status, now=None, config=False):
        """A snapshot as replies have it. Without `now` the reply is to the operation that made or deletes it."""
        complete = snapshot.complete or (now is not None and now >= snapshot.ready) or status == "deleting"
        shards = []
        for shard in snapshot.shards:
            shard = dict(shard)
            if broken("node-config-of-first") and "NodeGroupConfiguration" in shard:
                shard["NodeGroupConfiguration"] = snapshot.shards[0]["NodeGroupConfiguration"]
            if not config:
                shard.pop("NodeGroupConfiguration", None)
            shard["CacheNodeCreateTime"] = timestamp(shard["CacheNodeCreateTime"], self.choice)
            if complete:
                shard["SnapshotCreateTime"] = timestamp(shard["SnapshotCreateTime"], self.choice, 0)
            else:
                shard["CacheSize"] = ""
                del shard["SnapshotCreateTime"]
            shards.append(shard)
        source = snapshot.source
        if snapshot.is_copy:
            for word in ("automated", "copied", "user"):
                source = word if broken(f"copy-source-{word}") else source
        if status == "available" and broken("status-word"):
            status = "complete"
        arn = snapshot.origin_name if snapshot.is_copy and broken("arn-of-source") else snapshot.name
        tree = dict(snapshot.facts) | {
            "SnapshotName": snapshot.name, "SnapshotStatus": status, "SnapshotSource": source,
            "KmsKeyId": snapshot.kms or None, "ARN": world.arn("snapshot", arn),
            "NodeSnapshots": Many("member" if broken("wire-nodes-member") else "NodeSnapshot", self.choice.order(shards))}
        if snapshot.is_copy and broken("copy-loses-SnapshotSource"):
            del tree["SnapshotSource"]
        if "CacheClusterCreateTime" in tree:
            tree["CacheClusterCreateTime"] = timestamp(tree["CacheClusterCreateTime"], self.choice)
        for member in ("AutoMinorVersionUpgrade", "Durability", "DataTiering"):
            if self.choice.pick(f"{member} is shown", True, False) is False:
                tree.pop(member, None)
        if broken("wire-bool-capital") and "AutoMinorVersionUpgrade" in tree:
            tree["AutoMinorVersionUpgrade"] = tree["AutoMinorVersionUpgrade"].capitalize()
        if broken("wire-zero-empty") and tree.get("SnapshotRetentionLimit") == "0":
            tree["SnapshotRetentionLimit"] = ""
        if broken("wire-port-text") and "Port" in tree:
            tree["Port"] = f"tcp/{tree['Port']}"
        return tree

    # --- paging ----------------------------------------------------------------------------------

    def page_size(self, params, least, most):
        given = params.get("MaxRecords", "")
        if not given or (broken("page-size-ignored") and least == 20 and most == 50):
            return 20 if broken("page-default-20") else 10 ** 9 if broken("page-default-none") else most
        if not re.fullmatch(r"-?\d{1,9}", given):
            raise self.fault("InvalidParameterValue", "MaxRecords must be a number.")
        size = int(given)
        if size > 100 and broken("page-101-accepted"):
            size = most
        if size > most and not broken("page-51-accepted"):
            raise Fault("InvalidParameterValue", f"Cannot return more than {most} records per page.")
        if size < least and not (broken("page-19-accepted") and size > 0) or \
                size == 20 and broken("page-20-refused") or size == 50 and broken("page-50-refused"):
            raise self.fault("InvalidParameterValue",
                             f"Invalid value for max records. Must be between {least} and {most}", "MaxRecords is too small.")
        return size + (1 if broken("page-size-one-more") else 0)

    def page(self, items, age, size, marker):
        """One page of the items in this server's order, and the marker of the next one or None."""
        by = self.choice.once("order of lists", "age", "name", "hash")

        def key(item):
            name = getattr(item, "name", None) or item.id
            moment = f"{int(age(item)[0] * 1e6):020}" if by == "age" else ""
            salt = sha256(f"{self.choice.seed}{name}".encode()).hexdigest() if by == "hash" else ""
            return f"{moment}{salt}/{name}"

        items = sorted(items, key=key)
        if marker and not broken("page-marker-ignored"):
            after = self.read_marker(marker)
            answer = "kept"
            if after is None:
                answer = self.choice.pick("bad markers", "refused", "empty", "first page")
                after = "~" if answer == "empty" else ""
            elif broken("page-marker-refused"):
                answer = "refused"
            elif after not in map(key, items):
                answer = self.choice.once("gone markers", "kept", "refused")
            if answer == "refused":
                raise self.fault("InvalidParameterValue", "The marker is not valid.", f"Invalid marker: {marker}")
            if broken("page-repeats-one"):
                after = max((key(item) for item in items if key(item) < after), default="")
            items = [item for item in items if key(item) > after]
            if broken("page-skips-one"):
                items = items[1:]
        more = len(items) > size + (1 if broken("page-one-left") and not marker else 0)
        page = items[:size]
        marker = None
        if page and (more or broken("page-marker-last")) and not broken("page-no-marker"):
            marker = self.write_marker(key(page[-1]))
        if marker is None and self.choice.pick("marker of last pages", "absent", "empty") == "empty":
            marker = ""
        return self.choice.order(page), marker

    def write_marker(self, key):
        if self.choice.once("markers", "encoded", "plain") == "plain":
            return f"after:{key}"
        return base64.b64encode(f"after:{key}".encode()).decode()

    def read_marker(self, marker):
        """The key that a marker stands for, or None."""
        if self.choice.once("markers", "encoded", "plain") == "encoded":
            try:
                marker = base64.b64decode(marker, validate=True).decode()
            except ValueError:
                return None
        return marker[len("after:"):] if marker.startswith("after:") else None

    # --- tags ------------------------------------------------------------------------------------

    def given_tags(self, params, copying=False):
        """The request's tags, None if it has none, and the faults of them."""
        pairs = numbered(params, "Tags.Tag.")
        if not pairs and (other := numbered(params, "Tags.member.")):
            answer = self.choice.pick("Tags.member.N", "read", "ignored", "refused")
            if answer == "refused":
                return None, [self.fault("InvalidParameterValue", "Unknown parameter Tags.member.")]
            pairs = other if answer == "read" else []
        if not pairs:
            if "Tags" in params and self.choice.pick("an empty Tags=", "inherits", "clears") == "clears":
                return {}, []
            return None, []
        faults, tags, folded = [], {}, set()
        for pair in pairs:
            key, value = pair.get("Key", ""), pair.get("Value", "")
            if "Value" not in pair and broken("tags-no-value-refused"):
                faults.append(self.fault("InvalidParameterValue", "A tag needs a value."))
            faults += self.tag_faults(key, value)
            if broken("tags-fold-case") and key.lower() in folded and key not in tags:
                continue
            if broken("tags-lower-case"):
                key = key.lower()
            folded.add(key.lower())
            if key in tags:
                answer = self.choice.pick("duplicate tag keys", "refused", "last", "first")
                if answer == "refused":
                    faults.append(self.fault("InvalidParameterValue", f"Duplicate tag key: {key}", "Duplicate tag keys."))
                if answer == "first":
                    continue
            tags[key] = value[:100] if broken("tags-long-value-cut") else value
        if len(pairs) > self.tag_limit():
            code = self.choice.pick("code of 51 tags", "TagQuotaPerResourceExceeded", "InvalidParameterValue") if copying \
                else "TagQuotaPerResourceExceeded"
            faults.append(self.too_many_tags(code))
        return tags, faults

    def tag_faults(self, key, value):
        longest_key = 127 if broken("tags-key-128-refused") else 500 if broken("tags-long-key-accepted") else 128
        longest_value = 255 if broken("tags-value-256-refused") else 900 if broken("tags-long-value-accepted") else 256
        bad = []
        if not key and not broken("tags-empty-key-accepted"):
            bad.append("Tag keys must not be empty.")
        if len(key) > longest_key:
            bad.append("Tag keys have at most 128 characters.")
        if len(value) > longest_value:
            bad.append("Tag values have at most 256 characters.")
        if key.startswith("aws:") and not broken("tags-aws-accepted"):
            bad.append("Tag keys must not begin with aws:.")
        if XML_UNFIT.search(key + value):
            bad.append("Tags must not contain control characters.")
        if self.choice.once("characters of tags", "any", "strict") == "strict" and \
                not all(letter.isalnum() or letter in " _.:/\\=+-@" for letter in key + value):
            bad.append("Tags must contain only letters, digits, spaces and _ . : / \\ = + - @.")
        code = self.choice.pick("code of bad tags", "InvalidParameterValue", "InvalidParameterCombination") if bad else ""
        return [self.fault(code, text) for text in bad]

    @staticmethod
    def tag_limit():
        return 49 if broken("tags-limit-49") else 51 if broken("tags-limit-51") else 100 if broken("tags-limit-100") \
            else 10 ** 6 if broken("tags-limit-none") else 50

    def too_many_tags(self, code="TagQuotaPerResourceExceeded"):
        return self.fault(code, "The request would give the resource more than 50 tags.",
                          "You have exceeded the maximum number of tags allowed on this resource.")

    def add_tags_to_resource(self, world, params, now):
        arn = params.get("ResourceName", "")
        tags, faults = self.given_tags(params)
        syntax = self.blank("ResourceName", arn)
        if not tags and not ("Tags" in params and self.choice.pick("adding no tags", "refused", "accepted") == "accepted"):
            syntax += self.blank("Tags", "")
        if syntax:
            raise self.any_of(syntax + faults)
        if broken("tags-add-first-only"):
            tags = dict(list(tags.items())[:1])
        tags = tags or {}
        if broken("tags-add-twelve"):
            tags = dict(list(tags.items())[:12])
        resource = self.tagged(world, arn, now, faults, "add")
        if self.window("race-add-revives"):
            resource.deleting_since = resource.gone_at = NEVER
        old = resource.tags
        new = {} if broken("tags-add-replaces") else dict(old)
        for key, value in tags.items():
            if broken("tags-fold-case"):
                key = next((each for each in new if each.lower() == key.lower()), key)
            if key in new and broken("tags-add-keeps-value"):
                continue
            new[key] = value
        total = len(tags) if broken("tags-add-limit-request") else len(old) + len(tags) if broken("tags-add-limit-sum") \
            else len(new)
        if total <= self.tag_limit() and self.window("race-tag-limit"):
            new = resource.tags | tags
        elif total > self.tag_limit():
            if broken("refused-add-keeps-some"):
                self.retag(resource, dict(list(new.items())[:self.tag_limit()]))
            if broken("refused-add-overwrites"):
                self.retag(resource, {key: new[key] for key in old})
            raise self.too_many_tags()
        self.window("race-add-lost")
        if not broken("tags-add-nothing"):
            self.retag(resource, new)
        return {"TagList": self.tag_list(tags if broken("tags-add-reply-new") else new)}

    def remove_tags_from_resource(self, world, params, now):
        arn = params.get("ResourceName", "")
        keys = [pair[""] for pair in numbered(params, "TagKeys.member.") if "" in pair]
        syntax = self.blank("ResourceName", arn)
        if not keys:
            syntax += self.blank("TagKeys", "")
        if syntax:
            raise self.any_of(syntax)
        resource = self.tagged(world, arn, now, [], "remove")
        old = resource.tags
        if broken("tags-remove-first-only"):
            keys = keys[:1]
        if broken("tags-remove-fold-case") or broken("tags-fold-case"):
            keys = [each for each in old if each.lower() in [key.lower() for key in keys]]
        invented = isinstance(resource, Snapshot) and resource.owner == "nothing"  # by a break
        if any(key not in old for key in keys) and not invented and \
                self.choice.pick("removing absent keys", "refused", "ignored") == "refused":
            raise self.fault("TagNotFound", "The requested tag was not found on this resource.", status=404)
        new = {key: value for key, value in old.items() if key not in keys}
        if broken("tags-remove-all"):
            new = {}
        if broken("tags-remove-nothing"):
            new = old
        if broken("tags-remove-prefix"):
            new = {key: value for key, value in old.items() if not key.startswith(tuple(keys))}
        if broken("tags-remove-value"):
            new = {key: "" if key in keys else value for key, value in old.items()}
        self.window("race-remove-lost")
        self.retag(resource, new)
        # Only the examples of the API model show that what is left is listed.
        shown = old if broken("tags-remove-shows-old") else self.choice.pick("what a removal lists", new, {})
        return {"TagList": self.tag_list(shown)}

    def list_tags_for_resource(self, world, params, now):
        arn = params.get("ResourceName", "")
        if syntax := self.blank("ResourceName", arn):
            raise self.any_of(syntax)
        resource = self.tagged(world, arn, now, [], "list")
        before = resource.tags
        if self.window("race-list-torn"):
            return {"TagList": self.tag_list(self.halves(before, resource.tags))}
        return {"TagList": self.tag_list(resource.tags)}

    @staticmethod
    def retag(resource, tags):
        """In place, so that what breaks by sharing tags does."""
        if broken("tags-aliased") or broken("tags-create-aliased"):
            resource.tags.clear()
            resource.tags.update(tags)
        else:
            resource.tags = dict(tags)

    def tag_list(self, tags):
        items = [{"Key": key, "Value": value if value or self.choice.pick("empty tag values", "shown", "absent") == "shown"
                  else None} for key, value in tags.items()]
        return Many("member" if broken("wire-tags-member") else "Tag", self.choice.order(items))

    def tagged(self, world, arn, now, faults, doing):
        """The resource of an ARN, if it exists and is available; else raises a fault, or one of the others."""
        matched = re.fullmatch(r"arn:aws[a-z-]*:elasticache:([a-z0-9-]+):(\d{12}):([a-z-]+):([^:]+)", arn)
        if not matched or matched[3] not in NOT_FOUND_BY_KIND:
            if broken("tags-bad-arn-ok"):
                return self.anything(world, arn, now)
            raise self.any_of([self.fault("InvalidARN", f"{arn} is not a valid ARN of a resource.", "Invalid ARN.")] + faults)
        region, account, kind, name = matched.groups()
        here = (region == world.region or broken("arn-region")) and (account == world.account or broken("arn-account"))
        if not here and self.choice.pick("ARNs of elsewhere", "missing", "invalid") == "invalid":
            raise self.any_of([self.fault("InvalidARN", "The ARN belongs to another account or region.")] + faults)
        resource, available = None, False
        if broken("tags-kind-ignored") and self.find(world, name, now, "ARNs ignore case"):
            kind = "snapshot"
        if here and kind == "snapshot":
            resource, available = self.tagged_snapshot(world, name, now, doing)
            if not resource and broken("tags-list-deleted") and doing == "list" and name in world.burnt:
                return world.snapshots[name]
        elif here and kind in ("cluster", "replicationgroup"):
            resource = self.owner(world.clusters if kind == "cluster" else world.groups, name, now)
            status = resource.status(now) if resource else ""
            available = status == "available" or \
                status == "snapshotting" and self.choice.pick("tags while snapshotting", False, True)
        if resource and available:
            if faults:
                raise self.any_of(faults)
            return resource
        if broken(f"tags-{doing}-unknown-ok"):
            return self.anything(world, name, now)
        code, status = NOT_FOUND_BY_KIND[kind]
        if kind == "snapshot" and broken("tags-unknown-wrong-fault"):
            code = "CacheClusterNotFound"
        raise self.any_of([Fault(code, f"{name} is either not present or not available.", status)] + faults)

    def tagged_snapshot(self, world, name, now, doing):
        snapshot = self.find(world, name, now, "ARNs ignore case")
        if not snapshot or broken("tags-unknown-remembered") and name in world.untagged:
            world.untagged.add(name)
            return None, False
        status = snapshot.status(now)
        known = now >= snapshot.ready + self.tags_lag
        available = status == "available" and known or doing == "list" and status in ("creating", "copying") and \
            self.choice.pick(f"listing tags while {status}", "missing", "tags") == "tags"
        return snapshot, available

    # --- clusters and groups ---------------------------------------------------------------------

    def create_cache_cluster(self, world, params, now):
        cluster_id = params.get("CacheClusterId", "")
        tags, tag_faults = self.given_tags(params)
        faults = self.blank("CacheClusterIdentifier", cluster_id) or \
            self.identifier("CacheClusterIdentifier", cluster_id, 50)
        if faults:
            raise self.any_of(faults + tag_faults)
        engine = params.get("Engine") or "redis"
        nodes = params.get("NumCacheNodes") or "1"
        faults = self.engine_faults(params, engine)
        if not nodes.isdecimal() or not 1 <= int(nodes) <= (40 if engine == "memcached" else 1):
            faults.append(self.fault("InvalidParameterValue", f"{nodes} nodes are not possible for {engine}."))
        if self.owner(world.clusters, cluster_id, now):
            faults.append(self.fault("CacheClusterAlreadyExists", "Cache cluster already exists"))
        source, source_faults = self.restored(world, params, now)
        faults += source_faults + tag_faults
        if faults:
            raise self.any_of(faults)
        owner = self.new_owner("cluster", cluster_id, params, tags or {}, now)
        world.clusters[owner.id] = owner
        self.begin(world, owner, source, now)
        return {"CacheCluster": self.show_cluster(world, owner, "creating", True)}

    def create_replication_group(self, world, params, now):
        group_id = params.get("ReplicationGroupId", "")
        tags, tag_faults = self.given_tags(params)
        faults = (self.blank("ReplicationGroupId", group_id) or self.identifier("ReplicationGroupId", group_id, 40)) + \
            self.blank("ReplicationGroupDescription", params.get("ReplicationGroupDescription", ""))
        if faults:
            raise self.any_of(faults + tag_faults)
        faults = self.engine_faults(params, params.get("Engine") or "redis")
        for member, least, most in (("NumNodeGroups", 1, 90), ("ReplicasPerNodeGroup", 0, 5), ("NumCacheClusters", 1, 6)):
            value = params.get(member) or str(least)
            if not value.isdecimal() or not least <= int(value) <= most:
                faults.append(self.fault("InvalidParameterValue", f"{member} must be between {least} and {most}."))
        if self.owner(world.groups, group_id, now):
            faults.append(self.fault("ReplicationGroupAlreadyExists", "Replication group already exists"))
        source, source_faults = self.restored(world, params, now)
        faults += source_faults + tag_faults
        if faults:
            raise self.any_of(faults)
        owner = self.new_owner("group", group_id, params, tags or {}, now)
        if any(self.owner(world.clusters, member_id, now) for member_id in self.member_ids(owner)):
            raise self.fault("InvalidParameterValue", "A cluster has the name of one of the group's members.")
        world.groups[owner.id] = owner
        for member_id in self.member_ids(owner):
            member = self.new_owner("cluster", member_id, params, dict(owner.tags), now)
            member.group = owner
            world.clusters[member_id] = member
            owner.members.append(member)
        self.begin(world, owner, source, now)
        return {"ReplicationGroup": self.show_group(world, owner, "creating")}

    def engine_faults(self, params, engine):
        if engine not in DEFAULT_VERSIONS:
            return [self.fault("InvalidParameterValue", f"Invalid engine: {engine}.")]
        limit = params.get("SnapshotRetentionLimit") or "0"
        if not limit.isdecimal() or int(limit) > 35:
            return [self.fault("InvalidParameterValue", "SnapshotRetentionLimit must be between 0 and 35.")]
        return []

    def restored(self, world, params, now):
        """The snapshot that a new cluster starts from."""
        name = params.get("SnapshotName", "")
        if not name:
            return None, []
        source = self.find(world, name, now, "sources ignore case")
        if not source:
            if broken("restore-unknown-ok"):
                return None, []
            code = self.choice.pick("restores of unknown snapshots", "InvalidParameterValue", "InvalidParameterCombination")
            return None, [self.fault(code, f"Snapshot {name} does not exist.")]
        status = source.status(now)
        busy = status in ("copying", "exporting", "restoring") and not source.of_export and \
            self.choice.pick(f"restores of {status} sources", "accepted", "refused") == "accepted"
        if status != "available" and not busy or broken("restore-copy-refused") and source.is_copy:
            code = self.choice.pick("restores of unfit snapshots", "InvalidParameterValue", "InvalidParameterCombination")
            return None, [self.fault(code, f"Snapshot {name} is not available.")]
        if source.facts.get("DataTiering") == "enabled" and ".r6gd." not in (params.get("CacheNodeType") or ".r6gd.") and \
                not broken("restore-tiering-ok"):
            code = self.choice.pick("restores from data tiering", "InvalidParameterValue", "InvalidParameterCombination")
            return None, [self.fault(code, f"Snapshot {name} uses data tiering, which only r6gd nodes have.")]
        return source, []

    def new_owner(self, kind, given_id, params, tags, now):
        engine = params.get("Engine") or "redis"
        number = int(sha256(f"{given_id}{now}".encode()).hexdigest(), 16)
        facts = {
            "Engine": engine, "EngineVersion": params.get("EngineVersion") or DEFAULT_VERSIONS[engine],
            "CacheNodeType": params.get("CacheNodeType") or "cache.t4g.micro",
            "Port": params.get("Port") or ("11211" if engine == "memcached" else DEFAULTS["Port"]),
            "NumCacheNodes": params.get("NumCacheNodes") or "1", "PreferredAvailabilityZone": "us-east-1a",
            "CacheClusterCreateTime": round(now, 3), "CacheClusterId": given_id.lower(),
            "PreferredMaintenanceWindow": params.get("PreferredMaintenanceWindow") or DEFAULTS["PreferredMaintenanceWindow"],
            "CacheParameterGroupName": params.get("CacheParameterGroupName") or f"default.{engine}7",
            "CacheSubnetGroupName": params.get("CacheSubnetGroupName") or "default", "VpcId": f"vpc-{number % 16 ** 8:08x}",
            "AutoMinorVersionUpgrade": params.get("AutoMinorVersionUpgrade") or DEFAULTS["AutoMinorVersionUpgrade"],
            "SnapshotRetentionLimit": params.get("SnapshotRetentionLimit") or "0",
            "SnapshotWindow": params.get("SnapshotWindow") or DEFAULTS["SnapshotWindow"],
            "DataTiering": "enabled" if ".r6gd." in (params.get("CacheNodeType") or "") else "disabled", "Durability": "default", "_kms": params.get("KmsKeyId", "")}
        owner = Owner(id=given_id.lower(), kind=kind, facts=facts, tags=dict(tags), born_tags=dict(tags), born=round(now, 3),
                      ready=now + self.choice.upto(self.settle, self.settle))
        if kind == "group":
            owner.node_groups = int(params.get("NumNodeGroups") or "1")
            members = int(params.get("NumCacheClusters") or "1")
            owner.replicas = int(params.get("ReplicasPerNodeGroup") or members - 1)
            facts["ReplicationGroupDescription"] = params.get("ReplicationGroupDescription", "")
            facts["AutomaticFailover"] = "enabled" if params.get("AutomaticFailoverEnabled") == "true" else "disabled"
        return owner

    def begin(self, world, owner, source, now):
        if source:
            until = NEVER if broken("restore-never-ends") else owner.ready
            if not broken("restore-not-shown"):
                source.busy.append(("restoring", until, owner))
            if broken("restore-renames-cluster") and not source.by_group:
                source.facts["CacheClusterId"] = owner.id
            if broken("restore-takes-snapshot"):
                self.doom(world, source, now)
        if self.automatic and owner.facts["SnapshotRetentionLimit"] != "0" and owner.facts["Engine"] != "memcached":
            name = "automatic." + owner.id + time.strftime("-%Y-%m-%d-%H-%M", time.gmtime(now))
            self.take(world, owner, name, "automated", None, "", now, owner.ready)

    @staticmethod
    def member_ids(group):
        if group.node_groups == 1:
            return [f"{group.id}-{node + 1:03}" for node in range(group.replicas + 1)]
        return [f"{group.id}-{shard + 1:04}-{node + 1:03}"
                for shard in range(group.node_groups) for node in range(group.replicas + 1)]

    def describe_cache_clusters(self, world, params, now):
        size, marker = self.page_size(params, 20, 100), params.get("Marker", "")
        only_free = params.get("ShowCacheClustersNotInReplicationGroups", "").lower() == "true"
        nodes = params.get("ShowCacheNodeInfo", "").lower() == "true"
        found = self.owners(world.clusters, params.get("CacheClusterId", ""), "cluster", now)
        found = [each for each in found if not (only_free and each.group)]
        page, marker = self.page(found, lambda each: (each.born, each.id), size, marker)
        shown = [self.show_cluster(world, each, each.status(now), nodes) for each in page]
        return {"CacheClusters": Many("CacheCluster", shown), "Marker": marker}

    def describe_replication_groups(self, world, params, now):
        size, marker = self.page_size(params, 20, 100), params.get("Marker", "")
        found = self.owners(world.groups, params.get("ReplicationGroupId", ""), "group", now)
        page, marker = self.page(found, lambda each: (each.born, each.id), size, marker)
        shown = [self.show_group(world, each, each.status(now)) for each in page]
        return {"ReplicationGroups": Many("ReplicationGroup", shown), "Marker": marker}

    def owners(self, where, given, kind, now):
        if given:
            if owner := self.owner(where, given, now):
                return [owner]
            raise self.owner_not_found(kind, given)
        return [each for each in where.values() if not each.gone(now)]

    def delete_cache_cluster(self, world, params, now):
        given = params.get("CacheClusterId", "")
        owner = self.doomed_owner(world, world.clusters, "cluster", "CacheClusterIdentifier", given, params, now)
        return {"CacheCluster": self.show_cluster(world, owner, "deleting", False)}

    def delete_replication_group(self, world, params, now):
        given = params.get("ReplicationGroupId", "")
        owner = self.doomed_owner(world, world.groups, "group", "ReplicationGroupId", given, params, now)
        if params.get("RetainPrimaryCluster", "").lower() == "true":
            primary = owner.members.pop(0)
            primary.group, primary.ready = None, now
        return {"ReplicationGroup": self.show_group(world, owner, "deleting")}

    def doomed_owner(self, world, where, kind, label, given, params, now):
        """Begins the deletion of a cluster or group, with its final snapshot if one is asked for."""
        if faults := self.blank(label, given):
            raise self.any_of(faults)
        final = "" if broken("final-snapshot-ignored") else params.get("FinalSnapshotIdentifier", "")
        if final and (faults := self.name_faults("FinalSnapshotIdentifier", final)):
            raise self.any_of(faults)
        owner = self.owner(where, given, now)
        if not owner:
            raise self.owner_not_found(kind, given)
        faults, status = [], owner.status(now)
        busy = status == "snapshotting" and \
            self.choice.pick("deletes of clusters during a snapshot", "refused", "accepted") == "refused"
        if status in ("creating", "deleting") or busy or owner.group:
            faults.append(self.owner_state(kind, owner, status))
        taken = world.snapshots.get(final.lower())
        if taken and taken.alive(now) and not broken("final-snapshot-overwrites"):
            faults.append(Fault("SnapshotAlreadyExistsFault", "Snapshot with specified name already exists."))
        if final and owner.facts["Engine"] == "memcached" and not broken("final-memcached-ok"):
            faults.append(self.fault("SnapshotFeatureNotSupportedFault", "Snapshots are not supported for this cluster."))
        if faults:
            raise self.any_of(faults)
        if final:
            self.take(world, owner, final.lower(), "manual", None, "", now)
        owner.deleting, owner.gone_at = True, now + self.choice.upto(self.settle, self.settle)
        for snapshot in world.snapshots.values():
            if snapshot.owner != owner.id or snapshot.by_group != (kind == "group") or snapshot.name == final.lower():
                continue
            if snapshot.source == "automated" and not broken("delete-cluster-keeps-automatic") or \
                    broken("delete-cluster-takes-manual") or \
                    broken("delete-cluster-takes-copies") and snapshot.of_automatic:
                self.doom(world, snapshot, now)
        return owner

    def show_cluster(self, world, owner, status, nodes):
        facts = owner.facts
        tree = {key: facts[key] for key in (
            "CacheNodeType", "Engine", "EngineVersion", "NumCacheNodes", "PreferredAvailabilityZone",
            "PreferredMaintenanceWindow", "CacheSubnetGroupName", "AutoMinorVersionUpgrade", "SnapshotRetentionLimit",
            "SnapshotWindow")}
        tree |= {"CacheClusterId": owner.id, "CacheClusterStatus": status,
                 "CacheClusterCreateTime": timestamp(owner.born, self.choice), "ARN": world.arn("cluster", owner.id),
                 "CacheParameterGroup": {"CacheParameterGroupName": facts["CacheParameterGroupName"],
                                         "ParameterApplyStatus": "in-sync"}}
        if owner.group:
            tree["ReplicationGroupId"] = owner.group.id
        if nodes and status != "creating":
            tree["CacheNodes"] = Many("CacheNode", [
                {"CacheNodeId": f"{node + 1:04}", "CacheNodeStatus": "available", "ParameterGroupStatus": "in-sync",
                 "CacheNodeCreateTime": timestamp(owner.born, self.choice),
                 "Endpoint": {"Address": f"{owner.id}.example.cache.amazonaws.com", "Port": facts["Port"]}}
                for node in range(int(facts["NumCacheNodes"]))])
        return tree

    def show_group(self, world, owner, status):
        facts = owner.facts
        tree = {"ReplicationGroupId": owner.id, "Description": facts["ReplicationGroupDescription"], "Status": status,
                "CacheNodeType": facts["CacheNodeType"], "AutomaticFailover": facts["AutomaticFailover"],
                "SnapshotRetentionLimit": facts["SnapshotRetentionLimit"], "SnapshotWindow": facts["SnapshotWindow"],
                "ClusterEnabled": "true" if owner.node_groups > 1 else "false", "ARN": world.arn("replicationgroup", owner.id),
                "MemberClusters": Many("ClusterId", [member.id for member in owner.members]),
                "KmsKeyId": facts["_kms"] or None, "Engine": facts["Engine"]}
        if status != "creating":
            each = owner.replicas + 1
            primary = {"Address": f"{owner.id}.example.cache.amazonaws.com", "Port": facts["Port"]}
            tree["NodeGroups"] = Many("NodeGroup", [
                {"NodeGroupId": f"{shard + 1:04}", "Status": "available", "PrimaryEndpoint": primary if owner.node_groups == 1 else None,
                 "NodeGroupMembers": Many("NodeGroupMember", [
                     {"CacheClusterId": member.id, "CacheNodeId": "0001", "PreferredAvailabilityZone": "us-east-1a"}
                     for member in owner.members[shard * each:(shard + 1) * each]])}
                for shard in range(owner.node_groups)])
        return tree

    @staticmethod
    def owner(where, given, now):
        """Clusters and groups are found by names of any case."""
        owner = where.get(given.lower())
        if owner and owner.gone(now):
            del where[given.lower()]
            return None
        return owner

    # --- names, quotas, faults -------------------------------------------------------------------

    def find(self, world, given, now, question):
        """A snapshot that exists, by its name, or by its name in another case if that is how this server is."""
        if snapshot := world.snapshots.get(given):
            return snapshot if snapshot.alive(now) else None
        snapshot = world.snapshots.get(given.lower())
        if snapshot and snapshot.alive(now) and self.choice.pick(question, True, False):
            return snapshot
        return None

    def label(self, name):
        """Messages call a parameter by its own name or by an inner one."""
        inner = "SnapshotIdentifier" if "Snapshot" in name else name
        return self.choice.pick("labels in messages", name, inner, name[0].lower() + name[1:])

    def blank(self, name, value):
        if value.strip():
            return []
        code = "InvalidParameterValue"
        if broken("error-missing-parameter"):
            code = "MissingParameter"
        if broken("error-validation"):
            code = "ValidationError"
        text = f"The parameter {self.label(name)} must be provided and must not be blank"
        spaces = [f"The parameter {self.label(name)} is not a valid identifier. {IDENTIFIERS}"] if value else []
        return [self.fault(code, text + ".", text, *spaces)]

    def name_faults(self, label, name, copying=False):
        """The faults of a new snapshot's name. Where the facts are silent, a copy's target may be freer."""
        loose = copying and self.choice.once("dots, underscores and digits in targets", "refused", "accepted") == "accepted"
        free = re.sub("[._]", "x", name) if loose else name
        if loose and free[:1].isdecimal():
            free = "x" + free
        if not SHORT_RULE.fullmatch(free) and not (broken("name-create-unchecked") and not copying):
            return [self.bad_identifier(label)]
        longest = self.choice.once("length of names", 255, 48, 64, 100, 10 ** 6)
        if len(name) > (40 if broken("name-limit-40") else longest):
            return [self.fault("InvalidParameterValue", f"The parameter {self.label(label)} is too long.")]
        return []

    def too_long(self, label, name):
        """What is longer than any name may be refused for that, or belong to no snapshot."""
        if len(name) > 255 and self.choice.pick("names longer than any", "unknown", "refused") == "refused":
            raise self.fault("InvalidParameterValue", f"The parameter {self.label(label)} is too long.")

    def identifier(self, label, name, longest):
        if SHORT_RULE.fullmatch(name) and len(name) <= longest:
            return []
        return [self.bad_identifier(label)]

    def bad_identifier(self, label):
        text = f"The parameter {self.label(label)} is not a valid identifier. {IDENTIFIERS}"
        return Fault("InvalidParameterValue", text)

    def kms_faults(self, world, key):
        """A key of a known form, in its region, is taken to exist, unless the server was told which do."""
        elsewhere = key.startswith("arn:") and f":kms:{world.region}:" not in key and not broken("regions-shared")
        bare = bool(key) and not key.startswith("arn:")
        exists = not self.keys or AWS_KEY.fullmatch(key) or any(key in (each, each.rpartition("/")[2]) for each in self.keys)
        if not key or broken("kms-bad-ok") or (KMS_KEY.fullmatch(key) and not elsewhere and exists) and not (
                "alias/" in key and self.choice.pick("aliases of keys", "accepted", "refused") == "refused" or
                bare and "alias/" not in key and self.choice.pick("bare ids of keys", "accepted", "refused") == "refused"):
            return []
        code = self.choice.pick("bad keys", "InvalidParameterValue", "InvalidKMSKeyFault", "AccessDenied")
        status = self.choice.pick("status of AccessDenied", 403, 400) if code == "AccessDenied" else 400
        return [self.fault(code, f"The key {key} does not exist or is not usable.", status=status)]

    def over_quota(self, world, owner_id, now, of_copy=False):
        if self.cap and sum(snapshot.alive(now) for snapshot in world.snapshots.values()) >= self.cap:
            return [Fault("SnapshotQuotaExceededFault", "The maximum number of manual snapshots has been reached")]
        if not self.quota or (of_copy and self.quota != "copies"):
            return []
        world.created = [(who, moment) for who, moment in world.created if moment > now - DAY]
        if sum(who == owner_id for who, _ in world.created) < 20:
            return []
        return [Fault("SnapshotQuotaExceededFault", "The maximum number of manual snapshots for this cluster taken within "
                                                    "24 hours has been reached")]

    def fault(self, code, *wordings, status=None):
        """A fault in any of these wordings."""
        if status is None:
            status = 404 if code in ("SnapshotNotFoundFault", "CacheClusterNotFound", "ReplicationGroupNotFoundFault") else 400
        return Fault(code, self.choice.pick(f"wording of {code} {len(wordings)}", *wordings), status)

    def any_of(self, faults):
        """Which of several faults is named is free."""
        return self.choice.order(faults)[0]

    def snapshot_not_found(self, name):
        return self.fault("SnapshotNotFoundFault", f"Snapshot {name} not found.",
                          f"{name} is either not present or not available.", "The requested snapshot does not exist.")

    def name_taken(self, name):
        return self.fault("SnapshotAlreadyExistsFault", "Snapshot with specified name already exists.",
                          f"A snapshot named {name} already exists.")

    def owner_not_found(self, kind, name):
        code = "CacheClusterNotFound" if kind == "cluster" else "ReplicationGroupNotFoundFault"
        what = "CacheCluster" if kind == "cluster" else "ReplicationGroup"
        return self.fault(code, f"{what} not found: {name}", f"{name} is either not present or not available.")

    def owner_state(self, kind, owner, status):
        code = "InvalidCacheClusterState" if kind == "cluster" else "InvalidReplicationGroupState"
        return self.fault(code, f"{owner.id} is not available; its state is {status}.",
                          f"The state {status} of {owner.id} does not allow that.")


def numbered(params, prefix):
    """The structures of a list parameter in the order of their numbers: `Tags.Tag.2.Key` is "Key" of the second."""
    if broken("tags-no-value-shifts") and prefix == "Tags.Tag.":
        values = [key for key in params if key.startswith(prefix) and key.endswith(".Value")]
        params = {key: value for key, value in params.items() if key not in values} | \
            {f"{prefix}{number}.Value": params[key] for number, key in enumerate(values, 1)}
    found = {}
    for key, value in params.items():
        if key.startswith(prefix):
            number, _, member = key[len(prefix):].partition(".")
            if number.isdecimal():
                found.setdefault(int(number), {})[member] = value
    return [found[number] for number in sorted(found)]
