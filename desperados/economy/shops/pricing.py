"""What shops and merchants ask and pay: supply, demand, events, season and standing. Pure.

Every price is a product of exact fractions, rounded once and against the player: up where he pays,
down where he is paid. Two clamps on the value of the item keep all NPC prices apart, whatever the
factors are: nobody sells below 70% of it, nobody pays above 60%.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from desperados.economy.shops.documents import MerchantDiscount, MerchantStop
from desperados.renown.rules import price_percent
from desperados.world.clock import HOURS_OF_WEEK, Season, game_time, next_hour_of_week

LOWEST_ASKED, HIGHEST_ASKED = Fraction(70, 100), Fraction(2)
LOWEST_PAID, HIGHEST_PAID = Fraction(25, 100), Fraction(60, 100)
LOWEST_FACTOR, HIGHEST_FACTOR = Fraction(1, 2), Fraction(2)
EVENTS_AT_LEAST, EVENTS_AT_MOST = -50, 100  # percent
INFLUENCE = 50  # units of one character that count for a price in 24 hours
SOLD_AN_HOUR = 200  # units of one item that a character may sell in an hour
BARTER_PERCENT = 50  # of its value is what a merchant takes a thing for
TREND_PERCENT = 10


class Trend(StrEnum):
    """Where a price is, compared with an ordinary day."""

    RISING = "rising"
    STABLE = "stable"
    FALLING = "falling"


# Levels by units in the last 24 hours at a place: (at most so many units, factor)
_SUPPLY = ((0, 140), (5, 115), (20, 100), (50, 90), (None, 75))
_DEMAND = ((0, 80), (3, 90), (15, 100), (40, 120), (None, 150))

MOOD_PERCENT: Mapping[str, int] = {
    "happy": 90,
    "content": 95,
    "annoyed": 110,
    "angry": 120,
    "suspicious": 115,
    "grateful": 85,
    "drunk": 80,
}
# Factors that count on one side of the counter only.
BUYING, SELLING = "land_buying", "land_selling"
_LAND = {BUYING: ("buy", 25, -1), SELLING: ("sell", 35, 1)}
# What a gang gets of a territory's bonuses, by its influence there.
_HOLD = (
    (80, Fraction(5, 4)),
    (50, Fraction(1)),
    (30, Fraction(1, 2)),
    (10, Fraction(1, 4)),
)
_TRADE_OF_LAND: Mapping[str, Fraction] = {
    "trading": Fraction(1),
    "ranching": Fraction(1, 2),
    "industrial": Fraction(1, 2),
    "mixed": Fraction(1, 2),
    "mining": Fraction(1, 4),
}
SEASON_PERCENT: Mapping[Season, Mapping[str, int]] = {
    Season.SPRING: {"crops": 120, "furs": 90, "livestock": 90},
    Season.SUMMER: {"furs": 70, "crops": 90, "provisions": 95},
    Season.FALL: {"crops": 75, "provisions": 90, "furs": 110},
    Season.WINTER: {"furs": 120, "crops": 120, "provisions": 115, "clothing": 110},
}


def supply_factor(units: float) -> Fraction:
    """What makes a thing dear that few have brought: 1.40 for none down to 0.75 for 51 and more."""
    return _level(_SUPPLY, units)


def demand_factor(units: float) -> Fraction:
    """What makes a thing dear that many buy: 0.80 for none up to 1.50 for 41 and more."""
    return _level(_DEMAND, units)


def _level(levels: Iterable[tuple[int | None, int]], units: float) -> Fraction:
    return next(Fraction(percent, 100) for most, percent in levels if most is None or units <= most)


def outside_factor(value: object) -> Fraction:
    """A factor that another part of the game gives, between one half and two.

    What is no positive number (a failed look-up, NaN) counts as 1.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction):
        return Fraction(1)
    if isinstance(value, float) and math.isnan(value):
        return Fraction(1)
    if isinstance(value, float) and math.isinf(value):
        return HIGHEST_FACTOR if value > 0 else LOWEST_FACTOR
    return min(HIGHEST_FACTOR, max(LOWEST_FACTOR, Fraction(value).limit_denominator(10_000)))


def standing_factor(standing: object) -> Fraction:
    """What a standing of -100 to 100 does to prices: 0.8 for the honored to 1.3 for enemies."""
    if isinstance(standing, bool) or not isinstance(standing, int | float):
        return Fraction(1)
    return Fraction(price_percent(standing), 100)


def mood_factor(mood: object, now: datetime | None = None) -> Fraction:
    """What the mood of a shopkeeper does to prices; one that is unknown or over nothing.

    A mood is its name, or ``{value, intensity, until}``. An intensity of 5 has the effect of the
    table, 10 twice that, 1 a fifth.
    """
    value, intensity = mood, 5.0
    if isinstance(mood, Mapping):
        value, until = mood.get("value"), mood.get("until")
        if isinstance(until, datetime) and now is not None and until <= now:
            return Fraction(1)
        intensity = _number(mood.get("intensity"), 5)
    change = Fraction(MOOD_PERCENT.get(str(value), 100) - 100, 100)
    return outside_factor(1 + change * Fraction(min(10, max(1, intensity))) / 5)


def _number(value: object, otherwise: float) -> float:
    """``value`` if it is a number that one can count with."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return otherwise
    return value


def land_share(influence: object, specialization: object, *, contested: bool) -> Fraction:
    """How much of a territory's bonuses on trade a gang gets: by its hold on the land, 0 to 100,
    and by what the land is for; three quarters of it while others contend for it."""
    held = _number(influence, 0)
    share = next((part for least, part in _HOLD if held >= least), Fraction(0))
    share *= _TRADE_OF_LAND.get(str(specialization or "mixed"), Fraction(0))
    return share * Fraction(3, 4) if contested else share


def land_factor(kind: str, bonuses: object, share: Fraction) -> Fraction:
    """What the bonuses of a territory ("buy:15", percent) do to prices at a share of them."""
    word, most, sign = _LAND[kind]
    percent = 0.0
    for bonus in bonuses if isinstance(bonuses, list) else ():
        name, _, value = str(bonus).partition(":")
        if name == word and value.isdecimal() and value.isascii():
            percent = max(percent, float(value[:6]))
    return 1 + sign * min(Fraction(most), Fraction(percent) * share) / 100


def season_factor(season: Season, tags: Iterable[str]) -> Fraction:
    """What the season does to goods with these tags; the strongest effect counts."""
    percents = SEASON_PERCENT[season]
    return Fraction(_strongest([percents[tag] - 100 for tag in tags if tag in percents]) + 100, 100)


def event_percent(events: Iterable[Mapping[str, int]], tags: Iterable[str]) -> int:
    """What all market events together add to the price of goods with these tags, -50 to 100.

    Each event counts once for an item: by the strongest of its words for one of the tags, else by
    its word for all goods.
    """
    marks = list(tags)
    total = 0
    for effects in events:
        fitting = [effects[tag] for tag in marks if tag in effects]
        total += _strongest(fitting) if fitting else effects.get("all", 0)
    return min(EVENTS_AT_MOST, max(EVENTS_AT_LEAST, total))


def _strongest(percents: list[int]) -> int:
    return max(percents, key=lambda percent: (abs(percent), percent), default=0)


@dataclass(frozen=True, slots=True)
class Market:
    """What moves the prices of one item at one place.

    ``supply`` and ``demand`` are units of the last 24 hours. The factors are what other parts of
    the game add; each is clamped before it counts.
    """

    supply: float = 0
    demand: float = 0
    factors: Mapping[str, object] = field(default_factory=dict)

    @property
    def factor(self) -> Fraction:
        """The product of everything, before the clamp on the price."""
        product = supply_factor(self.supply) * demand_factor(self.demand)
        for name, value in self.factors.items():
            if name != SELLING:
                product *= outside_factor(value)
        return product

    @property
    def trend(self) -> Trend:
        """Rising if everything together adds more than 10%, falling if it takes more than 10%."""
        margin = Fraction(TREND_PERCENT, 100)
        if self.factor > 1 + margin:
            return Trend.RISING
        return Trend.FALLING if self.factor < 1 - margin else Trend.STABLE


def asking_price(value: int, markup: int, market: Market) -> int:
    """What a shop asks for a piece: at least 1, and 70% to 200% of its value."""
    return asking_price_of(value, Fraction(markup, 100) * market.factor)


def asking_price_of(value: int, factor: Fraction) -> int:
    """The value times ``factor``, clamped to 70% to 200% of the value and rounded up."""
    return max(1, math.ceil(value * min(HIGHEST_ASKED, max(LOWEST_ASKED, factor))))


def paying_price(value: int, buy_back: int, market: Market, most: int | None = None) -> int:
    """What a shop pays for a piece: 25% to 60% of its value, rounded down. 0 is not worth buying.

    What makes a customer pay more (a bad standing) makes him be paid less: ``standing`` and
    ``mood`` count the other way round. ``most`` is the limit that the item itself sets.
    """
    factor = Fraction(buy_back, 100) * supply_factor(market.supply) * demand_factor(market.demand)
    for name, given in market.factors.items():
        if name == BUYING:
            continue
        outside = outside_factor(given)
        factor *= 1 / outside if name in ("standing", "mood") else outside
    price = math.floor(value * min(HIGHEST_PAID, max(LOWEST_PAID, factor)))
    return price if most is None else min(price, most)


def counted_units(units: int, counted_before: int) -> int:
    """How many of ``units`` still count for the price, of the 50 that one character's share is."""
    return max(0, min(units, INFLUENCE - counted_before))


# Wandering merchants

TRUST_TRADES = (1, 5, 15, 30, 60)
TRUST_DOLLARS = (0, 500, 2_000, 5_000, 15_000)


def trust_level(trades: int, spent: int) -> int:
    """How well a merchant knows a customer, 0 to 5: both the trades and the dollars must be met."""
    return sum(
        trades >= most_trades and spent >= dollars
        for most_trades, dollars in zip(TRUST_TRADES, TRUST_DOLLARS, strict=True)
    )


def discount_percent(discounts: Iterable[MerchantDiscount], trust: int) -> int:
    """The best discount that this trust unlocks."""
    return max((int(d.percent) for d in discounts if d.trust <= trust), default=0)


def merchant_price(value: int, markup: int, discount: int, events: int) -> int:
    """What a merchant asks for a piece, with a discount and market events in percent."""
    return asking_price_of(
        value,
        Fraction(markup, 100) * Fraction(100 - discount, 100) * Fraction(100 + events, 100),
    )


def barter_value(value: int) -> int:
    """What a merchant takes a piece for: half its value, rounded down."""
    return value * BARTER_PERCENT // 100


def stop_at(route: Iterable[MerchantStop], moment: datetime) -> MerchantStop | None:
    """The stop where a merchant is at ``moment``, or None while he is on the road."""
    hour = game_time(moment).hour_of_week
    return next((stop for stop in route if hours_since_arrival(stop, hour) is not None), None)


def hours_since_arrival(stop: MerchantStop, hour: int) -> int | None:
    """How long a merchant has been at a stop in an hour of the week, or None if he is not there."""
    arrives, leaves = _hours(stop)
    since = (hour - arrives) % HOURS_OF_WEEK
    return since if since < (leaves - arrives) % HOURS_OF_WEEK else None


def arrival_at(stop: MerchantStop, moment: datetime) -> datetime:
    """When a merchant comes to a stop for the first time after ``moment``."""
    return next_hour_of_week(moment, _hours(stop)[0] % HOURS_OF_WEEK)


def next_stop(
    route: Iterable[MerchantStop], moment: datetime, *, elsewhere_than: str | None
) -> MerchantStop | None:
    """Where a merchant goes next, away from a place; None if his route leads nowhere else."""
    return min(
        (stop for stop in route if stop.location_id != elsewhere_than),
        key=lambda stop: arrival_at(stop, moment),
        default=None,
    )


def _hours(stop: MerchantStop) -> tuple[int, int]:
    return (
        (int(stop.from_day) - 1) * 24 + int(stop.from_hour),
        (int(stop.until_day) - 1) * 24 + int(stop.until_hour),
    )


# Shop stock: how many pieces a delivery leaves, by what they are worth

_SHELVES = ((50, 500), (200, 200), (1_000, 50), (5_000, 20), (25_000, 5))
RESTOCK_HOURS = 24


def shelf_size(value: int) -> int:
    """How many pieces of an item a shop keeps: many of what is cheap, one of a treasure."""
    return next((size for most, size in _SHELVES if value <= most), 1)
