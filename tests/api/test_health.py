"""Health tells the truth: liveness of the process, readiness of what it needs."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.errors import ServerSelectionTimeoutError

from desperados.api.app import LIFECYCLE
from desperados.api.serving import due_work, health
from desperados.assembly.jobs import JOBS
from desperados.engine import clock, dice
from desperados.engine.game import Game
from desperados.engine.work import Jobs, job_statuses
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

    async def command(self, *_args: Any, **_options: Any) -> None:
        if self.hangs:
            await asyncio.sleep(60)
        raise ServerSelectionTimeoutError("secret-host:27017")

    set = command


@pytest.mark.parametrize("hangs", [False, True])
@pytest.mark.parametrize(("field", "check"), [("client", "mongodb"), ("redis", "redis")])
async def test_readiness_fails_when_a_database_is_gone_and_liveness_does_not(
    api: Api, monkeypatch: pytest.MonkeyPatch, hangs: bool, field: str, check: str
) -> None:
    monkeypatch.setattr(health, "PING_SECONDS", 0.2)
    with monkeypatch.context() as patch:
        patch.setattr(api.game, field, Gone(hangs=hangs))
        if field == "redis" and not hangs:
            patch.setattr(api.game, field, type("R", (), {"set": _refuse})())
        answer = await api.call("GET", "//readyz")
        assert (await api.call("GET", "//healthz")).status == 200
    assert answer.status == 503
    assert answer.headers["Content-Type"].startswith(PROBLEM)
    assert answer.data["checks"][check] == health.GONE
    assert "secret" not in answer.text
    assert (await api.call("GET", "//readyz")).status == 200


async def _refuse(_self: object, *_words: object, **_options: object) -> None:
    raise OSError("gone")


def test_a_database_that_hangs_is_noticed_within_five_seconds() -> None:
    assert health.PING_SECONDS < 5


async def test_however_many_probe_the_databases_are_asked_once(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    set_key = api.game.redis.set

    async def watched(name: str, *words: Any, **options: Any) -> Any:
        asked.append(name)
        return await set_key(name, *words, **options)

    monkeypatch.setattr(api.game.redis, "set", watched)
    for _ in range(3):
        answers = await asyncio.gather(*(api.call("GET", "//readyz") for _ in range(10)))
        assert {answer.status for answer in answers} == {200}
    assert asked == ["probe"]


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
    assert 'method="OTHER",route="/healthz",status="405"' in shown
    assert "one-of-a-million-paths" not in shown
    assert "PROPFIND" not in shown
    assert "desperados_transactions_retried_total 0.0" in shown
    assert "desperados_http_request_seconds_bucket" in shown


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


async def test_health_tells_how_due_work_stands_and_is_ready_all_the_same(api: Api) -> None:
    """Nobody has ever worked here."""
    ready = await api.call("GET", "//readyz")
    assert (ready.status, ready.data["status"]) == (200, "ok")
    assert ready.data["jobs"]["status"] == "behind"
    assert set(ready.data["jobs"]["behind"]["wealth_tax"]) == {"lateSeconds", "setAside"}
    shown = (await api.call("GET", "//metrics")).text
    for job in JOBS:
        assert f'desperados_job_late_seconds{{job="{job.name}"}} ' in shown


async def test_what_is_late_and_what_was_set_aside_is_named(game: Game) -> None:
    with clock.frozen(NOON) as now:
        await Jobs(JOBS).run_until_idle()
        assert await due_work.DueWork(JOBS).summary() == {"status": "ok"}
        now.advance(hours=3)
        await game.database["jobclaims"].insert_one(
            {"_id": "trade_expiry:1", "job": "trade_expiry", "dead": True, "until": now.at}
        )
        said = await due_work.DueWork(JOBS).summary()
    assert said["status"] == "behind"
    assert said["behind"]["debt_collection"] == {"lateSeconds": 7200, "setAside": 0}
    assert said["behind"]["trade_expiry"] == {"lateSeconds": 0, "setAside": 1}
    assert "wealth_tax" not in said["behind"]


async def test_metrics_show_last_next_and_lateness_of_each_job(game: Game) -> None:
    with clock.frozen(NOON) as now:
        await Jobs(JOBS).run_until_idle()
        now.advance(hours=24)
        work = due_work.DueWork(JOBS)
        await work.read()
    shown = {
        metric.name: {sample.labels["job"]: sample.value for sample in metric.samples}
        for metric in work.collect()
    }
    half_day = 12 * 3600 - 600  # the tax of the day is due ten minutes after midnight
    assert shown["desperados_job_late_seconds"]["wealth_tax"] == half_day
    assert shown["desperados_job_last_timestamp_seconds"]["wealth_tax"] == NOON.timestamp()
    assert (
        shown["desperados_job_next_timestamp_seconds"]["wealth_tax"]
        == now.at.timestamp() - half_day
    )
    assert set(shown["desperados_job_set_aside"].values()) == {0}


async def test_when_the_work_cannot_be_read_health_and_metrics_answer_without_it(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_jobs: Any) -> None:
        await asyncio.sleep(3600)

    monkeypatch.setattr(due_work, "MOST_SECONDS", 0.05)
    monkeypatch.setattr(due_work, "job_statuses", never)
    ready = await api.call("GET", "//readyz")
    assert (ready.status, ready.data["jobs"]) == (200, {"status": "unknown"})
    shown = await api.call("GET", "//metrics")
    assert shown.status == 200
    assert "desperados_job_late_seconds{" not in shown.text


async def test_the_work_is_read_at_most_once_in_a_while_however_many_ask(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = 0

    async def count(jobs: Any) -> Any:
        nonlocal reads
        reads += 1
        return await job_statuses(jobs)

    monkeypatch.setattr(due_work, "job_statuses", count)
    await asyncio.gather(*(api.call("GET", "//readyz") for _ in range(5)))
    await api.call("GET", "//metrics")
    assert reads == 1


def waits(name: str, at: datetime) -> dict[str, Any]:
    """A row of the outbox."""
    return {"name": "trade.done", "actor": dice.new_id(), "waiting": [name], "at": at}


async def test_the_lag_is_the_age_of_what_waits_and_was_not_set_aside(game: Game) -> None:
    work = due_work.DueWork(JOBS)
    with clock.frozen(NOON) as now:
        await game.database["happenings"].insert_many(
            [waits("goals", now.at), waits("goals:set-aside", now.at - timedelta(hours=1))]
        )
        now.advance(seconds=90)
        assert await work.happenings() == {"lagSeconds": 90, "waiting": 2}
    shown = {
        (metric.name, sample.labels["job"]): sample.value
        for metric in work.collect()
        for sample in metric.samples
    }
    assert shown["desperados_job_waiting", "goals"] == 2
    assert shown["desperados_job_late_seconds", "goals"] == 90
    assert ("desperados_job_waiting", "wealth_tax") not in shown


async def test_a_follower_that_is_behind_is_named_and_readiness_does_not_depend_on_it(
    api: Api,
) -> None:
    before = clock.now() - timedelta(minutes=6)
    await api.game.database["happenings"].insert_one(waits("goals", before))
    ready = await api.call("GET", "//readyz")
    assert (ready.status, ready.data["happenings"]["waiting"]) == (200, 1)
    assert 360 <= ready.data["happenings"]["lagSeconds"] < 600
    assert "goals" in ready.data["jobs"]["behind"]


async def test_nobody_is_behind_where_nothing_has_happened(api: Api) -> None:
    ready = await api.call("GET", "//readyz")
    assert ready.data["happenings"] == {"lagSeconds": 0, "waiting": 0}
