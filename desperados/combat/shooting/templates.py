"""The contests that are held again and again, as the rules want them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from desperados.combat.calendar import Schedule
from desperados.combat.shooting.documents import ShootingTemplate
from desperados.combat.shooting.rules import Scoring
from desperados.combat.shooting.targets import GunKind
from desperados.engine.storage.content import Content
from desperados.play.requirements import Kind, Requirement
from desperados.play.requirements.stored import read_requirements
from desperados.play.rewards import Reward, read_reward

MOST_TEMPLATES = 100


@dataclass(frozen=True, slots=True)
class Round:
    """A round: targets by their codes, shots, the seconds that one is meant to take, and how many
    go on."""

    targets: tuple[str, ...]
    shots: int
    seconds: int
    advance: int


@dataclass(frozen=True, slots=True)
class Template:
    """A contest: where, when, for what, and how it is shot. Money is in dollars; ``subsidy`` is the
    most that the world adds to the fees, ``least`` how many must come."""

    code: str
    name: str
    description: str
    place: str
    when: Schedule
    fee: int
    least: int
    capacity: int
    subsidy: int
    prizes: tuple[int, ...]
    guns: frozenset[GunKind]
    roofed: bool
    scoring: Scoring
    rounds: tuple[Round, ...]
    needs: tuple[Requirement, ...]
    honours: Reward

    @property
    def level(self) -> int:
        """The level from which on one may register."""
        return max((need.number for need in self.needs if need.kind is Kind.LEVEL), default=1)

    @classmethod
    def of(cls, code: str, row: Mapping[str, Any]) -> Template:
        """A stored template, or the terms of a contest that was announced by it."""
        when = row.get("when") or {}
        return cls(
            code=code,
            name=row["name"],
            description=row.get("description", ""),
            place=row["locationId"],
            when=Schedule(**{name: int(value) for name, value in when.items()}),
            fee=int(row["fee"]),
            least=int(row["least"]),
            capacity=int(row["capacity"]),
            subsidy=int(row["subsidy"]),
            prizes=tuple(int(prize) for prize in row["prizes"]),
            guns=frozenset(GunKind(kind) for kind in row["weapons"]),
            roofed=bool(row.get("roofed")),
            scoring=Scoring(row.get("scoring", Scoring.POINTS)),
            rounds=tuple(
                Round(
                    tuple(one["targets"]),
                    int(one["shots"]),
                    int(one["seconds"]),
                    int(one["advance"]),
                )
                for one in row["rounds"]
            ),
            needs=tuple(read_requirements(row.get("requirements"))),
            honours=read_reward(row.get("honours")),
        )


async def find_template(code: str) -> tuple[Template, dict[str, Any]] | None:
    """A template, and what a contest keeps of it; None if there is none of this name."""
    return await _TEMPLATES.get(code)


async def all_templates() -> tuple[tuple[Template, dict[str, Any]], ...]:
    """All templates, in the order of their codes."""
    return await _TEMPLATES.all(MOST_TEMPLATES)


def _kept(row: Mapping[str, Any]) -> tuple[Template, dict[str, Any]]:
    terms = {name: value for name, value in row.items() if name not in ("_id", "__v")}
    return Template.of(row["_id"], row), terms


_TEMPLATES = Content(ShootingTemplate, "_id", _kept)
