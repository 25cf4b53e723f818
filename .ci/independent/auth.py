"""Signatures: who asks, and with `--verify` whether they are who they say (SigV4, in headers or in the query)."""

import hashlib
import hmac
import re
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl, quote, unquote

from breaks import broken
from wire import Fault

HOME_ACCOUNT = "123456789012"
HOME_REGION = "us-east-1"
WINDOW = timedelta(minutes=15)
ALGORITHM = "AWS4-HMAC-SHA256"
CREDENTIAL = re.compile(r"([^/,\s]+)/(\d{8})/([^/,\s]+)/([^/,\s]+)/aws4_request")


class Signature:
    """What a request says of its sender. `key` is empty if it says nothing."""

    def __init__(self, method, path, query, body, headers, form):
        self.method, self.path, self.query, self.body, self.headers = method, path, query, body, headers
        given = headers.get("authorization", "")
        self.in_query = not given and "X-Amz-Signature" in form
        words = dict(re.findall(r"(\w+)=([^,\s]+)", given))
        pick = (lambda header, parameter: form.get(parameter, "")) if self.in_query else (lambda header, parameter: words.get(header, ""))
        credential = CREDENTIAL.fullmatch(pick("Credential", "X-Amz-Credential"))
        self.signed_headers = [each for each in pick("SignedHeaders", "X-Amz-SignedHeaders").split(";") if each]
        self.signature = pick("Signature", "X-Amz-Signature")
        self.date = form.get("X-Amz-Date", "") if self.in_query else headers.get("x-amz-date", "")
        self.lifetime = form.get("X-Amz-Expires", "") if self.in_query else ""
        self.present = bool(given) or self.in_query or "X-Amz-Credential" in form
        if not credential and not self.in_query:
            credential = CREDENTIAL.search(given or form.get("X-Amz-Credential", ""))
        self.key, self.day, self.region, self.service = credential.groups() if credential else ("", "", HOME_REGION, "")
        self.account = self.key if re.fullmatch(r"\d{12}", self.key) else HOME_ACCOUNT

    def fault(self, secrets):
        """Why this signature is refused, as a Fault of the Query protocol, or None. Without secrets it need only be there."""
        if not self.present:
            if broken("sign-unsigned-ok"):
                return None
            return Fault("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
        if not self.key:
            return Fault("IncompleteSignature", "Authorization header requires a Credential of five parts.", 400)
        if not secrets:
            return None
        secret = secrets.get(self.key) or (secrets.get("*") if self.key.isdecimal() and len(self.key) == 12 else None)
        if not secret:
            if broken("sign-unknown-key-ok"):
                return None
            return Fault("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
        if not (self.signed_headers and self.signature and self.date):
            return Fault("IncompleteSignature", "Authorization header requires SignedHeaders, Signature and a date.", 400)
        try:
            moment = datetime.strptime(self.date, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
        except ValueError:
            return Fault("IncompleteSignature", "Date must be in ISO-8601 'basic format'.", 400)
        late = datetime.now(timezone.utc) - moment
        allowed = timedelta(seconds=int(self.lifetime)) if self.lifetime.isdecimal() else WINDOW
        if not (-WINDOW <= late <= allowed) and not broken("sign-expired-ok"):
            return Fault("RequestExpired", f"Request has expired: {self.date}", 400)
        if "host" not in self.signed_headers or self.day != self.date[:8] or \
                not hmac.compare_digest(self.expected(secret), self.signature):
            if broken("sign-wrong-ok"):
                return None
            return Fault("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. "
                         "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.", 403)
        return None

    def expected(self, secret):
        pairs = [(name, value) for name, value in parse_qsl(self.query, keep_blank_values=True) if name != "X-Amz-Signature"]
        encode = lambda text: quote(text, safe="-_.~")  # noqa: E731
        query = "&".join(f"{name}={value}" for name, value in sorted((encode(name), encode(value)) for name, value in pairs))
        path = self.path or "/"
        if self.service != "s3":  # which alone signs the path as it is sent
            path = "/".join(encode(part) for part in path.split("/"))
        else:
            path = "/".join(encode(unquote(part)) for part in path.split("/"))
        headers = "".join(f"{name}:{' '.join(self.headers.get(name, '').split())}\n" for name in self.signed_headers)
        digest = self.headers.get("x-amz-content-sha256") or hashlib.sha256(self.body).hexdigest()
        if self.in_query and self.service == "s3":
            digest = "UNSIGNED-PAYLOAD"
        elif re.fullmatch("[0-9a-f]{64}", digest):
            digest = hashlib.sha256(self.body).hexdigest()
        canonical = "\n".join([self.method, path, query, headers, ";".join(self.signed_headers), digest])
        scope = f"{self.day}/{self.region}/{self.service}/aws4_request"
        text = "\n".join([ALGORITHM, self.date, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = b"AWS4" + secret.encode()
        for part in (self.day, self.region, self.service, "aws4_request"):
            key = hmac.new(key, part.encode(), "sha256").digest()
        return hmac.new(key, text.encode(), "sha256").hexdigest()
