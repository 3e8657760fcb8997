"""Every refusal is a problem document, and none says too much."""

import json
from typing import Any

import pytest
from aiohttp import web
from bson import ObjectId
from pymongo.errors import AutoReconnect, OperationFailure, ServerSelectionTimeoutError
from redis.exceptions import ConnectionError as RedisConnectionError

from desperados.api.problems import PROBLEM_JSON, json_pointer, respond
from desperados.economy.errors import RecipientNotFound
from desperados.engine.errors import (
    ConfigurationError,
    Contention,
    ForeignTask,
    RateLimited,
    Unauthenticated,
)
from desperados.ledger.money.errors import InsufficientFunds


def problem(error: Exception) -> tuple[web.Response, dict[str, Any]]:
    response = respond(error, "request-1")
    assert response.content_type == PROBLEM_JSON
    assert isinstance(response.body, bytes)
    return response, json.loads(response.body)


def test_a_game_error_has_all_members() -> None:
    response, body = problem(InsufficientFunds("You hold 5 dollars.", had=5, needed=10))
    assert response.status == 409
    assert body == {
        "type": "/docs#error-insufficient_funds",
        "title": "Insufficient funds",
        "status": 409,
        "detail": "You hold 5 dollars.",
        "code": "insufficient_funds",
        "requestId": "request-1",
        "facts": {"had": 5, "needed": 10},
    }


def test_a_path_becomes_a_field_error() -> None:
    _, body = problem(RecipientNotFound(path="recipientId"))
    assert body["errors"] == [
        {
            "in": "body",
            "path": "/recipientId",
            "code": "recipient_not_found",
            "message": "There is no such recipient.",
        }
    ]


def test_facts_may_hold_what_json_does_not_know() -> None:
    _, body = problem(InsufficientFunds(character_id=ObjectId(b"twelve bytes"), other=object))
    assert body["facts"]["characterId"] == str(ObjectId(b"twelve bytes"))


@pytest.mark.parametrize("error", [RateLimited(retry_after=30), Contention(retry_after=30)])
def test_who_has_to_wait_is_told_how_long(error: Exception) -> None:
    response, _ = problem(error)
    assert response.headers["Retry-After"] == "30"


def test_who_must_log_in_is_told_how() -> None:
    response, _ = problem(Unauthenticated())
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="desperados"'


@pytest.mark.parametrize(
    "error",
    [
        ServerSelectionTimeoutError("mongodb://secret-host:27017"),
        AutoReconnect("secret-host"),
        RedisConnectionError("secret-host"),
        TimeoutError("secret-host"),
        OperationFailure("secret", 112, {"errorLabels": ["TransientTransactionError"]}),
    ],
)
def test_a_database_that_is_gone_is_503_and_not_named(error: Exception) -> None:
    response, body = problem(error)
    assert response.status == 503
    assert response.headers["Retry-After"]
    assert "secret" not in json.dumps(body)


@pytest.mark.parametrize(
    "error",
    [
        ZeroDivisionError("secret"),
        KeyError("secret"),
        OperationFailure("secret", 8000),
        ConfigurationError("secret"),
        ForeignTask("secret"),
    ],
)
def test_a_fault_of_ours_says_nothing_but_its_request_id(error: Exception) -> None:
    response, body = problem(error)
    assert response.status == 500
    assert body["code"] == "internal_error"
    assert body["requestId"] == "request-1"
    assert "secret" not in json.dumps(body)


def test_json_pointers_escape_their_two_special_characters() -> None:
    assert json_pointer(["a/b", "c~d", 0]) == "/a~1b/c~0d/0"
