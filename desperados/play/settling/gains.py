"""What a deed gives beside experience: money, goods, condition, marks and places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from desperados.characters.condition import Activity
from desperados.characters.effects import pushed
from desperados.characters.errors import CharacterBusy, CharacterNotFound
from desperados.engine import dice
from desperados.engine.allowances import Limit, Usage, per_day
from desperados.engine.staging import StagedUpdate
from desperados.ledger.items.grounds import Spot
from desperados.ledger.items.holders import pack
from desperados.ledger.items.movement import Moved, Overflow, Transfer
from desperados.ledger.items.sources import ItemSource
from desperados.ledger.money.sources import BOOSTABLE, Source
from desperados.play.documents import ScarProgress
from desperados.play.settling.sheet import Sheet
from desperados.play.views import Pieces

MOST_SCARS = 20
OVERFLOW: Mapping[ItemSource, Overflow] = {
    ItemSource.COMBAT_LOOT: Overflow.GROUND,
    ItemSource.CRIME_LOOT: Overflow.GROUND,
    ItemSource.GATHERED: Overflow.GROUND,
    ItemSource.SHOP_PURCHASE: Overflow.FAIL,
    ItemSource.MERCHANT_PURCHASE: Overflow.FAIL,
    ItemSource.CRAFTED: Overflow.FAIL,
}
"""What becomes of goods that a full pack cannot take, by their source: loot lies on the ground,
kept for its owner; nobody pays for what finds no room; all else waits as a pending reward."""


DAY_SHARES: Mapping[Source, Limit] = {
    Source.COMBAT_REWARD: per_day("earned:combat_reward", 10**12),
}
"""Income of which a day has a share that is paid in full (``day_share``), and how it is counted."""


def move(sheet: Sheet) -> None:
    """Bring the character to its new place, and begin or end what it is busy with.

    Raises:
        CharacterBusy: something begins while the character is busy with something else.
    """
    share = sheet.share
    if share.begins is not None and sheet.who.occupation is not None and not share.ends:
        raise CharacterBusy(sheet.who.occupation.activity.refusal)
    if share.outcome.place is not None:
        sheet.fields["currentLocationId"] = share.outcome.place
        sheet.given["place"] = share.outcome.place
    if share.begins is not None:
        fighting = share.begins.activity is Activity.FIGHT
        sheet.fields |= {"busy": share.begins.stored(), "isInCombat": fighting}
    elif share.ends:
        sheet.fields |= {"busy": None, "isInCombat": False}


def earn(sheet: Sheet) -> None:
    """Pay what was earned, with what multiplies it, once; or take what was lost, as far as it is
    there."""
    dollars, source = sheet.share.outcome.dollars, sheet.deed.income
    if dollars <= 0:
        if lost := max(0, min(sheet.purse, -dollars)):
            sheet.burn(lost, sheet.deed.spending)
            sheet.given["lost_dollars"] = lost
        return
    if source is None:
        raise ValueError(f"The deed {sheet.deed.name!r} has no income.")
    metadata = None
    if source in BOOSTABLE:
        multiplier = sheet.known.dollars
        metadata = multiplier.metadata(dollars)
        dollars = multiplier.of(dollars)
    if sheet.known.earned is not None:
        dollars = _within_the_day(sheet, source, dollars, sheet.known.earned)
    sheet.mint(dollars, source, metadata)


def _within_the_day(sheet: Sheet, source: Source, dollars: int, earned: Usage) -> int:
    """What is paid of ``dollars`` where a day's income tires: all up to the day's share, a tenth of
    what is beyond it, and 1 at least."""
    limit = DAY_SHARES[source]
    left = max(0, day_share(sheet.who.level) - earned.before(limit, sheet.who.id))
    paid = max(1, min(dollars, left) + max(0, dollars - left) // 10)
    earned.use(limit, sheet.who.id, paid)
    sheet.writes += earned.writes()
    return paid


def day_share(level: int) -> int:
    """Dollars that fights with NPCs pay in full in a UTC day: 5,000, and 250 for each level."""
    return 5_000 + 250 * level


def find(sheet: Sheet) -> None:
    """Bring goods into the pack."""
    items = sheet.share.outcome.items
    if items:
        source = sheet.deed.found
        overflow = OVERFLOW.get(source, Overflow.PARK)
        spot = Spot(sheet.place, reserved_for=sheet.who.id)
        sheet.transfers.append(Transfer(items, source, None, pack(sheet.who.id), overflow, spot))


def tell_goods(sheet: Sheet, moved: Moved) -> None:
    """What of the goods came into the pack, and what waits elsewhere."""
    holder = pack(sheet.who.id)
    wanted: Counter[str] = Counter()
    for line in sheet.share.outcome.items:
        wanted[line.item_id] += line.quantity
    found = {item: moved.quantity(item, holder) for item in wanted}
    sheet.given |= {
        "items": [Pieces(item=item, quantity=n) for item, n in found.items() if n],
        "waiting": [
            Pieces(item=item, quantity=n - found[item])
            for item, n in wanted.items()
            if n > found[item]
        ],
    }


def feel(sheet: Sheet) -> None:
    """Energy and health within their bounds, and effects."""
    outcome = sheet.share.outcome
    energy, health = sheet.energy.value, sheet.health.value
    sheet.energy = sheet.energy.changed(outcome.energy)
    sheet.health = sheet.health.changed(outcome.health)
    sheet.given["energy"] = sheet.energy.value - energy
    sheet.given["health"] = sheet.health.value - health
    if outcome.effects:
        sheet.effects = pushed(sheet.effects, outcome.effects, sheet.now)
        sheet.given["effects"] = [effect.name for effect in outcome.effects if effect.stats]


def scar(sheet: Sheet) -> None:
    """Leave marks; of more than twenty the oldest fade."""
    scars = sheet.share.outcome.scars
    if not scars:
        return
    rows = [
        {"type": s.type, "location": s.location, "source": s.source, "receivedAt": sheet.now}
        for s in scars
    ]
    sheet.writes.append(
        StagedUpdate(
            ScarProgress.collection_name(),
            {"characterId": sheet.who.id},
            {
                "$push": {"scars": {"$each": rows, "$slice": -MOST_SCARS}},
                "$setOnInsert": {"_id": dice.new_id()},
            },
            otherwise=CharacterNotFound(),
            upsert=True,
        )
    )
