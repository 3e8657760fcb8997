"""Goals: how far each character has come towards the achievements. A follower keeps it up.

Progress is read from the tallies and written as it is, so that a happening more or less, or one
that is applied again, makes no difference. It never goes back, though what a character holds may
become less. What another program had counted before there were tallies is kept apart and added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.characters.documents import (
    Achievement,
    AchievementTier,
    Character,
    CharacterAchievement,
)
from desperados.characters.notices.writing import notify
from desperados.characters.tallies.counters import COUNTERS
from desperados.characters.tallies.counting import Tallies, progress, tallies_of
from desperados.characters.tallies.events import COMPLETED, AchievementComplete
from desperados.engine import dice
from desperados.engine.errors import Contention
from desperados.engine.happenings.documents import Happening
from desperados.engine.live.events import push
from desperados.engine.staging import StagedUpdate
from desperados.engine.storage.content import Content
from desperados.engine.storage.paging import read_page
from desperados.engine.storage.reads import Read, together
from desperados.engine.transactions import stage
from desperados.engine.views import Cursor, Limit, Page, View
from desperados.engine.work import Follower

MOST_ACHIEVEMENTS = 500

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Goal:
    """What an achievement asks for."""

    code: str
    name: str
    tier: AchievementTier
    counter: str
    target: int
    adds: bool

    @classmethod
    def of(cls, stored: Row) -> Goal | None:
        """The goal of a stored ``Achievement``; None if it says of nothing that is counted."""
        counter, target = stored.get("counter"), stored.get("target")
        if counter is None or target is None:
            return None
        tier = AchievementTier(stored["tier"])
        adds = stored.get("mode", "add") == "add"
        return cls(stored["_id"], stored["name"], tier, counter, int(target), adds)


_GOALS = Content(Achievement, "_id", Goal.of)


class AchievementView(View):
    """How far a character has come towards an achievement. What is no content any more has neither
    name nor target."""

    achievement: str
    name: str | None = None
    tier: AchievementTier | None = None
    progress: int
    target: int | None = None
    completed: bool
    unlocked_at: datetime | None = None
    claimed_at: datetime | None = None


async def achievements(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[AchievementView]:
    """The achievements towards which a character has come any way, by their codes. The others are
    in the content.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    goals = {goal.code: goal for goal in await _read_goals()}
    return await read_page(
        CharacterAchievement.collection(),
        {"characterId": actor},
        sort="achievementId",
        unique=True,
        limit=limit,
        after=after,
        view=lambda row: _view(row, goals.get(row["achievementId"])),
    )


def _view(row: Row, goal: Goal | None) -> AchievementView:
    """A stored ``CharacterAchievement``, with its goal if there still is one."""
    return AchievementView(
        achievement=row["achievementId"],
        name=goal.name if goal else None,
        tier=goal.tier if goal else None,
        progress=int(row.get("progress") or 0),
        target=goal.target if goal else None,
        completed=bool(row.get("completed")),
        unlocked_at=row.get("unlockedAt"),
        claimed_at=row.get("claimedAt"),
    )


async def _read_goals() -> list[Goal]:
    """The goals of all achievements that say what is counted, from memory."""
    return [goal for goal in await _GOALS.all(MOST_ACHIEVEMENTS) if goal is not None]


async def keep_goals(happened: list[Happening]) -> None:
    """Write how far the character has come who did all this: one read, and a write for each
    achievement that has changed."""
    character, at = happened[0].actor, happened[-1].at
    assert character is not None
    goals = await _read_goals()
    person = Read(
        Character,
        {"_id": character},
        lambda rows: _states(rows[0] if rows else {}),
        {"level": 1, "skills": 1, "gold": 1},
    )
    tallies = tallies_of(character)
    known = Read(
        CharacterAchievement,
        {"characterId": character},
        lambda rows: {row["achievementId"]: row for row in rows},
        limit=MOST_ACHIEVEMENTS,
    )
    await together(person, tallies, known)
    for goal in goals:
        row = known.result.get(goal.code, {})
        if not row.get("completed"):
            _keep(character, goal, row, _value(goal.counter, tallies.result, person.result), at)


def _states(stored: Row) -> Mapping[str, int]:
    """What is counted of a stored ``Character`` itself."""
    skills = (stored.get("skills") or {}).values()
    return {
        "level": int(stored.get("level") or 1),
        "highest_skill": max((int(skill.get("level") or 1) for skill in skills), default=1),
        "gold_held": int(stored.get("gold") or 0),
    }


def _value(counter: str, tallies: Tallies, states: Mapping[str, int]) -> int:
    """How far a counter is; one that nothing counts stands at 0."""
    if counter in states:
        return states[counter]
    return tallies.count(counter) if counter in COUNTERS else 0


def _keep(character: ObjectId, goal: Goal, row: Row, value: int, at: datetime) -> None:
    """Stage the progress of one achievement, if it has changed.

    Outcomes: changed; made, by the first progress; a write conflict, when somebody else has
    written it meanwhile.
    """
    before = row.get("progress") or 0
    # A row of which this is not known yet was written before the tallies began.
    others = row.get("countedBefore", before)
    reached = max(before, progress(goal.target, value + (others if goal.adds else 0)))
    completed = reached >= goal.target
    if reached == before and not completed:
        return
    fields = {"progress": reached, "completed": completed, "countedBefore": others}
    stage(
        StagedUpdate(
            CharacterAchievement.collection_name(),
            {"characterId": character, "achievementId": goal.code},
            {
                "$set": fields | ({"unlockedAt": at} if completed else {}),
                "$setOnInsert": {"_id": dice.new_id(), **CharacterAchievement.first_extras},
            },
            otherwise=Contention(retry_after=1),
            upsert=True,
        )
    )
    if completed:
        told = AchievementComplete(achievement=goal.code, name=goal.name, tier=goal.tier)
        push(told, to=character)
        notify(character, COMPLETED, name=goal.name, achievement=goal.code)


def _followed() -> frozenset[str]:
    """The happenings that move what achievements ask for. The first tag is enough to find them;
    one of several that lacks the others changes nothing."""
    moving = {
        f"{counted.happening}.{counted.tags[0]}"
        for counters in COUNTERS.values()
        for counted in counters
        if counted.tags
    }
    return frozenset(moving | {"grown.level", "grown.skill"})


GOALS = Follower("goals", _followed(), "actor", keep_goals)
