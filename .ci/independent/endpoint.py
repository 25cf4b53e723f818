#!/usr/bin/env python3
"""An endpoint for ElastiCache's snapshots, written from the facts alone. See README.md beside this file."""

import argparse
import random
import socket
import socketserver
import sys
import threading
import time
from email.utils import formatdate

sys.dont_write_bytecode = True

import breaks  # noqa: E402
from auth import Signature  # noqa: E402
from freedom import Choice  # noqa: E402
from s3 import S3, S3Fault  # noqa: E402
from service import Service  # noqa: E402
from wire import Fault, Request, Writer, read_params  # noqa: E402

REASONS = {200: "OK", 202: "Accepted", 204: "No Content", 206: "Partial Content", 301: "Moved Permanently", 400: "Bad Request",
           403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 409: "Conflict", 413: "Content Too Large",
           416: "Range Not Satisfiable", 500: "Internal Server Error", 501: "Not Implemented"}
LONGEST_BODY = 64 << 20
LONGEST_QUERY_BODY = 1 << 20


class Connection(socketserver.StreamRequestHandler):
    """One client's connection, kept alive until it asks otherwise. Reads HTTP by hand: http.server is slower."""

    disable_nagle_algorithm = True

    def handle(self):
        try:
            while self.one_request():
                pass
        except (ConnectionError, socket.timeout, ValueError):
            pass

    def one_request(self):
        """Answers one request; returns whether the connection stays open."""
        line = self.rfile.readline(65536)
        while line in (b"\r\n", b"\n"):
            line = self.rfile.readline(65536)
        words = line.decode("latin-1").split()
        if len(words) != 3:
            return False
        method, target, version = words
        headers = {}
        while (line := self.rfile.readline(65536)) not in (b"\r\n", b"\n"):
            if not line:
                return False
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        if headers.get("expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self.body(headers)
        stay = version != "HTTP/1.0" and headers.get("connection", "").lower() != "close"

        path, _, query = target.partition("?")
        status, fields, content = self.server.answer(method, path, query, body, headers)
        lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}", f"Date: {formatdate(usegmt=True)}"]
        lines += [f"{name}: {value}" for name, value in fields]
        if status != 204:
            lines.append(f"Content-Length: {len(content)}")
        if not stay:
            lines.append("Connection: close")
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        self.wfile.write(head if method == "HEAD" else head + content)
        return stay

    def body(self, headers):
        if headers.get("transfer-encoding", "").lower() == "chunked":
            pieces = []
            while size := int(self.rfile.readline(100).split(b";")[0], 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline(10)
            while self.rfile.readline(65536) not in (b"\r\n", b"\n", b""):
                pass
            return b"".join(pieces)
        length = int(headers.get("content-length", 0))
        if not 0 <= length <= LONGEST_BODY:
            raise ValueError("body too long")
        return self.rfile.read(length)


class Endpoint(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 512

    def __init__(self, port, parts, role):
        super().__init__(("127.0.0.1", port), Connection)
        self.parts, self.role = parts, role

    def answer(self, *request):
        return self.parts.answer(self.role, *request)


class Parts:
    """Both services and who may use them."""

    def __init__(self, service, s3, writer, secrets, jitter):
        self.service, self.s3, self.writer, self.secrets, self.jitter = service, s3, writer, secrets, jitter

    def answer(self, role, method, path, query, body, headers):
        """Returns status, headers and body. `role` is what this port serves: "query", "s3" or "both"."""
        self.dawdle()
        params = read_params(self.service.choice, method, query, body, headers)
        signature = Signature(method, path, query, body, headers, params)
        request = Request(method, path, query, headers, body, params, signature)
        s3 = role == "s3" or role == "both" and (path not in ("", "/") or signature.service == "s3")
        if s3:
            reply = self.by_s3(request)
        else:
            reply = self.by_query(request)
        self.dawdle()
        return reply

    def by_query(self, request):
        try:
            if len(request.body) > LONGEST_QUERY_BODY:
                raise Fault("RequestEntityTooLarge", "The request is too large.", 413)
            if fault := request.signature.fault(self.secrets):
                raise fault
            return self.service.answer(request, self.writer)
        except Fault as fault:
            return self.writer.fault(fault)

    def by_s3(self, request):
        fault = request.signature.fault(self.secrets)
        if fault and request.signature.present:
            code = {"InvalidClientTokenId": "InvalidAccessKeyId", "RequestExpired": "RequestTimeTooSkewed",
                    "IncompleteSignature": "AuthorizationHeaderMalformed"}.get(fault.code, fault.code)
            request.refusal = S3Fault(400 if code == "AuthorizationHeaderMalformed" else 403, code, fault.message)
        return self.s3.answer(request)

    def dawdle(self):
        """Waits for a while, so that the moment at which a request is carried out lies anywhere in its call."""
        if self.jitter:
            time.sleep(random.random() * self.jitter)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 (the default) takes a free one")
    parser.add_argument("--choice", metavar="SEED", help="draw what the facts leave open, from this seed")
    parser.add_argument("--settle", type=float, default=0.05, metavar="SECONDS",
                        help="how long creating, copying and deleting take (0.05)")
    parser.add_argument("--lag", type=float, default=0.0, metavar="SECONDS",
                        help="for how long describes may miss a new snapshot or show a deleted one (0)")
    parser.add_argument("--flicker", type=float, default=0.0, metavar="SECONDS",
                        help="for how long each describe may miss a new snapshot, show one as creating that is made, or a deleted one as "
                             "it was, also where another has its name, or a source as busy that is so no more (0)")
    parser.add_argument("--quota", action="store_true", help="20 created snapshots a cluster or group in 24 hours")
    parser.add_argument("--count-copies", action="store_true", help="the same, and copies count as well")
    parser.add_argument("--cap", type=int, default=0, metavar="N", help="no more than N snapshots at a time; without, any number")
    parser.add_argument("--empty-pages", action="store_true", help="the first page of snapshots is empty, and has a Marker")
    parser.add_argument("--automatic", action="store_true",
                        help="a cluster or group with SnapshotRetentionLimit gets an automatic snapshot at once")
    parser.add_argument("--s3-port", type=int, metavar="N", help="S3 on a port of its own (0 takes a free one); without, on the same")
    parser.add_argument("--s3-strict", action="store_true", help="S3 refuses LocationConstraint us-east-1 and wrong regions, as AWS does")
    parser.add_argument("--tags-lag", type=float, default=0.0, metavar="SECONDS",
                        help="tag operations know so much later that a snapshot is available")
    parser.add_argument("--s3-lag", type=float, default=0.0, metavar="SECONDS",
                        help="how much later exports know of what a bucket's policy grants (0)")
    parser.add_argument("--no-acl", action="store_true", help="S3 refuses ACLs; exports judge policies alone")
    parser.add_argument("--no-policy", action="store_true", help="S3 has no bucket policies; exports judge ACLs alone")
    parser.add_argument("--forbid", action="append", default=[], metavar="KEY:WHAT",
                        help="what the access key may not: copy (CopySnapshot), s3 (what exports need), list (all buckets)")
    parser.add_argument("--kms-key", action="append", default=[], metavar="ARN",
                        help="a key that exists; without, every key of a known form does, in its region")
    parser.add_argument("--fail-copies", type=float, default=0.0, metavar="P", help="the share of copies that end as failed (0)")
    parser.add_argument("--throttle", type=float, default=0.0, metavar="P", help="the share of requests that are throttled (0)")
    parser.add_argument("--jitter", type=float, default=0.0, metavar="SECONDS",
                        help="wait up to so long before and after each request is carried out (0)")
    parser.add_argument("--window", type=float, default=0.001, metavar="SECONDS",
                        help="how long the breaks called race-... leave between looking and acting (0.001)")
    parser.add_argument("--verify", metavar="SECRET", nargs="?", const="test",
                        help="verify signatures; the keys `test` and of 12 digits have this secret (test)")
    parser.add_argument("--break", dest="broken", metavar="NAME", help="break one rule")
    parser.add_argument("--list-breaks", action="store_true", help="name<TAB>what is broken<TAB>grade and fact")
    return parser.parse_args()


def main():
    options = arguments()
    if options.list_breaks:
        for name, (what, fact) in breaks.BREAKS.items():
            print(f"{name}\t{what}\t{fact}")
        return
    if options.broken:
        breaks.activate(options.broken)
        for option, value in breaks.NEEDS.get(options.broken, {}).items():
            setattr(options, option, getattr(options, option) or value)
    choice = Choice(options.choice)
    lock = threading.Lock()
    s3 = S3(choice, lock, not options.no_acl, not options.no_policy, options.s3_strict, options.s3_lag)
    service = Service(choice, s3, lock, options)
    secrets = {"test": options.verify, "*": options.verify} if options.verify else {}
    parts = Parts(service, s3, Writer(choice), secrets, options.jitter)
    apart = options.s3_port is not None
    with Endpoint(options.port, parts, "query" if apart else "both") as server:
        if apart:
            second = Endpoint(options.s3_port, parts, "s3")
            threading.Thread(target=second.serve_forever, daemon=True).start()
            print(f"S3 on http://127.0.0.1:{second.server_address[1]}")
        print(f"listening on http://127.0.0.1:{server.server_address[1]}", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
