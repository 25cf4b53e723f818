"""boto3 plays the steps. Usage: boto.py PLAN.JSON"""

import sys
from contextlib import nullcontext
from datetime import timedelta
from unittest.mock import patch

import boto3
from botocore import UNSIGNED, auth, xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

import play


class Boto:
    name = f"boto3 {boto3.__version__}"
    shows_pages = shows_types = is_quick = can_be_meddled_with = True

    def __init__(self):
        self.clients = {}

    def client(self, url, operation="", caller="right"):
        service = "sts" if operation == "GetCallerIdentity" else "elasticache"
        key = (url, service, caller)
        if key not in self.clients:
            config = Config(retries={"total_max_attempts": 1}, signature_version=UNSIGNED if caller == "nobody" else None)
            made = self.clients[key] = boto3.client(
                service,
                endpoint_url=url,
                region_name="us-east-1",
                aws_access_key_id=play.STRANGER if caller == "stranger" else "test",
                aws_secret_access_key="wrong" if caller == "wrong" else "test",
                config=config,
            )
            if caller == "cut":
                made.meta.events.register("before-send", without_date)
        return self.clients[key]

    def call(self, url, operation, given, caller, action=None):
        client = self.client(url, operation, caller)

        def renamed(params, **_):
            params["body"]["Action"] = action
            if not action:
                del params["body"]["Action"]

        if action is not None:
            client.meta.events.register("before-call", renamed, unique_id="renamed")
        try:
            with patch.object(auth, "get_current_datetime", an_hour_ago) if caller == "late" else nullcontext():
                result = getattr(client, xform_name(operation))(**given)
        except ClientError as error:
            shape = type(error).__name__
            # The class that user code names in `except client.exceptions.X`.
            if type(error) is ClientError:
                shape = None
            elif not isinstance(error, getattr(client.exceptions, shape)):
                raise TypeError(f"{shape} is not the client's own") from error
            response = error.response
            if not response["ResponseMetadata"]["RequestId"]:
                raise ValueError("no request id") from error
            status = response["ResponseMetadata"]["HTTPStatusCode"]
            raise play.Refused(shape, response["Error"]["Code"], status, response["Error"]["Message"]) from None
        finally:
            client.meta.events.unregister("before-call", unique_id="renamed")
        metadata = result.pop("ResponseMetadata")
        if metadata["HTTPStatusCode"] != 200 or not metadata["RequestId"]:
            raise ValueError(f"metadata {metadata}")
        return result

    def pages(self, url, operation, given, size):
        paginator = self.client(url).get_paginator(xform_name(operation))
        return list(paginator.paginate(**given, PaginationConfig={"PageSize": size}))

    def wait(self, url, waiter, given):
        self.client(url).get_waiter(xform_name(waiter)).wait(**given, WaiterConfig={"Delay": 1, "MaxAttempts": 5})


NOW = auth.get_current_datetime


def an_hour_ago(*arguments, **options):
    return NOW(*arguments, **options) - timedelta(hours=1)


def without_date(request, **_):
    del request.headers["X-Amz-Date"]


if __name__ == "__main__":
    sys.exit(play.play(Boto(), sys.argv[1]))
