"""What is told of world bosses."""

from __future__ import annotations

from datetime import datetime

from desperados.characters.notices.documents import NoticeType
from desperados.characters.notices.rules import Text
from desperados.combat.world_bosses.documents import BossStatus
from desperados.engine.live.events import PublicEvent
from desperados.engine.views import Id


class WorldBossAnnounced(PublicEvent):
    """A world boss comes to ``place`` at ``starts_at``."""

    event = "worldboss:announced"

    id: Id
    boss: str
    name: str
    place: str
    starts_at: datetime
    ends_at: datetime


class WorldBossHealth(PublicEvent):
    """How a world boss stands; told at most once a second, and when it falls."""

    event = "worldboss:health"

    id: Id
    boss: str
    health: int
    max_health: int
    phase: int


class WorldBossEnded(PublicEvent):
    """A world boss is defeated or has escaped, and who fought it is paid."""

    event = "worldboss:ended"

    id: Id
    boss: str
    status: BossStatus
    total_damage: int
    participants: int


DEFEATED = Text(
    "worldboss.defeated",
    NoticeType.REWARD,
    "{boss} is defeated",
    "You did {share}% of it: ${dollars} and {xp} experience.",
)
ESCAPED = Text(
    "worldboss.escaped",
    NoticeType.REWARD,
    "{boss} has escaped",
    "You did {share}% of what was done to it, and learned something: {xp} experience.",
)
