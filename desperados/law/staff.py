"""What staff do about sentences, each act with its reason in the audit log."""

from __future__ import annotations

from bson import ObjectId

from desperados.accounts.acts import may_act
from desperados.accounts.documents import UserRole
from desperados.accounts.inputs import Reason
from desperados.characters.actor import itself
from desperados.characters.participant import load_participant
from desperados.engine import clock
from desperados.engine.commands import command
from desperados.engine.storage.reads import together
from desperados.engine.transactions import stage
from desperados.law.consequences import changed
from desperados.law.documents import SentenceStatus
from desperados.law.errors import NotJailed
from desperados.law.releasing import let_go
from desperados.law.rows import LawRows


@command(queue="character_id")
async def pardon(
    staff: ObjectId, character_id: ObjectId, *, reason: Reason, key: str | None = None
) -> None:
    """Let a prisoner go, with a row in the audit log. What the law wants of it stays.

    Raises:
        NotJailed: the character serves no sentence.
        InvalidReason: the reason is not 5 to 500 characters.
        Forbidden: your rank is not above that of the character's owner.
        SelfDealing: it is a character of yours.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    prisoner = await load_participant(character_id)
    act = await may_act(
        staff,
        [prisoner.user_id],
        needed=UserRole.MODERATOR,
        reason=reason,
        character_id=character_id,
    )
    rows = LawRows([character_id])
    await together(itself(prisoner), *rows.reads)
    now, serving = clock.now(), rows.of(character_id).serving(prisoner)
    if serving is None or serving.ends_at <= now:
        raise NotJailed(character=str(character_id))
    let_go(prisoner, serving.ends_at, now)
    left = serving.remaining(now)
    pardoned = {
        "status": SentenceStatus.PARDONED.value,
        "remainingMinutes": left,
        "releasedBy": staff,
    }
    stage(changed(serving, pardoned))
    act.note(
        "PARDONED",
        before={"minutes": left, "sentence": serving.id},
        after={"minutes": 0},
        character_id=character_id,
    )
