"""What both peers in Python know of the game: settings, limits, and how strong a character is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta

PORT = int(os.environ["PEER_PORT"])
MONGODB_URL = os.environ["PEER_MONGODB_URL"]
DATABASE = os.environ["PEER_DATABASE"]
REDIS_URL = os.environ["PEER_REDIS_URL"]
TOKEN_KEY = bytes.fromhex(os.environ["PEER_TOKEN_KEY"])
RATE_LIMIT = int(300 * float(os.environ["PEER_RATE_SCALE"]))

MOST_AT_ONCE = {"dollars": 1_000_000, "gold": 10_000, "silver": 10_000}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOST_A_DAY, MOST_AN_HOUR = 3_000_000, 10
UNTAXED = 1_000

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}

SKILLS = {
    "combat": "melee_combat ranged_combat defensive_tactics mounted_combat explosives",
    "cunning": "lockpicking stealth pickpocket tracking deception gambling duel_instinct "
    "sleight_of_hand",
    "spirit": "medicine persuasion animal_handling leadership ritual_knowledge performance",
    "craft": "blacksmithing leatherworking cooking alchemy engineering prospecting woodworking "
    "gunsmithing tailoring native_crafts trapping",
}
POWERS = {category: names.split() for category, names in SKILLS.items()}
FAVOURED = {"settler_alliance": "craft", "nahi_coalition": "spirit", "frontera": "cunning"}


def powers(levels: Mapping[str, int], faction: str) -> dict[str, int]:
    """The strength of each category of skills."""
    strengths = {
        category: sum(levels.get(name, 0) for name in names) for category, names in POWERS.items()
    }
    if faction in FAVOURED:
        strengths[FAVOURED[faction]] += 5
    return strengths


def tax_on(amount: int, sent_before: int) -> int:
    """One percent, rounded up, of what passes the untaxed part of a day."""
    return -(-max(0, amount - max(0, UNTAXED - sent_before)) // 100)
