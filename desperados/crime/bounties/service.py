"""Bounties of players: posted with money that is held, raised, taken back, over after a week.

The price and its hold say the same at every commit. Everything that changes what lies on a head
changes that character, too (``law.releasing.meet``), so the rank that is written to all its prices
counts all of them, whoever else adds or collects one at the same moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from bson import ObjectId
from pydantic import Field

from desperados.characters.actor import (
    Actor,
    find_actors,
    itself,
    load_actor,
    load_actors,
    not_banned,
)
from desperados.characters.errors import CharacterNotFound
from desperados.characters.happenings import Happened, note
from desperados.characters.notices.writing import notify
from desperados.crime.bounties import rules
from desperados.crime.bounties.views import BountyView, bounty_view
from desperados.crime.errors import (
    BountyClosed,
    BountyNotFound,
    PriceTooHigh,
    SelfTarget,
    TargetTooGreen,
    TooManyPrices,
    TooSoon,
)
from desperados.crime.events import POSTED, RETURNED, BountyChanged
from desperados.engine import clock, dice
from desperados.engine.allowances import usage_of
from desperados.engine.commands import command
from desperados.engine.live.events import broadcast
from desperados.engine.staging import StagedInsert
from desperados.engine.storage.reads import alone, together
from desperados.engine.transactions import stage
from desperados.law.documents import Bounty, BountyStatus, BountyType
from desperados.law.pricing import closed, raised_to, reranked
from desperados.law.releasing import meet
from desperados.law.rows import Held, LawRows, Price
from desperados.law.rules import rank_of
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import escrow, wallet
from desperados.ledger.money.documents import Currency, HoldPurpose, HoldStatus
from desperados.ledger.money.holds import new_hold
from desperados.ledger.money.movement import Movement
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.sources import Source

Dollars = Annotated[int, Field(ge=rules.LEAST, le=rules.MOST, examples=[500])]
Why = Annotated[str, Field(max_length=200, examples=["He shot my mule."])]

MOST_OF_ONE = 100
"""So many prices of one player stand at most: five a day, for a week."""


@command(queue=("actor", "target_id"))
async def post_bounty(
    actor: ObjectId,
    target_id: ObjectId,
    amount: Dollars,
    *,
    reason: Why = "",
    anonymous: bool = False,
    key: str | None = None,
) -> BountyView:
    """Put a price on a head, or raise the own one: 100 to 100,000 dollars, which are held, and a
    tenth on top (rounded up), which is gone. Whoever arrests the character gets them; after a week
    without a further raise they come back.

    A character posts five times in a UTC day. On one head lie 250,000 dollars of players at most,
    of twelve of them.

    Raises:
        InvalidAmount: the amount is no whole number of dollars.
        PriceOutOfRange: it is not 100 to 100,000 dollars.
        SelfTarget: it is one's own head, or that of another character of the player.
        TargetTooGreen: the head is below level 5.
        PriceTooHigh: with it more than 250,000 dollars of players would lie on the head.
        TooManyPrices: twelve other players pay for it.
        LimitExceeded: it is the sixth post of this UTC day.
        InsufficientFunds: the character carries less than the price and its fee.
        TooNew: the character is younger than 24 hours (in production).
        TradeLocked: the staff bar the character from trade.
        CharacterUnavailable: one of the two is dead, or the other's account is banned.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    amount = rules.check_price(amount)
    if actor == target_id:
        raise SelfTarget(path="targetId")
    people = await load_actors([actor, target_id], {target_id: CharacterNotFound(path="targetId")})
    issuer, target = people[actor], people[target_id]
    _check_pair(issuer, target)
    rows, counters = LawRows([target_id]), usage_of((rules.POSTS, actor))
    await together(itself(issuer), not_banned({"targetId": target}), rows.prices, counters)
    now, held, usage = clock.now(), rows.prices_of(target_id), counters.result
    usage.use(rules.POSTS, actor)
    mine = next((price for price in held.prices if price.issuer == actor), None)
    _check_head(held, mine, amount, now)
    if mine is None:
        row = await _post(actor, target_id, amount, now)
    else:
        row = await _raise(actor, target_id, mine, amount, now)
    # One's own that is over, and not noted yet, counts again from now on.
    others = [price for price in held.prices if price is not mine]
    total = sum(price.at(now)[0] for price in others) + int(row["amount"])
    rank = rank_of(total).value
    row |= {"wantedRank": rank, "reason": reason, "anonymous": anonymous}
    if mine is None:
        stage(StagedInsert(Bounty.collection_name(), row))
    else:
        stage(raised_to(mine, {name: row[name] for name in row if name != "_id"}))
    _tell_head(target_id, others, total, now)
    usage.write()
    notify(target_id, POSTED, dollars=amount, total=total)
    note(issuer, Happened.LAW_ACTED, "bounty_posted", other=target_id, amount=amount)
    return bounty_view(row)


def _check_pair(issuer: Actor, target: Actor) -> None:
    if issuer.user_id == target.user_id:
        raise SelfTarget(path="targetId")
    issuer.must_be_able_to_give()
    target.must_be_alive()
    if target.level < rules.LEAST_LEVEL:
        raise TargetTooGreen(path="targetId", least=rules.LEAST_LEVEL)


def _check_head(held: Held, mine: Price | None, amount: int, now: datetime) -> None:
    """Refuse what would lie on a head beyond what is allowed. What is over, and not noted yet,
    still counts for the payers."""
    of_players = [price for price in held.prices if price.of_a_player]
    already = sum(price.stored for price in of_players if price is mine or price.at(now)[0])
    if already + amount > rules.MOST_ON_A_HEAD:
        raise PriceTooHigh(most=rules.MOST_ON_A_HEAD, left=max(0, rules.MOST_ON_A_HEAD - already))
    if mine is None and len(of_players) >= rules.MOST_PAYERS:
        raise TooManyPrices(most=rules.MOST_PAYERS)


async def _post(actor: ObjectId, target_id: ObjectId, amount: int, now: datetime) -> dict[str, Any]:
    """Hold the money of a new price; returns its row, which has no rank yet."""
    bounty_id = dice.new_id()
    account, hold = new_hold(actor, HoldPurpose.BOUNTY, bounty_id)
    await ledger.post(
        _paid_in(actor, account.id, amount, bounty_id),
        OperationKind.BOUNTY,
        opened={account: hold},
    )
    return {
        "_id": bounty_id,
        "characterId": target_id,
        "amount": amount,
        "lastCrimeAt": now,
        "expiresAt": now + rules.STANDS_FOR,
        "status": BountyStatus.ACTIVE.value,
        "bountyType": BountyType.PLAYER.value,
        "issuerId": actor,
        "holdId": account.id,
        "postedAt": now,
        "crimes": [],
        **Bounty.first_extras,
    }


async def _raise(
    actor: ObjectId, target_id: ObjectId, mine: Price, amount: int, now: datetime
) -> dict[str, Any]:
    """Hold what is added to a price; returns what changes of its row."""
    assert mine.hold is not None
    movements = _paid_in(actor, mine.hold, amount, mine.id)
    await ledger.post(movements, OperationKind.BOUNTY)
    return {
        "_id": mine.id,
        "characterId": target_id,
        "amount": mine.stored + amount,
        "expiresAt": now + rules.STANDS_FOR,
        "status": BountyStatus.ACTIVE.value,
        "postedAt": now,
    }


def _paid_in(actor: ObjectId, hold: ObjectId, amount: int, bounty_id: ObjectId) -> list[Movement]:
    payer, fee = wallet(actor), rules.fee(amount)
    return [
        *ledger.move(payer, escrow(hold), Currency.DOLLARS, amount, Source.BOUNTY_HELD, bounty_id),
        ledger.burn(payer, Currency.DOLLARS, fee, Source.BOUNTY_FEE, reference=bounty_id),
    ]


def _tell_head(character_id: ObjectId, others: Sequence[Price], total: int, now: datetime) -> None:
    """Write the rank of the sum to the ``others`` on a head, and tell everybody."""
    rank = rank_of(total)
    meet(character_id, now)
    for write in reranked(others, rank.value):
        stage(write)
    broadcast(BountyChanged(character_id=character_id, total=total, rank=rank))


@command(queue="actor")
async def cancel_bounty(
    actor: ObjectId, bounty_id: ObjectId, *, key: str | None = None
) -> BountyView:
    """Take a price back, a day after it was posted or raised, at the earliest. The money comes back
    whole; the fee does not.

    Raises:
        BountyNotFound: there is no such price, or somebody else pays it.
        BountyClosed: it was collected or taken back, or a week is over.
        TooSoon: it stands for less than a day.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    await load_actor(actor)
    bounty = await Bounty.load_one({"_id": bounty_id, "issuerId": actor})
    if bounty is None or bounty.posted_at is None:
        raise BountyNotFound()
    _must_be_active(bounty)
    if clock.now() < bounty.posted_at + rules.STANDS_AT_LEAST:
        ready = bounty.posted_at + rules.STANDS_AT_LEAST
        raise TooSoon(ready_at=ready.isoformat())
    await give_back([bounty], BountyStatus.CANCELLED)
    return _closed_view(bounty, BountyStatus.CANCELLED)


@command
async def expire_bounty(bounty_id: ObjectId) -> None:
    """Give back a price whose week is over; for the job. It does nothing where that was done."""
    bounty = await Bounty.load_one({"_id": bounty_id, "bountyType": BountyType.PLAYER.value})
    if bounty is None or bounty.status is not BountyStatus.ACTIVE or bounty.hold_id is None:
        return
    if bounty.expires_at is not None and bounty.expires_at <= clock.now():
        await give_back([bounty], BountyStatus.EXPIRED)


def _must_be_active(bounty: Bounty) -> None:
    if bounty.status is not BountyStatus.ACTIVE:
        raise BountyClosed(status=bounty.status)


def _closed_view(bounty: Bounty, status: BountyStatus) -> BountyView:
    now = clock.now()
    return bounty_view({**bounty.to_mongo(), "status": status.value, "closedAt": now})


async def give_back(
    bounties: Sequence[Bounty], status: BountyStatus, *, leaving: ObjectId | None = None
) -> None:
    """Close prices of players, and give the money back to who paid. Whose head is that of
    ``leaving`` leaves the world in the same transaction, and is written there.

    Outcomes of each update: closed; not found or a write conflict, where it was collected, raised
    or closed at this moment (the transaction runs again).
    """
    heads = list(dict.fromkeys(bounty.character_id for bounty in bounties))
    rows = LawRows(heads)
    await alone(rows.prices)
    there = set(await find_actors(heads)) - {leaving}
    now, ids = clock.now(), {bounty.id for bounty in bounties}
    prices = {price.id: price for head in heads for price in rows.prices_of(head).prices}
    ending = [prices[bounty.id] for bounty in bounties if bounty.id in prices]
    if not ending:
        return
    await ledger.post(
        [
            movement
            for price in ending
            if price.hold is not None and price.issuer is not None
            for movement in ledger.move(
                escrow(price.hold),
                wallet(price.issuer),
                Currency.DOLLARS,
                price.stored,
                Source.BOUNTY_RELEASED,
                price.id,
            )
        ],
        OperationKind.BOUNTY,
        closed={escrow(price.hold): HoldStatus.RELEASED for price in ending if price.hold},
    )
    for price in ending:
        stage(closed(price, status, now, price.stored))
        if price.issuer is not None and price.issuer != leaving:
            notify(price.issuer, RETURNED, dollars=price.stored)
    for head in heads:
        if head in there:
            others = [price for price in rows.prices_of(head).prices if price.id not in ids]
            _tell_head(head, others, sum(price.at(now)[0] for price in others), now)


async def wind_up(character: ObjectId) -> None:
    """Give back what is paid for a character, and what it pays, inside the transaction that deletes
    it."""
    active = {"status": BountyStatus.ACTIVE.value}
    mine = await Bounty.load_many({"issuerId": character, **active}, limit=MOST_OF_ONE)
    on_me = await Bounty.load_many(
        {"characterId": character, **active, "bountyType": BountyType.PLAYER.value},
        limit=rules.MOST_PAYERS,
    )
    bounties = [bounty for bounty in (*mine, *on_me) if bounty.hold_id is not None]
    if bounties:
        await give_back(bounties, BountyStatus.CANCELLED, leaving=character)
