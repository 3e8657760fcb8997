"""The content of deck: what its files under ``seeds/`` hold beyond the document classes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from desperados.deck import documents
from desperados.engine.manifest.content import Content, Kind, To
from desperados.play.requirements import Requirement, targets_at
from desperados.play.rewards import Reward
from desperados.play.rewards import targets_at as given_at
from desperados.vocabulary import Natural, PercentOf, Positive


class Card(Content):
    """More of a card."""

    name: str
    rarity: Literal["common", "rare", "epic", "legendary"] = "common"
    is_special: bool = False


class ActionEffects(Reward):
    """What a deed gives, and what may come of being caught at it: minutes in jail, how likely it is
    seen (in percent), and the bail in dollars. A job can be done again after its cooldown."""

    cooldown_minutes: Positive | None = None
    jail_minutes: Positive | None = None
    witness_percent: PercentOf | None = None
    bail: Positive | None = None


class Action(Content):
    """More of a deed."""

    difficulty: Annotated[int, Field(ge=1, le=100)]
    suit: Literal["spades", "hearts", "clubs", "diamonds"]
    game_type: Literal["poker", "press_your_luck", "blackjack", "deckbuilder", "plain"]
    tier: Annotated[int, Field(ge=1, le=4)]
    location_types: list[str] = Field(default_factory=list)
    cooldown_seconds: Natural = 0
    description: str | None = None
    requirements: list[Requirement] = Field(default_factory=list)
    effects: ActionEffects = Field(default_factory=ActionEffects)


CONTENT = (
    Kind("cards", ("_id",), documents.Card, Card),
    Kind(
        "actions",
        ("_id",),
        documents.Action,
        Action,
        (
            To("type", "action_types"),
            *given_at("effects"),
            To("locationTypes[]", "location_types"),
            targets_at("requirements[]"),
        ),
    ),
)
