"""What is counted: the counters that content and code ask for, and what moves each.

A tally's name follows from what moves it: the happening, the tags that it must have, its target,
and what of it is taken: "fight.ended.won", "trade.done.sent#amount",
"crime.committed.success:action:bank_heist". A counter is the sum of its tallies, the largest of
them, or how many different things are in its sets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Way(StrEnum):
    """What of a happening is taken."""

    TIMES = "times"  # how often
    AMOUNT = "amount"  # the sum of its amounts
    RANK = "rank"  # the highest rank
    TARGETS = "targets"  # which targets
    EACH = "each"  # how often each target


@dataclass(frozen=True, slots=True)
class Counted:
    """Happenings of a name that have all of these tags and, if one is given, this target."""

    happening: str
    tags: tuple[str, ...] = ()
    target: str | None = None
    way: Way = Way.TIMES
    key: str = field(init=False)

    def __post_init__(self) -> None:
        key = ".".join((self.happening, "+".join(self.tags))) if self.tags else self.happening
        if self.target is not None:
            key = f"{key}:{self.target}"
        if self.way in (Way.AMOUNT, Way.RANK, Way.EACH):
            key = f"{key}#{self.way.value}"
        object.__setattr__(self, "key", key)

    def key_of(self, target: str) -> str:
        """The tally of one target, of those that each have one."""
        return f"{self.key}:{target}"

    def counts(self, tags: frozenset[str], target: str | None) -> bool:
        """Whether a happening of its name with these tags and this target moves it."""
        return tags.issuperset(self.tags) and self.target in (None, target)


def _times(happening: str, *tags: str, target: str | None = None) -> Counted:
    return Counted(happening, tags, target)


def _amount(happening: str, *tags: str) -> Counted:
    return Counted(happening, tags, way=Way.AMOUNT)


def _rank(happening: str, *tags: str) -> Counted:
    return Counted(happening, tags, way=Way.RANK)


def _targets(happening: str, *tags: str) -> Counted:
    return Counted(happening, tags, way=Way.TARGETS)


def _each(happening: str, *tags: str) -> Counted:
    return Counted(happening, tags, way=Way.EACH)


EARNED = "dollars.earned"
"""A tally that no happening moves: ``play.settle`` adds what it pays out."""

COUNTERS: Mapping[str, tuple[Counted, ...]] = {
    # Fights and crime
    "combat_won": (_times("fight.ended", "won"),),
    "tournament_won": (_times("contest.placed", "tournament", "won"),),
    "shooting_won": (_times("contest.placed", "shooting", "won"),),
    "duel_won": (_times("fight.ended", "won", "purpose:duel"),),
    "flawless_fight": (_times("fight.ended", "won", "flawless"),),
    "boss_killed": (_targets("fight.ended", "won", "boss"),),
    "legend_felled": (_targets("fight.ended", "won", "legend"),),
    "world_boss_defeated": (_targets("fight.ended", "won", "worldboss"),),
    "kill_general_sangre": (
        _times("fight.ended", "won", target="action:general_sangre"),
        _times("fight.ended", "won", target="npc:general-sangre"),
    ),
    "kill_pale_rider": (
        _times("fight.ended", "won", target="action:pale_rider"),
        _times("fight.ended", "won", target="npc:pale-rider"),
    ),
    "crime_succeeded": (_times("crime.committed", "success"),),
    "train_robbed": (_times("crime.committed", "success", target="action:train_robbery"),),
    "bank_robbed": (_times("crime.committed", "success", target="action:bank_heist"),),
    "wanted_level": (_rank("law.acted", "wanted"),),
    "jail_escaped": (_times("law.acted", "escaped"),),
    # Money and trade
    "dollars_earned": (
        Counted(EARNED),
        _amount("trade.done", "shop_sell"),
        _amount("trade.done", "sold"),
    ),
    "dollars_given": (_amount("trade.done", "sent"), _amount("trade.done", "donated")),
    "market_sales": (_times("trade.done", "sold"),),
    "auction_won": (_times("trade.done", "auction", "bought"),),
    "investment_redeemed": (_times("trade.done", "redeemed"),),
    "properties_owned": (_rank("property.changed", "bought"),),
    # Places and people
    "location_visited": (_targets("place.reached", "place"),),
    "region_visited": (_targets("place.reached", "region"),),
    "scar_visited": (_targets("place.reached", "scar"),),
    "secret_found": (_targets("goal.reached", "secret"),),
    "place_opened": (_targets("goal.reached", "access"),),
    "npc_talked": (_targets("npc.met", "talked"),),
    "npc_confidant": (_targets("npc.met", "confidant"),),
    "gang_founded": (_times("gang.changed", "founded"),),
    "faction_friendly": (_targets("grown", "friendly"),),
    # Work and play
    "item_crafted": (_amount("goods.made", "crafted"),),
    "masterwork_crafted": (_times("goods.made", "masterwork"),),
    "recipe_known": (_targets("goods.made", "discovered"),),
    "profession_30": (_targets("grown", "journeyman"),),
    "animal_hunted": (_times("goods.won", "hunted"),),
    "species_hunted": (_targets("goods.won", "hunted"),),
    "fish_caught": (_times("goods.won", "fished"),),
    "shaft_depth": (_rank("goods.won", "mined"),),
    "gamble_won": (_times("game.ended", "won"),),
    "race_bet_won": (_times("game.ended", "won", "race"),),
    "royal_flush": (_times("game.ended", "royal_flush"), _times("fight.ended", "royal_flush")),
    "four_of_a_kind": (
        _times("game.ended", "four_of_a_kind"),
        _times("fight.ended", "four_of_a_kind"),
    ),
    "prestige_rank": (_rank("life.changed", "prestiged"),),
    "title_earned": (_targets("goal.reached", "title"),),
}
"""The counters by the names that content knows them by. Whoever counts more adds a line."""

EACH_OF: Mapping[str, Counted] = {
    "visits": _each("place.reached", "place"),
}
"""What is counted for each target by itself; of these there are few (the places of the world)."""

STATES = frozenset({"level", "highest_skill", "gold_held"})
"""What content counts, too, and is no deed: it is read from the character."""


def _by_happening() -> Mapping[str, tuple[Counted, ...]]:
    found: dict[str, dict[str, Counted]] = {}
    counters = (*COUNTERS.values(), tuple(EACH_OF.values()))
    for counted in (counted for counter in counters for counted in counter):
        name = counted.key if counted.way is not Way.TARGETS else f"{counted.key}#targets"
        found.setdefault(counted.happening, {})[name] = counted
    return {happening: tuple(each.values()) for happening, each in found.items()}


BY_HAPPENING = _by_happening()
"""What each happening may move, each tally once."""
