"""A defeat, carried out: what it takes, and whether it was the last."""

from __future__ import annotations

from datetime import timedelta

from desperados.characters.effects import Stat, used
from desperados.engine import dice
from desperados.engine.staging import StagedInsert
from desperados.law.wanted import wanted_of
from desperados.ledger.items.grounds import Spot, ground_document
from desperados.ledger.items.holders import ground, pack
from desperados.ledger.items.movement import Line, Transfer
from desperados.ledger.items.sources import ItemSource
from desperados.ledger.money.sources import Source
from desperados.play import fate
from desperados.play.documents import Grave
from desperados.play.outcome import Defeat, DefeatKind, Share
from desperados.play.settling.sheet import Sheet
from desperados.play.views import Pieces


def defeat_of(share: Share) -> Defeat | None:
    """The defeat that a share brings: the one that it names, or that of health at its end."""
    if share.outcome.defeat is not None:
        return share.outcome.defeat
    left = share.who.health.value - share.cost.health + share.outcome.health
    if share.outcome.health < 0 and left <= 0:
        return Defeat(kind=DefeatKind.ENVIRONMENT)
    return None


def fall(sheet: Sheet, defeat: Defeat) -> None:
    """Take what the defeat takes; the character lies down for a few seconds, or for good."""
    kind = defeat.kind
    dollars = fate.dollars_lost(kind, sheet.purse)
    if dollars:
        sheet.burn(dollars, Source.DEATH_LOSS)
    before = sheet.fields.get("xp", sheet.who.xp)
    xp = fate.xp_lost(kind, before)
    lines = fate.dropped(kind, sheet.who.created_at, sheet.now, sheet.known.stacks, sheet.luck)
    _drop(sheet, lines)
    sheet.fields |= {"xp": before - xp, "busy": None, "isInCombat": False}
    dropped = [Pieces(item=line.item_id, quantity=line.quantity) for line in lines]
    sheet.given |= {"lost_dollars": dollars, "lost_xp": xp, "dropped": dropped}
    wanted = wanted_of(sheet.who, sheet.now).value
    mortal = sheet.luck.randint(1, 100) <= fate.risk(sheet.who, defeat, wanted)
    if mortal and not _cheat_death(sheet):
        _die(sheet, defeat)
    else:
        _lie_down(sheet, fate.TOLLS[kind].down)


def _drop(sheet: Sheet, lines: tuple[Line, ...]) -> None:
    """Let goods fall where the character falls; it may take them up first."""
    spot = Spot(sheet.place, reserved_for=sheet.who.id, dropped_by=sheet.who.id)
    for line in lines:
        found = sheet.known.definitions[line.item_id]
        document = ground_document(spot, found.id, sheet.now)
        lying = ground(document["_id"])
        sheet.opened[lying] = document
        sheet.transfers.append(Transfer([line], ItemSource.DEATH_DROP, pack(sheet.who.id), lying))


def _cheat_death(sheet: Sheet) -> bool:
    """Use up what lets the character survive, if it has any such thing."""
    left = used(sheet.effects, Stat.SURVIVE_DEATH, sheet.now)
    if left is None:
        return False
    sheet.effects = tuple(effect for effect in left if effect.charges != 0)
    return True


def _lie_down(sheet: Sheet, lasting: timedelta) -> None:
    """Knocked out: in a while the character gets up by itself, in a safe place, half healed."""
    up = sheet.now + lasting
    half = sheet.health.high * fate.HEALTH_AFTER // 100
    sheet.health = sheet.health.changed(max(0, half - sheet.health.value))
    sheet.fields |= {"downUntil": up, "protectedUntil": up + fate.PROTECTED_FOR}
    if sheet.known.refuge is not None:
        sheet.fields["currentLocationId"] = sheet.known.refuge
    sheet.given |= {"down_until": up, "place": sheet.place}


def _die(sheet: Sheet, defeat: Defeat) -> None:
    """Dead for good. What the character had stays in its name."""
    sheet.health = sheet.health.changed(-sheet.health.value)
    sheet.fields["isDead"] = True
    sheet.given["dead"] = True
    sheet.writes.append(
        StagedInsert(
            Grave.collection_name(),
            {
                "_id": dice.new_id(),
                "characterId": sheet.who.id,
                "userId": sheet.who.user_id,
                "name": sheet.who.name,
                "locationId": sheet.place,
                "cause": defeat.cause or defeat.kind.value,
                "killerId": defeat.killer,
                "diedAt": sheet.now,
            },
        )
    )
