"""What makes a reward larger or smaller than it says: world events, prestige, a newcomer's stake.

Pure functions. Factors are whole ten-thousandths, so that a row of the ledger can keep exactly
what was counted with; the amount is rounded once, down.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from fractions import Fraction

from desperados.economy.errors import NotBoostable
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.rules import as_proceeds
from desperados.ledger.money.sources import BOOSTABLE, Source

ONE = 10_000  # a factor that changes nothing
EVENT_FROM, EVENT_TO = 1_000, 100_000  # 0.1 to 10 for one event
EVENTS_FROM, EVENTS_TO = Fraction(1, 2), Fraction(3)  # for all of them
HIGHEST_PRESTIGE = 2_000  # what the fifth rank adds
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
    """The factor of a bonus (0.05 is 5%), at most 20%; what is no number, or NaN, adds nothing."""
    return ONE + _parts(bonus, 0, HIGHEST_PRESTIGE, otherwise=0)


def is_new(created_at: object, now: datetime) -> bool:
    """Whether a character was made less than two hours ago."""
    return isinstance(created_at, datetime) and timedelta() <= now - created_at < NEWCOMER_FOR


def boosted(amount: int, events: Iterable[int], prestige: int = ONE, newcomer: int = ONE) -> int:
    """``amount`` after all factors, rounded down, at least 1.

    The events together count for 0.5 to 3: bad times may halve a reward, and never take it away.
    """
    together = Fraction(1)
    for factor in events:
        together *= Fraction(factor, ONE)
    together = min(EVENTS_TO, max(EVENTS_FROM, together))
    whole = together * prestige * newcomer / ONE**2
    return max(1, as_proceeds(amount, whole.numerator, whole.denominator))


def _parts(value: object, least: int, most: int, *, otherwise: int) -> int:
    """``value`` in ten-thousandths, within the bounds; infinity is at one of them."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return otherwise
    if isinstance(value, float) and not math.isfinite(value):
        return otherwise if math.isnan(value) else most if value > 0 else least
    return min(most, max(least, round(Fraction(value) * ONE)))
