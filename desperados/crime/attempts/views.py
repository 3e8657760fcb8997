"""What crimes show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from desperados.crime.documents import AccountStatus, WitnessAccount
from desperados.engine.views import Id, View
from desperados.play.requirements.views import UnmetView


class SilenceMethod(StrEnum):
    """How a witness is kept quiet."""

    BRIBE = "bribe"
    THREAT = "threat"


class CrimeView(View):
    """A crime that can be tried here: its energy and dollars, the criminal skill that it asks for
    and teaches, how likely it is seen now, and what comes of it then. It can be tried if nothing is
    ``unmet``, and from ``ready_at`` on."""

    crime: str
    name: str
    game: str
    skill: str
    skill_level: int
    relief: int
    energy: int
    least_loot: int
    most_loot: int
    xp: int
    seen_percent: int
    jail_minutes: int
    wanted: int
    bail: int
    ready_at: datetime | None
    unmet: list[UnmetView]


class PastCrimeView(View):
    """A crime that was tried. ``seen_percent`` is how likely it was seen, and ``roll`` the roll of
    a hundred that said whether; ``known`` says whether the law knows of it. ``minutes`` is the
    sentence, ``learned`` experience in criminal skills by name."""

    id: Id
    crime: str
    succeeded: bool
    dollars: int
    xp: int
    seen_percent: int
    roll: int
    seen: bool
    known: bool
    wanted: int | None
    bounty: int
    minutes: int
    learned: dict[str, int]
    at: datetime


class SightingView(View):
    """What a player saw of a crime, and what a report adds for who did it. It can be told, or kept
    quiet for ``hush_money`` dollars, until ``expires_at``."""

    id: Id
    crime: str
    character_id: Id
    witness_id: Id | None
    description: str
    status: AccountStatus | None
    wanted: int
    bounty: int
    hush_money: int
    occurred_at: datetime
    expires_at: datetime | None


class ReportView(View):
    """What a report has added: wanted levels, and dollars on the head."""

    sighting_id: Id
    wanted: int
    bounty: int


class SilenceView(View):
    """Whether a witness keeps ``quiet``, what that cost, and how likely it was, in percent."""

    sighting_id: Id
    quiet: bool
    paid: int
    chance: int


def sighting_view(account: WitnessAccount, hush_money: int) -> SightingView:
    """An account, to who gave it and to whom it is about."""
    pending = account.pending
    return SightingView(
        id=account.id,
        crime=account.crime_name,
        character_id=account.character_id,
        witness_id=account.witness_character_id,
        description=account.description,
        status=account.status,
        wanted=pending.wanted if pending is not None else 0,
        bounty=pending.bounty if pending is not None else 0,
        hush_money=hush_money,
        occurred_at=account.occurred_at,
        expires_at=account.expires_at,
    )


def past_crime_view(row: Mapping[str, Any]) -> PastCrimeView:
    """A crime that was stored."""
    result = row["result"]
    law = result.get("law") or {}
    return PastCrimeView(
        id=row["_id"],
        crime=row["actionId"],
        succeeded=bool(result.get("succeeded")),
        dollars=int(result.get("dollars") or 0),
        xp=int(result.get("xp") or 0),
        seen_percent=int(law.get("seenPercent") or 0),
        roll=int(law.get("roll") or 0),
        seen=bool(law.get("seen")),
        known=bool(law.get("known")),
        wanted=law.get("wanted"),
        bounty=int(law.get("bounty") or 0),
        minutes=int(law.get("minutes") or 0),
        learned={name: int(xp) for name, xp in (law.get("learned") or {}).items()},
        at=row["performedAt"],
    )
