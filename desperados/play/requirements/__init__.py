"""Requirements: what a character needs for something, in content and in code alike.

ALLEY = [Requirement(Kind.LEVEL, value=5), Requirement(Kind.HOURS, value=Window(21, 5))]

await require(jane, ALLEY)          # raises LevelTooLow, Closed ...
unmet(situation, ALLEY)             # all that is missing, each with its sentence
"""

from desperados.play.requirements.checking import Unmet, check, require, unmet
from desperados.play.requirements.kinds import Kind, Requirement, Window, targets_at
from desperados.play.requirements.situations import (
    Situation,
    load_situation,
    situate,
    situation_of,
)
from desperados.play.requirements.sources import Needs

__all__ = [
    "Kind",
    "Needs",
    "Requirement",
    "Situation",
    "Unmet",
    "Window",
    "check",
    "load_situation",
    "require",
    "situate",
    "situation_of",
    "targets_at",
    "unmet",
]
