"""What players are told of their goals."""

from __future__ import annotations

from typing import ClassVar

from desperados.characters.documents import AchievementTier
from desperados.characters.notices.documents import NoticeType
from desperados.characters.notices.rules import Text
from desperados.engine.live.events import Event


class AchievementComplete(Event):
    """You have reached what an achievement asks for."""

    event: ClassVar[str] = "achievement:complete"
    achievement: str
    name: str
    tier: AchievementTier


COMPLETED = Text(
    "achievement.completed",
    NoticeType.REWARD,
    "Achievement: {name}",
    "You have reached {name}.",
)
