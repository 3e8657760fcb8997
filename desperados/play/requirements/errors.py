"""What is told to whoever does not meet a requirement: one error for each kind.

All have the facts ``requirement`` (the kind), ``target`` and ``needed`` where it has them, and
what the character has instead under the name that the class says. Where time alone mends it, there
are ``ready_at`` and ``retry_after`` (seconds).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from desperados.engine.errors import Conflict
from desperados.play.requirements.kinds import Kind


class RequirementUnmet(Conflict):
    """Something is needed for that which the character has not."""

    measured: ClassVar[str] = "have"


class LevelTooLow(RequirementUnmet):
    """A higher level is needed for that."""

    measured = "level"


class SkillTooLow(RequirementUnmet):
    """More skill is needed for that."""

    measured = "level"


class PowerTooLow(RequirementUnmet):
    """More skill in a whole group of skills is needed for that."""

    measured = "level"


class CriminalSkillTooLow(RequirementUnmet):
    """More skill in a crime is needed for that."""

    measured = "level"


class CriminalReputationTooLow(RequirementUnmet):
    """That is only for those whom criminals know better."""

    measured = "reputation"


class WrongFaction(RequirementUnmet):
    """That is for members of another faction."""

    measured = "faction"


class StandingTooLow(RequirementUnmet):
    """The faction must think better of the character."""

    measured = "standing"


class MoralsTooLow(RequirementUnmet):
    """That is for people of better morals."""

    measured = "moral"


class TooWanted(RequirementUnmet):
    """The law wants the character too much for that."""

    measured = "wanted"


class NotWantedEnough(RequirementUnmet):
    """The law must want the character more for that."""

    measured = "wanted"


class WrongPlace(RequirementUnmet):
    """That is done somewhere else."""

    measured = "place"


class WrongPlaceType(RequirementUnmet):
    """That is done at another sort of place."""

    measured = "place_type"


class Closed(RequirementUnmet):
    """It is not the hour for that."""

    measured = "hour"


class WrongPeriod(RequirementUnmet):
    """It is not the time of the day for that."""

    measured = "period"


class WrongWeekday(RequirementUnmet):
    """It is not the day of the week for that."""

    measured = "weekday"


class WrongSeason(RequirementUnmet):
    """It is not the season for that."""

    measured = "season"


class WrongMoon(RequirementUnmet):
    """The moon is not right for that."""

    measured = "moon"


class WrongWeather(RequirementUnmet):
    """The weather is not right for that."""

    measured = "weather"


class EventNotOn(RequirementUnmet):
    """That is only while an event is on here."""


class ItemMissing(RequirementUnmet):
    """The character does not carry what is needed for that."""


class QuestNotDone(RequirementUnmet):
    """A quest must be done before that."""


class TallyTooLow(RequirementUnmet):
    """The character has not done something often enough for that."""


class VisitsMissing(RequirementUnmet):
    """The character has not been somewhere often enough for that."""


class SecretUnknown(RequirementUnmet):
    """The character must find out something else first."""


class AchievementMissing(RequirementUnmet):
    """An achievement is needed for that."""


class NpcTrustTooLow(RequirementUnmet):
    """Somebody must trust the character more for that."""

    measured = "trust"


class GangRoleTooLow(RequirementUnmet):
    """That is for those who have a rank in a gang."""

    measured = "role"


class ZoneNotHeld(RequirementUnmet):
    """That is for those whose gang holds a zone."""


ERRORS: Mapping[Kind, type[RequirementUnmet]] = {
    Kind.LEVEL: LevelTooLow,
    Kind.SKILL: SkillTooLow,
    Kind.POWER: PowerTooLow,
    Kind.CRIMINAL_SKILL: CriminalSkillTooLow,
    Kind.CRIMINAL_REPUTATION: CriminalReputationTooLow,
    Kind.FACTION: WrongFaction,
    Kind.STANDING: StandingTooLow,
    Kind.MORAL: MoralsTooLow,
    Kind.WANTED_MAX: TooWanted,
    Kind.WANTED_MIN: NotWantedEnough,
    Kind.AT: WrongPlace,
    Kind.PLACE_TYPE: WrongPlaceType,
    Kind.HOURS: Closed,
    Kind.PERIOD: WrongPeriod,
    Kind.WEEKDAY: WrongWeekday,
    Kind.SEASON: WrongSeason,
    Kind.MOON: WrongMoon,
    Kind.WEATHER: WrongWeather,
    Kind.EVENT: EventNotOn,
    Kind.ITEM: ItemMissing,
    Kind.QUEST_DONE: QuestNotDone,
    Kind.TALLY: TallyTooLow,
    Kind.VISITED: VisitsMissing,
    Kind.SECRET_KNOWN: SecretUnknown,
    Kind.ACHIEVEMENT: AchievementMissing,
    Kind.NPC_TRUST: NpcTrustTooLow,
    Kind.GANG_ROLE: GangRoleTooLow,
    Kind.HOLDS_ZONE: ZoneNotHeld,
}
"""The error of each kind. A condition (alive, free, idle) is refused as the actor refuses it."""
