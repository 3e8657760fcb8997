"""Criminal records, for everybody above the accounts, read only: skills, and how far one is known.

The five skills are crime's own and end at 50; they come with successful crimes, and with what old
hands tell in jail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bson import ObjectId

from desperados.crime.documents import CriminalRecord
from desperados.engine.storage.reads import Read

UNSKILLED, MOST_SKILLED = 1, 50
UNKNOWN, BEST_KNOWN = 0, 100
SKILLS = ("pickpocketing", "burglary", "robbery", "heisting", "assassination")
PER_LEVEL = 2


@dataclass(frozen=True, slots=True)
class Record:
    """What a character has learned as a criminal: (level, experience within it) by skill; and how
    far it is known as one, 0 to 100."""

    skills: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    reputation: int = UNKNOWN

    def skill(self, name: str) -> int:
        """The level of a skill, 1 to 50."""
        return self.skills.get(name, (UNSKILLED, 0))[0]

    @property
    def best(self) -> int:
        """The level of the best skill."""
        return max(self.skill(name) for name in SKILLS)

    def learned(self, gained: Mapping[str, int]) -> Record:
        """The record after some more experience, by skill."""
        grown = {
            name: grow(*self.skills.get(name, (UNSKILLED, 0)), more)
            for name, more in gained.items()
        }
        return Record({**self.skills, **grown}, self.reputation)

    def known(self, more: int) -> Record:
        """The record of somebody who is better known by ``more``."""
        return Record(self.skills, min(BEST_KNOWN, self.reputation + more))


def needed(level: int) -> int:
    """The experience from a level to the next: twice its square."""
    return PER_LEVEL * level * level


def grow(level: int, xp: int, gained: int) -> tuple[int, int]:
    """Level and experience within it after ``gained`` more; at 50 nothing is left to learn."""
    xp += max(0, gained)
    while level < MOST_SKILLED and xp >= needed(level):
        level, xp = level + 1, xp - needed(level)
    return level, (0 if level >= MOST_SKILLED else xp)


def criminal_record(character_id: ObjectId) -> Read[Record]:
    """The record of a character; that of a beginner where there is none."""
    return Read(CriminalRecord, {"characterId": character_id}, _record)


def _record(rows: list[dict[str, Any]]) -> Record:
    if not rows:
        return Record()
    stored = rows[0].get("skills")
    skills = {
        name: (
            max(UNSKILLED, min(MOST_SKILLED, int(row.get("level") or 1))),
            max(0, int(row.get("xp") or 0)),
        )
        for name, row in (stored if isinstance(stored, dict) else {}).items()
        if name in SKILLS and isinstance(row, dict)
    }
    return Record(skills, max(UNKNOWN, min(BEST_KNOWN, int(rows[0].get("reputation") or 0))))
