"""A fight as a game: its moves, its turns, how it ends, what each seat sees (``play.shapes``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, cast

from desperados.combat.fights.engine import effects, ours
from desperados.combat.fights.engine.cards import alike, drawn
from desperados.combat.fights.engine.fray import Fray
from desperados.combat.fights.engine.rounds import deal, play_round
from desperados.combat.fights.engine.setup import Setup
from desperados.combat.fights.engine.state import Battle, in_fight, new_battle, thawed
from desperados.engine.dice import Draws
from desperados.play.shapes.errors import IllegalMove
from desperados.play.shapes.rules import Move, Row, Rules, State, Verdict

Ending = Literal["victory", "defeat", "fled", "draw"]
PREPARING = frozenset({"hold", "reroll", "peek"})
"""Moves that do not end the turn: only for who fights alone, as others do not wait for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FightRules:
    """What makes ``Rules`` of the engine.

    ``verdict`` says what an ending means in the collection: its status and what the purpose must
    know. ``limit`` is how long a round may take. ``mirror``: fields of the document beside
    ``battle`` that follow from it; without one the fight is the whole state.
    """

    verdict: Callable[[Battle, Ending], Verdict]
    limit: timedelta
    mirror: Callable[[Battle], Row] | None = None

    def rules(self) -> Rules:
        """The rules of such fights; ``terms["setup"]`` is a stored ``Setup``."""
        return Rules(
            start=self._start,
            legal=lambda state, seat: legal(self.battle(state), seat),
            step=self._step,
            auto=lambda state, seat: auto(self.battle(state), seat),
            verdict=self._verdict,
            view=lambda state, seat: view(self.battle(state), seat),
            limit=lambda _state: self.limit,
            turn=lambda state: in_turn(self.battle(state)),
            aside=PREPARING,
        )

    def battle(self, state: State) -> Battle:
        """The fight in a state."""
        return cast(Battle, state["battle"] if self.mirror is not None else state)

    def _state(self, battle: Battle) -> State:
        if self.mirror is None:
            return cast(State, battle)
        return {"battle": battle, **self.mirror(battle)}

    def _start(self, terms: Mapping[str, Any], draws: Draws) -> State:
        return self._state(begin(Setup.model_validate(terms["setup"]), draws))

    def _step(self, state: State, move: Move, draws: Draws) -> State:
        return self._state(step(self.battle(state), move, draws))

    def _verdict(self, state: State, closed: bool) -> Verdict | None:
        ending = ending_of(self.battle(state), closed)
        return None if ending is None else self.verdict(self.battle(state), ending)


def begin(setup: Setup, draws: Draws) -> Battle:
    """A fight in its first round, with the hands dealt."""
    battle = new_battle(setup)
    battle["round"] = 1
    deal(Fray(battle, setup, draws))
    return battle


def setup_of(battle: Battle) -> Setup:
    """The setup of a fight."""
    return Setup.model_validate(battle["setup"])


def in_turn(battle: Battle) -> list[int]:
    """The seats that are to say what they do in this round."""
    return [
        seat
        for seat in in_fight(battle)
        if battle["members"][seat]["choice"] is None
        and effects.acts(battle["members"][seat]["effects"])
    ]


def legal(battle: Battle, seat: int) -> list[str]:
    """The moves of a seat: ``attack`` {hold, target}, ``special`` {hold, target}, ``defend``,
    ``item`` {item, heal}, ``flee``; and alone ``hold`` {hold}, ``reroll`` {card}, ``peek``."""
    if seat not in in_turn(battle):
        return []
    setup, member = setup_of(battle), battle["members"][seat]
    moves = ["attack", "defend"]
    if setup.special and battle["round"] % setup.special == 0:
        moves.append("special")
    if member["items"] and effects.uses_items(member["effects"]):
        moves.append("item")
    in_time = setup.flee.until is None or battle["round"] <= setup.flee.until
    if in_time and effects.flees(member["effects"]):
        moves.append("flee")
    if len(battle["members"]) == 1:
        moves.append("hold")
        moves += ["reroll"] if member["rerolls"] else []
        moves += ["peek"] if member["peeks"] and member["peeked"] is None else []
    return moves


def step(battle: Battle, move: Move, draws: Draws) -> Battle:
    """The fight after a move. When everybody has said what it does, the round is played; rounds in
    which nobody can act are played at once.

    Raises:
        IllegalMove: a card that is not in the hand, or held twice, or a target that is not there.
    """
    battle = thawed(battle)
    setup = setup_of(battle)
    if move.name in PREPARING:
        _prepare(Fray(battle, setup, draws), move)
        return battle
    battle["members"][move.seat]["choice"] = _choice(battle, move)
    if not in_turn(battle):
        battle["events"] = []
    while ending_of(battle, False) is None and not in_turn(battle):
        play_round(Fray(battle, setup, draws))
    return battle


def auto(battle: Battle, seat: int) -> tuple[str, Mapping[str, Any]]:
    """What a seat does that is late: it defends, or attacks with what it holds."""
    if setup_of(battle).late == "defend":
        return "defend", {}
    member = battle["members"][seat]
    held = member["held"] if member["held"] is not None else alike(member["hand"])
    return "attack", {"hold": held}


def ending_of(battle: Battle, closed: bool) -> Ending | None:
    """How a fight ended, None while it goes on.

    Time that runs out (``closed``) helps nobody: whoever is behind by then has lost, whoever is
    ahead has not won.
    """
    members, foe, setup = battle["members"], battle["foe"], setup_of(battle)
    if foe["health"] == 0:
        return "victory"
    if not in_fight(battle):
        return "defeat" if any(member["out"] == "down" for member in members) else "fled"
    if not closed and battle["round"] <= setup.rounds:
        return None
    if setup.at_end != "share":
        return setup.at_end
    mine = sum(member["health"] for member in members) * foe["max_health"]
    theirs = foe["health"] * sum(member["max_health"] for member in members)
    if mine < theirs:
        return "defeat"
    return "draw" if closed or mine == theirs else "victory"


def view(battle: Battle, seat: int | None) -> Row:
    """What a seat may see: all but the hands of others, and what they have chosen."""
    setup, foe = setup_of(battle), battle["foe"]
    seen: Row = {
        "round": battle["round"],
        "rounds": setup.rounds,
        "foe": {
            "code": setup.foe.code,
            "level": setup.foe.level,
            "name": foe["name"],
            "health": foe["health"],
            "maxHealth": foe["max_health"],
            "phase": foe["phase"],
            "phases": len(setup.foe.phases),
            "effects": _shown(foe["effects"]),
            "announced": foe["announced"],
        },
        "minions": [
            {"id": m["id"], "name": m["name"], "health": m["health"], "maxHealth": m["max_health"]}
            for m in battle["minions"]
        ],
        "hazards": [{"name": h["name"], "rounds": h["rounds"]} for h in battle["hazards"]],
        "members": [
            {
                "name": m["name"],
                "health": m["health"],
                "maxHealth": m["max_health"],
                "effects": _shown(m["effects"]),
                "gauges": m["gauges"],
                "dealt": m["dealt"],
                "out": m["out"],
                "acted": m["choice"] is not None,
            }
            for m in battle["members"]
        ],
        "events": battle["events"],
    }
    if seat is not None:
        seen["you"] = _own(battle, setup, seat)
    return seen


def _own(battle: Battle, setup: Setup, seat: int) -> Row:
    member = battle["members"][seat]
    return {
        "hand": member["hand"],
        "held": member["held"],
        "peeked": member["peeked"],
        "rerolls": member["rerolls"],
        "peeks": member["peeks"],
        "items": member["items"],
        "fleePercent": ours.flee_percent(battle, setup, seat),
    }


def _shown(lasting: list[effects.Lasting]) -> list[Row]:
    return [{"code": e["code"], "stacks": e["stacks"], "rounds": e["rounds"]} for e in lasting]


def _prepare(fray: Fray, move: Move) -> None:
    member = fray.battle["members"][move.seat]
    if move.name == "hold":
        member["held"] = _held(member["hand"], move.about.get("hold"))
    elif move.name == "peek":
        member["peeks"] -= 1
        (member["peeked"],) = drawn(fray.luck, member["seen"], 1)
    else:
        place = _place(member["hand"], move.about.get("card"), "card")
        new = member["peeked"] or drawn(fray.luck, member["seen"], 1)[0]
        member["rerolls"] -= 1
        member["peeked"] = None
        member["hand"][place] = new
        member["seen"].append(new)


def _choice(battle: Battle, move: Move) -> Row:
    member, about = battle["members"][move.seat], move.about
    chosen: Row = {"move": move.name}
    if move.name in {"attack", "special"}:
        chosen["hold"] = _held(member["hand"], about.get("hold", []))
        chosen["target"] = about.get("target")
        if chosen["target"] not in {None, *(minion["id"] for minion in battle["minions"])}:
            raise IllegalMove(path="target")
    elif move.name == "item":
        chosen |= {"item": about["item"], "heal": max(0, int(about["heal"]))}
    return chosen


def _held(hand: list[str], places: Any) -> list[int]:
    if not isinstance(places, list) or len(places) > len(hand):
        raise IllegalMove(path="hold")
    held = [_place(hand, place, "hold") for place in places]
    if len(set(held)) < len(held):
        raise IllegalMove(path="hold")
    return sorted(held)


def _place(hand: list[str], place: Any, path: str) -> int:
    if type(place) is not int or not 0 <= place < len(hand):
        raise IllegalMove(path=path)
    return place
