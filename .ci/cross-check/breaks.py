"""Shows that the cross-check can fail: it breaks one thing at a time, and each must be found under its name.

Usage: breaks.py SERVICE.JSON SPECS_FOLDER REASONS.TOML
"""

import copy
import sys

import check


def operation(said, name):
    return next(operation for operation in said["operations"] if operation["name"] == name)


def fault(said, code):
    return next(fault for fault in said["faults"] if fault["code"] == code)


def s3(said, name):
    return next(call for call in said["s3"] if call["name"] == name)


def given(said, name, member):
    return next(given for given in operation(said, name)["inputs"] if given["name"] == member)


def member(said, path):
    return next(member for member in said["members"] if member["path"] == path)


def clause(specs, name):
    return next(clause for clause in specs if clause["id"] == name)


def rename(thing, key, old, new):
    assert old in thing[key], f"{old} is not in {key}"
    thing[key] = thing[key].replace(old, new)


def parameter(said, name, old, new):
    request = operation(said, name)["request"]
    at = [key for key, _ in request].index(old)
    request[at] = [new, request[at][1]]


#: What is broken in the words of `copysnap service` (s) or in the clauses (c), and where the difference has to be.
BREAKS = [
    ("fault.SnapshotNotFoundFault (status)", lambda s, c: fault(s, "SnapshotNotFoundFault").update(status=400)),
    ("fault.CacheSubnetGroupNotFoundFault (status)", lambda s, c: fault(s, "CacheSubnetGroupNotFoundFault").update(status=404)),
    ("fault.InvalidSnapshotStateFault", lambda s, c: fault(s, "InvalidSnapshotState").update(code="InvalidSnapshotStateFault")),
    ("fault.TagNotFound (Type)", lambda s, c: rename(fault(s, "TagNotFound"), "answer", "Sender", "Receiver")),
    ("fault.TagNotFound (read as)", lambda s, c: rename(fault(s, "TagNotFound"), "answer", "Code>", "code>")),
    ("fault.InvalidARN (message)", lambda s, c: rename(fault(s, "InvalidARN"), "answer", "Message>", "message>")),
    ("fault.InvalidARN", lambda s, c: fault(s, "InvalidARN").update(common=True)),
    ("fault.TagNotFound", lambda s, c: s["faults"].remove(fault(s, "TagNotFound"))),
    ("CopySnapshot.fault.InvalidARN", lambda s, c: operation(s, "CopySnapshot")["faults"].append("InvalidARN")),
    ("CopySnapshot.fault.TagQuotaPerResourceExceeded", lambda s, c: operation(s, "CopySnapshot")["faults"].remove("TagQuotaPerResourceExceeded")),
    ("operation.CopySnapshot", lambda s, c: s["operations"].remove(operation(s, "CopySnapshot"))),
    ("operation.CopySnapshots", lambda s, c: operation(s, "CopySnapshot").update(name="CopySnapshots")),
    ("namespace", lambda s, c: s.update(namespace="http://elasticache.amazonaws.com/doc/2014-09-30/")),
    ("CopySnapshot", lambda s, c: operation(s, "CopySnapshot").update(version="2014-09-30")),
    ("CopySnapshot.input.KmsKeyId (required)", lambda s, c: given(s, "CopySnapshot", "KmsKeyId").update(required=True)),
    ("CopySnapshot.input.TargetSnapshotName (required)", lambda s, c: given(s, "CopySnapshot", "TargetSnapshotName").update(required=False)),
    ("CopySnapshot.input.TargetBucket", lambda s, c: operation(s, "CopySnapshot")["inputs"].remove(given(s, "CopySnapshot", "TargetBucket"))),
    ("CopySnapshot.input.TargetBuckets", lambda s, c: given(s, "CopySnapshot", "TargetBucket").update(name="TargetBuckets")),
    ("CreateReplicationGroup.input.ReplicationGroupDescription", lambda s, c: operation(s, "CreateReplicationGroup")["inputs"].remove(given(s, "CreateReplicationGroup", "ReplicationGroupDescription"))),
    ("DescribeSnapshots.input.MaxRecords (type)", lambda s, c: given(s, "DescribeSnapshots", "MaxRecords").update(type="string")),
    ("CopySnapshot.request.Tags.Tag.1.Key", lambda s, c: parameter(s, "CopySnapshot", "Tags.Tag.1.Key", "Tags.member.1.Key")),
    ("CopySnapshot.request.Tags.member.1.Key", lambda s, c: parameter(s, "CopySnapshot", "Tags.Tag.1.Key", "Tags.member.1.Key")),
    ("RemoveTagsFromResource.request.TagKeys.member.2", lambda s, c: parameter(s, "RemoveTagsFromResource", "TagKeys.member.2", "TagKeys.member.3")),
    ("CopySnapshot.request.Version", lambda s, c: parameter(s, "CopySnapshot", "Version", "version")),
    ("CopySnapshot.reply (elements)", lambda s, c: rename(operation(s, "CopySnapshot"), "reply", "CopySnapshotResult", "CopyResult")),
    ("CopySnapshot.reply (namespace)", lambda s, c: rename(operation(s, "CopySnapshot"), "reply", "2015-02-02/", "2014-09-30/")),
    ("CopySnapshot.output.Snapshot.Arn", lambda s, c: rename(operation(s, "CopySnapshot"), "reply", "ARN>", "Arn>")),
    ("CopySnapshot.output.Snapshot.ARN", lambda s, c: rename(operation(s, "CopySnapshot"), "reply", "<ARN>text</ARN>", "")),
    ("DescribeSnapshots.output.Snapshots (items)", lambda s, c: rename(operation(s, "DescribeSnapshots"), "reply", "Snapshot>", "member>")),
    ("ListTagsForResource.output.TagList.key", lambda s, c: rename(operation(s, "ListTagsForResource"), "reply", "Key>", "key>")),
    ("CopySnapshot.output.Snapshot.Port (type)", lambda s, c: member(s, "Port").update(type="string")),
    ("CopySnapshot.output.Snapshot.NodeSnapshots.SnapshotCreateTime (type)", lambda s, c: member(s, "NodeSnapshots.SnapshotCreateTime").update(type="string")),
    ("CopySnapshot.output.Snapshot.DataTiering (values)", lambda s, c: member(s, "DataTiering").update(values=["enabled"])),
    ("CopySnapshot.output.Snapshot.VpcId (values)", lambda s, c: member(s, "VpcId").update(values=["vpc"])),
    ("clause copy.source.unknown, says: status of SnapshotNotFoundFault", lambda s, c: rename(clause(c, "copy.source.unknown"), "says", "(404)", "(400)")),
    ("clause copy.source.unknown, says: SnapshotNotFound", lambda s, c: rename(clause(c, "copy.source.unknown"), "says", "SnapshotNotFoundFault", "SnapshotNotFound")),
    ("clause front.unsigned, example: status of MissingAuthenticationToken", lambda s, c: rename(clause(c, "front.unsigned"), "example", "(403)", "(401)")),
    ("clause delete.unknown, says: InvalidARN", lambda s, c: rename(clause(c, "delete.unknown"), "says", "SnapshotNotFoundFault (404)", "InvalidARN (400)")),
    ("clause delete.unknown, example: CopySnapshots", lambda s, c: clause(c, "delete.unknown").update(example="CopySnapshots(a -> b)")),
    ("clause delete.unknown, example: Name", lambda s, c: clause(c, "delete.unknown").update(example="DeleteSnapshot(Name=a)")),
    ("clause copy.required, source", lambda s, c: rename(clause(c, "copy.required")["source"], "member", "CopySnapshotMessage", "CopySnapshotRequest")),
    ("clause copy.required, source: version", lambda s, c: rename(clause(c, "copy.required")["source"], "name", "1.43", "1.42")),
    ("clause copy.target.taken, source", lambda s, c: clause(c, "copy.target.taken").update(source={"name": "API reference, CopySnapshot", "member": "NewSnapshotName"})),
    ("s3.PutObject", lambda s, c: s["s3"].remove(s3(s, "PutObject"))),
    ("s3.CreateBucket (headers)", lambda s, c: s3(s, "CreateBucket")["headers"].pop()),
    ("s3.CreateBucket (body)", lambda s, c: rename(s3(s, "CreateBucket"), "body", "eu-west-1", "us-east-1")),
    ("s3.PutBucketPolicy (query)", lambda s, c: s3(s, "PutBucketPolicy").update(query="acl=")),
    ("s3.PutBucketTagging (body)", lambda s, c: rename(s3(s, "PutBucketTagging"), "body", "TagSet", "Tags")),
    ("s3.GetObject (path)", lambda s, c: rename(s3(s, "GetObject"), "path", "%20", "+")),
    ("s3.ListObjectsV2 (query)", lambda s, c: rename(s3(s, "ListObjectsV2"), "query", "%2B", "+")),
    ("s3.ListObjectsV2.Content", lambda s, c: rename(s3(s, "ListObjectsV2"), "reply", "Contents", "Content")),
    ("s3.ListObjectsV2 (keys)", lambda s, c: rename(s3(s, "ListObjectsV2"), "reply", "Key>", "key>")),
    ("s3.ListBuckets (names)", lambda s, c: rename(s3(s, "ListBuckets"), "reply", "Name>", "name>")),
    ("s3.DeleteObject (status)", lambda s, c: s3(s, "DeleteObject").update(status=200)),
    ("operation.CopyServerlessCacheSnapshot", lambda s, c: s["operations"].append({**operation(s, "DeleteSnapshot"), "name": "CopyServerlessCacheSnapshot"})),
]


def main(*arguments):
    said, specs, reasons = check.read(*arguments)
    known = check.models()
    wrong = 0
    for where, broken in BREAKS:
        words, clauses = copy.deepcopy(said), copy.deepcopy(specs)
        broken(words, clauses)
        lines = check.compare(words, clauses, reasons, known).lines
        if not any(line.startswith(f"{where}: ") for line in lines):
            wrong += 1
            print(f"no difference at {where}, but: {lines}", file=sys.stderr)
    print(f"{len(BREAKS)} breaks, {wrong} not found")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
