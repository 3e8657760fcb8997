"""The rules of fights against the people of the land. Pure functions and tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from bson import ObjectId

from desperados.characters.effects import Stat
from desperados.characters.participant import Participant
from desperados.combat.fights.engine.blows import FIGHT_BLOW, FOE_BLOW
from desperados.combat.fights.engine.setup import Flee, Foe, Member, Setup
from desperados.deck.documents import Suit
from desperados.deck.hands import skill_for
from desperados.engine.dice import Luck
from desperados.play.outcome import Outcome, Scar
from desperados.play.rewards import Reward

ENERGY = 10
ROUND = timedelta(seconds=30)
LASTS = timedelta(minutes=30)
ROUNDS = 50
LEVELS_ABOVE, LEVELS_ABOVE_BOSS = 10, 5

# What the difficult ones deal more, of each hit: percent for each point above.
FURY_ABOVE, FURY_PERCENT = 3, 8

# What a skill opens, and what it is worth: up to half as much again.
REROLL_EVERY, PEEK_FROM, SIX_CARDS_FROM, KEEN_FROM = 30, 50, 60, 75
MOST_SKILL_PERCENT = 50
LEAST_PERCENT = 10

# Rewards.
EVEN_LEVELS, GAP_PERCENT, LEAST_GAP = 5, 15, 10
COMBAT_XP = 50  # for each level of the foe
BOSS_XP = 5

# Defeat: who is this difficult may kill for good.
MORTAL_FROM = 7
DANGER = {7: 10, 8: 15, 9: 25, 10: 35}
SCAR_PERCENT, BOSS_SCAR_PERCENT, MORTAL_SCAR_PERCENT = 20, 40, 60
PARTS = ("face", "neck", "left arm", "right arm", "chest", "back", "left leg", "right leg")
WOUNDS: Mapping[str, tuple[str, ...]] = {
    "wildlife": ("bite", "claw"),
    "monster": ("burn", "claw"),
}
BY_PEOPLE = ("bullet", "knife")


@dataclass(frozen=True, slots=True, kw_only=True)
class Npc:
    """Somebody of the land whom one may fight. ``difficulty`` is 1 to 10; ``respawn`` is how long
    it is gone for whoever felled it, and ``trophy`` what it leaves to whoever does for the first
    time."""

    code: str
    name: str
    type: str
    place: ObjectId | None
    level: int
    health: int
    difficulty: int
    loot: Reward
    trophy: Reward
    respawn: timedelta

    @property
    def is_boss(self) -> bool:
        """Whether it is one of the great ones, whom one comes upon once a day at most."""
        return self.type == "boss"

    @property
    def is_lawman(self) -> bool:
        """Whether it fights for the law."""
        return self.type == "lawman"

    @property
    def is_beast(self) -> bool:
        """Whether it is an animal, or worse."""
        return self.type in WOUNDS


def foe_of(npc: Npc) -> Foe:
    """As a fight knows it: it plays a hand each round, as well and as hard as it is difficult."""
    return Foe(
        code=npc.code,
        name=npc.name,
        level=npc.level,
        health=npc.health,
        attack=5 if npc.difficulty >= 10 else npc.difficulty // 2,
        percent=100 + FURY_PERCENT * max(0, npc.difficulty - FURY_ABOVE),
        blow=FOE_BLOW,
        wits=npc.difficulty,
    )


def member_of(who: Participant) -> Member:
    """A character in a fight against somebody of the land."""
    member = Member(
        name=who.name,
        health=max(1, who.health.value),
        max_health=max(1, who.health.high),
        defence=max(LEAST_PERCENT, 100 + who.percent(Stat.DEFENCE)),
        critical=max(0, min(100, who.percent(Stat.CRIT))),
        flee=who.percent(Stat.FLEE),
    )
    return trained(member, skill_for(who, Suit.CLUBS), who.percent(Stat.DAMAGE))


def trained(member: Member, skill: int, damage: int = 0) -> Member:
    """What a combat skill of 1 to 100 makes of a member: hands are worth up to half as much again
    (and ``damage`` percent more), and it opens rerolls (one for each 30), a peek (50), a sixth card
    (60) and keen aim (75)."""
    percent = 100 + min(MOST_SKILL_PERCENT, skill // 2) + damage
    opened = {
        "cards": 6 if skill >= SIX_CARDS_FROM else 5,
        "percent": max(LEAST_PERCENT, percent),
        "keen": skill >= KEEN_FROM,
        "rerolls": skill // REROLL_EVERY,
        "peeks": int(skill >= PEEK_FROM),
    }
    return member.model_copy(update=opened)


def setup_of(who: Participant, foe: Foe) -> Setup:
    """A fight of one character against ``foe``."""
    return Setup(members=[member_of(who)], foe=foe, blow=FIGHT_BLOW, flee=Flee(), rounds=ROUNDS)


def highest_level(level: int, *, boss: bool) -> int:
    """The level of the strongest whom a character may challenge."""
    return level + (LEVELS_ABOVE_BOSS if boss else LEVELS_ABOVE)


def gap_percent(level: int, foe_level: int) -> int:
    """What of a reward there is against whoever is so far below: all up to five levels, then 15%
    less for each, 10% at least."""
    below = max(0, level - foe_level - EVEN_LEVELS)
    return max(LEAST_GAP, 100 - GAP_PERCENT * below)


def experience(npc: Npc) -> int:
    """The experience of felling it, if its loot says nothing of it."""
    base = 20 + 10 * npc.level + 15 * npc.difficulty
    return base * BOSS_XP if npc.is_boss else base


def spoils(npc: Npc, drawn: Outcome, level: int) -> Outcome:
    """What a character of ``level`` has of what was drawn of the loot."""
    share = gap_percent(level, npc.level)
    conduct = drawn.conduct
    if npc.is_lawman:
        conduct = (*conduct, "attack_lawman")
    elif not npc.is_beast:
        conduct = (*conduct, "self_defence")
    return replace(
        drawn,
        dollars=drawn.dollars * share // 100,
        xp=(drawn.xp or experience(npc)) * share // 100,
        combat_xp=drawn.combat_xp + COMBAT_XP * npc.level * share // 100,
        conduct=conduct,
        wanted=drawn.wanted + int(npc.is_lawman),
    )


def danger(npc: Npc) -> int:
    """How deadly a defeat by it is, 0 to 100, before what makes it better or worse
    (``play.fate.risk``). Ordinary ones leave one lying."""
    return DANGER.get(npc.difficulty, 0)


def scars(npc: Npc, luck: Luck) -> tuple[Scar, ...]:
    """The mark that a defeat leaves, if it does: 20%, of bosses 40%, of who may kill 60%."""
    percent = BOSS_SCAR_PERCENT if npc.is_boss else SCAR_PERCENT
    if npc.difficulty >= MORTAL_FROM:
        percent = MORTAL_SCAR_PERCENT
    if luck.randint(1, 100) > percent:
        return ()
    kind = luck.choice(WOUNDS.get(npc.type, BY_PEOPLE))
    return (Scar(kind, luck.choice(PARTS), npc.name),)
