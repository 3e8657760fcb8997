"""What an order at the metal exchange costs: posted rate, pressure, spread. Pure functions.

Three things make a price. The **posted rate** is chance alone (``rates``). The **pressure** is what
trade and events have pushed the price away from it; it is measured in value, so that a dollar of
silver moves silver as much as a dollar of gold moves gold. The price follows it in steps of a tenth
of a percent, within an order too: each unit is traded at the price that the units before it have
left. And it fades all the time. The **spread** is taken on both sides, and burned.

Nobody can make money of the pressure, for whoever trades: it lowers the price of a buyer, or raises
that of a seller, by ``GIVES_BACK`` at most, which is what the spread takes. So at one posted rate
no unit is ever sold for more than any unit is bought for, whoever pushed the price and whoever knew
it beforehand. Beyond that, pressure only works against whoever trades in its direction.

Values and pressures are whole cents. Costs are exact integrals, rounded once, against the player:
an order never gets cheaper by being split.
"""

from __future__ import annotations

from datetime import timedelta

SPREAD = 5  # percent, on both sides
DEPTH = 10_000_000_00  # cents: so much value bought doubles the price; 100,000 dollars are 1%
LOT = DEPTH // 1_000  # the value that is traded at one price, until it moves by a step
MOST = 30 * DEPTH // 100  # pressure goes no further, either way
GIVES_BACK = SPREAD * DEPTH // 100
FADES = timedelta(milliseconds=1)  # a cent of pressure each: 36,000 dollars an hour

_CENTS = 100  # in a dollar
_WHOLE = 100  # percent
_HUNDREDTHS = 10_000  # hundredths of a percent in a whole


def buy_cost(units: int, rate: int, pressure: int) -> int:
    """Dollars for ``units`` of metal at ``rate`` (cents for one) and ``pressure``, rounded up."""
    value = _bought(units, rate, pressure)
    return -(-value * (_WHOLE + SPREAD) // (DEPTH * _WHOLE * _CENTS))


def sell_proceeds(units: int, rate: int, pressure: int) -> int:
    """Dollars that ``units`` of metal bring at ``rate`` and ``pressure``, rounded down."""
    value = _sold(units, rate, pressure)
    return value * (_WHOLE - SPREAD) // (DEPTH * _WHOLE * _CENTS)


def buy_fee(units: int, rate: int, pressure: int) -> int:
    """The part of a cost that is the spread."""
    value = _bought(units, rate, pressure)
    return buy_cost(units, rate, pressure) - value // (DEPTH * _CENTS)


def sell_fee(units: int, rate: int, pressure: int) -> int:
    """What the spread takes from a seller."""
    value = _sold(units, rate, pressure)
    return -(-value // (DEPTH * _CENTS)) - sell_proceeds(units, rate, pressure)


def pushed(pressure: int, value: int) -> int:
    """``pressure`` after ``value`` (cents) was bought, or sold if it is negative."""
    return max(-MOST, min(MOST, pressure + value))


def faded(pressure: int, elapsed: timedelta) -> int:
    """What is left of ``pressure`` some time later. Exact in any parts; no time gives it back."""
    left = max(0, abs(pressure) - max(0, elapsed // FADES))
    return left if pressure > 0 else -left


def value_of(hundredths: int) -> int:
    """The pressure that moves a price by so many hundredths of a percent."""
    return DEPTH * hundredths // _HUNDREDTHS


def hundredths_of(pressure: int) -> int:
    """By how many hundredths of a percent a pressure moves the price, towards zero."""
    shift = abs(pressure) * _HUNDREDTHS // DEPTH
    return shift if pressure > 0 else -shift


def _bought(units: int, rate: int, pressure: int) -> int:
    """What a buyer's units come to before the spread, in cents times DEPTH."""
    return _moved_value(units * rate, pressure, -GIVES_BACK, MOST)


def _sold(units: int, rate: int, pressure: int) -> int:
    """What a seller's units come to before the spread, in cents times DEPTH."""
    return -_moved_value(-units * rate, pressure, -MOST, GIVES_BACK)


def _moved_value(value: int, pressure: int, lowest: int, highest: int) -> int:
    """What ``value`` (cents, negative for a sale) comes to while it moves the price, times DEPTH.

    The price is ``1 + level / DEPTH`` of the rate, where the level is the pressure in whole lots,
    towards zero, from ``lowest`` to ``highest``. This is its integral over the order.
    """
    moved = _area(pressure + value, lowest, highest) - _area(pressure, lowest, highest)
    return DEPTH * value + moved


def _area(end: int, lowest: int, highest: int) -> int:
    """The integral of the level from a pressure of 0 to ``end``; the bounds are whole lots."""
    bound = max(lowest, min(highest, end))
    lots = abs(bound) // LOT
    stairs = LOT * lots * (2 * abs(bound) - LOT * (lots + 1)) // 2
    return stairs + bound * (end - bound)
