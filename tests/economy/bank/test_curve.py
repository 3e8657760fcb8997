"""What an order at the exchange costs: by example, by brute force, and against all who split it."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from desperados.economy.bank import curve
from desperados.economy.bank.documents import ExchangedResource as Metal
from desperados.economy.bank.rates import MOST_UNITS, RULES

DOLLARS = 100  # cents

units = st.integers(1, MOST_UNITS)
rates = st.sampled_from(list(Metal)).flatmap(
    lambda metal: st.integers(RULES[metal].lowest, RULES[metal].highest)
)
pressures = st.integers(-curve.MOST, curve.MOST)
orders = st.lists(st.integers(1, MOST_UNITS), min_size=1, max_size=8)


def test_prices_by_example() -> None:
    assert curve.buy_cost(1, 10_000, 0) == 105
    assert curve.sell_proceeds(1, 10_000, 0) == 95
    assert curve.buy_cost(1, 1_000, 0) == 11  # 10.5: up
    assert curve.sell_proceeds(1, 1_000, 0) == 9  # 9.5: down
    assert curve.buy_cost(100, 10_000, 0) == 10_500
    assert curve.buy_fee(100, 10_000, 0) == curve.sell_fee(100, 10_000, 0) == 500


def test_the_price_moves_a_tenth_of_a_percent_with_each_ten_thousand_dollars() -> None:
    # 100 gold are 10,000 dollars: a lot. Each lot costs ten dollars more than the one before.
    assert curve.buy_cost(300, 10_000, 0) == 31_532  # 1.05 x (10,000 + 10,010 + 10,020): up
    assert curve.sell_proceeds(200, 10_000, 0) == 18_990  # 0.95 x (10,000 + 9,990): down
    # A million dollars: the last lot costs 9.9% more than the first, all of it 4.95% more.
    assert curve.buy_cost(10_000, 10_000, 0) * 100 == 1_049_500 * 105
    assert curve.sell_proceeds(10_000, 10_000, 0) == 950_500 * 95 // 100


def test_a_dollar_of_silver_moves_silver_as_a_dollar_of_gold_moves_gold() -> None:
    for value in (10_000, 123_000, 1_000_000):
        gold, silver = value // 100, value // 10
        assert curve.buy_cost(gold, 10_000, 0) == curve.buy_cost(silver, 1_000, 0)
        assert curve.sell_proceeds(gold, 10_000, 0) == curve.sell_proceeds(silver, 1_000, 0)


def test_pressure_gives_back_what_the_spread_takes_and_no_more() -> None:
    """Somebody who comes after a crowd, or in an event that he knew of."""
    crowd_sold, crowd_bought = -curve.MOST, curve.MOST
    assert curve.buy_cost(100, 10_000, crowd_sold) == 9_975
    assert curve.sell_proceeds(100, 10_000, crowd_bought) == 9_975
    assert curve.buy_cost(100, 10_000, crowd_bought) == 13_650
    assert curve.sell_proceeds(100, 10_000, crowd_sold) == 6_650


@given(units, rates, pressures)
def test_a_cost_is_the_sum_of_its_cents_each_at_the_price_of_its_moment(
    amount: int, rate: int, pressure: int
) -> None:
    """By brute force, lot by lot."""

    def summed(lowest: int, highest: int, direction: int) -> int:
        total, at, left = 0, pressure, amount * rate
        while left:
            part = min(left, curve.LOT - direction * at % curve.LOT)
            middle = abs(2 * at + direction * part) // (2 * curve.LOT) * curve.LOT
            level = middle if 2 * at + direction * part > 0 else -middle
            total += part * (curve.DEPTH + max(lowest, min(highest, level)))
            at, left = at + direction * part, left - part
        return total

    whole = 100 * DOLLARS * curve.DEPTH
    bought = summed(-curve.GIVES_BACK, curve.MOST, 1) * 105
    assert (curve.buy_cost(amount, rate, pressure) - 1) * whole < bought
    assert bought <= curve.buy_cost(amount, rate, pressure) * whole
    sold = summed(-curve.MOST, curve.GIVES_BACK, -1) * 95
    assert curve.sell_proceeds(amount, rate, pressure) * whole <= sold
    assert sold < (curve.sell_proceeds(amount, rate, pressure) + 1) * whole


@given(orders, rates, pressures)
def test_an_order_in_parts_never_beats_one_order(
    parts: list[int], rate: int, pressure: int
) -> None:
    """Of one player or of many characters: they all push the same price."""
    cost = proceeds = 0
    up = down = pressure
    for part in parts:
        cost += curve.buy_cost(part, rate, up)
        up = curve.pushed(up, part * rate)
        proceeds += curve.sell_proceeds(part, rate, down)
        down = curve.pushed(down, -part * rate)
    assert cost >= curve.buy_cost(sum(parts), rate, pressure)
    assert proceeds <= curve.sell_proceeds(sum(parts), rate, pressure)


@given(units, rates, pressures, pressures)
def test_at_one_rate_nothing_is_ever_sold_for_what_it_was_bought_for(
    amount: int, rate: int, bought_at: int, sold_at: int
) -> None:
    """Whoever pushed the price meanwhile, and however far: pump, revert and pull cannot pay."""
    cost = curve.buy_cost(amount, rate, bought_at)
    proceeds = curve.sell_proceeds(amount, rate, sold_at)
    assert 1 <= proceeds <= cost
    assert proceeds * 10_000 <= amount * rate * 9_975 / DOLLARS <= cost * 10_000


@given(st.lists(st.integers(-3_000, 3_000).filter(bool), min_size=1, max_size=12), rates, pressures)
def test_a_round_trip_loses_whatever_its_path(path: list[int], rate: int, pressure: int) -> None:
    """Buying and selling in any order, and in the end as much of one as of the other."""
    dollars, held = 0, 0
    for step in [*path, -sum(path)]:
        if step > 0:
            dollars -= curve.buy_cost(step, rate, pressure)
        elif step < 0:
            dollars += curve.sell_proceeds(-step, rate, pressure)
        pressure = curve.pushed(pressure, step * rate)
        held += step
    assert held == 0
    assert dollars < 0


@given(units, rates, pressures)
def test_the_fee_is_what_the_spread_takes(amount: int, rate: int, pressure: int) -> None:
    cost, fee = curve.buy_cost(amount, rate, pressure), curve.buy_fee(amount, rate, pressure)
    assert abs(fee - cost * 5 / 105) < 2  # both are rounded against who pays
    proceeds = curve.sell_proceeds(amount, rate, pressure)
    assert abs(curve.sell_fee(amount, rate, pressure) - proceeds * 5 / 95) < 2.1


@given(pressures, st.lists(st.integers(0, 10**9), max_size=6))
def test_pressure_fades_alike_in_any_parts_and_never_past_zero(
    pressure: int, parts: list[int]
) -> None:
    left = pressure
    for part in parts:
        after = curve.faded(left, timedelta(milliseconds=part))
        assert abs(after) <= abs(left)
        assert after * left >= 0
        left = after
    assert left == curve.faded(pressure, timedelta(milliseconds=sum(parts)))
    assert curve.faded(pressure, timedelta(seconds=-5)) == pressure


def test_a_push_is_gone_after_days_and_fades_by_a_third_of_a_percent_an_hour() -> None:
    hour = timedelta(hours=1)
    assert curve.value_of(100) == 100_000 * DOLLARS
    assert curve.hundredths_of(curve.faded(curve.value_of(100), hour)) == 64
    assert curve.hundredths_of(curve.faded(-curve.value_of(100), hour)) == -64
    assert curve.faded(curve.MOST, 83 * hour) > 0
    assert curve.faded(curve.MOST, 84 * hour) == 0
    assert curve.pushed(curve.MOST, 1) == curve.MOST
    assert curve.pushed(-curve.MOST, -1) == -curve.MOST
