"""Plays steps.json through one client and says what it did not read as it should.

A client is a class with `call(url, operation, parameters, caller)`, which returns the result, a dictionary, or raises
`Refused`; `pages(url, operation, parameters, size)`, which gives the client's own pages; and `wait(url, waiter,
parameters)`, which returns when the client's own waiter does. The callers: `right` and `wrong` by their secret, `nobody`
without a signature, `late` with a clock that is an hour slow, `cut` whose date is lost on the way. The last two, and
steps with another `action`, are for clients that let themselves be meddled with. `stranger` has a key that is nobody's.
"""

import json
import re
import sys
import time
from datetime import datetime, timedelta, timezone

#: The longest that anything may take to settle, in seconds.
PATIENCE = 30

#: How far from now an instant may be that the server gave.
FAR = timedelta(minutes=30)

#: An access key as AWS gives them: nobody's here.
STRANGER = "AKIAIOSFODNN7EXAMPLE"

ABSENT = object()


class Refused(Exception):
    """A fault as the client shows it; what a client has no way to show is `None`."""

    def __init__(self, shape, code, status, message):
        super().__init__(f"{shape or 'no type of its own'}, {code}, {status}: {message}")
        self.shape, self.code, self.status, self.message = shape, code, status, message


class Player:
    def __init__(self, client, plan):
        self.client, self.plan = client, plan
        self.codes = {shape: code for code, shape in plan["shapes"].items()}
        self.wrong = []
        self.played = self.skipped = 0

    def server(self, server, name):
        url = self.plan["servers"][server]
        for number, step in enumerate(steps()[name], 1):
            meddles = "action" in step or step.get("as") in ("late", "cut")
            if meddles and not self.client.can_be_meddled_with:
                self.skipped += 1
                continue
            for turn in range(step.get("times", 1)):
                if self.is_enough():
                    return
                self.played += 1
                try:
                    self.step(url, numbered(step, turn + 1))
                except Exception as error:  # noqa: BLE001: whatever goes wrong is what we look for
                    call = step.get("call") or step.get("until") or step.get("pages") or step.get("wait")
                    self.wrong.append(f"{name} {number}, {call}, {step['say']}: {error or type(error).__name__}")

    def is_enough(self):
        return self.plan["brief"] and bool(self.wrong)

    def step(self, url, step):
        given = filled(step["with"])
        if self.plan["lenient"]:
            self.read(url, step, given)
        elif "wait" in step:
            self.client.wait(url, step["wait"], given)
        elif "until" in step:
            self.until(url, step, given)
        elif "pages" in step:
            self.pages(url, step, given)
        elif "fault" in step:
            self.fault(url, step["call"], given, step, step.get("as", "right"), step.get("action"))
        else:
            result = self.client.call(url, step["call"], given, step.get("as", "right"))
            for path, wanted in step["is"].items():
                found = at(result, path)
                if not fits(found, wanted):
                    raise ValueError(f"{path} is {shown(found)}, not {wanted!r}")

    def read(self, url, step, given):
        """Where the endpoint chooses freely, only that the client reads the answer, as a type of its own, is asked for."""
        operation = step.get("call") or step.get("until") or step.get("pages")
        if operation is None:
            return
        try:
            self.client.call(url, operation, given, "right")
        except Refused as refused:
            if refused.shape != self.plan["shapes"].get(refused.code) or not refused.message:
                raise ValueError(f"is refused by {refused}") from None
        if "until" in step:
            time.sleep(0.3)

    def until(self, url, step, given):
        end = time.monotonic() + PATIENCE
        while True:
            found = at(self.client.call(url, step["until"], given, "right"), step["path"])
            if fits(found, step["value"]):
                return
            if time.monotonic() > end:
                raise TimeoutError(f"{step['path']} stays {shown(found)}")
            time.sleep(0.1)

    def pages(self, url, step, given):
        pages = [[item[step["key"]] for item in at(page, step["path"])] for page in
                 self.client.pages(url, step["pages"], given, step["size"])]
        pattern, count = step["numbered"]
        wanted = sorted(step["names"] + [pattern.replace("#", str(number)) for number in range(1, count + 1)])
        found = sorted(name for page in pages for name in page)
        if found != wanted:
            raise ValueError(f"found {found}, not {wanted}")
        if self.client.shows_pages and (len(pages) < 2 or max(map(len, pages)) > step["size"]):
            raise ValueError(f"pages of {[len(page) for page in pages]}")

    def fault(self, url, call, given, wanted, caller, action=None):
        code = wanted.get("code") or self.codes[wanted["fault"]]
        meddled = {} if action is None else {"action": action}
        try:
            result = self.client.call(url, call, given, caller, **meddled)
        except Refused as refused:
            for name, found, right in (
                ("type", refused.shape, wanted["fault"]),
                ("code", refused.code, code),
                ("status", refused.status, wanted["status"]),
                ("message", refused.message, wanted.get("message")),
            ):
                # A fault without a type of its own is one of the client's general type, which Refused calls `None`.
                known = found is not None or (name == "type" and self.client.shows_types)
                if known and right != found and not (name == "message" and right is None and found):
                    raise ValueError(f"{name} is {found!r}, not {right!r}") from None
            return
        raise ValueError(f"is not refused: {shown(result)}")

    def controls(self):
        """Every fault that a judged operation declares, on every operation that declares it."""
        samples = steps()["samples"]
        for code, url in self.plan["controls"].items():
            shape, status = self.plan["shapes"][code], self.plan["statuses"][code]
            operations = [name for name, codes in self.plan["operations"].items() if code in codes and name in samples]
            for operation in operations if self.client.is_quick else operations[:1]:
                if self.is_enough():
                    return
                self.played += 1
                try:
                    self.fault(url, operation, samples[operation], {"fault": shape, "status": status}, "right")
                except Exception as error:  # noqa: BLE001
                    self.wrong.append(f"{code}, {operation}: {error}")


def steps():
    with open(f"{sys.path[0]}/steps.json", encoding="utf-8") as file:
        return json.load(file)


def numbered(thing, number):
    if isinstance(thing, dict):
        return {key: value if key == "numbered" else numbered(value, number) for key, value in thing.items()}
    if isinstance(thing, list):
        return [numbered(item, number) for item in thing]
    return thing.replace("#", str(number)) if isinstance(thing, str) else thing


def filled(given):
    """`{"many": 51}` stands for so many tags."""
    def tags(value):
        if isinstance(value, dict) and "many" in value:
            return [{"Key": f"k{number}", "Value": "v"} for number in range(value["many"])]
        return value

    return {key: tags(value) for key, value in given.items()}


def at(result, path):
    for part in path.split("."):
        try:
            result = result[int(part)] if isinstance(result, list) else result[part]
        except (KeyError, IndexError):
            return ABSENT
    return result


def fits(found, wanted):
    if not isinstance(wanted, dict):
        return type(found) is type(wanted) and found == wanted
    (kind, value), = wanted.items()
    if kind == "absent":
        return found is ABSENT
    if kind == "length":
        return isinstance(found, list) and len(found) == value
    if kind == "tags":
        return isinstance(found, list) and {tag["Key"]: tag["Value"] for tag in found} == value and len(found) == len(value)
    if value == "timestamp":
        if isinstance(found, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", found):
            found = datetime.fromisoformat(found.replace("Z", "+00:00"))
        return isinstance(found, datetime) and abs(datetime.now(timezone.utc) - found) < FAR
    return type(found) is {"integer": int, "string": str, "boolean": bool}[value]


def shown(found):
    return "absent" if found is ABSENT else repr(found)


def play(client, plan):
    with open(plan, encoding="utf-8") as file:
        player = Player(client, json.load(file))
    for server, name in player.plan["lists"]:
        player.server(server, name)
    player.controls()
    for line in player.wrong:
        print(f"{client.name}: {line}", file=sys.stderr)
    skipped = f", {player.skipped} left out" if player.skipped else ""
    choice = ", choices" if player.plan["lenient"] else ""
    print(f"{client.name}{choice}: {player.played} steps, {len(player.wrong)} not as they should be{skipped}")
    return 1 if player.wrong else 0
