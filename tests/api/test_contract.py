"""What a client may rely on beyond the body: methods, addresses, headers, keys, names, meanings.

That every answer of every test is one that the document promises is held by ``tests.api.contract``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from desperados.api import app
from desperados.api.operations.glossary import GLOSSARY, PARTS
from desperados.api.operations.operation import derive
from desperados.api.problems import FIELD_CODES
from desperados.api.routes import PREFIX, ROUTES
from desperados.engine.idempotency import ClientKey
from desperados.engine.manifest.routes import Access, Deprecation, Route
from tests.api.client import PASSWORD, Api
from tests.api.conftest import open_api
from tests.api.contract import document
from tests.api.test_requests import is_problem

pytestmark = pytest.mark.asyncio(loop_scope="module")

OPERATIONS = [derive(route) for route in ROUTES]
COMPONENTS = document()["components"]["schemas"]
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document()["paths"].items():
        for method, described in methods.items():
            yield method, path, described


# Methods


async def test_head_answers_like_get_without_a_body(shared_api: Api) -> None:
    for path in ("/content", "/market/listings", "//healthz", "//openapi.json", "//docs"):
        got, headed = await shared_api.call("GET", path), await shared_api.call("HEAD", path)
        assert (headed.status, headed.text) == (200, "")
        assert headed.headers["Content-Type"] == got.headers["Content-Type"]
    is_gone = await shared_api.call("HEAD", "/account")
    assert is_gone.status == 401


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
async def test_options_and_a_wrong_method_name_the_methods_of_this_address(
    shared_api: Api, route: Route
) -> None:
    address = re.sub(r"\{\w+\}", "65f0c0ffee0123456789abcd", route.path)
    methods = {other.method for other in ROUTES if other.path == route.path}
    expected = {*methods, "OPTIONS"} | ({"HEAD"} if "GET" in methods else set())
    asked = await shared_api.call("OPTIONS", address)
    assert (asked.status, {*asked.headers["Allow"].split(", ")}) == (204, expected)
    refused = await shared_api.call("TRACE", address)
    is_problem(refused, 405, "method_not_allowed")
    assert {*refused.headers["Allow"].split(", ")} == expected


# What is created


async def test_what_is_created_is_at_its_location(shared_api: Api) -> None:
    account = {"username": "maker", "email": "maker@example.org", "password": PASSWORD}
    made = await shared_api.call("POST", "/accounts", account)
    pair = await shared_api.call("POST", "/sessions", {"login": "maker", "password": PASSWORD})
    token = pair.data["accessToken"]
    character = await shared_api.call(
        "POST", "/characters", {"name": "Maker", "background": "drifter"}, token=token
    )
    for answer in (made, character):
        assert answer.status == 201
        found = await shared_api.call("GET", "/" + answer.headers["Location"], token=token)
        assert (found.status, found.data["id"]) == (200, answer.data["id"])
    closed = await shared_api.call("DELETE", "/" + pair.headers["Location"], token=token)
    assert closed.status == 204


async def test_every_thing_that_is_created_has_an_address_of_the_api() -> None:
    addresses = {re.sub(r"\{\w+\}", "{}", route.path) for route in ROUTES}
    for route in ROUTES:
        if route.creates is not None:
            assert re.sub(r"\{\w+\}", "{}", route.creates) in addresses
            assert derive(route).status == 201


# Keys


async def test_an_answer_that_was_given_before_says_so(shared_api: Api) -> None:
    ann, bob = await shared_api.ride(), await shared_api.ride()

    async def send(key: str) -> Any:
        return await shared_api.call(
            "POST",
            f"/characters/{ann.character}/transfers",
            {"recipientId": bob.character, "amount": 1},
            token=ann.token,
            key=key,
        )

    first, again, other = await send("one"), await send("one"), await send("two")
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (again.status, again.data) == (first.status, first.data)
    assert "Idempotency-Replayed" not in other.headers


async def test_of_a_character_that_is_gone_an_answer_says_that_it_is_an_earlier_one(
    shared_api: Api,
) -> None:
    ann = await shared_api.ride("leaver")
    address = f"/characters/{ann.character}?name=Leaver"
    first = await shared_api.call("DELETE", address, token=ann.token, key="gone")
    again = await shared_api.call("DELETE", address, token=ann.token, key="gone")
    assert (first.status, again.status) == (204, 204)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"


async def test_a_key_is_refused_where_nothing_remembers_it(shared_api: Api) -> None:
    ann = await shared_api.ride()
    for operation in OPERATIONS:
        if operation.takes_key or operation.route.access in (Access.MODERATOR, Access.ADMIN):
            continue
        address = operation.route.path.replace("{characterId}", ann.character)
        answer = await shared_api.call(operation.route.method, address, token=ann.token, key="k")
        assert answer.status in (400, 404, 422, 426), answer.text
        if "{" not in address and operation.route.method == "GET":
            is_problem(answer, 400, "idempotency_key_not_taken")


async def test_a_key_of_a_client_is_like_any_text() -> None:
    assert ClientKey("a") == "a"
    assert not ClientKey("a").replayed


# Which field it was


async def test_an_error_of_a_service_points_to_the_very_field(shared_api: Api) -> None:
    ann, bob = await shared_api.ride(), await shared_api.ride()
    batch = f"/characters/{ann.character}/transfers/batch"
    missing = "65f0c0ffee0123456789abcd"

    async def errors_of(payments: list[tuple[str, int]]) -> Any:
        body = {"payments": [{"recipientId": who, "amount": n} for who, n in payments]}
        answer = await shared_api.call("POST", batch, body, token=ann.token)
        assert answer.status >= 400
        return [(error["in"], error["path"], error["code"]) for error in answer.data["errors"]]

    assert await errors_of([(bob.character, 1), (ann.character, 1)]) == [
        ("body", "/payments/1/recipientId", "self_transfer")
    ]
    assert await errors_of([(bob.character, 1), (missing, 1)]) == [
        ("body", "/payments/1/recipientId", "recipient_not_found")
    ]
    assert await errors_of([(bob.character, 0)]) == [("body", "/payments/0/amount", "zero_amount")]
    assert await errors_of([(bob.character, 1), ("short", 1)]) == [
        ("body", "/payments/1/recipientId", "object_id")
    ]


async def test_an_error_in_the_query_or_the_path_is_said_to_be_there(shared_api: Api) -> None:
    ann = await shared_api.ride()
    answer = await shared_api.call(
        "GET", f"/characters/{ann.character}/history?after=AAAA", token=ann.token
    )
    (error,) = answer.data["errors"]
    assert (error["in"], error["path"]) == ("query", "/after")
    gone = await shared_api.call("DELETE", f"/characters/{ann.character}?name=No", token=ann.token)
    (error,) = gone.data["errors"]
    assert (error["in"], error["path"]) == ("query", "/name")


async def test_what_pydantic_calls_otherwise_some_day_has_a_code_that_is_documented() -> None:
    listed = {entry["code"] for entry in document()["x-field-errors"]}
    assert listed == {*FIELD_CODES}
    assert "invalid" in listed


# Null in a change


async def test_null_in_a_change_takes_something_away_or_is_refused() -> None:
    """A field of a PATCH that may be null says what null does, and none is null by default."""
    for operation in OPERATIONS:
        if operation.route.method == "PATCH":
            for field in operation.body.model_fields.values():
                assert field.is_required() or field.default_factory is not None
            nullable = [
                name
                for name, schema in operation.body.model_json_schema()["properties"].items()
                if {"type": "null"} in schema.get("anyOf", ())
            ]
            assert not nullable or "null" in operation.doc.description


# Headers


async def test_a_refusal_speaks_of_the_limit_that_refused() -> None:
    async with open_api(rate_limit_scale=1) as api:
        ann = {"username": "ann", "email": "ann@example.org", "password": PASSWORD}
        for name in ("a", "b", "c"):
            await api.call("POST", "/accounts", {**ann, "username": f"{name}nn1", "email": ""})
            await api.call(
                "POST", "/accounts", {**ann, "username": f"{name}nn", "email": f"{name}@x.org"}
            )
        refused = await api.call("POST", "/accounts", {**ann, "username": "nobody"})
        is_problem(refused, 429, "rate_limited")
        assert re.fullmatch(r'"register";r=0;t=\d+', refused.headers["RateLimit"])
        assert refused.headers["RateLimit-Policy"] == '"register";q=3;w=3600'


async def test_a_refusal_by_a_service_speaks_of_its_limit(shared_api: Api) -> None:
    ann, bob = await shared_api.ride(), await shared_api.ride()
    for _ in range(10):
        await shared_api.call(
            "POST",
            f"/characters/{ann.character}/transfers",
            {"recipientId": bob.character, "amount": 1},
            token=ann.token,
        )
    refused = await shared_api.call(
        "POST",
        f"/characters/{ann.character}/transfers",
        {"recipientId": bob.character, "amount": 1},
        token=ann.token,
    )
    is_problem(refused, 429, "rate_limited")
    assert refused.headers["RateLimit"].startswith('"transfers";r=0;t=')
    assert refused.headers["RateLimit-Policy"] == '"transfers";q=10;w=3600'
    assert refused.headers["Retry-After"] == refused.headers["RateLimit"].rpartition("=")[2]


async def test_the_challenge_says_what_is_wrong_with_the_token(shared_api: Api) -> None:
    realm = 'Bearer realm="desperados"'
    none = await shared_api.call("GET", "/account")
    assert none.headers["WWW-Authenticate"] == realm
    wrong = await shared_api.call("GET", "/account", token="nonsense")
    assert wrong.headers["WWW-Authenticate"] == (
        f'{realm}, error="invalid_token", error_description="{wrong.data["detail"]}"'
    )
    other = await shared_api.call("GET", "/account", headers={"Authorization": "Basic eDp5"})
    assert 'error="invalid_request"' in other.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    "given", [f"00-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}-00", f"01-{TRACE}-{SPAN}-01-more"]
)
async def test_the_trace_of_the_caller_is_on_every_line_of_the_log(
    shared_api: Api, given: str
) -> None:
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        await shared_api.call("GET", "/content", headers={"traceparent": given})
    (line,) = [entry for entry in lines if entry["event"] == "request"]
    assert (line["trace_id"], line["parent_span_id"]) == (TRACE, SPAN)


@pytest.mark.parametrize(
    "given",
    [
        "",
        "nonsense",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE}-{SPAN}-01-more",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
    ],
)
async def test_what_is_no_trace_is_left_out(shared_api: Api, given: str) -> None:
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        await shared_api.call("GET", "/content", headers={"traceparent": given})
    (line,) = [entry for entry in lines if entry["event"] == "request"]
    assert "trace_id" not in line


async def test_a_route_that_goes_says_so_in_headers_and_document(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    end = Deprecation(date(2026, 12, 1), date(2027, 6, 1), instead="/content/{kind}")
    routes = [
        replace(route, deprecated=end) if route.path == "/content" else route for route in ROUTES
    ]
    monkeypatch.setattr(app, "ROUTES", tuple(routes))
    async with open_api() as api:
        gone = await api.call("GET", "/content")
        kept = await api.call("GET", "/content/items")
        described = (await api.call("GET", "//openapi.json")).data["paths"][f"{PREFIX}/content"]
    assert gone.headers["Deprecation"] == "@1796083200"
    assert gone.headers["Sunset"] == "Tue, 01 Jun 2027 00:00:00 GMT"
    assert gone.headers["Link"] == '</api/v1/content/{kind}>; rel="successor-version"'
    assert "Deprecation" not in kept.headers
    assert described["get"]["deprecated"] is True


# Names


async def test_addresses_have_one_form() -> None:
    """Words in kebab-case; names in camelCase, those of ids with ``Id`` at the end."""
    for route in ROUTES:
        ids = {
            name
            for name, schema in derive(route).path.model_json_schema()["properties"].items()
            if schema.get("pattern") == "^[0-9a-fA-F]{24}$"
        }
        if route.access is Access.OWNER:
            ids.add("characterId")
        for segment in route.path.split("/")[1:]:
            name = re.fullmatch(r"\{([a-z][A-Za-z]*)\}", segment)
            assert name or re.fullmatch(r"[a-z]+(-[a-z]+)*", segment), route.path
            if name:
                assert (name[1] in ids) is name[1].endswith("Id"), route.path


async def test_no_answer_is_an_array_and_every_list_is_a_page() -> None:
    for _, path, described in operations():
        for status, response in described["responses"].items():
            if "content" not in response or status >= "300":
                continue
            ((_, content),) = response["content"].items()
            name = content["schema"]["$ref"].rpartition("/")[2]
            schema = COMPONENTS[name]
            if name.endswith("Page"):
                assert list(schema["properties"]) == ["items", "next"], path
            assert schema.get("type", "object") == "object", path


async def test_every_list_takes_the_same_parameters_and_the_same_cursor() -> None:
    seen = set()
    for _, _, described in operations():
        for parameter in described["parameters"]:
            if parameter["name"] in ("limit", "after"):
                schema = {k: v for k, v in parameter["schema"].items() if k != "default"}
                seen.add((parameter["name"], str(sorted(schema.items()))))
    assert len(seen) == 2


async def test_components_have_public_names() -> None:
    for name in COMPONENTS:
        assert re.fullmatch(r"[A-Z][A-Za-z]+", name)
        assert not name.endswith(("View", "Input", "Output"))


# Meanings


def objects(schema: Any, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, list):
        for part in schema:
            yield from objects(part, where)
    elif isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            yield where, schema["properties"]
        for part in schema.values():
            yield from objects(part, where)


async def test_every_property_component_and_parameter_is_described() -> None:
    silent = [name for name, schema in COMPONENTS.items() if not schema.get("description")]
    for name, schema in COMPONENTS.items():
        for where, properties in objects(schema, name):
            silent += [f"{where}.{p}" for p, v in properties.items() if not v.get("description")]
    for method, path, described in operations():
        silent += [
            f"{method} {path} {parameter['name']}"
            for parameter in described["parameters"]
            if not parameter.get("description")
        ]
    assert silent == []


async def test_no_word_of_the_glossary_is_left_over() -> None:
    used = {p["name"] for _, _, described in operations() for p in described["parameters"]}
    for name, schema in COMPONENTS.items():
        for _, properties in objects(schema, name):
            used |= {*properties, *(f"{name}.{field}" for field in properties)}
    assert {*GLOSSARY} - used == set()
    assert len(GLOSSARY) == sum(map(len, PARTS)), "each name is in one part"


async def test_every_address_that_may_be_kept_says_what_it_answers_to_who_has_it_already() -> None:
    for operation in OPERATIONS:
        described = document()["paths"][PREFIX + operation.route.path]
        responses = described[operation.route.method.lower()]["responses"]
        assert ("304" in responses) is (operation.route.keep_seconds is not None)
