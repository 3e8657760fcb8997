"""What makes a reward larger or smaller than it says. Pure functions.

Percents are added up, never multiplied: who has three bonuses of ten percent has thirty. The sum is
kept within a half and three times, and counts once for each award. Parts are whole
ten-thousandths, so that a row of the ledger can keep exactly what was counted with; the amount is
rounded once, down.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from fractions import Fraction

from desperados.ledger.money.documents import Currency
from desperados.ledger.money.rules import as_proceeds
from desperados.ledger.money.sources import BOOSTABLE, Source
from desperados.play.errors import NotBoostable

ONE = 10_000  # a factor that changes nothing
LOWEST, HIGHEST = 5_000, 30_000  # of all together
EVENT_FROM, EVENT_TO = 1_000, 100_000  # 0.1 to 10 for one event
HIGHEST_PRESTIGE = 2_500  # what the fifth rank adds
NEWCOMER = 15_000
NEWCOMER_FOR = timedelta(hours=2)


def check_boostable(source: Source, currency: Currency) -> None:
    """Refuse to boost what is no reward for play.

    Raises:
        NotBoostable: the source is not one of ``sources.BOOSTABLE``, or this is metal.
    """
    if source not in BOOSTABLE:
        raise NotBoostable(path="source", source=source.value)
    if currency is not Currency.DOLLARS:
        raise NotBoostable(path="currency", currency=currency.value)


def event_factor(modifier: object) -> int:
    """The factor of one event, 0.1 to 10; what is no number, or NaN, changes nothing."""
    return _parts(modifier, EVENT_FROM, EVENT_TO, otherwise=ONE)


def prestige_factor(bonus: object) -> int:
    """The factor of a bonus (0.05 is 5%), at most 25%; what is no number, or NaN, adds nothing."""
    return ONE + _parts(bonus, 0, HIGHEST_PRESTIGE, otherwise=0)


def is_new(created_at: object, now: datetime) -> bool:
    """Whether a character was made less than two hours ago."""
    return isinstance(created_at, datetime) and timedelta() <= now - created_at < NEWCOMER_FOR


def together(factors: Iterable[int]) -> int:
    """All factors as one: what each adds to, or takes from, one is added up; a half to three."""
    return max(LOWEST, min(HIGHEST, ONE + sum(factor - ONE for factor in factors)))


def multiplied(amount: int, factors: Iterable[int]) -> int:
    """``amount`` after these factors, rounded down, at least 1: bad times may halve a reward, and
    never take it away."""
    return max(1, as_proceeds(amount, together(factors), ONE))


def _parts(value: object, least: int, most: int, *, otherwise: int) -> int:
    """``value`` in ten-thousandths, within the bounds; infinity is at one of them."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return otherwise
    if isinstance(value, float) and not math.isfinite(value):
        return otherwise if math.isnan(value) else most if value > 0 else least
    return min(most, max(least, round(Fraction(value) * ONE)))
