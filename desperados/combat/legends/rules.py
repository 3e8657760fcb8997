"""The rules of legendary hunts: what is known of a creature, and what fights against it bring.

Pure functions and tables.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

from desperados.characters.effects import MOST_EFFECTS, Effect, Stat
from desperados.characters.participant import Participant
from desperados.combat.fights.engine.blows import BOSS_BLOW
from desperados.combat.fights.engine.setup import Flee, Foe, Member, Setup
from desperados.combat.fights.rules import member_of
from desperados.combat.legends.documents import DiscoveryStage
from desperados.play.outcome import Outcome

RUMOR_ENERGY, CLUE_ENERGY, HUNT_ENERGY, FLEE_ENERGY = 5, 10, 30, 5

# What is known

RUMOR, CLUE, ALL = 20, 25, 100
"""Progress for a rumor and for a clue."""
TRACKED_FROM, LOCATED_FROM = 40, 75
TRACKED_CLUES, LOCATED_CLUES = 1, 2
OF_STAGE: Mapping[DiscoveryStage, int] = {
    DiscoveryStage.UNKNOWN: 0,
    DiscoveryStage.RUMORED: RUMOR,
    DiscoveryStage.TRACKED: TRACKED_FROM,
    DiscoveryStage.LOCATED: LOCATED_FROM,
}
"""The progress of rows that have none."""

EVEN, EACH_POINT, LEAST, MOST = 50, 2, 5, 95
SEARCH_AGAIN = timedelta(hours=1)

# The fight

ROUND, LASTS, ROUNDS = timedelta(seconds=45), timedelta(minutes=30), 40
HUNTERS_PERCENT = 200
"""Whoever hunts a legend has prepared for it: hands are worth twice as much as against bosses."""
CRITICAL = 10
FLEE_PERCENT, SPECIAL_EVERY, ITEMS = 50, 4, 3

# What it brings

REPEATED = 25  # percent of dollars and experience
COMBAT_XP = 50  # for each level
AFTER_FAILURE = timedelta(hours=6)
BONUS = "legendary_hunts"
MOST_BONUS = 100
"""What all hunts together add, over all numbers."""


def stage_of(progress: int, clues: int) -> DiscoveryStage:
    """What a hunter knows by this progress and so many clues."""
    if progress >= LOCATED_FROM and clues >= LOCATED_CLUES:
        return DiscoveryStage.LOCATED
    if progress >= TRACKED_FROM and clues >= TRACKED_CLUES:
        return DiscoveryStage.TRACKED
    return DiscoveryStage.RUMORED if progress else DiscoveryStage.UNKNOWN


def furthest(*stages: DiscoveryStage) -> DiscoveryStage:
    """The one at which most is known: nobody forgets."""
    return max(stages, key=list(DiscoveryStage).index)


def progress_after(before: int, more: int) -> int:
    """The progress after a rumor or a clue."""
    return min(ALL, before + more)


def chance(tracking: int, difficulty: int, percent: int = 0) -> int:
    """How likely a search finds the clue that is there, in percent: 50 where the skill is as high
    as it is difficult, two for each point of difference, and what effects add; 5 to 95."""
    return max(LEAST, min(MOST, EVEN + EACH_POINT * (tracking - difficulty) + percent))


def setup_of(who: Participant, foe: Foe) -> Setup:
    """The fight of a hunter against a legend: forty rounds, then it is gone. Who is late
    defends."""
    return Setup(
        members=[hunter(member_of(who))],
        foe=foe,
        blow=BOSS_BLOW,
        flee=Flee(percent=FLEE_PERCENT, fall=0, until=None),
        late="defend",
        special=SPECIAL_EVERY,
        items=ITEMS,
        rounds=ROUNDS,
        at_end="draw",
    )


def hunter(member: Member) -> Member:
    """A fighter who hunts."""
    return member.model_copy(
        update={
            "percent": member.percent * HUNTERS_PERCENT // 100,
            "critical": min(100, member.critical + CRITICAL),
        }
    )


def spoils(drawn: Outcome, level: int, *, first: bool) -> Outcome:
    """What of the drawn reward there is: all of it for the first victory; then a quarter of dollars
    and experience, and no title. Experience in fights is 50 for each level."""
    outcome = replace(drawn, combat_xp=drawn.combat_xp + COMBAT_XP * level)
    if first:
        return outcome
    return replace(
        outcome,
        dollars=drawn.dollars * REPEATED // 100,
        xp=drawn.xp * REPEATED // 100,
        titles=(),
    )


def bonus_of(bonuses: Iterable[Mapping[str, int]]) -> Effect:
    """What hunts add for good, as one effect of all: each number is the sum of theirs, and what
    would go beyond a hundred points in all is left off the later ones."""
    total: Counter[Stat] = Counter()
    left = MOST_BONUS
    for bonus in bonuses:
        for name, points in bonus.items():
            counted = min(left, points)
            total[Stat(name)] += counted
            left -= counted
    return Effect(BONUS, {stat: points for stat, points in total.items() if points})


def to_push(who: Participant, bonus: Effect) -> tuple[Effect, ...]:
    """The bonus, if the character has it not as it should be and has room for it. Where there is no
    room it comes with the next hunt: a fight that was won is not lost over it."""
    known = {effect.name: effect for effect in who.effects if effect.holds(who.at)}
    if not bonus.stats or known.get(BONUS) == bonus:
        return ()
    return (bonus,) if BONUS in known or len(known) < MOST_EFFECTS else ()
