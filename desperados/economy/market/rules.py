"""The numbers of the market: what a lot, a part of it, a bid, a tax and a fee come to. Pure.

All amounts are whole dollars. A price is for the whole lot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from statistics import quantiles

from desperados.ledger.money.rules import at_cost

LOWEST_PRICE, HIGHEST_PRICE = 2, 1_000_000_000
MOST_ACTIVE = 20
CREATES_AN_HOUR = 20
BIDS_AN_HOUR = 50
SHORTEST, LONGEST, USUAL = 1, 168, 48  # hours
FEATURED_FEE = 100
FEE_PERCENT, LOWEST_FEE, HIGHEST_FEE = 1, 1, 1_000
TAX_PERCENT, LOWEST_TAX = 5, 1
RAISE_PERCENT, LOWEST_RAISE = 5, 1
SNIPE_WINDOW = timedelta(minutes=5)
LONGEST_EXTENSION = timedelta(hours=1)
BIDS_KEPT = 50
SHORTEST_TEXT, LONGEST_TEXT = 2, 100
MOST_WORDS, SHORTEST_TERM, LONGEST_TERM = 6, 2, 12


class Category(StrEnum):
    """The categories of the market."""

    WEAPONS = "weapons"
    ARMOR = "armor"
    HORSES = "horses"
    CRAFTING = "crafting"
    CONSUMABLES = "consumables"
    RECIPES = "recipes"
    COSMETICS = "cosmetics"
    GOODS = "goods"


SUBCATEGORIES: Mapping[Category, tuple[str, ...]] = {
    Category.WEAPONS: ("revolvers", "rifles", "shotguns", "melee"),
    Category.ARMOR: ("hats", "dusters", "boots", "accessories"),
    Category.HORSES: ("common", "rare", "legendary"),
    Category.CRAFTING: ("ore", "leather", "cloth", "components"),
    Category.CONSUMABLES: ("food", "medicine", "ammunition"),
    Category.RECIPES: (),
    Category.COSMETICS: ("skins", "effects"),
    Category.GOODS: ("tools", "furniture", "curios"),
}

CATEGORY_OF_TYPE: Mapping[str, Category] = {
    "weapon": Category.WEAPONS,
    "armor": Category.ARMOR,
    "accessory": Category.ARMOR,
    "mount": Category.HORSES,
    "material": Category.CRAFTING,
    "consumable": Category.CONSUMABLES,
}


class ListingType(StrEnum):
    """What a search shows: what can be bought at a price, what can be bid for, or both."""

    FIXED = "fixed"
    AUCTION = "auction"
    BOTH = "both"


class Confidence(StrEnum):
    """How much a suggested price is worth."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NONE = "none"


def category_of(item_type: str) -> Category:
    """The category of an item whose seller named none."""
    return CATEGORY_OF_TYPE.get(item_type, Category.GOODS)


def listing_fee(price: int, buyout: int | None = None) -> int:
    """What it costs to ask ``price``, or ``buyout`` for an auction: 1% of the higher of the two, 1
    to 1,000."""
    highest = max(price, buyout or 0)
    return min(HIGHEST_FEE, max(LOWEST_FEE, at_cost(highest, FEE_PERCENT, 100)))


def tax(turnover: int) -> int:
    """The tax on what a listing brought: 5% rounded down, at least 1; nothing on nothing."""
    return max(LOWEST_TAX, turnover * TAX_PERCENT // 100) if turnover else 0


def tax_on_part(turnover_before: int, part: int) -> int:
    """The tax on one part of a lot, such that all parts together pay what the whole would.

    Splitting a sale into parts so small that 5% rounds to nothing saves nothing.
    """
    return tax(turnover_before + part) - tax(turnover_before)


def price_of_part(price: int, quantity: int, wanted: int) -> int:
    """What ``wanted`` pieces of a lot of ``quantity`` at ``price`` cost.

    The price of a piece is the exact fraction price / quantity; the sum is rounded up, once. So
    the whole lot costs its price, no part is free, and buying in parts is never cheaper.
    """
    return at_cost(price, wanted, quantity)


def minimum_bid(price: int, current_bid: int) -> int:
    """The lowest bid that is accepted: the price, then 5% (rounded up) and at least 1 more."""
    if not current_bid:
        return price
    return current_bid + max(LOWEST_RAISE, at_cost(current_bid, RAISE_PERCENT, 100))


def end_after_bid(expires_at: datetime, first_end: datetime, now: datetime) -> datetime:
    """The end of an auction after a bid at ``now``, which was to end at ``first_end``.

    A bid in the last five minutes leaves five minutes to answer, up to an hour after the first
    end. It is time that is used up, not a number of bids: friends who bid a dozen times within a
    second put the end off by that second.
    """
    return max(expires_at, min(now + SNIPE_WINDOW, first_end + LONGEST_EXTENSION))


def search_terms(text: str) -> list[str]:
    """The beginnings of the words of a name, under which it is found."""
    terms = {
        word[:length]
        for word in _words(text)[:MOST_WORDS]
        for length in range(min(SHORTEST_TERM, len(word)), min(LONGEST_TERM, len(word)) + 1)
    }
    return sorted(terms)


def query_terms(text: str) -> list[str]:
    """The terms that a name must all have to be found by ``text``, longest first."""
    words = {word[:LONGEST_TERM] for word in _words(text)[:MOST_WORDS]}
    return sorted(words, key=lambda word: (-len(word), word))


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in text.replace("'", "").casefold()).split()


@dataclass(frozen=True, slots=True)
class Sale:
    """One sale of an item on the market."""

    seller: str
    buyer: str
    at: datetime
    quantity: int
    price: int

    @property
    def unit_price(self) -> Fraction:
        """The price of a piece."""
        return Fraction(self.price, self.quantity)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A price for one piece, and how sure it is; ``sales`` is how many sales it stands on."""

    unit_price: int
    low: int
    high: int
    confidence: Confidence
    sales: int


def without_repeats(sales: Iterable[Sale]) -> list[Sale]:
    """The sales, of those between the same two characters on one day only the first.

    Who sells to whom does not matter: two who pass a thing to and fro are a pair either way.
    """
    seen = set()
    kept = []
    for sale in sorted(sales, key=lambda sale: sale.at):
        pair = (frozenset((sale.seller, sale.buyer)), sale.at.date())
        if pair not in seen:
            seen.add(pair)
            kept.append(sale)
    return kept


def without_outliers(values: Sequence[Fraction]) -> list[Fraction]:
    """The values within 1.5 interquartile ranges of the middle half; fewer than 4 have no outlier.

    J. W. Tukey, Exploratory Data Analysis (1977), p. 44: the inner fences.
    """
    if len(values) < 4:
        return list(values)
    first, _, third = quantiles(values, n=4, method="inclusive")
    margin = Fraction(3, 2) * (third - first)
    return [value for value in values if first - margin <= value <= third + margin]


def suggest(sales: Iterable[Sale], base_value: int, now: datetime) -> Suggestion:
    """What to ask for a piece, after the sales of the last 30 days.

    The mean of the unit prices without repeats of one pair and without outliers. Without any sale
    it is the base value, of which 50% to 200% is a fair range.
    """
    recent = [s for s in without_repeats(sales) if now - s.at <= timedelta(days=30)]
    prices = without_outliers([sale.unit_price for sale in recent])
    if not prices:
        base = max(1, base_value)
        return Suggestion(base, max(1, base // 2), base * 2, Confidence.NONE, 0)
    mean = sum(prices, Fraction()) / len(prices)
    week = sum(1 for sale in recent if now - sale.at <= timedelta(days=7))
    confidence = Confidence.LOW
    if week >= 10:
        confidence = Confidence.HIGH
    elif week >= 5:
        confidence = Confidence.MEDIUM
    return Suggestion(
        max(1, round(mean)),
        max(1, int(min(prices))),
        max(1, -int(-max(prices) // 1)),
        confidence,
        len(prices),
    )


def median(values: Sequence[Fraction]) -> Fraction:
    """The value in the middle, or the mean of the two there; 0 of none."""
    ordered = sorted(values)
    if not ordered:
        return Fraction()
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2
