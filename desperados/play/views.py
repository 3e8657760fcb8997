"""What those who took part in a deed are told of it."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from desperados.engine.views import Id, View


class Pieces(View):
    """Pieces of an item."""

    item: str
    quantity: int


class Given(View):
    """What a deed really cost and brought one who took part, after all caps and multipliers.

    ``parked_dollars`` of the ``dollars`` wait, as the wallet is full; ``waiting`` goods found no
    room in the pack and lie on the ground or wait. ``levels`` were reached. ``standing`` and
    ``moral`` are by how much they really moved, and ``welcome`` which factions now like to see the
    character; ``wanted`` and ``bounty`` (dollars on the head) are those after it. ``jail_minutes``
    is by how much a sentence grew; negative, by how much it became shorter. ``down_until``
    says how long a defeat lasts.
    """

    energy_spent: int = 0
    dollars: int = 0
    parked_dollars: int = 0
    items: list[Pieces] = Field(default_factory=list)
    waiting: list[Pieces] = Field(default_factory=list)
    xp: int = 0
    level: int | None = None
    levels: list[int] = Field(default_factory=list)
    skill_xp: dict[str, int] = Field(default_factory=dict)
    skills: dict[str, int] = Field(default_factory=dict)
    combat_xp: int = 0
    combat_level: int | None = None
    energy: int = 0
    health: int = 0
    effects: list[str] = Field(default_factory=list)
    standing: dict[str, int] = Field(default_factory=dict)
    welcome: list[str] = Field(default_factory=list)
    moral: int = 0
    wanted: int | None = None
    bounty: int | None = None
    fine: int = 0
    unpaid_fine: int = 0
    jailed_until: datetime | None = None
    jail_minutes: int = 0
    place: Id | None = None
    lost_dollars: int = 0
    lost_xp: int = 0
    dropped: list[Pieces] = Field(default_factory=list)
    down_until: datetime | None = None
    dead: bool = False
