"""Trade between two players: offers, counter-offers, and the swap once both agree.

Each side says what it gives: goods and money. Whatever either side changes makes a new version, and
voids what was confirmed before. When both have confirmed the same version, everything changes hands
in one transaction, or nothing does. Nothing is held meanwhile: whoever spends what he has offered
spoils the trade, not the other side's goods.

Limits: what holds for sending money holds here, too (``transfers``): a character gives nothing in
its first 24 hours, 1,000,000 dollars or 10,000 units of metal at once, 3,000,000 dollars in a day,
and the tax. A side offers at most 20 kinds of goods; a character has 5 open trades of its making.
An account opens 20 trades in an hour, and opens, changes and confirms 120 times.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from desperados.characters.actor import (
    Actor,
    itself,
    load_actor,
    load_actors,
    not_banned,
    refuse_banned,
    refuse_blocked,
)
from desperados.characters.notices.writing import notify
from desperados.economy.corrections import debts
from desperados.economy.errors import (
    AlreadyTrading,
    NotTogether,
    RecipientNotFound,
    SelfTrade,
    TradeChanged,
    TradeClosed,
    TradeEmpty,
    TradeNotFound,
)
from desperados.economy.events import TRADE_CANCELLED, TRADE_COMPLETED, TRADE_OFFERED
from desperados.economy.trades.documents import TradeSession, TradeSessionStatus
from desperados.economy.trades.offers import Offer, checked_offer, is_empty
from desperados.economy.trades.swaps import record_trade, swap
from desperados.economy.trades.views import TradeView, trade_view
from desperados.engine import clock
from desperados.engine.allowances import Limit as Allowed
from desperados.engine.allowances import Places, Usage, usage_of
from desperados.engine.ambient import current_transaction
from desperados.engine.commands import command
from desperados.engine.errors import Contention
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.storage.collection import find_all
from desperados.engine.storage.paging import read_page
from desperados.engine.storage.reads import together
from desperados.engine.transactions import stage
from desperados.engine.views import Cursor, Limit, Page
from desperados.social.blocks import blocks_between

LASTS = timedelta(hours=1)
OPEN = Places("open trades", 5, AlreadyTrading)
OPENINGS = Allowed("trades_opened", 20, timedelta(hours=1))
CALLS = Allowed("trade_calls", 120, timedelta(hours=1))


@command
async def open_trade(
    actor: ObjectId, partner_id: ObjectId, *, offer: Offer | None = None, key: str | None = None
) -> TradeView:
    """Offer a trade to a character in the same place. It stays open for an hour.

    Raises:
        RecipientNotFound: there is no such character, or it has blocked the actor.
        SelfTrade: both are one character, or belong to one account.
        NotTogether: the two are in different places.
        AlreadyTrading: the two have an open trade, or the actor has opened 5.
        UnknownItem: an item does not exist.
        ItemLocked: an item is not to be traded.
        InsufficientItems: there is no such unique piece.
        InvalidAmount: an amount is not a whole number of coins.
        InvalidQuantity: a quantity is not a whole number from 1 to 9,999.
        InvalidInput: more than 20 kinds of goods, or goods that are not named.
        LimitExceeded: more money than may be given at once.
        RateLimited: the account opened 20 trades in the last hour, or made 120 calls.
        CharacterUnavailable: one of the two is dead, in jail or in a fight, or the other is banned,
            or blocked by the actor.
        TradeLocked: the staff bar one of the two from trade.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    if actor == partner_id:
        raise SelfTrade(path="partnerId")
    unknown = {partner_id: RecipientNotFound(path="partnerId")}
    people = await load_actors([actor, partner_id], unknown)
    _require_together(people[actor], people[partner_id])
    partner = {"partnerId": people[partner_id]}
    blocks = blocks_between(actor, [partner_id])
    await together(itself(people[actor]), not_banned(partner), blocks)
    refuse_blocked(blocks.result, partner, unknown)
    usage = await _count_call(people[actor], OPENINGS)
    given = await checked_offer(offer or Offer())
    pair = _pair(actor, partner_id)
    await _require_no_other(pair)
    now = clock.now()
    place = await OPEN.find(actor, lambda: _count_open(actor))
    session = TradeSession(
        initiator_id=actor,
        recipient_id=partner_id,
        initiator_offer=given,
        pair=pair,
        location_id=people[actor].location_id,
        created_at=now,
        expires_at=now + LASTS,
    )
    stage(StagedInsert(TradeSession.collection_name(), session.to_mongo()))
    place.take(session.expires_at)
    usage.write()
    name = people[actor].name
    notify(partner_id, TRADE_OFFERED, trade_id=session.id, name=name)
    transaction = current_transaction()
    assert transaction is not None
    try:
        await transaction.flush()
    except DuplicateKeyError:
        raise AlreadyTrading() from None
    return trade_view(session)


@command(queue="trade_id")
async def change_offer(
    actor: ObjectId, trade_id: ObjectId, offer: Offer, *, version: int, key: str | None = None
) -> TradeView:
    """Put another offer in the place of one's own. It voids all confirmations.

    ``version`` is the version that the character has seen.

    Raises:
        TradeNotFound: there is no such trade, or the character has no part in it.
        TradeClosed: it is completed, cancelled or expired.
        TradeChanged: it has another version by now.
        UnknownItem: an item does not exist.
        ItemLocked: an item is not to be traded.
        InsufficientItems: there is no such unique piece.
        InvalidAmount: an amount is not a whole number of coins.
        InvalidQuantity: a quantity is not a whole number from 1 to 9,999.
        InvalidInput: more than 20 kinds of goods, or goods that are not named.
        LimitExceeded: more money than may be given at once.
        RateLimited: the account made 120 calls in the last hour.
        CharacterUnavailable: the character is dead, in jail or in a fight.
        TradeLocked: the staff bar the character from trade.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    session = await _read_open(actor, trade_id)
    _require_version(session, version)
    person = await load_actor(actor)
    person.must_be_able_to_trade()
    usage = await _count_call(person)
    given = await checked_offer(offer)
    side = _side(session, actor)
    usage.write()
    return _change(
        session,
        {
            f"{side}Offer": given.to_mongo(),
            "initiatorConfirmed": False,
            "recipientConfirmed": False,
            "version": session.version + 1,
        },
    )


@command(queue="trade_id")
async def confirm_trade(
    actor: ObjectId, trade_id: ObjectId, *, version: int, key: str | None = None
) -> TradeView:
    """Agree to one version of a trade. When both have, everything changes hands at once.

    Raises:
        SelfTrade: both characters belong to one account by now.
        TradeNotFound: there is no such trade, or the character has no part in it.
        TradeClosed: it is completed, cancelled or expired.
        TradeChanged: it has another version by now.
        TradeEmpty: neither side gives anything.
        NotTogether: the two are in different places.
        TooNew: a side that gives anything is younger than 24 hours.
        LimitExceeded: a side would give more dollars than are left of its day's limit.
        InsufficientFunds: a side carries less than it gives.
        InsufficientItems: a side does not carry what it gives.
        ItemLocked: something is worn, bound, reserved or part of a quest.
        InventoryFull: a pack has no room for what it gets.
        RateLimited: the account made 120 calls in the last hour.
        CharacterUnavailable: one of the two is dead, in jail or in a fight, or the other is banned.
        TradeLocked: the staff bar one of the two from trade.
        CharacterNotFound: one of the two does not exist any more.
        KeyReused: the key was used with another request.
    """
    session = await _read_open(actor, trade_id)
    _require_version(session, version)
    if is_empty(session.initiator_offer) and is_empty(session.recipient_offer):
        raise TradeEmpty()
    side = _side(session, actor)
    other = _side(session, _other(session, actor))
    people = await load_actors([session.initiator_id, session.recipient_id])
    people[actor].must_be_able_to_trade()
    _require_givers(session, people)
    usage = await _count_call(people[actor])
    if not getattr(session, f"{other}_confirmed"):
        usage.write()
        return _change(session, {f"{side}Confirmed": True})
    _require_together(people[session.initiator_id], people[session.recipient_id])
    await refuse_banned({"tradeId": people[_other(session, actor)]})
    operation = await swap(session, people)
    record_trade(session, operation)
    usage.write()
    told = _other(session, actor)
    notify(told, TRADE_COMPLETED, trade_id=session.id, name=people[actor].name)
    return _change(
        session,
        {
            f"{side}Confirmed": True,
            "status": TradeSessionStatus.COMPLETED.value,
            "closedAt": clock.now(),
            "closedBy": actor,
        },
    )


@command(queue="trade_id")
async def cancel_trade(actor: ObjectId, trade_id: ObjectId, *, key: str | None = None) -> TradeView:
    """Call a trade off. Either side may, until it is completed.

    Raises:
        TradeNotFound: there is no such trade, or the character has no part in it.
        TradeClosed: it is completed, cancelled or expired.
        KeyReused: the key was used with another request.
    """
    session = await _read_open(actor, trade_id)
    notify(_other(session, actor), TRADE_CANCELLED, trade_id=session.id)
    return _change(
        session,
        {
            "status": TradeSessionStatus.CANCELLED.value,
            "closedAt": clock.now(),
            "closedBy": actor,
        },
    )


@command(queue="trade_id")
async def expire_trade(trade_id: ObjectId) -> None:
    """Close a trade whose time is over; for the job. It does nothing where that was done."""
    session = await TradeSession.load_one({"_id": trade_id})
    if (
        session is not None
        and session.status == TradeSessionStatus.OPEN
        and clock.now() >= session.expires_at
    ):
        _change(session, {"status": TradeSessionStatus.EXPIRED.value, "closedAt": clock.now()})


async def get_trade(actor: ObjectId, trade_id: ObjectId) -> TradeView:
    """A trade that the character has a part in.

    Raises:
        TradeNotFound: there is no such trade, or the character has no part in it.
    """
    return trade_view(await _read(actor, trade_id))


async def trades_opened(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[TradeView]:
    """The trades that a character has opened, newest first.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    return await _trades({"initiatorId": actor}, limit, after)


async def trades_received(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[TradeView]:
    """The trades that were offered to a character, newest first.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    return await _trades({"recipientId": actor}, limit, after)


async def _trades(where: dict[str, Any], limit: int, after: str | None) -> Page[TradeView]:
    return await read_page(
        TradeSession.collection(),
        where,
        sort="-createdAt",
        limit=limit,
        after=after,
        view=lambda row: trade_view(TradeSession.hydrate(row)),
    )


def _pair(one: ObjectId, other: ObjectId) -> str:
    """The two of a trade, whoever opened it."""
    return ":".join(sorted((str(one), str(other))))


def _require_together(one: Actor, other: Actor) -> None:
    for person in (one, other):
        person.must_be_able_to_trade()
    if one.user_id == other.user_id:
        raise SelfTrade(path="partnerId")
    if one.location_id != other.location_id:
        raise NotTogether()


def _require_givers(session: TradeSession, people: dict[ObjectId, Actor]) -> None:
    """Who gives anything may let it go."""
    offers = (
        (session.initiator_id, session.initiator_offer),
        (session.recipient_id, session.recipient_offer),
    )
    for giver, offer in offers:
        if not is_empty(offer):
            people[giver].must_be_able_to_give()


async def _count_call(person: Actor, *more: Allowed) -> Usage:
    """Count this call against the limits of the account's hour, and collect what the actor owes."""
    limits = (CALLS, *more)
    read, owed = usage_of(*((limit, person.user_id) for limit in limits)), debts.owed_by(person.id)
    await together(itself(person), read, owed)
    for limit in limits:
        read.result.use(limit, person.user_id)
    await debts.collect_first(owed)
    return read.result


async def _require_no_other(pair: str) -> None:
    """A unique index keeps the pair to one trade, whoever opens two at once."""
    open_ = TradeSessionStatus.OPEN.value
    if await TradeSession.collection().find_one({"pair": pair, "status": open_}, {"_id": 1}):
        raise AlreadyTrading()


async def _count_open(actor: ObjectId) -> int:
    mine = await find_all(
        TradeSession.collection(),
        {"initiatorId": actor, "status": TradeSessionStatus.OPEN.value},
        projection={"_id": 1},
        limit=OPEN.most,
    )
    return len(mine)


async def _read(actor: ObjectId, trade_id: ObjectId) -> TradeSession:
    session = await TradeSession.load_one({"_id": trade_id})
    if session is None or actor not in (session.initiator_id, session.recipient_id):
        raise TradeNotFound()
    return session


async def _read_open(actor: ObjectId, trade_id: ObjectId) -> TradeSession:
    session = await _read(actor, trade_id)
    if session.status != TradeSessionStatus.OPEN or clock.now() >= session.expires_at:
        raise TradeClosed(status=session.status)
    return session


def _require_version(session: TradeSession, version: int) -> None:
    if isinstance(version, bool) or not isinstance(version, int) or version != session.version:
        raise TradeChanged(version=session.version)


def _side(session: TradeSession, actor: ObjectId) -> str:
    return "initiator" if actor == session.initiator_id else "recipient"


def _other(session: TradeSession, actor: ObjectId) -> ObjectId:
    return session.recipient_id if actor == session.initiator_id else session.initiator_id


def _change(session: TradeSession, changed: dict[str, Any]) -> TradeView:
    """Stage a change, if the trade still is as it was read; one that ends it gives its place back.

    Outcomes: changed; not found or a write conflict, when the other side was quicker (the
    transaction runs again).
    """
    stage(
        StagedUpdate(
            TradeSession.collection_name(),
            {
                "_id": session.id,
                "status": TradeSessionStatus.OPEN.value,
                "version": session.version,
                "initiatorConfirmed": session.initiator_confirmed,
                "recipientConfirmed": session.recipient_confirmed,
            },
            {"$set": changed},
            otherwise=Contention(retry_after=1),
        )
    )
    if "status" in changed:
        OPEN.give_back(session.initiator_id)
    return trade_view(TradeSession.hydrate({**session.to_mongo(), **changed}))
