"""Properties of the market's numbers."""

import statistics
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desperados.economy.market import rules

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
prices = st.integers(2, rules.HIGHEST_PRICE)
quantities = st.integers(1, 9_999)


@given(prices, quantities, st.data())
def test_a_part_of_a_lot_costs_something_and_the_whole_lot_its_price(
    price: int, quantity: int, data: st.DataObject
) -> None:
    wanted = data.draw(st.integers(1, quantity))
    cost = rules.price_of_part(price, quantity, wanted)
    assert 1 <= cost <= price
    assert cost - 1 < Fraction(price * wanted, quantity) <= cost
    assert rules.price_of_part(price, quantity, quantity) == price


@given(prices, quantities, st.data())
def test_buying_in_parts_is_never_cheaper(price: int, quantity: int, data: st.DataObject) -> None:
    one = data.draw(st.integers(0, quantity))
    parts = [part for part in (one, quantity - one) if part]
    assert sum(rules.price_of_part(price, quantity, part) for part in parts) >= price


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=30))
def test_a_sale_in_parts_pays_the_tax_of_the_whole(parts: list[int]) -> None:
    before, paid = 0, 0
    for part in parts:
        tax = rules.tax_on_part(before, part)
        assert 0 <= tax <= part
        before, paid = before + part, paid + tax
    assert paid == rules.tax(sum(parts)) == max(1, sum(parts) * 5 // 100)


@given(prices)
def test_no_sale_is_too_small_to_be_taxed(price: int) -> None:
    assert 1 <= rules.tax(price) < price


def test_the_tax_of_a_19_dollar_lot_is_one_dollar() -> None:
    assert rules.tax(19) == 1
    assert rules.tax(0) == 0


@given(prices, st.integers(0, 2**31))
def test_each_bid_must_be_higher_than_the_last(price: int, current: int) -> None:
    least = rules.minimum_bid(price, current)
    assert least > current
    assert least >= price or current
    assert not current or least - current >= Fraction(current, 20)


@pytest.mark.parametrize(
    ("price", "current", "least"), [(1, 0, 1), (1, 1, 2), (1, 2, 3), (5, 21, 23)]
)
def test_small_auctions_rise_by_a_dollar_and_others_by_five_percent(
    price: int, current: int, least: int
) -> None:
    assert rules.minimum_bid(price, current) == least


@pytest.mark.parametrize(
    ("price", "fee"), [(2, 1), (100, 1), (101, 2), (100_000, 1_000), (10**9, 1_000)]
)
def test_the_fee_is_one_percent_from_1_to_1000(price: int, fee: int) -> None:
    assert rules.listing_fee(price) == rules.listing_fee(2, buyout=price) == fee


@given(st.integers(0, 600), st.integers(0, 3600))
def test_a_bid_never_shortens_an_auction_and_leaves_five_minutes_within_the_hour(
    left: int, late: int
) -> None:
    first_end = NOW - timedelta(seconds=late)
    ends = NOW + timedelta(seconds=left)
    after = rules.end_after_bid(ends, first_end, NOW)
    latest = first_end + timedelta(hours=1)
    assert after >= ends
    assert after - NOW >= timedelta(minutes=5) or after >= latest


@given(st.lists(st.integers(0, 400), min_size=1, max_size=60))
def test_however_many_bid_an_auction_ends_within_an_hour_of_its_end(pauses: list[int]) -> None:
    first_end = ends = NOW + timedelta(minutes=1)
    now = NOW
    for seconds in pauses:
        now += timedelta(seconds=seconds)
        if now >= ends:
            break
        ends = rules.end_after_bid(ends, first_end, now)
    assert ends <= first_end + timedelta(hours=1)


def test_a_dozen_bids_in_a_second_use_up_a_second_of_the_hour() -> None:
    first_end = ends = NOW + timedelta(seconds=30)
    for bid in range(12):
        ends = rules.end_after_bid(ends, first_end, NOW + timedelta(milliseconds=80 * bid))
    answered = ends - timedelta(seconds=1)
    assert ends <= NOW + timedelta(minutes=5, seconds=1)
    assert rules.end_after_bid(ends, first_end, answered) == answered + timedelta(minutes=5)


def sale(price: int, seller: str, buyer: str, days: float = 1, quantity: int = 1) -> rules.Sale:
    return rules.Sale(seller, buyer, NOW - timedelta(days=days), quantity, price)


def honest(count: int, price: int = 100) -> list[rules.Sale]:
    return [sale(price + n % 3, f"s{n}", f"b{n}", days=1 + n * 0.1) for n in range(count)]


def test_a_wash_sale_at_a_billion_does_not_move_the_suggestion() -> None:
    before = rules.suggest(honest(12), 100, NOW)
    after = rules.suggest([*honest(12), sale(10**9, "crook", "friend")], 100, NOW)
    assert before.unit_price == after.unit_price == 101
    assert after.confidence is rules.Confidence.HIGH


def test_two_who_sell_to_and_fro_count_once_a_day() -> None:
    wash = [sale(5_000, "a", "b", days=2 + n * 0.001) for n in range(20)]
    wash += [sale(5_000, "b", "a", days=2 + n * 0.001) for n in range(20)]
    assert len(rules.without_repeats(wash)) == 1
    assert rules.suggest([*honest(12), *wash], 100, NOW).unit_price == 101


@pytest.mark.parametrize(
    ("sales", "confidence"), [(0, "none"), (1, "low"), (5, "medium"), (10, "high")]
)
def test_confidence_grows_with_the_sales_of_the_week(sales: int, confidence: str) -> None:
    assert rules.suggest(honest(sales), 100, NOW).confidence.value == confidence


def test_without_sales_the_base_value_is_suggested() -> None:
    found = rules.suggest([sale(7, "a", "b", days=31)], 80, NOW)
    assert (found.unit_price, found.low, found.high) == (80, 40, 160)


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=40), st.integers(1, 10**9))
def test_a_suggestion_lies_between_the_base_value_and_the_prices_that_were_paid(
    paid: list[int], base: int
) -> None:
    sales = [sale(price, f"s{n}", f"b{n}") for n, price in enumerate(paid)]
    found = rules.suggest(sales, base, NOW)
    assert min(*paid, base) <= found.low <= found.unit_price <= found.high <= max(*paid, base)


def test_six_wash_sales_among_three_friends_do_not_make_a_price() -> None:
    ring = [("a", "b"), ("b", "c"), ("c", "a")]
    wash = [sale(900, *pair, days=day) for day in (1, 2) for pair in ring]
    assert rules.suggest(wash, 2, NOW).unit_price == 3
    settled = [sale(2, f"s{n}", f"b{n}", days=3) for n in range(3)]
    assert rules.suggest([*settled, *wash], 2, NOW).unit_price == 2


def test_a_ring_that_trades_every_day_is_worth_half_as_many_sales_as_it_has_members() -> None:
    names = "abcdef"
    ring = [
        sale(900, one, other, days=day)
        for day in range(1, 30)
        for one in names
        for other in names
        if one < other
    ]
    found = rules.suggest(ring, 2, NOW)
    assert found.sales == 3
    assert found.unit_price <= 2 * 1.5**3 + 1
    assert found.confidence is rules.Confidence.LOW
    assert rules.suggest([*honest(5, price=10), *ring], 10, NOW).unit_price <= 12


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(1, 29)).filter(
            lambda trade: trade[0] != trade[1]
        ),
        min_size=1,
        max_size=60,
    )
)
def test_nobody_has_more_than_one_voice(trades: list[tuple[int, int, int]]) -> None:
    sales = rules.without_repeats(
        [sale(100, str(one), str(other), days=day) for one, other, day in trades]
    )
    people = {party for one in sales for party in (one.seller, one.buyer)}
    weight = rules.weight_of(rules.weighed(sales))
    assert 1 <= weight <= Fraction(len(people), 2)


@given(st.lists(st.integers(1, 1_000), min_size=1, max_size=20))
def test_of_equal_voices_the_median_is_the_one_in_the_middle(paid: list[int]) -> None:
    values = rules.weighed([sale(price, f"s{n}", f"b{n}") for n, price in enumerate(paid)])
    assert rules.quantile(values, Fraction(1, 2)) == statistics.median(map(Fraction, paid))


def test_a_price_far_from_the_base_value_is_reached_by_many_who_pay_it() -> None:
    found = [rules.suggest(honest(count, price=1_000), 10, NOW) for count in (1, 2, 6, 12)]
    assert [one.unit_price for one in found] == [15, 22, 114, 1_001]


@given(st.text(max_size=60))
def test_a_name_is_found_by_the_beginnings_of_all_its_words(name: str) -> None:
    terms = set(rules.search_terms(name))
    assert len(terms) <= rules.MOST_WORDS * rules.LONGEST_TERM
    assert set(rules.query_terms(name)) <= terms


def test_patterns_and_operators_in_a_search_are_only_text() -> None:
    for text in (".*", "$ne", "(a+)+$", '{"$gt": ""}'):
        assert all(term.isalnum() for term in rules.query_terms(text))
    assert rules.query_terms("Navy conv") == ["conv", "navy"]
