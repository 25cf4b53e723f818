#!/usr/bin/env python3
"""Checks the endpoint itself: one long conversation with the sound server, one with each break, which has to go
differently, and some with seeds, which have to go without accident.

    python3 check.py [-v] [NAME ...]     the named breaks only; -v shows the first difference that each makes
"""

import hashlib
import hmac
import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

HERE = os.path.dirname(os.path.abspath(__file__))
SETTLE = 0.2
ARN = "arn:aws:elasticache:us-east-1:123456789012:snapshot:"
KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
OTHER_KEY = KEY.replace("1111", "9999")
ELASTICACHE = 'id="540804c33a284a299d2547575ce1010f2312ef3da9b3a053c8bc45bf233e4353"'
SERVICE = "us-east-1.elasticache-snapshot.amazonaws.com"
OTHER = "210987654321"
WINDOW = 0.12


def sign(method, path, query, headers, body, region, service, key, secret="test", late=0):
    """The headers with a signature (SigV4), `late` seconds old."""
    date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() - late))
    digest = hashlib.sha256(body).hexdigest()
    headers = headers | {"x-amz-date": date, "x-amz-content-sha256": digest}
    names = sorted(name.lower() for name in headers)
    values = {name.lower(): value for name, value in headers.items()}
    canonical = "\n".join([method, path, query, "".join(f"{name}:{values[name]}\n" for name in names), ";".join(names), digest])
    scope = f"{date[:8]}/{region}/{service}/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", date, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    mac = ("AWS4" + secret).encode()
    for part in (date[:8], region, service, "aws4_request", text):
        mac = hmac.new(mac, part.encode(), "sha256").digest()
    return headers | {"Authorization": f"AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={';'.join(names)}, "
                                       f"Signature={mac.hex()}"}


class Talk:
    """A client that writes down every reply."""

    def __init__(self, port):
        self.port, self.heard, self.local = port, [], threading.local()

    def send(self, params, method="POST", region="us-east-1", account="test", kind="application/x-www-form-urlencoded", signed=True,
             **more):
        form = "&".join(f"{quote(key, safe='-_.~')}={quote(value, safe='-_.~')}" for key, value in sorted(params.items()))
        query, body = (form, "") if method == "GET" else ("", form)
        headers = {"Host": f"127.0.0.1:{self.port}", "Content-Type": kind}
        if signed:
            headers = sign(method, "/", query, headers, body.encode(), region, "elasticache", account, **more)
        return self.request(method, "/" + ("?" + query if query else ""), body.encode(), headers)

    def request(self, method, target, body, headers):
        if not hasattr(self.local, "connection"):
            self.local.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        self.local.connection.request(method, target, body, headers)
        reply = self.local.connection.getresponse()
        text = reply.read().decode("latin-1" if method == "GET" else "utf-8")
        fields = {name.lower(): value for name, value in reply.getheaders()}
        same = fields.get("x-amzn-requestid", "none") in text
        return reply.status, fields.get("content-type"), same, text

    def s3(self, method, path, body="", account="test", region="us-east-1", query="", **headers):
        headers = {"Host": f"127.0.0.1:{self.port}"} | {name.replace("_", "-"): value for name, value in headers.items()}
        headers = sign(method, path, query, headers, body.encode(), region, "s3", account)
        reply = self.request(method, path + ("?" + query.removesuffix("=") if query else ""), body.encode(), headers)
        self.heard.append((f"{method} {path}?{query}", {}, *reply))
        return reply[3]

    def bucket(self, name, grants="read write read-acp", region="", account="test", ownership="BucketOwnerPreferred", policy=None,
               grantee=ELASTICACHE):
        headers = {f"x_amz_grant_{grant}": grantee for grant in grants.split()}
        body = f"<CreateBucketConfiguration><LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>" if region \
            else ""
        self.s3("PUT", f"/{name}", body, account, **headers, x_amz_object_ownership=ownership)
        if policy:
            self.s3("PUT", f"/{name}", json.dumps({"Version": "2012-10-17", "Statement": policy}), account, query="policy=")

    def export(self, source, target, bucket, rest=True, **more):
        self.copy(source, target, TargetBucket=bucket, **more)
        if rest:
            self.rest()

    def objects(self, *buckets):
        for bucket in buckets:
            self.s3("GET", f"/{bucket}", query="list-type=2")

    def together(self, *requests):
        """Requests that overlap, each a little later than the one before."""
        def one(number, action, params):
            time.sleep(number * WINDOW / 3)
            reply = self.send({"Action": action, "Version": "2015-02-02"} |
                              {key.replace("_", "."): value for key, value in params.items()})
            self.local.connection.close()
            return (action, params, *reply)
        with ThreadPoolExecutor(len(requests)) as pool:
            self.heard += list(pool.map(lambda each: one(each[0], *each[1]), enumerate(requests)))

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
    t("CreateSnapshot", SnapshotName="early", ReplicationGroupId="grp")
    t("CreateReplicationGroup", ReplicationGroupId="shards", NumNodeGroups="3", ReplicasPerNodeGroup="1", KmsKeyId=KEY,
      **create_group)
    t("CreateReplicationGroup", ReplicationGroupId="keep", SnapshotRetentionLimit="1", **create_group)
    t("CreateCacheCluster", CacheClusterId="clu", CacheNodeType="cache.t3.micro", Engine="redis", NumCacheNodes="1")
    t("CreateReplicationGroup", ReplicationGroupId="own", Port="7001", PreferredMaintenanceWindow="wed:10:00-wed:11:00",
      SnapshotWindow="02:30-03:30", AutoMinorVersionUpgrade="false", **create_group)
    t("CreateCacheCluster", CacheClusterId="mem", Engine="memcached", NumCacheNodes="2")
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

    # what is found in the third copy of one another only, by GET only, or where a name was refused or nearly taken
    t("CreateSnapshot", SnapshotName="own", ReplicationGroupId="own")
    t.copy("base", "clu1")
    t.copy("none", "lost", KmsKeyId=KEY)
    t.copy("none", "once-refused", **some_tags(1))
    t("CopySnapshot", where={"method": "GET"}, SourceSnapshotName="base", TargetSnapshotName="got", TargetBucket="nowhere")
    t("CopySnapshot", where={"method": "GET"}, SourceSnapshotName="base", TargetSnapshotName="got-key", KmsKeyId=KEY)
    t.rest()
    for source, target in (("own", "own-2"), ("base", "once-refused"), ("shards-2", "chain-2"), ("chain-2", "chain-3")):
        t.copy(source, target)
        t.rest()
        t.look(target)
        t.tags(target)
    t.look("got-key")

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
    t("AddTagsToResource", ResourceName=ARN + "base", Tags_Tag_1_Key="of", Tags_Tag_1_Value="base alone")
    t("CreateSnapshot", SnapshotName="base-after", ReplicationGroupId="grp")
    t.rest()
    t.tags("base", "base-after")
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
                   {"MaxRecords": "51"}, {"MaxRecords": "100"}, {"MaxRecords": "101"}, {"MaxRecords": "50"}, {"MaxRecords": "20"},
                   {"SnapshotName": "bas%"}, {}):
        t("DescribeSnapshots", **params)
    t("DescribeSnapshots", ShowNodeGroupConfig="true")
    for number in range(45):
        t.copy("clu-1", f"many-{number:02}")
        t("DescribeSnapshots", CacheClusterId="clu", MaxRecords="20")
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
    t("AddTagsToResource", where={"method": "GET"}, ResourceName=ARN + "base", Tags_Tag_1_Key="clé", Tags_Tag_1_Value="a&b")
    t("AddTagsToResource", ResourceName=ARN + "base", Tags_Tag_1_Key="none", Tags_Tag_2_Key="clé", Tags_Tag_2_Value="some")

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
    t.copy("twin-b", "twin")
    t.delete("twin-a", "twin-b")
    t.rest(1.5)
    t.look("base", "twin-a", "from-deleted")
    t.tags("twin-a")
    t.copy("base", "twin-a", **some_tags(1, first=5))
    t("CreateSnapshot", SnapshotName="twin-b", ReplicationGroupId="grp")
    t.copy("shards-2", "from-deleted")
    t.rest()
    t.delete("from-deleted")
    t.rest()
    t.copy("shards-2", "from-deleted")
    t.rest()
    t.look("twin-a", "twin-b", "copy", "clu-1", "from-deleted")
    t.tags("twin-a", "twin-b", "from-deleted")
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
    t.look("copy", "base")


def front(t):
    t("MakeCoffee")
    t("")
    t("DescribeSnapshots", SnapshotName="no", UnknownThing="1")
    for params in ({"Action": "DescribeSnapshots"}, {"Action": "DescribeSnapshots", "Version": "1999-01-01"}, {}):
        t.heard.append(("front", params, *t.send(params)))
    params = {"Action": "DescribeSnapshots", "SnapshotName": "no", "Version": "2015-02-02"}
    for where in ({"signed": False}, {"secret": "wrong"}, {"late": 3600}, {"account": "AKIAUNKNOWN"}, {"kind": "text/plain"}):
        t.heard.append((f"front {where}", params, *t.send(params, **where)))


def sources(t):
    """Snapshots of several kinds: esharded, one, keyed, tiered."""
    t("CreateReplicationGroup", ReplicationGroupId="egrp", ReplicationGroupDescription="e", NumNodeGroups="3", Engine="valkey")
    t("CreateCacheCluster", CacheClusterId="eclu")
    t("CreateCacheCluster", CacheClusterId="ekey", CacheNodeType="cache.r6gd.xlarge")
    t.rest(1.3)
    t("CreateSnapshot", SnapshotName="early", CacheClusterId="eclu")
    t.bucket("granted")
    t.export("early", "too-early", "granted")
    t("CreateSnapshot", SnapshotName="esharded", ReplicationGroupId="egrp")
    t("CreateSnapshot", SnapshotName="one", CacheClusterId="eclu")
    t("CreateSnapshot", SnapshotName="keyed", CacheClusterId="eclu", KmsKeyId=KEY)
    t.rest()
    t("CreateSnapshot", SnapshotName="keyed", CacheClusterId="eclu", KmsKeyId=KEY)
    t("CreateSnapshot", SnapshotName="tiered", CacheClusterId="ekey")
    t.rest()
    t.look("keyed", "tiered", "one", "esharded")


def exports(t):
    """Buckets and what exports make of them."""
    sources(t)
    actions = ["s3:PutObject", "s3:GetObject", "s3:ListBucket", "s3:GetBucketAcl", "s3:ListMultipartUploadParts",
               "s3:ListBucketMultipartUploads"]
    def allow(name, without=()):
        return [{"Effect": "Allow", "Principal": {"Service": SERVICE}, "Action": [each for each in actions if each not in without],
                 "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]}]
    t.bucket("by-policy", "", ownership="BucketOwnerEnforced", policy=allow("by-policy"))
    t.bucket("far", region="eu-west-1")
    t.bucket("theirs", account=OTHER)
    t.bucket("theirs")
    t.bucket("no-read", "write read-acp")
    t.bucket("no-write", "read read-acp")
    t.bucket("no-read-acp", "read write")
    t.bucket("half", "", policy=allow("half", without=("s3:PutObject",)))
    t.bucket("denied", policy=[{"Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "s3:*",
                                "Resource": ["arn:aws:s3:::denied", "arn:aws:s3:::denied/*"]}])
    t.bucket("granted")
    t.bucket("enforced", ownership="BucketOwnerEnforced")
    t.bucket("enforced", "", ownership="BucketOwnerEnforced")
    t.s3("PUT", "/enforced", query="acl=", x_amz_grant_read=ELASTICACHE)
    t.bucket("full", "full-control")
    t.bucket("logs", "read write read-acp", grantee='uri="http://acs.amazonaws.com/groups/s3/LogDelivery"')
    t.bucket("others", "", policy=json.loads(json.dumps(allow("others")).replace(SERVICE, "eu-west-1" + SERVICE[SERVICE.index("."):])))
    for name in ("granted", "by-policy", "no-such"):
        t.s3("GET", f"/{name}", query="acl=")
        t.s3("GET", f"/{name}", query="policy=")
    t.s3("HEAD", "/theirs")
    t.s3("GET", "/theirs", query="list-type=2")

    t.export("one", "Out", "granted", rest=False)
    t.look("one", "out", "Out")
    t.rest()
    t.look("one", "out")
    t.objects("granted")
    t.s3("GET", "/granted/Out-0001.rdb")
    t.export("one", "Out", "granted")
    t.export("one", "one", "granted")
    t.export("esharded", "org/space/many.shards_x", "by-policy")
    t.s3("PUT", "/by-policy/taken-0002.rdb", "mine")
    t.export("esharded", "taken", "by-policy")
    t.export("one", "taken", "by-policy")
    t.objects("by-policy", "granted")
    t.s3("GET", "/by-policy/taken-0001.rdb")
    t.s3("GET", "/by-policy/taken-0002.rdb")
    t.s3("PUT", "/granted/CASED-0001.rdb", "mine")
    t.export("one", "cased", "granted")
    t.s3("PUT", "/granted/mine-0001.rdb", "mine")
    t.export("one", "mine", "granted")
    t.s3("GET", "/granted/mine-0001.rdb")
    for bucket in ("far", "theirs", "no-read", "no-write", "no-read-acp", "half", "denied", "full", "enforced", "logs", "others", "nowhere", "Bad/Name"):
        t.export("one", "refused", bucket)
        t.look("one", "refused")
    t.s3("GET", "/theirs", account=OTHER, query="list-type=2")
    t.objects("far", "no-read", "no-write", "no-read-acp", "half", "full")
    for name in ("1.odd_name--", "n" * 300, "n" * 1000, "n" * 1001, "ü", "", " "):
        t.export("one", name, "granted")
    t.export("keyed", "keyed", "granted")
    t.export("one", "keyed-too", "granted", KmsKeyId=KEY)
    t.export("tiered", "tiered", "granted")
    t.export("nothing", "nothing", "granted")
    t.export("one", "early", "granted")
    t.export("one", "tagged", "granted", **some_tags(2))
    t.objects("granted")
    t.look("one", "keyed", "tiered", "keyed-too", "out")
    t("DescribeSnapshots")
    t.s3("GET", "/granted", query="list-type=2&max-keys=2&prefix=n")
    t.s3("DELETE", "/granted")
    for key in ("Out-0001.rdb", "none"):
        t.s3("DELETE", f"/granted/{key}")
        t.s3("GET", f"/granted/{key}")
    t.s3("DELETE", "/far")
    t.s3("GET", "/far", query="location=")


def restores(t):
    """Restores, data tiering, shards, automatic backups and other places."""
    sources(t)
    t.copy("one", "again")
    t.rest()
    t("CreateCacheCluster", CacheClusterId="restored", SnapshotName="again")
    t.look("again")
    t.delete("again")
    t.rest()
    t.look("again")
    t("DescribeCacheClusters", CacheClusterId="restored")
    t("CreateCacheCluster", CacheClusterId="unmade", SnapshotName="nothing")
    t("CreateCacheCluster", CacheClusterId="untiered", SnapshotName="tiered", CacheNodeType="cache.t3.micro")
    t("CreateCacheCluster", CacheClusterId="retiered", SnapshotName="tiered", CacheNodeType="cache.r6gd.xlarge")
    t.copy("esharded", "esharded-2")
    t.copy("one", "badly-keyed", KmsKeyId="no key at all")
    t.rest()
    t.look("badly-keyed")
    t("DescribeSnapshots", SnapshotName="esharded-2", ShowNodeGroupConfig="true")
    t("CreateCacheCluster", CacheClusterId="backed", SnapshotRetentionLimit="3")
    t.rest(2.5)
    text = t("DescribeSnapshots", SnapshotSource="system", CacheClusterId="backed")
    name = (re.findall(r"<SnapshotName>([^<]*)<", text) or ["none"])[0]
    t("CopySnapshot", SourceSnapshotName=name, TargetSnapshotName="of-automatic")
    t.rest()
    t.look("of-automatic", name)
    t("DeleteCacheCluster", CacheClusterId="backed")
    t.rest()
    t.look("of-automatic", name)
    t("CreateCacheCluster", CacheClusterId="backed-2", SnapshotRetentionLimit="3")
    t.rest(2.5)
    text = t("DescribeSnapshots", SnapshotSource="system", CacheClusterId="backed-2")
    t.delete((re.findall(r"<SnapshotName>([^<]*)<", text) or ["none"])[0])
    t("CreateCacheCluster", CacheClusterId="mem-2", Engine="memcached")
    t.rest(1.2)
    t("DeleteCacheCluster", CacheClusterId="mem-2", FinalSnapshotIdentifier="mem-final")
    for where in ({"region": "eu-west-1"}, {"account": OTHER}):
        t("CopySnapshot", where=where, SourceSnapshotName="one", TargetSnapshotName="from-afar")
        t("CreateCacheCluster", where=where, CacheClusterId="there")
        t.rest(1.2)
        t("CreateSnapshot", where=where, SnapshotName="there", CacheClusterId="there")
        t("DescribeSnapshots", where=where)
    t.copy(ARN + "one", "by-arn")


def overlaps(t):
    """Calls that overlap. What must come of them is certain, since each begins a while after the one before."""
    t("CreateCacheCluster", CacheClusterId="rclu")
    t("CreateCacheCluster", CacheClusterId="rclu-2")
    t.rest(1.2)
    t("CreateSnapshot", SnapshotName="rbase", CacheClusterId="rclu", **some_tags(4, value="old"))
    t.rest()
    t.bucket("rbucket")
    create = {"SnapshotName": "rmade"}
    t.together(("CreateSnapshot", create | {"CacheClusterId": "rclu"}), ("CreateSnapshot", create | {"CacheClusterId": "rclu-2"}))
    t.rest(1.5)
    t.look("rmade")
    for targets in (("rsame", "rsame"), ("rone", "rtwo")):
        t.together(*(("CopySnapshot", {"SourceSnapshotName": "rbase", "TargetSnapshotName": target}) for target in targets))
        t.rest(1.5)
        t.look(*targets)
    t.together(("CopySnapshot", {"SourceSnapshotName": "rone", "TargetSnapshotName": "rthree"}), ("DeleteSnapshot", {"SnapshotName": "rone"}))
    t.rest(1.5)
    t.look("rthree", "rone")
    t.together(*[("DeleteSnapshot", {"SnapshotName": "rtwo"})] * 2)
    add = {"ResourceName": ARN + "rsame"}
    t.together(("AddTagsToResource", add | some_tags(4, value="new")), ("AddTagsToResource", add | some_tags(4, first=10)))
    t.tags("rsame")
    t.together(("RemoveTagsFromResource", add | {"TagKeys_member_1": "k10"}), ("AddTagsToResource", add | some_tags(1, first=20)))
    t.tags("rsame")
    t.together(("ListTagsForResource", add), ("AddTagsToResource", add | some_tags(4, value="newer")))
    t.together(*(("AddTagsToResource", add | some_tags(30, first=first)) for first in (100, 200)))
    t.tags("rsame")
    t.together(("CopySnapshot", {"SourceSnapshotName": "rbase", "TargetSnapshotName": "rheir"}),
               ("AddTagsToResource", {"ResourceName": ARN + "rbase"} | some_tags(4, value="changed")))
    t.rest(1.5)
    t.tags("rheir", "rbase")
    export = {"SourceSnapshotName": "rbase", "TargetBucket": "rbucket"}
    for targets in (("rx", "rx"), ("ry", "rz")):
        t.together(*(("CopySnapshot", export | {"TargetSnapshotName": target}) for target in targets))
        t.rest(1.5)
        t.objects("rbucket")


def failures(t):
    """Copies that end as failed."""
    sources(t)
    t.copy("one", "failed")
    t.rest()
    t.look("failed")
    t.tags("failed")
    t.copy("failed", "failed-2")
    t("CreateCacheCluster", CacheClusterId="of-failed", SnapshotName="failed")
    t.delete("failed")
    t.rest()
    t.look("failed", "one")


PARTS = {"converse": converse, "exports": exports, "restores": restores, "overlaps": overlaps, "front": front,
         "failures": failures}
OPTIONS = {"failures": ["--fail-copies", "1"]}
FIRST = {"export": "exports", "race": "overlaps", "restore": "restores", "sign": "front", "front": "front", "source": "restores",
         "kms": "restores"}


def times_of(text):
    return re.findall(r"<(?:SnapshotCreateTime|CacheClusterCreateTime|CacheNodeCreateTime)>([^<]*)<", text)


def plain(heard):
    """The conversation without what differs every time; a time that a copy shares with its source is kept as that."""
    lines, names = [], {}
    known = {}
    for action, params, status, kind, same, text in heard:
        name = params.get("SnapshotName")
        if action == "DescribeSnapshots" and name and times_of(text):
            known[name] = times_of(text)
            if source := {"copy": "base", "clu-2": "clu-1", "shards-2": "shards"}.get(name):
                text += f" times as {source}'s: {known[name] == known.get(source)}"
        text = re.sub(r"\d{8}T\d{6}Z", "DATE", text)
        text = re.sub(r"<(RequestId|HostId)>[^<]*<", r"<\1>ID<", text)
        text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f-]+", "UUID", text)
        text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", "TIME", re.sub(r"\.\d{3}Z", ".mmmZ", text))
        text = re.sub(r"(automatic\.[a-z0-9]+-)[\d-]+", r"\1DATE", text)
        text = re.sub(r"vpc-[0-9a-f]{8}", lambda m: names.setdefault(m[0], f"VPC{len(names)}"), text)
        text = re.sub(r"<Marker>[^<]+<", "<Marker>M<", text)
        shown = {key: value for key, value in params.items() if key != "Marker"}
        shown = re.sub(r"(automatic\.[a-z0-9]+-)[\d-]+", r"\1DATE", str(shown))
        lines.append(f"{action} {shown} -> {status} {kind} {same} {text}")
    return lines


def run(part, *options):
    """Returns what was heard, and the server's complaints."""
    command = [sys.executable, os.path.join(HERE, "endpoint.py"), "--settle", str(SETTLE), "--window", str(WINDOW), "--automatic",
               "--verify", *OPTIONS.get(part, []), *options]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        port = int(server.stdout.readline().rsplit(":", 1)[1])
        talk = Talk(port)
        PARTS[part](talk)
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
    bad = 0
    with ThreadPoolExecutor(6) as pool:
        sound = dict(zip(PARTS, pool.map(lambda part: plain(run(part)), PARTS)))
        for part, lines in zip(PARTS, pool.map(lambda part: plain(run(part)), PARTS)):
            if lines != sound[part]:
                print(f"{part}: two sound conversations differ: {difference(lines, sound[part])}")
                bad += 1
        for name, found in zip(named or every, pool.map(lambda name: noticed(name, sound), named or every)):
            if found is None or found.startswith("broke off"):
                print(f"{name}: {found or 'cannot be noticed'}")
                bad += 1
            elif verbose:
                print(f"{name}: {found}")
        seeds = [] if named else [(part, seed) for seed in range(30) for part in PARTS]
        for (part, seed), found in zip(seeds, pool.map(lambda each: accident(*each), seeds)):
            if found:
                print(f"--choice {seed}: {part}: {found}")
                bad += 1
    print(f"{len(named or every)} breaks, {bad} complaints")
    sys.exit(bool(bad))


def noticed(name, sound):
    """The first difference that a break makes, in the part of the conversation that is likely to show it, or in another."""
    first = "overlaps" if name == "copy-taken-race" else FIRST.get(name.partition("-")[0], "converse")
    for part in sorted(PARTS, key=lambda part: part != first):
        try:
            found = difference(plain(run(part, "--break", name)), sound[part])
            again = found and difference(plain(run(part, "--break", name)), sound[part])
        except (OSError, http.client.HTTPException) as error:
            return f"broke off: {error!r}"
        if again:  # and not by the accident of a busy machine
            return f"{part}: {again}"
    return None


def difference(lines, others):
    """The first lines that differ, or nothing."""
    return next((f"\n    {a[:700]}\n    {b[:700]}" for a, b in zip(lines, others) if a != b),
                "" if len(lines) == len(others) else "length")


def accident(part, seed):
    """What went wrong in a conversation with choices, or None."""
    try:
        heard = run(part, "--choice", f"{seed}", "--jitter", "0.005")
    except (OSError, http.client.HTTPException) as error:
        return f"broke off: {error!r}"
    for action, params, status, kind, same, text in heard:
        if text and kind != "application/json" and "octet-stream" not in (kind or ""):
            try:
                ElementTree.fromstring(text)
            except ElementTree.ParseError as error:
                return f"{action} {params}: {error} in {text}"
    return None


if __name__ == "__main__":
    main()
