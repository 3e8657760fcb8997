"""Deeds as content: what they ask for, how they are played, what comes of them.

A game that is open keeps the deed as it was when it began (``PlayedAction.snapshot``): whatever
becomes of the content, what was agreed is settled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from bson import ObjectId

from desperados.characters.participant import Participant
from desperados.deck.documents import Action, ActionDeckSession, Suit
from desperados.deck.errors import ActionNotFound, NotDoneHere
from desperados.deck.rules import crime_grade, grade_of, target_of
from desperados.engine.allowances import Limit
from desperados.engine.storage.content import Content
from desperados.play.requirements import Kind, Requirement
from desperados.play.requirements.stored import read_requirements
from desperados.play.rewards import Reward, read_reward
from desperados.world.clock import HOURS_OF_DAY
from desperados.world.places import Place, read_place


class ActionType(StrEnum):
    """What a deed is. Work is offered by places and done by one hand (``world.labour``); all else
    is played."""

    CRIME = "crime"
    COMBAT = "combat"
    SOCIAL = "social"
    CRAFT = "craft"


@dataclass(frozen=True, slots=True)
class Risk:
    """What being caught costs: minutes in jail, wanted levels, how likely somebody sees it
    (percent), and the bail in dollars."""

    jail_minutes: int = 0
    wanted: int = 0
    witness_percent: int = 0
    bail: int = 0


@dataclass(frozen=True, slots=True)
class PlayedAction:
    """A deed that is decided by a game of cards. ``energy`` is what it costs a beginner;
    ``places`` are the types of places where it is done (anywhere, if none is named)."""

    code: str
    name: str
    type: ActionType
    suit: Suit
    game: str
    difficulty: int
    tier: int
    energy: int
    cooldown: timedelta
    reward: Reward
    places: tuple[str, ...] = ()
    needs: tuple[Requirement, ...] = ()
    risk: Risk = Risk()

    @property
    def grade(self) -> int:
        """How hard it is, 1 to 5."""
        of = crime_grade if self.type is ActionType.CRIME else grade_of
        return of(self.difficulty)

    @property
    def target(self) -> int | None:
        """The score that a crime takes; all else has the targets of its grade."""
        return target_of(self.difficulty) if self.type is ActionType.CRIME else None

    def snapshot(self) -> dict[str, Any]:
        """The deed as a game keeps it."""
        return {
            "code": self.code,
            "name": self.name,
            "type": self.type.value,
            "suit": self.suit.value,
            "game": self.game,
            "difficulty": self.difficulty,
            "tier": self.tier,
            "energy": self.energy,
            "reward": self.reward.model_dump(mode="json", by_alias=True, exclude_defaults=True),
            "risk": {
                "jailMinutes": self.risk.jail_minutes,
                "wanted": self.risk.wanted,
                "witnessPercent": self.risk.witness_percent,
                "bail": self.risk.bail,
            },
        }


def snapshot_of(game: ActionDeckSession) -> PlayedAction:
    """The deed that a game decides, as it was when that began."""
    row: Mapping[str, Any] = game.deed
    risk = row["risk"]
    return PlayedAction(
        code=row["code"],
        name=row["name"],
        type=ActionType(row["type"]),
        suit=Suit(row["suit"]),
        game=row["game"],
        difficulty=row["difficulty"],
        tier=row["tier"],
        energy=row["energy"],
        cooldown=timedelta(),
        reward=read_reward(row["reward"]),
        risk=Risk(risk["jailMinutes"], risk["wanted"], risk["witnessPercent"], risk["bail"]),
    )


async def find_action(code: str) -> PlayedAction:
    """The deed with this code.

    Raises:
        ActionNotFound: there is none, or it is work.
    """
    # A condition instead of a code would find any deed.
    action = await _ACTIONS.get(code) if isinstance(code, str) else None
    if action is None:
        raise ActionNotFound(path="action")
    return action


async def all_actions() -> list[PlayedAction]:
    """All deeds that are played, in the order of their codes."""
    return [action for action in await _ACTIONS.all(MOST_ACTIONS) if action is not None]


def cooldown_of(action: PlayedAction, whose: ObjectId) -> tuple[tuple[Limit, ObjectId], ...]:
    """The time until a deed can be done again, as a limit; none for what has none."""
    if not action.cooldown:
        return ()
    return ((Limit(f"deed_{action.code}", 1, action.cooldown), whose),)


async def needs_here(action: PlayedAction, who: Participant) -> list[Requirement]:
    """What a deed asks for where somebody is: what it asks for anywhere and, if the place has
    hours and it is no crime, that it is open.

    Raises:
        NotDoneHere: it is done at other places.
    """
    place = await read_place(who.location_id)
    if not is_done_at(action, place):
        raise NotDoneHere(path="action", places=list(action.places))
    return [*action.needs, *hours_of(action, place)]


def is_done_at(action: PlayedAction, place: Place | None) -> bool:
    """Whether a deed is done at a place."""
    return not action.places or (place is not None and place.type in action.places)


def hours_of(action: PlayedAction, place: Place | None) -> list[Requirement]:
    """The hours of the place where a deed is done, as a requirement if it has any."""
    if place is None or action.type is ActionType.CRIME:
        return []  # thieves have hours of their own
    opens, closes = place.hours
    if (opens - closes) % HOURS_OF_DAY == 0:
        return []
    return [Requirement(Kind.HOURS, value={"open": opens, "close": closes})]


def _action(row: Mapping[str, Any]) -> PlayedAction | None:
    if row.get("type") not in set(ActionType):
        return None
    effects = dict(row.get("effects") or {})
    of_type, suit = ActionType(row["type"]), row.get("suit")
    risk = Risk(
        int(effects.pop("jailMinutes", None) or 0),
        # What a crime brings upon who is caught; of other deeds it comes with success.
        int(effects.pop("wanted", None) or 0) if of_type is ActionType.CRIME else 0,
        int(effects.pop("witnessPercent", None) or 0),
        int(effects.pop("bail", None) or 0),
    )
    effects.pop("cooldownMinutes", None)
    return PlayedAction(
        code=row["_id"],
        name=row.get("name", ""),
        type=of_type,
        suit=Suit(suit or _SUITS[of_type]),
        game=row.get("gameType") or _GAMES[of_type],
        difficulty=int(row.get("difficulty") or 1),
        tier=int(row.get("tier") or 1),
        energy=int(row.get("energyCost") or 0),
        cooldown=timedelta(seconds=int(row.get("cooldownSeconds") or 0)),
        reward=read_reward(effects),
        places=tuple(row.get("locationTypes") or ()),
        needs=tuple(read_requirements(row.get("requirements"), suit=suit)),
        risk=risk,
    )


# What deeds are played by whose content does not say so.
_SUITS = {
    ActionType.CRIME: Suit.SPADES,
    ActionType.COMBAT: Suit.CLUBS,
    ActionType.SOCIAL: Suit.HEARTS,
    ActionType.CRAFT: Suit.DIAMONDS,
}
_GAMES = {
    ActionType.CRIME: "press_your_luck",
    ActionType.COMBAT: "poker",
    ActionType.SOCIAL: "blackjack",
    ActionType.CRAFT: "deckbuilder",
}
MOST_ACTIONS = 1_000
_ACTIONS = Content(Action, "_id", _action)
