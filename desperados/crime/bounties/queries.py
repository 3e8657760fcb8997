"""Looks at the prices on heads."""

from __future__ import annotations

from bson import ObjectId

from desperados.characters.actor import find_actors, load_actor
from desperados.crime.bounties.views import (
    BountyView,
    HeadView,
    PriceOnHead,
    PricesView,
    bounty_view,
)
from desperados.engine import clock
from desperados.engine.storage.paging import read_page
from desperados.engine.storage.reads import alone
from desperados.engine.views import Cursor, Limit, Page
from desperados.law.documents import Bounty, BountyStatus, BountyType, WantedRank
from desperados.law.rows import LawRows


async def bounty_board(*, limit: Limit = 50, after: Cursor | None = None) -> Page[HeadView]:
    """What players pay for heads, the most first.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    page = await read_page(
        Bounty.collection(),
        {
            "status": BountyStatus.ACTIVE.value,
            "bountyType": BountyType.PLAYER.value,
            "expiresAt": {"$gt": clock.now()},
        },
        sort="-amount",
        limit=limit,
        after=after,
        view=Bounty.hydrate,
    )
    heads = [bounty.character_id for bounty in page.items]
    payers = [b.issuer_id for b in page.items if b.issuer_id is not None and not b.anonymous]
    people = await find_actors([*heads, *payers]) if heads else {}
    items = []
    for bounty in page.items:
        who = people.get(bounty.character_id)
        issuer = people.get(bounty.issuer_id) if bounty.issuer_id is not None else None
        if who is None or bounty.posted_at is None or bounty.expires_at is None:
            continue  # of another program, or about to be given back
        items.append(
            HeadView(
                id=bounty.id,
                character_id=who.id,
                name=who.name,
                amount=bounty.amount,
                reason=bounty.reason,
                rank=bounty.wanted_rank,
                issuer=issuer.name if issuer is not None and not bounty.anonymous else None,
                at_large=not (who.jailed or who.dead),
                posted_at=bounty.posted_at,
                expires_at=bounty.expires_at,
            )
        )
    return Page(items=items, next=page.next)


async def bounties_on(character_id: ObjectId) -> PricesView:
    """What is on a head now, the most first: of the law, by faction, and of players.

    Raises:
        CharacterNotFound: there is no such character.
    """
    await load_actor(character_id)
    rows, now = LawRows([character_id]), clock.now()
    await alone(rows.prices)
    held = rows.prices_of(character_id)
    prices = [
        PriceOnHead(
            source=price.kind,
            faction=price.faction,
            amount=price.at(now)[0],
            expires_at=price.expires_at,
        )
        for price in held.prices
        if price.at(now)[0] > 0
    ]
    return PricesView(
        character_id=character_id,
        total=held.total(now),
        rank=WantedRank(held.rank(now)),
        prices=sorted(prices, key=lambda price: -price.amount),
    )


async def my_bounties(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[BountyView]:
    """The prices that a character has put on heads, the newest first, and what became of them.

    Raises:
        CharacterNotFound: there is no such character.
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    await load_actor(actor)
    return await read_page(
        Bounty.collection(),
        {"issuerId": actor, "postedAt": {"$ne": None}},
        sort="-postedAt",
        limit=limit,
        after=after,
        view=bounty_view,
    )
