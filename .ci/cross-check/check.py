"""Holds what copysnap says of the service against AWS's own API model, as botocore ships it, both ways.

Usage: check.py SERVICE.JSON SPECS_FOLDER REASONS.TOML

Each difference is a line: where, then what. What the model has and copysnap leaves out stands in REASONS.TOML with its
reason, as does what clauses invent on purpose; an entry there that fits no difference is one itself. Ends with 1 where
anything is different.
"""

import fnmatch
import json
import re
import sys
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree

import botocore
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

try:
    import tomllib
except ModuleNotFoundError:
    import tomli as tomllib

SERVICES = {"2015-02-02": "elasticache", "2011-06-15": "sts", "2006-03-01": "s3"}

#: What a shape of the model is once it is read.
PYTHON = {"string": str, "integer": int, "boolean": bool, "timestamp": datetime, "list": list, "structure": dict}


class Differences:
    """What is different, and what of it is left out on purpose."""

    def __init__(self, reasons):
        self.left_out = [pattern for entry in reasons["left_out"] for pattern in entry["what"]]
        self.invented = [pattern for entry in reasons["invented"] for pattern in entry["what"]]
        self.used = set()
        self.lines = []
        self.compared = 0

    def note(self, where, what):
        self.lines.append(f"{where}: {what}")

    def lacks(self, where, needed=False):
        """The model has it and copysnap does not; what a request needs can't be left out."""
        if needed or not self.is_listed(self.left_out, where):
            self.note(where, "is in AWS's model, not in copysnap, and not left out with a reason")

    def unknown(self, where, what):
        """A clause names what the model does not have."""
        if not self.is_listed(self.invented, where):
            self.note(where, what)

    def is_listed(self, patterns, where):
        fitting = [pattern for pattern in patterns if fnmatch.fnmatchcase(where, pattern)]
        self.used.update(fitting)
        return bool(fitting)

    def same(self, where, ours, theirs):
        self.compared += 1
        if ours != theirs:
            self.note(where, f"copysnap has {ours!r}, AWS's model {theirs!r}")

    def sets(self, where, ours, theirs, needed=()):
        """Compares names both ways and returns those that both have."""
        ours, theirs = list(ours), list(theirs)
        for name in ours:
            self.compared += 1
            if name not in theirs:
                self.note(f"{where}.{name}", "is in copysnap, not in AWS's model")
        for name in theirs:
            if name not in ours:
                self.lacks(f"{where}.{name}", name in needed)
        if len(set(ours)) != len(ours):
            self.note(where, "names something twice")
        return [name for name in ours if name in theirs]

    def end(self):
        for pattern in self.left_out + self.invented:
            if pattern not in self.used:
                self.note(pattern, "is given a reason, yet there is no such difference")


def models():
    loader = Loader()
    return {
        version: ServiceModel(loader.load_service_model(service, "service-2", version), service)
        for version, service in SERVICES.items()
    }


def error_of(shape):
    """Returns code, status and type of a fault as they travel."""
    error = shape.metadata.get("error", {})
    sender = error.get("senderFault", False)
    return error.get("code", shape.name), error.get("httpStatusCode", 400 if sender else 500), "Sender" if sender else "Receiver"


def operations(found, said, models):
    judged = models["2015-02-02"]
    ours = [operation["name"] for operation in said["operations"] if operation["version"] == judged.api_version]
    found.sets("operation", ours, judged.operation_names)
    found.same("namespace", said["namespace"], judged.metadata["xmlNamespace"])
    for operation in said["operations"]:
        model = models.get(operation["version"])
        if model is None or operation["name"] not in model.operation_names:
            found.note(operation["name"], f"is in no model of version {operation['version']}")
            continue
        shape = model.operation_model(operation["name"])
        inputs(found, operation, shape)
        request(found, operation, shape)
        faults = [error_of(error)[0] for error in shape.error_shapes]
        found.sets(f"{operation['name']}.fault", operation["faults"], faults)
        reply(found, operation, shape, said["members"])


def inputs(found, operation, shape):
    members = shape.input_shape.members if shape.input_shape else {}
    required = shape.input_shape.required_members if shape.input_shape else []
    ours = {given["name"]: given for given in operation["inputs"]}
    for name in found.sets(f"{operation['name']}.input", ours, members, required):
        where = f"{operation['name']}.input.{name}"
        found.same(f"{where} (required)", ours[name]["required"], name in required)
        member = members[name]
        kind = member.type_name
        if kind == "list":
            item = member.member
            kind = {"string": "keys"}.get(item.type_name)
            if item.type_name == "structure" and sorted(item.members) == ["Key", "Value"]:
                kind = "tags"
        found.same(f"{where} (type)", ours[name]["type"], kind)


def request(found, operation, shape):
    """The same values, serialised by copysnap and by botocore, are the same parameters."""
    sent = dict(operation["request"])
    given = {}
    known = shape.input_shape.members if shape.input_shape else {}
    for member in operation["inputs"]:
        name, kind = member["name"], member["type"]
        if name not in known:
            continue
        if kind == "tags":
            given[name] = [{"Key": "k1", "Value": "v1"}, {"Key": "k2", "Value": ""}]
        elif kind == "keys":
            given[name] = ["k1", "k2"]
        elif kind == "integer":
            given[name] = int(sent.get(name, 0))
        elif kind == "boolean":
            given[name] = sent.get(name) == "true"
        else:
            given[name] = sent.get(name, "")
    serialised = create_serializer("query", include_validation=False).serialize_to_request(given, shape)
    for key, value in serialised["body"].items():
        value = {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else value
        found.same(f"{operation['name']}.request.{key}", sent.pop(key, None), str(value))
    for key in sent:
        found.note(f"{operation['name']}.request.{key}", "is sent by copysnap and not by botocore")


def reply(found, operation, shape, members):
    """What copysnap writes is made of the model's members alone, and botocore reads all of it as what it is."""
    name = operation["name"]
    root = ElementTree.fromstring(operation["reply"])
    found.same(f"{name}.reply (namespace)", root.tag, f"{{{shape.service_model.metadata['xmlNamespace']}}}{name}Response")
    bare(root)
    wrapper = shape.output_shape.serialization.get("resultWrapper", f"{name}Result")
    found.same(f"{name}.reply (elements)", [child.tag for child in root], [wrapper, "ResponseMetadata"])
    kinds = {member["path"]: member for member in members}
    result = root.find(wrapper)
    if result is None:
        return
    parsed = create_parser("query").parse(
        {"status_code": 200, "headers": {}, "body": operation["reply"].encode()}, shape.output_shape
    )
    structure(found, f"{name}.output", result, shape.output_shape, parsed, kinds, None)


def structure(found, where, element, shape, parsed, kinds, below):
    """Compares one structure; `below` is the path below `Snapshot`, `None` outside of it."""
    names = {member.serialization.get("name", name): name for name, member in shape.members.items()}
    for tag in found.sets(where, [child.tag for child in element], names):
        child, name = element.find(tag), names[tag]
        member = shape.members[name]
        path = None if below is None else f"{below}.{tag}".lstrip(".")
        if name not in parsed:
            found.note(f"{where}.{tag}", "is lost when botocore reads it")
            continue
        value = parsed[name]
        if member.type_name == "structure":
            structure(found, f"{where}.{tag}", child, member, value, kinds, "" if member.name == "Snapshot" else path)
        elif member.type_name == "list":
            items = member.member
            item = items.serialization.get("name", "member")
            found.same(f"{where}.{tag} (items)", {inner.tag for inner in child}, {item})
            if value and items.type_name == "structure" and child.find(item) is not None:
                inner = "" if items.name == "Snapshot" else path
                structure(found, f"{where}.{tag}", child.find(item), items, value[0], kinds, inner)
        else:
            scalar(found, f"{where}.{tag}", child, member, value, kinds.get(path) if path else None)


def scalar(found, where, element, member, value, said):
    found.same(f"{where} (read as)", type(value).__name__, PYTHON[member.type_name].__name__)
    if member.type_name in ("string", "integer"):
        found.same(f"{where} (text)", element.text, str(value))
    if said is None:
        return
    found.same(f"{where} (type)", said["type"], member.type_name)
    found.same(f"{where} (values)", sorted(said.get("values", [])), sorted(getattr(member, "enum", [])))


def bare(root):
    for element in root.iter():
        element.tag = element.tag.rsplit("}", 1)[-1]


def faults(found, said, model):
    """Codes, statuses and types, and that botocore reads the error as what it is."""
    declared = {error_of(shape)[0]: shape for shape in model.error_shapes}
    ours = {fault["code"]: fault for fault in said["faults"]}
    # What only operations declare that are left out is left out with them.
    had = [name for name in (operation["name"] for operation in said["operations"]) if name in model.operation_names]
    needed = {error_of(shape)[0] for name in had for shape in model.operation_model(name).error_shapes}
    found.sets("fault", [code for code, fault in ours.items() if not fault["common"]], sorted(needed))
    for code, fault in ours.items():
        where = f"fault.{code}"
        parsed = create_parser("query").parse(
            {"status_code": fault["status"], "headers": {}, "body": fault["answer"].encode()}, None
        )
        found.same(f"{where} (read as)", parsed["Error"].get("Code"), code)
        found.same(f"{where} (message)", parsed["Error"].get("Message"), "message")
        if fault["common"]:
            if code in declared:
                found.note(where, "counts as common, yet AWS's model declares it")
        elif code in declared:
            _, status, kind = error_of(declared[code])
            found.same(f"{where} (status)", fault["status"], status)
            found.same(f"{where} (Type)", parsed["Error"].get("Type"), kind)
    return declared


def clauses(found, specs, said, known, declared):
    """What the clauses say: each code with its status, each operation with its parameters, each source in the model."""
    ours = {fault["code"]: fault for fault in said["faults"]}
    model = known["2015-02-02"]
    for clause in specs:
        where = f"clause {clause['id']}"
        for key in ("says", "allows", "example"):
            text = clause.get(key, "")
            for code, status in re.findall(r"\b([A-Z]\w+) \((\d{3})\)", text):
                if code in declared:
                    found.same(f"{where}, {key}: status of {code}", int(status), error_of(declared[code])[1])
                    if key != "example" and not may_answer(model, clause["id"], code):
                        found.unknown(f"{where}, {key}: {code}", "no operation of that area declares it")
                elif code in ours:
                    found.same(f"{where}, {key}: status of {code}", int(status), ours[code]["status"])
                else:
                    found.unknown(f"{where}, {key}: {code}", "no fault travels as that")
            for name, given in re.findall(r"\b([A-Z]\w+)\(([^()]*)\)", text):
                parameters(found, f"{where}, {key}", known, name, given)
        source(found, where, clause["source"], model)


#: What the clauses of an area are about.
AREAS = {
    "copy": ["CopySnapshot"],
    "create": ["CreateSnapshot"],
    "delete": ["DeleteSnapshot"],
    "describe": ["DescribeSnapshots"],
    "tags": ["AddTagsToResource", "RemoveTagsFromResource", "ListTagsForResource", "CopySnapshot", "CreateSnapshot"],
}


def may_answer(model, clause, code):
    names = AREAS.get(clause.split(".")[0], model.operation_names)
    return any(code == error_of(error)[0] for name in names for error in model.operation_model(name).error_shapes)


def parameters(found, where, known, name, given):
    """`DescribeSnapshots(SnapshotName=a)`: there is such an operation, and it has such parameters."""
    model = next((model for model in known.values() if name in model.operation_names), None)
    if model is None:
        found.unknown(f"{where}: {name}", "AWS's models have no such operation")
        return
    shape = model.operation_model(name).input_shape
    for parameter in re.findall(r"\b([A-Z]\w*)(?:\.[\w.]+)?=", given):
        found.compared += 1
        if parameter not in shape.members:
            found.unknown(f"{where}: {parameter}", f"{name} has no such parameter")


def source(found, where, source, model):
    """A source in the model or the API reference names what is there."""
    # Behind a colon stands what follows from it.
    name, member = source["name"].split(": ")[0], source.get("member", "")
    if name.startswith("API model"):
        found.same(f"{where}, source: version", name, f"API model (botocore {botocore.__version__})")
        for part in filter(None, member.split(", ")):
            found.compared += 1
            if not in_model(model, part):
                found.note(f"{where}, source", f"AWS's model has no {part}")
    elif name.startswith("API reference, ") and ";" not in name:
        of = name.removeprefix("API reference, ").replace(" and ", ", ").split(", ")
        for owner in of:
            found.compared += 1
            if owner not in model.operation_names and owner not in model.shape_names:
                found.note(f"{where}, source", f"AWS's model has no {owner}")
                continue
                continue
            # What is written small is a part of the page, as are the examples.
            for part in re.findall(r"\b[A-Z]\w+\b", member.split(";")[0]):
                if part != "Examples" and not on_page(model, owner, part):
                    found.note(f"{where}, source", f"{owner} has no {part} in AWS's model")


def on_page(model, owner, part):
    if owner not in model.operation_names:
        return part in model.shape_for(owner).members
    operation = model.operation_model(owner)
    known = set(operation.input_shape.members) | set(operation.output_shape.members)
    return part in known or part in (error.name for error in operation.error_shapes)


#: Traits of the model that a source may name as such.
TRAITS = {"operations", "resultWrapper", "senderFault", "error.code", "error.httpStatusCode"}


def in_model(model, part):
    if part in TRAITS:
        return True
    owner, _, rest = part.partition(".")
    if owner == "metadata":
        return rest in model.metadata
    if owner in model.operation_names:
        return rest in ("", "errors")
    if owner not in model.shape_names:
        return False
    shape = model.shape_for(owner)
    return rest in ("", "required") or rest in getattr(shape, "members", {})


#: What each call of S3 is to botocore: the parameters, and of the reply what is read out of it.
BUCKET, KEY = "cs-bucket", "a b/\u00fc+&%.rdb"

#: ElastiCache's canonical user in commercial regions. Source: user guide, "Exporting a backup".
USER = "540804c33a284a299d2547575ce1010f2312ef3da9b3a053c8bc45bf233e4353"

S3 = {
    "CreateBucket": {
        "Bucket": BUCKET,
        "ObjectOwnership": "BucketOwnerPreferred",
        "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"},
        **dict.fromkeys(("GrantRead", "GrantWrite", "GrantReadACP"), f'id="{USER}"'),
    },
    "PutBucketPolicy": {"Bucket": BUCKET, "Policy": None},
    "DeleteBucketPolicy": {"Bucket": BUCKET},
    "PutBucketTagging": {"Bucket": BUCKET, "Tagging": {"TagSet": [{"Key": "a <&> \u00fc", "Value": "b"}]}},
    "PutObject": {"Bucket": BUCKET, "Key": KEY, "Body": b"body"},
    "HeadObject": {"Bucket": BUCKET, "Key": KEY},
    "GetObject": {"Bucket": BUCKET, "Key": KEY, "Range": "bytes=0-63"},
    "DeleteObject": {"Bucket": BUCKET, "Key": KEY},
    "ListObjectsV2": {"Bucket": BUCKET, "ContinuationToken": "t/o+k="},
    "DeleteBucket": {"Bucket": BUCKET},
    "ListBuckets": {},
}

#: The headers of S3 that say something; the others are the transport's, as digests of the body are.
SAYING, DIGESTS = ("x-amz-", "range"), "x-amz-checksum-"


def buckets(found, said, model):
    """Every call of S3 is sent as botocore sends it, and its reply is one that botocore reads."""
    found.sets("s3", [call["name"] for call in said["s3"]], S3)
    for call in said["s3"]:
        if call["name"] not in S3:
            continue
        where, shape = f"s3.{call['name']}", model.operation_model(call["name"])
        given = {key: call["body"] if value is None else value for key, value in S3[call["name"]].items()}
        wanted = create_serializer("rest-xml", include_validation=False).serialize_to_request(given, shape)
        url = urlsplit(wanted["url_path"])
        query = {**dict(parse_qsl(url.query, keep_blank_values=True)), **wanted["query_string"]}
        found.same(f"{where} (method)", call["method"], wanted["method"])
        found.same(f"{where} (path)", call["path"], url.path)
        found.same(f"{where} (query)", dict(parse_qsl(call["query"], keep_blank_values=True)), query)
        found.same(f"{where} (headers)", saying(call["headers"]), saying(wanted["headers"].items()))
        found.same(f"{where} (body)", document(call["body"]), document(wanted["body"]))
        # Where the model is silent, S3 has 200 or 204.
        if "responseCode" in shape.http:
            found.same(f"{where} (status)", call["status"], shape.http["responseCode"])
        if call["reply"].startswith("<"):
            listing(found, where, call["reply"], shape)


def saying(headers):
    said = ((name.lower(), value) for name, value in headers)
    return {name: value for name, value in said if name.startswith(SAYING) and not name.startswith(DIGESTS)}


def document(body):
    """A body as what it says: XML without regard to its writing, anything else as its text."""
    text = body.decode() if isinstance(body, bytes) else body or ""
    return ElementTree.canonicalize(text, strip_text=True) if text.startswith("<") else text


def listing(found, where, reply, shape):
    root = ElementTree.fromstring(reply)
    parsed = create_parser("rest-xml").parse({"status_code": 200, "headers": {}, "body": reply.encode()}, shape.output_shape)
    bare(root)
    for element in root:
        if element.tag not in shape.output_shape.members:
            found.note(f"{where}.{element.tag}", "is in no reply of AWS's model")
    keys = [element.findtext("*") for element in root.findall("Contents")]
    found.same(f"{where} (keys)", keys, [item.get("Key") for item in parsed.get("Contents", [])])
    names = [element.findtext("*") for element in root.findall("Buckets/Bucket")]
    found.same(f"{where} (names)", names, [item.get("Name") for item in parsed.get("Buckets", [])])
    found.same(f"{where} (token)", root.findtext("NextContinuationToken"), parsed.get("NextContinuationToken"))


def compare(said, specs, reasons, known):
    """Compares the words of `copysnap service` and the clauses with the models."""
    found = Differences(reasons)
    model = known["2015-02-02"]
    operations(found, said, known)
    declared = faults(found, said, model)
    clauses(found, specs, said, known, declared)
    buckets(found, said, known["2006-03-01"])
    found.end()
    return found


def read(service, specs, reasons):
    """Reads the three arguments."""
    toml = lambda file: tomllib.loads(file.read_text(encoding="utf-8"))
    said = json.loads(Path(service).read_text(encoding="utf-8"))
    return said, [clause for file in sorted(Path(specs).glob("*.toml")) for clause in toml(file).get("clause", [])], toml(Path(reasons))


def main(*arguments):
    said, specs, reasons = read(*arguments)
    found = compare(said, specs, reasons, models())
    for line in found.lines:
        print(line, file=sys.stderr)
    print(
        f"botocore {botocore.__version__}: {len(said['operations'])} operations, {len(said['s3'])} calls of S3, {len(said['faults'])} faults and"
        f" {len(specs)} clauses, {found.compared} comparisons, {len(found.lines)} differences"
    )
    return 1 if found.lines else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
