"""A hunter of the land brings in his prey: an arrest, with all that follows of one, for who pays.

It is one transaction with the same meeting points as an arrest by a player: each price is paid
once, and there is one sentence.
"""

from __future__ import annotations

from bson import ObjectId

from desperados.characters.actor import itself
from desperados.characters.notices.writing import notify
from desperados.characters.participant import Participant, find_participants
from desperados.crime.arrests.prizes import Prize
from desperados.crime.arrests.rules import PAID
from desperados.crime.events import COLLECTED, BountyCollected
from desperados.crime.hunting import rules
from desperados.crime.hunting.documents import BountyHunt, BountyHuntStatus
from desperados.crime.hunting.events import BROUGHT_IN, DONE
from desperados.crime.hunting.hunts import end
from desperados.crime.hunting.rules import Ending, NpcHunter
from desperados.engine import clock
from desperados.engine.allowances import usage_of
from desperados.engine.live.events import broadcast
from desperados.engine.storage.reads import together
from desperados.law.consequences import Sentence
from desperados.law.rows import LawRows
from desperados.law.rules import Cause
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import escrow, wallet
from desperados.ledger.money.documents import Currency, HoldStatus
from desperados.ledger.money.movement import Movement
from desperados.ledger.money.sources import Source
from desperados.play.outcome import Deed, Outcome, Share
from desperados.play.settle import settle
from desperados.play.views import Given

CAPTURE = Deed(name="hunted_down", income=Source.BOUNTY_REWARD)


async def bring_in(
    hunt: BountyHunt, hunter: NpcHunter, prey: Participant, health: int = 0
) -> Given:
    """Take somebody to jail, collect what is on its head, and pay the employer; what players have
    put on it is nobody's where nobody has hired the hunter, or who did has left the world. Returns
    what the prey has of it; ``health`` is what the fight before it took, as a negative number.
    """
    employer = await _employer(hunt)
    rows, counters = LawRows([prey.id]), usage_of((PAID, prey.id))
    await together(itself(prey), rows.prices, counters)
    now, usage = clock.now(), counters.result
    prize = Prize.on(rows.prices_of(prey.id), usage, prey.id, now)
    if prize.of_the_law:
        usage.use(PAID, prey.id)
    by = employer.id if employer is not None else None
    caught = Outcome(jail=Sentence(Cause.BOUNTY_COLLECTION, by=by), health=health)
    shares = [Share(prey, caught)]
    if employer is not None:
        of_the_law = rules.of_the_law(prize.of_the_law, hunt.hire_cost)
        shares.append(Share(employer, Outcome(dollars=of_the_law)))
    given = await settle(
        CAPTURE,
        *shares,
        reference=hunt.id,
        movements=_collected(prize, by),
        closed=dict.fromkeys(prize.holds, HoldStatus.CAPTURED),
    )
    usage.write()
    paid = 0 if employer is None else prize.dollars + given[1].dollars
    end(hunt, BountyHuntStatus.CAPTURED, Ending.BROUGHT_IN, paid)
    _tell(hunter, prey, employer, prize, given[0], paid)
    return given[0]


async def _employer(hunt: BountyHunt) -> Participant | None:
    if hunt.employer is None:
        return None
    return (await find_participants([hunt.employer])).get(hunt.employer)


def _collected(prize: Prize, by: ObjectId | None) -> list[Movement]:
    """The money of players, to who had the hunter hired; else it is nobody's any more."""
    movements: list[Movement] = []
    for price in prize.of_players:
        if price.hold is None:
            continue
        held, dollars = escrow(price.hold), price.stored
        if by is None:
            source = Source.BOUNTY_TO_NOBODY
            movements.append(
                ledger.burn(held, Currency.DOLLARS, dollars, source, reference=price.id)
            )
        else:
            source = Source.BOUNTY_COLLECTED
            movements += ledger.move(held, wallet(by), Currency.DOLLARS, dollars, source, price.id)
    return movements


def _tell(
    hunter: NpcHunter,
    prey: Participant,
    employer: Participant | None,
    prize: Prize,
    theirs: Given,
    paid: int,
) -> None:
    """Tell the prey, who had it hunted, those who paid, and of money everybody."""
    notify(prey.id, BROUGHT_IN, name=hunter.name, minutes=theirs.jail_minutes)
    if employer is not None:
        notify(employer.id, DONE, name=hunter.name, head=prey.name, dollars=paid)
        broadcast(BountyCollected(hunter_id=employer.id, target_id=prey.id, amount=paid))
    for price in prize.of_players:
        if price.issuer is not None:
            notify(price.issuer, COLLECTED, name=hunter.name, head=prey.name, dollars=price.stored)
