#!/usr/bin/env python3
"""Holds the signatures of what copysnap sends against botocore's: a proxy before the reference endpoint signs every
request again, and compares.

Usage: signatures.py COPYSNAP [LEAST [SEED]]     at least LEAST requests are compared (1000), which the seed draws (1)

What the header names as signed is what botocore is given to sign. Requests that are forged on purpose are those that the
reference endpoint refuses, and are left out.
"""
import collections
import http.client
import http.server
import json
import re
import socketserver
import subprocess
import sys
import tempfile
import threading
import urllib.parse

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<date>\d{8})/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request, ?"
    r"SignedHeaders=(?P<signed>[^,]+), ?Signature=(?P<signature>[0-9a-f]{64})")
SECRET = "test"


class Seen:
    """What was compared, by service, and what differed."""

    def __init__(self):
        self.lock = threading.Lock()
        self.alike, self.different, self.refused = collections.Counter(), [], 0


def signature(method, target, headers, body, said):
    """The signature that botocore gives the request, with what it signs."""
    scheme = {name: headers[name] for name in said["signed"].split(";") if name in headers and name != "host"}
    url = f"http://{headers['host']}{target}"
    request = AWSRequest(method=method, url=url, data=body, headers=scheme)
    request.context["timestamp"] = headers["x-amz-date"]
    credentials = Credentials(said["key"], SECRET)
    auth = (S3SigV4Auth if said["service"] == "s3" else SigV4Auth)(credentials, said["service"], said["region"])
    # What is signed is what was sent: add_auth would put in headers of its own.
    canonical = auth.canonical_request(request)
    return auth.signature(auth.string_to_sign(request, canonical), request), canonical


class Proxy(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    behind, seen = None, None

    def log_message(self, *_):
        pass

    def carry(self):
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        link = http.client.HTTPConnection(self.behind.netloc, timeout=60)
        link.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            link.putheader(name, value)
        link.endheaders(body)
        answer = link.getresponse()
        content = answer.read()
        self.compare(headers, body, answer.status)
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "content-length", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = carry

    def compare(self, headers, body, status):
        said = AUTHORIZATION.match(headers.get("authorization", ""))
        with self.seen.lock:
            if not said or status == 403:
                self.seen.refused += 1
                return
            expected, canonical = signature(self.command, self.path, headers, body, said.groupdict())
            if expected == said["signature"]:
                self.seen.alike[said["service"]] += 1
            else:
                self.seen.different.append(f"{self.command} {self.path}\n{canonical}")


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 512


def main():
    copysnap = sys.argv[1]
    least, seed = int((sys.argv[2:3] or ["1000"])[0]), (sys.argv[3:4] or ["1"])[0]
    seen = Proxy.seen = Seen()
    server = subprocess.Popen([copysnap, "serve", "--require-sigv4"], stdout=subprocess.PIPE, text=True)
    try:
        Proxy.behind = urllib.parse.urlsplit(server.stdout.readline().removeprefix("listening on ").strip())
        proxy = Server(("127.0.0.1", 0), Proxy)
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        with tempfile.TemporaryDirectory() as out:
            run = subprocess.run(
                [copysnap, "run", "--endpoint", f"http://127.0.0.1:{proxy.server_port}", "--explore", "100", "--seed", seed,
                 "--other-region", "eu-west-1", "--format", "json", "--out", out], capture_output=True, text=True)
    finally:
        server.kill()
    alike = sum(seen.alike.values())
    for request in seen.different[:3]:
        print("botocore signs another signature for", request, file=sys.stderr)
    words = ", ".join(f"{count} of {service}" for service, count in sorted(seen.alike.items()))
    print(f"{alike} requests are signed as botocore signs them ({words}), {len(seen.different)} are not, "
          f"{seen.refused} were refused")
    verdict = json.loads(run.stdout)["verdict"] if run.stdout else run.stderr
    if seen.different or alike < least or len(seen.alike) < 2 or verdict not in ("pass", "inconclusive"):
        sys.exit(f"{alike} of {least}; the run ended with {verdict}")


main()
