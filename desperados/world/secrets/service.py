"""Secrets: found by whoever meets all that they take, at their place, once or once in a while."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from bson import ObjectId
from pydantic import Field

from desperados.characters.happenings import Happened, note
from desperados.characters.participant import participant_of
from desperados.characters.tallies import Tallies, tallies_of
from desperados.engine import dice
from desperados.engine.allowances import Usage, usage_of
from desperados.engine.commands import command
from desperados.engine.storage.reads import Read, alone, together
from desperados.engine.views import View
from desperados.ledger.items.sources import ItemSource
from desperados.ledger.money.sources import Source
from desperados.play.outcome import Deed, Share
from desperados.play.requirements import Situation, require, situation_of, unmet
from desperados.play.requirements.views import UnmetView, unmet_view
from desperados.play.rewards import draw
from desperados.play.settle import settle
from desperados.play.views import Pieces
from desperados.world.errors import AlreadyKnown, SecretNotFound
from desperados.world.places import read_place
from desperados.world.secrets.hidden import Hidden, read_secret, read_secrets
from desperados.world.secrets.rules import Progress

SECRET = Deed(name="secret", income=Source.SECRET_REWARD, found=ItemSource.QUEST_REWARD)
FOUND = "secret_found"
"""The tally of the secrets that a character knows."""

SecretCode = Annotated[str, Field(min_length=1, max_length=100, examples=["midnight_rider"])]


class SecretView(View):
    """Something that is hidden here. Its name and its hint are told from half of what it takes on,
    its description to those who know it. It can be unlocked if nothing is ``unmet``, and from
    ``ready_at`` on."""

    secret: str
    name: str | None
    hint: str | None
    description: str | None
    known: bool
    met: int
    needed: int
    ready_at: datetime | None
    unmet: list[UnmetView]


class UnlockedView(View):
    """A secret that was found, and what it gave. ``opens`` are places that it opens for good."""

    secret: str
    name: str
    description: str
    dollars: int
    xp: int
    items: list[Pieces]
    opens: list[str]


@command
async def unlock_secret(
    actor: ObjectId, secret: SecretCode, *, key: str | None = None
) -> UnlockedView:
    """Find out a secret of the place where the character is, once, or once in a while.

    Raises:
        SecretNotFound: there is no such secret here.
        AlreadyKnown: the character knows it, and it gives what it gives once.
        RateLimited: it was found out a while ago only.
        RequirementUnmet: something that it takes is missing.
        CharacterUnavailable: the character is dead, held or at a game.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    hidden = await read_secret(secret)
    if hidden is None:
        raise SecretNotFound(path="secret")
    person, tallies, counters = participant_of(actor), tallies_of(actor), _usage(actor, [hidden])
    await together(person, tallies, counters)
    finder, usage = person.result, counters.result
    finder.must_be_idle()
    if finder.location_id != hidden.place:
        raise SecretNotFound(path="secret")
    if hidden.again is not None:
        usage.use(hidden.again, actor)
    elif tallies.result.has(FOUND, f"secret:{secret}"):
        raise AlreadyKnown()
    await require(finder, hidden.needs)
    (given,) = await settle(SECRET, Share(finder, draw(hidden.gives, dice.source())))
    usage.write()
    note(finder, Happened.GOAL_REACHED, "secret", target=f"secret:{secret}")
    for place in hidden.gives.access:
        note(finder, Happened.GOAL_REACHED, "access", target=f"location:{place}")
    return UnlockedView(
        secret=secret,
        name=hidden.name,
        description=hidden.description,
        dollars=given.dollars,
        xp=given.xp,
        items=given.items,
        opens=list(hidden.gives.access),
    )


async def secrets_here(actor: ObjectId) -> list[SecretView]:
    """What is hidden where a character is, as far as it can be told.

    Raises:
        CharacterNotFound: there is no such character.
    """
    person, tallies = participant_of(actor), tallies_of(actor)
    await together(person, tallies)
    place = await read_place(person.result.location_id)
    found = await read_secrets(place.secrets) if place is not None else []
    if not found:
        return []
    situation = await situation_of(person.result, [need for one in found for need in one.needs])
    usage = await alone(_usage(actor, found))
    views = [_view(one, situation, tallies.result, usage) for one in found]
    return [view for view in views if view is not None]


def _view(
    hidden: Hidden, situation: Situation, tallies: Tallies, usage: Usage
) -> SecretView | None:
    missing = unmet(situation, hidden.needs)
    progress = Progress(len(hidden.needs) - len(missing), len(hidden.needs))
    known = tallies.has(FOUND, f"secret:{hidden.code}")
    told = known or progress.half
    if hidden.shy and not told:
        return None
    again = hidden.again
    return SecretView(
        secret=hidden.code,
        name=hidden.name if told else None,
        hint=hidden.hint if told else None,
        description=hidden.description if known else None,
        known=known,
        met=progress.met,
        needed=progress.needed,
        ready_at=usage.free_at(again, situation.participant.id) if again is not None else None,
        unmet=[unmet_view(one) for one in missing] if told else [],
    )


def _usage(actor: ObjectId, secrets: list[Hidden]) -> Read[Usage]:
    """What is used of the limits of those that give what they give more than once."""
    return usage_of(*((one.again, actor) for one in secrets if one.again is not None))
