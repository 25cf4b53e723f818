#!/usr/bin/env python3
"""An endpoint for ElastiCache's snapshots, written from the facts alone. See README.md beside this file."""

import argparse
import socket
import socketserver
import sys
from email.utils import formatdate

sys.dont_write_bytecode = True

import breaks  # noqa: E402
from freedom import Choice  # noqa: E402
from service import Service  # noqa: E402
from wire import Fault, Writer, read_request  # noqa: E402

REASONS = {200: "OK", 202: "Accepted", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 409: "Conflict",
           500: "Internal Server Error", 501: "Not Implemented"}
LONGEST_BODY = 8 << 20


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
        body = self.body(headers).decode("utf-8" if not breaks.broken("wire-latin1") else "latin-1", "replace")
        stay = version != "HTTP/1.0" and headers.get("connection", "").lower() != "close"

        status, fields, content = self.server.answer(method, target.partition("?")[2], body, headers)
        lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}", f"Date: {formatdate(usegmt=True)}"]
        lines += [f"{name}: {value}" for name, value in fields]
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

    def __init__(self, port, service, writer):
        super().__init__(("127.0.0.1", port), Connection)
        self.service, self.writer = service, writer

    def answer(self, method, query, body, headers):
        request = read_request(method, query, body, headers)
        try:
            return self.service.answer(request, self.writer)
        except Fault as fault:
            return self.writer.fault(fault)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 (the default) takes a free one")
    parser.add_argument("--choice", metavar="SEED", help="draw what the facts leave open, from this seed")
    parser.add_argument("--settle", type=float, default=0.05, metavar="SECONDS",
                        help="how long creating, copying and deleting take (0.05)")
    parser.add_argument("--lag", type=float, default=0.0, metavar="SECONDS",
                        help="for how long describes may miss a new snapshot or show a deleted one (0)")
    parser.add_argument("--quota", action="store_true", help="20 created snapshots a cluster or group in 24 hours")
    parser.add_argument("--count-copies", action="store_true", help="the same, and copies count as well")
    parser.add_argument("--automatic", action="store_true",
                        help="a cluster or group with SnapshotRetentionLimit gets an automatic snapshot at once")
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
    choice = Choice(options.choice)
    quota = "copies" if options.count_copies else "creates" if options.quota else None
    service = Service(choice, options.settle, options.lag, quota, options.automatic)
    with Endpoint(options.port, service, Writer(choice)) as server:
        print(f"listening on http://127.0.0.1:{server.server_address[1]}", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
