"""Health tells the truth: liveness of the process, readiness of what it needs."""

import asyncio
from typing import Any

import pytest
from pymongo.errors import ServerSelectionTimeoutError

from desperados.api.app import LIFECYCLE
from desperados.api.serving import health
from tests.api.client import PROBLEM, Api


async def test_a_healthy_server_lives_and_is_ready(api: Api) -> None:
    assert (await api.call("GET", "//healthz")).data == {"status": "ok"}
    ready = await api.call("GET", "//readyz")
    assert ready.status == 200
    assert ready.data["checks"] == {"mongodb": "ok", "redis": "ok"}


class Gone:
    """A client whose server is away: at once, or without ever answering."""

    def __init__(self, *, hangs: bool) -> None:
        self.hangs = hangs
        self.admin = self

    async def command(self, *_args: Any) -> None:
        if self.hangs:
            await asyncio.sleep(60)
        raise ServerSelectionTimeoutError("secret-host:27017")

    ping = command


@pytest.mark.parametrize("hangs", [False, True])
@pytest.mark.parametrize(("field", "check"), [("client", "mongodb"), ("redis", "redis")])
async def test_readiness_fails_when_a_database_is_gone_and_liveness_does_not(
    api: Api, monkeypatch: pytest.MonkeyPatch, hangs: bool, field: str, check: str
) -> None:
    monkeypatch.setattr(health, "PING_SECONDS", 0.2)
    with monkeypatch.context() as patch:
        patch.setattr(api.game, field, Gone(hangs=hangs))
        if field == "redis" and not hangs:
            patch.setattr(api.game, field, type("R", (), {"ping": _refuse})())
        answer = await api.call("GET", "//readyz")
        assert (await api.call("GET", "//healthz")).status == 200
    assert answer.status == 503
    assert answer.headers["Content-Type"].startswith(PROBLEM)
    assert answer.data["checks"][check] == health.GONE
    assert "secret" not in answer.text
    assert (await api.call("GET", "//readyz")).status == 200


async def _refuse(_self: object) -> None:
    raise OSError("gone")


def test_a_database_that_hangs_is_noticed_within_five_seconds() -> None:
    assert health.PING_SECONDS < 5


async def test_a_stopping_server_is_not_ready(api: Api) -> None:
    assert api.client.app is not None
    api.client.app[LIFECYCLE].stopping = True
    answer = await api.call("GET", "//readyz")
    assert (answer.status, answer.code) == (503, "not_ready")
    assert (await api.call("GET", "//healthz")).status == 200


async def test_metrics_count_requests_by_route_and_never_by_path(api: Api) -> None:
    await api.call("GET", "/content/items")
    await api.call("GET", "/content/items/gold-nugget")
    await api.call("GET", "//one-of-a-million-paths")
    await api.call("PROPFIND", "//healthz")
    shown = (await api.call("GET", "//metrics")).text
    assert (
        'desperados_http_requests_total{method="GET",route="/api/v1/content/{kind}",status="200"}'
        in shown
    )
    assert 'route="unmatched",status="404"' in shown
    assert 'method="OTHER",route="unmatched",status="405"' in shown
    assert "one-of-a-million-paths" not in shown
    assert "PROPFIND" not in shown
    assert "desperados_transactions_retried_total 0.0" in shown
    assert "desperados_http_request_seconds_bucket" in shown
