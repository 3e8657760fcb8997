"""What bots do with their notices: read them, put them away, mute what they have enough of."""

from __future__ import annotations

from desperados.characters.notices import preferences, service
from desperados.characters.notices.documents import NoticeType
from desperados.engine import dice
from desperados.engine.manifest.bots import Arguments, Bot, Player, anytime, one_of

FEW = 3


async def _one_unread(me: Player) -> Arguments | None:
    notice = one_of((await service.list_notices(me.character, unread=True)).items)
    return {"notice_id": notice.id} if notice is not None else None


async def _one(me: Player) -> Arguments | None:
    notice = one_of((await service.list_notices(me.character)).items)
    return {"notice_id": notice.id} if notice is not None else None


async def _mute(_me: Player) -> Arguments | None:
    return {"muted": [dice.choice(list(NoticeType)) for _ in range(dice.roll(FEW))]}


BOTS = (
    Bot(service.mark_read, _one_unread),
    Bot(service.mark_all_read, anytime),
    Bot(service.delete_notice, _one),
    Bot(service.clear_read, anytime),
    Bot(preferences.set_preferences, _mute),
)
