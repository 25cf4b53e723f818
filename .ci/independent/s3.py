"""S3, path style, as far as exports need it: buckets with owner, region, grants and policy, and their objects.

The state is guarded by the same lock as the snapshots'.
"""

import hashlib
import json
import re
import time
import uuid
import xml.etree.ElementTree as ElementTree
from base64 import b64decode, b64encode
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from fnmatch import fnmatchcase
from urllib.parse import parse_qsl, quote, unquote
from xml.sax.saxutils import escape

from breaks import broken

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
ELASTICACHE = "540804c33a284a299d2547575ce1010f2312ef3da9b3a053c8bc45bf233e4353"
BUCKET_NAME = re.compile(r"(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
PERMISSIONS = {"x-amz-grant-read": "READ", "x-amz-grant-write": "WRITE", "x-amz-grant-read-acp": "READ_ACP",
               "x-amz-grant-write-acp": "WRITE_ACP", "x-amz-grant-full-control": "FULL_CONTROL"}
OWNERSHIPS = ("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter")
# What a policy has to allow the service, in the words of the three refusals.
BY_POLICY = {"READ": (("s3:ListBucket", False), ("s3:GetObject", True)), "WRITE": (("s3:PutObject", True),),
             "READ_ACP": (("s3:GetBucketAcl", False),)}
BY_POLICY_TOO = (("s3:ListMultipartUploadParts", True), ("s3:ListBucketMultipartUploads", False))
KEPT_HEADERS = ("content-type", "cache-control", "content-disposition", "content-encoding", "content-language", "expires")


class S3Fault(Exception):
    def __init__(self, status, code, message, **more):
        super().__init__(code)
        self.status, self.code, self.message, self.more = status, code, message, more


@dataclass
class Object:
    body: bytes
    headers: dict
    born: float

    @property
    def etag(self):
        return f'"{hashlib.md5(self.body).hexdigest()}"'


@dataclass
class Bucket:
    name: str
    owner: str  # the account
    region: str
    ownership: str
    born: float
    grants: list = field(default_factory=list)  # (type of grantee, who, permission)
    policy: str = ""
    statements: list = field(default_factory=list)
    before: tuple = (0.0, ())  # when the policy changed last, and its statements until then
    objects: dict = field(default_factory=dict)
    coming: list = field(default_factory=list)  # (moment, key, body) of exports under way
    reserved: set = field(default_factory=set)  # keys, for the break that reserves them
    kept: dict = field(default_factory=dict)  # other sub-resources, as they were put

    def arrive(self, now):
        """Writes the objects of exports that are due."""
        for due, key, body in sorted(self.coming, key=lambda each: each[0]):
            if due <= now:
                self.objects[key] = Object(body, {"content-type": "application/octet-stream"}, due)
        self.coming = [each for each in self.coming if each[0] > now]

    def allows(self, action, whole, matches):
        """Does the policy allow an action on the bucket, or on every object, to whom `matches` means? Denials win."""
        resource = f"{self.name}/any" if whole else self.name
        found = [each for each in self.statements if matches(each.get("Principal"), each) and concerns(each, action, resource)]
        if any(each["Effect"] == "Deny" and not each.get("Condition") for each in found):
            return False
        return any(each["Effect"] == "Allow" for each in found)

    def denies(self, action, whole, matches):
        resource = f"{self.name}/any" if whole else self.name
        return any(each["Effect"] == "Deny" and not each.get("Condition") and matches(each.get("Principal"), each)
                   and concerns(each, action, resource) for each in self.statements)


def several(value):
    return value if isinstance(value, list) else [] if value is None else [value]


def concerns(statement, action, resource):
    """Does a statement of a policy speak of this action on this resource?"""
    actions = [each.lower() for each in several(statement.get("Action"))]
    resources = [re.sub(r"^arn:aws[a-z-]*:s3:::", "", each) for each in several(statement.get("Resource"))]
    acts = any(fnmatchcase(action.lower(), each) for each in actions) if actions else \
        not any(fnmatchcase(action.lower(), each.lower()) for each in several(statement.get("NotAction")))
    return acts and any(fnmatchcase(resource, each) for each in resources)


def account_matcher(account):
    """Is the principal of a statement this account, or everybody?"""
    def matches(principal, _statement):
        named = several(principal.get("AWS")) if isinstance(principal, dict) else several(principal)
        return any(each == "*" or each == account or f"::{account}:" in each or each == canonical(account) for each in named)
    return matches


def service_matcher(region):
    """Is the principal of a statement ElastiCache's, in this region?"""
    def matches(principal, _statement):
        if not isinstance(principal, dict):
            return principal == "*"
        services = several(principal.get("Service"))
        if broken("export-policy-of-anywhere"):
            return any(each.endswith(".elasticache-snapshot.amazonaws.com") for each in services)
        return f"{region}.elasticache-snapshot.amazonaws.com" in services or \
            "*" in several(principal.get("AWS")) or ELASTICACHE in several(principal.get("CanonicalUser"))
    return matches


def moment(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(seconds))


def canonical(account):
    return hashlib.sha256(f"owner {account}".encode()).hexdigest()


class S3:
    def __init__(self, choice, lock, acls=True, policies=True, strict=False, lag=0.0):
        self.choice, self.lock, self.acls, self.policies, self.strict, self.lag = choice, lock, acls, policies, strict, lag
        self.buckets = {}

    def answer(self, request):
        """Returns status, headers and body."""
        name, _, key = request.path.lstrip("/").partition("/")
        name, key = unquote(name), unquote(key)
        request_id = uuid.uuid4().hex[:16].upper()
        try:
            if request.refusal:
                raise request.refusal
            if not request.signed:
                raise S3Fault(403, "AccessDenied", "Access Denied")
            with self.lock:
                status, headers, body = self.dispatch(request, name, key, time.time())
        except S3Fault as fault:
            tree = {"Code": fault.code, "Message": fault.message} | fault.more | \
                {"RequestId": request_id, "HostId": b64encode(request_id.encode()).decode()}
            status, headers = fault.status, [("Content-Type", "application/xml")]
            body = self.document("Error", "".join(f"<{tag}>{escape(text)}</{tag}>" for tag, text in tree.items()), "")
            if request.method == "HEAD":
                body = b""
        return status, [("x-amz-request-id", request_id), *headers], body

    def dispatch(self, request, name, key, now):
        method, query = request.method, dict(parse_qsl(request.query, keep_blank_values=True))
        if not name:
            if method == "GET":
                return self.list_buckets(request)
            raise S3Fault(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
        sub = next((each for each in ("acl", "policy", "policyStatus", "location", "ownershipControls", "publicAccessBlock", "delete",
                                      "versioning", "uploads", "uploadId", "tagging", "versions", "encryption", "lifecycle",
                                      "object-lock", "requestPayment", "logging", "notification", "cors", "website")
                    if each in query), "")
        if not key and method == "PUT" and not sub:
            return self.create_bucket(request, name, now)
        bucket = self.bucket(request, name, now)
        if key:
            handler = {"PUT": self.put_object, "GET": self.get_object, "HEAD": self.get_object,
                       "DELETE": self.delete_object}.get(method)
            if sub or not handler or "x-amz-copy-source" in request.headers:
                raise S3Fault(501, "NotImplemented", "A header or query you provided implies functionality that is not implemented.")
            return handler(request, bucket, key, now)
        handlers = {
            ("HEAD", ""): self.head_bucket, ("DELETE", ""): self.delete_bucket, ("GET", ""): self.list_objects,
            ("GET", "location"): self.location, ("GET", "acl"): self.get_acl, ("PUT", "acl"): self.put_acl,
            ("GET", "policy"): self.get_policy, ("PUT", "policy"): self.put_policy, ("DELETE", "policy"): self.delete_policy,
            ("GET", "ownershipControls"): self.get_ownership, ("PUT", "ownershipControls"): self.put_ownership,
            ("DELETE", "ownershipControls"): self.delete_ownership, ("GET", "publicAccessBlock"): self.get_kept,
            ("PUT", "publicAccessBlock"): self.put_kept, ("DELETE", "publicAccessBlock"): self.delete_kept,
            ("POST", "delete"): self.delete_objects}
        handler = handlers.get((method, sub))
        if not handler:
            raise S3Fault(501, "NotImplemented", "A header or query you provided implies functionality that is not implemented.")
        return handler(request, bucket, query, now)

    def bucket(self, request, name, now):
        bucket = self.buckets.get(name)
        if not bucket:
            if not BUCKET_NAME.fullmatch(name):
                raise S3Fault(400, "InvalidBucketName", "The specified bucket is not valid.", BucketName=name)
            raise S3Fault(404, "NoSuchBucket", "The specified bucket does not exist", BucketName=name)
        if self.strict and request.region != bucket.region:
            raise S3Fault(301, "PermanentRedirect", "The bucket you are attempting to access must be addressed using the "
                          "specified endpoint.", Bucket=name, Endpoint=f"s3.{bucket.region}.amazonaws.com")
        bucket.arrive(now)
        return bucket

    def check(self, request, bucket, action, whole, permission=""):
        """Raises AccessDenied unless the caller may do this."""
        me = account_matcher(request.account)
        mine = bucket.owner == request.account
        if bucket.denies(action, whole, me) and not (mine and action.endswith("BucketPolicy")):
            raise S3Fault(403, "AccessDenied", "Access Denied")
        if mine or bucket.allows(action, whole, me):
            return
        if permission and any(who == canonical(request.account) and what in (permission, "FULL_CONTROL")
                              for _, who, what in bucket.grants):
            return
        raise S3Fault(403, "AccessDenied", "Access Denied")

    # --- what exports ask ----------------------------------------------------------------------

    def granted(self, bucket, region):
        """The permissions that ElastiCache in this region has, each by ACL, by policy or, as drawn, by either."""
        if not self.acls and not self.policies:
            return {"READ", "WRITE", "READ_ACP"}, set()
        changed, statements = bucket.before
        if time.time() < changed + self.lag:
            bucket = replace(bucket, statements=statements)
        by_acl = {what for kind, who, what in bucket.grants
                  if who == ELASTICACHE or broken("export-acl-of-anybody") and kind != "CanonicalUser"} if self.acls else set()
        if "FULL_CONTROL" in by_acl:
            by_acl |= {"READ", "WRITE", "READ_ACP"}
        if bucket.ownership == "BucketOwnerEnforced":
            by_acl = set()
        service = service_matcher(region)
        by_policy = {permission for permission, needs in BY_POLICY.items()
                     if all(bucket.allows(action, whole, service) for action, whole in needs)}
        if self.choice.pick("policies have to allow multipart uploads too", False, True) and \
                not all(bucket.allows(action, whole, service) for action, whole in BY_POLICY_TOO):
            by_policy.discard("READ")
        for permission, needs in BY_POLICY.items():
            if any(bucket.denies(action, whole, service) for action, whole in needs):
                by_acl.discard(permission)
        return by_acl, by_policy

    def may_export(self, bucket, account):
        """Does the bucket's policy leave the caller what an export needs of them?"""
        me = account_matcher(account)
        needs = [("s3:PutObject", True), ("s3:GetBucketLocation", False)]
        if self.choice.pick("rights that an export needs", "all", "some") == "all":
            needs += [("s3:ListBucket", False), ("s3:GetBucketAcl", False), ("s3:GetObject", True), ("s3:DeleteObject", True)]
        return not any(bucket.denies(action, whole, me) for action, whole in needs)

    # --- buckets -------------------------------------------------------------------------------

    def create_bucket(self, request, name, now):
        if not BUCKET_NAME.fullmatch(name):
            raise S3Fault(400, "InvalidBucketName", "The specified bucket is not valid.", BucketName=name)
        constraint = ""
        if request.body.strip():
            constraint = next((each.text or "" for each in self.tree(request).iter()
                               if each.tag.rpartition("}")[2] == "LocationConstraint"), "")
        region = {"": "us-east-1", "EU": "eu-west-1"}.get(constraint, constraint)
        if self.strict and (constraint == "us-east-1" or not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", region)):
            raise S3Fault(400, "InvalidLocationConstraint", "The specified location-constraint is not valid",
                          LocationConstraint=constraint)
        if self.strict and request.region not in ("us-east-1", region):
            raise S3Fault(400, "IllegalLocationConstraintException", f"The {constraint or 'unspecified'} location constraint is "
                          "incompatible for the region specific endpoint this request was sent to.")
        if not constraint and not self.strict:
            region = request.region
        ownership = request.headers.get("x-amz-object-ownership", "BucketOwnerEnforced")
        if ownership not in OWNERSHIPS:
            raise S3Fault(400, "InvalidArgument", "Invalid x-amz-object-ownership header: " + ownership)
        grants = self.header_grants(request, request.account)
        if old := self.buckets.get(name):
            if old.owner != request.account:
                raise S3Fault(409, "BucketAlreadyExists", "The requested bucket name is not available. The bucket namespace is "
                              "shared by all users of the system. Please select a different name and try again.", BucketName=name)
            if region != "us-east-1" or self.choice.pick("making one's bucket again", "refused", "accepted") == "refused":
                raise S3Fault(409, "BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and "
                              "you already own it.", BucketName=name)
            return 200, [("Location", f"/{name}")], b""
        if grants is not None:
            self.need_acls(ownership, "InvalidBucketAclWithObjectOwnership")
        self.buckets[name] = Bucket(name, request.account, region, ownership, now,
                                    grants or [("CanonicalUser", canonical(request.account), "FULL_CONTROL")])
        return 200, [("Location", f"/{name}")], b""

    def head_bucket(self, request, bucket, _query, _now):
        self.check(request, bucket, "s3:ListBucket", False, "READ")
        return 200, [("x-amz-bucket-region", bucket.region), ("Content-Type", "application/xml")], b""

    def delete_bucket(self, request, bucket, _query, _now):
        self.check(request, bucket, "s3:DeleteBucket", False)
        if bucket.owner != request.account:
            raise S3Fault(403, "AccessDenied", "Access Denied")
        if bucket.objects:
            raise S3Fault(409, "BucketNotEmpty", "The bucket you tried to delete is not empty", BucketName=bucket.name)
        del self.buckets[bucket.name]
        return 204, [], b""

    def list_buckets(self, request):
        inner = "".join(f"<Bucket><Name>{each.name}</Name><CreationDate>{moment(each.born)}</CreationDate></Bucket>"
                        for each in sorted(self.buckets.values(), key=lambda each: each.name) if each.owner == request.account)
        owner = canonical(request.account)
        return self.reply("ListAllMyBucketsResult", f"<Owner><ID>{owner}</ID></Owner><Buckets>{inner}</Buckets>")

    def location(self, request, bucket, _query, _now):
        self.check(request, bucket, "s3:GetBucketLocation", False)
        return self.reply("LocationConstraint", "" if bucket.region == "us-east-1" else bucket.region)

    # --- grants --------------------------------------------------------------------------------

    def need_acls(self, ownership, code="AccessControlListNotSupported"):
        if not self.acls:
            raise S3Fault(400, "AccessControlListNotSupported", "The bucket does not allow ACLs")
        if ownership == "BucketOwnerEnforced":
            raise S3Fault(400, code, "The bucket does not allow ACLs" if code.startswith("Access") else
                          "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting")

    def header_grants(self, request, owner):
        """The grants that headers give, or None if they give none. A canned `private` is as good as none."""
        canned = request.headers.get("x-amz-acl", "")
        grants = []
        for header, permission in PERMISSIONS.items():
            for kind, who in re.findall(r'(id|uri|emailAddress)\s*=\s*"?([^",]+)"?', request.headers.get(header, "")):
                grants.append(({"id": "CanonicalUser", "uri": "Group"}.get(kind, "AmazonCustomerByEmail"), who.strip(), permission))
            if request.headers.get(header) and not grants:
                raise S3Fault(400, "InvalidArgument", "Argument format not recognized")
        if grants and canned:
            raise S3Fault(400, "InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed")
        if canned and canned not in ("private", "bucket-owner-full-control"):
            everybody = ("Group", "http://acs.amazonaws.com/groups/global/AllUsers")
            grants = [("CanonicalUser", canonical(owner), "FULL_CONTROL")] + \
                [(*everybody, "READ")] * canned.startswith("public-read") + [(*everybody, "WRITE")] * (canned == "public-read-write")
        return grants or None

    def get_acl(self, request, bucket, _query, _now):
        self.check(request, bucket, "s3:GetBucketAcl", False, "READ_ACP")
        inner = ""
        for kind, who, permission in bucket.grants:
            tag = {"Group": "URI", "CanonicalUser": "ID"}.get(kind, "EmailAddress")
            inner += (f'<Grant><Grantee xmlns:xsi="{XSI}" xsi:type="{kind}"><{tag}>{escape(who)}</{tag}></Grantee>'
                      f"<Permission>{permission}</Permission></Grant>")
        owner = canonical(bucket.owner)
        return self.reply("AccessControlPolicy",
                          f"<Owner><ID>{owner}</ID></Owner><AccessControlList>{inner}</AccessControlList>")

    def put_acl(self, request, bucket, _query, _now):
        self.check(request, bucket, "s3:PutBucketAcl", False, "WRITE_ACP")
        self.need_acls(bucket.ownership)
        grants = self.header_grants(request, bucket.owner)
        if request.body.strip():
            grants = []
            for grant in self.tree(request).iter():
                if grant.tag.rpartition("}")[2] == "Grant":
                    words = {each.tag.rpartition("}")[2]: (each.text or "").strip() for each in grant.iter()}
                    kind = "Group" if "URI" in words else "CanonicalUser"
                    grants.append((kind, words.get("ID") or words.get("URI") or "", words.get("Permission", "")))
            if any(what not in PERMISSIONS.values() or not who for _, who, what in grants):
                raise S3Fault(400, "MalformedACLError", "The XML you provided was not well-formed or did not validate")
        bucket.grants = grants or [("CanonicalUser", canonical(bucket.owner), "FULL_CONTROL")]
        return 200, [], b""

    def get_ownership(self, request, bucket, _query, _now):
        self.check(request, bucket, "s3:GetBucketOwnershipControls", False)
        if not bucket.ownership:
            raise S3Fault(404, "OwnershipControlsNotFoundError", "The bucket ownership controls were not found")
        return self.reply("OwnershipControls", f"<Rule><ObjectOwnership>{bucket.ownership}</ObjectOwnership></Rule>")

    def put_ownership(self, request, bucket, _query, _now):
        self.check(request, bucket, "s3:PutBucketOwnershipControls", False)
        words = [each.text for each in self.tree(request).iter() if each.tag.rpartition("}")[2] == "ObjectOwnership"]
        if len(words) != 1 or words[0] not in OWNERSHIPS:
            raise S3Fault(400, "MalformedXML", "The XML you provided was not well-formed or did not validate")
        bucket.ownership = words[0]
        return 200, [], b""

    def delete_ownership(self, request, bucket, _query, _now):
        self.check(request, bucket, "s3:PutBucketOwnershipControls", False)
        bucket.ownership = ""
        return 204, [], b""

    def get_kept(self, request, bucket, _query, _now):
        self.check(request, bucket, "s3:GetBucketPublicAccessBlock", False)
        if "publicAccessBlock" not in bucket.kept:
            raise S3Fault(404, "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found")
        return 200, [("Content-Type", "application/xml")], bucket.kept["publicAccessBlock"]

    def put_kept(self, request, bucket, _query, _now):
        self.check(request, bucket, "s3:PutBucketPublicAccessBlock", False)
        bucket.kept["publicAccessBlock"] = request.body
        return 200, [], b""

    def delete_kept(self, request, bucket, _query, _now):
        self.check(request, bucket, "s3:PutBucketPublicAccessBlock", False)
        bucket.kept.pop("publicAccessBlock", None)
        return 204, [], b""

    def need_policies(self):
        if not self.policies:
            raise S3Fault(501, "NotImplemented", "A header or query you provided implies functionality that is not implemented.")

    def get_policy(self, request, bucket, _query, _now):
        self.need_policies()
        self.check(request, bucket, "s3:GetBucketPolicy", False)
        if not bucket.policy:
            raise S3Fault(404, "NoSuchBucketPolicy", "The bucket policy does not exist", BucketName=bucket.name)
        return 200, [("Content-Type", "application/json")], bucket.policy.encode()

    def put_policy(self, request, bucket, _query, _now):
        self.need_policies()
        self.check(request, bucket, "s3:PutBucketPolicy", False)
        try:
            text = request.body.decode()
            policy = json.loads(text)
            statements = several(policy["Statement"])
            sound = policy.get("Version", "2008-10-17") in ("2012-10-17", "2008-10-17") and statements and all(
                each["Effect"] in ("Allow", "Deny") and "Principal" in each and ("Action" in each or "NotAction" in each)
                for each in statements)
            inside = sound and all(
                re.sub(r"^arn:aws[a-z-]*:s3:::", "", where).partition("/")[0] in (bucket.name, "*")
                for each in statements for where in several(each["Resource"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            sound = inside = False
        if not sound:
            raise S3Fault(400, "MalformedPolicy", "This policy contains invalid Json")
        if not inside:
            raise S3Fault(400, "MalformedPolicy", "Policy has invalid resource")
        bucket.before = time.time(), bucket.statements
        bucket.policy, bucket.statements = text, statements
        return 204, [], b""

    def delete_policy(self, request, bucket, _query, _now):
        self.need_policies()
        self.check(request, bucket, "s3:DeleteBucketPolicy", False)
        bucket.before = time.time(), bucket.statements
        bucket.policy, bucket.statements = "", []
        return 204, [], b""

    # --- objects -------------------------------------------------------------------------------

    def list_objects(self, request, bucket, query, _now):
        self.check(request, bucket, "s3:ListBucket", False, "READ")
        second = query.get("list-type") == "2"
        prefix, delimiter, most = query.get("prefix", ""), query.get("delimiter", ""), query.get("max-keys") or "1000"
        if not most.isdecimal():
            raise S3Fault(400, "InvalidArgument", "Provided max-keys not an integer or within integer range")
        token = query.get("continuation-token")
        try:
            after = b64decode(token, validate=True).decode() if token else query.get("start-after" if second else "marker", "")
        except ValueError:
            raise S3Fault(400, "InvalidArgument", "The continuation token provided is incorrect") from None
        size = min(int(most), self.choice.once("longest page of objects", 1000, 2, 1000))
        encoded = query.get("encoding-type") == "url"
        shown, groups, more, last = [], [], False, ""
        for key in sorted(bucket.objects, key=lambda each: each.encode()):
            if not key.startswith(prefix) or key.encode() <= after.encode():
                continue
            head, found, _ = key[len(prefix):].partition(delimiter) if delimiter else (key, "", "")
            group = prefix + head + found if found else ""
            if group and (group in groups or group <= after):
                continue
            if len(shown) + len(groups) >= size:
                more = size > 0
                break
            last = group + "\U0010ffff" if group else key
            groups.append(group) if group else shown.append(key)

        def text(value):
            return escape(quote(value, safe="/~") if encoded else value)
        inner = f"<Name>{bucket.name}</Name><Prefix>{text(prefix)}</Prefix><MaxKeys>{most}</MaxKeys>"
        inner += f"<IsTruncated>{'true' if more else 'false'}</IsTruncated>"
        if second:
            inner += f"<KeyCount>{len(shown) + len(groups)}</KeyCount>"
        if second and token:
            inner += f"<ContinuationToken>{escape(token)}</ContinuationToken>"
        if second and more:
            inner += f"<NextContinuationToken>{b64encode(last.encode()).decode()}</NextContinuationToken>"
        if not second:
            inner += f"<Marker>{text(query.get('marker', ''))}</Marker>"
            inner += f"<NextMarker>{text(last)}</NextMarker>" if more else ""
        if delimiter:
            inner += f"<Delimiter>{text(delimiter)}</Delimiter>"
        if encoded:
            inner += "<EncodingType>url</EncodingType>"
        for key in shown:
            each = bucket.objects[key]
            inner += (f"<Contents><Key>{text(key)}</Key><LastModified>{moment(each.born)}</LastModified>"
                      f"<ETag>{escape(each.etag, {chr(34): '&quot;'})}</ETag><Size>{len(each.body)}</Size>"
                      "<StorageClass>STANDARD</StorageClass></Contents>")
        inner += "".join(f"<CommonPrefixes><Prefix>{text(each)}</Prefix></CommonPrefixes>" for each in groups)
        return self.reply("ListBucketResult", inner)

    def put_object(self, request, bucket, key, now):
        self.check(request, bucket, "s3:PutObject", True, "WRITE")
        if len(key.encode()) > 1024:
            raise S3Fault(400, "KeyTooLongError", "Your key is too long")
        headers = {name: value for name, value in request.headers.items() if name in KEPT_HEADERS or name.startswith("x-amz-meta-")}
        headers.setdefault("content-type", "binary/octet-stream")
        bucket.objects[key] = Object(unchunked(request), headers, now)
        return 200, [("ETag", bucket.objects[key].etag)], b""

    def get_object(self, request, bucket, key, _now):
        self.check(request, bucket, "s3:GetObject", True)
        found = bucket.objects.get(key)
        if not found:
            raise S3Fault(404, "NoSuchKey", "The specified key does not exist.", Key=key)
        headers = [("ETag", found.etag), ("Last-Modified", formatdate(found.born, usegmt=True)), ("Accept-Ranges", "bytes"),
                   *found.headers.items()]
        body, status = found.body, 200
        if part := re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("range", "")):
            first, last = part.groups()
            size = len(body)
            start = int(first) if first else max(0, size - int(last or 0))
            end = min(int(last), size - 1) if first and last else size - 1
            if start >= size or start > end:
                raise S3Fault(416, "InvalidRange", "The requested range is not satisfiable")
            body, status = body[start:end + 1], 206
            headers.append(("Content-Range", f"bytes {start}-{end}/{size}"))
        return status, headers, body

    def delete_object(self, request, bucket, key, _now):
        self.check(request, bucket, "s3:DeleteObject", True, "WRITE")
        bucket.objects.pop(key, None)
        return 204, [], b""

    def delete_objects(self, request, bucket, _query, _now):
        self.check(request, bucket, "s3:DeleteObject", True, "WRITE")
        keys = [each.text or "" for each in self.tree(request).iter() if each.tag.rpartition("}")[2] == "Key"]
        for key in keys:
            bucket.objects.pop(key, None)
        return self.reply("DeleteResult", "".join(f"<Deleted><Key>{escape(key)}</Key></Deleted>" for key in keys))

    # --- XML -----------------------------------------------------------------------------------

    @staticmethod
    def tree(request):
        try:
            return ElementTree.fromstring(request.body)
        except ElementTree.ParseError:
            raise S3Fault(400, "MalformedXML", "The XML you provided was not well-formed or did not validate against our "
                          "published schema") from None

    def reply(self, root, inner):
        return 200, [("Content-Type", "application/xml")], self.document(root, inner)

    def document(self, root, inner, namespace=NAMESPACE):
        opening = self.choice.pick("declaration of S3", '<?xml version="1.0" encoding="UTF-8"?>\n', "")
        xmlns = f' xmlns="{namespace}"' if namespace else ""
        return f"{opening}<{root}{xmlns}>{inner}</{root}>".encode()


def unchunked(request):
    """The body of an upload without the frames that signed streams have."""
    if not request.headers.get("x-amz-content-sha256", "").startswith("STREAMING-"):
        return request.body
    rest, whole = request.body, b""
    while rest:
        line, _, rest = rest.partition(b"\r\n")
        size = int(line.split(b";")[0], 16)
        if not size:
            break
        whole, rest = whole + rest[:size], rest[size + 2:]
    return whole
