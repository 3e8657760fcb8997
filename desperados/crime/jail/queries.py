"""A look at one's own sentence."""

from __future__ import annotations

from bson import ObjectId

from desperados.crime.jail import rules
from desperados.crime.jail.inmates import load_inmate
from desperados.crime.jail.views import JailView
from desperados.law.views import SentenceView


async def read_jail(actor: ObjectId) -> JailView:
    """The sentence that a character serves, and what it can do about it.

    Raises:
        NotJailed: the character serves no sentence.
        CharacterUnavailable: the character is dead.
        CharacterNotFound: there is no such character.
    """
    limits = (rules.ESCAPES, rules.BRIBES, rules.LABOURS, rules.TALKS)
    inmate = await load_inmate(actor, *limits)
    serving, usage, now = inmate.serving, inmate.usage, inmate.at
    return JailView(
        sentence=SentenceView(
            reason=serving.reason,
            minutes=serving.minutes,
            remaining_minutes=serving.remaining(now),
            ends_at=serving.ends_at,
            bail=serving.price(now),
        ),
        escapes_left=max(0, rules.MOST_ESCAPES - serving.escapes),
        escape_at=usage.free_at(rules.ESCAPES, actor),
        least_bribe=inmate.least_bribe,
        bribe_at=usage.free_at(rules.BRIBES, actor),
        labours_left=max(0, rules.MOST_LABOUR - serving.labours),
        labour_at=usage.free_at(rules.LABOURS, actor),
        socialize_at=usage.free_at(rules.TALKS, actor),
    )
