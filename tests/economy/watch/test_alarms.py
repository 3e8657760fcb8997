"""The hourly look: it flags what is too much, locks nobody for it, and stops a broken chain."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados.characters.errors import TradeLocked
from desperados.economy import service as economy
from desperados.economy import transfers
from desperados.economy.jobs import JOBS
from desperados.economy.watch import alarms, chains, findings, locks, rules
from desperados.engine import clock
from desperados.engine.clock import FrozenClock
from desperados.engine.game import Game
from desperados.engine.transactions import transactional
from desperados.engine.work import Jobs
from desperados.ledger.items import ledger as items
from desperados.ledger.items.holders import pack
from desperados.ledger.items.sources import ItemSource
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.sources import Source
from tests.economy.market.market_world import add_item, add_trader, give
from tests.economy.money_worlds import add_settler
from tests.games import embedded
from tests.worlds import STAFF, add_character, fingerprint

START = datetime(2100, 6, 7, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
THE_JOBS = [job for job in JOBS if job.name in ("economy_alarms", "ledger_reconciliation")]


@pytest.fixture
def time() -> Iterator[FrozenClock]:
    with clock.frozen(START) as frozen:
        yield frozen


async def flagged() -> list[tuple[str, ObjectId | None, int]]:
    """What was flagged, oldest first."""
    page = await alarms.list_flags(limit=100)
    return [(flag.pattern, flag.character_id, flag.amount) for flag in reversed(page.items)]


async def look() -> list[tuple[str, ObjectId | None, int]]:
    """The look at the hour from ``START`` on."""
    await alarms.look(START + HOUR)
    return await flagged()


async def test_an_alarm_that_cannot_be_raised_does_not_hide_the_others(
    game: Game, time: FrozenClock
) -> None:
    ann = await add_character(game)
    flags = [
        alarms.Flag("large movement", None, amount, "x", str(amount)) for amount in (1, 2**70, 3)
    ]
    broken = chains.Break(ann, "dollars", 7, 5, "row 6 of the chain is not there")
    with pytest.raises(ExceptionGroup) as failure:
        await alarms.raise_alarms(flags, [broken])
    assert [type(error) for error in failure.value.exceptions] == [OverflowError]
    assert sorted(amount for _, _, amount in await flagged()) == [1, 3, 5]
    assert (await locks.trade_lock(ann)).locked_until is not None


async def test_one_movement_above_a_million_is_flagged(game: Game, time: FrozenClock) -> None:
    ann = await add_character(game)
    await economy.earn(ann, rules.LARGE_MOVEMENT, source=Source.ADMIN_CREDIT)
    await economy.spend(ann, 5, source=Source.SERVICE_FEE)
    time.advance(days=1)
    bob = await add_character(game, dollars=rules.LARGE_MOVEMENT + 1)
    await alarms.look(START + timedelta(days=1, hours=1))
    assert ("large movement", bob, 1_000_001) in await flagged()
    assert ann not in [who for _, who, _ in await flagged()]


async def test_half_a_million_earned_within_any_hour_is_flagged_once(
    game: Game, time: FrozenClock
) -> None:
    ann = await add_character(game)
    time.advance(minutes=-20)
    await economy.earn(ann, 300_000, source=Source.QUEST_REWARD)
    time.advance(minutes=40)
    await economy.earn(ann, 200_000, source=Source.QUEST_REWARD)
    assert await look() == []
    time.advance(minutes=1)
    await economy.earn(ann, 1, source=Source.QUEST_REWARD)
    assert await look() == [("fast income", ann, 500_001)]
    await alarms.look(START + 2 * HOUR)
    assert len(await flagged()) == 1


async def test_three_millions_in_a_day_are_flagged_once_in_the_day(
    game: Game, time: FrozenClock
) -> None:
    ann = await add_character(game)
    for hour in range(8):
        await economy.earn(ann, 450_000, source=Source.QUEST_REWARD)
        time.advance(hours=1)
        await alarms.look(START + (hour + 1) * HOUR)
    assert await flagged() == [("fast income", ann, 3_150_000)]


async def test_more_than_fifty_trades_in_an_hour_are_flagged(game: Game, time: FrozenClock) -> None:
    ann, bob = await add_character(game, dollars=1000), await add_character(game)
    for _ in range(rules.MOST_TRADES_AN_HOUR):
        await economy.transfer(ann, bob, 1)
    assert await look() == []
    await economy.transfer(ann, bob, 1)
    assert sorted(await look()) == sorted([("many trades", ann, 51), ("many trades", bob, 51)])


async def test_more_than_two_hundred_of_an_item_sold_in_an_hour_are_flagged(
    game: Game, time: FrozenClock
) -> None:
    await add_item()
    ann = await add_trader(game, dollars=0)

    @transactional
    async def sell(quantity: int) -> None:
        await items.leave(
            items.Line("whiskey", quantity), from_=pack(ann), source=ItemSource.SHOP_SALE
        )

    await give(ann, "whiskey", 201)
    await sell(100)
    await sell(100)
    assert await look() == []
    await sell(1)
    assert await look() == [("flood", ann, 201)]


async def test_a_flag_locks_nobody_and_is_raised_once_by_however_many(
    game: Game, time: FrozenClock
) -> None:
    ann = await add_character(game, dollars=2_000_000)
    await asyncio.gather(*(alarms.look(START + HOUR) for _ in range(3)), return_exceptions=True)
    once = await look()
    assert sorted(once) == [("fast income", ann, 2_000_000), ("large movement", ann, 2_000_000)]
    assert (await locks.trade_lock(ann)).locked_until is None


async def test_an_honest_hour_raises_nothing(game: Game, time: FrozenClock) -> None:
    ann, bob = await add_character(game, dollars=1000), await add_character(game, gold=5)
    for number in range(20):
        await economy.transfer(ann, bob, number + 1)
        time.advance(minutes=2)
    assert await look() == []
    await alarms.reconcile(START)
    assert await flagged() == []


async def broken(game: Game, who: ObjectId, **change: Any) -> None:
    await game.database["characters"].update_one({"_id": who}, change)


async def test_a_balance_that_was_changed_behind_the_ledger_stops_trade_at_once(
    game: Game, time: FrozenClock
) -> None:
    ann, bob = await add_settler(game, dollars=100), await add_settler(game)
    await broken(game, ann, **{"$inc": {"dollars": 50}})
    assert await look() == [("broken chain", ann, 50)]
    with pytest.raises(TradeLocked):
        await transfers.send(ann, bob, 5)
    assert (await locks.trade_lock(bob)).locked_until is None


async def test_a_changed_balance_is_seen_though_it_was_used_since(
    game: Game, time: FrozenClock
) -> None:
    ann = await add_character(game, dollars=100)
    time.advance(hours=1)
    await broken(game, ann, **{"$inc": {"dollars": 50}})
    await economy.spend(ann, 120, source=Source.SERVICE_FEE)
    await alarms.look(START + 2 * HOUR)
    assert await flagged() == [("broken chain", ann, 50)]


@pytest.mark.parametrize("gone", [1, 2, 3])
async def test_a_row_that_was_taken_out_is_seen(game: Game, time: FrozenClock, gone: int) -> None:
    ann = await add_character(game, dollars=100)
    for _ in range(2):
        await economy.spend(ann, 10, source=Source.SERVICE_FEE)
    await game.database["goldtransactions"].delete_one({"characterId": ann, "seq": gone})
    ((pattern, who, _),) = await look()
    assert (pattern, who) == ("broken chain", ann)


@pytest.mark.parametrize("batch", [1, 2, 3, 7])
async def test_rows_are_looked_at_a_few_at_a_time_and_nothing_is_missed(
    game: Game, time: FrozenClock, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(findings, "BATCH", batch)
    ann, bob, eve = [await add_character(game, dollars=500) for _ in range(3)]
    time.advance(minutes=-30)
    await economy.earn(ann, 300_000, source=Source.QUEST_REWARD)
    for _ in range(rules.MOST_TRADES_AN_HOUR + 1):
        time.advance(minutes=1)
        await economy.transfer(bob, eve, 1)
    await economy.earn(ann, 300_000, source=Source.QUEST_REWARD)
    await broken(game, bob, **{"$inc": {"dollars": 9}})
    await economy.spend(bob, 1, source=Source.SERVICE_FEE)
    assert sorted(await look(), key=str) == sorted(
        [
            ("fast income", ann, 600_500),
            ("many trades", bob, 51),
            ("many trades", eve, 51),
            ("broken chain", bob, 9),
        ],
        key=str,
    )


async def test_staff_who_lift_the_lock_are_not_overruled_by_the_same_break(
    game: Game, time: FrozenClock
) -> None:
    ann = await add_character(game, dollars=100)
    await broken(game, ann, **{"$inc": {"dollars": 50}})
    await look()
    await locks.unlock_trade(STAFF, ann, reason="put there by an operator")
    await look()
    await alarms.reconcile(START)
    assert (await locks.trade_lock(ann)).locked_until is None


async def test_the_daily_look_finds_wallets_that_nobody_used(game: Game, time: FrozenClock) -> None:
    people = [await add_character(game, dollars=10) for _ in range(5)]
    time.advance(days=3)
    await broken(game, people[3], **{"$set": {"silver": 7}})
    await alarms.reconcile(START + timedelta(days=3))
    assert sorted(await flagged(), key=str) == sorted(
        [("broken chain", people[3], 7), ("wrong supply", None, 7)], key=str
    )


@pytest.mark.parametrize("currency", list(Currency))
async def test_the_daily_look_changes_nothing_but_the_lock(
    game: Game, time: FrozenClock, currency: Currency
) -> None:
    ann = await add_character(game, dollars=10, gold=10, silver=10)
    await broken(game, ann, **{"$inc": {currency.value: -3}})
    before = await fingerprint(game)
    await alarms.reconcile(START)
    after = await fingerprint(game)
    assert {name for name in after if after[name] != before.get(name)} == {
        "auditlogs",
        "characters",
    }
    assert ("wrong supply", None, -3) in await flagged()


async def test_wallets_of_another_program_are_not_taken_for_broken(
    game: Game, time: FrozenClock
) -> None:
    ann = await add_character(game)
    await broken(game, ann, **{"$set": {"dollars": 500}, "$unset": {"ledgerSeq": ""}})
    await alarms.reconcile(START)
    await economy.spend(ann, 100, source=Source.SERVICE_FEE)
    await look()
    assert await flagged() == []


async def test_both_looks_are_due_work(game: Game, time: FrozenClock) -> None:
    ann = await add_character(game, dollars=2_000_000)
    time.advance(hours=1, minutes=6)
    await Jobs(THE_JOBS).run_until_idle()
    assert {who for _, who, _ in await flagged()} == {ann}


async def test_the_hourly_look_reads_by_indexes(game: Game, time: FrozenClock) -> None:
    ann = await add_character(game, dollars=2_000_000)
    await economy.spend(ann, 5, source=Source.SERVICE_FEE)
    await alarms.look(START + HOUR)
    stats = embedded(game).stats
    stats.reset()
    await look()
    assert stats.full_scans == {}
