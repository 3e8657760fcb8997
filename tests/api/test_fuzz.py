"""Hostile requests to every route of the table: refused as the client's fault, nothing changed.

The requests are made from the table, so a new route is attacked without anybody asking.
"""

import gzip
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio
from bson import ObjectId

from desperados.accounts.documents import UserRole
from desperados.api.operations.operation import BODY_METHODS, OWNED, Operation, derive
from desperados.api.routes import ROUTES
from desperados.engine.manifest.routes import Access
from tests.api.client import PROBLEM, Api, Person
from tests.worlds import fingerprint

pytestmark = pytest.mark.asyncio(loop_scope="module")

OPERATIONS = [derive(route) for route in ROUTES]

# An unknown refresh token is answered like one that was closed (RFC 7009): nothing to refuse.
HARMLESS = {("accounts.revoke_token", 204)}

HUGE = "9" * 400
NOT_JSON_OBJECTS: list[bytes] = [
    b"\x00",
    b"\xff\xfe\xfd",
    b"{",
    b"[]",
    b"null",
    b"1",
    b'"text"',
    b"[" * 10_000,
    b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    b'{"a": NaN}',
    b'{"a": 1e400}',
    b'{"a": %s}' % HUGE.encode(),
    b'{"a": 1, "a": 2}',
    b'{"__proto__": {"admin": true}}',
    b'{"$where": "sleep(1000)"}',
    b'{"\\u0000": 1}',
    b'{"a": "\\ud800"}',
    b"{}" + b" " * 70_000,
    b'{"a": "' + b"a" * 60_000 + b'"}',
]
HOSTILE_VALUES: list[str] = [
    '{"$gt": ""}',
    '{"$ne": null}',
    '{"$regex": ".*"}',
    "[]",
    "[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]",
    "{}",
    "true",
    "1.5",
    "-1",
    "0",
    "1e400",
    "-1e400",
    "9007199254740993",
    "9223372036854775808",
    HUGE,
    "NaN",
    '""',
    '"1"',
    '"NaN"',
    '"\\u0000"',
    '"\\ud800"',
    '"\\u202e"',
    '"$gt"',
    '"{\\"$gt\\": \\"\\"}"',
    '"(a+)+$"',
    '"<script>alert(1)</script>"',
    '"a\\r\\nSet-Cookie: x=1"',
    json.dumps("a" * 50_000),
]
HOSTILE_TEXTS = [
    "{$gt:''}",
    '{"$gt":""}',
    "[$ne]=1",
    "0",
    "-1",
    "1.5",
    HUGE,
    "NaN",
    "\0",
    "\u202e",
    "a" * 3000,
    "z" * 24,
    "../../etc/passwd",
    "' OR 1=1 --",
]
HOSTILE_ESCAPES = ["%00", "%ff%fe", "%ed%a0%80", "%", "%zz"]
CONTENT_TYPES = ["text/plain", "application/xml", "multipart/form-data", "application/bson", "x"]


@dataclass(frozen=True)
class Attack:
    """One hostile request; ``path`` is complete."""

    path: str
    data: bytes = b""
    headers: dict[str, str] | None = None


def plain_value(name: str, schema: dict[str, Any], person: Person) -> Any:
    """A value that would pass, so that only the hostile one is refused."""
    if name == "recipientId":
        return person.character
    known = {"login": "nobody", "limit": 5, "amount": 1, "reason": "because I can"}
    if name in known:
        return known[name]
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema or "enum" in schema:
        return "dollars"
    return "65f0c0ffee0123456789abcd"


def attacks(operation: Operation, person: Person) -> Iterator[Attack]:
    """Every hostile request to one route."""
    path = operation.route.path
    good = {OWNED: person.character, "userId": person.id, "kind": "items", "entry": "gold"}
    parts = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    values = {part: good.get(part, str(ObjectId())) for part in parts}

    def filled(**changed: str) -> str:
        return path.format(**{**values, **changed})

    for part in parts:
        for text in HOSTILE_TEXTS:
            yield Attack(filled(**{part: quote(text, safe="")}))
        for escape in HOSTILE_ESCAPES:
            yield Attack(filled(**{part: escape}))

    query = operation.query.model_json_schema(by_alias=True).get("properties", {})
    for name in ("unknown", "$where", "actor", "__proto__"):
        yield Attack(f"{filled()}?{quote(name)}=1")
    for name in query:
        for text in HOSTILE_TEXTS:
            yield Attack(f"{filled()}?{quote(name)}={quote(text)}")
        for escape in HOSTILE_ESCAPES:
            yield Attack(f"{filled()}?{quote(name)}={escape}")
        yield Attack(f"{filled()}?{name}=5&{name}=6")
        yield Attack(f"{filled()}?{name}[$gt]=")

    as_json = {"Content-Type": "application/json"}
    noise = random.Random(operation.name)
    for body in (*NOT_JSON_OBJECTS, *(noise.randbytes(noise.randint(1, 200)) for _ in range(5))):
        yield Attack(filled(), body, as_json)
    if operation.route.method not in BODY_METHODS:
        return
    properties = operation.body.model_json_schema(by_alias=True).get("properties", {})
    plain = {name: plain_value(name, schema, person) for name, schema in properties.items()}
    good_body = json.dumps(plain).encode()
    for content_type in CONTENT_TYPES:
        yield Attack(filled(), good_body, {"Content-Type": content_type})
    yield Attack(filled(), gzip.compress(good_body), {**as_json, "Content-Encoding": "gzip"})
    yield Attack(filled(), json.dumps({**plain, "isAdmin": True}).encode(), as_json)
    yield Attack(filled(), json.dumps({**plain, "actor": person.id}).encode(), as_json)
    yield Attack(filled(), json.dumps([plain]).encode(), as_json)
    for name in properties:
        others = "".join(
            f"{json.dumps(n)}: {json.dumps(v)}, " for n, v in plain.items() if n != name
        )
        for value in HOSTILE_VALUES:
            if (operation.name, name, value) not in ACCEPTABLE:
                yield Attack(filled(), f'{{{others}"{name}": {value}}}'.encode(), as_json)
    if operation.takes_key:
        for key in ("", "a" * 201, "\u00e9", "a" * 5000):
            yield Attack(filled(), good_body, {**as_json, "Idempotency-Key": key})


# Hostile to most, but what this field is for.
ACCEPTABLE: set[tuple[str, str, str]] = {
    ("economy.adjust", "amount", "-1"),
    ("characters.set_preferences", "muted", "[]"),
    # A wrong password of the right type is counted as a failed login.
    *(("accounts.change_password", "currentPassword", v) for v in HOSTILE_VALUES if v[0] == '"'),
    *(
        (command, "reason", value)
        for command in (
            "economy.adjust",
            "economy.reverse",
            "economy.lock_trade",
            "accounts.set_status",
            "accounts.set_role",
        )
        for value in HOSTILE_VALUES
        if value.startswith('"') and 7 <= len(value) < 500 and "\\u" not in value
    ),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(shared_api: Api) -> dict[Access, Person]:
    jane = await shared_api.ride("jane")
    sheriff = await shared_api.join("sheriff", UserRole.ADMIN)
    staff = Person(jane.id, sheriff.token, sheriff.refresh_token, jane.character)
    return {
        Access.PUBLIC: jane,
        Access.USER: jane,
        Access.OWNER: jane,
        Access.MODERATOR: staff,
        Access.ADMIN: staff,
    }


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.name)
async def test_hostile_requests_are_refused_and_change_nothing(
    shared_api: Api, people: dict[Access, Person], operation: Operation
) -> None:
    person = people[operation.route.access]
    token = None if operation.route.access is Access.PUBLIC else person.token
    reads = operation.route.method == "GET"
    before = await fingerprint(shared_api.game)
    for attack in attacks(operation, person):
        answer = await shared_api.call(
            operation.route.method,
            attack.path,
            data=attack.data or None,
            headers=attack.headers,
            token=token,
        )
        if (operation.name, answer.status) in HARMLESS or (reads and answer.status == 200):
            continue
        assert 400 <= answer.status < 500, (attack, answer.text)
        assert answer.headers["Content-Type"].startswith(PROBLEM), (attack, answer.text)
    assert await fingerprint(shared_api.game) == before
