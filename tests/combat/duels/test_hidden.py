"""Nothing that a duelist or anybody else receives says what the other side hides."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from random import Random
from typing import Any

import pytest
from bson import ObjectId

from desperados import play as plays
from desperados.combat.duels import (
    accept_duel,
    challenge_duel,
    duel_history,
    open_duels,
    play_duel,
    read_duel,
)
from desperados.combat.duels.documents import DuelSession
from desperados.combat.duels.game.table import CODES, Table
from desperados.combat.duels.playing import DUELS
from desperados.engine.live import events
from desperados.play.proofs import problems_of
from desperados.play.shapes.errors import GameNotFound, IllegalMove
from desperados.testing import World
from tests.combat.duels.playing import arguments_for
from tests.combat.duels.ring import duelist, look, session

SKILLS: dict[str, Any] = {
    f"skills.{name}": {"level": 60, "xp": 0}
    for name in ("duel_instinct", "deception", "sleight_of_hand")
}


async def collect(stream: AsyncIterator[Any], tell: Callable[[str], None]) -> None:
    async for message in stream:
        tell(message.model_dump_json())


async def seen_by(who: ObjectId, duel: ObjectId) -> str:
    """All that somebody can ask for, beside what it is told."""
    shown = [
        await read_duel(who, duel),
        await open_duels(who),
        await duel_history(who),
        await plays.game_proof("duel", duel),
    ]
    return "\n".join(view.model_dump_json(by_alias=True) for view in shown)


def secrets_from(game: DuelSession, seat: int) -> set[str]:
    """What a seat may not know: the seed, and what is in the other hand and was not shown it."""
    table = Table.of(game.state)
    own, other = table.sides[seat], table.sides[1 - seat]
    shown = {code for row in table.rounds for hand in row["hands"] or () for code in hand}
    known = {*own.hand, *(code for read in own.reads for code in read), *shown}
    return {game.seed, *(f'"{code}"' for code in other.hand if code not in known)}


@pytest.mark.parametrize("number", range(4))
async def test_neither_answers_nor_events_say_more_than_one_may_know(
    world: World, number: int
) -> None:
    luck = Random(number)
    players = [await duelist(world, **SKILLS) for _ in range(2)]
    told: list[list[str]] = [[], []]
    async with events.listen(players[0]) as first, events.listen(players[1]) as second:
        ears = [
            asyncio.create_task(collect(aiter(stream), heard.append))
            for stream, heard in zip((first, second), told, strict=True)
        ]
        duel = (await challenge_duel(*players)).id
        await accept_duel(players[1], duel)
        while (game := await session(duel)).settled_at is None:
            for seat, who in enumerate(players):
                blob = await seen_by(who, duel)
                assert not [secret for secret in secrets_from(game, seat) if secret in blob]
            await move_of(luck, players, duel, game)
        await asyncio.sleep(0.05)
        for ear in ears:
            ear.cancel()
        await asyncio.gather(*ears, return_exceptions=True)
    for heard in told:
        text = "\n".join(heard)
        assert '"duel:state_update"' in text
        assert '"duel:complete"' in text
        assert not [code for code in CODES if f'"{code}"' in text]
        assert game.seed not in text
    proof = await plays.game_proof("duel", duel)
    assert problems_of(DUELS, proof) == []


async def move_of(luck: Random, players: list[ObjectId], duel: ObjectId, game: DuelSession) -> None:
    """Somebody who is in turn does something that it may; the answer hides as much."""
    seat = luck.choice([n for n, who in enumerate(players) if (await look(who, duel)).legal])
    names = sorted(set((await look(players[seat], duel)).legal) - {"forfeit", "withdraw"})
    name = luck.choice(names)
    about = arguments_for(Table.of(game.state), seat, name, luck)
    try:
        answer = await play_duel(players[seat], duel, name, version=game.version, **about)
    except IllegalMove:
        assert name == "palm_card"
        return
    after = await session(duel)
    if after.settled_at is None:
        blob = answer.model_dump_json()
        assert not [secret for secret in secrets_from(after, seat) if secret in blob]


async def test_who_looks_on_sees_no_game(world: World) -> None:
    jane, bill, eve = [await duelist(world) for _ in range(3)]
    duel = (await challenge_duel(jane, bill)).id
    await accept_duel(bill, duel)
    with pytest.raises(GameNotFound):
        await play_duel(eve, duel, "ready", version=0)
    proof = await plays.game_proof("duel", duel)
    assert json.loads(proof.model_dump_json())["moves"] is None
    assert proof.seed is None
