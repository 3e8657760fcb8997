"""The people of hunting, as content has them: hunters of the land, and outlaws of the land."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from desperados.crime.hunting.documents import Hunter, LawTarget
from desperados.crime.hunting.errors import HunterNotFound, OutlawNotFound
from desperados.crime.hunting.rules import NpcHunter
from desperados.crime.hunting.trails import Target, Tier
from desperados.engine.storage.content import Content
from desperados.play.requirements.stored import read_requirements

MOST_HUNTERS, MOST_TARGETS = 100, 200


async def all_hunters() -> tuple[NpcHunter, ...]:
    """The hunters of the land, 100 at most."""
    return await _HUNTERS.all(MOST_HUNTERS)


async def find_hunter(code: str) -> NpcHunter:
    """The hunter with this code.

    Raises:
        HunterNotFound: there is none.
    """
    # A condition instead of a code would find any hunter.
    found = await _HUNTERS.get(code) if isinstance(code, str) else None
    if found is None:
        raise HunterNotFound(path="hunter")
    return found


async def all_targets() -> tuple[Target, ...]:
    """The outlaws of the land, 200 at most."""
    return await _TARGETS.all(MOST_TARGETS)


async def find_target(code: str) -> Target:
    """The outlaw with this code.

    Raises:
        OutlawNotFound: there is none.
    """
    found = await _TARGETS.get(code) if isinstance(code, str) else None
    if found is None:
        raise OutlawNotFound(path="target")
    return found


def _hunter(row: Mapping[str, Any]) -> NpcHunter:
    base = row.get("hireBase")
    return NpcHunter(
        row["hunterId"],
        row["name"],
        row["description"],
        row["method"],
        int(row["level"]),
        int(row["minBounty"]),
        timedelta(hours=int(row["hours"])),
        None if base is None else int(base),
        int(row.get("hirePercent") or 0),
        timedelta(hours=int(row.get("cooldownHours") or 0)),
        int(row["capture"]),
        row.get("bribable", True),
        tuple(read_requirements(row.get("requirements"))),
    )


def _target(row: Mapping[str, Any]) -> Target:
    return Target(
        row["targetId"],
        row["name"],
        row["description"],
        Tier(row["tier"]),
        (int(row["reward"]["min"]), int(row["reward"]["max"])),
        int(row["tracking"]),
        int(row["combat"]),
        int(row["escape"]),
    )


_HUNTERS = Content(Hunter, "hunterId", _hunter)
_TARGETS = Content(LawTarget, "targetId", _target)
