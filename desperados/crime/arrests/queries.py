"""Who at one's place may be arrested."""

from __future__ import annotations

from bson import ObjectId

from desperados.characters.documents import Character
from desperados.characters.errors import CharacterUnavailable
from desperados.characters.participant import Participant, load_participant, load_participants
from desperados.characters.rules import ALIVE
from desperados.crime.arrests import rules
from desperados.crime.arrests.views import OutlawView
from desperados.crime.errors import NotArrestable, NotThere, SameGang, SelfTarget
from desperados.engine import clock
from desperados.engine.storage.collection import find_all
from desperados.engine.storage.reads import alone
from desperados.law.rows import LawRows
from desperados.law.rules import ARRESTABLE_FROM
from desperados.law.wanted import wanted_of

MOST_SEEN = 20


async def wanted_here(actor: ObjectId) -> list[OutlawView]:
    """Whom a character could arrest where it is, for whom most is paid first; of a crowd, 20.

    Raises:
        NoLawfulHand: the character is wanted at 3 or more itself.
        CharacterNotFound: there is no such character.
    """
    hunter, now = await load_participant(actor), clock.now()
    # The level falls by itself: who has this one stored may be wanted less.
    found = await find_all(
        Character.collection(),
        {
            "currentLocationId": hunter.location_id,
            "wanted.level": {"$gte": ARRESTABLE_FROM},
            "userId": {"$ne": hunter.user_id},
            "$or": [{"isInJail": {"$ne": True}}, {"jailedUntil": {"$lte": now}}],
            **ALIVE,
        },
        {"_id": 1},
        limit=MOST_SEEN,
    )
    if not found:
        return []
    seen = await load_participants(row["_id"] for row in found)
    outlaws = [who for who in seen.values() if _may(hunter, who)]
    if not outlaws:
        return []
    rows = LawRows([outlaw.id for outlaw in outlaws])
    await alone(rows.prices)
    views = [
        OutlawView(
            character_id=outlaw.id,
            name=outlaw.name,
            wanted=wanted_of(outlaw, now).value,
            bounty=rows.prices_of(outlaw.id).total(now),
        )
        for outlaw in outlaws
    ]
    return sorted(views, key=lambda view: -view.bounty)


def _may(hunter: Participant, outlaw: Participant) -> bool:
    try:
        rules.must_be_arrestable(hunter, outlaw, clock.now())
    except (SelfTarget, SameGang, NotArrestable, NotThere, CharacterUnavailable):
        return False
    return True
