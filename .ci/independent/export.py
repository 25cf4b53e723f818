"""CopySnapshot with a TargetBucket: its refusals, and the objects that it writes."""

import re
import time
from dataclasses import replace

from breaks import broken
from s3 import BUCKET_NAME, ELASTICACHE, Object
from store import NEVER
from wire import Fault

KEY_SENTENCE = ("AWS Key Management Service Customer Managed CMK cannot be used for encrypting exported snapshots in S3. "
                "Please encrypt the exported snapshot file in S3 if necessary.")
LONGEST_NAME = 1000
LONGEST_KEY = 1024
AWS_KEY = re.compile(r"(arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:)?alias/aws/.*")


class Running:
    """An export under way, as its source knows it."""

    @staticmethod
    def gone(_now):
        return False


class Exports:
    """A part of Service."""

    def export_snapshot(self, world, params, source_name, given, now):
        bucket_name, kms = params["TargetBucket"], params.get("KmsKeyId", "")
        bucket = self.s3.buckets.get(bucket_name)
        coming = list(bucket.coming) if bucket else []
        if self.window("race-export-lost"):
            now = time.time()
        tags, tag_faults = self.given_tags(params, copying=True)
        if tags and self.choice.pick("tags of exports", "ignored", "refused") == "refused":
            tag_faults.append(self.fault("InvalidParameterCombination", "Tags can't be combined with TargetBucket."))
        elif tag_faults and self.choice.pick("bad tags of exports", "refused", "ignored") == "ignored":
            tag_faults = []
        kms_faults = self.kms_faults(world, kms)
        syntax = self.blank("SourceSnapshotName", source_name) + \
            (self.blank("TargetSnapshotName", given) or self.export_name_faults(given))
        if syntax:
            raise self.any_of(syntax + tag_faults + kms_faults)

        source = self.find(world, source_name, now, "sources ignore case")
        faults = []
        if not source:
            faults += [] if broken("export-no-source-ok") else self.source_missing(world, source_name)
            source = None if faults else self.anything(world, source_name, now)
        elif not (broken("export-creating-source-ok") and source.status(now) == "creating"):
            faults += self.source_unfit(source, now)
        keys = self.export_keys(given, source)
        if bucket:
            bucket.arrive(now)
        faults += self.bucket_faults(world, bucket, bucket_name, keys, now)
        faults += self.key_faults(kms, source)
        faults += self.export_clash(world, source, given, now)
        if source and source.facts.get("DataTiering") == "enabled" and not broken("export-tiering-ok"):
            code = self.choice.pick("code of exports with data tiering", "InvalidParameterValue", "InvalidParameterCombination")
            faults.append(self.fault(code, f"Snapshot {source.name} uses data tiering and can't be exported."))
        if self.choice.pick("exports count as copies", "no", "yes") == "yes" and source and not source.owner == "nothing":
            faults += self.over_quota(world, source.owner, now, of_copy=True)
        faults += tag_faults + kms_faults
        if faults:
            if broken("export-refused-reserves") and bucket:
                bucket.reserved.update(keys)
            self.export_left_behind(world, bucket, keys, source, given, now)
            raise self.any_of(faults)
        self.window("race-export-key")
        if broken("race-export-lost"):
            bucket.coming = coming
        self.begin_export(world, bucket, keys, source, given, tags, now)
        return self.export_reply(world, source, given, now)

    def export_name_faults(self, given):
        """1-1000 characters, which a key can hold."""
        if broken("export-name-identifier"):
            return self.name_faults("TargetSnapshotName", given, copying=True)
        longest = 255 if broken("export-name-255") else 10 ** 6 if broken("export-name-1001-ok") else LONGEST_NAME
        if len(given) <= longest and (len(f"{given}-0001.rdb".encode()) <= LONGEST_KEY or longest > LONGEST_NAME):
            return []
        return [self.fault("InvalidParameterValue", f"The parameter {self.label('TargetSnapshotName')} is too long.")]

    def export_keys(self, given, source):
        """The keys of an export's objects, one a shard."""
        name = given.lower() if self.choice.once("case of exports' keys", "given", "lower") == "lower" else given
        if broken("export-key-raised") and given != given.lower():
            name = given.upper()
        shards = max(1, len(source.shards) if source else 1)
        if broken("export-one-object"):
            shards = 1
        if broken("export-two-objects"):
            shards = min(shards, 2)
        first = 0 if broken("export-keys-from-zero") else 1
        ending = "" if broken("export-keys-no-ending") else ".rdb"
        digits = 3 if broken("export-keys-three-digits") else 4
        if broken("export-keys-source-name") and source:
            name = source.name
        if broken("export-keys-no-number"):
            return [f"{name}{ending}"]
        return [f"{name}-{number:0{digits}}{ending}" for number in range(first, first + shards)]

    def bucket_faults(self, world, bucket, name, keys, now):
        """Everything that is wrong with a bucket; which of it is named is free."""
        if not bucket:
            if broken("export-no-bucket-ok"):
                return []
            if not BUCKET_NAME.fullmatch(name) and self.choice.pick("malformed buckets", "missing", "invalid") == "invalid":
                return [self.fault("InvalidParameterValue", f"{name} is not a valid bucket name.")]
            if broken("export-text-no-bucket"):
                return [self.bucket_fault(2, "The S3 bucket does not exist.")]
            return [self.bucket_fault(2, f"The S3 bucket {name} does not exist.")]
        faults = []
        if bucket.region != world.region and not broken("export-region-ok"):
            faults.append(self.bucket_fault(1, f"The S3 bucket {name} is outside of the region."))
        if bucket.owner != world.account and not broken("export-foreign-ok") and not broken("accounts-shared"):
            faults.append(self.bucket_fault(3, f"The S3 bucket {name} is not owned by the authenticated user."))
        may = self.s3.may_export(bucket, world.account) and self.forbidden() != "s3"
        if not may and not broken("export-denied-ok"):
            faults.append(self.bucket_fault(4, "The authenticated user does not have sufficient permissions to perform the "
                                               "desired activity."))
        if self.forbidden() == "list":
            faults.append(self.bucket_fault(9, "Elasticache was unable to validate the authenticated user has access on the S3 "
                                               "bucket"))
        taken = self.taken_key(bucket, keys)
        if taken and not broken("export-taken-overwrites"):
            text = f"The S3 bucket {name} already contains an object with key {taken}."
            faults.append(self.bucket_fault(5, text.replace(taken, "that name") if broken("export-text-no-key") else text))
        return faults + self.grant_faults(world, bucket, keys)

    def taken_key(self, bucket, keys):
        """The first of the keys that is in use. An export that has not ended yet may hold its keys already."""
        held = set(sorted(bucket.objects)[:20] if broken("export-taken-of-twenty") else bucket.objects)
        if broken("export-refused-reserves"):
            held |= bucket.reserved
        if self.choice.once("exports under way hold their keys", True, False):
            held |= {key for _, key, _ in bucket.coming}
        if broken("export-taken-any-case"):
            return next((key for key in keys if key.lower() in {other.lower() for other in held}), "")
        if broken("export-taken-in-folders"):
            keys = [key for key in keys if "/" not in key]
        if broken("export-taken-first-only"):
            keys = keys[:1]
        return next((key for key in keys if key in held), "")

    def grant_faults(self, world, bucket, keys):
        by_acl, by_policy = self.s3.granted(bucket, world.region)
        if broken("export-acl-ignored"):
            by_acl = set()
        if broken("export-policy-ignored"):
            by_policy = set()
        granted = by_acl | by_policy
        if broken("export-shards-need-no-write") and len(keys) > 1:
            granted |= {"WRITE"}
        if self.choice.once("half of the grants by ACL, half by policy", "enough", "not enough") == "not enough":
            granted = max(by_acl, by_policy, key=len)
        faults = []
        for number, permission in enumerate(("READ", "WRITE", "READ_ACP"), 6):
            if permission in granted or broken(f"export-{permission.lower().replace('_', '-')}-unchecked"):
                continue
            whom = self.choice.pick("whom texts 6-8 name", bucket.name, ELASTICACHE, world.region,
                                    f"{world.region}.elasticache-snapshot.amazonaws.com")
            said = {"READ": "WRITE", "WRITE": "READ_ACP", "READ_ACP": "READ"}[permission] if broken("export-text-permission") \
                else permission
            faults.append(self.bucket_fault(
                number, f"ElastiCache has not been granted {said} permissions {whom} on the S3 Bucket."))
        return faults

    def bucket_fault(self, number, text):
        """The fault that carries one of the texts."""
        if broken("export-code-of-s3"):
            code, status = {2: ("NoSuchBucket", 404), 5: ("ObjectAlreadyExists", 409)}.get(number, ("AccessDenied", 403))
            return Fault(code, text, status)
        if broken("export-text-other"):
            text = "The export is not possible."
        codes = ("InvalidParameterValue", "InvalidParameterCombination") + (("AccessDenied",) if number in (4, 9) else ())
        code = self.choice.pick(f"code of text {number}", *codes)
        status = self.choice.pick("status of AccessDenied", 403, 400) if code == "AccessDenied" else 400
        return Fault(code, text, status)

    def key_faults(self, kms, source):
        """Customer's keys and exports don't mix; AWS's own may."""
        sentence = Fault("InvalidParameterValue" if broken("export-key-code") else "InvalidParameterCombination",
                         "Exports can't have keys." if broken("export-key-text") else KEY_SENTENCE)
        if source and source.kms and not AWS_KEY.fullmatch(source.kms):
            return [] if broken("export-key-of-source-ok") else [sentence]
        if not kms:
            return []
        answers = ("sentence", "value") + (("success",) if AWS_KEY.fullmatch(kms) else ())
        answer = self.choice.pick(f"exports with one of {len(answers)} keys", *answers)
        if answer == "success" or broken("export-key-given-ok"):
            return []
        return [sentence if answer == "sentence" else self.fault("InvalidParameterValue", "Exports can't have a KmsKeyId.")]

    def export_clash(self, world, source, given, now):
        """A snapshot of the target's name, which is not the source, may be in the way."""
        owner = world.snapshots.get(given.lower())
        if not (owner and owner.alive(now)):
            return []
        if owner is source:
            return [self.name_taken(given.lower())] if broken("export-same-name-refused") else []
        return [self.name_taken(given.lower())] if self.choice.pick("exports onto names of snapshots", "accepted", "refused") == \
            "refused" else []

    def export_left_behind(self, world, bucket, keys, source, given, now):
        """Nothing, unless that rule is broken."""
        if bucket and broken("export-refused-writes"):
            for key in keys:
                bucket.objects.setdefault(key, Object(self.dump(source, key), {}, now))
        if broken("export-refused-snapshot") and given.lower() not in world.snapshots:
            world.snapshots[given.lower()] = self.make_copy(world, source or self.anything(world, given, now), given.lower(), {}, "",
                                                            now)
        if broken("export-refused-busies-source") and source:
            source.busy.append(("exporting", NEVER, Running))

    def begin_export(self, world, bucket, keys, source, given, tags, now):
        end = now
        for key in keys:
            due = now + self.choice.upto(self.settle, self.settle)
            end = max(end, due)
            if bucket and not broken("export-nothing"):
                bucket.coming.append((due, key, self.dump(source, key)))
        if bucket:
            bucket.arrive(time.time())
        world.created += [(source.owner, now)] if self.quota == "copies" else []
        shown = self.choice.pick("sources while they are exported", "available", "exporting", "copying")
        source.busy = [each for each in source.busy if now < each[1]] + [(shown, end, Running)]
        if broken("export-source-stays-exporting"):
            source.busy.append(("exporting", NEVER, Running))
        if broken("export-moves") or broken("export-moves-copies") and source.generation > 1:
            self.doom(world, source, now)
        name, kept = given.lower(), broken("export-leaves-snapshot")
        old = world.snapshots.get(name)
        if old and old.alive(now) or not kept and self.choice.pick("exports show a snapshot", "no", "meanwhile") == "no":
            return
        row = replace(source, name=name, source="manual", facts=dict(source.facts), born=now, ready=NEVER, complete=True, busy=[],
                      first_status=self.choice.pick("status of exports' snapshots", "creating", "copying", "exporting"),
                      tags=dict(source.tags if tags is None else tags), is_copy=False, was_copied=False, copies=[],
                      deleting_since=NEVER, gone_at=end, of_export=True)
        if kept:
            row.ready, row.gone_at, row.of_export = end, NEVER, False
        self.lags(world, row)
        world.snapshots[name] = row

    def dump(self, source, key):
        """An empty database in Redis' format; its end has the check sum 0, which means none."""
        if broken("export-empty-objects"):
            return b""
        if broken("export-other-format"):
            return b'{"snapshot": "%s"}' % key.encode()
        version = self.choice.pick("version of dumps", b"0009", b"0011", b"0012")
        said = (source.facts.get("EngineVersion", "7.1.0") if source else "7.1.0").encode()
        return b"REDIS" + version + b"\xfa\x09redis-ver" + bytes([len(said)]) + said + b"\xff" + bytes(8)

    def export_reply(self, world, source, given, now):
        if broken("export-reply-no-snapshot"):
            return {}
        lower = self.choice.once("case of exports' keys", "given", "lower") == "lower"
        name = self.choice.pick("name in exports' replies", given.lower() if lower else given, source.name)
        status = self.choice.pick("status in exports' replies", "creating", "copying", "exporting", "available")
        if broken("export-reply-status"):
            status = "complete"
        shown = replace(source, name=name, source=self.choice.pick("source in exports' replies", "manual", "automated"))
        return {"Snapshot": self.show(world, shown, status, now)}
