"""What deeds weigh: one table for all domains.

Sources: the design of the game, mystic ("Karma actions") and social ("Moral reputation"): a deed
has a weight in some of ten dimensions, a change of the moral score, and a chance that a god looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Dimension(StrEnum):
    """What deeds are weighed by."""

    JUSTICE = "justice"
    MERCY = "mercy"
    HONESTY = "honesty"
    GENEROSITY = "generosity"
    LOYALTY = "loyalty"
    HONOR = "honor"
    COURAGE = "courage"
    WISDOM = "wisdom"
    TEMPERANCE = "temperance"
    PIETY = "piety"


@dataclass(frozen=True, slots=True)
class Weight:
    """What a deed weighs. ``seen`` is the chance in percent that a god was looking."""

    dimensions: Mapping[Dimension, int] = field(default_factory=dict)
    moral: int = 0
    seen: int = 50


J, M, HO, G, L = (
    Dimension.JUSTICE,
    Dimension.MERCY,
    Dimension.HONESTY,
    Dimension.GENEROSITY,
    Dimension.LOYALTY,
)
HN, C, W, T, P = (
    Dimension.HONOR,
    Dimension.COURAGE,
    Dimension.WISDOM,
    Dimension.TEMPERANCE,
    Dimension.PIETY,
)

CONDUCT: Mapping[str, Weight] = {
    # Violence
    "murder": Weight({J: -10, M: -8, T: -3}, -25, 90),
    "assassination": Weight({J: -10, M: -8, HN: -3}, -30, 90),
    "assault": Weight({M: -4, J: -2, T: -2}, -5, 60),
    "attack_lawman": Weight({J: -6, M: -2, T: -2}, -20, 80),
    "self_defence": Weight({W: 2, C: 1, M: -2}, 0, 60),
    "spare_enemy": Weight({M: 8, HN: 3, W: -1}, 0, 80),
    "execute_enemy": Weight({M: -10}, 0, 75),
    "fair_duel": Weight({HN: 5, J: 2, C: 2}, 0, 70),
    "ambush": Weight({HO: -5, HN: -5, C: -2, W: 1}, 0, 60),
    "fled_fight": Weight({C: -3, HN: -2, W: 2}, 0, 40),
    # Crimes
    "theft_poor": Weight({G: -10, HN: -3, T: -2}, -5, 70),
    "theft_rich": Weight({T: -2, J: -1, G: -1}, -5, 50),
    "theft_gang": Weight({L: -8, HN: -5, G: -2}, -5, 80),
    "robbery": Weight({T: -4, J: -2, G: -2, HN: -2}, -10, 70),
    "arson": Weight({M: -4, J: -4, T: -4}, -8, 85),
    "sabotage": Weight({J: -3, T: -3}, -8, 60),
    "fence": Weight({J: -2, HO: -1}, -3, 40),
    "break_jail": Weight({J: -4, C: 1}, -15, 60),
    "help_escape": Weight({J: -8, L: 4, T: -2}, -5, 60),
    "bribe": Weight({J: -6, HO: -3, T: -1}, 0, 50),
    # The law
    "report_crime": Weight({J: 2, HO: 1}, 2, 40),
    "patrol": Weight({J: 1, C: 1}, 3, 30),
    "turned_in_criminal": Weight({J: 5, L: -2}, 10, 60),
    "finish_bounty": Weight({J: 4, C: 1}, 8, 50),
    "capture_outlaw": Weight({J: 5, C: 2}, 12, 60),
    "refuse_bribe": Weight({HN: 5, J: 3}, 0, 50),
    # Help
    "protect_civilian": Weight({M: 6, HN: 4, J: 3, C: 2}, 5, 80),
    "defend_town": Weight({C: 5, L: 3}, 15, 80),
    "rescue_hostage": Weight({C: 5, M: 4}, 20, 80),
    "help_free": Weight({G: 5, M: 3}, 0, 50),
    "help_paid": Weight({G: 2}, 0, 30),
    "give_poor": Weight({G: 10, T: 2, P: 2}, 0, 70),
    # People
    "betray_npc": Weight({L: -10, HO: -8, HN: -5}, 0, 90),
    "lie_npc": Weight({HO: -3, HN: -2}, 0, 40),
    "keep_promise": Weight({HN: 4, L: 3, HO: 2}, 0, 60),
    "break_promise": Weight({HN: -6, HO: -4, L: -3}, 0, 70),
    # The gang
    "protect_gang": Weight({L: 8, HN: 3, C: 2}, 0, 60),
    "betray_gang": Weight({L: -10, HO: -5}, 0, 90),
    "share_loot": Weight({G: 5, L: 3, T: 1}, 0, 50),
    "hoard_loot": Weight({G: -3, L: -4, T: -2}, 0, 50),
    # Money
    "exploit_worker": Weight({G: -3, M: -3, J: -3, T: -2}, 0, 50),
    "fair_wage": Weight({J: 3, HN: 2}, 0, 40),
    "loan_shark": Weight({M: -4, G: -3, T: -3}, 0, 50),
    "pay_debt": Weight({HN: 4, J: 2}, 0, 50),
    "flee_debt": Weight({HN: -5, HO: -3}, 0, 50),
    "cheat": Weight({HO: -6, HN: -5, T: -2, G: -1}, 0, 80),
    "fair_win": Weight({HN: 2}, 0, 30),
    # Faith
    "pray_or_donate": Weight({P: 3}, 0, 50),
    "desecrate": Weight({P: -8, HN: -3}, 0, 90),
}

# What each god makes of the dimensions, in percent.
GODS: Mapping[str, Mapping[Dimension, int]] = {
    "gambler": {J: 80, M: 30, HO: 70, G: 20, L: 50, HN: 90, C: 20, W: 10, T: 40, P: 40},
    "outlaw_king": {J: -60, M: -20, HO: -40, G: -15, L: 50, HN: -30, C: 60, W: 40, T: -70, P: -30},
}

# (from which size on, word)
RELATIONS = (
    (75, "favored"),
    (50, "blessed"),
    (25, "noticed"),
    (-25, "unknown"),
    (-50, "disfavored"),
    (-75, "cursed"),
    (-100, "forsaken"),
)


class MoralTier(StrEnum):
    """What people call somebody, best first."""

    LEGENDARY_MARSHAL = "legendary_marshal"
    MARSHAL = "marshal"
    DEPUTY = "deputy"
    RESPECTABLE = "respectable"
    NEUTRAL = "neutral"
    SHADY = "shady"
    PETTY_CROOK = "petty_crook"
    WANTED_CRIMINAL = "wanted_criminal"
    NOTORIOUS_OUTLAW = "notorious_outlaw"


# Good names begin at a score, bad ones end at one.
GOOD_TIERS = (
    (80, MoralTier.LEGENDARY_MARSHAL),
    (50, MoralTier.MARSHAL),
    (20, MoralTier.DEPUTY),
    (1, MoralTier.RESPECTABLE),
)
BAD_TIERS = (
    (-80, MoralTier.NOTORIOUS_OUTLAW),
    (-50, MoralTier.WANTED_CRIMINAL),
    (-20, MoralTier.PETTY_CROOK),
    (-1, MoralTier.SHADY),
)
