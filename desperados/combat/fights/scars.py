"""Scars: what a character wears of the wounds that left a mark, and which of them it shows."""

from __future__ import annotations

from typing import Annotated

from bson import ObjectId
from pydantic import Field

from desperados.characters.actor import load_actor
from desperados.combat.fights.errors import ScarNotFound
from desperados.combat.fights.views import ScarView
from desperados.engine.commands import command
from desperados.engine.staging import StagedUpdate
from desperados.engine.transactions import stage
from desperados.play.documents import ScarProgress
from desperados.play.settling.gains import MOST_SCARS

Index = Annotated[int, Field(ge=0, le=19, examples=[0])]


async def list_scars(actor: ObjectId) -> list[ScarView]:
    """The scars of a character, the oldest first, the last twenty."""
    found = await ScarProgress.load_one({"characterId": actor})
    if found is None:
        return []
    return [
        ScarView(
            index=index,
            type=scar.type,
            location=scar.location,
            source=scar.source,
            received_at=scar.received_at,
            hidden=scar.received_at in found.hidden,
        )
        for index, scar in enumerate(found.scars[-MOST_SCARS:])
    ]


@command
async def hide_scar(
    actor: ObjectId, index: Index, hidden: bool = True, *, key: str | None = None
) -> ScarView:
    """Hide a scar under hat or shirt, or show it again. It stays.

    Raises:
        ScarNotFound: the character has no scar of this number.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    await load_actor(actor)
    scars = await list_scars(actor)
    if index >= len(scars):
        raise ScarNotFound(path="index")
    scar = scars[index]
    # Outcomes: changed, or found as it shall be; not found, when there are no scars any more.
    stage(
        StagedUpdate(
            ScarProgress.collection_name(),
            {"characterId": actor},
            {"$addToSet" if hidden else "$pull": {"hidden": scar.received_at}},
            otherwise=ScarNotFound(path="index"),
        )
    )
    return scar.model_copy(update={"hidden": hidden})
