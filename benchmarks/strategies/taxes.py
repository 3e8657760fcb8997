"""Against the wealth tax: money that is elsewhere in its hour.

A day is played for two players who have the same. One does nothing. The other puts his money away
before the tax is taken, and takes it back afterwards. What counts is what he has more in the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from bson import ObjectId

from desperados.economy import taxes
from desperados.economy.bank.documents import ExchangedResource as Metal
from desperados.economy.wealth import Wealth, owner_of
from desperados.ledger.money.accounts import AccountKind
from desperados.ledger.money.documents import Currency, HoldOwner, HoldPurpose
from strategies.exchange import Exchange, lots
from strategies.play import Strategy

WHO = ObjectId()
# Where a player can put money by himself, for as long as he likes: the open holds and the vault.
PLACES: Mapping[str, tuple[AccountKind, dict[str, Any]]] = {
    "vault": (AccountKind.VAULT, {"characterId": WHO}),
    "bids": (AccountKind.ESCROW, {"purpose": HoldPurpose.BID}),
    "investments": (AccountKind.ESCROW, {"purpose": HoldPurpose.INVESTMENT}),
    "trades": (AccountKind.ESCROW, {"purpose": HoldPurpose.TRADE}),
    "waiting rewards": (AccountKind.PENDING, {"characterId": WHO}),
}


def tax_on(wealth: Wealth) -> int:
    """What an account pays of which one character has everything."""
    return taxes.share_of_tax(wealth.total, wealth.total)


def parked(place: str) -> Strategy:
    """Any part of any fortune, in one of the ``PLACES`` for the hour of the tax."""

    def play(chance: Random) -> float:
        fortune = int(10 ** chance.uniform(5, 8.3))
        away = chance.randint(1, fortune)
        honest, dodging = Wealth(), Wealth()
        honest.add(AccountKind.WALLET, {Currency.DOLLARS: fortune})
        dodging.add(AccountKind.WALLET, {Currency.DOLLARS: fortune - away})
        kind, fields = PLACES[place]
        account = {"ownerId": WHO, "ownerKind": HoldOwner.CHARACTER.value, **fields}
        if owner_of(kind, account) == WHO:
            dodging.add(kind, {Currency.DOLLARS: away})
        return tax_on(honest) - tax_on(dodging)

    return Strategy(f"money in {place} while the tax is taken", play)


def in_metal(metal: Metal, days: int) -> Strategy:
    """Dollars are metal for so many days. The rate may win as much as it loses."""

    def play(chance: Random) -> float:
        exchange = Exchange(chance)
        honest = dodging = 2_000_000
        orders = [order // 10 for order in lots(metal, 1_000_000) for _ in range(10)]
        for units in orders:
            dodging += exchange.buy(metal, units)
            exchange.wait(hours=3)
        for _ in range(days):
            honest -= taxes.share_of_tax(honest, honest)
            wealth = Wealth()
            wealth.add(
                AccountKind.WALLET,
                {Currency.DOLLARS: dodging, Currency(metal.value): sum(orders)},
            )
            dodging -= tax_on(wealth)
            for _ in range(24):
                exchange.hour()
        for units in orders:
            dodging += exchange.sell(metal, units)
            exchange.wait(hours=3)
        return dodging - honest

    return Strategy(f"a million in {metal.value} for {days} days", play)


def spread(characters: int) -> Strategy:
    """Over several characters of an account: each pays its share."""

    def play(chance: Random) -> float:
        fortune = int(10 ** chance.uniform(5, 8.3))
        cuts = sorted(chance.randint(0, fortune) for _ in range(characters - 1))
        parts = [high - low for low, high in zip([0, *cuts], [*cuts, fortune], strict=True)]
        moved = sum(taxes.transfer_tax(part, 0) for part in parts[1:])
        saved = taxes.wealth_tax(fortune) - sum(taxes.share_of_tax(p, fortune) for p in parts)
        return saved - moved

    return Strategy(f"a fortune over {characters} characters", play)


def behind_the_sweep() -> Strategy:
    """From who is not taxed yet to who was taxed a moment ago, both of one account."""

    def play(chance: Random) -> float:
        first, second = (int(10 ** chance.uniform(5, 8)) for _ in range(2))
        honest = sum(taxes.share_of_tax(one, first + second) for one in (first, second))
        moved = min(second, 1_000_000)
        cost = taxes.transfer_tax(moved, 0)
        paid = taxes.share_of_tax(first, first + second)
        paid += taxes.share_of_tax(second - moved - cost, first + second - cost)
        return honest - paid - cost

    return Strategy("money moved behind the sweep of the tax", play)


def to_a_friend_and_back() -> Strategy:
    """To the account of somebody poor for the hour, and back."""

    def play(chance: Random) -> float:
        fortune = int(10 ** chance.uniform(5.1, 8))
        lent = min(fortune // 2, taxes.WEALTH_TAX_FROM)
        there = taxes.transfer_tax(lent, 0)
        back = lent - taxes.transfer_tax(lent, 0)
        saved = taxes.wealth_tax(fortune) - taxes.wealth_tax(fortune - lent - there)
        return saved - there - (lent - back)

    return Strategy("money with a friend while the tax is taken", play)


STRATEGIES = (
    *(parked(place) for place in PLACES),
    *(in_metal(metal, days) for metal in Metal for days in (1, 30)),
    spread(2),
    spread(5),
    behind_the_sweep(),
    to_a_friend_and_back(),
)
