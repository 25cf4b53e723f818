"""Buckets for exports, made, looked at and removed through boto3's S3."""

import json

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

#: ElastiCache's canonical user in commercial regions, and its service principal in us-east-1.
#: Source: user guide, "Exporting a backup".
USER = 'id="540804c33a284a299d2547575ce1010f2312ef3da9b3a053c8bc45bf233e4353"'
PRINCIPAL = "us-east-1.elasticache-snapshot.amazonaws.com"
READ = ["s3:GetObject", "s3:ListBucket", "s3:ListMultipartUploadParts", "s3:ListBucketMultipartUploads"]
ACTIONS = [*READ, "s3:PutObject", "s3:GetBucketAcl"]

#: A key that takes some writing.
ODD = "a b/ü+&%2F<'\">.rdb"

#: What is there before the exports of steps.json, and what each bucket holds after them.
TAKEN = "cc <&\"ü'> +-0001.rdb"
LEFT = {
    "cc-acl": [TAKEN, "cc-base-0001.rdb", "cc/exp.1-0001.rdb"],
    "cc-policy": ["cc-exp-0001.rdb"],
    "cc-no-read": [],
    "cc-no-write": [],
    "cc-no-acp": [],
    "cc-elsewhere": [],
    "cc-foreign": [],
}


def client(url, region="us-east-1", account="test", secret="test"):
    config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
    return boto3.client(
        "s3",
        endpoint_url=url,
        region_name=region,
        aws_access_key_id=account,
        aws_secret_access_key=secret,
        config=config,
    )


def owner_of(url, bucket):
    return {
        "cc-elsewhere": lambda: client(url, region="eu-west-1"),
        "cc-foreign": lambda: client(url, account="999999999999"),
    }.get(bucket, lambda: client(url))()


def prepare(url):
    """Makes the buckets, and tries the rest of S3 on them."""
    s3 = client(url)
    acl = {"GrantRead": USER, "GrantWrite": USER, "GrantReadACP": USER}
    s3.create_bucket(Bucket="cc-acl", ObjectOwnership="BucketOwnerPreferred", **acl)
    for bucket, lacks in (("cc-no-read", "GrantRead"), ("cc-no-write", "GrantWrite"), ("cc-no-acp", "GrantReadACP")):
        grants = {name: user for name, user in acl.items() if name != lacks}
        s3.create_bucket(Bucket=bucket, ObjectOwnership="BucketOwnerPreferred", **grants)
    s3.create_bucket(Bucket="cc-policy")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": PRINCIPAL},
        "Action": ACTIONS,
        "Resource": ["arn:aws:s3:::cc-policy", "arn:aws:s3:::cc-policy/*"],
    }
    s3.put_bucket_policy(Bucket="cc-policy", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    owner_of(url, "cc-elsewhere").create_bucket(
        Bucket="cc-elsewhere", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    owner_of(url, "cc-foreign").create_bucket(Bucket="cc-foreign")
    s3.put_object(Bucket="cc-acl", Key=TAKEN, Body=b"taken")
    s3.put_object(Bucket="cc-acl", Key=ODD, Body=b"odd")
    assert keys(s3, "cc-acl") == sorted([TAKEN, ODD]), keys(s3, "cc-acl")
    assert s3.get_object(Bucket="cc-acl", Key=ODD)["Body"].read() == b"odd"
    s3.delete_object(Bucket="cc-acl", Key=ODD)
    refused(s3.exceptions.BucketAlreadyOwnedByYou, 409, lambda: s3.create_bucket(Bucket="cc-policy"))
    refused(s3.exceptions.NoSuchKey, 404, lambda: s3.get_object(Bucket="cc-acl", Key=ODD))
    refused(s3.exceptions.NoSuchBucket, 404, lambda: s3.list_objects_v2(Bucket="cc-none"))
    refused(ClientError, 404, lambda: s3.head_object(Bucket="cc-acl", Key=ODD))
    refused(ClientError, 409, lambda: s3.delete_bucket(Bucket="cc-acl"))


def signed(url):
    """Tries S3 where signatures are looked at."""
    s3 = client(url)
    s3.create_bucket(Bucket="cc-signed")
    s3.put_object(Bucket="cc-signed", Key=ODD, Body=b"odd")
    assert keys(s3, "cc-signed") == [ODD]
    assert s3.get_object(Bucket="cc-signed", Key=ODD)["Body"].read() == b"odd"
    wrong = client(url, secret="wrong")
    refused(ClientError, 403, lambda: wrong.get_object(Bucket="cc-signed", Key=ODD), "SignatureDoesNotMatch")
    refused(ClientError, 403, lambda: wrong.delete_bucket(Bucket="cc-signed"), "SignatureDoesNotMatch")
    s3.delete_object(Bucket="cc-signed", Key=ODD)
    s3.delete_bucket(Bucket="cc-signed")


def check(url):
    """Returns what is wrong with what the exports left, and removes it and the buckets."""
    wrong = []
    for bucket, wanted in LEFT.items():
        s3 = owner_of(url, bucket)
        found = keys(s3, bucket)
        if found != sorted(wanted):
            wrong.append(f"{bucket} holds {found}, not {sorted(wanted)}")
        for key in found:
            body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            if s3.head_object(Bucket=bucket, Key=key)["ContentLength"] != len(body):
                wrong.append(f"{bucket}/{key} is not as long as it says")
            if key == TAKEN:
                if body != b"taken":
                    wrong.append(f"{bucket}/{key} is not what was put there, but {body[:16]!r}")
            elif not body.startswith(b"REDIS"):
                wrong.append(f"{bucket}/{key} is no RDB: it begins with {body[:16]!r}")
            s3.delete_object(Bucket=bucket, Key=key)
        s3.delete_bucket(Bucket=bucket)
        if bucket not in ("cc-elsewhere", "cc-foreign"):
            refused(s3.exceptions.NoSuchBucket, 404, lambda: s3.list_objects_v2(Bucket=bucket))  # noqa: B023
    return wrong


def keys(s3, bucket):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return sorted(item["Key"] for page in pages for item in page.get("Contents", []))


def refused(kind, status, call, code=None):
    try:
        call()
    except kind as error:
        found = error.response["ResponseMetadata"]["HTTPStatusCode"]
        assert found == status, f"{error}: status {found}, not {status}"
        assert code in (None, error.response["Error"]["Code"]), f"{error}: not {code}"
        return
    raise AssertionError(f"no {kind.__name__}")
