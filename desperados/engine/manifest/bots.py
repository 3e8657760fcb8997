"""Bots as data: what a player could do now, and with which arguments.

A domain names a bot for every command of its routes that players may call, or says in
``not_by_bots`` why there is none. A bot is three lines:

    async def drop(me: Player) -> Arguments | None:
        stack = one_of((await inventory(me.character)).stacks)
        return {"item": stack.item, "quantity": up_to(stack.quantity)} if stack else None

    BOTS = (Bot(drop_item, drop),)

It looks with the public queries and draws with ``engine.dice``; whom it plays is ``me``, and the
command's first parameter, who acts, is given by whoever plays the bots. Refusals are part of the
game: a bot need not foresee them, and those that the command's docstring names are counted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bson import ObjectId

from desperados.engine import dice

T = TypeVar("T")

Arguments = dict[str, Any]
"""What a command gets beside who acts and the key, by the names of its parameters."""


@dataclass(slots=True, eq=False)
class Player:
    """Whom a bot plays: an account, and its character.

    ``caller`` is what ``accounts.authenticate`` says of its access token. ``playing`` is whether
    the character is there: it may have left the world, and another one come. ``notes`` are what the
    bots of a domain remember between two moves. ``company`` are all players of the simulation,
    this one included.
    """

    user: ObjectId
    caller: Any
    character: ObjectId
    name: str
    company: list[Player] = field(repr=False)
    playing: bool = True
    notes: dict[str, Any] = field(default_factory=dict, repr=False)

    def others(self) -> list[Player]:
        """The players whose characters it may meet."""
        return [other for other in self.company if other is not self and other.playing]


Command = Callable[..., Awaitable[Any]]
Plan = Callable[[Player], Awaitable[Arguments | None]]
Learn = Callable[[Player, Arguments, Any], Awaitable[None]]


async def _nothing(_player: Player, _arguments: Arguments, _answer: Any) -> None:
    """What most bots learn from an answer: they look again before the next move."""


@dataclass(frozen=True, slots=True)
class Bot:
    """How ``command``, a function of one of the domain's routes, is called.

    ``plan`` says with which arguments it could be called now, None if there is nothing to do.
    ``weight`` is how often it is tried, compared with others. ``learn`` gets the arguments and the
    answer of a call that was carried out.
    """

    command: Command
    plan: Plan
    weight: int = 1
    learn: Learn = _nothing


async def anytime(_player: Player) -> Arguments | None:
    """The plan of what takes no arguments and can be tried at any time."""
    return {}


def one_of(options: Sequence[T]) -> T | None:
    """One of ``options``, each as likely; None where there is none."""
    return dice.choice(options) if options else None


def now_and_then(percent: int) -> bool:
    """True in ``percent`` of 100 cases."""
    return dice.roll(100) <= percent


def up_to(most: int) -> int:
    """A whole number from 1: mostly little, at times all of ``most``, and rarely too much."""
    kind = dice.roll(20)
    if kind == 1:
        return max(1, most) + dice.roll(10)
    if kind <= 4:
        return max(1, most)
    return dice.between(1, max(1, most // 3 if kind <= 14 else most))
