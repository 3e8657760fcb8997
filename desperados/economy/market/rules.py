"""The numbers of the market: what a lot, a part of it, a bid, a tax and a fee come to. Pure.

All amounts are whole dollars. A price is for the whole lot.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from desperados.ledger.money.rules import at_cost

LOWEST_PRICE, HIGHEST_PRICE = 2, 1_000_000_000
MOST_ACTIVE = 20
MOST_WAITING = 5  # lots that wait for room in a pack
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
LARGEST_STEP, MOST_STEPS = Fraction(3, 2), 60
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
    """One sale of an item on the market. ``seller`` and ``buyer`` are accounts."""

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
    """A price for one piece, and how sure it is. ``sales`` is how many independent sales it stands
    on: see ``weighed``."""

    unit_price: int
    low: int
    high: int
    confidence: Confidence
    sales: int


Weighed = Sequence[tuple[Fraction, Fraction]]  # values, each with its weight, in rising order


def without_repeats(sales: Iterable[Sale]) -> list[Sale]:
    """The sales, of those between the same two accounts on one day only the first.

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


def weighed(sales: Sequence[Sale]) -> Weighed:
    """The unit prices, each with the weight of its sale, such that nobody has more than one voice.

    A sale weighs 1 / n, where n is in how many of these sales the busier of its two took part. So
    all sales of one account together weigh at most 1, and those among k friends at most k / 2,
    however often they trade. The sum of the weights is the number of independent sales that these
    are worth (a fractional matching of the graph of who traded with whom).
    """
    parts = Counter(party for sale in sales for party in (sale.seller, sale.buyer))
    return sorted(
        (sale.unit_price, Fraction(1, max(parts[sale.seller], parts[sale.buyer]))) for sale in sales
    )


def weight_of(values: Weighed) -> Fraction:
    """How much these weigh together."""
    return sum((weight for _, weight in values), Fraction())


def quantile(values: Weighed, share: Fraction) -> Fraction:
    """The value below which ``share`` of the weight lies; between two values their mean; 0 of none.

    R. J. Hyndman and Y. Fan, "Sample quantiles in statistical packages", The American Statistician
    50 (1996): definition 2, with weights.
    """
    wanted, below = share * weight_of(values), Fraction()
    for number, (value, weight) in enumerate(values):
        below += weight
        if below > wanted or number == len(values) - 1:
            return value
        if below == wanted:
            return (value + values[number + 1][0]) / 2
    return Fraction()


def without_outliers(values: Weighed) -> Weighed:
    """The values within 1.5 interquartile ranges of the middle half; what weighs less than 4 has no
    outlier.

    J. W. Tukey, Exploratory Data Analysis (1977), p. 44: the inner fences.
    """
    if weight_of(values) < 4:
        return values
    first, third = quantile(values, Fraction(1, 4)), quantile(values, Fraction(3, 4))
    margin = Fraction(3, 2) * (third - first)
    return [entry for entry in values if first - margin <= entry[0] <= third + margin]


def within_steps(price: Fraction, base: int, independent: int) -> Fraction:
    """``price``, not further from ``base`` than so many independent sales may carry it: each by a
    half more, or a third less."""
    most = LARGEST_STEP ** min(independent, MOST_STEPS)
    return max(base / most, min(price, base * most))


def suggest(sales: Iterable[Sale], base_value: int, now: datetime) -> Suggestion:
    """What to ask for a piece, after the sales of the last 30 days.

    The median of the unit prices without repeats of one pair and without outliers, in which nobody
    has more than one voice (``weighed``); it goes from the base value only so far as independent
    sales carry it. Without any sale it is the base value, of which 50% to 200% is a fair range.
    """
    recent = [s for s in without_repeats(sales) if now - s.at <= timedelta(days=30)]
    prices = without_outliers(weighed(recent))
    base = max(1, base_value)
    if not prices:
        return Suggestion(base, max(1, base // 2), base * 2, Confidence.NONE, 0)
    independent = int(weight_of(prices))
    low, middle, high = (
        within_steps(price, base, independent)
        for price in (prices[0][0], quantile(prices, Fraction(1, 2)), prices[-1][0])
    )
    week = int(weight_of(weighed([s for s in recent if now - s.at <= timedelta(days=7)])))
    confidence = Confidence.LOW
    if week >= 10:
        confidence = Confidence.HIGH
    elif week >= 5:
        confidence = Confidence.MEDIUM
    return Suggestion(
        max(1, round(middle)),
        max(1, int(low)),
        max(1, -int(-high // 1)),
        confidence,
        independent,
    )
