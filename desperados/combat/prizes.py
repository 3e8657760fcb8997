"""What tournaments and shooting contests have in common at their end."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bson import ObjectId

from desperados.characters.actor import find_actors
from desperados.characters.happenings import Happened, note
from desperados.characters.notices.rules import Text
from desperados.characters.notices.writing import notify
from desperados.characters.participant import load_participant
from desperados.ledger.items.sources import ItemSource
from desperados.play.outcome import Deed, Outcome, Share
from desperados.play.settle import settle
from desperados.play.shapes.documents import Contest

HONOURS = Deed(name="contest", found=ItemSource.CONTEST_PRIZE)
WON = "won"


async def tell_places(
    contest: Contest,
    tag: str,
    text: Text,
    name: str,
    *,
    honours: Mapping[ObjectId, Outcome],
    silent: Collection[ObjectId] = (),
    target: str | None = None,
) -> None:
    """Note who came to which place, inside the transaction in which the last prize was paid.

    Who is in the prizes gets a notice; ``honours`` are what the winners get beside money. Of
    ``silent`` nothing is noted, nor of those who have left the world. ``tag`` and ``target`` are
    those of the happening, ``name`` is that of the contest.
    """
    people = await find_actors(prize.character_id for prize in contest.prizes)
    for who in honours:
        if who in people:
            share = Share(await load_participant(who), honours[who])
            await settle(HONOURS, share, reference=contest.ref_id)
    for prize in contest.prizes:
        person = people.get(prize.character_id)
        if person is None or person.id in silent:
            continue
        tags = (tag, WON) if person.id in honours else (tag,)
        note(
            person,
            Happened.CONTEST_PLACED,
            *tags,
            target=target,
            amount=prize.amount,
            rank=prize.place,
            reference=contest.ref_id,
        )
        if prize.amount:
            notify(person.id, text, name=name, place=prize.place, prize=prize.amount)
