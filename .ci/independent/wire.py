"""AWS Query, both ways: a request's bytes to parameters, a reply's tree to XML.

A reply is a tree of dicts (structures), Many (lists) and strings. None is left out.
"""

import re
import uuid
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote_plus

from breaks import broken

NAMESPACE = "http://elasticache.amazonaws.com/doc/2015-02-02/"
STS_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"

XML_UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Many:
    """A list: its items, and the name that each has on the wire."""

    def __init__(self, name, items):
        self.name = name
        self.items = list(items)


class Fault(Exception):
    """An error reply. The code is the wire's."""

    def __init__(self, code, message, status=400):
        super().__init__(code)
        self.code, self.message, self.status = code, message, status


@dataclass
class Request:
    method: str
    path: str
    query: str
    headers: dict
    body: bytes
    params: dict
    signature: object
    refusal: Exception = None  # of the signature, in S3's words

    @property
    def action(self):
        return self.params.get("Action", "")

    @property
    def account(self):
        return self.signature.account

    @property
    def region(self):
        return self.signature.region

    @property
    def signed(self):
        return bool(self.signature.key)


def read_params(choice, method, query, body, headers):
    """The parameters of a Query request. Which of two equal names holds is drawn, and whether a body that is not called
    a form is read as one."""
    charset = "latin-1" if broken("wire-latin1") else "utf-8"
    pairs = []
    if query and not broken("wire-get-refused"):
        if broken("wire-get-split-late"):
            query = "&".join("=".join(quote(half) for half in pair.split("=", 1)) for pair in unquote_plus(query).split("&"))
        pairs += parse_qsl(query, keep_blank_values=True, encoding="latin-1" if broken("wire-get-latin1") else charset)
    if method == "POST" and body:
        text = body.decode(charset, "replace")
        if broken("wire-plus-kept"):
            text = text.replace("+", "%2B")
        if broken("front-body-8k"):
            text = text[:8192]
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if broken("front-needs-charset") and "charset" not in headers.get("content-type", ""):
            return {}
        if kind == "application/x-www-form-urlencoded" or \
                choice.pick("bodies that are not called forms", "read", "ignored") == "read":
            pairs += parse_qsl(text, keep_blank_values=True, encoding=charset)
    if choice.pick("repeated parameters", "last", "first") == "first":
        pairs.reverse()
    return dict(pairs)


class Writer:
    """Renders replies and errors, in any form that a client has to understand."""

    def __init__(self, choice):
        self.choice = choice

    def success(self, action, tree, namespace=NAMESPACE):
        """Returns status, headers and body of a reply."""
        request_id = str(uuid.uuid4())
        if broken("wire-namespace"):
            namespace = namespace.replace("2015-02-02", "2014-07-15")
        xmlns = "" if broken("wire-no-namespace") else f' xmlns="{namespace}"'
        if broken("wire-no-snapshot-element") and isinstance(tree.get("Snapshot"), dict):
            tree = tree["Snapshot"]
        result = self.element(f"{action}Result", tree)
        if broken("wire-no-result-wrapper"):
            result = self.inside(tree)
        metadata = self.element("ResponseMetadata", {"RequestId": request_id})
        if broken("wire-no-metadata"):
            metadata = ""
        root = "Response" if broken("wire-root-without-action") else f"{action}Response"
        body = f"<{root}{xmlns}>{self.gap()}{result}{self.gap()}{metadata}</{root}>"
        return (202 if broken("wire-success-202") else 200), self.headers(request_id), self.document(body)

    def fault(self, fault):
        """Returns status, headers and body of an error."""
        request_id = str(uuid.uuid4())
        status, code = broken_fault(fault)
        xmlns = self.choice.pick("namespace of errors", f' xmlns="{NAMESPACE}"', "")
        error = {"Type": "Receiver" if broken("error-type-receiver") else "Sender",
                 "Code": code, "Message": fault.message}
        if broken("error-no-type"):
            del error["Type"]
        inner = self.inside(error, shuffle=False)
        identity = self.element("RequestId", request_id)
        if broken("error-envelope"):
            body = (f"<Response><Errors><Error><Code>{code}</Code><Message>{self.text(fault.message)}</Message></Error>"
                    f"</Errors><RequestID>{request_id}</RequestID></Response>")
            return status, self.headers(request_id), self.document(body)
        if broken("error-request-id-nested"):
            identity = f"<ResponseMetadata>{identity}</ResponseMetadata>"
        if broken("error-no-request-id"):
            identity = ""
        body = f"<ErrorResponse{xmlns}>{self.gap()}<Error>{inner}</Error>{self.gap()}{identity}</ErrorResponse>"
        return status, self.headers(request_id), self.document(body)

    def headers(self, request_id):
        content_type = self.choice.pick("content type", "text/xml", "text/xml; charset=utf-8", "text/xml;charset=UTF-8")
        if broken("wire-content-type"):
            content_type = "application/json"
        headers = [("Content-Type", content_type)]
        if broken("wire-request-id-differs"):
            request_id = str(uuid.uuid4())
        if not broken("wire-no-request-id-header"):
            headers.append((self.choice.pick("header's case", "x-amzn-RequestId", "x-amzn-requestid"), request_id))
        return headers

    def document(self, body):
        opening = self.choice.pick("declaration", "", '<?xml version="1.0" encoding="UTF-8"?>\n', '<?xml version="1.0"?>')
        if broken("wire-declares-latin1"):
            opening = '<?xml version="1.0" encoding="ISO-8859-1"?>'
        return (opening + body).encode("utf-8")

    def element(self, name, value):
        inner = self.inside(value)
        if inner == "":
            return self.choice.pick("empty elements", f"<{name}/>", f"<{name}></{name}>", f"<{name} />")
        return f"<{name}>{inner}</{name}>"

    def inside(self, value, shuffle=True):
        if isinstance(value, dict):
            parts = [self.element(name, child) for name, child in value.items()
                     if child is not None and not self.leave_out(child)]
            if self.choice.rarely("unknown elements"):
                parts.append("<AddedLater>1</AddedLater>")
            if shuffle and self.choice.free:
                parts = self.choice.order(parts)
            return self.gap().join(parts)
        if isinstance(value, Many):
            return self.gap().join(self.element(value.name, item) for item in value.items)
        return self.text(value)

    def leave_out(self, child):
        """An empty list may be an empty element or no element."""
        return isinstance(child, Many) and not child.items and \
            self.choice.pick("empty lists", "shown", "absent") == "absent"

    def gap(self):
        return self.choice.pick("space between elements", "", "\n  ")

    def text(self, value):
        """Escapes text, in any of XML's spellings."""
        value = str(value)
        if not value.isprintable():
            value = XML_UNFIT.sub("?", value)
        if broken("wire-unescaped"):
            return value
        value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
        if broken("wire-escaped-twice"):
            value = value.replace("&", "&amp;")
        if "&" in value:
            spelling = self.choice.pick("escapes", "named", "decimal", "hexadecimal")
            if spelling == "decimal":
                value = value.replace("&amp;", "&#38;").replace("&lt;", "&#60;").replace("&gt;", "&#62;")
            if spelling == "hexadecimal":
                value = value.replace("&amp;", "&#x26;").replace("&lt;", "&#x3C;").replace("&gt;", "&#x3e;")
        return value


def broken_fault(fault):
    """Returns the status and code that go out for this fault, which are its own unless a rule is broken."""
    for name, code, instead in (
            ("error-code-not-found", "SnapshotNotFoundFault", "SnapshotNotFound"),
            ("error-code-taken", "SnapshotAlreadyExistsFault", "SnapshotAlreadyExists"),
            ("error-code-state", "InvalidSnapshotState", "InvalidSnapshotStateFault"),
            ("error-code-cluster", "CacheClusterNotFound", "CacheClusterNotFoundFault"),
            ("error-code-group", "ReplicationGroupNotFoundFault", "ReplicationGroupNotFound"),
            ("error-code-arn", "InvalidARN", "InvalidARNFault"),
            ("error-code-value", "InvalidParameterValue", "InvalidParameterValueException"),
            ("error-code-combination", "InvalidParameterCombination", "InvalidParameterCombinationException"),
            ("error-code-tag-quota", "TagQuotaPerResourceExceeded", "TagQuotaPerResourceExceededFault")):
        if fault.code == code and broken(name):
            return fault.status, instead
    for name, code, instead in (
            ("error-not-found-400", "SnapshotNotFoundFault", 400),
            ("error-taken-409", "SnapshotAlreadyExistsFault", 409),
            ("error-state-409", "InvalidSnapshotState", 409),
            ("create-no-cluster-400", "CacheClusterNotFound", 400)):
        if fault.code == code and broken(name):
            return instead, fault.code
    if broken("error-status-200"):
        return 200, fault.code
    if broken("error-status-500"):
        return 500, fault.code
    return fault.status, fault.code
