"""The wealth tax: progressive, once a day, never below zero."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId
from hypothesis import example, given
from hypothesis import strategies as st

from desperados.characters.errors import CharacterNotFound
from desperados.economy import service as economy
from desperados.economy import wealth_tax
from desperados.economy.bank import service as bank
from desperados.economy.bank.documents import VaultTier
from desperados.economy.taxes import MOST_WEALTH_TAX
from desperados.economy.taxes import wealth_tax as tax_on
from desperados.engine import clock
from desperados.engine.errors import Conflict
from desperados.engine.game import Game
from desperados.engine.work import Jobs
from desperados.ledger.money.errors import InsufficientFunds
from desperados.ledger.money.sources import Source
from tests.economy.money_worlds import add_settler, assert_sound, change, money_of, place_of
from tests.sweeps import sweep_all, sweep_named
from tests.worlds import add_character, fingerprint

MORNING = datetime(2031, 5, 5, 6, tzinfo=UTC)
TODAY = datetime(2031, 5, 5, 0, 10, tzinfo=UTC)
THE_TAX = sweep_named("wealth_tax")
THE_JOB = [THE_TAX]


# The rule


@pytest.mark.parametrize(
    ("wealth", "tax"),
    [
        (0, 0),
        (100_000, 0),
        (100_999, 0),
        (101_000, 1),
        (1_000_000, 900),
        (10_000_000, 23_400),
        (50_000_000, 223_400),
        (100_000_000, 623_400),
        (150_000_000, 1_200_000),
        (4_294_967_294, 1_200_000),
    ],
)
def test_tax_by_example(wealth: int, tax: int) -> None:
    assert tax_on(wealth) == tax


@given(st.integers(0, 2**32), st.integers(0, 2**32))
@example(100_000, 100_001)
def test_who_has_more_pays_no_less_and_keeps_no_less(one: int, other: int) -> None:
    poor, rich = sorted((one, other))
    assert 0 <= tax_on(poor) <= tax_on(rich) <= MOST_WEALTH_TAX
    assert poor - tax_on(poor) <= rich - tax_on(rich)


@given(st.integers(0, 2**32))
def test_the_tax_is_never_above_its_highest_rate(wealth: int) -> None:
    assert tax_on(wealth) * 1_000 <= wealth * 12


# Collecting


async def taxed(game: Game, character: ObjectId) -> int:
    rows = game.database["goldtransactions"].find(
        {"characterId": character, "source": "wealth_tax"}
    )
    return -sum(row["amount"] for row in await rows.to_list(None))


async def test_the_tax_is_taken_from_wallets_above_the_untaxed_part(game: Game) -> None:
    with clock.frozen(MORNING):
        rich = await add_settler(game, dollars=1_000_000)
        poor = await add_settler(game, dollars=100_000)
        await sweep_all(THE_TAX, TODAY)
        assert (await money_of(game, rich))["dollars"] == 999_100
        assert (await money_of(game, poor))["dollars"] == 100_000
        (row,) = (await economy.history(rich, limit=1)).items
        assert (row.type, row.source, row.note) == ("tax", "wealth_tax", "wealth_tax:2031-05-05")
    await assert_sound()


async def test_money_in_the_vault_is_taxed_too_after_the_wallet_is_empty(game: Game) -> None:
    with clock.frozen(MORNING):
        ann = await add_settler(game, dollars=10_000_600)
        await place_of(game, ann, type="bank")
        await bank.open_vault(ann)
        await bank.upgrade_vault(ann, VaultTier.SILVER)
        await bank.upgrade_vault(ann, VaultTier.GOLD)
        await bank.deposit(ann, 9_990_000)
        projected = await wealth_tax.projected_wealth_tax(ann)
        assert (projected.wealth, projected.tax, projected.exempt_until) == (
            10_000_000,
            23_400,
            None,
        )
        receipt = await wealth_tax.collect("wealth_tax:2031-05-05", ann, key=str(ann))
        assert (receipt.from_wallet, receipt.from_vault) == (10_000, 13_400)
        assert (await money_of(game, ann))["dollars"] == 0
        assert (await bank.vault(ann)).balance == 9_976_600
    await assert_sound()


async def test_the_first_seven_days_are_exempt(game: Game) -> None:
    with clock.frozen(MORNING) as now:
        ann = await add_character(game, dollars=1_000_000)
        now.advance(days=7, milliseconds=-1)
        await sweep_all(THE_TAX, now.at)
        projected = await wealth_tax.projected_wealth_tax(ann)
        assert (projected.tax, projected.exempt_until) == (0, MORNING + timedelta(days=7))
        assert await taxed(game, ann) == 0
        now.advance(days=1)
        await sweep_all(THE_TAX, now.at)
        assert await taxed(game, ann) == 900


async def test_running_it_again_the_same_day_taxes_nobody_twice(game: Game) -> None:
    with clock.frozen(MORNING):
        ann = await add_settler(game, dollars=1_000_000)
        await asyncio.gather(*(sweep_all(THE_TAX, TODAY) for _ in range(3)))
        await sweep_all(THE_TAX, TODAY)
        assert await taxed(game, ann) == 900
        await sweep_all(THE_TAX, TODAY + timedelta(days=1))
        assert await taxed(game, ann) == 900 + tax_on(999_100)
    await assert_sound()


async def test_a_run_that_was_killed_half_way_goes_on_where_it_stopped(
    game: Game, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clock.frozen(MORNING):
        people = [await add_settler(game, dollars=1_000_000) for _ in range(6)]
        plain, left = wealth_tax.collect, 3

        async def collect_three(*args: object, **kwargs: object) -> object:
            nonlocal left
            left -= 1
            if left < 0:
                raise RuntimeError("killed")
            return await plain(*args, **kwargs)  # type: ignore[arg-type]

        monkeypatch.setattr(wealth_tax, "collect", collect_three)
        with pytest.raises(RuntimeError):
            await sweep_all(THE_TAX, TODAY)
        assert sorted([await taxed(game, person) for person in people]) == [0, 0, 0, 900, 900, 900]
        monkeypatch.undo()
        await sweep_all(THE_TAX, TODAY)
        assert [await taxed(game, person) for person in people] == [900] * 6
    await assert_sound()


async def test_two_workers_tax_everybody_once(game: Game) -> None:
    with clock.frozen(MORNING):
        people = [await add_settler(game, dollars=1_000_000) for _ in range(10)]
        await asyncio.gather(*(Jobs(THE_JOB).run_until_idle() for _ in range(2)))
        assert [await taxed(game, person) for person in people] == [900] * 10


async def test_a_missed_day_is_not_made_up(game: Game) -> None:
    with clock.frozen(MORNING) as now:
        ann = await add_settler(game, dollars=1_000_000)
        await Jobs(THE_JOB).run_until_idle()
        now.advance(days=3)
        await Jobs(THE_JOB).run_until_idle()
        assert await taxed(game, ann) == 900 + tax_on(999_100)


async def test_the_day_of_the_tax_begins_ten_minutes_after_midnight(game: Game) -> None:
    with clock.frozen(TODAY - timedelta(milliseconds=1)) as now:
        ann = await add_settler(game, dollars=1_000_000)
        await Jobs(THE_JOB).run_until_idle()
        assert await taxed(game, ann) == 900  # of the day before
        now.advance(milliseconds=1)
        await Jobs(THE_JOB).run_until_idle()
        assert await taxed(game, ann) == 900 + tax_on(999_100)


async def test_who_spends_during_the_run_never_goes_below_zero(game: Game) -> None:
    with clock.frozen(MORNING):
        people = [await add_settler(game, dollars=1_000_000) for _ in range(10)]

        async def spend(person: ObjectId) -> None:
            for _ in range(4):
                try:
                    await economy.spend(person, 250_000, source=Source.TRAVEL_FARE)
                except InsufficientFunds:
                    return

        await asyncio.gather(sweep_all(THE_TAX, TODAY), *(spend(p) for p in people))
        for person in people:
            assert (await money_of(game, person))["dollars"] >= 0
    await assert_sound()


async def test_one_who_cannot_be_taxed_does_not_spare_the_others(
    game: Game, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clock.frozen(MORNING) as now:
        people = [await add_settler(game, dollars=1_000_000) for _ in range(5)]
        plain = wealth_tax.collect

        async def poisoned(day: str, person: ObjectId, *, key: str | None = None) -> object:
            if person == people[1]:
                raise Conflict
            return await plain(day, person, key=key)

        monkeypatch.setattr(wealth_tax, "collect", poisoned)
        worker = Jobs(THE_JOB)
        await worker.run_until_idle()
        assert (worker.done, worker.failed) == ({"wealth_tax": 4}, {"wealth_tax": 1})
        (claim,) = await game.database["jobclaims"].find().to_list(None)
        assert claim["row"] == people[1]
        assert claim["error"].startswith("Conflict: ")
        assert [await taxed(game, person) for person in people] == [900, 0, 900, 900, 900]
        monkeypatch.undo()
        now.advance(minutes=1)
        await worker.run_until_idle()
        assert [await taxed(game, person) for person in people] == [900] * 5


async def test_a_player_cannot_use_up_the_key_of_the_tax(game: Game) -> None:
    """Keys of players belong to their characters; the key of the tax belongs to the day."""
    with clock.frozen(MORNING):
        ann = await add_settler(game, dollars=1_000_000)
        for key in ("wealth_tax:2031-05-05", f"wealth_tax:2031-05-05:{ann}", str(ann)):
            await economy.spend(ann, 1, source=Source.TRAVEL_FARE, key=key)
        await sweep_all(THE_TAX, TODAY)
        assert await taxed(game, ann) == 899


async def test_the_deleted_are_not_taxed(game: Game) -> None:
    with clock.frozen(MORNING):
        ann = await add_settler(game, dollars=1_000_000)
        await change(game, ann, deletedAt=MORNING)
        before = await fingerprint(game)
        await sweep_all(THE_TAX, TODAY)
        assert await fingerprint(game) == before
        for attempt in (
            wealth_tax.projected_wealth_tax(ann),
            wealth_tax.collect("wealth_tax:2031-05-05", ann),
        ):
            with pytest.raises(CharacterNotFound):
                await attempt


async def test_more_characters_than_a_batch_are_all_taxed(
    game: Game, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wealth_tax, "BATCH", 4)
    with clock.frozen(MORNING):
        people = [await add_settler(game, dollars=200_000) for _ in range(13)]
        await sweep_all(THE_TAX, TODAY)
        assert [await taxed(game, person) for person in people] == [100] * 13
