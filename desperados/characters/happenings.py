"""What can happen in the world, by name, and how a command notes it.

``note`` is the last step of a command: it moves the tallies of who did it, and tells those who
follow (``engine.happenings``). It reads nothing. Twenty names are enough; what else there is to
know of a deed is a tag, a target or a number of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from bson import ObjectId

from desperados.characters.actor import Actor
from desperados.characters.tallies.counting import move
from desperados.engine.errors import GameError
from desperados.engine.happenings.outbox import put


class Happened(StrEnum):
    """What happens. The comment says what ``amount`` and ``rank`` of it are."""

    CRIME_COMMITTED = "crime.committed"  # loot in dollars; tier
    FIGHT_ENDED = "fight.ended"  # damage; level of the opponent
    LAW_ACTED = "law.acted"  # minutes or dollars; wanted level
    LIFE_CHANGED = "life.changed"  # estate in dollars; rank of prestige
    PLACE_REACHED = "place.reached"
    NPC_MET = "npc.met"  # change of trust
    WORK_DONE = "work.done"  # pay in dollars
    GOODS_WON = "goods.won"  # value in dollars; size class, or depth of a shaft
    GOODS_MADE = "goods.made"  # pieces; quality
    TRADE_DONE = "trade.done"  # dollars
    GAME_ENDED = "game.ended"  # net dollars; strength of the hand
    CONTEST_PLACED = "contest.placed"  # prize in dollars; placement
    GOAL_REACHED = "goal.reached"
    GROWN = "grown"  # -; the new value
    GANG_CHANGED = "gang.changed"
    LAND_CHANGED = "land.changed"  # influence
    WAR_CHANGED = "war.changed"  # score
    PROPERTY_CHANGED = "property.changed"  # value in dollars; how many are owned
    SPIRIT_CHANGED = "spirit.changed"
    WORLD_TURNED = "world.turned"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TAGS: Mapping[Happened, frozenset[str]] = {
    Happened.CRIME_COMMITTED: _words("success failed seen chain"),
    Happened.FIGHT_ENDED: _words(
        "won lost fled draw npc character boss legend worldboss animal fair ambush flawless lethal "
        "royal_flush four_of_a_kind"
    ),
    Happened.LAW_ACTED: _words(
        "wanted jailed released escaped bailed arrested bounty_posted bounty_paid"
    ),
    Happened.LIFE_CHANGED: _words("created down died prestiged deleted banned inherited renamed"),
    Happened.PLACE_REACHED: _words("first foot coach train building place region scar"),
    Happened.NPC_MET: _words("talked gift threat served task secret harmed helped confidant"),
    Happened.WORK_DONE: _words("job deed practice contract_phase labour war_action show"),
    Happened.GOODS_WON: _words("hunted fished mined tamed driven scavenged"),
    Happened.GOODS_MADE: _words("crafted produced masterwork discovered repaired"),
    Happened.TRADE_DONE: _words(
        "shop_buy shop_sell market auction bought sold merchant service donated sent invested "
        "redeemed"
    ),
    Happened.GAME_ENDED: _words(
        "won lost push cheated caught item race royal_flush four_of_a_kind"
    ),
    Happened.CONTEST_PLACED: _words("race tournament shooting show event won"),
    Happened.GOAL_REACHED: _words(
        "quest contract achievement secret access constellation tutorial holiday cosmic scar title"
    ),
    Happened.GROWN: _words("level skill combat total gear journeyman friendly"),
    Happened.GANG_CHANGED: _words("founded joined left kicked role level disbanded"),
    Happened.LAND_CHANGED: _words("control contested siege fort treaty faction"),
    Happened.WAR_CHANGED: _words("declared started ended decisive surrendered"),
    Happened.PROPERTY_CHANGED: _words(
        "bought sold foreclosed opened closed raided incident collected"
    ),
    Happened.SPIRIT_CHANGED: _words("blessed cursed ritual broken damned ending"),
    Happened.WORLD_TURNED: _words(
        "event_started event_ended edition boss_announced boss_ended season"
    ),
}
"""What may be said of each. Beside these, "purpose:<word>" names what a fight or game was for."""

PURPOSE = "purpose:"


def note(
    actor: Actor | None,
    name: Happened,
    *tags: str,
    target: str | None = None,
    other: ObjectId | None = None,
    amount: int = 0,
    rank: int = 0,
    zone: str | None = None,
    reference: ObjectId | None = None,
) -> None:
    """Note what ``actor`` has done, or (None) what the world has.

    Stages at most one update of the actor's tallies, if it is counted, and one row of the outbox,
    if somebody follows. ``target`` is "kind:code": what it was done to. ``other`` is the character
    on the other side, ``zone`` the code of the territory's zone, ``reference`` the id of the cause.
    Where the actor is, and whose it is, is kept as it was when the command read it.

    Raises:
        GameError: a tag that is not one of this name, or no transaction is open.
    """
    unknown = [tag for tag in tags if tag not in TAGS[name] and not tag.startswith(PURPOSE)]
    if unknown:
        raise GameError(f"{name} has no tag {unknown[0]!r}.")
    facts: dict[str, Any] = {
        "target": target,
        "other": other,
        "amount": amount,
        "rank": rank,
        "zone": zone,
        "reference": reference,
    }
    if actor is not None:
        facts |= {
            "actor": actor.id,
            "gang": actor.gang_id,
            "faction": actor.faction or None,
            "place": actor.location_id,
        }
    followed = put(name.value, tags, facts)
    if actor is not None:
        move(actor.id, name.value, tags, target, amount, rank, followed=followed)
