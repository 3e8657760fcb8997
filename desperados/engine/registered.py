"""What domains have said to the shapes of play, by name: the one inversion within a transaction.

A game, a question or an offer is settled by a floor that knows no domain, and what comes of it
belongs to whoever opened it. So a domain names in its manifest what is called inside the
transaction of the settlement, and stores the name with what it opens. The engine hands the names
on, and does not know what lies behind them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Consequence = Callable[..., Awaitable[None]]
"""Called inside the transaction that settles what it is the consequence of."""


@dataclass(frozen=True, slots=True)
class Registered:
    """Everything that the domains have registered.

    - ``purposes``: of games, ``await purpose(game, verdict)`` when one is over;
    - ``questions``: of their kinds, ``await resolve(question, option)`` when one is answered;
    - ``offers``: of their kinds, ``await accepted(offer)`` when one is accepted;
    - ``games`` and ``contests``: how those of a name are played and run; what such a thing is, is
      known to ``play``;
    - ``escrows``: the collections whose documents name holds as their own, with the stored fields
      that do; such a hold has the document's id for its reference.
    """

    purposes: Mapping[str, Consequence] = field(default_factory=dict)
    questions: Mapping[str, Consequence] = field(default_factory=dict)
    offers: Mapping[str, Consequence] = field(default_factory=dict)
    games: Mapping[str, Any] = field(default_factory=dict)
    contests: Mapping[str, Any] = field(default_factory=dict)
    escrows: Mapping[str, Collection[str]] = field(default_factory=dict)


def joined(kind: str, parts: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """What several domains have registered of one kind, as one; each part bears its domain's name.

    Raises:
        ValueError: two domains have taken one name.
    """
    whole: dict[str, Any] = {}
    owners: dict[str, str] = {}
    for domain, part in parts:
        for name, value in part.items():
            if name in whole:
                raise ValueError(
                    f"{owners[name]} and {domain} both register {name!r} as one of the {kind}."
                )
            whole[name], owners[name] = value, domain
    return whole
