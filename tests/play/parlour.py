"""A domain for tests: a game of one seat, a game of several, and what comes of everything."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from bson import ObjectId
from pydantic import Field

from desperados.engine import clock
from desperados.engine.commands import command
from desperados.engine.dice import Draws
from desperados.engine.game import Game
from desperados.engine.registered import Registered
from desperados.engine.staging import StagedInsert
from desperados.engine.storage.documents import Document, ensure_indexes, index
from desperados.engine.storage.fields import Id, Integer, Mixed
from desperados.engine.transactions import stage, transactional
from desperados.play.shapes import games
from desperados.play.shapes.contests import ContestKind
from desperados.play.shapes.documents import Contest, ContestEntry, Offer, Question
from desperados.play.shapes.envelopes import PLAYED_INDEXES, Played, SoloGame, Table
from desperados.play.shapes.errors import IllegalMove
from desperados.play.shapes.games import GameKind, due_job
from desperados.play.shapes.offers import use
from desperados.play.shapes.phases import Scored
from desperados.play.shapes.rules import Move, Rules, State, Verdict
from desperados.play.shapes.timed import Timed

SECOND = timedelta(seconds=1)
CONSEQUENCES = "consequences"


# Pig: roll as often as you dare; a one loses everything


class Pig(SoloGame):
    """One player and a die. The state lies in fields of its own."""

    state_fields = ("total", "rolls", "end")

    total: Integer = 0
    rolls: list[Integer] = Field(default_factory=list)
    end: str | None = None

    class Settings:
        name = "pigs"
        indexes = (index("characterId"), *PLAYED_INDEXES)


def _start_pig(_terms: Mapping[str, Any], _draws: Draws) -> State:
    return {"total": 0, "rolls": [], "end": None}


def _step_pig(state: State, move: Move, draws: Draws) -> State:
    if move.name == "stop":
        return {**state, "end": "won"}
    times = move.about.get("times", 1)
    if times not in (1, 2, 3):
        raise IllegalMove(path="times")
    rolls = [draws.randint(1, 6) for _ in range(times)]
    end = "lost" if 1 in rolls else None
    total = 0 if end else state["total"] + sum(rolls)
    return {"total": total, "rolls": [*state["rolls"], *rolls], "end": end}


def _verdict_pig(state: State, closed: bool) -> Verdict | None:
    if state["end"] is None and not closed:
        return None
    return Verdict(state["end"] or "expired", {"total": state["total"]})


PIG = Rules(
    start=_start_pig,
    legal=lambda _state, _seat: ("roll", "stop"),
    step=_step_pig,
    # Whoever hesitates rolls.
    auto=lambda _state, _seat: ("roll", {"times": 1}),
    verdict=_verdict_pig,
    view=lambda state, _seat: dict(state),
    limit=lambda _state: 10 * SECOND,
)
PIGS = GameKind(
    name="pig", document=Pig, rules=PIG, lasts=timedelta(minutes=2), kept=timedelta(days=1)
)


# Guess: three rounds in which all choose unseen; the highest number that one alone has wins


class Guess(Table):
    """Two players or more."""

    state: Mixed = None

    class Settings:
        name = "guesses"
        indexes = (index("seats.characterId"), *PLAYED_INDEXES)


def _start_guess(terms: Mapping[str, Any], _draws: Draws) -> State:
    seats = terms["seats"]
    return {"round": 1, "chosen": [None] * seats, "points": [0] * seats}


def _turn_guess(state: State) -> Collection[int]:
    return [seat for seat, chosen in enumerate(state["chosen"]) if chosen is None]


def _step_guess(state: State, move: Move, _draws: Draws) -> State:
    number = move.about.get("number")
    if number not in range(1, 7):
        raise IllegalMove(path="number")
    chosen = [*state["chosen"]]
    chosen[move.seat] = number
    if None in chosen:
        return {**state, "chosen": chosen}
    alone = [number for number in chosen if chosen.count(number) == 1]
    points = [
        point + (bool(alone) and number == max(alone))
        for point, number in zip(state["points"], chosen, strict=True)
    ]
    return {"round": state["round"] + 1, "chosen": [None] * len(chosen), "points": points}


def _verdict_guess(state: State, closed: bool) -> Verdict | None:
    if state["round"] <= 3 and not closed:
        return None
    return Verdict("complete", {"points": state["points"]})


def _view_guess(state: State, seat: int | None) -> Mapping[str, Any]:
    shown = [
        chosen if number == seat or chosen is None else "hidden"
        for number, chosen in enumerate(state["chosen"])
    ]
    return {**state, "chosen": shown}


GUESS = Rules(
    start=_start_guess,
    legal=lambda _state, _seat: ("choose",),
    step=_step_guess,
    auto=lambda _state, _seat: ("choose", {"number": 1}),
    verdict=_verdict_guess,
    view=_view_guess,
    limit=lambda _state: 20 * SECOND,
    turn=_turn_guess,
)
GUESSES = GameKind(name="guess", document=Guess, rules=GUESS, lasts=timedelta(minutes=10))
KINDS = {kind.name: kind for kind in (PIGS, GUESSES)}
JOBS = (due_job(PIGS), due_job(GUESSES))


# Work and war


class Kiln(Timed):
    """Bricks in the making."""

    character_id: Id

    class Settings:
        name = "kilns"
        indexes = (index("characterId"),)


class Volunteer(Scored):
    """Who fights for a side."""

    war: str

    class Settings:
        name = "volunteers"
        indexes = (index("war", "_id"),)


DOCUMENTS: tuple[type[Document], ...] = (Pig, Guess, Kiln, Volunteer)


# What comes of everything: a row that a second time would double


def _note(what: str, about: Mapping[str, Any]) -> None:
    stage(StagedInsert(CONSEQUENCES, {"_id": ObjectId(), "what": what, **about}))


async def _played(game: Played, verdict: Verdict) -> None:
    _note("game", {"of": game.id, "status": verdict.status, **verdict.facts})


async def _answered(question: Question, option: str) -> None:
    _note("question", {"of": question.id, "option": option})


async def _accepted(offer: Offer) -> None:
    _note("offer", {"of": offer.id})


async def _used_at_once(offer: Offer) -> None:
    use(offer)
    _note("offer", {"of": offer.id})


def _told(what: str) -> Any:
    async def told(contest: Contest) -> None:
        _note(what, {"of": contest.id})

    return told


LAME: set[ObjectId] = set()
"""Who cannot take part in a race at its start."""


async def _lame(_contest: Contest, entries: Sequence[ContestEntry]) -> Collection[ObjectId]:
    return LAME.intersection(entry.character_id for entry in entries)


CONTESTS = ContestKind(
    unfit=_lame,
    started=_told("started"),
    cancelled=_told("cancelled"),
    ended=_told("ended"),
)
REGISTERED = Registered(
    purposes={"parlour": _played},
    questions={"riddle": _answered},
    offers={"join": _accepted, "gift": _used_at_once},
    games=KINDS,
    contests={"race": CONTESTS},
)


async def furnish(game: Game) -> None:
    """Give a game the collections and the consequences of this domain."""
    await ensure_indexes(game.database, DOCUMENTS)
    game.registered = lambda: REGISTERED


async def consequences(game: Game, of: ObjectId) -> list[dict[str, Any]]:
    """What came of one thing."""
    rows: list[dict[str, Any]] = await game.database[CONSEQUENCES].find({"of": of}).to_list(None)
    return rows


@transactional
async def open_pig(actor: ObjectId, purpose: str = "parlour") -> Pig:
    """Begin to roll."""
    return await games.open_game(PIGS, [actor], purpose=purpose)


@command
async def play_pig(
    actor: ObjectId, game_id: ObjectId, name: str, version: int, times: int = 1
) -> None:
    """Roll or stop, as a domain's command does it."""
    about = {"times": times} if name == "roll" else {}
    await games.move(PIGS, actor, game_id, name, version=version, about=about)


@transactional
async def open_guess(*players: ObjectId) -> Guess:
    """Sit down together."""
    terms = {"seats": len(players)}
    return await games.open_game(GUESSES, players, purpose="parlour", terms=terms)


@transactional
async def choose(actor: ObjectId, game_id: ObjectId, number: int, version: int) -> Guess:
    """Choose a number."""
    return await games.move(
        GUESSES, actor, game_id, "choose", version=version, about={"number": number}
    )


def now() -> Any:
    """The time of the test."""
    return clock.now()
