"""The one path to a character beside ``play.settle``: into jail by one's own will, and out of it.

The law stands below play, and what it does here is no outcome of a deed: a sentence that ends,
a bail, a surrender. Each writes the character in the same transaction as the sentence, so it meets
there whatever else happens to the prisoner.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId

from desperados.characters.changes import Change
from desperados.characters.documents import Character
from desperados.characters.errors import CharacterNotFound
from desperados.characters.participant import Participant
from desperados.characters.rules import ALIVE
from desperados.engine.errors import Contention
from desperados.engine.staging import StagedUpdate
from desperados.engine.transactions import stage
from desperados.law import wanted


def take(person: Participant, change: Change, now: datetime) -> None:
    """Stage what follows for somebody who gives himself up."""
    _set(person, dict(change.fields), now)
    for write in change.writes:
        stage(write)


def let_go(person: Participant, ends_at: datetime, now: datetime) -> None:
    """Stage that a prisoner whose sentence ends at ``ends_at`` is free at ``now``, then or before.

    The time that was not served moves the wanted level's clock back, which stood still.
    """
    fields: dict[str, Any] = {"isInJail": False, "jailedUntil": None}
    if ends_at > now and person.wants is not None:
        level = wanted.paused(wanted.wanted_of(person, now), now - ends_at)
        fields["wanted"] = wanted.stored(level, wanted.last_crime_of(person))
    _set(person, fields, now)


def _set(person: Participant, fields: dict[str, Any], now: datetime) -> None:
    """The guard is the condition that was read; two at once meet at the document itself."""
    stage(
        StagedUpdate(
            Character.collection_name(),
            {"_id": person.id, **ALIVE, "jailedUntil": person.jailed_until},
            {"$set": {**fields, "updatedAt": now}},
            otherwise=Contention(retry_after=1),
        )
    )


def meet(character_id: ObjectId, now: datetime) -> None:
    """Stage that something about a character changes which lies elsewhere (a price on its head): of
    two at once, one runs again and counts what the other did.

    Outcomes: it is so; not found, when it has just left the world (``CharacterNotFound``).
    """
    stage(
        StagedUpdate(
            Character.collection_name(),
            {"_id": character_id, **ALIVE},
            {"$set": {"updatedAt": now}},
            otherwise=CharacterNotFound(),
        )
    )
