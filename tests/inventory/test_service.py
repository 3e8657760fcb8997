"""Views, history, waiting goods, staff."""

import asyncio
from typing import Any

import pytest
from bson import ObjectId

from desperados.characters.errors import CharacterNotFound
from desperados.engine.errors import InvalidInput, KeyReused
from desperados.engine.game import Game
from desperados.inventory import service, staff
from desperados.ledger.items.errors import (
    InsufficientItems,
    InventoryFull,
    NothingThere,
    UnknownItem,
    UnreadableReward,
)
from desperados.ledger.items.holders import pack, pending
from desperados.ledger.items.ledger import Line, Overflow
from tests.inventory.worlds import (
    COAL,
    COLT,
    WHISKEY,
    add_carrier,
    count,
    give,
    leave,
    lines,
    place_of,
    revolver,
)
from tests.worlds import STAFF, fingerprint


async def test_the_inventory_shows_stacks_and_how_full_the_pack_is(game: Game) -> None:
    ann = await add_carrier(game, *lines(whiskey=45, coal=2))
    await give(ann, revolver(ann))
    seen = await service.inventory(ann)
    assert [(s.item, s.quantity, s.slots, s.weight) for s in seen.stacks] == [
        (WHISKEY, 45, 3, 45),
        (COAL, 2, 1, 5),
    ]
    assert seen.unique_items == 1
    assert (seen.capacity.used_slots, seen.capacity.max_slots) == (5, 100)
    assert (seen.capacity.used_weight, seen.capacity.max_weight) == (53, 500)
    assert await service.capacity(ann) == seen.capacity


async def test_an_empty_pack_is_shown_empty_and_not_stored(game: Game) -> None:
    ann = await add_carrier(game)
    before = await fingerprint(game)
    seen = await service.inventory(ann)
    assert (seen.stacks, seen.capacity.max_slots) == ([], 100)
    assert await fingerprint(game) == before


async def test_nobody_has_nothing(game: Game) -> None:
    nobody = ObjectId()
    for attempt in (
        service.inventory(nobody),
        service.capacity(nobody),
        service.unique_items(nobody),
        service.history(nobody),
        service.pending_items(nobody),
        service.claim_items(nobody, ObjectId()),
        staff.grant_items(STAFF, nobody, WHISKEY, reason="compensation"),
        staff.remove_items(STAFF, nobody, WHISKEY, reason="compensation"),
    ):
        with pytest.raises(CharacterNotFound):
            await attempt


async def test_unique_items_are_listed_in_pages(game: Game) -> None:
    ann = await add_carrier(game)
    await give(ann, *(revolver(ann) for _ in range(5)))
    first = await service.unique_items(ann, limit=3)
    rest = await service.unique_items(ann, limit=3, after=first.next)
    assert len({item.id for item in [*first.items, *rest.items]}) == 5
    assert rest.next is None
    assert first.items[0].item == COLT


async def test_the_history_is_read_backwards_without_gap_or_repeat(game: Game) -> None:
    ann = await add_carrier(game)
    for quantity in range(1, 8):
        await give(ann, Line(WHISKEY, quantity))
        await give(ann, Line(COAL, 1))
    seen, after = [], None
    while True:
        page = await service.history(ann, limit=4, after=after)
        seen += [row.seq for row in page.items]
        after = page.next
        if after is None:
            break
    assert seen == list(range(14, 0, -1))
    whiskey = await service.history(ann, item=WHISKEY, limit=3)
    assert [row.quantity for row in whiskey.items] == [7, 6, 5]
    assert (whiskey.items[0].before, whiskey.items[0].after) == (21, 28)


@pytest.mark.parametrize("limit", [0, 101, -1, True, "5"])
async def test_a_page_of_history_holds_one_to_a_hundred_rows(game: Game, limit: Any) -> None:
    ann = await add_carrier(game)
    with pytest.raises(InvalidInput):
        await service.history(ann, limit=limit)


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "٣", "9" * 20, ""])
async def test_a_cursor_of_something_else_is_refused(game: Game, after: str) -> None:
    ann = await add_carrier(game)
    with pytest.raises(InvalidInput):
        await service.history(ann, after=after)


async def park(game: Game) -> tuple[ObjectId, ObjectId]:
    """A full pack, and a reward of 30 pieces of coal and a gun that waits."""
    ann = await add_carrier(game, Line(COAL, 200))
    moved = await give(ann, Line(COAL, 30), revolver(), overflow=Overflow.PARK)
    assert moved.parked[0].holder is not None
    return ann, moved.parked[0].holder.id


async def test_what_waits_is_claimed_when_there_is_room(game: Game) -> None:
    ann, reward = await park(game)
    (waiting,) = (await service.pending_items(ann)).items
    assert (waiting.id, waiting.stacks[0].quantity, waiting.unique_items) == (reward, 30, 1)
    with pytest.raises(InventoryFull):
        await service.claim_items(ann, reward)
    await leave(Line(COAL, 200), pack(ann))
    taken = await service.claim_items(ann, reward)
    assert ([t.quantity for t in taken.taken], taken.left) == ([30, 1], 0)
    assert taken.taken[1].unique is not None
    assert await place_of(taken.taken[1].unique) == str(pack(ann))
    assert (await service.pending_items(ann)).items == []
    with pytest.raises(NothingThere):
        await service.claim_items(ann, reward)


@pytest.mark.parametrize("dollars", [0, 5])
async def test_a_reward_is_closed_when_neither_goods_nor_money_are_left(
    game: Game, dollars: int
) -> None:
    ann, reward = await park(game)
    await leave(Line(COAL, 200), pack(ann))
    await game.database["pendingrewards"].update_one(
        {"_id": reward}, {"$set": {"rewards.dollars": dollars}}
    )
    await service.claim_items(ann, reward)
    stored = await game.database["pendingrewards"].find_one({"_id": reward})
    assert (stored.get("claimedAt") is None) == bool(dollars)


async def test_a_claim_takes_what_fits_and_leaves_the_rest(game: Game) -> None:
    ann, reward = await park(game)
    await leave(Line(COAL, 10), pack(ann))
    taken = await service.claim_items(ann, reward)
    assert (taken.taken[0].quantity, taken.left) == (10, 21)
    assert await count(pending(reward), COAL) == 20


async def test_a_reward_claimed_twenty_times_at_once_is_paid_once(game: Game) -> None:
    ann, reward = await park(game)
    await leave(Line(COAL, 200), pack(ann))
    results = await asyncio.gather(
        *(service.claim_items(ann, reward) for _ in range(20)), return_exceptions=True
    )
    assert sum(isinstance(result, NothingThere) for result in results) == 19
    assert await count(pack(ann), COAL) == 30


async def test_nobody_claims_the_reward_of_another(game: Game) -> None:
    _, reward = await park(game)
    bob = await add_carrier(game)
    before = await fingerprint(game)
    with pytest.raises(NothingThere):
        await service.claim_items(bob, reward)
    with pytest.raises(NothingThere):
        await service.claim_items(bob, ObjectId())
    assert await fingerprint(game) == before


@pytest.mark.parametrize(
    ("written", "error"),
    [
        ([{"itemId": WHISKEY, "quantity": 1.5}], UnreadableReward),
        ([{"itemId": WHISKEY}], UnreadableReward),
        (["whiskey"], UnreadableReward),
        ([{"itemId": 5, "quantity": 1}], UnreadableReward),
        ([{"itemId": "unheard-of", "quantity": 1}], UnknownItem),
        ([], NothingThere),
        (None, NothingThere),
    ],
)
async def test_a_reward_in_an_unknown_form_is_left_as_it_is(
    game: Game, written: Any, error: type[Exception]
) -> None:
    ann, reward = await add_carrier(game), ObjectId()
    await game.database["pendingrewards"].insert_one(
        {"_id": reward, "characterId": ann, "rewards": {"items": written}, "source": "quest"}
    )
    before = await fingerprint(game)
    with pytest.raises(error):
        await service.claim_items(ann, reward)
    assert await fingerprint(game) == before


async def test_staff_grants_and_removes_with_a_reason_on_record(game: Game) -> None:
    ann, boss = await add_carrier(game), STAFF
    granted = await staff.grant_items(boss, ann, COAL, quantity=250, reason="lost in a crash")
    assert [placed.quantity for placed in granted.placed] == [200]
    assert [placed.quantity for placed in granted.parked] == [50]
    await staff.remove_items(boss, ann, COAL, quantity=60, reason="gave too many")
    assert await count(pack(ann), COAL) == 140
    rows = await game.database["auditlogs"].find({"userId": boss}).to_list(None)
    assert [row["action"] for row in rows] == ["ITEMS_GRANTED", "ITEMS_REMOVED"]
    assert rows[0]["details"]["operation"] == granted.operation
    before = await fingerprint(game)
    with pytest.raises(InsufficientItems):
        await staff.remove_items(boss, ann, COAL, quantity=141, reason="gave too many")
    with pytest.raises(InvalidInput):
        await staff.grant_items(boss, ann, COAL, reason=" no")
    with pytest.raises(UnknownItem):
        await staff.grant_items(boss, ann, "unheard-of", reason="lost in a crash")
    assert await fingerprint(game) == before


async def test_a_grant_with_a_key_is_given_once(game: Game) -> None:
    ann, boss = await add_carrier(game), STAFF
    answers = await asyncio.gather(
        *(
            staff.grant_items(boss, ann, WHISKEY, quantity=5, reason="lost in a crash", key="g")
            for _ in range(10)
        )
    )
    assert all(answer == answers[0] for answer in answers)
    assert await count(pack(ann), WHISKEY) == 5
    with pytest.raises(KeyReused):
        await staff.grant_items(boss, ann, WHISKEY, quantity=6, reason="lost in a crash", key="g")
