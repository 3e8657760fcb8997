"""The content of deck: what its files under ``seeds/`` hold beyond the document classes."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from desperados.deck import documents
from desperados.deck.games.terms import LOWERED, SCORES
from desperados.engine.manifest.content import Content, Kind, To
from desperados.play.requirements import Requirement, targets_at
from desperados.play.rewards import Reward
from desperados.play.rewards import targets_at as given_at
from desperados.vocabulary import Natural, PercentOf, Positive


class CardEffects(Content):
    """What a special card does in the final hand, in percent: it adds to the score, or lowers the
    threshold."""

    score: Annotated[int, Field(ge=5, le=SCORES[-1])] | None = None
    threshold: Annotated[int, Field(ge=2, le=LOWERED[-1])] | None = None


class Card(Content):
    """More of a card. A special one takes the place of the plain one of its suit and rank."""

    name: str
    rarity: Literal["common", "rare", "epic", "legendary"] = "common"
    is_special: bool = False
    effects: CardEffects = Field(default_factory=CardEffects)

    @model_validator(mode="after")
    def _does_something_if_it_is_special(self) -> Self:
        does = sum(each is not None for each in (self.effects.score, self.effects.threshold))
        if does != int(self.is_special):
            raise ValueError("a special card does one thing, a plain one nothing")
        return self


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
    game_type: Literal["poker", "press_your_luck", "blackjack", "deckbuilder", "hand", "plain"]
    tier: Annotated[int, Field(ge=1, le=4)]
    location_types: list[str] = Field(default_factory=list)
    cooldown_seconds: Natural = 0
    description: str | None = None
    requirements: list[Requirement] = Field(default_factory=list)
    effects: ActionEffects = Field(default_factory=ActionEffects)
    type: str

    @model_validator(mode="after")
    def _is_decided_in_one_way(self) -> Self:
        """Work is one hand, or none at all; all else is a game. Crimes are as hard as the score
        that they take, a hundred for each point."""
        if (self.type == "job") != (self.game_type in ("hand", "plain")):
            raise ValueError(f"a {self.type} is not decided by {self.game_type}")
        if self.type == "crime" and not 5 <= self.difficulty <= 16:
            raise ValueError("the difficulty of a crime is 5 to 16")
        return self


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
