"""Content seeds: YAML files of a world, checked and loaded by natural key.

``check(directory)`` lists what is wrong with the files and needs no database; ``seed(directory)``
loads them into the current game, all or nothing, and may run again at any time. ``kinds`` is the
table of what there is. See ``docs/seeds.md``.
"""

from desperados.seeding.loader import Counts, Progress, Summary, check, default_directory, seed
from desperados.seeding.problems import BrokenSeeds, Problem

__all__ = [
    "BrokenSeeds",
    "Counts",
    "Problem",
    "Progress",
    "Summary",
    "check",
    "default_directory",
    "seed",
]
