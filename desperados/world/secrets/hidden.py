"""Secrets as content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bson import ObjectId

from desperados.engine.allowances import Limit
from desperados.engine.storage.content import Content
from desperados.play.requirements import Requirement
from desperados.play.requirements.stored import read_requirements
from desperados.play.rewards import Reward, read_reward
from desperados.world.documents import Secret


@dataclass(frozen=True, slots=True)
class Hidden:
    """A secret at a place: what it takes, and what it gives. ``again`` limits one that gives it
    more than once."""

    code: str
    name: str
    description: str
    hint: str
    place: ObjectId
    needs: tuple[Requirement, ...]
    gives: Reward
    again: Limit | None
    shy: bool  # nothing shows that it is there before half of what it takes is met


async def read_secret(code: str) -> Hidden | None:
    """The secret with this code, if there is one."""
    # A condition instead of a code would find any secret.
    return await _SECRETS.get(code) if isinstance(code, str) else None


async def read_secrets(codes: Iterable[str]) -> list[Hidden]:
    """The secrets with these codes; unknown ones are left out."""
    return list((await _SECRETS.read(codes)).values())


def _hidden(row: Mapping[str, Any]) -> Hidden:
    code = row["secretId"]
    cooldown = timedelta(minutes=int(row.get("cooldownMinutes") or 0))
    return Hidden(
        code,
        row.get("name", ""),
        row.get("description", ""),
        row.get("hint", ""),
        row["locationId"],
        tuple(read_requirements(row.get("discoveryRequirements"))),
        read_reward(row.get("rewards")),
        Limit(f"secret_{code}", 1, cooldown) if row.get("repeatable") and cooldown else None,
        bool(row.get("hiddenUntilHalf")),
    )


_SECRETS = Content(Secret, "secretId", _hidden)
