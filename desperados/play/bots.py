"""What bots do about what is put to them: they answer questions, and think about offers."""

from __future__ import annotations

from desperados.engine.manifest.bots import Arguments, Bot, Player, one_of
from desperados.play.shapes import offers, questions


async def _answer(me: Player) -> Arguments | None:
    asked = one_of((await questions.open_questions(me.character)).items)
    chosen = one_of(asked.options) if asked is not None else None
    if asked is None or chosen is None:
        return None
    return {"question_id": asked.id, "option": chosen.code}


async def _received(me: Player) -> Arguments | None:
    offer = one_of((await offers.offers_received(me.character)).items)
    return {"offer_id": offer.id} if offer is not None else None


async def _made(me: Player) -> Arguments | None:
    offer = one_of((await offers.offers_made(me.character)).items)
    return {"offer_id": offer.id} if offer is not None else None


BOTS = (
    Bot(questions.answer, _answer, weight=60),  # a question does not wait long
    Bot(offers.accept_offer, _received),
    Bot(offers.decline_offer, _received),
    Bot(offers.withdraw_offer, _made),
)
