"""What people do for their souls, of their own will."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from bson import ObjectId
from pydantic import Field

from desperados.characters.happenings import Happened, note
from desperados.characters.participant import participant_of
from desperados.engine.allowances import per_day, usage_of
from desperados.engine.commands import command
from desperados.engine.storage.reads import together
from desperados.engine.views import View
from desperados.ledger.money.sources import Source
from desperados.mystic import rules
from desperados.play.outcome import Cost, Deed, Outcome, Share
from desperados.play.requirements import require
from desperados.play.settle import settle

ALMS = Deed(name="alms", spending=Source.ALMS)
GIFTS = per_day("alms", 1)

Alms = Annotated[int, Field(ge=rules.LEAST_ALMS, le=rules.MOST_ALMS, examples=[25])]


class AlmsView(View):
    """What was given, as what it counts in the table of conduct, and by how much the moral score
    moved."""

    dollars: int
    conduct: str
    moral: int
    at: datetime


@command(queue="actor")
async def give_alms(actor: ObjectId, amount: Alms, *, key: str | None = None) -> AlmsView:
    """Give dollars to the poor, at a church, once in a UTC day. From 100 dollars on it is more than
    a prayer with a coin.

    Raises:
        InvalidAmount: the amount is not a whole number from 1 to 10,000.
        RequirementUnmet: this is no church, or it is closed.
        LimitExceeded: the character gave today.
        InsufficientFunds: the character has fewer dollars.
        CharacterUnavailable: the character is dead, or held.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    dollars = rules.check_alms(amount)
    person, counters = participant_of(actor), usage_of((GIFTS, actor))
    await together(person, counters)
    giver, usage = person.result, counters.result
    giver.must_be_free()
    await require(giver, rules.AT_CHURCH)
    usage.use(GIFTS, actor)
    deed = rules.deed_of(dollars)
    (given,) = await settle(ALMS, Share(giver, Outcome(conduct=(deed,)), Cost(dollars=dollars)))
    usage.write()
    note(giver, Happened.TRADE_DONE, "donated", amount=dollars)
    return AlmsView(dollars=dollars, conduct=deed, moral=given.moral, at=giver.at)
