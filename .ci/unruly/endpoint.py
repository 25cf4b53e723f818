#!/usr/bin/env python3
"""An endpoint that misbehaves in one way, below HTTP or above it; nothing but the standard library.

Usage: endpoint.py WAY [BEHIND]   prints `listening on URL`. With BEHIND, an orderly endpoint's URL (or two, comma
between them), requests are handed on to it, and the way is what happens to them on the way.
"""

import gzip
import http.client
import itertools
import os
import socket
import ssl
import struct
import sys
import threading
import time
from urllib.parse import urlsplit

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nx-amzn-RequestId: 7\r\n"
NAMESPACE = "http://elasticache.amazonaws.com/doc/2015-02-02/"


def page(count=0, marker="", more=""):
    """A page of DescribeSnapshots, whatever was asked."""
    rows = "".join(
        f"<Snapshot><SnapshotName>s{number}</SnapshotName><SnapshotStatus>available</SnapshotStatus></Snapshot>"
        for number in range(count)
    )
    last = f"<Marker>{marker}</Marker>" if marker else ""
    return (
        f'<DescribeSnapshotsResponse xmlns="{NAMESPACE}"><DescribeSnapshotsResult><Snapshots>{rows}{more}</Snapshots>'
        f"{last}</DescribeSnapshotsResult><ResponseMetadata><RequestId>7</RequestId></ResponseMetadata>"
        "</DescribeSnapshotsResponse>"
    ).encode()


def whole(body, head=HEAD):
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def status(line, more=b""):
    return b"HTTP/1.1 " + line + b"\r\nContent-Length: 0\r\n" + more + b"\r\n"


def endless(head, part):
    yield head
    yield from itertools.repeat(part)


def laughs():
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    return f'<!DOCTYPE l [<!ENTITY a0 "lol">{entities}]>'.encode() + page().replace(b"7<", b"&a11;<")


GIGABYTE = 1 << 30
PART = b"z" * 65536
RESET, CLOSE, HANG = object(), object(), object()
DRIP = object()

# What is written in answer to a request, and what becomes of the connection; made anew for each.
WAYS = {
    "reset-before": lambda: [RESET],
    "close-before": lambda: [CLOSE],
    "reset-in": lambda: [HEAD + b"Content-Length: 1000\r\n\r\n<Desc", RESET],
    "reset-after": lambda: [whole(page()), RESET],
    "silence": lambda: [HANG],
    "drip": lambda: [DRIP, whole(page())],
    "headers-for-ever": lambda: endless(HEAD, b"x-more: " + b"y" * 1000 + b"\r\n"),
    "header-for-ever": lambda: endless(HEAD + b"x-more: ", PART),
    "body-of-1-gb": lambda: itertools.chain(
        [HEAD + b"Content-Length: %d\r\n\r\n" % GIGABYTE], itertools.repeat(PART, GIGABYTE // len(PART))
    ),
    "chunks-of-1-gb": lambda: endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + PART + b"\r\n"),
    "gzip-bomb": lambda: [whole(gzip.compress(b"<a>" + b" " * (100 << 20)), HEAD + b"Content-Encoding: gzip\r\n")],
    "redirect": lambda: [status(b"307 Temporary Redirect", b"Location: http://127.0.0.1:9/\r\n")],
    "redirect-to-itself": lambda: [status(b"302 Found", b"Location: /\r\n")],
    "http-1.0": lambda: [b"HTTP/1.0 200 OK\r\nContent-Type: text/xml\r\n\r\n" + page(), CLOSE],
    "length-too-short": lambda: [HEAD + b"Content-Length: %d\r\n\r\n" % (len(page()) - 20) + page()],
    "length-too-long": lambda: [HEAD + b"Content-Length: %d\r\n\r\n" % (len(page()) + 20) + page(), CLOSE],
    "length-no-number": lambda: [HEAD + b"Content-Length: abc\r\n\r\n" + page(), CLOSE],
    "lengths-two": lambda: [HEAD + b"Content-Length: 5\r\nContent-Length: %d\r\n\r\n" % len(page()) + page(), CLOSE],
    "continue": lambda: [b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + whole(page())],
    "continue-for-ever": lambda: endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "not-modified": lambda: [b"HTTP/1.1 304 Not Modified\r\n\r\n"],
    "no-content": lambda: [b"HTTP/1.1 204 No Content\r\n\r\n"],
    "status-999": lambda: [status(b"999 What")],
    "another-protocol": lambda: [b"SSH-2.0-OpenSSH_9.0\r\n", CLOSE],
    "bad-utf-8": lambda: [whole(page().replace(b"7<", b"\xff\xfe\xc3(<"))],
    "bytes-in-headers": lambda: [HEAD.replace(b"text/xml", b"\xff\xfe") + b"Content-Length: 0\r\n\r\n"],
    "nul": lambda: [whole(page().replace(b"7<", b"\0\0<"))],
    "utf-16": lambda: [whole(page().decode().encode("utf-16"))],
    "utf-16-said": lambda: [whole(b'<?xml version="1.0" encoding="UTF-16"?>' + page())],
    "dtd": lambda: [whole(b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + page().replace(b"7<", b"&x;<"))],
    "entities": lambda: [whole(laughs())],
    "elements-a-million": lambda: [whole(page(more="<a/>" * 1_000_000))],
    "levels-a-hundred-thousand": lambda: [whole(page(more="<a>" * 100_000 + "</a>" * 100_000))],
    "cut-short": lambda: [whole(page()[:-40])],
    "json": lambda: [whole(b'{"a":1}', HEAD.replace(b"text/xml", b"application/json"))],
    "html": lambda: [whole(b"<html><body>hello", HEAD.replace(b"text/xml", b"text/html"))],
    "snapshots-a-hundred-thousand": lambda: [whole(page(100_000))],
    "marker-for-ever": lambda: [whole(page(20, "m"))],
    "clock-of-1990": lambda: [whole(page(), HEAD + b"Date: Mon, 01 Jan 1990 00:00:00 GMT\r\n")],
    "control-sequences": lambda: [
        whole(
            b"<ErrorResponse><Error><Type>Sender</Type><Code>\xc2\x9b31m$(id)`x`</Code>"
            b"<Message>&lt;script&gt;alert(1)&lt;/script&gt;\xe2\x80\xae</Message></Error></ErrorResponse>",
            HEAD.replace(b"200 OK", b"400 Bad Request"),
        )
    ],
}


def answer(connection, way):
    """Writes what stands for an answer; tells whether the connection stays."""
    slowly = False
    for part in WAYS[way]():
        if part is RESET:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        if part is CLOSE:
            return False
        if part is HANG:
            time.sleep(3600)
        elif part is DRIP:
            slowly = True
        elif slowly:
            for byte in part:
                connection.sendall(bytes([byte]))
                time.sleep(1)
        else:
            connection.sendall(part)
    return True


def is_new_create(request):
    """Whether it asks for a snapshot, other than those that cases begin with, for the first time."""
    body = request.partition(b"\r\n\r\n")[2]
    new = b"=CreateSnapshot&" in body and b"base" not in body and body not in known
    known.add(body)
    return new


def is_s3(request):
    """Whether it is signed for S3."""
    return b"/s3/aws4_request" in request


# What happens to requests that are handed on: after how many, or to which, and what.
HANDED = {
    # Another endpoint, which knows nothing of what was made, takes over.
    "state-is-lost": lambda number, _: "other" if number >= 700 else None,
    # It takes no connection any more, or none for a while.
    "goes-away": lambda number, _: "gone" if number >= 900 else None,
    "restarts": lambda number, _: "away" if number == 900 else None,
    "slows-down": lambda number, _: "slow" if number >= 300 else None,
    "loses-every-40th-answer": lambda number, _: "lost" if number % 40 == 39 else None,
    "loses-every-40th-request": lambda number, _: "unsent" if number % 40 == 39 else None,
    "repeats-every-40th-answer": lambda number, _: "repeat" if number % 40 == 39 else None,
    "fails-each-create-once": lambda _, request: "fails" if is_new_create(request) else None,
    # One answer in three of S3's first ones, so that whether it is there has to be asked again.
    "fails-some-of-s3-first": lambda _, request: "slow-down" if is_s3(request) and next(of_s3) in (0, 3, 6) else None,
    "refuses-windows": lambda _, request: "refuses" if b"&SnapshotWindow=" in request else None,
    "fails-all-tagging": lambda _, request: "fails" if b"=AddTagsToResource&" in request else None,
}
counter, of_s3, last, known = itertools.count(), itertools.count(), [b""], set()
# The socket that listens, and whether it is closed for so many seconds.
listening, away, AWAY = [], threading.Event(), 8
REFUSAL = b'<ErrorResponse xmlns="http://elasticache.amazonaws.com/doc/2015-02-02/"><Error><Type>Sender</Type>'
REFUSAL += b"<Code>InvalidParameterCombination</Code><Message>There are no windows here.</Message></Error>"
REFUSAL += b"<RequestId>7</RequestId></ErrorResponse>"
SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>"
FAILURE = b"<ErrorResponse><Error><Type>Receiver</Type><Code>ServiceUnavailable</Code></Error>"
FAILURE += b"<RequestId>7</RequestId></ErrorResponse>"
# What is answered instead of what is asked: the status, and the body.
INSTEAD = {
    "fails": (b"503 Service Unavailable", FAILURE),
    "refuses": (b"400 Bad Request", REFUSAL),
    "slow-down": (b"503 Slow Down", SLOW_DOWN),
}


def hand_on(connection, request, way, behind):
    what = HANDED[way](next(counter), request)
    if what == "gone":
        os._exit(0)
    if what == "away":
        away.set()
        listening[0].shutdown(socket.SHUT_RDWR)
        return False
    if what == "unsent":
        return False
    if what in INSTEAD:
        said, instead = INSTEAD[what]
        connection.sendall(whole(instead, HEAD.replace(b"200 OK", said)))
        return True
    if what == "repeat" and last[0]:
        connection.sendall(last[0])
        return True
    place = urlsplit(behind[-1 if what == "other" else 0])
    line, _, rest = request.partition(b"\r\n")
    head, _, body = rest.partition(b"\r\n\r\n")
    method, path, _ = line.decode().split(" ", 2)
    headers = dict(header.split(": ", 1) for header in head.decode().split("\r\n"))
    onward = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
    onward.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in headers.items():
        onward.putheader(name, value)
    onward.endheaders(body)
    came = onward.getresponse()
    said = came.read()
    onward.close()
    if what == "lost":
        return False
    if what == "slow":
        time.sleep(0.04)
    kept = [(name, value) for name, value in came.getheaders() if name.lower() not in ("content-length", "connection")]
    head = "".join(f"{name}: {value}\r\n" for name, value in kept).encode("latin-1")
    length = b"Content-Length: %d\r\n\r\n" % len(said)
    last[0] = b"HTTP/1.1 %d X\r\n" % came.status + head + length + said
    connection.sendall(last[0] if method != "HEAD" else last[0][: len(last[0]) - len(said)])
    return True


def serve(connection, way, behind, tls):
    try:
        if tls:
            connection = tls.wrap_socket(connection, server_side=True)
        rest = b""
        while True:
            while b"\r\n\r\n" not in rest:
                part = connection.recv(65536)
                if not part:
                    return
                rest += part
            head, _, rest = rest.partition(b"\r\n\r\n")
            lines = [line.lower() for line in head.split(b"\r\n")]
            length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
            while len(rest) < length:
                part = connection.recv(65536)
                if not part:
                    return
                rest += part
            request, rest = head + b"\r\n\r\n" + rest[:length], rest[length:]
            if away.is_set():
                return
            stays = hand_on(connection, request, way, behind) if way in HANDED else answer(connection, way)
            if not stays:
                return
    except OSError:
        pass
    finally:
        connection.close()


def main():
    way, behind = sys.argv[1], sys.argv[2].split(",") if len(sys.argv) > 2 else []
    tls = None
    if way == "certificate-of-nobody":
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(behind[0])
        WAYS[way] = lambda: [whole(page())]
    elif way not in WAYS and way not in HANDED:
        sys.exit(f"there is no way `{way}`")
    listener = socket.create_server(("127.0.0.1", 0), backlog=200)
    scheme = "https" if tls else "http"
    print(f"listening on {scheme}://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    listening.append(listener)
    while True:
        try:
            connection, _ = listening[0].accept()
        except OSError:
            place = listening[0].getsockname()
            listening[0].close()
            time.sleep(AWAY)
            listening[0] = socket.create_server(place, backlog=200)
            away.clear()
            continue
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=serve, args=(connection, way, behind, tls), daemon=True).start()


if __name__ == "__main__":
    main()
