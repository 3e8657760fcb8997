"""Noting what was done: what it writes, and what it costs."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from bson import ObjectId

from desperados import characters, economy
from desperados.assembly.jobs import table_of
from desperados.characters.actor import Actor, load_actor
from desperados.characters.happenings import TAGS, Happened, note
from desperados.characters.tallies.counters import BY_HAPPENING
from desperados.engine import ambient
from desperados.engine.ambient import current_transaction
from desperados.engine.errors import GameError
from desperados.engine.game import Game
from desperados.engine.happenings.documents import Happening
from desperados.engine.staging import StagedInsert, StagedUpdate, StagedWrite
from desperados.engine.transactions import transaction
from desperados.engine.work import Follower
from desperados.testing import World
from tests.games import embedded


async def nothing(_happened: list[Happening]) -> None:
    """A follower that does not care."""


def follow_everything(game: Game) -> None:
    """Let somebody follow all that happens."""
    table = table_of((Follower("all", frozenset(Happened), "actor", nothing),))
    game.followers = lambda: table


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[StagedWrite]:
    """Every staged write that leaves."""
    writes: list[StagedWrite] = []
    send = ambient.send

    async def spy(game: Any, session: Any, leaving: list[StagedWrite]) -> None:
        writes.extend(leaving)
        await send(game, session, leaving)

    monkeypatch.setattr(ambient, "send", spy)
    return writes


@pytest.mark.parametrize("name", Happened)
async def test_a_happening_is_at_most_one_insert_and_one_update(
    bare_world: World, name: Happened
) -> None:
    """Whatever is said of it, however much of that is counted, and whoever follows."""
    actor = somebody(ObjectId())
    follow_everything(bare_world.game)
    with pytest.raises(ZeroDivisionError):
        async with transaction():
            opened = current_transaction()
            assert opened is not None
            note(actor, name, *sorted(TAGS[name]), target="npc:coyote", amount=5, rank=3)
            kinds = [type(write) for write in opened.staged]
            assert sorted(kinds, key=str) == [StagedInsert, StagedUpdate]
            raise ZeroDivisionError  # nothing of it is committed


def somebody(character: ObjectId) -> Actor:
    """Somebody of no importance."""
    stored = {"_id": character, "userId": ObjectId(), "name": "Nobody", "faction": "frontera"}
    return Actor.of({**stored, "currentLocationId": ObjectId()})


async def test_what_nobody_counts_or_follows_writes_nothing(bare_world: World) -> None:
    bare_world.game.followers = dict
    async with transaction():
        opened = current_transaction()
        assert opened is not None
        note(somebody(ObjectId()), Happened.TRADE_DONE, "shop_buy", amount=5)
        note(None, Happened.WORLD_TURNED, "season")
        assert opened.staged == []


async def test_it_keeps_who_did_it_and_where(world: World) -> None:
    follow_everything(world.game)
    jane = await load_actor(await world.character())
    bill, cause = ObjectId(), ObjectId()
    async with transaction():
        note(
            replace(jane, gang_id=bill),
            Happened.FIGHT_ENDED,
            "won",
            "purpose:bounty",
            target="npc:coyote",
            other=bill,
            amount=12,
            rank=4,
            zone="red-gulch-bank-row",
            reference=cause,
        )
    (row,) = await Happening.load_many({"name": "fight.ended"}, limit=2)
    assert (row.actor, row.gang, row.faction) == (jane.id, bill, "frontera")
    assert (row.place, row.zone) == (jane.location_id, "red-gulch-bank-row")
    assert (row.target, row.other, row.reference) == ("npc:coyote", bill, cause)
    assert (row.amount, row.rank, row.tags) == (12, 4, ["won", "purpose:bounty"])


async def test_what_the_world_does_has_no_actor(world: World) -> None:
    table = table_of((Follower("press", frozenset(Happened), "target", nothing),))
    world.game.followers = lambda: table
    async with transaction():
        note(None, Happened.WORLD_TURNED, "season", target="season:winter")
    (row,) = await Happening.load_many({}, limit=2)
    assert (row.actor, row.waiting) == (None, ["press"])


@pytest.mark.parametrize(
    ("name", "tag"), [(Happened.GROWN, "won"), (Happened.FIGHT_ENDED, "wno"), (Happened.GROWN, "")]
)
async def test_a_tag_that_does_not_belong_to_the_name_is_refused(
    bare_world: World, name: Happened, tag: str
) -> None:
    async with transaction():
        with pytest.raises(GameError, match="has no tag"):
            note(somebody(ObjectId()), name, tag)


def test_every_name_has_its_tags_and_nothing_is_counted_that_cannot_happen() -> None:
    assert set(TAGS) == set(Happened)
    assert len(Happened) == 20
    for happening, counted in BY_HAPPENING.items():
        if happening in set(Happened):
            known = TAGS[Happened(happening)]
            tags = {tag for each in counted for tag in each.tags if ":" not in tag}
            assert tags <= known
    assert set(BY_HAPPENING) - set(Happened) == {"dollars.earned"}


async def test_a_life_begins_and_ends_with_a_happening(world: World) -> None:
    follow_everything(world.game)
    jane = await world.character("Jane")
    await characters.delete(jane, name="Jane")
    rows = await Happening.load_many({"actor": jane}, sort=[("at", 1), ("_id", 1)], limit=9)
    assert [(row.name, row.tags) for row in rows] == [
        ("life.changed", ["created"]),
        ("life.changed", ["deleted"]),
    ]
    # The next one of the same name is somebody else.
    assert await world.character("Jane") != jane


async def test_money_that_is_sent_costs_one_insert_and_one_update_more_in_the_same_trips(
    world: World, sent: list[StagedWrite]
) -> None:
    game, stats = world.game, embedded(world.game).stats
    jane, bill = await world.character(dollars=5_000), await world.character()

    async def cost() -> tuple[int, int, int]:
        await economy.send(jane, bill, 10)  # what is kept is read
        sent.clear()
        stats.reset()
        await economy.send(jane, bill, 10)
        inserts = sum(isinstance(write, StagedInsert) for write in sent)
        return int(stats.asked.total()), inserts, len(sent) - inserts

    follow_everything(game)
    with_it = await cost()
    game.followers = dict
    counted = await cost()
    trips, inserts, updates = with_it
    assert counted == (trips, inserts - 1, updates)
    noted = [w for w in sent if w.collection in ("tallies", "happenings")]
    assert len(noted) == 1


async def test_money_that_is_sent_again_with_its_key_has_happened_once(world: World) -> None:
    follow_everything(world.game)
    jane, bill = await world.character(dollars=5_000), await world.character()
    outcomes = await asyncio.gather(*(economy.send(jane, bill, 100, key="k") for _ in range(5)))
    assert len({outcome.operation for outcome in outcomes}) == 1
    (row,) = await Happening.load_many({"name": "trade.done", "actor": jane}, limit=9)
    assert (row.amount, row.other, row.tags) == (100, bill, ["sent"])
    assert await characters.tallies.tally(jane, "dollars_given") == 100
