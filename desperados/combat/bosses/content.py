"""The content of bosses: what their file under ``seeds/`` holds beyond the document class."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from desperados.combat.bosses import documents
from desperados.combat.fights.engine.setup import MOST_MEMBERS, Ability, Gauge, Phase
from desperados.engine.manifest.content import Content, Kind, To
from desperados.play.requirements import Requirement, targets_at
from desperados.play.rewards import Reward
from desperados.play.rewards import targets_at as given_at
from desperados.vocabulary import Natural


class Party(Content):
    """How many may come; with a least number of 1 one may come alone."""

    least: Annotated[int, Field(ge=1, le=MOST_MEMBERS)] = 1
    most: Annotated[int, Field(ge=1, le=MOST_MEMBERS)] = 1

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.least > self.most:
            raise ValueError("least is above most")
        return self


class Boss(Content):
    """More of a boss.

    ``health`` and ``attack`` (of a plain hit, give or take ``spread``) are for one who comes alone;
    ``enrage_round`` is from which round on its damage doubles with every round. Who has beaten it
    may come again after ``respawn_hours``. Each of the party pays ``energy``. ``reward`` is that of
    a victory, of which the dollars are shared, and ``first_reward`` comes with the first one.
    """

    description: str
    party: Party = Field(default_factory=Party)
    energy: Annotated[int, Field(ge=5, le=50)] = 25
    respawn_hours: Annotated[int, Field(ge=24, le=96)]
    requirements: list[Requirement] = Field(default_factory=list)
    health: Annotated[int, Field(ge=500, le=20_000)]
    attack: Annotated[int, Field(ge=1, le=200)]
    spread: Natural = 0
    plain: Natural = 2
    enrage_round: Annotated[int, Field(ge=10, le=40)]
    phases: Annotated[list[Phase], Field(min_length=3, max_length=5)]
    abilities: Annotated[list[Ability], Field(min_length=2, max_length=8)]
    gauges: Annotated[list[Gauge], Field(max_length=2)] = Field(default_factory=list)
    reward: Reward
    first_reward: Reward


CONTENT = (
    Kind(
        "bosses",
        ("_id",),
        documents.Boss,
        Boss,
        (
            To("locationId", "locations"),
            targets_at("requirements[]"),
            *given_at("reward"),
            *given_at("firstReward"),
        ),
    ),
)
