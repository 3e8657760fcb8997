"""Fate: what a defeat takes, how near death was, and where who was felled comes to. Pure functions.

Whoever the law fells and wants (3 and more) goes to jail and loses nothing else. Everybody else
loses some money, some experience within the level and perhaps goods, and lies knocked out for a few
seconds; nobody has to be asked, or to ask, to get up again. From level 10 on a defeat may be the
last one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from desperados.characters.effects import Stat
from desperados.characters.participant import Participant
from desperados.engine.dice import Luck
from desperados.ledger.items.contents import Stack
from desperados.ledger.items.movement import Line
from desperados.play.outcome import Defeat, DefeatKind

MORTAL_FROM = 10  # level
SAFE_FOR = timedelta(hours=24)  # a new character loses no goods
PROTECTED_FOR = timedelta(seconds=60)
HEALTH_AFTER = 50  # percent
HIGHEST_RISK = 95  # percent
MOST_PIECES = 3  # of one stack


@dataclass(frozen=True, slots=True)
class Toll:
    """What a defeat takes, in percent: of the dollars, of the experience within the level, and how
    likely pieces of a stack are dropped; and for how long the character lies down."""

    dollars: int
    xp: int
    items: int
    down: timedelta


TOLLS: Mapping[DefeatKind, Toll] = {
    DefeatKind.COMBAT: Toll(25, 5, 10, timedelta(seconds=5)),
    DefeatKind.ENVIRONMENT: Toll(15, 3, 5, timedelta(seconds=3)),
    DefeatKind.EXECUTION: Toll(40, 10, 20, timedelta(seconds=10)),
    DefeatKind.DUEL: Toll(25, 5, 12, timedelta(seconds=5)),
}
# From which risk (percent) on a moment is called so.
DANGER_WORDS = (
    (91, "doomed"),
    (76, "deadly"),
    (51, "perilous"),
    (26, "dangerous"),
    (11, "uneasy"),
    (0, "safe"),
)


def risk(who: Participant, defeat: Defeat, wanted: int) -> int:
    """How likely a defeat is the last, in percent, 0 to 95.

    The danger, more for who is hurt, wanted, marked by fate or outmatched; less for who is a match.
    """
    if who.level < MORTAL_FROM:
        return 0
    opponent = max(1, defeat.opponent_level or defeat.danger // 2)
    match = max(0.1, min(1.5, who.level / opponent))
    hurt = 1 + 0.5 * (1 - max(0, who.health.value) / max(1, who.health.high))
    marks = max(0.1, 1 + who.points(Stat.RISK) / 100)
    found = defeat.danger / match * hurt * (1 + 0.15 * wanted) * marks
    return max(0, min(HIGHEST_RISK, int(found)))


def danger_word(percent: int) -> str:
    """The word for a risk."""
    return next(word for least, word in DANGER_WORDS if percent >= least)


def dollars_lost(kind: DefeatKind, dollars: int) -> int:
    """What of ``dollars`` a defeat takes, rounded down."""
    return max(0, dollars) * TOLLS[kind].dollars // 100


def xp_lost(kind: DefeatKind, xp: int) -> int:
    """What of the experience within the level a defeat takes, rounded down."""
    return xp * TOLLS[kind].xp // 100


def dropped(
    kind: DefeatKind,
    created_at: datetime,
    now: datetime,
    stacks: Iterable[Stack],
    luck: Luck,
) -> tuple[Line, ...]:
    """What falls to the ground: of each stack that is hit 10% to 30%, one to three pieces. What is
    worn, reserved or bound never falls, and a new character drops nothing for a day."""
    if now - created_at < SAFE_FOR:
        return ()
    lines = []
    for stack in stacks:
        if stack.bound or stack.free < 1 or luck.randint(1, 100) > TOLLS[kind].items:
            continue
        pieces = stack.free * luck.randint(10, 30) // 100
        lines.append(Line(stack.item_id, max(1, min(MOST_PIECES, pieces))))
    return tuple(lines)
