"""The numbers of carrying: quantities, slots, weight, limits. Pure functions.

A slot holds one full or part stack of an item. Weights are pounds; they count to the thousandth and
are added up in whole thousandths, so that no sum depends on its order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from desperados.engine.views import told
from desperados.ledger.items.errors import (
    FractionalQuantity,
    InvalidQuantity,
    NegativeQuantity,
    OversizedQuantity,
    UnknownItemSource,
    ZeroQuantity,
)
from desperados.ledger.items.sources import ItemFlow, ItemSource

MOST_AT_ONCE = 9_999
MOST_ENTRIES = 500  # different items in one container, whatever its limits

GROUND_SECONDS = 3600
RESERVED_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Allowance:
    """Room for ``slots`` stacks and ``weight`` pounds; None is no limit."""

    slots: int | None
    weight: float | None


PACK = Allowance(100, 500)
BANK_BOX = Allowance(50, 1000)
UNLIMITED = Allowance(None, None)

VAULT_BONUS = {  # what a tier of the bank vault adds to the pack
    None: Allowance(0, 0),
    "bronze": Allowance(20, 100),
    "silver": Allowance(40, 200),
    "gold": Allowance(60, 300),
}


def level_bonus(total_level: int) -> Allowance:
    """What the sum of all skill levels adds to the pack: 10 slots per 100, 50 pounds per 50."""
    return Allowance(10 * (total_level // 100), 50 * (total_level // 50))


# What a request says of pieces.
Pieces = Annotated[int, told(1, MOST_AT_ONCE)]


def check_quantity(quantity: Any, *, path: str = "quantity") -> int:
    """``quantity`` if it is a whole number of pieces from 1 to 9,999.

    Raises:
        InvalidQuantity: it is no number at all (a text, a boolean, nothing).
        FractionalQuantity: it is not of an integer type; 5.0 is refused too.
        ZeroQuantity: it is 0.
        NegativeQuantity: it is below 0.
        OversizedQuantity: it is above 9,999.
    """
    if isinstance(quantity, float):
        raise FractionalQuantity(path=path)
    if isinstance(quantity, bool) or not isinstance(quantity, int):
        raise InvalidQuantity(path=path)
    if quantity == 0:
        raise ZeroQuantity(path=path)
    if quantity < 0:
        raise NegativeQuantity(path=path)
    if quantity > MOST_AT_ONCE:
        raise OversizedQuantity(path=path, most=MOST_AT_ONCE)
    return int(quantity)


def check_item_source(source: Any, *flows: ItemFlow) -> ItemSource:
    """``source`` as the enum, of one of the given flows.

    Raises:
        UnknownItemSource: there is no such source, or it is of another flow.
    """
    try:
        found = ItemSource(source)  # type: ignore[call-arg]
    except ValueError:
        raise UnknownItemSource(path="source") from None
    if found.flow not in flows:
        wanted = " or ".join(flow.value for flow in flows)
        raise UnknownItemSource(
            f"{found.value} is a {found.flow.value}, not a {wanted}.", path="source"
        )
    return found


def slots_of(quantity: int, max_stack: int) -> int:
    """How many slots ``quantity`` pieces take: full stacks and at most one part stack."""
    return -(-quantity // max(1, max_stack))


def thousandths(weight: float) -> int:
    """A weight in whole thousandths of a pound."""
    return round(weight * 1000)


def room_for(
    held: int, max_stack: int, weight: int, free_slots: int | None, free_weight: int | None
) -> int | None:
    """How many more pieces of an item fit where ``held`` of it lie already; None is no limit.

    ``weight`` is that of a piece and ``free_weight`` what may be added, in thousandths. A container
    that is over one of its limits (they may shrink) takes nothing.
    """
    if (free_slots is not None and free_slots < 0) or (free_weight is not None and free_weight < 0):
        return 0
    rooms = []
    if free_slots is not None:
        rooms.append((slots_of(held, max_stack) + free_slots) * max(1, max_stack) - held)
    if free_weight is not None and weight > 0:
        rooms.append(free_weight // weight)
    return min(rooms) if rooms else None
