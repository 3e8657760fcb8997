"""What the document says and what the API does agree: schemathesis asks a running application.

Every check of schemathesis is on. What it may find all the same is listed here, each with its
reason; anything else fails.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import schemathesis
from aiohttp.test_utils import TestClient
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import StopReason, events, from_schema

from desperados.api.app import create_app
from tests.api.client import Api
from tests.api.conftest import ApiServer
from tests.api.contract import document
from tests.api.matrix import Cast
from tests.api.test_matrix import SETTINGS, set_the_stage
from tests.games import open_game

EXAMPLES = 3  # for each operation and phase; the cases of the coverage phase come from the schema
SEED = 1


Applies = Callable[[Any], bool]


@dataclass(frozen=True)
class Exemption:
    """What schemathesis may find, and why that is as it should be."""

    failure: str
    reason: str
    applies: Applies  # to the problem that was answered


def refused_as(*codes: str) -> Applies:
    """A refusal with one of these codes."""
    return lambda problem: problem["code"] in codes


def refused_for(*places: str, code: str) -> Applies:
    """A refusal of these fields alone, or of any fields, for this reason alone."""

    def applies(problem: Any) -> bool:
        errors = problem.get("errors") or [{"path": None, "code": None}]
        return all(e["code"] == code and (not places or e["path"] in places) for e in errors)

    return applies


EXEMPTIONS = (
    Exemption(
        "RejectedPositiveData",
        "a GET without a handshake is told to upgrade: OpenAPI has no word for a WebSocket",
        refused_as("upgrade_needed"),
    ),
    Exemption(
        "RejectedPositiveData",
        "a cursor is opaque: only what a page of the same list gave is one",
        refused_for("/after", code="invalid_input"),
    ),
    Exemption(
        "RejectedPositiveData",
        "225.0 is an integer to JSON Schema; here it is refused, for it may have been rounded",
        refused_for(code="int_type"),
    ),
    Exemption(
        "RejectedPositiveData",
        "what a password needs is said in words: a pattern of it would be a riddle",
        refused_as("weak_password", "same_password"),
    ),
    Exemption(
        "RejectedPositiveData",
        "which of the addresses that a standard allows reach anybody is our own rule",
        refused_as("invalid_email"),
    ),
    Exemption(
        "RejectedPositiveData",
        "a time to come is one that the clock knows and a schema does not",
        refused_for("/until", code="invalid_input"),
    ),
    Exemption(
        "RejectedPositiveData",
        "the same of the start of a contest, which lies some minutes to some days ahead",
        lambda problem: (
            problem["code"] in ("invalid_tournament", "invalid_contest")
            and [error["path"] for error in problem["errors"]] == ["/startsAt"]
        ),
    ),
    Exemption(
        "RejectedPositiveData",
        "how much a wallet holds depends on another field, the currency: the schema says dollars",
        lambda problem: (
            problem["code"] == "oversized_amount" and problem["facts"]["currency"] != "dollars"
        ),
    ),
    Exemption(
        "RejectedPositiveData",
        "only a suspension has an end: the field depends on another one, and on the clock",
        refused_as("invalid_term"),
    ),
)


# The application, in a thread with a loop of its own: schemathesis waits for each answer


@contextmanager
def served() -> Iterator[tuple[str, Cast, dict[str, str]]]:
    """The address of the town of the matrix, who is in it, and tokens that may be used up."""
    ready: threading.Event = threading.Event()
    state: dict[str, Any] = {}

    async def serve() -> None:
        state["loop"], state["stop"] = asyncio.get_running_loop(), asyncio.Event()
        async with open_game(**SETTINGS) as game, TestClient(ApiServer(create_app(game))) as client:
            api = Api(game, client)
            state["cast"] = await set_the_stage(api)
            state["spare"] = {name: (await api.join(name)).token for name in SPENT}
            state["url"] = str(client.make_url("/"))
            ready.set()
            await state["stop"].wait()

    def run() -> None:
        try:
            asyncio.run(serve())
        finally:
            ready.set()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait()
    try:
        yield state["url"], state["cast"], state["spare"]
    finally:
        state["loop"].call_soon_threadsafe(state["stop"].set)
        thread.join()


# Whoever calls these is logged out by the first success: each has somebody of its own.
SPENT = {
    "leaver": "DELETE /api/v1/sessions",
    "closer": "DELETE /api/v1/sessions/current",
    "changer": "PUT /api/v1/account/password",
}


def configuration(url: str, cast: Cast, spare: dict[str, str]) -> SchemathesisConfig:
    """Ann plays, the sheriff acts on Cole; what is named exists."""
    names = {
        "characterId": cast.ann, "userId": cast.users["cole"], "listingId": cast.mine,
        "tradeId": cast.trade, "investmentId": cast.investment, "rewardId": cast.reward,
        "uniqueId": cast.colt, "groundItemId": cast.goods, "operationId": cast.operation,
        "debtId": cast.debt, "shop": "store", "merchant": "abe", "item": "whiskey",
        "kind": "items", "entry": "whiskey",
    }  # fmt: skip

    def bearer(token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}"}

    return SchemathesisConfig.from_dict(
        {
            "base-url": url,
            "seed": SEED,
            "continue-on-failure": True,
            "suppress-health-check": ["too_slow"],  # how slow a machine is says nothing here
            "cache": {"enabled": False},
            "headers": bearer(cast.tokens["ann"]),
            "parameters": {f"path.{name}": str(value) for name, value in names.items()},
            "checks": {"enabled": True},
            "generation": {
                "deterministic": True,
                "max-examples": EXAMPLES,
                "database": "none",
            },
            "phases": {"stateful": {"max-steps": 4, "generation": {"max-examples": 3}}},
            "operations": [
                {"include-path-regex": "/admin/", "headers": bearer(cast.tokens["staff"])},
                *(
                    {"include-name": name, "headers": bearer(spare[who])}
                    for who, name in SPENT.items()
                ),
            ],
        }
    )


@dataclass
class Findings:
    """What came of a run."""

    failures: list[str] = field(default_factory=list)
    operations: set[str] = field(default_factory=set)

    def is_failure(self, _context: Any, failure: Any, _case: Any, answer: Any) -> bool:
        """The hook ``filter_failure``: whether nothing here says that this is as it should be."""
        for allowed in EXEMPTIONS:
            if type(failure).__name__ == allowed.failure and allowed.applies(answer.json()):
                return False
        return True

    def note(self, event: Any) -> None:
        """Take down what an event of the engine says."""
        match event:
            case events.ScenarioFinished():
                self.operations.add(event.recorder.label)
                for identity, checks in event.recorder.checks.items():
                    answer = event.recorder.interactions[identity].response
                    self.failures += [
                        f"{check.failure_info.failure}\n{answer and answer.text}"
                        for check in checks
                        if check.failure_info is not None
                    ]
            case events.NonFatalError():
                self.failures.append(f"{event.label}: {event.value!r}")
            case events.FatalError():
                raise event.exception
            case events.EngineFinished():
                assert event.stop_reason is StopReason.COMPLETED


@pytest.mark.timeout(300)
def test_the_document_and_the_application_agree() -> None:
    findings = Findings()

    def filter_failure(context: Any, failure: Any, case: Any, answer: Any) -> bool:
        return findings.is_failure(context, failure, case, answer)

    with served() as (url, cast, spare):
        config = configuration(url, cast, spare)
        schema = schemathesis.openapi.from_dict(document(), config=config)
        schema.hooks.hook(filter_failure)
        for event in from_schema(schema).execute():
            findings.note(event)
    assert findings.failures == []
    described = {
        f"{method.upper()} {path}"
        for path, methods in document()["paths"].items()
        for method in methods
    }
    assert described <= findings.operations
