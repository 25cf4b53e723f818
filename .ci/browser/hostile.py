"""Answers whatever is asked with markup that runs where it is not escaped, and with control sequences.

With a log, prints that log of a target called `planted` that answered so.
"""

import json
import sys

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

EVIL = (
    "</pre></code></script><script>document.title='run'</script><img src=x onerror=\"document.title='run'\">"
    "<svg onload=\"document.title='run'\"></svg>\x1b[31m\x07$(touch run)`touch run`"
)
BODY = (
    '<ErrorResponse xmlns="http://elasticache.amazonaws.com/doc/2015-02-02/"><Error><Type>Sender</Type>'
    f"<Code>InvalidParameterValue</Code><Message><![CDATA[{EVIL.replace(chr(27), '').replace(chr(7), '')}]]></Message></Error>"
    "<RequestId>1</RequestId></ErrorResponse>"
).encode()
PAGE = (EVIL + "\0\xff" * 1000).encode("latin-1")


PLANTED = {"observed", "expected", "outcome", "call", "body", "request", "version", "seen", "reason"}


def plant(value: object) -> object:
    """Puts it wherever a target has a say."""
    if isinstance(value, dict):
        return {k: v + EVIL if k in PLANTED and isinstance(v, str) else plant(v) for k, v in value.items()}
    return [plant(one) for one in value] if isinstance(value, list) else value


if len(sys.argv) > 1:
    with open(sys.argv[1], encoding="utf-8") as log:
        for line in log:
            record = json.loads(line)
            if record["kind"] == "header":
                record["target"]["name"] = "planted"
            print(json.dumps(plant(record) if record["kind"] != "input" else record))
    sys.exit()


class Handler(BaseHTTPRequestHandler):
    """Answers every second request with a fault, the others with a page."""

    protocol_version = "HTTP/1.1"
    count = 0

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        Handler.count += 1
        page = Handler.count % 2 == 0
        body = PAGE if page else BODY
        self.send_response(404 if page else 400)
        self.send_header("Content-Type", "text/html" if page else "text/xml")
        self.send_header("x-amzn-requestid", "<script>document.title='run'</script>")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_DELETE = do_POST

    def log_message(self, *_: object) -> None:
        """Says nothing."""


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
