"""The economy, watched: the sums are the ledger's, and odd patterns are seen."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desperados.cli.charts import page
from desperados.economy import service as economy
from desperados.economy.watch import rules
from desperados.economy.watch.report import economy_report
from desperados.engine import clock
from desperados.engine.errors import InvalidInput
from desperados.engine.game import Game
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.sources import Flow, Source
from tests.games import embedded
from tests.worlds import add_character

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
holdings = st.lists(st.integers(0, 10**9), min_size=1, max_size=50)


@given(holdings)
def test_gini_lies_between_equal_shares_and_one_holder(held: list[int]) -> None:
    assert -1e-9 <= rules.gini(held) < 1
    assert rules.gini([7] * len(held)) == pytest.approx(0)


@given(holdings, st.integers(2, 1000))
def test_gini_does_not_depend_on_order_or_unit(held: list[int], unit: int) -> None:
    assert rules.gini(sorted(held, reverse=True)) == rules.gini(held)
    assert rules.gini([amount * unit for amount in held]) == pytest.approx(rules.gini(held))


def test_gini_of_known_shares() -> None:
    assert rules.gini([]) == 0
    assert rules.gini([0, 0]) == 0
    assert rules.gini([0, 0, 0, 100]) == pytest.approx(0.75)
    assert rules.gini([1, 2, 3, 4]) == pytest.approx(0.25)


def test_velocity_and_prices_of_an_empty_world_are_no_fault() -> None:
    assert rules.velocity(100, 0, 7) == 0
    assert rules.velocity(70, 100, 7) == pytest.approx(0.1)
    assert rules.basket_index({}, {"a": 1}) is None
    assert rules.basket_index({"a": 10, "b": 5, "c": 1}, {"a": 11, "b": 5}) == pytest.approx(105)


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(1, 100)), max_size=40))
def test_the_busiest_window_is_the_busiest_of_all(rows: list[tuple[int, int]]) -> None:
    """Against the plain definition: the sum over a window that begins at each of the rows."""
    timed = [(NOON + timedelta(seconds=at), amount) for at, amount in rows]
    span = timedelta(hours=1)
    plain = max(
        (sum(a for at, a in timed if start <= at < start + span) for start, _ in timed), default=0
    )
    assert rules.most_within(timed, span) == plain


def transfer(giver: str, receiver: str, amount: int, **more: Any) -> rules.Transfer:
    return rules.Transfer(giver, receiver, amount, more.pop("at", NOON), **more)


def patterns(*transfers: rules.Transfer, **born: datetime) -> list[str]:
    return [s.pattern for s in rules.suspicions(transfers, born, {})]


def test_money_that_goes_there_and_comes_back_is_seen() -> None:
    assert patterns(transfer("a", "b", 5000), transfer("b", "a", 4500)) == ["round trip"]
    assert patterns(transfer("a", "b", 5000), transfer("b", "a", 1000)) == []
    assert patterns(transfer("a", "b", 50), transfer("b", "a", 50)) == []


def test_two_who_trade_with_each_other_only_are_seen() -> None:
    sales = [transfer("a", "b", 10, sale=True), transfer("b", "a", 12, sale=True)]
    assert patterns(*sales) == []
    assert patterns(*sales, transfer("a", "b", 9, sale=True)) == ["wash trades"]


def test_a_fresh_account_that_is_given_much_is_seen() -> None:
    given_much = transfer("a", "b", rules.FRESH_RECEIVES)
    assert patterns(given_much, b=NOON - timedelta(days=1)) == ["fresh account"]
    assert patterns(given_much, b=NOON - timedelta(days=30)) == []
    assert patterns(transfer("a", "b", 10), b=NOON - timedelta(days=1)) == []


def test_large_sums_and_fast_income_are_seen() -> None:
    assert patterns(transfer("a", "b", rules.LARGE_MOVEMENT + 1)) == ["large movement"]
    rows = [(NOON + timedelta(minutes=n), 60_000) for n in range(10)]
    (found,) = rules.suspicions([], {}, {"a": rows})
    assert (found.pattern, found.amount) == ("fast income", 600_000)


async def test_the_report_adds_up_to_the_ledger(game: Game) -> None:
    with clock.frozen(NOON) as now:
        ann, bob = await add_character(game, dollars=100), await add_character(game, gold=5)
        now.advance(days=1)
        await economy.transfer(ann, bob, 40)
        await economy.spend(bob, 10, source=Source.TRAVEL_FARE)
        report = await economy_report(days=7)
    dollars = next(line for line in report.supply if line.currency is Currency.DOLLARS)
    assert (dollars.total, dollars.minted, dollars.burned) == (90, 100, 10)
    assert dollars.velocity == pytest.approx(40 / 7 / 90)
    assert [(f.day, f.source, f.amount) for f in report.flows if f.currency == "dollars"] == [
        ("2026-03-04", "starting_grant", 100),
        ("2026-03-05", "player_transfer", 40),
        ("2026-03-05", "travel_fare", 10),
    ]
    assert [holder.dollars for holder in report.top_holders] == [60, 30]
    assert report.suspicions == []


async def test_what_is_older_than_the_window_is_not_counted(game: Game) -> None:
    with clock.frozen(NOON) as now:
        await add_character(game, dollars=100)
        now.advance(days=8)
        report = await economy_report(days=7)
    assert report.flows == []
    assert report.supply[0].total == 100


async def test_a_round_trip_between_two_characters_is_in_the_report(game: Game) -> None:
    with clock.frozen(NOON):
        ann, bob = await add_character(game, dollars=5000), await add_character(game)
        await economy.transfer(ann, bob, 2000)
        await economy.transfer(bob, ann, 2000)
        report = await economy_report(days=1)
    (found,) = report.suspicions
    assert found.pattern == "round trip"
    assert set(found.who) == {str(ann), str(bob)}


@pytest.mark.parametrize("days", [0, 93, True, "7"])
async def test_a_window_is_one_to_ninety_two_days(game: Game, days: Any) -> None:
    with pytest.raises(InvalidInput):
        await economy_report(days=days)


async def test_the_page_shows_names_as_text(game: Game) -> None:
    ann = await add_character(game, dollars=100)
    await game.database["characters"].update_one(
        {"_id": ann}, {"$set": {"name": "<script>alert(1)</script>"}}
    )
    shown = page(await economy_report(days=1))
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown


def test_every_source_has_a_flow() -> None:
    assert all(isinstance(source.flow, Flow) for source in Source)


async def test_the_report_reads_its_window_by_an_index(game: Game) -> None:
    ann, bob = await add_character(game, dollars=100), await add_character(game)
    await economy.transfer(ann, bob, 40)
    stats = embedded(game).stats
    stats.reset()
    await economy_report()
    wealth = {"desperados.characters"}  # of everybody: there is no window to it
    assert set(stats.full_scans) <= wealth
