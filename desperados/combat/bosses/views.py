"""How bosses, parties and fights are shown."""

from __future__ import annotations

from datetime import datetime

from desperados.engine.views import Id, View
from desperados.play.requirements.views import UnmetView
from desperados.play.shapes.tables import GameView


class MemberView(View):
    """Somebody who was asked to come along, and whether it has agreed."""

    offer_id: Id
    character_id: Id
    name: str
    agreed: bool
    expires_at: datetime


class PartyView(View):
    """Whom a leader has asked to come along against a boss; ``least`` and ``most`` may come, the
    leader included."""

    boss: str
    leader: Id
    least: int
    most: int
    members: list[MemberView]


class BossRecordView(View):
    """What a character has made of a boss so far. ``fewestRounds`` is of a victory."""

    boss: str
    name: str
    fights: int
    victories: int
    defeats: int
    fled: int
    best_damage: int
    fewest_rounds: int | None
    first_victory_at: datetime | None
    last_fight_at: datetime
    ready_at: datetime


class BossView(View):
    """A boss: where it is, who may come, what it asks for and costs each of them, and whether the
    character could begin now: what it lacks, and from when on the boss is there for it again."""

    boss: str
    name: str
    description: str
    level: int
    place: str
    least: int
    most: int
    energy: int
    phases: int
    victories: int
    unmet: list[UnmetView]
    ready_at: datetime | None


class BossFightView(View):
    """A fight as one of those in it sees it. ``game`` is its table; what the others hold and have
    chosen in this round, and what is to come, is not shown."""

    boss: str
    name: str
    enrage_round: int
    game: GameView


class BossRankView(View):
    """One of those who have done best against a boss."""

    character_id: Id
    name: str
    victories: int
    best_damage: int
    fewest_rounds: int | None
