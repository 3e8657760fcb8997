"""Lying low and disguises: what an outlaw does between two deeds."""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId

from desperados.characters.condition import Activity, Occupation
from desperados.characters.effects import Effect
from desperados.characters.participant import load_participant, participant_of
from desperados.crime.errors import NoHidingPlace, NotDisguised, NothingToHide
from desperados.crime.hiding import rules
from desperados.crime.hiding.rules import DISGUISES, DisguiseKind, LieLowMethod
from desperados.engine import dice
from desperados.engine.allowances import usage_of
from desperados.engine.commands import command
from desperados.engine.storage.reads import together
from desperados.engine.views import View
from desperados.law.wanted import wanted_of
from desperados.ledger.money.sources import Source
from desperados.play.outcome import Cost, Deed, Outcome, Share
from desperados.play.settle import settle
from desperados.world.places import read_place

LYING_LOW = Deed(name="lie_low", spending=Source.BRIBE)
DISGUISED = Deed(name="disguise", spending=Source.DISGUISE)


class LowView(View):
    """What lying low cost and brought: the wanted level after it, and until when one is hidden
    (null: not at all)."""

    wanted: int
    dollars: int
    hidden_until: datetime | None


class DisguiseView(View):
    """A disguise: its price, how many minutes it convinces, and how many wanted levels guards do
    not see."""

    kind: DisguiseKind
    dollars: int
    minutes: int
    levels: int


class DisguisedView(View):
    """What a character passes for, and until when; null: for itself."""

    kind: DisguiseKind | None
    until: datetime | None


@command(queue="actor")
async def lie_low(actor: ObjectId, method: LieLowMethod, *, key: str | None = None) -> LowView:
    """Keep out of sight until the law wants one level less: once in six hours, in a hideout, a
    cave, a camp or a smugglers' den.

    Who hides is forgotten at once, is found by nobody, and can do nothing else for half an hour;
    who pays 50 dollars to those who saw something may go about.

    Raises:
        NoHidingPlace: there is nowhere to lie low here.
        NothingToHide: the law wants nothing of the character.
        RateLimited: it lay low less than six hours ago.
        InsufficientFunds: it carries less than it costs.
        CharacterUnavailable: the character is dead, held or at a game.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    person, counters = participant_of(actor), usage_of((rules.LYING_LOW, actor))
    await together(person, counters)
    outlaw, usage = person.result, counters.result
    outlaw.must_be_idle()
    place = await read_place(outlaw.location_id)
    if place is None or place.type not in rules.HIDING_PLACES:
        raise NoHidingPlace()
    if wanted_of(outlaw, outlaw.at).value == 0:
        raise NothingToHide()
    usage.use(rules.LYING_LOW, actor)
    hides = method is LieLowMethod.HIDE
    until = outlaw.at + rules.HIDDEN_FOR if hides else None
    share = Share(
        outlaw,
        Outcome(wanted=-1),
        Cost(dollars=0 if hides else rules.HUSH_MONEY),
        begins=Occupation(Activity.HIDING, dice.new_id(), until) if until is not None else None,
    )
    (given,) = await settle(LYING_LOW, share)
    usage.write()
    assert given.wanted is not None
    return LowView(wanted=given.wanted, dollars=share.cost.dollars, hidden_until=until)


@command(queue="actor")
async def wear_disguise(
    actor: ObjectId, kind: DisguiseKind, *, key: str | None = None
) -> DisguisedView:
    """Pass for somebody else for a while, for money: guards see some wanted levels less. It opens
    doors; whoever arrests looks under the hat. Another disguise takes the place of the first, and
    jail takes all of them.

    Raises:
        InsufficientFunds: the character carries less than it costs.
        TooManyEffects: more than 24 things would change its numbers.
        CharacterUnavailable: the character is dead, held or at a game.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    person = await load_participant(actor)
    person.must_be_idle()
    disguise = DISGUISES[kind]
    effect = disguise.effect(person.at)
    share = Share(person, Outcome(effects=(effect,)), Cost(dollars=disguise.dollars))
    await settle(DISGUISED, share)
    return DisguisedView(kind=kind, until=effect.until)


@command(queue="actor")
async def drop_disguise(actor: ObjectId, *, key: str | None = None) -> DisguisedView:
    """Be oneself again.

    Raises:
        NotDisguised: the character wears no disguise.
        CharacterUnavailable: the character is dead.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    person = await load_participant(actor)
    person.must_be_alive()
    worn = {effect.name for effect in person.effects if effect.holds(person.at)}
    if rules.DISGUISE not in worn:
        raise NotDisguised()
    await settle(DISGUISED, Share(person, Outcome(effects=(Effect(rules.DISGUISE, {}),))))
    return DisguisedView(kind=None, until=None)


async def list_disguises() -> list[DisguiseView]:
    """The disguises that can be had, everywhere."""
    return [
        DisguiseView(kind=kind, dollars=it.dollars, minutes=it.minutes, levels=it.levels)
        for kind, it in DISGUISES.items()
    ]
