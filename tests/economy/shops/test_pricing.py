"""Properties of NPC prices: nobody earns by carrying goods from one shop to the next."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desperados.economy.market.turns import BY_CODE, KINDS, may_start, scaled
from desperados.economy.shops import pricing
from desperados.economy.shops.documents import MerchantDiscount, MerchantStop
from desperados.economy.shops.shelves import after_delivery
from desperados.world import places
from desperados.world.clock import HOUR, HOURS_OF_WEEK, Season, game_time, moment_of

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)  # a Monday
wild = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.integers(-(10**9), 10**9),
    st.none(),
    st.text(max_size=3),
    st.booleans(),
)
markets = st.builds(
    pricing.Market,
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.dictionaries(
        st.sampled_from(["standing", "mood", "season", "events", "territory"]), wild, max_size=5
    ),
)
values = st.integers(1, 2_500_000)


@given(values, st.integers(90, 200), st.integers(25, 60), markets, markets)
def test_buying_here_and_selling_there_never_earns_anything(
    value: int, markup: int, buy_back: int, here: pricing.Market, there: pricing.Market
) -> None:
    asked = pricing.asking_price(value, markup, here)
    paid = pricing.paying_price(value, buy_back, there)
    assert paid < asked


@given(values, st.integers(90, 200), st.integers(0, 25), st.integers(-50, 100), markets)
def test_a_friend_of_a_merchant_does_not_earn_by_selling_to_a_shop(
    value: int, markup: int, discount: int, events: int, there: pricing.Market
) -> None:
    asked = pricing.merchant_price(value, markup, discount, events)
    assert pricing.paying_price(value, 60, there) < asked
    assert pricing.barter_value(value) < asked


@given(values, st.integers(90, 200), markets)
def test_an_asking_price_has_a_floor_and_a_ceiling(
    value: int, markup: int, market: pricing.Market
) -> None:
    price = pricing.asking_price(value, markup, market)
    assert Fraction(value * 70, 100) <= price <= max(1, value * 2)


@given(wild)
def test_a_factor_from_outside_is_between_one_half_and_two(value: object) -> None:
    assert Fraction(1, 2) <= pricing.outside_factor(value) <= 2


@pytest.mark.parametrize(
    ("value", "factor"),
    [(0, "1/2"), (-3, "1/2"), (1e6, "2"), (float("nan"), "1"), (float("inf"), "2"), (None, "1")],
)
def test_broken_factors_are_clamped(value: object, factor: str) -> None:
    assert pricing.outside_factor(value) == Fraction(factor)


@pytest.mark.parametrize(
    ("units", "supply", "demand"),
    [(0, "1.4", "0.8"), (1, "1.15", "0.9"), (3, "1.15", "0.9"), (4, "1.15", "1"), (6, "1", "1"),
     (20, "1", "1.2"), (21, "0.9", "1.2"), (41, "0.9", "1.5"), (51, "0.75", "1.5")],
)  # fmt: skip
def test_levels_of_supply_and_demand(units: int, supply: str, demand: str) -> None:
    assert pricing.supply_factor(units) == Fraction(supply)
    assert pricing.demand_factor(units) == Fraction(demand)


@given(st.lists(st.integers(1, 100), max_size=30))
def test_one_character_counts_for_fifty_units_however_it_splits_them(parts: list[int]) -> None:
    done = counted = 0
    for part in parts:
        counted += pricing.counted_units(part, done)
        done += part
    assert counted == min(done, pricing.INFLUENCE)


def test_who_pays_more_for_a_bad_standing_is_paid_less() -> None:
    hostile = pricing.Market(10, 10, {"standing": pricing.standing_factor(-100)})
    neutral = pricing.Market(10, 10, {"standing": pricing.standing_factor(0)})
    assert pricing.asking_price(1_000, 100, hostile) > pricing.asking_price(1_000, 100, neutral)
    assert pricing.paying_price(1_000, 50, hostile) < pricing.paying_price(1_000, 50, neutral)


def test_furs_are_cheap_out_of_season() -> None:
    assert pricing.season_factor(Season.SUMMER, ["furs"]) == Fraction(70, 100)
    assert pricing.season_factor(Season.SUMMER, ["weapons"]) == 1


@given(
    st.lists(st.dictionaries(st.sampled_from(["all", "luxury", "tools"]), st.integers(-100, 100)))
)
def test_events_together_change_a_price_by_half_to_double(events: list[dict[str, int]]) -> None:
    assert -50 <= pricing.event_percent(events, ["luxury", "tools"]) <= 100


def test_an_event_counts_once_by_its_strongest_word() -> None:
    effects = {"all": -10, "luxury": -20, "tools": 5}
    assert pricing.event_percent([effects], ["luxury", "tools"]) == -20
    assert pricing.event_percent([effects], ["furs"]) == -10


def test_severity_scales_the_effects_of_an_event() -> None:
    assert scaled({"mining": 40, "luxury": -25}, 1) == {"mining": 32, "luxury": -20}
    assert scaled({"mining": 40, "luxury": -25}, 3) == {"mining": 48, "luxury": -30}


def test_fourteen_kinds_of_events_and_those_that_never_meet() -> None:
    assert len(KINDS) == 14
    assert not may_start(BY_CODE["gold_rush"], {"mining_strike"})
    assert not may_start(BY_CODE["mining_strike"], {"gold_rush"})
    assert not may_start(BY_CODE["drought"], {"a", "b", "c"})
    assert may_start(BY_CODE["drought"], {"gold_rush", "cattle_boom"})


@pytest.mark.parametrize(
    ("trades", "spent", "trust"),
    [
        (0, 0, 0),
        (1, 0, 1),
        (5, 499, 1),
        (5, 500, 2),
        (60, 14_999, 4),
        (60, 15_000, 5),
        (2, 10**6, 1),
    ],
)
def test_trust_needs_both_trades_and_dollars(trades: int, spent: int, trust: int) -> None:
    assert pricing.trust_level(trades, spent) == trust


def test_the_best_discount_that_is_unlocked_applies() -> None:
    discounts = [MerchantDiscount(trust=2, percent=5), MerchantDiscount(trust=4, percent=10)]
    assert [pricing.discount_percent(discounts, trust) for trust in range(6)] == [
        0,
        0,
        5,
        5,
        10,
        10,
    ]


@given(st.integers(0, 167), st.integers(1, 167), st.integers(0, 167))
def test_a_stop_lasts_from_arrival_to_departure_also_over_the_weeks_end(
    start: int, length: int, hour: int
) -> None:
    end = (start + length) % 168
    stop = MerchantStop(
        location_id="x",
        from_day=start // 24 + 1,
        from_hour=start % 24,
        until_day=end // 24 + 1,
        until_hour=end % 24,
    )
    there = pricing.hours_since_arrival(stop, hour)
    assert (there is not None) == ((hour - start) % 168 < length)
    now = moment_of(1890, 3, 1) + hour * HOUR
    arrival = pricing.arrival_at(stop, now)
    assert game_time(arrival).hour_of_week == start
    assert HOUR <= arrival - now <= HOURS_OF_WEEK * HOUR


@pytest.mark.parametrize(
    ("hour", "opens", "closes", "is_open"),
    [(8, 8, 18, True), (18, 8, 18, False), (23, 20, 2, True), (2, 20, 2, False), (5, 0, 0, True)],
)
def test_hours_are_half_open_and_pass_midnight(
    hour: int, opens: int, closes: int, is_open: bool
) -> None:
    assert places.is_open(hour, opens, closes) is is_open


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 5000))
def test_a_late_delivery_fills_up_once_and_takes_nothing_away(
    quantity: int, full: int, hours: int
) -> None:
    due = NOW + timedelta(hours=24)
    there, following = after_delivery(
        quantity, full, due, timedelta(hours=24), NOW + timedelta(hours=hours)
    )
    assert there == (quantity if hours < 24 else max(quantity, full))
    assert following > NOW + timedelta(hours=hours)
    assert (following - due) % timedelta(hours=24) == timedelta()
