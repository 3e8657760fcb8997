"""What bots do about characters: one that left the world is followed by another."""

from __future__ import annotations

from typing import Any

from desperados.characters import service
from desperados.characters.documents import CharacterBackground
from desperados.characters.rules import Faction
from desperados.engine import dice
from desperados.engine.manifest.bots import Arguments, Bot, Player, now_and_then, one_of

FIRST = ("Abe", "Belle", "Cole", "Doc", "Ellen", "Frank", "Grace", "Hank", "Ida", "Jesse", "Kate")
LAST = ("Archer", "Bass", "Cutter", "Dalton", "Earp", "Ford", "Gant", "Hickok", "Ives", "Jett")


def newcomer() -> Arguments:
    """Who somebody new is. Two may choose the same name."""
    name = f"{dice.choice(FIRST)} {dice.choice(LAST)} {dice.between(1, 9_999)}"
    faction = dice.choice(list(Faction)) if now_and_then(50) else None
    return {"name": name, "background": dice.choice(list(CharacterBackground)), "faction": faction}


async def _come(me: Player) -> Arguments | None:
    return newcomer() if not me.playing else None


async def _came(me: Player, _arguments: Arguments, made: Any) -> None:
    me.character, me.name, me.playing = made.id, made.name, True


async def _leave(me: Player) -> Arguments | None:
    """Not every day, and sometimes by a name that is not its own."""
    if not now_and_then(25):
        return None
    return {"name": me.name if now_and_then(90) else "Nobody"}


async def _left(me: Player, _arguments: Arguments, _answer: Any) -> None:
    me.playing = False


async def _somebody(me: Player) -> Arguments | None:
    other = one_of(me.others())
    return {"character": other.character} if other is not None else None


BOTS = (
    Bot(service.create, _come, weight=40, learn=_came),
    Bot(service.delete, _leave, learn=_left),
    Bot(service.public_profile, _somebody),
)
