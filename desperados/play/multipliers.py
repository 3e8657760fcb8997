"""What multiplies the dollars and the experience of a character at this moment.

It knows nothing of who writes the documents; what is missing, or of another form than expected,
changes no amount:

- ``WorldEvent``: ``extraEffects.income`` and ``extraEffects.xp`` of those that are on, here or
  everywhere.
- ``LegacyProfile``: ``bonuses.goldBonus`` and ``bonuses.xpBonus``.
- ``Character``: its effects, its age, and whether the account ever had another before it. Deleted
  characters keep their rows, so deleting the first and making another is no second stake.

Read only for what may be boosted: three indexed reads that may leave with others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from desperados.characters.actor import Actor
from desperados.characters.documents import Character, LegacyProfile
from desperados.characters.effects import Stat
from desperados.characters.participant import Participant
from desperados.engine import clock
from desperados.engine.storage.reads import Read
from desperados.play import multiplier_rules as rules
from desperados.play.outcome import Bonus
from desperados.world.ongoing import ongoing_events
from desperados.world.places import Place

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Multiplier:
    """The factors on an award, in ten-thousandths; those of the events by their ids, those of the
    deed itself by their names."""

    events: tuple[tuple[Any, int], ...] = ()
    prestige: int = rules.ONE
    newcomer: int = rules.ONE
    effects: int = rules.ONE
    deed: tuple[tuple[str, int], ...] = ()

    def of(self, amount: int) -> int:
        """``amount`` after these factors."""
        named = (factor for _, factor in (*self.events, *self.deed))
        return rules.multiplied(amount, (*named, self.prestige, self.newcomer, self.effects))

    def metadata(self, base: int) -> dict[str, Any] | None:
        """What the row keeps, so that the amount can be explained; None if nothing counted."""
        others = {"prestige": self.prestige, "newcomer": self.newcomer, "effects": self.effects}
        plain = all(factor == rules.ONE for factor in others.values())
        if plain and not self.events and not self.deed:
            return None
        events = [{"id": event_id, "factor": factor} for event_id, factor in self.events]
        deed = {"deed": dict(self.deed)} if self.deed else {}
        return {"boost": {"base": base, "events": events, **others, **deed}}


class Multipliers:
    """What multiplies the awards of one character: ``reads`` that may leave with others, and then
    ``dollars()`` and ``xp()``. ``place`` is where the character is."""

    def __init__(self, who: Actor, place: Place | None) -> None:
        self._who = who
        self._events = ongoing_events(
            place,
            {"$or": [{f"extraEffects.{name}": {"$type": "number"}} for name in ("income", "xp")]},
            {"extraEffects.income": 1, "extraEffects.xp": 1},
        )
        self._legacy: Read[Row] = Read(
            LegacyProfile, {"characterId": who.id}, _bonuses, {"bonuses": 1}
        )
        self.reads: tuple[Read[Any], ...] = (self._events, self._legacy)
        self._elder: Read[bool] | None = None
        if rules.is_new(who.created_at, clock.now()):
            self._elder = _elder_of(who)
            self.reads = (*self.reads, self._elder)

    def dollars(self, bonuses: Sequence[Bonus] = ()) -> Multiplier:
        """What multiplies dollars that are earned by play."""
        newcomer = self._elder is not None and not self._elder.result
        return Multiplier(
            self._of_events("income"),
            rules.prestige_factor(self._legacy.result.get("goldBonus")),
            rules.NEWCOMER if newcomer else rules.ONE,
            self._of_effects(Stat.DOLLARS),
            _named((bonus.name, bonus.dollars) for bonus in bonuses),
        )

    def xp(self, bonuses: Sequence[Bonus] = ()) -> Multiplier:
        """What multiplies experience."""
        return Multiplier(
            self._of_events("xp"),
            rules.prestige_factor(self._legacy.result.get("xpBonus")),
            effects=self._of_effects(Stat.XP),
            deed=_named((bonus.name, bonus.xp) for bonus in bonuses),
        )

    def _of_events(self, name: str) -> tuple[tuple[Any, int], ...]:
        """The events that count for this, the eldest first, with their factors."""
        factors = (
            (row["_id"], rules.event_factor(row["extraEffects"].get(name)))
            for row in self._events.result
        )
        return tuple((event_id, factor) for event_id, factor in factors if factor != rules.ONE)

    def _of_effects(self, stat: Stat) -> int:
        if not isinstance(self._who, Participant):
            return rules.ONE
        return rules.ONE + 100 * self._who.percent(stat)


def _named(percents: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Percents by name as factors; what adds nothing is left out."""
    return tuple((name, rules.ONE + 100 * percent) for name, percent in percents if percent)


def _bonuses(rows: list[dict[str, Any]]) -> Row:
    bonuses = rows[0].get("bonuses") if rows else None
    return bonuses if isinstance(bonuses, dict) else {}


def _elder_of(who: Actor) -> Read[bool]:
    """Whether the account ever had another character before this one."""
    return Read(
        Character,
        {
            "userId": who.user_id,
            "_id": {"$ne": who.id},
            # A row of unknown age counts as older.
            "createdAt": {"$not": {"$gt": who.created_at}},
        },
        bool,
        {"_id": 1},
    )
