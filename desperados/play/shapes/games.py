"""Games: played by pure rules, kept in the database, moved by guarded updates.

A domain has a collection whose documents are a ``SoloGame`` or a ``Table``, its ``Rules``, and a
``GameKind`` that says how they belong together; it registers the kind in its manifest (``games``),
and has its clock as one of its jobs (``due_job``). Its commands then are ``open_game``, ``move``
and ``read`` with what they cost around them.

- A move names the version that it was made upon. It is one update guarded by the version, so of two
  moves at once, or a move and the clock, one is made and the other looks again.
- What the clock does (``rules.Play.catch_up``) follows from what is stored. So it does not matter
  whether the next look, the next move or the job finds a deadline that has passed.
- A character who died, was jailed or struck down, or has left the world, is absent: the clock
  moves for it at once when somebody next looks.
- The verdict is settled in the transaction of the move that brought it about: by the purpose that
  the game was opened with (``engine.registered``).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from bson import ObjectId

from desperados.characters.actor import Actor, find_actors
from desperados.characters.condition import Activity, Occupation
from desperados.characters.errors import CharacterUnavailable
from desperados.engine import clock
from desperados.engine.errors import Contention
from desperados.engine.game import current_game
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.transactions import stage, transactional
from desperados.engine.work import DueJob
from desperados.play.seeds import draws_of, new_seed
from desperados.play.shapes.busy import occupy, release
from desperados.play.shapes.envelopes import Played, SoloGame
from desperados.play.shapes.errors import GameNotFound, GameOver, UnknownPurpose
from desperados.play.shapes.rules import Move, Play, Row, Rules, State

G = TypeVar("G", bound=Played)

KEPT = timedelta(days=30)


def is_there(person: Actor) -> bool:
    """Whether a character can play: it is alive, out of jail and awake."""
    return not person.dead and not person.jailed and person.down_until is None


@dataclass(frozen=True, slots=True, kw_only=True)
class GameKind(Generic[G]):
    """How the games of one collection are played.

    ``activity`` is what its players are busy with from the beginning to the end; None where the
    domain settles that, or leaves them free for other things. A game ends after ``lasts``, and with
    its ``most_moves``-th move; it is kept for ``kept`` after that. ``is_there`` says who can play;
    for others the clock moves. ``moved`` is called with each game that has gone on, by a player or
    the clock, in the open transaction: to tell those who play.
    """

    name: str
    document: type[G]
    rules: Rules
    lasts: timedelta
    activity: Activity | None = Activity.GAME
    most_moves: int = 400
    kept: timedelta = KEPT
    is_there: Callable[[Actor], bool] = is_there
    moved: Callable[[G], None] | None = None


async def open_game(
    kind: GameKind[G],
    players: Sequence[ObjectId],
    *,
    purpose: str,
    ref_id: ObjectId | None = None,
    terms: Mapping[str, Any] | None = None,
    **fields: Any,
) -> G:
    """Open a game, inside the open transaction; returns it as it was staged.

    ``players`` sit in this order. ``terms`` are what the rules begin with: what JSON can hold.
    ``fields`` are the domain's own fields of the document, by attribute. The players must have been
    looked at; here they become busy, or it is refused.

    Raises:
        UnknownPurpose: nobody has registered ``purpose``.
        CharacterBusy: a player is busy with something else.
    """
    if purpose not in current_game().registered().purposes:
        raise UnknownPurpose(f"No domain has registered the purpose {purpose!r}.")
    now, seed = clock.now(), new_seed()
    play = Play.begin(
        kind.rules,
        terms or {},
        draws_of(seed.secret),
        at=now,
        closes_at=now + kind.lasts,
        most_moves=kind.most_moves,
    )
    row = {
        **_participants(kind, players),
        "status": "active",
        "terms": dict(terms or {}),
        "startedAt": now,
        "closesAt": play.closes_at,
        "seed": seed.secret,
        "seedHash": seed.hash,
        "purpose": purpose,
        "refId": ref_id,
        **_changes(kind, play, now),
    }
    game = kind.document(**row, **fields)
    if play.verdict is not None:
        await _settle(game, play)
    elif kind.activity is not None:
        for player in players:
            occupy(player, Occupation(kind.activity, game.id, play.closes_at))
    stage(StagedInsert(kind.document.collection_name(), game.to_mongo()))
    return game


async def move(
    kind: GameKind[G],
    actor: ObjectId,
    game_id: ObjectId,
    name: str,
    *,
    version: int,
    about: Mapping[str, Any] | None = None,
) -> G:
    """Make a move, inside the open transaction; returns the game as it then is.

    ``version`` is the one that the player has seen.

    Raises:
        GameNotFound: there is no such game, or the character has no seat in it.
        CharacterUnavailable: the character cannot play in its condition; the clock moves for it.
        GameOver: the game has ended.
        GameMoved: it has gone on since ``version``, perhaps by the clock.
        NotYourTurn: the seat is not in turn.
        IllegalMove: the rules do not allow the move.
    """
    now = clock.now()
    row = await _load(kind, game_id)
    seat = seat_of(row, actor)
    if seat is None:
        raise GameNotFound()
    if row.get("settledAt") is not None:
        raise GameOver()
    people = await find_actors(players_of(row))
    if actor not in people or not kind.is_there(people[actor]):
        raise CharacterUnavailable("In this condition the character cannot play.", state="absent")
    absent = _absent(kind, row, people)
    play = play_of(kind, row)
    play.catch_up(now, absent)
    play.move(Move(seat, name, about or {}, now), version)
    play.catch_up(now, absent)
    return await _store(kind, row, play, now)


@transactional
async def expire(kind: GameKind[G], game_id: ObjectId) -> None:
    """Do what the clock has to do in a game. It does nothing where that was done, or where another
    program plays."""
    now = clock.now()
    row = await kind.document.collection().find_one({"_id": game_id, "settledAt": None})
    if row is None or row.get("seedHash") is None:
        return
    people = await find_actors(players_of(row))
    play = play_of(kind, row)
    play.catch_up(now, _absent(kind, row, people))
    if play.version != int(row["version"]):
        await _store(kind, row, play, now)


async def read(kind: GameKind[G], actor: ObjectId, game_id: ObjectId) -> tuple[G, int]:
    """A game after what the clock had to do in it, and the seat of the character.

    Raises:
        GameNotFound: there is no such game, or the character has no seat in it.
    """
    row = await _load(kind, game_id)
    seat = seat_of(row, actor)
    if seat is None:
        raise GameNotFound()
    if row.get("settledAt") is None and row["deadline"] <= clock.now():
        await expire(kind, game_id)
        row = await _load(kind, game_id)
    return kind.document.hydrate(row), seat


def due_job(kind: GameKind[Any], *, poll: timedelta = timedelta(seconds=1)) -> DueJob:
    """The clock of a collection of games, as a job of its domain's manifest."""
    return DueJob(
        f"{kind.name}_clock",
        collection=kind.document.collection_name(),
        due="deadline",
        where={"settledAt": None},
        settle=functools.partial(expire, kind),
        poll=poll,
    )


def players_of(row: Mapping[str, Any]) -> list[ObjectId]:
    """Who plays a stored game, in the order of the seats."""
    if "seats" in row:
        return [seat["characterId"] for seat in row["seats"]]
    return [row["characterId"]]


def seat_of(row: Mapping[str, Any], actor: ObjectId) -> int | None:
    """The seat of a character in a stored game; None without one."""
    players = players_of(row)
    return players.index(actor) if actor in players else None


def state_of(document: type[Played], row: Mapping[str, Any]) -> State:
    """The state in a stored game."""
    names = document.state_fields
    state: State = row[names[0]] if len(names) == 1 else {name: row[name] for name in names}
    return state


def play_of(kind: GameKind[Any], row: Mapping[str, Any]) -> Play:
    """A stored game that is not settled, in memory."""
    return Play(
        kind.rules,
        state_of(kind.document, row),
        draws_of(row["seed"], int(row["drawn"])),
        row["closesAt"],
        kind.most_moves,
        row["deadline"],
        int(row["version"]),
        int(row["turnFrom"]),
    )


async def _load(kind: GameKind[Any], game_id: ObjectId) -> Row:
    """A stored game. A row without the envelope is another program's, and no game of ours."""
    row: Row | None = await kind.document.collection().find_one({"_id": game_id})
    if row is None or row.get("seedHash") is None:
        raise GameNotFound()
    return row


def _absent(
    kind: GameKind[Any], row: Mapping[str, Any], people: Mapping[ObjectId, Actor]
) -> frozenset[int]:
    return frozenset(
        seat
        for seat, player in enumerate(players_of(row))
        if player not in people or not kind.is_there(people[player])
    )


def _participants(kind: GameKind[Any], players: Sequence[ObjectId]) -> Row:
    if issubclass(kind.document, SoloGame):
        (player,) = players
        return {"characterId": player}
    return {"seats": [{"characterId": player} for player in players]}


def _changes(kind: GameKind[Any], play: Play, now: datetime) -> Row:
    """The fields that a touch of the game may change."""
    names = kind.document.state_fields
    changed = {names[0]: play.state} if len(names) == 1 else {n: play.state[n] for n in names}
    changed |= {
        "version": play.version,
        "turnFrom": play.turn_from,
        "deadline": play.deadline,
        "drawn": play.draws.drawn,
    }
    if play.verdict is not None:
        changed |= {
            "status": play.verdict.status,
            "deadline": None,
            "settledAt": now,
            "expiresAt": now + kind.kept,
        }
    return changed


async def _settle(game: Played, play: Play) -> None:
    """Let whoever opened the game draw the consequences of its verdict."""
    purpose = current_game().registered().purposes.get(game.purpose)
    if purpose is None:
        raise UnknownPurpose(f"No domain has registered the purpose {game.purpose!r} any more.")
    await purpose(game, play.verdict)


async def _store(kind: GameKind[G], row: Row, play: Play, now: datetime) -> G:
    """Stage what was played, after the consequences of its end, which read.

    Outcomes of the update: changed; not found or a write conflict, when somebody else was quicker
    (the transaction runs again).
    """
    changed = _changes(kind, play, now)
    made = [move.stored() for move in play.made]
    game = kind.document.hydrate({**row, **changed, "moves": [*row["moves"], *made]})
    if play.verdict is not None:
        await _settle(game, play)
        if kind.activity is not None:
            for player in players_of(row):
                release(player, row["_id"])
    stage(
        StagedUpdate(
            kind.document.collection_name(),
            {"_id": row["_id"], "version": row["version"], "settledAt": None},
            {"$set": changed, "$push": {"moves": {"$each": made}}},
            otherwise=Contention(retry_after=1),
        )
    )
    if kind.moved is not None:
        kind.moved(game)
    return game
