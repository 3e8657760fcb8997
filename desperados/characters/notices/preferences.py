"""What a character wants to be told at once.

What is muted is written and listed like everything else, and whoever unmutes it has missed nothing;
but nobody is bothered with it: it is not pushed, and does not count as unread.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from bson import ObjectId
from pydantic import Field

from desperados.characters.notices.documents import NoticeType, Preferences
from desperados.characters.notices.errors import CannotBeMuted
from desperados.characters.notices.events import PreferencesChanged
from desperados.characters.notices.rules import NEVER_MUTED
from desperados.engine import clock, dice
from desperados.engine.commands import command
from desperados.engine.errors import Contention
from desperados.engine.live.events import push
from desperados.engine.staging import StagedUpdate
from desperados.engine.transactions import stage
from desperados.engine.views import View

Muted = Annotated[list[NoticeType], Field(max_length=len(NoticeType), examples=[["MARKET"]])]


class PreferencesView(View):
    """Which types of notices a character has muted, and of which it may."""

    muted: list[NoticeType]
    can_be_muted: list[NoticeType]


@command
async def set_preferences(
    actor: ObjectId, *, muted: Muted, key: str | None = None
) -> PreferencesView:
    """Say which types of notices not to be bothered with; all others are pushed.

    Raises:
        CannotBeMuted: JAIL, SYSTEM and MAIL_RECEIVED are always told.
        KeyReused: the key was used with another request.
    """
    chosen = [kind for kind in NoticeType if kind in muted]
    always = sorted(NEVER_MUTED.intersection(chosen))
    if always:
        raise CannotBeMuted(path="muted", types=always)
    # Outcomes: changed; made, if it is the first time; a conflict, when two make it at once (the
    # transaction runs again, and changes it).
    stage(
        StagedUpdate(
            Preferences.collection_name(),
            {"characterId": actor},
            {
                "$set": {"muted": [kind.value for kind in chosen], "updatedAt": clock.now()},
                "$setOnInsert": {"_id": dice.new_id(), "__v": 0},
            },
            otherwise=Contention(retry_after=1),
            upsert=True,
        )
    )
    push(PreferencesChanged(muted=chosen), to=actor)
    return _view(chosen)


async def get_preferences(actor: ObjectId) -> PreferencesView:
    """Which types of notices a character has muted."""
    muted = await muted_by(actor)
    return _view([kind for kind in NoticeType if kind in muted])


async def muted_by(character_id: ObjectId) -> list[str]:
    """The types of notices that a character has muted, as stored."""
    row = await Preferences.collection().find_one({"characterId": character_id}, {"muted": 1})
    return list(row.get("muted") or ()) if row else []


async def forget(character_id: ObjectId) -> None:
    """Drop the preferences of a character that leaves the world; its notices go by their date."""
    await Preferences.collection().delete_one({"characterId": character_id})


def _view(muted: Sequence[NoticeType]) -> PreferencesView:
    return PreferencesView(
        muted=list(muted), can_be_muted=[kind for kind in NoticeType if kind not in NEVER_MUTED]
    )
