"""The metal exchange: what a trade costs, how the rates move, and who may not profit."""

import asyncio
import contextlib
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from desperados.characters.errors import CharacterNotFound, CharacterUnavailable
from desperados.economy import service as economy
from desperados.economy.bank import curve, exchange, rate_moves, rates
from desperados.economy.bank.documents import ExchangedResource as Metal
from desperados.economy.bank.exchange import buy_metal, sell_metal
from desperados.economy.bank.rates import EVENTS, RULES, MetalEvent
from desperados.economy.errors import Cooldown, RateMoved
from desperados.economy.jobs import JOBS
from desperados.economy.watch.alarms import list_flags
from desperados.engine import clock, dice
from desperados.engine.errors import InvalidInput, RateLimited
from desperados.engine.game import Game
from desperados.engine.work import Jobs
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.errors import AccountFull, InsufficientFunds, InvalidAmount
from desperados.ledger.money.rules import CAPS
from tests.economy.money_worlds import NO_AMOUNTS, add_settler, assert_sound, change, money_of
from tests.games import embedded
from tests.worlds import STAFF, fingerprint, hire, uncommitted

REASON = "a strike in the mines"
NOON = datetime(2031, 5, 4, 12, tzinfo=UTC)  # a Sunday

metals = st.sampled_from(list(Metal))


@st.composite
def posted_rates(draw: st.DrawFn) -> tuple[Metal, int]:
    metal = draw(metals)
    return metal, draw(st.integers(RULES[metal].lowest, RULES[metal].highest))


# Rules


@given(posted_rates())
def test_a_step_is_a_fair_game_within_the_bounds(posted: tuple[Metal, int]) -> None:
    """As much may be lost as won: no step is cut on one side, so waiting is worth nothing."""
    metal, rate = posted
    rule, most = RULES[metal], rates.largest_drift(metal, rate)
    assert rule.lowest <= rate - most <= rate + most <= rule.highest
    assert 0 <= most * 100 <= rate
    if rule.lowest * 1.03 <= rate <= rule.highest * 0.97:
        assert most == rate // 100


def test_what_others_posted_beyond_the_bounds_counts_as_the_bound() -> None:
    assert rates.posted(Metal.GOLD, 12_500) == 12_500
    assert rates.posted(Metal.GOLD, 1) == RULES[Metal.GOLD].lowest
    assert rates.posted(Metal.SILVER, 10**9) == RULES[Metal.SILVER].highest


@pytest.mark.parametrize("event", list(MetalEvent))
def test_no_event_presses_harder_than_the_largest_push(event: MetalEvent) -> None:
    for metal in Metal:
        most = RULES[metal].largest_push * 100
        for span in filter(None, (EVENTS[event].moves.get(metal), EVENTS[event].both)):
            for percent in span:
                pushed = rates.event_push(metal, percent * 100)
                assert abs(pushed) == min(most, abs(percent * 100))


# Trading


async def test_gold_is_bought_and_sold_at_the_posted_rate(game: Game) -> None:
    with clock.frozen(NOON) as now:
        ann = await add_settler(game, dollars=1_000)
        bought = await buy_metal(ann, Metal.GOLD, 5)
        assert (bought.dollars, bought.fee, bought.cents_per_unit) == (525, 25, 10_000)
        assert bought.pressure == 0
        assert (bought.dollars_left, bought.metal_left, bought.units) == (475, 5, 5)
        now.advance(seconds=5)
        sold = await sell_metal(ann, Metal.GOLD, 5)
        assert (sold.dollars, sold.fee, sold.units) == (475, 25, -5)
        assert await money_of(game, ann) == {"dollars": 950, "gold": 0, "silver": 0}
        trades = (await exchange.metal_trades(ann)).items
        assert [trade.units for trade in trades] == [-5, 5]
        assert trades[1].operation == bought.operation
    await assert_sound()


async def test_both_legs_are_one_operation(game: Game) -> None:
    ann = await add_settler(game, dollars=1_000)
    bought = await buy_metal(ann, Metal.SILVER, 7)
    rows = await game.database["goldtransactions"].find({"operation": bought.operation}).to_list(5)
    assert {(row["currency"], row["amount"]) for row in rows} == {("dollars", -74), ("silver", 7)}


async def test_a_failing_second_leg_takes_the_first_back(
    game: Game, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await add_settler(game, dollars=1_000)
    before = await fingerprint(game)

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("crash")

    monkeypatch.setattr(exchange, "StagedInsert", broken)
    with pytest.raises(RuntimeError):
        await buy_metal(ann, Metal.GOLD, 5, key="k")
    monkeypatch.undo()
    assert await fingerprint(game) == before
    await buy_metal(ann, Metal.GOLD, 5, key="k")
    await assert_sound()


async def test_ten_thousand_units_at_once_and_not_one_more(game: Game) -> None:
    ann = await add_settler(game, dollars=2_000_000)
    with pytest.raises(InvalidAmount):
        await buy_metal(ann, Metal.GOLD, 10_001)
    with pytest.raises(InvalidAmount):
        await sell_metal(ann, Metal.GOLD, 10_001)
    assert (await buy_metal(ann, Metal.GOLD, 10_000)).dollars == 1_101_975
    await assert_sound()


@pytest.mark.parametrize("amount", NO_AMOUNTS, ids=lambda amount: repr(amount)[:12])
async def test_what_is_no_number_of_units_is_refused(game: Game, amount: Any) -> None:
    ann = await add_settler(game, dollars=1_000, gold=10)
    before = await fingerprint(game)
    for trade in (buy_metal, sell_metal):
        with pytest.raises(InvalidAmount):
            await trade(ann, Metal.GOLD, amount, key="k")
    if amount is not None:
        with pytest.raises(InvalidAmount):
            await buy_metal(ann, Metal.GOLD, 1, max_cost=amount)
        with pytest.raises(InvalidAmount):
            await sell_metal(ann, Metal.GOLD, 1, min_proceeds=amount)
    assert await fingerprint(game) == before


async def test_an_order_costs_what_was_quoted_for_it(game: Game) -> None:
    with clock.frozen(NOON) as now:
        ann = await add_settler(game, dollars=2_000_000)
        for metal, amount in ((Metal.GOLD, 7_777), (Metal.SILVER, 9_999), (Metal.GOLD, 1)):
            quote = await exchange.metal_quote(metal, amount)
            bought = await buy_metal(ann, metal, amount, max_cost=quote.buy)
            assert (bought.dollars, bought.fee) == (quote.buy, quote.buy_fee)
            assert bought.pressure == quote.pressure
            now.advance(seconds=5)
            quote = await exchange.metal_quote(metal, amount)
            sold = await sell_metal(ann, metal, amount, min_proceeds=quote.sell)
            assert (sold.dollars, sold.fee) == (quote.sell, quote.sell_fee)
            assert sold.cents_per_unit == quote.cents_per_unit
            now.advance(seconds=10)
    for nothing in (0, 10_001, 1.5, True):
        with pytest.raises(InvalidAmount):
            await exchange.metal_quote(Metal.GOLD, nothing)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput):
        await exchange.metal_quote("copper", 1)  # type: ignore[arg-type]


async def test_a_price_that_moved_between_quote_and_trade_is_noticed(game: Game) -> None:
    with clock.frozen(NOON):
        ann = await add_settler(game, dollars=1_000, gold=10)
        quoted = (await exchange.metal_quote(Metal.GOLD, 5)).buy
        await rate_moves.apply_event(MetalEvent.GOLD_RUSH, ObjectId())
        before = await fingerprint(game)
        with pytest.raises(RateMoved) as caught:
            await buy_metal(ann, Metal.GOLD, 5, max_cost=quoted)
        cost = caught.value.facts["cost"]
        assert cost == (await exchange.metal_quote(Metal.GOLD, 5)).buy > quoted
        await rate_moves.apply_event(MetalEvent.MARKET_FLOOD, ObjectId(), Metal.SILVER)
        with pytest.raises(RateMoved):
            await sell_metal(ann, Metal.SILVER, 1, min_proceeds=9)
        assert (await fingerprint(game))["characters"] == before["characters"]
        assert (await buy_metal(ann, Metal.GOLD, 5, max_cost=cost)).dollars == cost


async def test_each_order_begins_at_the_price_where_the_one_before_it_ended(game: Game) -> None:
    """Ten characters of one player, who split an order and send all parts at once."""
    with clock.frozen(NOON):
        people = [await add_settler(game, dollars=200_000) for _ in range(10)]
        bought = await asyncio.gather(*(buy_metal(who, Metal.GOLD, 1_000) for who in people))
        assert {receipt.pressure for receipt in bought} == {100 * turn for turn in range(10)}
        assert sum(receipt.dollars for receipt in bought) >= curve.buy_cost(10_000, 10_000, 0)
        gold, silver = await exchange.metal_rates()
        assert (gold.pressure, silver.pressure) == (1_000, 0)
        assert (gold.cents_per_unit, gold.buy_hundred, gold.sell_hundred) == (10_000, 11_550, 9_975)
    await assert_sound()


async def test_an_order_with_a_key_is_three_round_trips(game: Game) -> None:
    """All that it must know, all that it writes, and the commit."""
    with clock.frozen(NOON) as now:
        ann = await add_settler(game, dollars=10_000, gold=10)
        await rate_moves.step(NOON)
        stats = embedded(game).stats
        for key, trade in enumerate((buy_metal, sell_metal)):
            stats.reset()
            await trade(ann, Metal.GOLD, 1, key=str(key))
            assert stats.asked.total() == 3, stats.asked
            assert stats.full_scans == {}
            now.advance(seconds=5)


async def test_what_trade_has_pushed_fades_all_the_time(game: Game) -> None:
    with clock.frozen(NOON) as now:
        ann = await add_settler(game, silver=200_000)
        for _ in range(2):
            await sell_metal(ann, Metal.SILVER, 10_000)
            now.advance(seconds=5)
        seen = []
        for _ in range(4):
            seen.append((await exchange.metal_rates())[1])
            now.advance(hours=2)
        assert [rate.pressure for rate in seen] == [-199, -127, -55, 0]
        assert [rate.sell_hundred for rate in seen] == [931, 938, 945, 950]
        assert {rate.cents_per_unit for rate in seen} == {1_000}


async def test_a_host_whose_clock_is_behind_lets_nothing_fade_twice(game: Game) -> None:
    with clock.frozen(NOON) as now:
        ann, bob = [await add_settler(game, dollars=2_000_000) for _ in range(2)]
        await buy_metal(ann, Metal.GOLD, 10_000)
        now.advance(minutes=-3)
        assert (await buy_metal(bob, Metal.GOLD, 1)).pressure == 1_000
        now.advance(minutes=3)
        assert (await exchange.metal_rates())[0].pressure == 1_000


async def test_one_trade_in_five_seconds(game: Game) -> None:
    with clock.frozen(NOON) as now:
        ann = await add_settler(game, dollars=1_000)
        results = await asyncio.gather(
            *(buy_metal(ann, Metal.SILVER, 1) for _ in range(10)), return_exceptions=True
        )
        assert sum(isinstance(result, Cooldown) for result in results) == 9
        now.advance(seconds=5, milliseconds=-1)
        with pytest.raises(Cooldown):
            await sell_metal(ann, Metal.SILVER, 1)
        now.advance(milliseconds=1)
        await sell_metal(ann, Metal.SILVER, 1)
    await assert_sound()


async def test_ten_trades_in_a_minute(game: Game) -> None:
    with clock.frozen(NOON) as now:
        ann = await add_settler(game, dollars=1_000)
        for _ in range(10):
            await buy_metal(ann, Metal.SILVER, 1)
            now.advance(seconds=5)
        with pytest.raises(RateLimited) as caught:
            await buy_metal(ann, Metal.SILVER, 1)
        assert caught.value.facts["retry_after"] == 10
        now.advance(seconds=10)
        await buy_metal(ann, Metal.SILVER, 1)


async def test_metal_above_the_cap_is_not_sold_to_anybody(game: Game) -> None:
    cap = CAPS[Currency.GOLD]
    ann = await add_settler(game, dollars=10_000, gold=cap - 3)
    before = await fingerprint(game)
    with pytest.raises(AccountFull) as caught:
        await buy_metal(ann, Metal.GOLD, 4)
    assert caught.value.facts["room"] == 3
    assert await fingerprint(game) == before
    assert (await buy_metal(ann, Metal.GOLD, 3)).metal_left == cap
    await assert_sound()


async def test_proceeds_that_a_full_wallet_cannot_hold_wait(game: Game) -> None:
    cap = CAPS[Currency.DOLLARS]
    ann = await add_settler(game, dollars=cap - 5, gold=1)
    sold = await sell_metal(ann, Metal.GOLD, 1)
    assert (sold.dollars, sold.parked, sold.dollars_left) == (95, 90, cap)
    await assert_sound()


async def test_who_cannot_trade_does_not(game: Game) -> None:
    ann = await add_settler(game, dollars=100)
    with pytest.raises(InsufficientFunds):
        await buy_metal(ann, Metal.GOLD, 1)
    with pytest.raises(InsufficientFunds):
        await sell_metal(ann, Metal.GOLD, 1)
    with pytest.raises(CharacterNotFound):
        await buy_metal(ObjectId(), Metal.GOLD, 1)
    for nothing in ("dollars", "copper", None):
        with pytest.raises(InvalidInput):
            await buy_metal(ann, nothing, 1)  # type: ignore[arg-type]
    await change(game, ann, isInJail=True)
    with pytest.raises(CharacterUnavailable):
        await buy_metal(ann, Metal.SILVER, 1)


async def test_one_key_buys_once(game: Game) -> None:
    ann = await add_settler(game, dollars=1_000)
    answers = await asyncio.gather(*(buy_metal(ann, Metal.GOLD, 1, key="k") for _ in range(20)))
    assert len({answer.operation for answer in answers}) == 1
    assert (await money_of(game, ann))["gold"] == 1


# Rates


async def rows_of(game: Game, metal: Metal) -> list[dict[str, Any]]:
    cursor = game.database["resourceexchangerates"].find({"currency": metal.value})
    found: list[dict[str, Any]] = await cursor.sort("effectiveAt", 1).to_list(None)
    return found


async def test_without_a_posted_rate_the_base_holds(game: Game) -> None:
    gold, silver = await exchange.metal_rates()
    assert (gold.cents_per_unit, gold.buy_hundred, gold.sell_hundred) == (10_000, 10_500, 9_500)
    assert (silver.cents_per_unit, silver.effective_at) == (1_000, None)


async def test_a_rate_that_mongoose_wrote_is_understood(game: Game) -> None:
    await game.database["resourceexchangerates"].insert_one(
        {"currency": "gold", "ratePerDollar": 0.008, "effectiveAt": NOON - timedelta(days=9999)}
    )
    assert (await exchange.metal_rates())[0].cents_per_unit == 12_500


async def test_a_step_happens_once_for_its_slot_whoever_does_it(game: Game) -> None:
    with clock.frozen(NOON):
        await asyncio.gather(*(rate_moves.step(NOON) for _ in range(5)), return_exceptions=True)
        await rate_moves.step(NOON)
        for metal in Metal:
            (row,) = await rows_of(game, metal)
            assert (row["slot"], row["number"], row["volume"]) == ("step:2031-05-04T12", 1, 0)
            assert row["effectiveAt"] == NOON
            assert row["ratePerDollar"] == 100 / row["centsPerUnit"]


async def test_no_trade_moves_the_posted_rate(game: Game) -> None:
    """The dice alone do, and what was traded stands beside it."""
    with clock.frozen(NOON) as now:
        ann = await add_settler(game, dollars=2_000_000)
        await buy_metal(ann, Metal.GOLD, 10_000)
        now.advance(seconds=5)
        await sell_metal(ann, Metal.GOLD, 5_000)
        assert await rate_moves.net_units(Metal.GOLD, NOON, NOON + timedelta(hours=4)) == 5_000
        now.advance(hours=4)
        with dice.seeded(1):
            await rate_moves.step(NOON + timedelta(hours=4))
        with dice.seeded(1):
            drift = dice.between(-100, 100)
        (row,) = await rows_of(game, Metal.GOLD)
        assert row["volume"] == 5_000
        assert row["centsPerUnit"] == 10_000 + drift
        # 500,000 dollars were bought on balance, of which four hours have let 144,000 fade.
        assert row["pressure"] == (500_000 - 144_000) * 100 - 5_000


async def test_a_trade_at_the_edge_of_a_step_counts_in_one_step_though_it_commits_late(
    game: Game,
) -> None:
    next_step = NOON + rate_moves.STEP
    with clock.frozen(NOON - timedelta(milliseconds=1)) as now:
        ann, bob = [await add_settler(game, dollars=10_000) for _ in range(2)]
        async with uncommitted(lambda: buy_metal(ann, Metal.GOLD, 7)):
            now.at = NOON
            await rate_moves.step(NOON)
        await buy_metal(bob, Metal.GOLD, 5)
        now.at = next_step
        await buy_metal(bob, Metal.GOLD, 3)
        await rate_moves.step(next_step)
        now.at = next_step + rate_moves.STEP
        await rate_moves.step(now.at)
        assert [row["volume"] for row in await rows_of(game, Metal.GOLD)] == [0, 12, 3]


async def test_a_worker_makes_up_at_most_six_steps(game: Game) -> None:
    wanted = [job for job in JOBS if job.name.startswith("metal_rate")]
    with clock.frozen(NOON - timedelta(days=2)) as now:
        workers = [Jobs(wanted), Jobs(wanted)]
        for worker in workers:
            await worker.run_until_idle()
        assert [row["eventType"] for row in await rows_of(game, Metal.GOLD)] == ["step"]
        now.advance(days=2, hours=1)
        await asyncio.gather(*(worker.run_until_idle() for worker in workers))
        for worker in workers:
            now.advance(minutes=2)
            await worker.run_until_idle()
            assert not any(
                claim.get("dead") for claim in await game.database["jobclaims"].find({}).to_list(9)
            )
        for metal in Metal:
            rows = await rows_of(game, metal)
            slots = [row["slot"] for row in rows]
            assert len(slots) == len(set(slots)) == 1 + 7
            assert [row["number"] for row in rows] == list(range(1, 9))
            for before, after in itertools.pairwise(rows):
                assert before["effectiveAt"] < after["effectiveAt"]


async def test_a_made_up_step_never_rewrites_the_past(game: Game) -> None:
    with clock.frozen(NOON):
        await rate_moves.apply_event(MetalEvent.BANDIT_RAIDS, ObjectId())
        await rate_moves.step(NOON - timedelta(hours=4))
        event, step = await rows_of(game, Metal.GOLD)
        assert (event["eventType"], step["eventType"]) == ("bandit_raids", "step")
        assert step["effectiveAt"] > event["effectiveAt"]


async def test_an_event_presses_once_and_is_history(game: Game) -> None:
    with clock.frozen(NOON) as now:
        event_id = ObjectId()
        first = await rate_moves.apply_event(MetalEvent.MINE_COLLAPSE, event_id)
        again = await rate_moves.apply_event(MetalEvent.MINE_COLLAPSE, event_id)
        assert first == again
        for view in first:
            assert 500 <= view.pressure <= 1_500
            assert view.cents_per_unit == RULES[view.metal].base
        assert (await exchange.metal_rates())[0] == first[0]
        history = (await exchange.rate_history(Metal.GOLD)).items
        assert [view.event for view in history] == ["mine_collapse"]
        now.advance(days=3)
        assert (await exchange.metal_rates())[0].pressure == 0
        assert (await exchange.rate_history(Metal.GOLD)).items == history


async def test_an_event_adds_to_what_presses_already_and_nothing_goes_past_the_most(
    game: Game,
) -> None:
    with clock.frozen(NOON):
        for pushed in (1_000, 2_000, 3_000, 3_000):
            gold, _ = await rate_moves.apply_event(MetalEvent.BANDIT_RAIDS, ObjectId())
            assert gold.pressure == pushed


async def test_nobody_who_knew_of_an_event_earns_by_it(game: Game) -> None:
    """Bought before a rush and sold in it, and sold before a flood and bought back in it."""
    with clock.frozen(NOON) as now, dice.seeded(1849):
        ann = await add_settler(game, dollars=200_000)
        bob = await add_settler(game, gold=1_000)
        bought = await buy_metal(ann, Metal.GOLD, 1_000)
        await rate_moves.apply_event(MetalEvent.GOLD_RUSH, ObjectId())
        now.advance(seconds=5)
        assert (await sell_metal(ann, Metal.GOLD, 1_000)).dollars < bought.dollars
        now.advance(days=4)
        sold = await sell_metal(bob, Metal.GOLD, 1_000)
        await rate_moves.apply_event(MetalEvent.MARKET_FLOOD, ObjectId(), Metal.GOLD)
        now.advance(seconds=5)
        cost = (await exchange.metal_quote(Metal.GOLD, 1_000)).buy
        assert cost > sold.dollars


async def test_a_gold_rush_is_cut_to_the_largest_push(game: Game) -> None:
    with clock.frozen(NOON) as now:
        for seed in range(20):
            with dice.seeded(seed):
                (gold,) = await rate_moves.apply_event(MetalEvent.GOLD_RUSH, ObjectId())
            assert 1_500 <= gold.pressure <= 2_000
            now.advance(days=4)


async def test_a_flood_strikes_one_metal_or_both_by_chance(game: Game) -> None:
    struck = set()
    for seed in range(30):
        with dice.seeded(seed):
            moved = await rate_moves.apply_event(MetalEvent.MARKET_FLOOD, ObjectId())
        struck.add(tuple(view.metal.value for view in moved))
    assert struck == {("gold",), ("silver",), ("gold", "silver")}


async def test_staff_announce_an_event_and_the_log_says_so(game: Game) -> None:
    await hire(game)
    (moved,) = await rate_moves.announce_event(
        STAFF, MetalEvent.HIGH_DEMAND, reason=REASON, metal=Metal.SILVER, key="k"
    )
    assert moved.metal is Metal.SILVER
    assert await rate_moves.announce_event(
        STAFF, MetalEvent.HIGH_DEMAND, reason=REASON, metal=Metal.SILVER, key="k"
    ) == [moved]
    (act,) = await game.database["auditlogs"].find({"action": "RATES_MOVED"}).to_list(5)
    assert act["userId"] == STAFF
    assert act["details"]["pressure"] == {"silver": moved.pressure}
    assert moved.pressure >= 500
    with pytest.raises(InvalidInput):
        await rate_moves.announce_event(
            STAFF, MetalEvent.GOLD_RUSH, reason=REASON, metal=Metal.SILVER
        )
    with pytest.raises(InvalidInput):
        await rate_moves.announce_event(STAFF, "rain", reason=REASON)  # type: ignore[arg-type]


async def test_staff_who_own_metal_and_move_its_rate_are_flagged(game: Game) -> None:
    ann = await add_settler(game, gold=7)
    await rate_moves.announce_event(STAFF, MetalEvent.GOLD_RUSH, reason=REASON)
    assert (await list_flags()).items == []
    await change(game, ann, userId=STAFF)
    await rate_moves.announce_event(STAFF, MetalEvent.GOLD_RUSH, reason=REASON)
    (flag,) = (await list_flags()).items
    assert flag.pattern == "self dealing"
    assert "owns 7 gold" in flag.detail


async def test_no_chain_of_trades_at_moving_rates_makes_coins(game: Game) -> None:
    with clock.frozen(NOON) as now, dice.seeded(1866):
        people = [await add_settler(game, dollars=5_000, silver=200) for _ in range(4)]
        for turn in range(24):
            now.advance(minutes=20)
            trader = people[turn % 4]
            trade = buy_metal if dice.roll(2) == 1 else sell_metal
            with contextlib.suppress(InsufficientFunds):
                await trade(trader, dice.choice(list(Metal)), dice.between(1, 30))
            if turn % 6 == 0:
                await rate_moves.step(NOON + timedelta(hours=4 * turn))
        for person in people:
            assert (await economy.balance(person)).dollars >= 0
    await assert_sound()
