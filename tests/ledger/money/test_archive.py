"""Old rows leave the history that players read, and nothing is lost or unproven by it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados.economy import service as economy
from desperados.economy.bank import service as bank
from desperados.economy.jobs import JOBS
from desperados.economy.watch import alarms
from desperados.engine import clock
from desperados.engine.game import Game
from desperados.engine.work import Jobs
from desperados.ledger.money import archive
from desperados.ledger.money.sources import Source
from desperados.ops.audit import audit
from tests.economy.money_worlds import assert_sound, place_of
from tests.games import embedded
from tests.worlds import add_character

START = datetime(2100, 1, 1, tzinfo=UTC)
LATER = START + timedelta(days=400)


async def live(game: Game, who: ObjectId) -> list[tuple[str, int]]:
    rows = game.database["goldtransactions"].find({"characterId": who}).sort("_id", 1)
    return [(row["currency"], row["seq"]) async for row in rows]


@pytest.fixture
async def people(game: Game) -> list[ObjectId]:
    """Two with old and new rows, one of them with a vault, and one with an old row only."""
    with clock.frozen(START) as time:
        ann, bob = [await add_character(game, dollars=1000, gold=5) for _ in range(2)]
        idle = await add_character(game, dollars=7)
        await place_of(game, ann, type="bank")
        await bank.open_vault(ann)
        for _ in range(5):
            time.advance(days=1)
            await economy.transfer(ann, bob, 10)
            await bank.deposit(ann, 3)
        time.advance(days=380)
        await economy.transfer(ann, bob, 10)
        await bank.withdraw(ann, 2)
    return [ann, bob, idle]


async def test_of_each_chain_the_newest_old_row_stays(game: Game, people: list[ObjectId]) -> None:
    ann, bob, idle = people
    await archive.archive_rows(LATER)
    assert await live(game, ann) == [("gold", 1), ("dollars", 11), ("dollars", 12), ("dollars", 13)]
    assert await live(game, bob) == [("gold", 1), ("dollars", 6), ("dollars", 7)]
    assert await live(game, idle) == [("dollars", 1)]
    entries = await game.database["accountentries"].find({"account": f"vault:{ann}"}).to_list(None)
    assert [row["seq"] for row in entries] == [5, 6]
    assert await game.database["archivedtransactions"].count_documents({}) == 10 + 5
    assert await game.database["archivedentries"].count_documents({}) == 4


async def test_rows_are_archived_unchanged(game: Game, people: list[ObjectId]) -> None:
    before = {row["_id"]: row async for row in game.database["goldtransactions"].find({})}
    await archive.archive_rows(LATER)
    after = {row["_id"]: row async for row in game.database["goldtransactions"].find({})}
    old = {row["_id"]: row async for row in game.database["archivedtransactions"].find({})}
    assert not after.keys() & old.keys()
    assert after | old == before


async def test_the_audit_proves_the_whole_history_as_before(
    game: Game, people: list[ObjectId]
) -> None:
    before = await audit()
    await archive.archive_rows(LATER)
    after = await audit()
    assert after.clean, after.first
    assert after.supplies == before.supplies
    for name in ("chains", "operations"):
        counts = [c.examined for report in (before, after) for c in report.checks if c.name == name]
        assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"$inc": {"amount": 1}}, "is not"),
        ({"$inc": {"balanceAfter": 1, "amount": 1}}, "but the row before ended at"),
        ({"$set": {"source": "magic"}}, "unknown source"),
    ],
)
async def test_the_audit_finds_what_was_edited_in_the_archive(
    game: Game, people: list[ObjectId], change: dict[str, Any], problem: str
) -> None:
    await archive.archive_rows(LATER)
    edited = {"characterId": people[0], "currency": "dollars", "seq": 4}
    await game.database["archivedtransactions"].update_one(edited, change)
    report = await audit()
    assert any(problem in finding.problem for check in report.checks for finding in check.findings)


async def test_a_row_that_is_missing_from_the_archive_is_found(
    game: Game, people: list[ObjectId]
) -> None:
    await archive.archive_rows(LATER)
    gone = {"characterId": people[0], "currency": "dollars", "seq": 4}
    await game.database["archivedtransactions"].delete_one(gone)
    assert not (await audit()).clean


async def test_the_alarms_are_silent_about_what_was_archived(
    game: Game, people: list[ObjectId]
) -> None:
    await archive.archive_rows(LATER)
    await alarms.look(START + timedelta(days=385, hours=1))
    await alarms.reconcile(LATER)
    assert (await alarms.list_flags()).items == []


async def test_a_second_run_and_a_second_worker_change_nothing(
    game: Game, people: list[ObjectId]
) -> None:
    await asyncio.gather(*(archive.archive_rows(LATER) for _ in range(3)))
    archived = await game.database["archivedtransactions"].count_documents({})
    await archive.archive_rows(LATER)
    assert await game.database["archivedtransactions"].count_documents({}) == archived == 15
    await assert_sound()


async def test_wallets_go_on_from_the_row_that_stayed(game: Game, people: list[ObjectId]) -> None:
    await archive.archive_rows(LATER)
    with clock.frozen(LATER):
        await economy.spend(people[2], 2, source=Source.SERVICE_FEE)
        page = await economy.history(people[2])
    assert [(row.balance_before, row.balance_after) for row in page.items] == [(7, 5), (0, 7)]
    await assert_sound()


async def test_rows_of_another_program_stay(game: Game, people: list[ObjectId]) -> None:
    row = {"characterId": people[0], "currency": "dollars", "createdAt": START, "amount": 5}
    await game.database["goldtransactions"].insert_one(dict(row))
    await archive.archive_rows(LATER)
    assert await game.database["goldtransactions"].count_documents(row) == 1


async def test_archiving_is_due_work_and_reads_by_an_index(
    game: Game, people: list[ObjectId]
) -> None:
    stats = embedded(game).stats
    stats.reset()
    with clock.frozen(LATER):
        await Jobs([job for job in JOBS if job.name == "ledger_archive"]).run_until_idle()
    assert stats.full_scans == {}
    assert await game.database["archivedtransactions"].count_documents({}) == 15
