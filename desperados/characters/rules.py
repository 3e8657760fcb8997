"""The rules of characters: names, slots, skills, what a new one starts with. Pure functions."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any

from desperados.accounts.names import is_reserved
from desperados.characters.documents import CharacterBackground
from desperados.characters.errors import InvalidName
from desperados.engine.errors import InvalidInput

ALIVE: dict[str, Any] = {"deletedAt": None}
"""The filter of characters that were not deleted (dead ones are among them)."""

NAME_LENGTH = (3, 20)
NAME_MARKS = frozenset(" '-")

_ALIKE = ("Il1", "O0")
_LOOK = {ord(other): group[0] for group in _ALIKE for other in group}
MOST_SWAPPED = 6

BASE_SLOTS = 2
MOST_SLOTS = 5
SLOT_UNLOCKS = frozenset({"character_slot_3", "character_slot_4", "character_slot_5"})
"""Account unlocks that give one more slot each: earned at legacy tiers 2, 5 and 10."""

CREATIONS_PER_WINDOW = 5
CREATION_WINDOW = timedelta(minutes=15)

STARTING_DOLLARS = 100
MAX_ENERGY = 150
MAX_HEALTH = 100  # of who has no combat level and no combat skill
STARTING_SKILL = 1
TRAINED_SKILL = 3


class Faction(StrEnum):
    """The three powers of the territory."""

    SETTLER_ALLIANCE = "settler_alliance"
    NAHI_COALITION = "nahi_coalition"
    FRONTERA = "frontera"


class SkillGroup(StrEnum):
    """The four groups of skills; each is a suit of the deck."""

    COMBAT = "combat"
    CUNNING = "cunning"
    SPIRIT = "spirit"
    CRAFT = "craft"


SKILLS: Mapping[SkillGroup, tuple[str, ...]] = {
    SkillGroup.COMBAT: (
        "melee_combat",
        "ranged_combat",
        "defensive_tactics",
        "mounted_combat",
        "explosives",
    ),
    SkillGroup.CUNNING: (
        "lockpicking",
        "stealth",
        "pickpocket",
        "tracking",
        "deception",
        "gambling",
        "duel_instinct",
        "sleight_of_hand",
    ),
    SkillGroup.SPIRIT: (
        "medicine",
        "persuasion",
        "animal_handling",
        "leadership",
        "ritual_knowledge",
        "performance",
    ),
    SkillGroup.CRAFT: (
        "blacksmithing",
        "leatherworking",
        "cooking",
        "alchemy",
        "engineering",
        "prospecting",
        "woodworking",
        "gunsmithing",
        "tailoring",
        "native_crafts",
        "trapping",
    ),
}
"""All 30 skills by category."""

START_LOCATION: Mapping[Faction, str] = {
    Faction.SETTLER_ALLIANCE: "red-gulch",
    Faction.NAHI_COALITION: "kaiowa-mesa",
    Faction.FRONTERA: "the-frontera",
}
FACTION_BONUS: Mapping[Faction, tuple[SkillGroup, int]] = {
    Faction.SETTLER_ALLIANCE: (SkillGroup.CRAFT, 5),
    Faction.NAHI_COALITION: (SkillGroup.SPIRIT, 5),
    Faction.FRONTERA: (SkillGroup.CUNNING, 5),
}
HOME_FACTION: Mapping[CharacterBackground, Faction] = {
    CharacterBackground.SETTLER: Faction.SETTLER_ALLIANCE,
    CharacterBackground.NATIVE_SCOUT: Faction.NAHI_COALITION,
    CharacterBackground.OUTLAW: Faction.FRONTERA,
    # A drifter has no people of his own; the Frontera is where nobody asks.
    CharacterBackground.DRIFTER: Faction.FRONTERA,
}
TRAINED: Mapping[CharacterBackground, tuple[str, str]] = {
    CharacterBackground.SETTLER: ("woodworking", "cooking"),
    CharacterBackground.NATIVE_SCOUT: ("tracking", "animal_handling"),
    CharacterBackground.OUTLAW: ("melee_combat", "deception"),
    CharacterBackground.DRIFTER: ("persuasion", "gambling"),
}


def check_name(name: Any) -> str:
    """``name``, trimmed and with runs of spaces made one, if a character may be called so.

    3 to 20 letters, digits 0-9, spaces, apostrophes and hyphens, at least three of them letters or
    digits; no reserved word, and none that speaks for the staff. Letters are A to Z with or without
    marks (José): letters of other alphabets look like these, and one player could pass for another.

    Raises:
        InvalidName: it is not such a name.
    """
    if not isinstance(name, str) or len(name) > 10 * NAME_LENGTH[1]:
        raise InvalidName(path="name")
    text = re.sub(" +", " ", unicodedata.normalize("NFC", name)).strip(" ")
    well_formed = (
        NAME_LENGTH[0] <= len(text) <= NAME_LENGTH[1]
        and all(c in NAME_MARKS or _is_plain(c) for c in text)
        and sum(c not in NAME_MARKS for c in text) >= NAME_LENGTH[0]
    )
    if not well_formed:
        raise InvalidName(path="name")
    if is_reserved(text):
        raise InvalidName(
            "This name is reserved, or could be taken for one of the staff.", path="name"
        )
    return text


def _is_plain(character: str) -> bool:
    """Whether this is a digit or a letter A-Z, perhaps with marks that belong to it."""
    base, *marks = list(unicodedata.normalize("NFD", character))
    return base.isascii() and base.isalnum() and all(unicodedata.combining(m) for m in marks)


def fold_name(name: str) -> str:
    """The form in which names are compared: "O'Neil", "ONEIL" and "ó neil" are one name.

    Case, marks, spaces, apostrophes and hyphens do not count.
    """
    letters = unicodedata.normalize("NFKD", name).casefold()
    return "".join(c for c in letters if c.isalnum())


def look(name: str) -> str:
    """A name as it looks at a glance: I, l and 1 are one letter, and so are O and 0.

    Case counts, marks, spaces, apostrophes and hyphens do not.
    """
    shown = unicodedata.normalize("NFKD", name).translate(_LOOK)
    return "".join(c for c in shown if c.isalnum())


def lookalikes(name: str) -> list[str]:
    """The folded forms of all names that look like this one, its own among them.

    Of the letters that may be others the first six are tried: at most 729 forms.
    """
    free = MOST_SWAPPED
    choices = []
    for character in name:
        others = next((group for group in _ALIKE if character in group), "")
        swapped = bool(others) and free > 0
        free -= swapped
        choices.append(others if swapped else character)
    return list(dict.fromkeys(fold_name("".join(form)) for form in itertools.product(*choices)))


def slots(unlocks: Iterable[str]) -> int:
    """How many characters an account with these unlocks may have: 2 to 5."""
    return min(MOST_SLOTS, BASE_SLOTS + len(SLOT_UNLOCKS.intersection(unlocks)))


def starting_dollars(slots: int, given: int) -> int:
    """What a new character is given: 100 dollars, as far as the account may have them.

    ``given`` is what its characters were given to start with, less what left the world with those
    that were deleted. An account with so many ``slots`` has at most 100 dollars for each of them:
    who spends a character's money and deletes it has spent that slot's.
    """
    return max(0, min(STARTING_DOLLARS, slots * STARTING_DOLLARS - given))


def check_background(background: Any) -> CharacterBackground:
    """``background`` as the enum.

    Raises:
        InvalidInput: there is no such background.
    """
    try:
        return CharacterBackground(background)
    except ValueError:
        known = ", ".join(CharacterBackground)
        raise InvalidInput(f"A background is one of: {known}.", path="background") from None


def choose_faction(faction: Any, background: CharacterBackground) -> Faction:
    """``faction`` as the enum; without one, the background's own.

    Raises:
        InvalidInput: there is no such faction.
    """
    if faction is None:
        return HOME_FACTION[background]
    try:
        return Faction(faction)
    except ValueError:
        known = ", ".join(Faction)
        raise InvalidInput(f"A faction is one of: {known}.", path="faction") from None


def starting_levels(background: CharacterBackground) -> dict[str, int]:
    """The levels of all 30 skills: 1, and 3 for the two that the background taught."""
    trained = TRAINED[background]
    return {
        skill: TRAINED_SKILL if skill in trained else STARTING_SKILL
        for skills in SKILLS.values()
        for skill in skills
    }


def max_health(levels: Mapping[str, int], combat_level: int = 1) -> int:
    """100, 5 for each combat level, and what the combat skills add.

    Each combat skill adds 1 for each of its first 10 levels, 0.5 up to level 25 and 0.25 above, at
    most 24; all together at most 120. The sum is rounded down.
    """
    bonus = sum(_toughness(levels.get(skill, 0)) for skill in SKILLS[SkillGroup.COMBAT])
    return MAX_HEALTH + 5 * combat_level + int(min(120.0, bonus))


def _toughness(level: int) -> float:
    first = min(level, 10)
    second = min(max(level - 10, 0), 15)
    rest = max(level - 25, 0)
    return min(24.0, first + 0.5 * second + 0.25 * rest)


def power(category: SkillGroup, levels: Mapping[str, int], faction: str) -> int:
    """A category's strength: the sum of its skill levels and the bonus of the faction.

    Equipment comes on top.
    """
    total = sum([levels.get(skill, 0) for skill in SKILLS[category]])
    for owner, (favoured, bonus) in FACTION_BONUS.items():
        if owner == faction and favoured is category:
            total += bonus
    return total
