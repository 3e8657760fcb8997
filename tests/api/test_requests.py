"""What surrounds every request: refusals, limits of size and time, ids, headers, log lines."""

import asyncio
import gzip
import json
import re
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from desperados.api.serving.logging import scrub
from desperados.api.serving.middlewares import OWN_HEADERS
from desperados.ledger.money import ledger
from tests.api.client import PASSWORD, PROBLEM, Answer, Api
from tests.api.conftest import open_api

pytestmark = pytest.mark.asyncio(loop_scope="module")

REGISTER = {"username": "calamity", "email": "jane@example.org", "password": PASSWORD}


def is_problem(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.code) == (status, code), answer.text
    assert answer.headers["Content-Type"].startswith(PROBLEM)
    assert {"type", "title", "status", "detail", "code", "requestId"} <= set(answer.data)
    assert answer.data["status"] == status
    assert answer.data["requestId"] == answer.headers["X-Request-Id"]


async def test_an_unknown_address_is_a_problem(shared_api: Api) -> None:
    for path in ("//nothing", "//api", "/nothing", "//docs/../secret", "//%00", "//%ff%fe"):
        is_problem(await shared_api.call("GET", path), 404, "unknown_path")


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
async def test_a_wrong_method_is_told_the_right_ones(shared_api: Api, method: str) -> None:
    answer = await shared_api.call(method, "/accounts")
    is_problem(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data",
     "application/json; charset=utf-16", "nonsense", ""],
)  # fmt: skip
async def test_only_json_is_taken(shared_api: Api, content_type: str) -> None:
    answer = await shared_api.call(
        "POST", "/accounts", data=json.dumps(REGISTER), headers={"Content-Type": content_type}
    )
    is_problem(answer, 415, "unsupported_media_type")


async def test_compressed_bodies_are_refused_before_they_are_unpacked(shared_api: Api) -> None:
    bomb = gzip.compress(b'{"a": "' + b"a" * 10_000_000 + b'"}')
    for data in (bomb, b"no gzip at all"):
        answer = await shared_api.call(
            "POST",
            "/accounts",
            data=data,
            headers={"Content-Type": "application/json", "Content-Encoding": "gzip"},
        )
        is_problem(answer, 415, "unsupported_media_type")


async def test_a_body_above_the_limit_is_refused_announced_or_not(shared_api: Api) -> None:
    body = b'{"username": "' + b"a" * 70_000 + b'"}'
    json_type = {"Content-Type": "application/json"}

    async def in_parts() -> Any:
        for start in range(0, len(body), 1000):
            yield body[start : start + 1000]

    is_problem(
        await shared_api.call("POST", "/accounts", data=body, headers=json_type),
        413,
        "body_too_large",
    )
    streamed = await shared_api.call("POST", "/accounts", data=in_parts(), headers=json_type)
    is_problem(streamed, 413, "body_too_large")


async def test_a_body_where_none_belongs_is_refused(shared_api: Api) -> None:
    jane = await shared_api.join()
    answer = await shared_api.call("GET", "/account", {"a": 1}, token=jane.token)
    is_problem(answer, 400, "malformed_request")


async def test_no_body_at_all_is_told_what_is_missing(shared_api: Api) -> None:
    answer = await shared_api.call("POST", "/accounts")
    is_problem(answer, 422, "invalid_input")
    missing = {(error["path"], error["code"]) for error in answer.data["errors"]}
    assert missing == {("/username", "missing"), ("/email", "missing"), ("/password", "missing")}


async def test_an_error_in_a_field_names_it_and_never_repeats_its_value(shared_api: Api) -> None:
    answer = await shared_api.call("POST", "/accounts", {**REGISTER, "password": ["hunter2"]})
    is_problem(answer, 422, "invalid_input")
    assert answer.data["errors"][0]["path"] == "/password"
    assert "hunter2" not in answer.text


async def test_a_doubled_or_unknown_query_parameter_is_refused(shared_api: Api) -> None:
    for query in (
        "limit=1&limit=2",
        "limits=1",
        "limit=0",
        "limit=101",
        "limit[$gt]=1",
        "after=%00",
    ):
        answer = await shared_api.call("GET", f"/content/items?{query}")
        assert answer.status == 422, query
        assert answer.data["errors"][0]["in"] == "query"


async def test_a_slow_body_is_given_up() -> None:
    async with open_api(request_timeout=0.2) as api:

        async def forever() -> Any:
            yield b'{"username": '
            await asyncio.sleep(5)
            yield b"1}"

        answer = await api.call(
            "POST",
            "/accounts",
            data=forever(),
            headers={"Content-Type": "application/json"},
        )
        is_problem(answer, 408, "request_too_slow")


async def test_a_slow_service_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_api(request_timeout=0.5) as api:
        jane = await api.ride("jane")

        async def balances(_account: object) -> None:
            await asyncio.sleep(5)

        monkeypatch.setattr(ledger, "balances", balances)
        answer = await api.call("GET", f"/characters/{jane.character}/balance", token=jane.token)
        is_problem(answer, 503, "took_too_long")
        assert answer.headers["Retry-After"]


async def test_a_fault_of_ours_is_500_and_tells_nothing(
    shared_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane = await shared_api.ride()

    async def balances(_account: object) -> None:
        raise RuntimeError("the secret of the database")

    monkeypatch.setattr(ledger, "balances", balances)
    answer = await shared_api.call("GET", f"/characters/{jane.character}/balance", token=jane.token)
    is_problem(answer, 500, "internal_error")
    assert "secret" not in answer.text


@pytest.mark.parametrize("given", ["request-1", "A.b_c-0123456789"])
async def test_a_sane_request_id_is_kept(shared_api: Api, given: str) -> None:
    answer = await shared_api.call("GET", "//healthz", headers={"X-Request-Id": given})
    assert answer.headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", "short", "a" * 65, "with space", "<script>", "\u00e9" * 10])
async def test_any_other_request_id_is_replaced(shared_api: Api, given: str) -> None:
    answer = await shared_api.call("GET", "//healthz", headers={"X-Request-Id": given})
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["X-Request-Id"])


@pytest.mark.parametrize("path", ["//healthz", "//nothing", "/account", "//metrics", "/content"])
async def test_every_answer_has_the_security_headers(shared_api: Api, path: str) -> None:
    answer = await shared_api.call("GET", path)
    for name, value in OWN_HEADERS.items():
        if (path, name) != ("/content", "Cache-Control"):  # content may be kept
            assert answer.headers[name] == value


@pytest.mark.parametrize("key", ["", "a" * 201, "\u00e9"])
async def test_an_unusable_key_is_refused(shared_api: Api, key: str) -> None:
    jane = await shared_api.ride()
    answer = await shared_api.call(
        "POST",
        f"/characters/{jane.character}/transfers",
        {"recipientId": jane.character, "amount": 1},
        token=jane.token,
        key=key,
    )
    is_problem(answer, 422, "invalid_input")
    assert answer.data["errors"][0]["in"] == "header"


async def test_a_log_line_says_what_happened_and_no_secret(shared_api: Api) -> None:
    jane = await shared_api.ride()
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        await shared_api.call(
            "GET", f"/characters/{jane.character}/history?limit=7", token=jane.token,
            headers={"X-Request-Id": "request-1"},
        )  # fmt: skip
        await shared_api.call("POST", "/sessions", {"login": "nobody", "password": PASSWORD})
    line = next(entry for entry in lines if entry["event"] == "request")
    assert line["route"] == "/api/v1/characters/{characterId}/history"
    assert (line["status"], line["user"], line["request_id"]) == (200, jane.id, "request-1")
    assert "code" not in line
    refused = [entry for entry in lines if entry.get("status") == 401]
    assert [entry["code"] for entry in refused] == ["invalid_credentials"]
    assert scrub(None, "info", refused[0])["code"] == "invalid_credentials"
    for secret in (PASSWORD, jane.token, "limit=7"):
        assert secret not in repr(lines)


async def test_expectations_are_met_or_refused(shared_api: Api) -> None:
    met = await shared_api.call("POST", "/accounts", REGISTER, headers={"Expect": "100-continue"})
    assert met.status == 201
    refused = await shared_api.call(
        "POST", "/accounts", REGISTER, headers={"Expect": "the impossible"}
    )
    assert (refused.status, refused.code) == (417, "expectation_failed")
