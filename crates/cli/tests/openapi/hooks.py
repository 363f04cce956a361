"""Gives generated requests what no document can hold: ids that are there, and the version of the settings in force.

Every second generated request only, so that what is not there and what was overtaken is asked for as well; an example of the
document, and the first request of an operation, always. What was answered is written down, for the test to see that every operation succeeded at least once.
"""

import itertools
import os

import requests
import schemathesis
from schemathesis.generation import GenerationMode

BASE = os.environ["SEKISHO_URL"] + "/api/v1"
REFERENCES = os.environ.get("SEKISHO_REFERENCES", "").split()
SUBSCRIBER = os.environ.get("SEKISHO_SUBSCRIBER", "1")
TOKEN = os.environ["SEKISHO_TOKEN"]
ANSWERS = os.environ["SEKISHO_ANSWERS"]
EXAMPLE = {"reason": "asked by telephone, called back"}
RULE = {"then": "junk", "conditions": [{"field": "subject", "kind": "contains", "text": "lottery"}]}
turns = itertools.count()
# Operations of which a request was made right: the first of each is, so that none depends on chance.
begun = set()


def ask(method, path, body=None, version=None):
    """One request of our own."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    if version:
        headers["If-Match"] = version
    return requests.request(method, BASE + path, headers=headers, json=body, timeout=30)


def items(path):
    """What a list tells."""
    return ask("GET", path).json().get("items", [])


def version(case):
    """The version in force, as the ETag tells it."""
    owner = "/staff/profile" if case.operation.path.endswith("/staff/profile") else "/staff/settings"
    return ask("GET", owner if "/staff/" in case.operation.path else "/settings").headers.get("ETag")


def held(name, turn):
    """A held message that is in the state that a deed needs; brought there where none is."""
    if name in ("held-restore", "held-erase"):
        thrown = items("/held?show=trash")
        if not thrown:
            waiting = items("/held")
            if waiting:
                ask("DELETE", f"/held/{waiting[-1]['id']}")
            thrown = items("/held?show=trash")
        return thrown[0]["id"] if thrown else None
    waiting = items("/held?limit=9")
    if not waiting:
        return None
    one = waiting[turn % len(waiting)]["id"]
    if name == "held-release-whole":
        one = next((row["id"] for row in waiting if "attached" in row["subject"]), one)
        ask("POST", f"/held/{one}/release-stripped")
    return one


def sign_in():
    """A token of ours that may end."""
    ask("POST", "/tokens", {"name": "to end", "scopes": ["mail:read"], "days": 1})
    others = [row for row in items("/sign-ins") if not row["this"]]
    return others[-1]["id"] if others else None


def rule():
    """A rule; added where there is none."""
    if not items("/rules"):
        ask("POST", "/rules", RULE, ask("GET", "/settings").headers.get("ETag"))
    rules = items("/rules")
    return rules[0]["rule"]["id"] if rules else None


def entry():
    """Something that stands on the refuse list."""
    if not items("/lists?list=refuse"):
        ask("PUT", "/lists/refuse/shop.example.com", {}, ask("GET", "/settings").headers.get("ETag"))
    entries = items("/lists?list=refuse")
    return entries[0]["entry"] if entries else None


def name_of(case):
    """The operation's name."""
    return case.operation.definition.raw.get("operationId", "")


@schemathesis.hook
def before_call(context, case, kwargs):
    """Puts them in."""
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    turn, name = next(turns), name_of(case)
    if turn % 2 and name in begun and case.meta.phase.name.value != "examples":
        return
    begun.add(name)
    parameters = case.path_parameters or {}
    put = {}
    if "id" in parameters and "/held/" in case.operation.path:
        put["id"] = held(name, turn)
    if "id" in parameters and "/subscribers/" in case.operation.path:
        put["id"] = SUBSCRIBER
    if "id" in parameters and "/rules/" in case.operation.path:
        put["id"] = rule()
    if "session" in parameters:
        put["session"] = sign_in()
    if name == "list-entry-delete":
        put["list"], put["entry"] = "refuse", entry()
    if "reference" in parameters and REFERENCES:
        put["reference"] = REFERENCES[turn // 2 % len(REFERENCES)]
    if name == "mail-report":
        kept = items("/mail")
        put["reference"] = kept[0]["reference"] if kept else None
    if name == "mail-show":
        kept = items("/mail")
        put["reference"] = kept[turn % len(kept)]["reference"] if kept else None
    if name in ("decision-content", "decision-release"):
        ask("POST", f"/staff/decisions/{put['reference']}/ground", {"ground": "asked", **EXAMPLE})
    if name == "subscriber-stop-acting":
        ask("POST", f"/staff/subscribers/{SUBSCRIBER}/act", EXAMPLE)
    for parameter, value in put.items():
        if value is not None:
            parameters[parameter] = value
    if case.meta.phase.name.value == "examples" and name in ("held-many", "held-delete-many"):
        case.body = {**case.body, "ids": [row["id"] for row in items("/held?limit=1")]}
    if case.meta.phase.name.value == "examples" and name == "held-sender-save":
        case.body = {**case.body, "sender": "a@sumire.example.jp"}
    if case.headers and "If-Match" in case.headers:
        current = version(case)
        if current:
            case.headers["If-Match"] = current


@schemathesis.hook
def after_call(context, case, response):
    """Writes down what was answered."""
    with open(ANSWERS, "a", encoding="utf-8") as file:
        file.write(f"{name_of(case)} {response.status_code}\n")
