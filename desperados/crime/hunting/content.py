"""The content of hunting: what its files under ``seeds/`` hold."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from desperados.crime.hunting import documents
from desperados.crime.hunting.trails import TIERS, Tier
from desperados.engine.manifest.content import Content, Kind
from desperados.play.requirements import Requirement, targets_at
from desperados.vocabulary import Level, Natural, PercentOf, Positive, Range


class Hunter(Content):
    """A hunter of the land. Dollars, hours, percents; without ``hire_base`` he is the law's."""

    hunter_id: str
    name: str
    description: str
    method: Literal["force", "tracking", "sniper", "infiltration", "spirit", "reckless"]
    level: Level
    min_bounty: Annotated[int, Field(ge=1, le=10_000)]
    hours: Annotated[int, Field(ge=1, le=72)]
    hire_base: Positive | None = None
    hire_percent: PercentOf = 0
    cooldown_hours: Natural = 0
    capture: Annotated[int, Field(ge=1, le=95)]
    bribable: bool = True
    requirements: list[Requirement] = Field(default_factory=list)

    @model_validator(mode="after")
    def _is_hired_or_not(self) -> Self:
        hired = (self.hire_percent, self.cooldown_hours, self.requirements)
        if self.hire_base is None and any(hired):
            raise ValueError("nobody hires him: no hirePercent, cooldownHours or requirements")
        if self.hire_base is not None and not self.cooldown_hours:
            raise ValueError("whoever is hired rests afterwards: cooldownHours")
        return self


class LawTarget(Content):
    """An outlaw of the land. ``reward`` in dollars, bounded by the tier."""

    target_id: str
    name: str
    description: str
    tier: Literal["petty", "wanted", "notorious", "legendary"]
    reward: Range
    tracking: PercentOf
    combat: PercentOf
    escape: PercentOf

    @model_validator(mode="after")
    def _pays_what_the_tier_pays(self) -> Self:
        most = TIERS[Tier(self.tier)].most_reward
        if not 1 <= self.reward.min <= self.reward.max <= most:
            raise ValueError(f"a contract of this tier pays 1 to {most} dollars")
        return self


CONTENT = (
    Kind(
        "hunters",
        ("hunterId",),
        documents.Hunter,
        Hunter,
        (targets_at("requirements[]"),),
    ),
    Kind("law_contracts", ("targetId",), documents.LawTarget, LawTarget),
)
