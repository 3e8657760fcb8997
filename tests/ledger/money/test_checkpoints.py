"""The history is added up once, each part when nothing more can come to it, and all is proved."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados.economy import service as economy
from desperados.economy.bank import service as bank
from desperados.economy.watch import alarms
from desperados.engine import clock
from desperados.engine.clock import FrozenClock
from desperados.engine.game import Game
from desperados.engine.manifest import reading
from desperados.engine.transactions import SETTLING_IN
from desperados.ledger.money import archive, checkpoints, supply
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.sources import Source
from desperados.ops.audit import audit
from tests.economy.money_worlds import assert_sound, place_of
from tests.games import embedded
from tests.worlds import add_character, uncommitted

START = datetime(2100, 6, 7, 0, 10, tzinfo=UTC)
DAY = timedelta(days=1)
WHOLE = dict.fromkeys(Currency, 0)


@pytest.fixture
def time() -> Iterator[FrozenClock]:
    with clock.frozen(START) as frozen:
        yield frozen


async def flagged() -> list[tuple[str, int]]:
    page = await alarms.list_flags(limit=100)
    return [(flag.pattern, flag.amount) for flag in page.items]


async def made(game: Game) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        await game.database["ledgercheckpoints"].find().sort("until", 1).to_list(None)
    )
    return found


async def live(game: Game, time: FrozenClock, days: int) -> ObjectId:
    """Somebody who earns, banks and spends every day, and a look at the end of each."""
    ann = await add_character(game, dollars=100, gold=3)
    await place_of(game, ann, type="bank")
    await bank.open_vault(ann)
    for _ in range(days):
        time.advance(hours=12)
        await economy.earn(ann, 50, source=Source.QUEST_REWARD)
        await bank.deposit(ann, 10)
        await economy.spend(ann, 5, source=Source.SERVICE_FEE)
        time.advance(hours=12)
        await alarms.reconcile(time.at)
    return ann


async def test_each_day_is_added_to_what_was_there(game: Game, time: FrozenClock) -> None:
    await live(game, time, days=3)
    found = await made(game)
    assert [checkpoint["until"] for checkpoint in found] == [
        START.replace(minute=0) + day * DAY - checkpoints.LAG for day in (1, 2, 3)
    ]
    earned = [
        (entry["amount"], entry["rows"])
        for checkpoint in found
        for entry in checkpoint["sums"]
        if entry["source"] == "quest_reward"
    ]
    assert earned == [(50, 1), (100, 2), (150, 3)]
    assert await flagged() == []
    report = await audit()
    assert report.clean, report.first
    assert {check.name: check.examined for check in report.checks}["checkpoints"] == 3


async def test_a_look_reads_no_more_of_a_long_history_than_of_a_short_one(
    game: Game, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "SPAN", 50)
    examined = []
    stats = embedded(game).stats
    ann = await live(game, time, days=2)
    for _ in range(2):
        time.advance(hours=24)
        await alarms.reconcile(time.at)
        stats.reset()
        await checkpoints.advance()
        await supply.unexplained()
        examined.append(stats.asked.total())
        assert stats.full_scans == {}
        for _ in range(300):
            await economy.earn(ann, 1, source=Source.QUEST_REWARD)
    assert examined[0] == examined[1]
    assert await supply.unexplained() == WHOLE


async def test_a_row_that_commits_late_is_in_the_sums(game: Game, time: FrozenClock) -> None:
    ann, bob = [await add_character(game, dollars=100) for _ in range(2)]

    async def earn() -> None:
        await economy.earn(ann, 40, source=Source.QUEST_REWARD)

    edge = START.replace(minute=0) + DAY - checkpoints.LAG
    time.at = edge - timedelta(milliseconds=1)
    async with uncommitted(earn):
        time.advance(seconds=SETTLING_IN.total_seconds())
        await economy.earn(bob, 7, source=Source.QUEST_REWARD)
        await alarms.reconcile(time.at)
    time.at = START + DAY
    for _ in range(2):
        await alarms.reconcile(time.at)
        time.advance(days=1)
    assert edge in [checkpoint["until"] for checkpoint in await made(game)]
    assert await flagged() == []
    await assert_sound()


async def test_without_the_lag_it_would_not_be_and_the_audit_names_the_checkpoint(
    game: Game, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "LAG", timedelta())
    ann, bob = [await add_character(game, dollars=100) for _ in range(2)]

    async def earn() -> None:
        await economy.earn(ann, 40, source=Source.QUEST_REWARD)

    time.at = START.replace(minute=0) + DAY - timedelta(milliseconds=1)
    async with uncommitted(earn):
        await economy.earn(bob, 7, source=Source.QUEST_REWARD)
        time.at = START + DAY
        await alarms.reconcile(time.at)
    await alarms.reconcile(time.at + DAY)
    assert await flagged() == [("wrong supply", 40)]
    (checkpoint,) = await made(game)
    report = await audit()
    assert report.first is not None
    assert report.first.where == f"ledgercheckpoints/{checkpoint['_id']}"
    assert report.first.problem == (
        "says +7 dollars of quest_reward in 1 rows, but the rows give +47 in 2"
    )


@pytest.mark.parametrize("forged", [0, 1, 2])
async def test_a_forged_checkpoint_is_named(game: Game, time: FrozenClock, forged: int) -> None:
    await live(game, time, days=3)
    checkpoint = (await made(game))[forged]
    await game.database["ledgercheckpoints"].update_one(
        {"_id": checkpoint["_id"], "sums.source": "service_fee"},
        {"$inc": {"sums.$.amount": 1000}},
    )
    report = await audit()
    found = [finding.where for check in report.checks for finding in check.findings]
    assert found == [f"ledgercheckpoints/{checkpoint['_id']}"]


async def test_a_forged_checkpoint_does_not_hide_that_money_is_missing(
    game: Game, time: FrozenClock
) -> None:
    """Who takes coins and makes the sums fit deceives the daily look, and not the audit."""
    ann = await live(game, time, days=2)
    checkpoint = (await made(game))[-1]
    await game.database["characters"].update_one({"_id": ann}, {"$inc": {"dollars": 1000}})
    await game.database["ledgercheckpoints"].update_one(
        {"_id": checkpoint["_id"], "sums.source": "quest_reward"},
        {"$inc": {"sums.$.amount": 1000}},
    )
    assert await supply.unexplained() == WHOLE
    names = {check.name for check in (await audit()).checks if check.found}
    assert names == {"chains", "supply", "checkpoints"}


async def test_checkpoints_that_were_deleted_are_made_again(game: Game, time: FrozenClock) -> None:
    await live(game, time, days=3)
    before = await made(game)
    await game.database["ledgercheckpoints"].delete_many({"until": {"$gt": before[0]["until"]}})
    await alarms.reconcile(time.at)
    (first, *_), (*_, last) = before, before
    assert (await made(game))[0] == first
    assert (await made(game))[-1]["sums"] == last["sums"]
    await assert_sound()


async def test_a_world_with_a_history_has_its_checkpoints_made_a_day_at_a_time(
    game: Game, time: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "SPAN", 3)
    ann = await live(game, time, days=5)
    for _ in range(10):  # of one moment
        await economy.earn(ann, 1, source=Source.QUEST_REWARD)
    time.advance(days=1)
    await alarms.reconcile(time.at)
    before = await made(game)
    await game.database["ledgercheckpoints"].delete_many({})
    await alarms.reconcile(time.at)
    again = await made(game)
    assert len(again) >= 5
    assert again[-1]["sums"] == before[-1]["sums"]
    assert await flagged() == []
    await assert_sound()


async def test_two_workers_at_once_make_the_same_checkpoints(game: Game, time: FrozenClock) -> None:
    await live(game, time, days=4)
    before = await made(game)
    await game.database["ledgercheckpoints"].delete_many({})
    await asyncio.gather(*(checkpoints.advance() for _ in range(4)))
    again = await made(game)
    assert len({checkpoint["until"] for checkpoint in again}) == len(again) >= 4
    assert again[-1]["sums"] == before[-1]["sums"]
    await assert_sound()


async def test_archived_rows_stay_in_the_sums(game: Game, time: FrozenClock) -> None:
    ann = await live(game, time, days=3)
    time.advance(days=400)
    await economy.earn(ann, 1, source=Source.QUEST_REWARD)
    await archive.archive_rows(time.at)
    assert await game.database["archivedtransactions"].count_documents({}) > 0
    await alarms.reconcile(time.at)
    before = await made(game)
    await assert_sound()
    await game.database["ledgercheckpoints"].delete_many({})
    time.advance(days=1)
    await alarms.reconcile(time.at)
    assert (await made(game))[-2]["sums"] == before[-1]["sums"]
    assert await flagged() == []
    await assert_sound()


async def test_coins_in_a_hold_or_a_reward_that_nobody_made_are_unexplained(
    game: Game, time: FrozenClock
) -> None:
    await live(game, time, days=1)
    reward = {"characterId": ObjectId(), "rewards": {"gold": 2}, "ledgerSeq": {"gold": 0}}
    await game.database["pendingrewards"].insert_one(reward)
    hold = {"ownerId": ObjectId(), "held": {"dollars": 30}, "ledgerSeq": {"dollars": 4}}
    await game.database["holds"].insert_one(hold)
    assert await supply.unexplained() == {**WHOLE, Currency.GOLD: 2, Currency.DOLLARS: 30}
