"""An arrest: two hands of cards, and all that follows for both, at once.

Of two hunters, or a hunter and whatever else happens to the outlaw (bail, surrender, a price that
is taken back, a week that is over), one meets the other at the outlaw or at the price and looks
again: each price is paid once, and there is one sentence.
"""

from __future__ import annotations

from bson import ObjectId

from desperados.characters.actor import itself
from desperados.characters.errors import CharacterNotFound
from desperados.characters.happenings import Happened, note
from desperados.characters.notices.writing import notify
from desperados.characters.participant import Participant, load_participants
from desperados.crime.arrests import rules
from desperados.crime.arrests.prizes import Prize
from desperados.crime.arrests.rules import Grapple
from desperados.crime.arrests.views import ArrestView, hands_of
from desperados.crime.events import ARRESTED, COLLECTED, SLIPPED, BountyCollected
from desperados.deck.documents import ActionResult
from desperados.engine import clock, dice
from desperados.engine.allowances import usage_of
from desperados.engine.commands import command
from desperados.engine.live.events import broadcast
from desperados.engine.staging import StagedInsert
from desperados.engine.storage.reads import together
from desperados.engine.transactions import stage
from desperados.law.consequences import THE_LAW, Sentence
from desperados.law.rows import LawRows
from desperados.law.rules import Cause
from desperados.ledger.money.accounts import wallet
from desperados.ledger.money.documents import HoldStatus
from desperados.ledger.money.sources import Source
from desperados.play.outcome import Cost, Deed, Outcome, Share
from desperados.play.seeds import new_seed
from desperados.play.settle import settle
from desperados.play.views import Given

ARREST = Deed(name="arrest", income=Source.BOUNTY_REWARD)


@command(queue=("actor", "target_id"))
async def arrest_character(
    actor: ObjectId, target_id: ObjectId, *, key: str | None = None
) -> ArrestView:
    """Arrest somebody at one's place whom the law wants at 3 or more: 15 energy, once in an hour
    for each outlaw.

    A hand of clubs against a hand of spades, both dealt at once; who is as good gets away. Who is
    caught goes to jail for 30 minutes a level and is wanted no more. The hunter gets what players
    have put on the head, to the last coin, and what the law pays, which it does for one head once
    in a day.

    Raises:
        SelfTarget: it is oneself, or another character of the player.
        SameGang: both belong to one gang.
        NoLawfulHand: the hunter is wanted at 3 or more.
        NotThere: they are at different places, or the outlaw is on a journey, hides or fights.
        NotArrestable: the outlaw is wanted at less than 3, sits already, or has just got up.
        RateLimited: the hunter tried this one less than an hour ago.
        NotEnoughEnergy: the hunter has less than it costs.
        CharacterUnavailable: the hunter is dead, held or at a game; the outlaw is dead.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    unknown = {target_id: CharacterNotFound(path="targetId")}
    people = await load_participants([actor, target_id], unknown)
    hunter, outlaw = people[actor], people[target_id]
    hunter.must_be_idle()
    now = clock.now()
    level = rules.must_be_arrestable(hunter, outlaw, now)
    attempts, rows = rules.attempts(target_id), LawRows([target_id])
    counters = usage_of((attempts, actor), (rules.PAID, target_id))
    await together(itself(hunter), rows.prices, counters)
    usage = counters.result
    usage.use(attempts, actor)
    grapple = Grapple.between(hunter, outlaw, (new_seed().secret, new_seed().secret))
    prize = Prize.on(rows.prices_of(target_id), usage, target_id, now)
    if grapple.caught:
        if prize.of_the_law:
            usage.use(rules.PAID, target_id)
        view = await _catch(hunter, outlaw, level, grapple, prize)
    else:
        view = await _miss(hunter, outlaw, grapple)
    usage.write()
    _keep(hunter, view)
    return view


async def _catch(
    hunter: Participant, outlaw: Participant, level: int, grapple: Grapple, prize: Prize
) -> ArrestView:
    caught = Outcome(
        dollars=prize.of_the_law,
        xp=rules.XP_PER_LEVEL * level,
        standing={THE_LAW: rules.STANDING},
        conduct=("turned_in_criminal",),
    )
    sentence = Sentence(Cause.BOUNTY_COLLECTION, by=hunter.id)
    given, theirs = await settle(
        ARREST,
        Share(hunter, caught, Cost(energy=rules.ENERGY)),
        Share(outlaw, Outcome(jail=sentence)),
        reference=outlaw.id,
        movements=prize.paid_to(wallet(hunter.id)),
        closed=dict.fromkeys(prize.holds, HoldStatus.CAPTURED),
    )
    _tell(hunter, outlaw, level, prize, theirs)
    return _view(grapple, outlaw.id, given, prize, theirs)


async def _miss(hunter: Participant, outlaw: Participant, grapple: Grapple) -> ArrestView:
    (given,) = await settle(ARREST, Share(hunter, cost=Cost(energy=rules.ENERGY)))
    notify(outlaw.id, SLIPPED, name=hunter.name)
    return _view(grapple, outlaw.id, given, Prize(0, ()), Given())


def _view(
    grapple: Grapple, outlaw: ObjectId, given: Given, prize: Prize, theirs: Given
) -> ArrestView:
    mine, others = hands_of(grapple)
    return ArrestView(
        caught=grapple.caught,
        target_id=outlaw,
        hunter_hand=mine,
        target_hand=others,
        energy_spent=given.energy_spent,
        law_paid=given.dollars,
        players_paid=prize.dollars,
        xp=given.xp,
        minutes=theirs.jail_minutes,
        jailed_until=theirs.jailed_until,
        at=clock.now(),
    )


def _tell(
    hunter: Participant, outlaw: Participant, level: int, prize: Prize, theirs: Given
) -> None:
    """Tell the outlaw, those who paid, and everybody."""
    minutes, total = theirs.jail_minutes, prize.of_the_law + prize.dollars
    notify(outlaw.id, ARRESTED, name=hunter.name, minutes=minutes)
    for price in prize.of_players:
        if price.issuer is not None:
            notify(
                price.issuer, COLLECTED, name=hunter.name, head=outlaw.name, dollars=price.stored
            )
    broadcast(BountyCollected(hunter_id=hunter.id, target_id=outlaw.id, amount=total))
    note(hunter, Happened.LAW_ACTED, "arrested", other=outlaw.id, amount=minutes, rank=level)
    if total:
        note(hunter, Happened.LAW_ACTED, "bounty_paid", other=outlaw.id, amount=total, rank=level)


def _keep(hunter: Participant, view: ArrestView) -> None:
    row = {
        "_id": dice.new_id(),
        "characterId": hunter.id,
        "actionId": "arrest",
        "result": {"purpose": "arrest", **view.model_dump(mode="json", by_alias=True)},
        "performedAt": view.at,
        **ActionResult.first_extras,
    }
    stage(StagedInsert(ActionResult.collection_name(), row))
