"""Rewards as content says them: what is sure, what may come with it, and one of several by weight.

One model for all content; quests and achievements, whose form is given, are read into it. What a
reward can give at most is known before anybody plays (``bound``), and checked with the seeds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from desperados.characters.growth import MOST_XP
from desperados.characters.rules import SKILLS
from desperados.engine.dice import Luck
from desperados.engine.manifest.content import Content, To
from desperados.ledger.items.movement import Line
from desperados.play.outcome import Outcome
from desperados.renown.conduct_table import CONDUCT
from desperados.vocabulary import Faction, ItemCode, Natural, Positive, Range

MOST_DOLLARS = 100_000
MOST_PIECES = 100
"""What one reward gives at most, of dollars and of any item."""
_SKILLS = frozenset(skill for skills in SKILLS.values() for skill in skills)
_SURE = 100


class RewardItem(Content):
    """Pieces of an item, which come with ``chance`` percent."""

    item_id: ItemCode
    quantity: Annotated[int, Field(ge=1, le=MOST_PIECES)] = 1
    chance: Annotated[float, Field(gt=0, le=_SURE)] = _SURE


class Part(Content):
    """What comes together. Negative dollars, health, energy, standing and wanted levels are losses;
    of dollars as far as there are any. ``access`` are places that it opens."""

    dollars: Annotated[int, Field(ge=-MOST_DOLLARS, le=MOST_DOLLARS)] | Range = 0
    xp: Annotated[int, Field(ge=0, le=MOST_XP)] = 0
    items: list[RewardItem] = Field(default_factory=list)
    skill_xp: dict[str, Positive] = Field(default_factory=dict)
    combat_xp: Natural = 0
    standing: dict[Faction, Annotated[int, Field(ge=-50, le=50)]] = Field(default_factory=dict)
    conduct: list[str] = Field(default_factory=list)
    health: Annotated[int, Field(ge=-1_000, le=1_000)] = 0
    energy: Annotated[int, Field(ge=-250, le=250)] = 0
    wanted: Annotated[int, Field(ge=-5, le=5)] = 0
    titles: list[str] = Field(default_factory=list)
    access: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _names_what_there_is(self) -> Self:
        if strangers := set(self.skill_xp) - _SKILLS:
            raise ValueError(f"there is no skill {min(strangers)!r}")
        if strangers := set(self.conduct) - set(CONDUCT):
            raise ValueError(f"the table of conduct has no {min(strangers)!r}")
        return self


class Weighted(Part):
    """One of several, as likely as its ``weight`` among theirs."""

    weight: Positive


class Reward(Part):
    """What is sure, and exactly one of ``one_of`` with it, if there are any."""

    one_of: list[Weighted] = Field(default_factory=list)

    @model_validator(mode="after")
    def _is_bounded(self) -> Self:
        most = bound(self)
        if most.dollars > MOST_DOLLARS:
            raise ValueError(f"it may give {most.dollars} dollars: {MOST_DOLLARS} at most")
        if most.xp > MOST_XP:
            raise ValueError(f"it may give {most.xp} experience: {MOST_XP} at most")
        for item, pieces in most.items.items():
            if pieces > MOST_PIECES:
                raise ValueError(f"it may give {pieces} of {item}: {MOST_PIECES} at most")
        return self


@dataclass(frozen=True, slots=True)
class Bound:
    """The most that a reward can give."""

    dollars: int
    xp: int
    items: Mapping[str, int]


def bound(reward: Reward) -> Bound:
    """The most that ``reward`` can give of each, whatever the dice say."""
    parts = reward.one_of
    items: Counter[str] = Counter()
    for part in parts:
        items |= _pieces(part)
    return Bound(
        max(0, _most(reward)) + max((max(0, _most(part)) for part in parts), default=0),
        reward.xp + max((part.xp for part in parts), default=0),
        dict(_pieces(reward) + items),
    )


def _most(part: Part) -> int:
    return part.dollars.max if isinstance(part.dollars, Range) else part.dollars


def _pieces(part: Part) -> Counter[str]:
    found: Counter[str] = Counter()
    for item in part.items:
        found[item.item_id] += item.quantity
    return found


def draw(reward: Reward, luck: Luck) -> Outcome:
    """What a reward gives this time."""
    parts: list[Part] = [reward]
    if reward.one_of:
        parts += luck.choices(reward.one_of, [part.weight for part in reward.one_of])
    skill_xp: Counter[str] = Counter()
    standing: Counter[str] = Counter()
    for part in parts:
        skill_xp.update(part.skill_xp)
        standing.update(part.standing)
    return Outcome(
        dollars=sum(_dollars(part, luck) for part in parts),
        xp=sum(part.xp for part in parts),
        items=tuple(
            Line(item.item_id, item.quantity)
            for part in parts
            for item in part.items
            if item.chance >= _SURE or luck.random() * _SURE < item.chance
        ),
        skill_xp=dict(skill_xp),
        combat_xp=sum(part.combat_xp for part in parts),
        standing=dict(standing),
        conduct=tuple(action for part in parts for action in part.conduct),
        health=sum(part.health for part in parts),
        energy=sum(part.energy for part in parts),
        wanted=sum(part.wanted for part in parts),
        titles=tuple(title for part in parts for title in part.titles),
    )


def _dollars(part: Part, luck: Luck) -> int:
    if isinstance(part.dollars, Range):
        return luck.randint(part.dollars.min, part.dollars.max)
    return part.dollars


def read_reward(stored: Mapping[str, Any] | None) -> Reward:
    """A reward as content stores it, in this form or in one of those before it: ``gold`` for
    dollars, ``reputation`` for standing, ``locationAccess``, codes of items, one for each piece.

    Raises:
        ValidationError: it is of another form.
    """
    row = dict(stored or {})
    if "gold" in row:
        row["dollars"] = row.get("dollars", 0) + row.pop("gold")
    if "reputation" in row:
        row["standing"] = row.pop("reputation")
    if "locationAccess" in row:
        row["access"] = row.pop("locationAccess")
    codes = [item for item in row.get("items", ()) if isinstance(item, str)]
    if codes:
        pieces = Counter(codes)
        row["items"] = [{"itemId": code, "quantity": n} for code, n in pieces.items()]
    return Reward.model_validate(plain(row))


def plain(value: Any) -> Any:
    """Stored content as the models of content take it: whole numbers that the database keeps as
    doubles, or as a type of its own, as whole numbers."""
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    kept_otherwise = isinstance(value, int) and type(value) not in (int, bool)
    return int(value) if kept_otherwise else value


def targets_at(path: str) -> tuple[To, ...]:
    """The links of content that has a reward at ``path``."""
    return tuple(
        To(f"{path}{part}{field}", kind)
        for part in (".", ".oneOf[].")
        for field, kind in (("items[].itemId", "items"), ("access[]", "locations"))
    )
