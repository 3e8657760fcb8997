"""Against the market: its fees, its taxes, and what it suggests as a price."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from random import Random

from desperados.economy.market import rules
from desperados.economy.market.rules import Sale
from strategies.play import Strategy

NOON = datetime(2031, 5, 5, 12, tzinfo=UTC)
FRIENDS = ("ann", "bob", "cole")


def paid_for(asks: list[tuple[int, int | None]]) -> int:
    """The fees of a listing whose price, and price to buy at once, are changed like this."""
    paid = 0
    for price, buyout in asks:
        paid += max(0, rules.listing_fee(price, buyout) - paid)
    return paid


def shuttle(price: int) -> Strategy:
    """List for two dollars, and ask the real price afterwards, up and down as it comes."""

    def play(chance: Random) -> float:
        asks = [chance.randint(rules.LOWEST_PRICE, price) for _ in range(chance.randint(0, 5))]
        path: list[tuple[int, int | None]] = [(ask, None) for ask in (2, *asks, price)]
        return paid_for([(price, None)]) - paid_for(path)

    return Strategy(f"a listing of {price:,} that begins at 2", play)


def hide_behind_a_bid(price: int) -> Strategy:
    """An auction from two dollars up, to be bought at once for the real price."""

    def play(_chance: Random) -> float:
        return paid_for([(price, None)]) - paid_for([(2, price)])

    return Strategy(f"an auction from 2 that can be bought for {price:,}", play)


def relist(price: int) -> Strategy:
    """Take it back and list it again for less each time, instead of lowering the price."""

    def play(chance: Random) -> float:
        asks = [price, *sorted((chance.randint(2, price) for _ in range(3)), reverse=True)]
        return paid_for([(ask, None) for ask in asks]) - sum(map(rules.listing_fee, asks))

    return Strategy(f"a listing of {price:,} taken back and made anew", play)


def sell_in_parts(price: int, quantity: int) -> Strategy:
    """A friend buys a lot piece by piece, so that five percent of each come to nothing."""

    def play(chance: Random) -> float:
        left, asked, turnover, taxed = quantity, price, 0, 0
        while left:
            part = chance.randint(1, min(left, 3))
            paid = rules.price_of_part(asked, left, part)
            taxed += rules.tax_on_part(turnover, paid)
            turnover, asked, left = turnover + paid, asked - paid, left - part
        # The buyer and the seller are one purse: what is left of it is what the tax left.
        return rules.tax(price) - taxed

    return Strategy(f"a lot of {quantity} for {price:,}, bought in parts", play)


def wash(worth: int, price: int, honest: int) -> Strategy:
    """Three friends sell a thing to each other, and then one to somebody who believes what the
    market suggests; ``honest`` sales of others are there too."""

    def play(chance: Random) -> float:
        sales = [
            Sale(f"seller {n}", f"buyer {n}", NOON - timedelta(days=chance.randint(0, 20)), 1, paid)
            for n in range(honest)
            for paid in [max(1, round(worth * chance.uniform(0.8, 1.2)))]
        ]
        cost = 0
        for day, (seller, buyer) in enumerate([*itertools.permutations(FRIENDS, 2)]):
            sales.append(Sale(seller, buyer, NOON - timedelta(days=day), 1, price))
            cost += rules.tax(price) + rules.listing_fee(price)
        believed = rules.suggest(sales, worth, NOON).unit_price
        return _net(believed) - _net(worth) - cost

    return Strategy(f"six wash sales at {price} of a thing worth {worth} beside {honest}", play)


def _net(price: int) -> int:
    return price - rules.tax(price) - rules.listing_fee(price)


STRATEGIES = (
    shuttle(50_000),
    shuttle(500),
    hide_behind_a_bid(50_000),
    relist(50_000),
    sell_in_parts(1_900, 100),
    sell_in_parts(100, 100),
    wash(2, 900, 0),
    wash(2, 3, 0),
    wash(100, 900, 8),
    wash(100, 130, 8),
    wash(5_000, 9_000, 8),
)
