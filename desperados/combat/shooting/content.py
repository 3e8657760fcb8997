"""The content of shooting: what its file under ``seeds/`` holds beyond the document class."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from desperados.combat.shooting.documents import ShootingTemplate
from desperados.combat.shooting.rules import Scoring
from desperados.combat.shooting.targets import TARGETS, GunKind
from desperados.engine.manifest.content import Content, Kind, To
from desperados.play.requirements import Requirement, targets_at
from desperados.play.rewards import Reward
from desperados.play.rewards import targets_at as given_at
from desperados.vocabulary import Natural, Positive, Weekday

MOST_SHOOTERS = 64
MOST_SUBSIDY_PERCENT = 50
"""Of the sum of all prizes, what the world adds at most."""


class When(Content):
    """At an hour (UTC) of every day, or of the days that are named."""

    hour: Annotated[int, Field(ge=0, le=23)]
    weekday: Weekday | None = None
    day: Annotated[int, Field(ge=1, le=28)] | None = None
    month: Annotated[int, Field(ge=1, le=12)] | None = None


class RoundOf(Content):
    """A round of a contest."""

    targets: Annotated[list[str], Field(min_length=1, max_length=8)]
    shots: Annotated[int, Field(ge=1, le=30)]
    seconds: Annotated[int, Field(ge=1, le=30)]
    advance: Annotated[int, Field(ge=1, le=MOST_SHOOTERS)]

    @model_validator(mode="after")
    def _can_be_shot_at(self) -> Self:
        if strangers := set(self.targets) - set(TARGETS):
            raise ValueError(f"there is no target {min(strangers)!r}")
        return self


class ShootingContestOf(Content):
    """More of a contest."""

    when: When
    fee: Natural
    least: Annotated[int, Field(ge=2, le=MOST_SHOOTERS)]
    capacity: Annotated[int, Field(ge=2, le=MOST_SHOOTERS)]
    subsidy: Natural
    prizes: Annotated[list[Positive], Field(min_length=1, max_length=MOST_SHOOTERS)]
    weapons: Annotated[list[str], Field(min_length=1)]
    roofed: bool = False
    scoring: Annotated[str, Field(pattern="^(points|accuracy|time)$")] = Scoring.POINTS.value
    requirements: list[Requirement] = Field(default_factory=list)
    honours: Reward = Field(default_factory=Reward)
    rounds: Annotated[list[RoundOf], Field(min_length=1, max_length=4)]

    @model_validator(mode="after")
    def _can_be_paid(self) -> Self:
        if self.subsidy > sum(self.prizes) * MOST_SUBSIDY_PERCENT // 100:
            raise ValueError("the subsidy is more than half of the prizes")
        if self.least > self.capacity or len(self.prizes) > self.capacity:
            raise ValueError("there are fewer places than must come, or than prizes")
        return self

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if strangers := set(self.weapons) - set(GunKind):
            raise ValueError(f"there is no kind of weapon {min(strangers)!r}")
        advance = [found.advance for found in self.rounds]
        if advance[-1] != 1 or advance != sorted(advance, reverse=True):
            raise ValueError("fewer go on from round to round, and one of the last")
        if self.honours.dollars:
            raise ValueError("dollars are prizes, and no honours")
        return self


CONTENT = (
    Kind(
        "shooting_contests",
        ("_id",),
        ShootingTemplate,
        ShootingContestOf,
        (To("locationId", "locations"), targets_at("requirements[]"), *given_at("honours")),
    ),
)
